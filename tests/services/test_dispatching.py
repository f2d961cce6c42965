"""Several dispatchers on one queue: who was frozen posts nothing of what was another's, and who stops gives back."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from bot.domain.ledger import DeliveryState
from bot.domain.sharding import Sharding
from bot.domain.subscriptions import Obstacle, Status
from bot.services.dispatching import Dispatcher
from bot.services.pacing import LEASE, Tempo
from bot.store.store import open_store
from tests.services.alerting import GUILD, AtOnce, Office, Paper, SlowPaper, land
from tests.store.making import obstructed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

    from bot.services.messaging import Post

DUE = timedelta(days=4)
"""From the beginning to behind the alert a week before the summit."""


class Gate:
    """A pacer whose turns come when the test opens it."""

    rate = 100.0

    def __init__(self) -> None:
        """Begin closed."""
        self.opened = asyncio.Event()

    async def turn(self) -> None:
        """Wait until it is open."""
        await self.opened.wait()


class Stubborn(SlowPaper):
    """A Discord that answers when it is cut off."""

    async def post(self, post: Post) -> int:
        """Keep a post, and wait to be cut off."""
        with suppress(asyncio.CancelledError):
            await super().post(post)
        return 1000 + post.message_id


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office where one alert waits to be sent."""
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'store.sqlite'}") as store:
        office = Office(store, tmp_path / "content")
        await office.subscribe()
        await office.planner.step()
        office.now += DUE
        await office.planner.step()
        yield office


def hire(office: Office, paper: Paper, pacer: Gate | AtOnce, ahead: timedelta = timedelta(), *, shares_clock: bool = True) -> Dispatcher:
    """Return another process's dispatcher, whose machine's clock is `ahead`."""

    def clock() -> datetime:
        return office.now + ahead

    queue_clock = office.clock if shares_clock else None
    return Dispatcher(office.store, office.knowledge, paper, clock=clock, pacer=pacer, queue_clock=queue_clock)


@asynccontextmanager
async def _waiting(office: Office, dispatcher: Dispatcher) -> AsyncIterator[None]:
    await dispatcher.step()
    await asyncio.sleep(0)
    assert dispatcher.in_flight == 1
    yield
    assert [entry.state for entry in await office.history()] == [DeliveryState.SENT]


async def test_frozen_before_its_turn_it_posts_nothing_of_what_was_anothers(office: Office) -> None:
    """Claimed, then frozen while it waited for its turn until the lease was over: another posts it, and the first does not."""
    gate, paper = Gate(), Paper()
    sleeper = hire(office, paper, gate)
    async with _waiting(office, sleeper):
        office.now += LEASE + timedelta(seconds=1)
        other = hire(office, Paper(), AtOnce())
        await other.step()
        await land(other)
        gate.opened.set()
        await land(sleeper)
        assert paper.posts == {}


async def test_held_up_until_its_lease_was_over_it_gives_the_message_back(office: Office) -> None:
    """Where nobody else took it meanwhile, it is sent at the next chance, without a pause and without being looked for."""
    gate = Gate()
    sleeper = hire(office, office.paper, gate)
    async with _waiting(office, sleeper):
        office.now += LEASE * 0.95  # the rest is left for clocks that differ
        gate.opened.set()
        await land(sleeper)
        assert office.paper.posts == {}
        assert len(await office.work()) == 1
        assert office.paper.looked == 0


async def test_what_was_not_begun_is_given_back_at_once_when_the_process_stops(office: Office) -> None:
    """A message that waits for its turn when the process stops is another's in the same moment, as if it had never been claimed."""
    stopping = hire(office, Paper(), Gate())
    async with _waiting(office, stopping):
        await stopping.finish()
        assert len(await office.work()) == 1
        assert office.paper.looked == 0


async def test_what_is_on_its_way_when_the_process_stops_is_written_down(office: Office) -> None:
    """A post that Discord has not answered yet is waited for, not given back."""
    paper = SlowPaper()
    stopping = hire(office, paper, AtOnce())
    async with _waiting(office, stopping):
        await paper.asked.wait()
        ending = asyncio.create_task(stopping.finish())
        await asyncio.sleep(0.05)
        assert await office.work() == []
        paper.answers.set()
        await ending
        assert len(paper.posts) == 1


