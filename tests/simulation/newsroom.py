"""The made-up content: dates as an editor writes them, and the snapshots that the bot makes of them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.domain.entries import Deadline
from bot.knowledge.loading import load
from bot.knowledge.snapshot import Snapshot
from bot.services.supplying import Source
from tests.small import SMALL, write_content

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from bot.knowledge.files import ContentFiles
    from bot.knowledge.problems import Problem
    from bot.knowledge.shelf import Shelf

TAGS = ("nato", "war", "arms", "trade")
LEADS = ((), (30, 7, 1, 0), (7, 1), (14, 3, 0), (60, 30), (0,), (1,))
FILE = "deadlines/all.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Date:
    """One entry. `when` is ("day", "2027-03-04") or with /last, ("moment", "2027-03-04T12:00", zone), or ("rule", start, rule)."""

    id: str
    when: tuple[str, ...]
    status: str = "tentative"
    outcome: bool = False
    leads: tuple[int, ...] = ()
    tags: tuple[str, ...] = ("nato",)
    text: int = 0
    """Counts corrections of the text, which change nothing for anybody."""

    @property
    def is_expected(self) -> bool:
        """Whether alerts are to be sent of it."""
        return self.status in {"tentative", "scheduled"}


Content = tuple[Date, ...]


def write(content: Content) -> bytes:
    """Return the file, JSON, which is YAML too."""
    return json.dumps([asdict(date) for date in content], indent=1).encode()


def read(raw: bytes) -> Content:
    """Return what `write` wrote."""
    return tuple(
        Date(**{**row, "when": tuple(row["when"]), "leads": tuple(row["leads"]), "tags": tuple(row["tags"])}) for row in json.loads(raw)
    )


class Newsroom:
    """Makes the bot's snapshots of made-up content; `contents` has every version that ever was."""

    def __init__(self, folder: Path) -> None:
        """Keep the editors' file below `folder`."""
        self._base = _read_base(folder / "base")
        self.folder = folder / "content"
        self.contents: dict[str, Content] = {}
        self._snapshots: dict[str, Snapshot] = {}

    def save(self, content: Content) -> None:
        """Write what an editor wants."""
        write_content(self.folder, {FILE: write(content)})

    def source(self, shelf: Shelf) -> Source:
        """Return where a process gets content from."""
        return Source(
            folder=self.folder, shelf=shelf, check=self._check, vet=self._vet, index=self._index, limit=10_000_000, settled_after=0
        )

    def _check(self, files: ContentFiles, _: datetime) -> tuple[tuple[Problem, ...], Snapshot | None]:
        return (), self.index(files)

    async def _vet(self, _: ContentFiles, __: datetime) -> tuple[Problem, ...]:
        return ()

    async def _index(self, files: ContentFiles) -> Snapshot:
        return self.index(files)

    def index(self, files: ContentFiles) -> Snapshot:
        """Return what the bot works with; the same object for the same version in all processes, as it never changes."""
        if files.version not in self._snapshots:
            content = read(dict(files.files)[FILE])
            deadlines = tuple(_to_deadline(date) for date in content)
            knowledge = replace(self._base.knowledge, deadlines=deadlines, version=files.version)
            self.contents[files.version] = content
            self._snapshots[files.version] = replace(self._base, knowledge=knowledge)
        return replace(self._snapshots[files.version])


def _read_base(folder: Path) -> Snapshot:
    loaded = load(write_content(folder, SMALL))
    assert loaded.knowledge is not None, loaded.problems
    return Snapshot.of(loaded.knowledge)


def _to_deadline(date: Date) -> Deadline:
    return Deadline.model_validate(
        {
            "id": date.id,
            "title": f"Date {date.id}",
            "kind": "meeting",
            "when": _to_schedule(date.when),
            "status": date.status,
            "precision": "day",
            "summary": f"They meet, written {date.text} times.",
            "why": "They may talk.",
            "outcome": "It was held." if date.outcome else None,
            "superseded_by": "another" if date.status == "superseded" else None,
            "lead_days": date.leads,
            "tags": date.tags,
            "sources": ("ministry",),
            "as_of": "2026-07-04",
        }
    )


def _to_schedule(when: tuple[str, ...]) -> dict[str, Any]:
    match when:
        case ("day", days):
            return {"date": days}
        case ("moment", at, zone):
            return {"at": at, "zone": zone}
        case ("rule", start, rule):
            return {"start": start, "rule": rule, "rhythm": "again and again"}
    raise ValueError(when)
