"""What a token is allowed is shared: whatever happens to processes, those that send never have more than all of it."""

from __future__ import annotations

import asyncio
import math
import selectors
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.errors import StoreError
from bot.services.pacing import EvenPacer
from bot.services.sharing import BEAT_AGAIN, Cadence, SharedClock, Sharing
from bot.store.processes import Census

if TYPE_CHECKING:
    from collections.abc import Coroutine

TOTAL = 40.0
NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)
EVENTS = ("join", "leave", "kill", "freeze", "cut")


class SimulatedLoop(asyncio.SelectorEventLoop):
    """A loop in which waiting takes no time: its clock jumps to when something is to happen."""

    def __init__(self) -> None:
        """Begin at a moment like any other."""
        self.now = 1000.0
        super().__init__(_Leaping(self))

    def time(self) -> float:
        """Return the simulated time."""
        return self.now


class _Leaping(selectors.DefaultSelector):
    def __init__(self, loop: SimulatedLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._loop.now += timeout or 0.0
        found: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        return found


def simulate(work: Coroutine[object, object, None]) -> None:
    """Run `work` to its end in simulated time."""
    loop = SimulatedLoop()
    try:
        loop.run_until_complete(work)
    finally:
        loop.close()


def now() -> float:
    """Return the simulated time."""
    return asyncio.get_running_loop().time()


@dataclass
class Table:
    """The signs of life as the database keeps them, in whole seconds of a clock of its own."""

    signs: dict[str, int] = field(default_factory=dict)

    def beat(self, process_id: str, gone_after: int) -> Census:
        """Write a sign of life and count."""
        at = now() + 0.73
        self.signs[process_id] = int(at)
        living = sum(sign > int(at) - gone_after for sign in self.signs.values())
        return Census(at=datetime.fromtimestamp(at, UTC), living=living)


class Process:
    """One process with its own way to the table: slow, cut off, or frozen."""

    def __init__(self, table: Table, delay: float) -> None:
        """Come to life; each question and each answer takes `delay` seconds."""
        self.table = table
        self.delay = delay
        self.frozen_until = self.cut_until = -math.inf
        self.has_left = False
        self.pacer = EvenPacer(TOTAL)
        self.sharing = Sharing(self, self.pacer, SharedClock(lambda: NOON), total=TOTAL, shards="all")
        self.work = asyncio.create_task(self.live())

    @property
    def rate(self) -> float:
        """How many messages a second it sends now: none where it is frozen or dead."""
        return 0.0 if self.work.done() or now() < self.frozen_until else self.pacer.rate

    async def thaw(self) -> None:
        """Wait until it is not frozen."""
        while now() < self.frozen_until:  # noqa: ASYNC110 - simulated
            await asyncio.sleep(self.frozen_until - now())

    async def live(self) -> None:
        """Do what a worker does: a round, a rest; after an error a short one."""
        while not self.has_left:
            try:
                rest = (await self.sharing.step()).total_seconds()
            except StoreError:
                rest = BEAT_AGAIN.total_seconds()
            await asyncio.sleep(rest)
            await self.thaw()
        await self.sharing.leave()

    async def beat(self, process_id: str, shards: str, gone_after: int) -> Census:
        """Reach the table after a while, also while frozen; hear the answer when awake."""
        assert shards == "all"
        await asyncio.sleep(self.delay)
        if now() < self.cut_until:
            await self.thaw()
            raise StoreError("cut off")
        census = self.table.beat(process_id, gone_after)
        await asyncio.sleep(self.delay)
        await self.thaw()
        return census

    async def leave(self, process_id: str) -> None:
        """Be counted no more."""
        self.table.signs.pop(process_id, None)


@dataclass
class History:
    """What happens to processes one after the other."""

    table: Table = field(default_factory=Table)
    processes: list[Process] = field(default_factory=list)

    def happen(self, event: str, which: int, seconds: float) -> None:
        """Let one thing happen, to the `which`-th process, for `seconds`."""
        living = [process for process in self.processes if not process.work.done()]
        if event == "join" or not living:
            self.processes.append(Process(self.table, delay=seconds / 8))
            return
        process = living[which % len(living)]
        if event == "leave":
            process.has_left = True
        elif event == "kill":
            process.work.cancel()
        elif event == "freeze":
            process.frozen_until = now() + seconds
        else:
            process.cut_until = now() + seconds

    async def watch(self, seconds: float) -> None:
        """Look at the sum of the rates all the while."""
        ends = now() + seconds
        while now() < ends:
            rates = [process.rate for process in self.processes]
            assert sum(rates) <= TOTAL + 1e-9, rates
            await asyncio.sleep(min(0.21, ends - now()))

    async def play(self, script: list[tuple[str, int, float, float]]) -> None:
        """Play a whole history, and a quiet end: then all is used again."""
        for event, which, seconds, pause in script:
            self.happen(event, which, seconds)
            await self.watch(pause)
        await self.watch(110)
        living = [process for process in self.processes if not process.work.done()]
        if all(process.delay < 2 for process in living):
            assert sum(process.rate for process in living) == pytest.approx(TOTAL if living else 0)
        for process in self.processes:
            process.work.cancel()
        for process in self.processes:
            with suppress(asyncio.CancelledError):
                await process.work


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 4), st.floats(0, 45), st.floats(0, 20)), max_size=14))
@example([("join", 0, 0, 30), ("freeze", 0, 40, 1), ("join", 0, 0, 39.5)])
@example([("join", 0, 0, 3), ("join", 0, 0, 3)])
@example([("join", 0, 0, 30), ("cut", 0, 30, 1), ("join", 0, 0, 28)])
@example([("join", 0, 45, 13), ("join", 0, 45, 14), ("kill", 0, 0, 20), ("join", 0, 0, 20)])
def test_whatever_happens_together_they_never_send_more_than_all(script: list[tuple[str, int, float, float]]) -> None:
    """Joined, left, killed, frozen and cut off at random: the rates never exceed the budget, and in the end all of it is used."""
    simulate(History().play(script))


