"""When and how fast: turns to send at an even pace, for a burst would draw answers 429, and how long a dispatcher takes and rests."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from datetime import timedelta

MAX_IN_FLIGHT = 100
SEND_TIMEOUT = 10.0
"""Seconds for one post, discord.py's own tries included."""

LEASE = timedelta(seconds=60)
"""How long a claimed message is this process's alone: longer than a full flight needs to be sent."""

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_BUSY_PAUSE, _MOST_OF_THEM = timedelta(milliseconds=250), 0.75

IDLE_PAUSE = timedelta(seconds=30)
"""Longest rest: another process may have left something to do."""

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


class Pace:
    """How fast turns are really taken: a process that is busy may take fewer than it is given."""

    def __init__(self) -> None:
        """Begin with none."""
        self._turns = 0
        self._since = -math.inf

    def note(self) -> None:
        """Take note of a turn that was taken."""
        self._turns += 1

    def read(self, now: float, rate: float, *, is_behind: bool) -> float:
        """Return turns a second since this was asked last, in seconds of the loop's clock; `rate` where nobody waited all the while."""
        turns, passed = self._turns, now - self._since
        self._turns, self._since = 0, now
        return min(rate, turns / passed) if is_behind and turns and passed > 0 else rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """How the dispatcher behaves in time; tests and the demo choose other values."""

    lease: timedelta = LEASE
    first_pause: timedelta = FIRST_PAUSE
    idle_pause: timedelta = IDLE_PAUSE
    busy_pause: timedelta = timedelta(milliseconds=50)
    send_timeout: float = SEND_TIMEOUT
    in_flight: int = MAX_IN_FLIGHT

    def pause(self, waiting: int, rate: float) -> timedelta:
        """Return how long to rest with messages in flight: until most of those `waiting` for one of `rate` turns a second had theirs."""
        # To the database a round with one message is as much work as one with ten.
        turns = timedelta(seconds=_MOST_OF_THEM * waiting / rate) if rate else self.busy_pause
        return max(self.busy_pause, min(turns, LONGEST_BUSY_PAUSE))

    def take_on(self, rate: float) -> tuple[int, timedelta]:
        """Return how much to take on at `rate` turns a second, and for how long, so that all of it has had its turns well before."""
        # A message may need two turns, one to look for itself and one to be posted.
        lease = max(self.lease, timedelta(seconds=4 / rate))
        return max(1, min(self.in_flight, int(rate * lease.total_seconds() / 4))), lease
