"""How long planner and dispatcher rest between two rounds, and how much the dispatcher takes on in one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ledger import Claimed
from bot.domain.subscriptions import ChannelId
from bot.errors import DeliveryError
from bot.services.dispatching import Dispatcher
from bot.services.pacing import MAX_IN_FLIGHT, Tempo
from bot.services.planning import LOOK_AGAIN, Planner
from bot.store.store import open_store
from tests.services.alerting import CHANNEL, GUILD, START, AtOnce, Office, Paper, land

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.domain.subscriptions import SubscriptionId

BUSY, UNREADY, IDLE = timedelta(milliseconds=50), timedelta(seconds=1), timedelta(seconds=30)
A_SECOND, A_MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class Stopped(AtOnce):
    """A pacer that gives no turns now."""

    rate = 0.0


class Asleep(Paper):
    """A Discord whose gateway is not open."""

    def is_ready(self) -> bool:
        """Say so."""
        return False


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office with nothing to do."""
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'store.sqlite'}") as store:
        yield Office(store, tmp_path / "content")


async def test_with_nothing_to_do_the_dispatcher_looks_again_after_half_a_minute(office: Office) -> None:
    """Another process may have left something to do; a tempo of one's own is kept."""
    assert await office.dispatcher.step() == IDLE
    tempo = Tempo(idle_pause=A_MINUTE)
    idle = Dispatcher(office.store, office.knowledge, office.paper, clock=office.clock, pacer=AtOnce(), tempo=tempo)
    assert await idle.step() == A_MINUTE


async def test_without_a_gateway_or_a_turn_nothing_is_begun(office: Office) -> None:
    """What is due stays where it is, and a second later it is looked at again."""
    await _fall_due(office)
    asleep = Dispatcher(office.store, office.knowledge, Asleep(), clock=office.clock, pacer=AtOnce())
    stopped = Dispatcher(office.store, office.knowledge, office.paper, clock=office.clock, pacer=Stopped())
    for dispatcher in (asleep, stopped):
        assert await dispatcher.step() == UNREADY
        assert dispatcher.in_flight == 0
    assert len(await office.work()) == 1


async def test_the_dispatcher_wakes_for_the_next_try(office: Office) -> None:
    """It rests until a message may be tried again, at most for the idle pause, and never quite not at all."""
    await _fall_due(office)
    office.paper.fails = [(DeliveryError("busy", 20), False)]
    assert await office.work() == []
    assert await office.dispatcher.step() == timedelta(seconds=20)
    office.now += timedelta(seconds=19)
    assert await office.dispatcher.step() == A_SECOND
    office.paper.fails = [(DeliveryError("busy", 60), False)]
    office.now += A_SECOND
    assert await office.dispatcher.step() == BUSY
    await land(office.dispatcher)
    assert await office.dispatcher.step() == IDLE
    office.now += timedelta(seconds=60) - timedelta(milliseconds=10)
    assert await office.dispatcher.step() == BUSY


async def test_the_planner_rests_until_something_falls_due(office: Office) -> None:
    """It looks for new wishes twice a minute, and wakes for what falls due before that; what is due at once it does at once."""
    assert office.planner.due_next is None
    assert await office.planner.step() == LOOK_AGAIN == IDLE
    await office.subscribe()
    office.now += IDLE
    assert await office.planner.step() == IDLE
    due_at = START.replace(day=26, hour=9)
    assert office.planner.due_next == due_at
    office.now = due_at - timedelta(seconds=20)
    assert await office.planner.step() == timedelta(seconds=20)
    office.now += timedelta(seconds=19)
    assert await office.planner.step() == A_SECOND
    office.now = due_at
    await office.planner.step()
    assert office.planner.due_next == START.replace(month=12, day=2, hour=9)
    assert await office.subscribing.count_queue(GUILD) == 1


