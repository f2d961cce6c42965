"""An event loop whose time is made up: where nothing is ready it jumps to the next timer, so that a year passes in minutes."""

from __future__ import annotations

import asyncio
import selectors
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


class Owner(Protocol):
    """Whose tasks are whose: a kill ends those of one process."""

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Take note of a task that was begun in this owner's context."""


TURN_SECONDS = 1e-6
"""What a turn of the loop takes: were it nothing, whoever rests until a moment that rounding puts a little ahead would rest for ever."""

OWNER: ContextVar[Owner | None] = ContextVar("OWNER", default=None)


class NothingLeftToWaitForError(Exception):
    """Everything waits and no timer is set: in real life this would hang for ever."""


class _Instant(selectors.SelectSelector):
    """Waits for nothing: it passes the time that the loop would have waited."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._of_loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise NothingLeftToWaitForError
        self._of_loop.pass_seconds(max(timeout, 0.0) + TURN_SECONDS)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs everything in one thread and in one order; `time()` begins at 0."""

    def __init__(self) -> None:
        """Begin."""
        self._seconds = 0.0
        super().__init__(_Instant(self))
        self._clock_resolution = 1e-6
        self.failures: list[dict[str, Any]] = []
        self.set_exception_handler(lambda _, context: self.failures.append(context))
        self.set_task_factory(_make_task)

    def time(self) -> float:
        """Return the made-up seconds since the loop was made."""
        return self._seconds

    def pass_seconds(self, seconds: float) -> None:
        """Let time pass."""
        self._seconds += seconds

    def run_in_executor(self, _: Any, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:  # type: ignore[override] # one loop, one type
        """Call `func` here and now: a thread would come back whenever it likes."""
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - it is the caller's, as from a thread
            future.set_exception(error)
        return future


def _make_task(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
    task = asyncio.Task(coroutine, loop=loop, **options)
    if (owner := OWNER.get()) is not None:
        owner.adopt(task)
    return task


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` in made-up time to its end."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