@pytest.mark.parametrize("delay", [0.5, 1.8, 2.2])
def test_a_slow_database_does_not_silence_those_who_share(delay: float) -> None:
    """Answers that take a second, or four: two processes have their parts all the time once they have begun."""

    async def story() -> None:
        table = Table()
        both = [Process(table, delay) for _ in range(2)]
        await asyncio.sleep(60)
        for _ in range(600):
            assert [process.rate for process in both] == [TOTAL / 2] * 2
            await asyncio.sleep(1.1)
        for process in both:
            process.work.cancel()
        await asyncio.gather(*(process.work for process in both), return_exceptions=True)

    simulate(story())


async def beat_on(process: Process) -> None:
    """Give signs of life until one is an error."""
    while True:
        rest = await process.sharing.step()
        await asyncio.sleep(rest.total_seconds())


def test_who_cannot_share_for_a_minute_says_so() -> None:
    """Where answers come so late that a part ends before it begins, a sign of life is an error after a minute, not before."""

    async def story() -> None:
        table = Table()
        other, one = Process(table, 0), Process(table, 7)
        one.work.cancel()
        began = now()
        with pytest.raises(StoreError, match="nothing is posted"):
            await beat_on(one)
        assert 60 < now() - began < 110
        other.work.cancel()

    simulate(story())


def test_a_turn_is_not_given_by_a_share_that_has_ended() -> None:
    """Who waits for a turn when the share ends gets none until there is another one, and then at the new pace."""

    async def story() -> None:
        pacer = EvenPacer(10)
        pacer.allot(10, now() + 0.25)
        waiting = [asyncio.create_task(pacer.turn()) for _ in range(9)]
        await asyncio.sleep(5)
        assert sum(task.done() for task in waiting) == 3
        assert pacer.rate == 0
        pacer.allot(2, math.inf)
        await asyncio.sleep(1.6)
        assert sum(task.done() for task in waiting) == 3 + 4
        await asyncio.gather(*waiting)

    simulate(story())


def test_turns_come_evenly_and_no_burst_makes_up_for_a_rest() -> None:
    """Forty turns at forty a second take a second, in the order they were asked for; after a rest it is the same again."""

    async def story() -> None:
        pacer, turns = EvenPacer(40), list[tuple[int, float]]()

        async def take(number: int) -> None:
            await pacer.turn()
            turns.append((number, now()))

        for _ in range(2):
            turns.clear()
            await asyncio.gather(*(take(number) for number in range(41)))
            assert [number for number, _ in turns] == list(range(41))
            assert turns[-1][1] - turns[0][1] == pytest.approx(1)
            await asyncio.sleep(100)

    simulate(story())


@pytest.mark.parametrize("seconds", [2, 3, 10, 30, 60, 3600])
def test_a_share_ends_before_its_owner_is_given_up(seconds: int) -> None:
    """For every lease: three signs of life fit into a share, and a share ends a second and more before silence means death."""
    cadence = Cadence.of(timedelta(seconds=seconds))
    assert cadence.every * 2 < cadence.lasts
    assert cadence.lasts + 1 < cadence.gone_after <= 15


def test_clocks_that_differ_are_told_once() -> None:
    """More than five seconds between this machine's clock and the database's is a warning, once; a slow answer proves nothing."""
    machine = [NOON]
    clock = SharedClock(lambda: machine[0])
    with capture_logs() as logs:
        clock.note(NOON - timedelta(seconds=90), seconds=30)
        assert clock() == NOON
        clock.note(NOON - timedelta(seconds=4), seconds=0.1)
        assert logs == []
        for _ in range(3):
            clock.note(NOON - timedelta(seconds=90), seconds=0.1)
    assert [(line["event"], line["seconds"]) for line in logs] == [("clocks differ", 90.0)]
    machine[0] += timedelta(seconds=10)
    assert clock() == NOON - timedelta(seconds=80)