async def test_the_planner_looks_as_often_as_it_is_told(office: Office) -> None:
    """Where another rest is chosen, it is kept; a refresh ends it."""
    planner = Planner(office.store, office.knowledge, clock=office.clock, planned=lambda: None, look_again=A_MINUTE)
    planner.refresh()  # before the first round there is nothing to refresh
    assert await planner.step() == A_MINUTE
    office.now += A_SECOND
    assert await planner.step() == A_MINUTE - A_SECOND
    planner.refresh()
    assert await planner.step() == A_MINUTE


async def test_an_idle_round_asks_the_database_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two looks the planner only compares times."""
    await office.planner.step()
    monkeypatch.setattr(office.planner, "_store", None)
    assert await office.planner.step() == IDLE
    office.now += IDLE - A_SECOND
    assert await office.planner.step() == A_SECOND


@pytest.mark.parametrize(
    ("rate", "most", "seconds"), [(1000, 100, 60), (40, 100, 60), (6, 90, 60), (4, 60, 60), (0.1, 1, 60), (0.05, 1, 80), (0.04, 1, 100)]
)
def test_no_more_is_taken_on_than_its_lease_has_turns_for(rate: float, most: int, seconds: int) -> None:
    """A message may need two turns; a lease is long enough for twice that, and where turns are rare it is longer."""
    assert Tempo().take_on(rate) == (most, timedelta(seconds=seconds))


@given(st.floats(0.01, 2000), st.integers(1, 300), st.integers(1, 200))
def test_all_that_is_taken_on_has_had_its_turns_within_half_the_lease(rate: float, lease: int, in_flight: int) -> None:
    """Whatever the rate, at least one message and at most as many as may be in flight."""
    most, length = Tempo(lease=timedelta(seconds=lease), in_flight=in_flight).take_on(rate)
    assert 1 <= most <= in_flight
    assert length >= timedelta(seconds=lease)
    assert most * 2 / rate <= length.total_seconds() / 2 + 1e-5


async def test_a_dispatcher_carries_a_hundred_messages_at_a_time(office: Office) -> None:
    """It claims no more than there is room for beside what is in flight."""
    asked: list[int] = []

    async def claim(*_: object, limit: int, **__: object) -> tuple[Claimed, ...]:
        asked.append(limit)
        return ()

    office.store.ledger.claim = claim  # type: ignore[method-assign] # only what it is asked for matters
    await office.dispatcher.step()
    assert asked == [MAX_IN_FLIGHT] == [100]


async def test_each_round_goes_on_behind_the_last_one(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where not all find room at once, those who come next are asked for next, so that nobody waits for ever; a retry moves nothing."""
    await _fall_due(office, 10, 11, 12)
    ids = [subscription.id for subscription in await office.subscribing.list_all(GUILD)]
    one = Dispatcher(office.store, office.knowledge, office.paper, clock=office.clock, pacer=AtOnce(), tempo=Tempo(in_flight=1))
    claim, asked = office.store.ledger.claim, []

    async def note(*names: str, after: SubscriptionId | None, **terms: Any) -> tuple[Claimed, ...]:
        asked.append(after)
        return await claim(*names, after=after, **terms)

    monkeypatch.setattr(office.store.ledger, "claim", note)
    office.paper.fails = [(DeliveryError("busy", 20), False)]
    for _ in range(2):
        await one.step()
        await land(one)
    office.now += A_MINUTE
    for _ in range(3):
        await one.step()
        await land(one)
    assert asked == [None, ids[0], ids[1], ids[1], ids[2]]
    assert [post.channel_id for post in office.paper.posts.values()] == [11, 10, 12]


async def _fall_due(office: Office, *channels: int) -> None:
    """Subscribe channels, and let the alert a week before the summit fall due."""
    await office.planner.step()
    for channel in channels or (CHANNEL,):
        await office.subscribe(channel_id=ChannelId(channel))
    office.now = START.replace(day=26, hour=9)
    await office.planner.step()
