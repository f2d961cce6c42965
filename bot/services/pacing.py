"""Turns to send at an even pace: a burst would draw answers 429, and discord.py gives a request up after five of them."""

from __future__ import annotations

import asyncio


class EvenPacer:
    """Gives out `rate` turns a second, one after the other; an idle time is not made up for by a burst."""

    def __init__(self, rate: float) -> None:
        """Give out `rate` turns a second."""
        self._interval = 1 / rate
        self._next = 0.0

    async def turn(self) -> None:
        """Wait for the next turn; those who came first go first."""
        now = asyncio.get_running_loop().time()
        at = max(now, self._next)
        self._next = at + self._interval
        if at > now:
            await asyncio.sleep(at - now)
