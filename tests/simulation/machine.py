"""A machine with a clock of its own, on which one process of the bot runs at a time."""

from __future__ import annotations

import asyncio
import contextvars
import random
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.sharding import Sharding
from bot.domain.subscriptions import GuildId
from bot.services.messaging import UndeliverableError
from tests.simulation.journal import true_time
from tests.simulation.life import Life
from tests.simulation.troubles import DiskTroubles, Wire

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tests.simulation.year import Year

_ABSENCES = (1.0, 5.0, 20.0, 90.0, 400.0, 3_600.0, 20_000.0, 170_000.0)


class Machine:
    """Where one process of the bot runs at a time."""

    def __init__(self, year: Year, number: int, of: int) -> None:
        """Be machine `number` of so many."""
        self.year = year
        self.number = number
        self.offset = timedelta()
        """By how much its clock is ahead."""
        self.sharding = Sharding(count=of, ids=(number,)) if of > 1 else Sharding(count=1, ids=(0,))
        self.is_alone = of == 1
        self.life: Life | None = None
        self.is_open = False
        self.lives = 0
        self.chance = random.Random(f"{year.seed} machine {number}")  # noqa: S311 - a seed that can be named
        self.troubles = DiskTroubles(self.chance)
        self.wire = Wire(self, self.chance)
        self.absence: float | None = None
        """Seconds for which the next end lasts; None leaves it to chance."""
        self._missed: list[tuple[str, int]] = []

    def clock(self) -> datetime:
        """Return what the machine's clock shows."""
        return true_time() + self.offset

    async def ask(self, place: int, take: Callable[[], int]) -> int:
        """See `tests.simulation.messenger.Line`."""
        return await self.wire.carry(place, take)

    def note_setback(self, place: int, fault: str) -> None:
        """Take note of a request that goes wrong."""
        self.year.note_setback(self, place, fault)

    def swallowing(self, take: Callable[[], int]) -> None:
        """Do what nobody waits for any more."""
        with suppress(UndeliverableError):
            take()

    def hear(self, event: str, guild_id: int) -> None:
        """Let the life hear of what happened to a server, now or when the gateway is open again."""
        if self.life is None or not self.sharding.holds(GuildId(guild_id)):
            return
        if self.is_open and self.life.alerting is not None:
            self.life.spawn(self.life.heed(event, GuildId(guild_id)))
        else:
            self._missed.append((event, guild_id))

    def open(self, *, is_resumed: bool) -> None:
        """Open the gateway; where it is not resumed, all servers are told anew instead of what was missed."""
        if self.life is None or self.is_open:
            return
        self.is_open = True
        missed, self._missed = self._missed, []
        if not is_resumed:
            missed = [("available", g.id) for g in self.year.world.guilds.values() if g.is_present and g.is_available]
        self.year.note_life(self, "hears")
        for event, guild_id in missed:
            self.hear(event, guild_id)

    def close(self) -> None:
        """Close the gateway."""
        self.is_open = False
        self.year.note_life(self, "is deaf")

    def end(self, how: str) -> None:
        """Take note that the life is over; another begins after a while."""
        self.life, self.is_open, self._missed = None, False, []
        self.troubles.doom = self.wire.doom = None
        self.year.note_life(self, how)
        absence = self.chance.choice(_ABSENCES) * self.chance.uniform(0.5, 1.5) if self.absence is None else self.absence
        self.absence = None
        asyncio.get_running_loop().call_later(absence, self.start, context=contextvars.Context())

    def start(self) -> None:
        """Begin a life."""
        if self.year.is_over or self.life is not None:
            return
        self.lives += 1
        self.life = Life(self, self.lives)
        self.year.note_life(self, "starts")
        self.life.spawn(self.life.live())
