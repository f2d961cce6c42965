"""Reloading by itself: when the folder changes, and when the host says so."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.editions import Origin, UseResult
from bot.services.rereading import Rereading, Watch
from bot.services.working import Worker, running
from bot.store.store import open_store
from tests.services.editing import Newsroom
from tests.services.test_reloading import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.services.proposing import Proposal
    from tests.services.editing import Process


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    """A newsroom on 22 November 2026 at noon."""
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'detente.sqlite'}") as store:
        yield Newsroom(store, tmp_path, NOW)


@asynccontextmanager
async def _watching(room: Newsroom, process: Process) -> AsyncIterator[asyncio.Queue[Proposal]]:
    """Watch the folder; every proposal that is not applied comes out of the queue."""
    told: asyncio.Queue[Proposal] = asyncio.Queue()
    watch = Watch(room.content, Rereading(process.reloading, told.put_nowait), debounce=50, look_every=timedelta(milliseconds=200))
    async with running([Worker("watch", watch.step)], stop_seconds=5):
        try:
            yield told
        finally:
            watch.stop()


async def _until(process: Process, day: str) -> None:
    """Return once a process answers with the summit on `day`."""
    async with asyncio.timeout(20):
        while str(process.summit and process.summit.when.first_day) != day:
            await asyncio.to_thread(lambda: None)


async def test_a_saved_file_is_used(room: Newsroom) -> None:
    """A watched folder is read again when a file is saved, as often as that happens."""
    one = await room.start()
    async with _watching(room, one):
        for day in ("2026-12-05", "2026-12-06"):
            room.write(day)
            await _until(one, day)
    assert (await room.trail())[-1][:2] == ("reload", "applied")


async def test_a_broken_file_is_told_once_and_mended(room: Newsroom) -> None:
    """A file that is saved broken is told, the content in use stays, and the mended file is used."""
    one = await room.start()
    before = one.version
    async with _watching(room, one) as told:
        room.break_content()
        refused = await asyncio.wait_for(told.get(), 20)
        assert (refused.result, one.version) == (UseResult.REFUSED, before)
        assert "cannot be used" in one.reloading.warning
        room.write("2026-12-05")
        await _until(one, "2026-12-05")
        assert one.reloading.warning == ""
    assert told.empty()


async def test_a_file_replaced_by_renaming_is_seen(room: Newsroom) -> None:
    """An editor that writes a new file and renames it over the old one is seen, and so is a new folder."""
    one = await room.start()
    async with _watching(room, one):
        path = room.content / "deadlines/all.yaml"
        new = path.with_suffix(".tmp")
        text = path.read_text().replace('"2026-12-03"', '"2026-12-07"')
        new.write_text(text)
        new.replace(path)
        await _until(one, "2026-12-07")


async def test_a_signal_rereads(room: Newsroom) -> None:
    """A signal reloads once; what was not applied is told once for each version, what was applied is not."""
    one = await room.start()
    told: list[Proposal] = []
    rereading = Rereading(one.reloading, told.append)
    room.write("2026-12-05")
    await rereading.reread(Origin.SIGNAL)
    assert (str(one.summit and one.summit.when.first_day), told) == ("2026-12-05", [])
    room.break_content()
    for _ in range(2):
        await rereading.reread(Origin.SIGNAL)
    assert [proposal.result for proposal in told] == [UseResult.REFUSED]


@pytest.mark.parametrize("replaced", ["renamed", "removed", "linked"])
async def test_a_watch_outlives_the_folder(room: Newsroom, replaced: str) -> None:
    """A folder that is replaced by another one, by renaming, by a link or after it was gone, is watched on, change after change."""
    one = await room.start()
    async with _watching(room, one):
        room.write("2026-12-05")
        await _until(one, "2026-12-05")
        old = room.content.rename(room.folder / "old")
        new = shutil.copytree(old, room.folder / "new")
        if replaced == "removed":
            shutil.rmtree(old)
        if replaced == "linked":
            room.content.symlink_to(new)
        else:
            new.rename(room.content)
        for day in ("2026-12-06", "2026-12-07"):
            room.write(day)
            await _until(one, day)
