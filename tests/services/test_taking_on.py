"""What a dispatcher takes on beside what it carries, and what it keeps until it is written down."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from bot.domain.ledger import DeliveryState
from bot.domain.subscriptions import ChannelId, Scope, Selector
from bot.errors import StoreError
from bot.services.dispatching import Dispatcher
from bot.services.pacing import LEASE, Tempo
from bot.store.store import open_store
from tests.services.alerting import TOLD_AT, AtOnce, Office, Paper, land
from tests.services.test_rounds import Clockwork

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from bot.domain.ledger import Claimed
    from bot.services.messaging import Post

FIRST, SECOND, THIRD = ChannelId(10), ChannelId(11), ChannelId(12)
BUSY, A_SECOND = timedelta(milliseconds=50), timedelta(seconds=1)
NATO, SUMMIT = Selector(Scope.TAG, "nato"), Selector(Scope.DEADLINE, "summit")


class Doors(Paper):
    """A Discord that answers for a channel once it is let."""

    def __init__(self) -> None:
        """Begin with all channels shut."""
        super().__init__()
        self.opened = {channel: asyncio.Event() for channel in (FIRST, SECOND, THIRD)}
        self.asked = 0
        self.ready = True

    def is_ready(self) -> bool:
        """Whether the gateway is open."""
        return self.ready

    async def post(self, post: Post) -> int:
        """Wait for the channel's door; keep the post."""
        self.asked += 1
        await self.opened[post.channel_id].wait()
        return await super().post(post)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office before a Discord with doors, where nobody is told of anything yet."""
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'store.sqlite'}") as store:
        opened = Office(store, tmp_path / "content", paper=Doors())
        await opened.planner.step()
        yield opened


async def _fall_due(office: Office, *wanted: tuple[ChannelId, Selector]) -> Doors:
    """Let an alert fall due for these subscriptions, made in this order."""
    for channel, selector in wanted:
        await office.subscribe(channel_id=channel, selector=selector)
    office.now = TOLD_AT
    await office.planner.step()
    assert isinstance(office.paper, Doors)
    return office.paper


def _carrying(office: Office, most: int) -> Dispatcher:
    """Return a dispatcher that carries at most so many messages."""
    return Dispatcher(office.store, office.knowledge, office.paper, clock=office.clock, pacer=AtOnce(), tempo=Tempo(in_flight=most))


async def _wait_until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0)


def _note_limits(office: Office, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list of how many messages each claim asks for."""
    limits: list[int] = []
    claim = office.store.ledger.claim

    async def note(worker: str, *, limit: int, **terms: Any) -> tuple[Claimed, ...]:
        limits.append(limit)
        return await claim(worker, limit=limit, **terms)

    monkeypatch.setattr(office.store.ledger, "claim", note)
    return limits


