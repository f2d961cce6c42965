"""With which content a bot starts: the folder's, what was in use, or the last good one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.editions import UseResult
from bot.errors import ContentError
from bot.knowledge.shelf import LAST_GOOD, Shelf
from bot.services.reloading import Consent
from bot.store.store import open_store
from tests.services.editing import ANN, Newsroom
from tests.services.test_reloading import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    """A newsroom on 22 November 2026 at noon."""
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'detente.sqlite'}") as store:
        yield Newsroom(store, tmp_path, NOW)


async def test_the_first_start_uses_the_folder(room: Newsroom) -> None:
    """A new database takes the folder's content, and the data folder keeps it as the last good one."""
    one = await room.start()
    assert one.beginning.result is UseResult.APPLIED
    kept = room.shelf.find_kept()
    assert kept is not None
    assert kept.version == one.version == room.shelf.find_seen()


async def test_a_changed_folder_is_used_at_the_next_start(room: Newsroom) -> None:
    """Whoever changes the files and restarts gets what they wrote, also an older state of them."""
    first = (await room.start()).version
    room.write("2026-12-05")
    second = await room.start()
    assert (second.beginning.result, second.version != first) == (UseResult.APPLIED, True)
    room.write()
    assert (await room.start()).version == first


async def test_a_rollback_outlives_a_restart(room: Newsroom) -> None:
    """A folder that did not change since is not used again after somebody went back from it."""
    one = await room.start()
    room.write("2026-12-05")
    await one.reloading.reload(ANN)
    await one.reloading.roll_back(ANN)
    again = await room.start()
    assert again.version == one.version
    assert again.beginning.result is UseResult.UNCHANGED
    assert again.beginning.version in again.reloading.warning  # the folder holds what somebody went back from
    room.write("2026-12-06")
    assert (await room.start()).beginning.result is UseResult.APPLIED


async def test_an_older_machine_does_not_turn_back_the_others(room: Newsroom) -> None:
    """A machine whose folder lags behind follows what is in use, whether or not it remembers what it saw."""
    lagging = Shelf(room.folder / "lagging")
    (room.folder / "lagging").mkdir()
    (room.folder / "new").mkdir()
    first = await room.start(lagging)
    room.write("2026-12-05")
    second = await room.start()
    assert second.version != first.version
    room.write()
    assert (await room.start(lagging)).version == second.version
    assert (await room.start(Shelf(room.folder / "new"))).version == second.version


async def test_broken_content_starts_with_what_was_in_use(room: Newsroom) -> None:
    """Where the folder's content is broken the bot starts with what was in use, tells all problems, and tells them once."""
    good = (await room.start()).version
    room.break_content()
    one = await room.start()
    assert (one.version, one.beginning.result, one.beginning.is_news) == (good, UseResult.KEPT_EARLIER, True)
    assert any("events/all.yaml" in str(problem) for problem in one.beginning.problems)
    room.shelf.note_told(one.beginning.version)
    assert (await room.start()).beginning.is_news is False
    assert [entry[:2] for entry in await room.trail()] == [("start", "applied"), ("start", "kept_earlier"), ("start", "kept_earlier")]


async def test_a_new_database_starts_with_the_last_good_one(room: Newsroom, tmp_path: Path) -> None:
    """Where the database is new too, the data folder's last good content is used, and every other process follows it."""
    good = (await room.start()).version
    room.break_content()
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'new.sqlite'}") as store:
        room.store = store
        one = await room.start()
        assert (one.version, one.beginning.result) == (good, UseResult.KEPT_EARLIER)
        edition = await store.contents.find_edition()
        assert edition is not None
        assert edition.version == good


@pytest.mark.parametrize("kept", [None, b"", b"PK\x03\x04 half a file"])
async def test_with_nothing_good_all_problems_are_told(room: Newsroom, kept: bytes | None) -> None:
    """Without any good content, or with a spoilt archive of it, the start fails with the problems of the folder."""
    room.break_content()
    (room.content / "tags.yaml").write_text("- {id: nato}\n")
    if kept is not None:
        (room.folder / "data" / LAST_GOOD).write_bytes(kept)
    with pytest.raises(ContentError) as error:
        await room.start()
    assert {"events/all.yaml", "tags.yaml"} <= {str(p).split("content/")[1].split(":")[0] for p in error.value.problems}


async def test_a_start_that_would_tell_many_waits_for_somebody(room: Newsroom) -> None:
    """A folder whose content would send more messages than the limit is not applied by a mere restart; a reload may do it."""
    one = await room.start()
    await room.subscribe(*range(1, 12))
    await room.plan(one)
    room.now = datetime(2026, 11, 26, 9, tzinfo=UTC)
    await room.plan(one)
    await room.store.ledger.claim("somebody", now=room.now, lease=timedelta(hours=1), limit=100)
    room.write("2026-12-05")
    again = await room.start()
    assert (again.beginning.result, again.beginning.messages, again.version) == (UseResult.UNCONFIRMED, 11, one.version)
    assert again.beginning.version != one.version
    applied = await again.reloading.reload(ANN, Consent(version=again.beginning.version, is_confirmed=True))
    assert applied.result is UseResult.APPLIED


async def test_a_data_folder_that_cannot_be_written_stops_nobody(room: Newsroom) -> None:
    """A data folder that is gone costs the memory of the machine, not the start."""
    one = await room.start(Shelf(room.folder / "nowhere"))
    assert one.beginning.result is UseResult.APPLIED
    assert (await room.start(Shelf(room.folder / "nowhere"))).version == one.version
