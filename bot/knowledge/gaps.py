"""What of a content folder could not be read: whoever names what it may hold is not wrong for that."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.knowledge.problems import Location

_NAME = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class Gap:
    """A place from which on entries of a `kind` were not read ("": of any kind); `text` is their file, None where nothing of it is known."""

    kind: str
    location: Location
    text: str | None = field(default=None, repr=False)


class Gaps:
    """Tells what only follows from gaps."""

    def __init__(self, gaps: Iterable[Gap]) -> None:
        """Look for names in the text of `gaps`."""
        self._holders: dict[tuple[str, str], Gap] = {}
        self._users: dict[str, Gap] = {}
        self._dark: dict[str, Gap] = {}
        for gap in {(gap.kind, gap.text): gap for gap in reversed(tuple(gaps))}.values():
            if gap.text is None:
                self._dark[gap.kind] = gap
                continue
            for name in _NAME.findall(gap.text):
                self._holders[gap.kind, name] = self._users[name] = gap

    def find_holder(self, kind: str, name: str) -> Gap | None:
        """Return a gap in which an entry of this kind and name may stand, or None."""
        return self._holders.get((kind, name)) or self._dark.get(kind) or self._dark.get("")

    def find_user(self, name: str) -> Gap | None:
        """Return a gap in which something of this name may be used, or None."""
        return self._users.get(name) or next(iter(self._dark.values()), None)