async def test_it_claims_no_more_than_there_is_room_for(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Room is what is neither on its way nor waiting to be written down; without any the database is not asked."""
    doors = await _fall_due(office, (FIRST, NATO), (SECOND, NATO), (THIRD, NATO))
    limits = _note_limits(office, monkeypatch)
    two = _carrying(office, 2)
    await two.step()
    await two.step()
    assert limits == [2]
    doors.opened[FIRST].set()
    await _wait_until(lambda: two.in_flight == 1)
    doors.opened[SECOND].set()  # it ends while the first is written down
    await two.step()
    assert limits == [2, 1]
    doors.opened[THIRD].set()
    await land(two)
    await two.step()
    assert limits == [2, 1, 2]
    assert len(doors.posts) == 3


async def test_what_ended_during_a_round_is_written_down_soon(office: Office) -> None:
    """Whatever has come to its end while more was claimed, nothing being on its way any more, does not wait for half a minute."""
    doors = await _fall_due(office, (FIRST, NATO))
    await office.dispatcher.step()
    await asyncio.sleep(0)
    doors.opened[FIRST].set()
    assert await office.dispatcher.step() == BUSY
    assert office.dispatcher.in_flight == 0
    await office.dispatcher.step()
    assert [entry.state for entry in await office.history()] == [DeliveryState.SENT]


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    """Let no message be written down meanwhile."""
    with closing(sqlite3.connect(folder / "store.sqlite")) as connection:
        connection.execute("CREATE TRIGGER spoiled BEFORE UPDATE ON messages BEGIN SELECT raise(ABORT, 'spoiled'); END")
        yield
        connection.execute("DROP TRIGGER spoiled")


async def test_what_could_not_be_written_down_is_written_with_the_next_round(office: Office, tmp_path: Path) -> None:
    """Posted, and the database failed: the end of a message is kept in memory, and so is one that came while the writing failed."""
    doors = await _fall_due(office, (FIRST, NATO), (SECOND, NATO))
    await office.dispatcher.step()
    doors.opened[FIRST].set()
    await _wait_until(lambda: office.dispatcher.in_flight == 1)
    with _read_only(tmp_path):
        doors.opened[SECOND].set()
        with pytest.raises(StoreError):
            await office.dispatcher.step()
    await _wait_until(lambda: office.dispatcher.in_flight == 0)
    await office.dispatcher.step()
    assert [entry.state for entry in await office.history()] == [DeliveryState.SENT] * 2
    assert doors.looked == 0


async def test_claimed_again_by_itself_a_message_is_still_carried_once(office: Office) -> None:
    """Held up beyond its lease and claimed by the same process: there are no two who carry it, and one post in the end."""
    doors = await _fall_due(office, (FIRST, NATO))
    await office.dispatcher.step()
    await asyncio.sleep(0)
    office.now += LEASE + A_SECOND
    await office.dispatcher.step()
    assert office.dispatcher.in_flight == 1
    doors.opened[FIRST].set()
    await land(office.dispatcher)
    await office.work()
    assert doors.asked == 1
    assert [entry.state for entry in await office.history()] == [DeliveryState.SENT]


async def test_who_comes_next_is_counted_from_a_messages_first_subscription(office: Office) -> None:
    """A channel whose later subscription is behind another channel's does not overtake that one in the next round."""
    doors = await _fall_due(office, (FIRST, NATO), (SECOND, NATO), (FIRST, SUMMIT), (THIRD, NATO))
    for door in doors.opened.values():
        door.set()
    one = _carrying(office, 1)
    for _ in range(3):
        await one.step()
        await land(one)
    assert [post.channel_id for post in doors.posts.values()] == [FIRST, SECOND, THIRD]
    assert [len(post.subscriptions) for post in doors.posts.values()] == [2, 1, 1]


async def test_a_round_without_an_end_writes_nothing_down(office: Office) -> None:
    """There is nothing to tell the database, nor the log."""
    with capture_logs() as log:
        await office.dispatcher.step()
    assert log == []


async def test_cut_off_before_its_first_step_a_message_is_carried_no_more(office: Office) -> None:
    """Claimed in the moment in which the process stops, it is given back once, and nothing is left that could be given back again."""
    doors = await _fall_due(office, (FIRST, NATO))
    await office.dispatcher.step()
    with capture_logs() as log:
        await office.dispatcher.finish()
    assert [entry["messages"] for entry in log] == [[{"id": 1, "reason": "given back: this process stops"}]]
    assert office.dispatcher.in_flight == 0
    doors.opened[FIRST].set()
    assert len(await office.work()) == 1
    assert doors.looked == 0


async def test_while_something_is_on_its_way_a_closed_gateway_is_looked_at_again_soon(office: Office) -> None:
    """What ends meanwhile is to be written down; with nothing on its way there is a second's time."""
    doors = await _fall_due(office, (FIRST, NATO))
    await office.dispatcher.step()
    doors.ready = False
    assert await office.dispatcher.step() == BUSY
    doors.opened[FIRST].set()
    await land(office.dispatcher)
    assert await office.dispatcher.step() == A_SECOND


async def _serve_later(office: Office, rate: float, early: int, tempo: Tempo | None = None) -> tuple[Dispatcher, Doors]:
    """Let messages for `early` channels be due, one of them begun, and for the others an hour later; return who sends them."""
    for number, channel in enumerate((FIRST, SECOND, THIRD)):
        await office.subscribe(9 if number < early else 10, channel_id=channel)
    office.now = TOLD_AT
    await office.planner.step()
    pacer, doors = Clockwork(rate), office.paper
    assert isinstance(doors, Doors)
    dispatcher = Dispatcher(office.store, office.knowledge, doors, clock=office.clock, pacer=pacer, tempo=tempo)
    await dispatcher.step()
    pacer.turns.release()
    await _wait_until(lambda: doors.asked == 1)
    office.now += timedelta(hours=1)
    await office.planner.step()
    return dispatcher, doors


@pytest.mark.parametrize(("early", "is_at_once"), [(1, True), (2, False)])
async def test_a_turn_for_which_nobody_waited_says_nothing_of_the_pace(office: Office, early: int, *, is_at_once: bool) -> None:
    """Given a thousand million turns a second, a rest for those who come up now is none, unless another waited since the last turn."""
    dispatcher, doors = await _serve_later(office, 1e9, early, Tempo(busy_pause=timedelta(0)))
    assert (await dispatcher.step() == timedelta(0)) is is_at_once
    doors.opened[FIRST].set()
    await dispatcher.finish()


async def test_what_is_done_makes_nobodys_wait_shorter(office: Office) -> None:
    """One message had its turn and is done; two wait, and the rest is as long as most of both need."""
    dispatcher, doors = await _serve_later(office, 10.0, 1)
    doors.opened[FIRST].set()
    await _wait_until(lambda: dispatcher.in_flight == 0)
    assert await dispatcher.step() == timedelta(milliseconds=150)
    await dispatcher.finish()
