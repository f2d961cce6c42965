"""When the planner writes, whom it wakes, and what it does not do again each time it looks."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.judging import Reason
from bot.domain.ledger import DeliveryState
from bot.domain.subscriptions import ChannelId
from bot.services.planning import LOOK_AGAIN, Planner
from bot.store.plan import Plan
from bot.store.store import open_store
from tests.services.alerting import GUILD, START, Office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from bot.domain.subscriptions import Wish, WishId

A_SECOND, AN_HOUR = timedelta(seconds=1), timedelta(hours=1)
DUE_AT = datetime(2026, 11, 26, 9, tzinfo=UTC)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office with nothing to do."""
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'store.sqlite'}") as store:
        yield Office(store, tmp_path / "content")


async def test_whoever_sends_is_woken_when_there_is_something(office: Office) -> None:
    """An alert that fell due, and a date that changed, need not wait until somebody looks by chance; a round without news wakes nobody."""
    woken: list[datetime] = []
    planner = Planner(office.store, office.knowledge, clock=office.clock, planned=lambda: woken.append(office.now))
    await office.subscribe(leads=(7,))
    await planner.step()
    woken.clear()
    office.now = DUE_AT - A_SECOND
    await planner.step()
    woken.clear()
    office.now = DUE_AT
    await planner.step()
    assert set(woken) == {DUE_AT}
    await office.work()
    woken.clear()
    office.now += A_SECOND
    planner.refresh()
    await planner.step()
    assert woken == []
    office.edit_content("2026-12-10")
    await planner.step()
    assert set(woken) == {office.now}


async def test_a_round_that_took_long_is_followed_by_a_shorter_rest(office: Office) -> None:
    """Where a disk held the round up for a minute, the next one comes when something falls due, and not a minute after that."""
    held_up, a_day = timedelta(seconds=70), timedelta(days=1)

    def hang() -> None:
        office.now += held_up if office.now == DUE_AT else timedelta()

    planner = Planner(office.store, office.knowledge, clock=office.clock, planned=hang, look_again=2 * a_day)
    await office.subscribe(leads=(7, 6))
    office.now = DUE_AT
    assert await planner.step() == a_day - held_up
    office.now = DUE_AT + a_day - held_up
    assert await planner.step() == held_up


async def test_a_round_that_took_longer_than_its_rest_is_followed_by_the_next_at_once(office: Office) -> None:
    """A look that was due while the disk hung is taken without any rest, not after one that lies behind."""

    def hang() -> None:
        office.now += 2 * LOOK_AGAIN

    planner = Planner(office.store, office.knowledge, clock=office.clock, planned=hang)
    assert await planner.step() == timedelta(0)


async def test_whoever_sends_is_woken_when_a_date_is_back(office: Office) -> None:
    """What waited for a date that was missing for a moment may go on, though nothing new fell due."""
    woken: list[datetime] = []
    planner = Planner(office.store, office.knowledge, clock=office.clock, planned=lambda: woken.append(office.now))
    await office.subscribe(leads=(7,))
    await planner.step()
    office.now = DUE_AT
    await planner.step()
    office.knowledge.current = office.read_without()
    office.now += A_SECOND
    await planner.step()
    woken.clear()
    office.edit_content("2026-12-03")
    office.now += A_SECOND
    await planner.step()
    assert set(woken) == {office.now}


@pytest.mark.parametrize(("change", "reason"), [({"status": "cancelled"}, Reason.CANCELLED), ({"day": "2026-12-10"}, Reason.MOVED)])
async def test_what_waits_for_a_date_that_is_off_ends_with_the_change(office: Office, change: dict[str, str], reason: Reason) -> None:
    """The ledger says so before anybody comes to send it, also where that takes days as for a server in an outage."""
    await office.subscribe(leads=(7,))
    await office.planner.step()
    office.now = DUE_AT
    await office.planner.step()
    assert await office.states() == [(7, DeliveryState.WAITING)]
    office.edit_content(**{"day": "2026-12-03", **change})
    office.now += A_SECOND
    await office.planner.step()
    assert [(entry.state, entry.reason) for entry in await office.history()] == [(DeliveryState.CANCELLED, str(reason))]


async def test_after_the_clock_was_put_back_a_new_wish_is_served(office: Office) -> None:
    """What was planned by a clock that ran ahead is planned again, for those who have wished for it meanwhile."""
    await office.planner.step()
    office.now = DUE_AT + AN_HOUR
    await office.planner.step()
    office.now = DUE_AT - AN_HOUR
    await office.subscribe(leads=(7,))
    await office.planner.step()
    office.now = DUE_AT
    await office.planner.step()
    assert await office.states() == [(7, DeliveryState.WAITING)]


async def test_what_fell_due_is_noted_at_once(office: Office) -> None:
    """Whoever takes over in the next moment begins where this one ended."""
    await office.subscribe(leads=(7,))
    await office.planner.step()
    office.now = DUE_AT
    await office.planner.step()
    assert (await office.store.plan.read())[0] == DUE_AT


async def test_of_very_many_subscriptions_each_is_served(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are written in slices, one transaction after the other, until all have their alert."""
    defaults = Plan.fan_out.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "limit", 1)
    for channel in (10, 11, 12):
        await office.subscribe(leads=(7,), channel_id=ChannelId(channel))
    await office.planner.step()
    office.now = DUE_AT
    async with asyncio.timeout(10):
        await office.planner.step()
    assert await office.states() == [(7, DeliveryState.WAITING)] * 3


async def test_every_hour_it_is_noted_how_far_the_plan_is(office: Office) -> None:
    """Where nothing falls due for long, whoever takes over need not plan the days that went by; a look in between writes nothing."""
    await office.planner.step()
    before = START + AN_HOUR - LOOK_AGAIN
    for now, planned_to in ((before, START), (START + AN_HOUR, before), (START + 2 * AN_HOUR - LOOK_AGAIN, before)):
        office.now = now
        await office.planner.step()
        assert (await office.store.plan.read())[0] == planned_to


async def test_what_fell_due_in_months_of_absence_is_found(office: Office) -> None:
    """A plan reaches four weeks; a bot that was away for longer goes on from one to the next until it is here."""
    office.edit_content("2027-03-03")
    await office.subscribe(leads=(7,))
    assert await office.work() == []
    office.now = datetime(2027, 2, 24, 10, tzinfo=UTC)
    [post] = await office.work()
    assert [item.due_at for item in post.items] == [datetime(2027, 2, 24, 9, tzinfo=UTC)]


async def test_wishes_are_read_again_only_when_there_are_new_ones(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look at a database where something else was written asks for the last wish alone: there may be very many."""
    read = 0
    list_wishes = office.store.subscriptions.list_wishes

    async def note() -> Mapping[WishId, Wish]:
        nonlocal read
        read += 1
        return await list_wishes()

    monkeypatch.setattr(office.store.subscriptions, "list_wishes", note)
    first = await office.subscribe()
    await office.planner.step()
    await office.subscribe(hour=10, channel_id=ChannelId(11))
    await office.planner.step()
    assert read == 2
    await office.subscribing.remove(GUILD, first.id)
    office.now += AN_HOUR / 2
    await office.planner.step()
    assert read == 2
