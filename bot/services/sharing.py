"""Sharing what Discord allows a token among the processes that live, and one clock.

Each process gives a sign of life now and then, counts those who live, and sends its part of the budget. A part is a lease: it is
worth something for so long after the sign of life was begun, and silence lasts longer before it counts as death. So whoever sends
has been counted by everybody else who sends:

* a process that came, or was silent for too long, waits until every part that was reckoned without it has ended, unless it is alone;
* one that was frozen or cut off from the database finds its own part ended when it wakes, and gives a sign of life first.
"""

from __future__ import annotations

import asyncio
import math
import os
import secrets
import socket
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import structlog

from bot.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.services.pacing import EvenPacer
    from bot.store.processes import Census

CLOCKS_DIFFER_SECONDS = 5.0
"""How far the clocks of this machine and of the database may be apart before somebody should look after them."""

USUAL_LEASE_SECONDS = 60.0
LONGEST_ANSWER_SECONDS = 0.5
"""An answer that took the database longer tells too little about its clock."""

BEAT_AGAIN = timedelta(seconds=1)
"""How soon a sign of life that failed is given again: too late, and this process counts as one that was silent."""

LONGEST_SILENCE_SECONDS = 60.0
"""For how long a process that gives signs of life may be without a part before something is wrong."""

_log = structlog.get_logger(__name__)


class Register(Protocol):
    """Where processes give signs of life; see `bot.store.processes.Processes`."""

    async def beat(self, process_id: str, shards: str, gone_after: int) -> Census:
        """Give a sign of life and count who lives."""

    async def leave(self, process_id: str) -> None:
        """Say goodbye."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """Seconds: between two signs of life, for how long a part is worth something, and of silence after which a process is dead.

    The last is longer by more than a second, the grain of the signs of life, so that a part ends before its owner is given up.
    """

    every: float = 5.0
    lasts: float = 12.0
    gone_after: int = 15

    @classmethod
    def of(cls, lease: timedelta) -> Cadence:
        """Choose what goes with how long others wait for a message that was being sent: never slower than usual."""
        scale = min(1.0, lease.total_seconds() / USUAL_LEASE_SECONDS)
        lasts = max(1.5, 12.0 * scale)
        return cls(every=max(0.5, 5.0 * scale), lasts=lasts, gone_after=math.ceil(lasts + max(1.5, lasts / 4)))


class SharedClock:
    """The database's clock as far as this process knows it, never ahead of it: leases go by it, for machines' clocks differ."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """Follow `clock`, this machine's, until something better is known."""
        self._clock = clock
        self._ahead = timedelta()
        self._is_told = False

    def __call__(self) -> datetime:
        """Return the time, aware, in UTC."""
        return self._clock() - self._ahead

    def note(self, at: datetime, seconds: float) -> None:
        """Take note that the database's clock read `at` in the last `seconds`, while its answer was waited for."""
        if seconds > LONGEST_ANSWER_SECONDS:
            return
        self._ahead = self._clock() - at
        apart = abs(self._ahead.total_seconds())
        if apart - seconds > CLOCKS_DIFFER_SECONDS and not self._is_told:
            _log.warning("clocks differ", seconds=round(self._ahead.total_seconds(), 1), advice="keep both machines' clocks by NTP")
        self._is_told = apart > CLOCKS_DIFFER_SECONDS


class Sharing:
    """One process's part of the budget; `step` is one sign of life."""

    def __init__(
        self, register: Register, pacer: EvenPacer, clock: SharedClock, *, total: float, shards: str, cadence: Cadence | None = None
    ) -> None:
        """Set `pacer` to this process's part of `total` sends a second; `shards` is what others may read about it."""
        self.process_id = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(6)}"
        self._register = register
        self._pacer = pacer
        self.clock = clock
        """By which all processes claim and give back."""
        self._total = total
        self._shards = shards
        self._cadence = cadence or Cadence()
        self._begins = math.inf
        self._ends = -math.inf
        self._living = 0
        self._had_part_at: float | None = None
        pacer.allot(0, math.inf)

    @property
    def living(self) -> int:
        """How many processes shared the budget when this one last counted, itself included; 0 before."""
        return self._living

    async def step(self) -> timedelta:
        """Give a sign of life, set the pace, and return how long to rest; raises StoreError, and the pace ends by itself.

        Raises StoreError also where the database answers so slowly that nothing has been sent for a minute.
        """
        now = asyncio.get_running_loop().time
        asked = now()
        census = await self._register.beat(self.process_id, self._shards, self._cadence.gone_after)
        self.clock.note(census.at, now() - asked)
        rest = self._take_part(census.living, asked, now())
        self._require_a_part(now())
        return rest

    def _take_part(self, living: int, asked: float, answered: float) -> timedelta:
        """Set the pace by a count that was asked for and answered at these times of the loop's clock."""
        if answered >= self._ends:
            # Others may have reckoned without this process up to now.
            self._begins = answered + self._cadence.lasts
        if living == 1:
            self._begins = min(self._begins, answered)
        self._ends = asked + self._cadence.lasts
        if living != self._living:
            _log.info("sharing", processes=living, sends_per_second=round(self._total / living, 2))
        self._living = living
        rest = max(BEAT_AGAIN.total_seconds() / 4, self._cadence.every - (answered - asked))  # slow answers must not make signs rare
        if answered < self._begins:
            self._pacer.allot(0, math.inf)
            rest = min(rest, self._begins - answered)
        else:
            self._pacer.allot(self._total / living, self._ends)
        return timedelta(seconds=rest)

    def _require_a_part(self, now: float) -> None:
        """Raise StoreError where this process has been without a part for too long."""
        if self._pacer.rate or self._had_part_at is None:
            self._had_part_at = now
        elif now - self._had_part_at > LONGEST_SILENCE_SECONDS:
            raise StoreError(
                "The database answers so slowly that this process's part of SENDS_PER_SECOND ends before it is renewed: nothing is posted. "
                "Look at what keeps the database busy; it goes on by itself."
            )

    async def leave(self) -> None:
        """Send nothing more, and let the others have this process's part; raises StoreError, and they wait until they notice."""
        self._pacer.allot(0, math.inf)
        await self._register.leave(self.process_id)
