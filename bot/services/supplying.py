"""Where content comes from, and how it is made fit for use."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.knowledge.files import read_files
from bot.knowledge.problems import Location, Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime
    from pathlib import Path

    from bot.knowledge.files import ContentFiles
    from bot.knowledge.shelf import Shelf
    from bot.knowledge.snapshot import Snapshot

    Check = Callable[[ContentFiles, datetime], tuple[tuple[Problem, ...], Snapshot | None]]
    Vet = Callable[[ContentFiles, datetime], Awaitable[tuple[Problem, ...]]]
    Index = Callable[[ContentFiles], Awaitable[Snapshot]]

SETTLED_AFTER = 1.0
"""Seconds for which a folder must not change before it counts as written."""

_MOST_READINGS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where content comes from and how it is made fit for use.

    `check` does in one go what `vet` and `index` do, for a start that has nothing else to fall back on. `vet` returns everything that is wrong with files, `index` what the bot works with; both raise ContentError and let the event
    loop go on meanwhile. A change that would send more than `limit` messages needs a confirmation.
    """

    folder: Path
    shelf: Shelf
    check: Check
    vet: Vet
    index: Index
    limit: int
    is_watching: bool = False
    settled_after: float = SETTLED_AFTER


async def read_settled(source: Source) -> ContentFiles:
    """Read the folder once it has stopped changing; a half-written file must not win."""
    found = await asyncio.to_thread(read_and_hash, source.folder)
    for _ in range(_MOST_READINGS):
        before = found
        await asyncio.sleep(source.settled_after)
        found = await asyncio.to_thread(read_and_hash, source.folder)
        if found == before:
            return found
    restless = Problem(Location(found.place), "the folder keeps changing: try again when whoever writes it has finished")
    return replace(found, problems=(*found.problems, restless))


def read_and_hash(folder: Path) -> ContentFiles:
    """Read the folder and reckon its version, in the thread this runs in: of many megabytes that takes a while."""
    files = read_files(folder)
    _ = files.version
    return files


def let_go(retired: list[Snapshot]) -> None:
    """Let go of contents that nobody uses any more, entry by entry, in the thread this runs in."""
    while retired:
        knowledge = retired.pop().knowledge
        entries: list[object] = [*knowledge.topics, *knowledge.events, *knowledge.deadlines, *knowledge.terms, *knowledge.sources]
        entries += [*knowledge.treaties, *knowledge.countries]
        del knowledge
        while entries:
            entries.pop()
