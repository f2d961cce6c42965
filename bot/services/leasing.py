"""How long a claimed message is this process's alone: whoever wakes up later must not post it, another may have."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.errors import NotTriedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

LEFT_ALONE = 0.1
"""The part of a lease in which nothing is posted any more, for what clocks and networks differ."""


class LeaseOverError(NotTriedError):
    """This process was held up until its lease had ended; the message is anybody's."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("this process was held up until its lease had ended")


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease by two clocks: one may be set, the other may stand still while the machine sleeps. It is over once either says so."""

    clock: Callable[[], datetime]
    ends_at: datetime
    ends: float

    @classmethod
    def begin(cls, clock: Callable[[], datetime], length: timedelta) -> Lease:
        """Return the lease of what is claimed right after this, for `length` by `clock`."""
        usable = length * (1 - LEFT_ALONE)
        return cls(clock, clock() + usable, asyncio.get_running_loop().time() + usable.total_seconds())

    def require(self) -> float:
        """Return how many seconds are left; raises LeaseOverError where none are."""
        left = min((self.ends_at - self.clock()).total_seconds(), self.ends - asyncio.get_running_loop().time())
        if left <= 0:
            raise LeaseOverError
        return left
