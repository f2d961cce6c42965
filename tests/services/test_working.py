"""Loops that outlive errors and hangs, and are missed at once where they end all the same."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from bot.errors import StoreError, WorkEndedError
from bot.services import working
from bot.services.ending import Ending
from bot.services.working import Jobs, Worker, minding, running

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

AT_ONCE = timedelta(0)


class _Steps:
    """Does one thing after another, then only rests."""

    def __init__(self, *deeds: Callable[[], Awaitable[None]]) -> None:
        self._deeds = list(deeds)
        self.done = asyncio.Event()

    async def step(self) -> timedelta:
        if self._deeds:
            await self._deeds.pop(0)()
            return AT_ONCE
        self.done.set()
        return timedelta(hours=1)


async def _hang() -> None:
    await asyncio.Event().wait()


async def _wait_for_what_is_cancelled() -> None:
    forsaken = asyncio.get_running_loop().create_future()
    forsaken.cancel()
    await forsaken


async def _fail() -> None:
    raise LookupError("no such thing")


async def _lose_the_database() -> None:
    raise StoreError("The database x cannot be reached.")


class _Abyss(BaseException):
    """What no handler of errors catches."""


async def _fall() -> None:
    raise _Abyss


async def _at_once(work: Coroutine[None, None, None]) -> None:
    """Wait for work that is to end by itself, in a task of its own: a time limit around it would end it in place of what is tested."""
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait((task,), timeout=10)
    task.cancel()
    assert done, "nothing ended it"
    await task


@pytest.fixture(autouse=True)
def _no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "AFTER_AN_ERROR", AT_ONCE)


@pytest.mark.parametrize(
    ("deed", "event"),
    [
        (_hang, "step hung"),
        (_wait_for_what_is_cancelled, "step cancelled"),
        (_fail, "step failed"),
        (_lose_the_database, "database unusable"),
    ],
)
async def test_whatever_happens_in_a_step_the_next_one_comes(deed: Callable[[], Awaitable[None]], event: str) -> None:
    """A step that hangs is cut off, one that fails or loses what it waits for is told, and the loop goes on and says so."""
    steps = _Steps(deed)
    worker = Worker("keen", steps.step, longest=timedelta(seconds=0.05))
    with capture_logs() as lines:
        async with asyncio.timeout(10), running([worker], stop_seconds=1):
            await steps.done.wait()
    assert [(line["event"], line["worker"]) for line in lines] == [(event, "keen"), ("goes on", "keen")]


@pytest.mark.parametrize(("deed", "has_traceback"), [(_lose_the_database, False), (_fail, True)])
async def test_an_outage_is_told_once(deed: Callable[[], Awaitable[None]], has_traceback: bool) -> None:
    """A trouble that lasts for many rounds is one line, with a traceback only where nobody expected it; then one more that it is over."""
    steps = _Steps(*[deed] * 50)
    with capture_logs() as lines:
        async with asyncio.timeout(10), running([Worker("keen", steps.step)], stop_seconds=1):
            await steps.done.wait()
    assert [line["event"] for line in lines] == ["step failed" if has_traceback else "database unusable", "goes on"]
    assert ("exc_info" in lines[0]) == has_traceback


async def test_two_outages_are_told_twice() -> None:
    """What comes back after the loop went on is a new trouble."""

    async def succeed() -> None:
        pass

    steps = _Steps(_lose_the_database, succeed, _lose_the_database)
    with capture_logs() as lines:
        async with asyncio.timeout(10), running([Worker("keen", steps.step)], stop_seconds=1):
            await steps.done.wait()
    assert [line["event"] for line in lines] == ["database unusable", "goes on"] * 2


async def test_a_loop_that_dies_ends_what_it_worked_for() -> None:
    """What no handler catches ends the loop; then everything within is cancelled, and the error names the loop."""

    async def work() -> None:
        doomed, keen = Worker("doomed", _Steps(_fall).step), Worker("keen", _Steps().step)
        async with running([doomed], stop_seconds=1), running([keen], stop_seconds=1):
            await asyncio.Event().wait()

    with capture_logs() as lines, pytest.raises(WorkEndedError, match="“doomed” ended"):
        await _at_once(work())
    assert [(line["event"], line["work"]) for line in lines] == [("work ended", "doomed")]


async def test_a_loop_cancelled_by_somebody_else_is_missed() -> None:
    """A task that is cancelled while it should run is as bad as one that fails."""

    async def work() -> None:
        async with running([Worker("keen", _Steps().step)], stop_seconds=1):
            next(task for task in asyncio.all_tasks() if task.get_name() == "keen").cancel()
            await asyncio.Event().wait()

    with capture_logs() as lines, pytest.raises(WorkEndedError, match="“keen” ended"):
        await _at_once(work())
    assert [line["event"] for line in lines] == ["work ended"]


async def test_a_job_that_must_not_end_is_missed_and_others_may_end() -> None:
    """Of two jobs, only the one that is minded ends what is around it."""
    jobs = Jobs()

    async def end() -> None:
        pass

    async def work() -> None:
        async with minding() as mind:
            await jobs.start(end())
            mind(jobs.start(end(), name="signals"))
            await asyncio.Event().wait()

    with capture_logs(), pytest.raises(WorkEndedError, match="“signals” ended"):
        await _at_once(work())


async def test_an_end_in_order_is_no_death() -> None:
    """Loops that are told to stop raise nothing and log nothing, and a cancellation from outside stays one."""
    with capture_logs() as lines:
        async with running([Worker("keen", _Steps().step)], stop_seconds=1):
            pass
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01), running([Worker("keen", _Steps().step)], stop_seconds=1):
                await asyncio.Event().wait()
    assert lines == []


async def test_everything_that_stops_shares_one_time_limit() -> None:
    """Three levels that all hang, each of which may take eight seconds, end together within what the whole may take."""

    async def resist() -> timedelta:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                resisted.append(1)
                if len(resisted) > 20:
                    raise

    resisted: list[int] = []
    ending, loop = Ending(3.0), asyncio.get_running_loop()

    def level(name: str) -> object:
        return running([Worker(name, resist)], stop_seconds=8, finish=_hang, ending=ending)

    async with level("one"), level("two"), level("three"):  # type: ignore[attr-defined]
        began_at = loop.time()
    assert loop.time() - began_at < 3
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        while not task.done():
            task.cancel()
            await asyncio.sleep(0)


async def test_what_stops_last_is_left_its_share() -> None:
    """However long is asked for, the seconds of those who stop later stay theirs, and nobody gets less than none."""
    ending = Ending(10)
    assert ending.grant(60, leave=4) == pytest.approx(6, abs=0.5)
    assert ending.grant(1, leave=4) == 1
    assert ending.grant(60, leave=11) == 0


async def test_a_round_that_takes_long_leaves_time_for_what_is_to_be_finished() -> None:
    """A round that would outlast the stop is cut off, and what comes after the loops is done all the same."""
    steps, finished = _Steps(_hang), list[str]()

    async def finish() -> None:
        await asyncio.sleep(0)
        finished.append("finished")

    async with asyncio.timeout(10):
        async with running([Worker("keen", steps.step)], stop_seconds=0.4, finish=finish):
            await asyncio.sleep(0)
    assert finished == ["finished"]
