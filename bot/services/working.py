"""Loops that nothing ends but their owner: they work, rest until there is more to do, and outlive every error and every hang."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import StaleContentError, StoreError, WorkEndedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable

    from bot.services.ending import Ending

AFTER_AN_ERROR = timedelta(seconds=5)
WHILE_STALE = timedelta(seconds=1)
"""How long to rest where another content than this process's is in use: following it is a matter of seconds."""

LONGEST_STEP = timedelta(minutes=10)
"""How long one step may take before it counts as hung."""

TELL_AGAIN = timedelta(minutes=10)
"""How often a trouble that lasts is logged again."""

_CUT_OFF_SECONDS = 0.5
"""How long work that is cut off may take to notice it."""

_ROUNDS_PART = 0.25
"""Of the time for stopping, what the rounds under way may take before they are cut off, where something is to be finished after them."""

_log = structlog.get_logger(__name__)


class Worker:
    """Calls `step` again and again; each call returns how long to rest before the next."""

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[timedelta]],
        *,
        longest: timedelta = LONGEST_STEP,
        after_an_error: timedelta | None = None,
    ) -> None:
        """Remember what to do; `name` stands in the log. A step that takes longer than `longest` is cut off and tried again."""
        self.name = name
        self._step = step
        self._longest = longest
        self._after_an_error = after_an_error
        self._rest: asyncio.Task[None] | None = None
        self._woken = False
        self._stopping = False
        self._trouble = ""
        self._told_at = 0.0
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
            await self._sleep(await self._try())

    async def _try(self) -> timedelta:
        """Do one step, whatever becomes of it; return how long to rest."""
        limit = asyncio.timeout(self._longest.total_seconds())
        try:
            async with limit:
                rest = await self._step()
        except StaleContentError:
            self._tell("stands aside", reason="another content than this process's is in use")
            return WHILE_STALE
        except StoreError as error:
            self._tell("database unusable", reason=str(error))
        except asyncio.CancelledError:
            if _is_to_end():
                raise
            self._tell("step cancelled", reason="what it waited for was cancelled")
        except Exception as error:  # noqa: BLE001 - the edge: a loop that dies loses every alert after it
            if limit.expired():
                self._tell("step hung", seconds=self._longest.total_seconds())
            else:
                self._tell("step failed", exc_info=error)
        else:
            self._note_well()
            return rest
        return self._after_an_error or AFTER_AN_ERROR

    def _note_well(self) -> None:
        self.well_at = asyncio.get_running_loop().time()
        if self._trouble:
            self._trouble = ""
            _log.info("goes on", worker=self.name)

    def _tell(self, event: str, **details: Any) -> None:  # noqa: ANN401 - what stands in the log
        """Log a trouble when it begins, and now and then while it lasts: an outage of an hour is not a line every five seconds."""
        now = asyncio.get_running_loop().time()
        failure = details.get("exc_info")
        trouble = f"{event} {type(failure).__name__ if failure else ''}"
        if trouble == self._trouble and now - self._told_at < TELL_AGAIN.total_seconds():
            return
        self._trouble, self._told_at = trouble, now
        log = _log.error if event.startswith("step") else _log.warning
        log(event, worker=self.name, **details)

    async def _sleep(self, rest: timedelta) -> None:
        if not self._woken:
            # A sleep that can be cancelled, where an event with a timeout would do: simulated time sees only sleeps.
            self._rest = asyncio.create_task(asyncio.sleep(max(rest.total_seconds(), 0)))
            try:
                await self._rest
            except asyncio.CancelledError:
                if _is_to_end():
                    raise  # the loop itself is to end, not only its rest
            finally:
                self._rest = None
        self._woken = False


def _is_to_end() -> bool:
    """Whether the task at work was itself cancelled, and not only something it waited for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


@contextlib.asynccontextmanager
async def minding() -> AsyncIterator[Callable[[asyncio.Task[None]], None]]:
    """Give out a function that takes tasks which must not end while this is open; where one does, what is done within ends too.

    Raises WorkEndedError then.
    """
    owner = asyncio.current_task()
    ended: list[asyncio.Task[None]] = []
    is_open = True

    def note(task: asyncio.Task[None]) -> None:
        failure = None if task.cancelled() else task.exception()  # asked for in any case: else asyncio complains
        if is_open and owner is not None:
            ended.append(task)
            _log.critical("work ended", work=task.get_name(), exc_info=failure)
            owner.cancel()

    try:
        yield lambda task: task.add_done_callback(note)
    except asyncio.CancelledError:
        if not ended:
            raise
    finally:
        is_open = False
    if ended:
        if owner is not None:
            owner.uncancel()
        raise WorkEndedError(ended[0].get_name())


@contextlib.asynccontextmanager
async def running(
    workers: Iterable[Worker],
    *,
    stop_seconds: float,
    finish: Callable[[], Awaitable[None]] | None = None,
    ending: Ending | None = None,
) -> AsyncIterator[None]:
    """Run the loops; at the end each may end its round for a while, then `finish` is awaited, all within `stop_seconds`.

    With `ending` it is also within what that grants. Raises WorkEndedError where a loop ended by itself; what is done within is cancelled.
    """
    workers = tuple(workers)
    tasks = [asyncio.create_task(worker.run(), name=worker.name) for worker in workers]
    try:
        async with minding() as mind:
            for task in tasks:
                mind(task)
            yield
    finally:
        for worker in workers:
            worker.stop()
        seconds = ending.grant(stop_seconds) if ending else stop_seconds
        if tasks:
            # One round may take minutes; it must not use up the time of what comes last.
            await asyncio.wait(tasks, timeout=seconds * (_ROUNDS_PART if finish else 1))
        await cut_off(tasks, ending)
        if finish:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ending.grant(seconds) if ending else seconds * (1 - _ROUNDS_PART)):
                    await finish()


async def cut_off(tasks: Iterable[asyncio.Task[Any]], ending: Ending | None = None) -> None:
    """Cancel tasks and wait a moment for them, within what `ending` grants: one that does not listen must not hold up the others."""
    tasks = tuple(tasks)
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=ending.grant(_CUT_OFF_SECONDS) if ending else _CUT_OFF_SECONDS)


class Jobs:
    """Work that is set off and not waited for; what fails is logged."""

    def __init__(self) -> None:
        """Begin with none."""
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None], *, name: str | None = None) -> asyncio.Task[None]:
        """Set off `work`."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._end)
        return task

    async def cancel(self) -> None:
        """End whatever is still at work."""
        await cut_off(self._tasks)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.error("job failed", exc_info=error)
