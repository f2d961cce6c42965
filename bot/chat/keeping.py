"""What was drawn is kept for the minute it was drawn in: it tells the passing of time in days, and Discord counts the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from datetime import datetime

    from bot.chat.layout import Scene
    from bot.knowledge.snapshot import Snapshot

K = TypeVar("K")
V = TypeVar("V")


class Drawn(Generic[K, V]):
    """What was drawn from one snapshot within one minute, at most so many."""

    def __init__(self, most: int) -> None:
        """Begin with nothing."""
        self._most = most
        self._kept: dict[K, V] = {}
        self._kept_for: tuple[Snapshot, datetime] | None = None

    def __len__(self) -> int:
        """How many there are."""
        return len(self._kept)

    def at(self, scene: Scene) -> dict[K, V]:
        """Return what was drawn from the same snapshot in the same minute, to be added to, forgetting all else."""
        minute = scene.now.replace(second=0, microsecond=0)
        same = self._kept_for is not None and self._kept_for[0] is scene.snapshot and self._kept_for[1] == minute
        if not same or len(self._kept) >= self._most:
            self._kept, self._kept_for = {}, (scene.snapshot, minute)
        return self._kept
