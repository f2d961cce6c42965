"""Restoring: no reminder is lost in silence, and none is posted a second time unasked."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.judging import Reason
from bot.domain.ledger import AlertKind, DeliveryState
from bot.errors import DeliveryError, StoreError
from bot.services.restoring import Missed, MissedAlertsError, Restored, restore
from bot.store.backing_up import back_up
from bot.store.restoring import IDS_AHEAD, Doubt
from bot.store.store import open_store
from tests.services.alerting import GUILD, Office
from tests.store.moving import look, read_all

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.knowledge.snapshot import Snapshot
    from bot.services.messaging import Post
    from bot.store.store import Store

SENT, EXPIRED, SUPERSEDED = DeliveryState.SENT, DeliveryState.EXPIRED, DeliveryState.SUPERSEDED


def at(text: str) -> datetime:
    """Return the UTC instant of a text."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


async def _work_at(office: Office, *moments: str) -> list[Post]:
    """Let the bot work at these moments; return what it posted."""
    posted = []
    for moment in moments:
        office.now = at(moment)
        posted += await office.work()
    return posted


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office on 22 November 2026 at noon, with a summit on 3 December and one channel that wishes for all."""
    async with open_store(_url(tmp_path, "old")) as store:
        opened = Office(store, tmp_path / "content")
        await opened.work()
        await opened.subscribe()
        yield opened


def _url(folder: Path, name: str) -> str:
    return f"sqlite+aiosqlite:///{folder / name}.sqlite"


async def _restore(office: Office, folder: Path, missed: Missed = Missed.ASK, name: str = "new") -> Restored:
    async def begin(_: Store, __: Path) -> Snapshot:
        return office.knowledge.current

    (folder / "work").mkdir(exist_ok=True)
    try:
        return await restore(folder / "b.sqlite", _url(folder, name), folder / "work", missed=missed, begin=begin, now=office.now)
    finally:
        assert look(folder / "work") == {}


@asynccontextmanager
async def _moved(office: Office, folder: Path) -> AsyncIterator[Office]:
    """The office as it goes on with the restored database, in the same world."""
    async with open_store(_url(folder, "new")) as store:
        again = Office(store, office.folder, now=office.now, paper=office.paper)
        again.knowledge.current = office.knowledge.current
        yield again


async def _live_on_after_a_backup(office: Office, folder: Path) -> None:
    """Back up before anything was posted, post two alerts, and lose the database."""
    assert await _work_at(office, "2026-11-26T08:00") == []
    await back_up(_url(folder, "old"), folder / "b.sqlite")
    assert len(await _work_at(office, "2026-11-26T09:00", "2026-12-02T09:00", "2026-12-02T12:00")) == 2


async def test_in_doubt_nothing_is_restored_unasked(office: Office, tmp_path: Path) -> None:
    """Where dates were announced after the backup, they are named, and nothing is made until somebody says what is to be done."""
    await _live_on_after_a_backup(office, tmp_path)
    with pytest.raises(MissedAlertsError) as raised:
        await _restore(office, tmp_path)
    assert raised.value.doubts == (Doubt(deadline="summit", occurrence="2026-12-03", kind=AlertKind.ALERT, subscriptions=1),)
    with pytest.raises(StoreError, match="There is no database"):
        await read_all(_url(tmp_path, "new"))


async def test_skipped_ones_are_in_the_ledger_and_not_posted_again(office: Office, tmp_path: Path) -> None:
    """What was posted in the life that is lost is not posted again; the ledger says why, and the next alert comes as planned."""
    await _live_on_after_a_backup(office, tmp_path)
    assert len((await _restore(office, tmp_path, Missed.SKIP)).doubts) == 1
    async with _moved(office, tmp_path) as again:
        assert await again.work() == []
        assert await again.states() == [(7, EXPIRED), (1, EXPIRED)]
        assert {entry.reason for entry in await again.history()} == {Reason.RESTORED}
        assert len(await _work_at(again, "2026-12-03T08:59", "2026-12-03T09:00", "2026-12-03T10:00")) == 1
        assert (await again.states())[-1] == (0, SENT)


@pytest.mark.parametrize(
    ("day", "status", "kind"), [("2026-12-20", "tentative", AlertKind.MOVED), ("2026-12-03", "cancelled", AlertKind.CANCELLED)]
)
async def test_a_change_after_a_restore_is_told(office: Office, tmp_path: Path, day: str, status: str, kind: AlertKind) -> None:
    """A channel that may have heard of a date in the life that is lost hears that it moved, or is off: it must not wait for it."""
    await _live_on_after_a_backup(office, tmp_path)
    await _restore(office, tmp_path, Missed.SKIP)
    async with _moved(office, tmp_path) as again:
        assert await again.work() == []
        again.edit_content(day, status)
        assert [post.items[0].kind for post in await again.work()] == [kind]
        assert await again.work() == []


async def test_sent_ones_come_late_and_only_the_nearest(office: Office, tmp_path: Path) -> None:
    """Where the bot did not run after the backup, the gap is a downtime: the nearest alert of each date comes, marked late."""
    await _live_on_after_a_backup(office, tmp_path)
    assert (await _restore(office, tmp_path, Missed.SEND)).doubts == ()
    async with _moved(office, tmp_path) as again:
        (post,) = await again.work()
        assert post.items[0].due_at == at("2026-12-02T09:00")
        assert await again.states() == [(7, SUPERSEDED), (1, SENT)]


async def test_a_change_told_after_the_backup_is_not_told_again(office: Office, tmp_path: Path) -> None:
    """A notice that the content's change calls for is in doubt too: the backup knows the old date only."""
    assert len(await _work_at(office, "2026-11-26T09:00")) == 1
    await back_up(_url(tmp_path, "old"), tmp_path / "b.sqlite")
    office.edit_content("2026-12-20")
    assert [post.items[0].kind for post in await office.work()] == [AlertKind.MOVED]
    assert [doubt.kind for doubt in (await _restore(office, tmp_path, Missed.SKIP)).doubts] == [AlertKind.MOVED]
    async with _moved(office, tmp_path) as again:
        assert await again.work() == []
        assert len(await _work_at(again, "2026-12-13T08:00", "2026-12-13T09:00")) == 1


