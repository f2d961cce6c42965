"""What goes wrong with a process's database and with its line to Discord while a storm is on, or once at a chosen place."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING

from bot.errors import DeliveryError
from tests.simulation.disk import KilledByDoomError

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tests.simulation.disk import User
    from tests.simulation.machine import Machine

_FOR_EVER_SECONDS = 36_000.0
_SAYINGS = {
    sqlite3.SQLITE_IOERR: "disk I/O error",
    sqlite3.SQLITE_BUSY: "database is locked",
    sqlite3.SQLITE_FULL: "database or disk is full",
}


class DiskTroubles:
    """Strikes a process's statements: one in so many while a storm is on, and the one that its doom waits for."""

    def __init__(self, chance: random.Random) -> None:
        """Begin in calm."""
        self._chance = chance
        self.often = 0.0
        """The part of the statements that go wrong."""
        self.doom: tuple[int, bool] | None = None
        """After how many commits the process dies, and whether the last of them takes effect."""
        self.strikes = 0

    @property
    def is_on(self) -> bool:
        """Whether anything may go wrong now."""
        return self.often > 0 or self.doom is not None

    async def strike(self, user: User, statement: str) -> Exception | None:
        """Raise, wait or kill before a statement; return what is to be raised once it has taken effect."""
        is_commit = statement == "COMMIT"
        if self.doom is not None and is_commit:
            commits, takes_effect = self.doom
            self.doom = (commits - 1, takes_effect)
            if commits <= 0:
                self.doom = None
                if takes_effect:
                    return KilledByDoomError()
                self._kill(user)
        if self._chance.random() >= self.often:
            return None
        self.strikes += 1
        kind = self._chance.choice(
            ("before", "before", "busy", "full", "slow", "hang", "lost") if is_commit else ("before", "busy", "slow")
        )
        if kind in {"slow", "hang"}:
            await asyncio.sleep(self._chance.uniform(0.1, 8.0) if kind == "slow" else self._chance.choice((20.0, 70.0, 700.0)))
            return None
        if kind == "lost":
            return _error(sqlite3.SQLITE_IOERR)
        raise _error({"busy": sqlite3.SQLITE_BUSY, "full": sqlite3.SQLITE_FULL}.get(kind, sqlite3.SQLITE_IOERR))

    def _kill(self, user: User) -> None:
        user.kill("doom before a commit")
        raise asyncio.CancelledError


def _error(code: int) -> Exception:
    error = sqlite3.OperationalError(_SAYINGS[code])
    error.sqlite_errorcode = code
    return error


class Wire:
    """The way of a request to Discord and of its answer back."""

    def __init__(self, machine: Machine, chance: random.Random) -> None:
        """Carry the requests of `machine`."""
        self._machine = machine
        self._chance = chance
        self.often = 0.0
        """The part of the requests that go wrong."""
        self.closed_until = 0.0
        """Until when, by the loop's time, Discord has asked for patience with everything: its limit for the token."""
        self.doom: str | None = None
        """At which point of the next request the process dies: before Discord has it, or before the answer is there."""

    async def carry(self, place: int, take: Callable[[], int]) -> int:
        """Let Discord do `take` and return its answer, or lose something on the way."""
        fault = self._chance.choice(_FAULTS) if self._chance.random() < self.often else ""
        if fault:
            self._machine.note_setback(place, fault)
        try:
            await self._be_patient(fault)
            await asyncio.sleep(self._chance.uniform(0.05, 0.25))
        except asyncio.CancelledError:
            if self._chance.random() < 0.5:
                self._store_late(take, 0.1)
            raise
        self._meet_doom("before")
        if fault in {"503", "reset"}:
            raise DeliveryError("Discord answered 503" if fault == "503" else "the connection to Discord failed")
        if fault == "late":
            self._store_late(take, self._chance.uniform(1.0, 45.0))
        if fault in {"hang", "late"}:
            await asyncio.sleep(_FOR_EVER_SECONDS)
        answer = take()
        self._meet_doom("after")
        if fault == "lost":
            raise DeliveryError("the connection to Discord failed")
        await asyncio.sleep(_FOR_EVER_SECONDS if fault == "hang, stored" else self._chance.uniform(0.02, 0.1))
        return answer

    async def _be_patient(self, fault: str) -> None:
        """Wait as discord.py does when Discord answers 429, within itself: for one route, for the token, or not at all any more."""
        now, asked = asyncio.get_running_loop().time, self._chance.uniform(0.3, 25.0)
        if fault == "429 for good":
            raise DeliveryError("Discord asked to wait", asked * 60)
        if fault == "429 for all":
            self.closed_until = now() + asked
        if fault == "429":
            await asyncio.sleep(asked)
        await asyncio.sleep(max(self.closed_until - now(), 0.0))

    def _meet_doom(self, point: str) -> None:
        if self.doom == point and self._machine.life is not None:
            self.doom = None
            self._machine.life.kill(f"doom {point} Discord had a request")
            raise asyncio.CancelledError

    def _store_late(self, take: Callable[[], int], seconds: float) -> None:
        def store() -> None:
            with_refusal = self._machine.swallowing
            with_refusal(take)

        asyncio.get_running_loop().call_later(seconds, store)


_FAULTS = ("503", "503", "reset", "lost", "lost", "hang", "hang, stored", "late", "429", "429", "429 for all", "429 for good")
