"""A loop that nothing ends but its owner: it works, sleeps until there is more to do, and outlives every error."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

AFTER_AN_ERROR = timedelta(seconds=5)
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
                self.well_at = asyncio.get_running_loop().time()
            except Exception:  # noqa: BLE001 - the edge: a loop that dies loses every alert after it
                _log.exception("step failed", worker=self.name)
                rest = AFTER_AN_ERROR
            await self._sleep(rest)

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