async def test_what_was_being_sent_is_found_by_its_id(office: Office, tmp_path: Path) -> None:
    """A message under way when the backup was made is no matter of doubt: it is looked for through the whole gap, and adopted."""
    office.paper.fails = [(DeliveryError("the connection to Discord failed"), False)]
    assert await _work_at(office, "2026-11-26T09:00") == []
    await back_up(_url(tmp_path, "old"), tmp_path / "b.sqlite")
    assert len(await _work_at(office, "2026-11-26T09:30")) == 1
    assert (await _restore(office, tmp_path)).doubts == ()
    async with _moved(office, tmp_path) as again:
        claimed = await again.store.ledger.claim("other", now=again.now, lease=timedelta(seconds=1), limit=9)
        # Discord's history is searched to its end only from the third try on.
        assert [message.attempts for message in claimed] == [3]
        again.now += timedelta(minutes=1)
        assert await again.work() == []
        assert await again.states() == [(7, SENT)]


async def test_no_id_is_given_again(office: Office, tmp_path: Path) -> None:
    """A message posted after the restore has no id that one of the lost life has: their buttons must not be taken for each other's."""
    await _live_on_after_a_backup(office, tmp_path)
    lost, _ = await read_all(_url(tmp_path, "old"))
    await _restore(office, tmp_path, Missed.SKIP)
    async with _moved(office, tmp_path) as again:
        (post,) = await _work_at(again, "2026-12-03T09:00")
        assert post.message_id > max(row[0] for row in lost["messages"]) + IDS_AHEAD // 2
        assert (await again.store.subscriptions.list_of(GUILD))[0].id == 1


async def test_nothing_due_meanwhile_is_restored_as_it_was(office: Office, tmp_path: Path) -> None:
    """Where nothing can have been posted, nothing is asked, and the rows are those of the backup."""
    await back_up(_url(tmp_path, "old"), tmp_path / "b.sqlite")
    office.now += timedelta(hours=1)
    office.edit_content("2026-12-20")  # nobody was told the old date; that it moved is for the bot to note, not for the restore
    assert (await _restore(office, tmp_path)).doubts == ()
    assert (await read_all(_url(tmp_path, "new")))[0] == (await read_all(_url(tmp_path, "old")))[0]


async def test_a_filled_database_is_not_overwritten(office: Office, tmp_path: Path) -> None:
    """Restoring over a database with rows is refused before anything is looked at, and says how to move it away."""
    await back_up(_url(tmp_path, "old"), tmp_path / "b.sqlite")
    before = await read_all(_url(tmp_path, "old"))
    with pytest.raises(StoreError, match=r"is not empty .*mv .*old\.sqlite"):
        await _restore(office, tmp_path, Missed.SEND, "old")
    assert await read_all(_url(tmp_path, "old")) == before
