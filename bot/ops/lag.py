"""How late the event loop is: what else in this process keeps it from its work, everybody waits for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLE_SECONDS = 0.5


async def sample_lag(note: Callable[[float], None]) -> None:
    """Call `note` twice a second with the seconds by which a sleep ended too late; runs until it is cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due_at = loop.time() + SAMPLE_SECONDS
        await asyncio.sleep(SAMPLE_SECONDS)
        note(max(0.0, loop.time() - due_at))
