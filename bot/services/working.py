"""A loop that nothing ends but its owner: it works, sleeps until there is more to do, and outlives every error."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import StaleContentError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable

AFTER_AN_ERROR = timedelta(seconds=5)
WHILE_STALE = timedelta(seconds=1)
"""How long to rest where another content than this process's is in use: following it is a matter of seconds."""

_log = structlog.get_logger(__name__)


class Worker:
    """Calls `step` again and again; each call returns how long to rest before the next."""

    def __init__(self, name: str, step: Callable[[], Awaitable[timedelta]]) -> None:
        """Remember what to do; `name` stands in the log."""
        self.name = name
        self._step = step
        self._rest: asyncio.Task[None] | None = None
        self._woken = False
        self._stopping = False
        self._stands_aside = False
        self.well_at = 0.0
        """When, by the loop's clock, a round last went well."""

    def stop(self) -> None:
        """End after the step that is under way: one cut off in the middle would leave its question to the database open."""
        self._stopping = True
        self.wake()

    def wake(self) -> None:
        """End the rest at once, or skip the next one."""
        self._woken = True
        if self._rest is not None:
            self._rest.cancel()

    async def run(self) -> None:
        """Work until told to stop."""
        self.well_at = asyncio.get_running_loop().time()
        while not self._stopping:
            try:
                rest = await self._step()
                self._note_well()
            except StaleContentError:
                rest = self._stand_aside()
            except Exception:  # noqa: BLE001 - the edge: a loop that dies loses every alert after it
                _log.exception("step failed", worker=self.name)
                rest = AFTER_AN_ERROR
            await self._sleep(rest)

    def _note_well(self) -> None:
        self.well_at = asyncio.get_running_loop().time()
        if self._stands_aside:
            self._stands_aside = False
            _log.info("goes on", worker=self.name)

    def _stand_aside(self) -> timedelta:
        """Say once that this process waits until it has the content in use; where that lasts, it is no longer well."""
        if not self._stands_aside:
            self._stands_aside = True
            _log.warning("stands aside", worker=self.name, reason="another content than this process's is in use")
        return WHILE_STALE

    async def _sleep(self, rest: timedelta) -> None:
        if not self._woken:
            # A sleep that can be cancelled, where an event with a timeout would do: simulated time sees only sleeps.
            self._rest = asyncio.create_task(asyncio.sleep(max(rest.total_seconds(), 0)))
            try:
                await self._rest
            except asyncio.CancelledError:
                if (task := asyncio.current_task()) is not None and task.cancelling():
                    raise  # the loop itself is to end, not only its rest
            finally:
                self._rest = None
        self._woken = False


@contextlib.asynccontextmanager
async def running(
    workers: Iterable[Worker], *, stop_seconds: float, finish: Callable[[], Awaitable[None]] | None = None
) -> AsyncIterator[None]:
    """Run the loops; at the end each may end its round, then `finish` is awaited, all within `stop_seconds`."""
    workers = tuple(workers)
    tasks = [asyncio.create_task(worker.run(), name=worker.name) for worker in workers]
    try:
        yield
    finally:
        for worker in workers:
            worker.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(stop_seconds):
                await asyncio.wait(tasks)
                if finish:
                    await finish()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Jobs:
    """Work that is set off and not waited for; what fails is logged."""

    def __init__(self) -> None:
        """Begin with none."""
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Set off `work`."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._end)

    async def cancel(self) -> None:
        """End whatever is still at work."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.error("job failed", exc_info=error)
