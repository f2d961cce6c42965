"""The interactions at work, so that a bot that is to stop can let their answers go out."""

from __future__ import annotations

import asyncio
from typing import Any


class AtWork:
    """The tasks that answer somebody right now."""

    def __init__(self) -> None:
        """Begin with none."""
        self._tasks: set[asyncio.Task[Any]] = set()

    def note(self) -> None:
        """Count the task that calls this as at work until it ends."""
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def finish(self, seconds: float) -> int:
        """Wait until all have ended, for `seconds` at most; return how many have not."""
        if not self._tasks:
            return 0
        _, unfinished = await asyncio.wait(self._tasks, timeout=seconds)
        return len(unfinished)
