"""First rounds of a planner that the database cut off half way: the next one takes up all of it again, and nobody misses an alert."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.ledger import DeliveryState
from bot.domain.subscriptions import ChannelId
from bot.errors import StoreError
from bot.store.store import open_store
from tests.services.alerting import START, TOLD_AT, Office, open_office_that_told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

AN_HOUR = timedelta(hours=1)


@contextmanager
def spoiled(folder: Path, table: str) -> Iterator[None]:
    """Let nothing be written to a table meanwhile."""
    with closing(sqlite3.connect(folder / "store.sqlite")) as connection:
        connection.execute(f"CREATE TRIGGER spoiled BEFORE INSERT ON {table} BEGIN SELECT raise(ABORT, 'spoiled'); END")
        yield
        connection.execute("DROP TRIGGER spoiled")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office that has told a channel of the summit on 3 December, a week before it."""
    async with open_office_that_told(tmp_path) as opened:
        yield opened


async def test_what_fell_due_before_a_start_that_failed_is_not_lost(office: Office, tmp_path: Path) -> None:
    """Down over the hour of an alert, and cut off in the first round after it: the alert is still ahead for the next one."""
    await office.subscribe(leads=(1,), channel_id=ChannelId(11))
    await office.planner.step()
    office.now = START.replace(month=12, day=2, hour=10)
    for _ in range(2):
        office.restart()
        with spoiled(tmp_path, "deliveries"), pytest.raises(StoreError):
            await office.planner.step()
    office.restart()
    [post] = await office.work()
    assert [item.due_at for item in post.items] == [START.replace(month=12, day=2, hour=9)]
    assert (await office.states())[-1] == (1, DeliveryState.SENT)


async def test_the_first_run_of_all_begins_when_it_is_tried(tmp_path: Path) -> None:
    """Cut off before anything was planned, and tried again days later: what fell due in between comes, late."""
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'store.sqlite'}") as store:
        office = Office(store, tmp_path / "content")
        await office.subscribe(leads=(7,))
        with spoiled(tmp_path, "calendar"), pytest.raises(StoreError):
            await office.planner.step()
        office.restart()
        office.now = TOLD_AT + AN_HOUR
        [post] = await office.work()
        assert [item.due_at for item in post.items] == [TOLD_AT]
