"""Turns to send at an even pace: a burst would draw answers 429, and discord.py gives a request up after five of them."""

from __future__ import annotations

import asyncio
import math

_LOOK_AGAIN_SECONDS = 0.1
"""How often those who wait look again while no turns are given."""


class EvenPacer:
    """Gives out turns one after the other at an even pace; an idle time is not made up for by a burst.

    The pace may be an allotment that ends: from then on, also where this process was frozen meanwhile, nobody gets a turn until
    there is another one.
    """

    def __init__(self, rate: float) -> None:
        """Give out `rate` turns a second, until told otherwise; 0 is none."""
        self._rate = rate
        self._ends = math.inf
        self._last = -math.inf
        self._order = asyncio.Lock()

    def allot(self, rate: float, ends: float) -> None:
        """From now on give out `rate` turns a second, until the loop's clock reads `ends`."""
        self._rate, self._ends = rate, ends

    @property
    def rate(self) -> float:
        """How many turns a second there are now."""
        return self._rate if asyncio.get_running_loop().time() < self._ends else 0.0

    async def turn(self) -> None:
        """Wait for the next turn; those who came first go first."""
        async with self._order:
            while rest := self._find_rest():  # noqa: ASYNC110 - simulated time sees only sleeps
                await asyncio.sleep(rest)
            now, due = asyncio.get_running_loop().time(), self._find_due()
            # A sleep ends a little late each time; that much is made up for, or the pace would be slower than it says.
            self._last = due if now - due < 1 / self._rate else now

    def _find_rest(self) -> float:
        """Return the seconds until the next turn, or until it is worth while to look again; 0 where it is here."""
        if not self.rate:
            return _LOOK_AGAIN_SECONDS
        return max(0.0, self._find_due() - asyncio.get_running_loop().time())

    def _find_due(self) -> float:
        return self._last + 1 / self._rate