async def test_what_never_ends_is_looked_for_before_it_is_tried_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A post that was still on its way when the waiting ended is soon anybody's, who finds it instead of posting a second one."""
    monkeypatch.setattr("bot.services.dispatching.FINISH_SECONDS", 0.05)
    paper = SlowPaper()
    stopping = hire(office, paper, AtOnce())
    async with _waiting(office, stopping):
        await paper.asked.wait()
        await stopping.finish()
        office.paper.posts = dict(paper.posts)  # it is the same Discord
        office.now += Tempo().first_pause - timedelta(seconds=1)
        assert await office.work() == []
        assert office.paper.looked == 0  # it may still be arriving
        office.now += timedelta(seconds=2)
        assert await office.work() == []
        assert office.paper.looked == 1


async def test_what_ends_though_it_was_cut_off_is_written_down_as_it_ended(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A post that Discord answers in the last moment is sent; nobody looks for it any more."""
    monkeypatch.setattr("bot.services.dispatching.FINISH_SECONDS", 0.05)
    paper = Stubborn()
    stopping = hire(office, paper, AtOnce())
    async with _waiting(office, stopping):
        await paper.asked.wait()
        with capture_logs() as log:
            await stopping.finish()
        assert [entry["messages"] for entry in log] == [[{"id": 1, "posted": 1001}]]
        office.paper.posts = dict(paper.posts)  # it is the same Discord
        office.now += Tempo().first_pause + timedelta(seconds=1)
        assert await office.work() == []
        assert office.paper.looked == 0


@pytest.mark.parametrize("shares_clock", [True, False])
async def test_a_fast_clock_steals_no_lease(office: Office, *, shares_clock: bool) -> None:
    """A process whose machine is two minutes ahead does not take what another is sending; by its own clock it would."""
    gate = Gate()
    first = hire(office, office.paper, gate)
    paper = Paper()
    fast = hire(office, paper, AtOnce(), ahead=LEASE * 2, shares_clock=shares_clock)
    async with _waiting(office, first):
        await fast.step()
        await land(fast)
        assert bool(paper.posts) is not shares_clock
        gate.opened.set()
        await land(first)


async def test_a_message_hung_beyond_the_lease_is_cut_off(office: Office) -> None:
    """discord.py's own waits and tries end with the lease: whoever claims the message next must not race with them."""
    office.paper = paper = SlowPaper()
    office.dispatcher = dispatcher = Dispatcher(
        office.store, office.knowledge, paper, clock=office.clock, pacer=AtOnce(), tempo=Tempo(lease=timedelta(seconds=1))
    )
    async with _waiting(office, dispatcher):
        async with asyncio.timeout(5):
            while dispatcher.in_flight:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
        await dispatcher.finish()
        paper.answers.set()
        office.now += timedelta(seconds=10)
        assert await office.work() == []
        assert paper.looked == 1


async def test_servers_that_are_not_heard_have_not_left(office: Office) -> None:
    """Before the shard of a server is heard, and of another process's shard, its absence means nothing; once it is heard, it does."""
    (subscription,) = await office.store.subscriptions.list_of(GUILD)
    office.paper.guilds = frozenset()
    for heard in (None, Sharding(count=2, ids=(1,)), Sharding(count=4, ids=(1, 2, 3))):
        office.paper.heard = heard
        await office.watcher.step()
        assert (await office.store.subscriptions.get(GUILD, subscription.id)).status is Status.ACTIVE
    office.paper.heard = Sharding(count=2, ids=(0,))
    await office.watcher.step()
    assert (await office.store.subscriptions.get(GUILD, subscription.id)).status is Status.SUSPENDED


async def test_obstacles_of_other_processes_servers_are_left_to_them(office: Office) -> None:
    """Only the process that hears a server looks whether its channel is usable again; the other does not put that off."""
    (subscription,) = await office.store.subscriptions.list_of(GUILD)
    claimed = await office.store.ledger.claim("me", now=office.now, lease=LEASE, limit=1)
    await office.store.ledger.finish("me", [obstructed(claimed[0], Obstacle.CANNOT_SEND)], office.now)
    before = await office.store.subscriptions.get(GUILD, subscription.id)
    assert before.status is Status.SUSPENDED
    office.now += timedelta(minutes=6)
    office.paper.heard = Sharding(count=2, ids=(1,))
    await office.watcher.step()
    assert await office.store.subscriptions.get(GUILD, subscription.id) == before
    office.paper.heard = Sharding(count=2, ids=(0,))
    await office.watcher.step()
    assert (await office.store.subscriptions.get(GUILD, subscription.id)).status is Status.ACTIVE
