"""Posting evenly, without any bot: what the floors do. They keep nothing, so they tell only what posting alone costs."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from benchmarks.rivals.reminders import read_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from benchmarks.rivals.reminders import Reminder

RATE = 40.0
"""Messages a second, as Détente's own default."""


async def post_evenly(path: Path, post: Callable[[Reminder], Coroutine[None, None, None]]) -> None:
    """Post what is kept at `path`, each when it is due and not faster than RATE a second, without waiting for the answers."""
    async with asyncio.TaskGroup() as group:
        turn_at = 0.0
        for reminder in read_rows(path):
            turn_at = max(turn_at + 1 / RATE, reminder.due_at.timestamp())
            await asyncio.sleep(turn_at - time.time())
            group.create_task(post(reminder))
