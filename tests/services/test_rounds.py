"""How long the dispatcher rests with messages in flight: where many wait for their turn, one round serves several."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.subscriptions import EVERYTHING, ChannelId, GuildId, Order
from bot.services.dispatching import Dispatcher
from bot.services.pacing import Pace, Tempo
from bot.store.store import open_store
from tests.services.alerting import ANN, START, Office

if TYPE_CHECKING:
    from pathlib import Path

    from bot.services.messaging import Post


@pytest.mark.parametrize(
    ("waiting", "rate", "milliseconds"),
    [(0, 40, 50), (2, 40, 50), (8, 40, 150), (100, 40, 250), (100, 1000, 75), (40, 1000, 50), (1, 0.1, 250), (100, 0, 50)],
)
def test_a_round_serves_most_of_those_who_wait(waiting: int, rate: float, milliseconds: int) -> None:
    """It rests until three of four had their turn, within 50 and 250 ms; where no turns are given, for 50."""
    assert Tempo().pause(waiting, rate) == timedelta(milliseconds=milliseconds)


@given(st.integers(0, 300), st.floats(0.01, 2000))
def test_no_turn_is_lost_to_a_long_rest(waiting: int, rate: float) -> None:
    """There is somebody waiting for each turn that comes meanwhile, unless the rest is as short as ever."""
    tempo = Tempo()
    pause = tempo.pause(waiting, rate)
    assert pause == tempo.busy_pause or pause.total_seconds() * rate <= waiting


def test_the_real_pace_counts_where_a_process_is_too_busy_to_take_its_turns() -> None:
    """Thirty turns in a tenth of a second are 300 a second, though 1,000 were given; where nobody waited they say nothing."""
    pace = Pace()
    assert pace.read(10.0, 1000.0, is_behind=True) == 1000
    for is_behind, expected in ((True, pytest.approx(300)), (False, 1000)):
        for _ in range(30):
            pace.note()
        assert pace.read(10.1 if is_behind else 10.2, 1000.0, is_behind=is_behind) == expected
    assert pace.read(10.3, 1000.0, is_behind=True) == 1000


class Clockwork:
    """A pacer; each turn is given by the test."""

    def __init__(self, rate: float) -> None:
        """Say that there are `rate` turns a second, and begin with no turn given."""
        self.rate = rate
        self.turns = asyncio.Semaphore(0)

    async def turn(self) -> None:
        """Wait for one."""
        await self.turns.acquire()


async def _rest_twice(folder: Path, rate: float, tempo: Tempo | None = None) -> tuple[timedelta, timedelta]:
    """Let twelve messages wait at a rate: return how long the dispatcher rests then, and once eight have had their turn."""
    async with open_store(f"sqlite+aiosqlite:///{folder / 'store.sqlite'}") as store:
        office = Office(store, folder / "content")
        await office.planner.step()
        for number in range(1, 13):
            await office.subscribing.add(GuildId(number), ANN, Order(channel_id=ChannelId(number), selector=EVERYTHING, zone="UTC"))
        office.now = START.replace(day=26, hour=9)
        await office.planner.step()
        pacer, begun, answers = Clockwork(rate), asyncio.Semaphore(0), asyncio.Event()

        async def post(told: Post) -> int:
            begun.release()
            await answers.wait()
            return told.message_id

        office.paper.post = post  # type: ignore[method-assign,assignment] # a Discord that takes its time
        office.paper.guilds = frozenset(GuildId(number) for number in range(1, 13))
        dispatcher = Dispatcher(store, office.knowledge, office.paper, clock=office.clock, pacer=pacer, tempo=tempo)
        first = await dispatcher.step()
        for _ in range(8):
            pacer.turns.release()
            await begun.acquire()
        second = await dispatcher.step()
        assert dispatcher.in_flight == 12
        answers.set()
        await dispatcher.finish()
        return first, second


async def test_the_dispatcher_rests_longer_while_many_wait(tmp_path: Path) -> None:
    """Twelve messages wait: for nine turns; eight had theirs and four wait: for three, though all are still in flight."""
    assert await _rest_twice(tmp_path, 40.0) == (timedelta(milliseconds=225), timedelta(milliseconds=75))


async def test_the_dispatcher_goes_by_the_turns_that_were_taken(tmp_path: Path) -> None:
    """Given a thousand million turns a second, of which no machine takes as many, it rests as long as those that wait will take."""
    first, second = await _rest_twice(tmp_path, 1e9, Tempo(busy_pause=timedelta(0)))
    assert first == timedelta(0)
    assert second > timedelta(0)
