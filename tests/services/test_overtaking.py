"""A change of hour that overtakes an alert: it is made together with the alert, or not at all."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.ledger import DeliveryState
from bot.domain.subscriptions import GuildPreferences, Timing
from bot.errors import StoreError
from bot.store.store import open_store
from tests.services.alerting import GUILD, Office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from bot.domain.subscriptions import SubscriptionId

A_DAY = timedelta(days=1)
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
"""On the day of the alert a week before the summit, which is due at six in the evening."""


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A server that hears at six in the evening, and nothing is planned yet."""
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'detente.sqlite'}") as store:
        office = Office(store, tmp_path / "content")
        await office.subscribing.set_preferences(GuildPreferences(guild_id=GUILD, timing=Timing(time(18), "UTC")))
        yield office


async def _edit(office: Office, subscription: SubscriptionId) -> None:
    await office.subscribing.edit(GUILD, subscription, lambda order: replace(order, clock_time=time(9)))


async def _prefer(office: Office, _: SubscriptionId) -> None:
    await office.subscribing.set_preferences(GuildPreferences(guild_id=GUILD, timing=Timing(time(9), "UTC")))


def _spoil(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("change", [_edit, _prefer])
async def test_a_change_that_fails_half_way_swallows_no_alert(
    office: Office, tmp_path: Path, change: Callable[[Office, SubscriptionId], Awaitable[None]]
) -> None:
    """Where the alert that it overtakes cannot be written, as when the process dies there, the hour stays what it was."""
    subscription = await office.subscribe(clock_time=None, zone=None)
    assert await office.work_until(NOON, A_DAY) == []
    database = tmp_path / "detente.sqlite"
    _spoil(database, "CREATE TRIGGER spoiled BEFORE INSERT ON deliveries BEGIN SELECT raise(ABORT, 'spoiled'); END")
    with pytest.raises(StoreError):
        await change(office, subscription.id)
    assert (await office.subscribing.get_preferences(GUILD)).timing.clock_time == time(18)
    _spoil(database, "DROP TRIGGER spoiled")
    office.restart()
    posted = await office.work_until(datetime(2026, 11, 26, 23, tzinfo=UTC))
    assert [at.hour for at, _ in posted] == [18]


@pytest.mark.parametrize("change", [_edit, _prefer])
async def test_a_change_brings_the_alert_that_it_overtakes_at_once(
    office: Office, change: Callable[[Office, SubscriptionId], Awaitable[None]]
) -> None:
    """From six in the evening to nine in the morning, at noon: it comes at noon, and never again."""
    subscription = await office.subscribe(clock_time=None, zone=None)
    await office.work_until(NOON, A_DAY)
    await change(office, subscription.id)
    posted = [*await office.work(), *(post for _, post in await office.work_until(datetime(2026, 11, 26, 23, tzinfo=UTC)))]
    assert len(posted) == 1
    assert await office.states() == [(7, DeliveryState.SENT)]
