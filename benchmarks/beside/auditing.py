"""What became of what was due: the record of a Discord held against it. Pure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.figures import percentile
from bot.domain.judging import LATE_AFTER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

FIRST, NEXT = 0, 1
"""The date that everything begins with, and the one after it."""

_SAYS_LATE = re.compile(r"\blate\b|\boverdue\b|\bwas due\b|\bshould have come\b", re.IGNORECASE)

Key = tuple[int, int]
"""A channel's id, and FIRST or NEXT."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A message that a channel got, at an instant in seconds since the epoch."""

    channel_id: int
    which: int
    posted_at: float
    says_late: bool

    @property
    def key(self) -> Key:
        """What it is about."""
        return self.channel_id, self.which


@dataclass(frozen=True, slots=True)
class Audit:
    """What a run came to: how many were due, how many of them never came, came more often than once, or came late without a word.

    `p99_seconds` is how late 99 % of the first dates came, counted from when they were due and the bot had been started.
    """

    due: int
    lost: int
    twice: int
    late_unsaid: int
    p99_seconds: float | None


def says_late(text: str) -> bool:
    """Whether a message says of itself that it is late."""
    return _SAYS_LATE.search(text) is not None


def audit(due: Mapping[Key, float], seen: Iterable[Seen], started_at: float) -> Audit:
    """Hold what was `seen` against what was `due` (when, in seconds since the epoch); the bot was started at `started_at`.

    What came without being due counts only where it came twice.
    """
    seen = sorted(seen, key=lambda message: message.posted_at)
    counts = Counter(message.key for message in seen)
    came_at = {message.key: message.posted_at for message in reversed(seen)}
    lateness = [at - max(due[key], started_at) for key, at in came_at.items() if key in due and key[1] == FIRST]
    late = (m for m in seen if m.key in due and m.posted_at > due[m.key] + LATE_AFTER.total_seconds())
    return Audit(
        due=len(due),
        lost=len(due.keys() - counts.keys()),
        twice=sum(counts.values()) - len(counts),
        late_unsaid=sum(not message.says_late for message in late),
        p99_seconds=percentile(lateness, 0.99) if lateness else None,
    )


def count_came(channels: Collection[int], which: int, seen: Iterable[Seen]) -> int:
    """Return how many of these channels got what is FIRST or NEXT."""
    return len({message.channel_id for message in seen if message.which == which}.intersection(channels))
