"""How long a claimed message is this process's alone."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import NotTriedError
from bot.services.leasing import Lease, LeaseOverError

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        """Begin on a morning in November."""
        self.now = NOW

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now


async def test_nine_tenths_of_a_lease_are_for_posting() -> None:
    """By the set clock a lease of a minute is good for 54 seconds, and not for the instant after."""
    clock = Clock()
    lease = replace(Lease.begin(clock, timedelta(seconds=60)), ends=float("inf"))
    assert lease.require() == 54
    clock.now += timedelta(seconds=53)
    assert lease.require() == 1
    clock.now += timedelta(seconds=1)
    with pytest.raises(LeaseOverError):
        lease.require()


async def test_a_clock_that_was_put_back_makes_no_lease_longer() -> None:
    """The loop's own clock ends it as well, after as many seconds: it stands still only while the machine does."""
    clock, began = Clock(), asyncio.get_running_loop().time()
    lease = Lease.begin(clock, timedelta(seconds=60))
    clock.now -= timedelta(days=1)
    assert began + 54 <= lease.ends <= asyncio.get_running_loop().time() + 54
    assert 0 < lease.require() <= 54
    with pytest.raises(LeaseOverError, match="held up until its lease had ended"):
        replace(lease, ends=asyncio.get_running_loop().time()).require()


def test_who_comes_too_late_has_tried_nothing() -> None:
    """A lease that is over means that nothing was posted."""
    assert issubclass(LeaseOverError, NotTriedError)
