"""Moderators: they subscribe channels and change their minds, through the real use cases, whatever the weather."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING

from bot.domain.subscriptions import EVERYTHING, ChannelId, GuildId, GuildPreferences, Order, RoleId, Scope, Selector, Timing, UserId
from bot.errors import DetenteError
from tests.simulation.newsroom import TAGS

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable

    from bot.domain.subscriptions import Subscription
    from bot.services.subscribing import Subscribing
    from tests.simulation.discord_world import Guild
    from tests.simulation.life import Life
    from tests.simulation.year import Year

ZONES = (
    "UTC",
    "Europe/London",
    "Europe/Moscow",
    "Africa/Casablanca",
    "Africa/Cairo",
    "America/New_York",
    "America/Havana",
    "America/Santiago",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Asia/Beirut",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Pacific/Pago_Pago",
)
HOURS = (time(9), time(18), time(2, 30), time(0), time(0, 30), time(23, 59), time(12), time(3))
WISHED_LEADS = (None, None, None, (30, 7, 1, 0), (7,), (1, 0), (14, 3))
MOST = 3
"""Subscriptions that a server has at most."""

_ACTS = ("add", "edit", "edit", "edit", "pause", "pause", "resume", "resume", "remove", "prefer", "prefer", "drill", "forget")


class People:
    """The moderators of all servers."""

    def __init__(self, year: Year, chance: random.Random, timings: int) -> None:
        """Let all of them choose among so many hours and zones."""
        self._year = year
        self._chance = chance
        self._timings = [(chance.choice(ZONES), chance.choice(HOURS)) for _ in range(timings)]

    async def subscribe(self, life: Life, guild: Guild) -> None:
        """Let a new server choose its hour and subscribe a channel."""
        assert life.subscribing is not None
        if self._chance.random() < 0.7:
            await self._prefer(life.subscribing, guild)
        await self._add(life.subscribing, guild)

    def act(self) -> None:
        """Let somebody somewhere do something, if there is a process that hears it."""
        guild = self._chance.choice(list(self._year.world.guilds.values()))
        machine = self._year.find_machine(guild.id)
        kind = self._chance.choice(_ACTS)
        if kind == "forget" and self._chance.random() < 0.8:
            kind = "edit"
        if guild.is_present and machine is not None and machine.is_open and machine.life is not None and machine.life.subscribing:
            machine.life.spawn(self._try(machine.life, kind, guild))

    async def _try(self, life: Life, kind: str, guild: Guild) -> None:
        assert life.subscribing is not None
        acts: dict[str, Callable[[Subscribing, Guild], Awaitable[None]]] = {
            "add": self._add,
            "edit": self._edit,
            "pause": self._pause,
            "resume": self._resume,
            "remove": self._remove,
            "prefer": self._prefer,
            "drill": self._drill,
            "forget": self._forget,
        }
        self._year.journal.note("somebody wants to " + kind, guild=guild.id)
        try:
            await acts[kind](life.subscribing, guild)
        except DetenteError as error:
            self._year.journal.note(f"could not {kind}", guild=guild.id, reason=str(error)[:60])
            self._year.oracle.note_failed_act(guild.id)

    async def _add(self, subscribing: Subscribing, guild: Guild) -> None:
        if guild.channels and len(await subscribing.list_all(GuildId(guild.id))) < MOST:
            await subscribing.add(GuildId(guild.id), UserId(self._chance.randrange(100, 10**6)), self._order(guild))

    async def _edit(self, subscribing: Subscribing, guild: Guild) -> None:
        found = await self._choose(subscribing, guild)
        if found is not None and guild.channels:
            wanted, parts = (
                self._order(guild),
                self._chance.choice((("channel_id",), ("leads",), ("clock_time", "zone"), ("selector", "role_id"))),
            )
            await subscribing.edit(
                found.guild_id, found.id, lambda order: replace(order, **{name: getattr(wanted, name) for name in parts})
            )

    async def _pause(self, subscribing: Subscribing, guild: Guild) -> None:
        found = await self._choose(subscribing, guild)
        if found is not None:
            days = self._chance.choice((0.1, 1, 7, 30, None))
            await subscribing.pause(found.guild_id, found.id, None if days is None else self._year.now() + timedelta(days=days))

    async def _resume(self, subscribing: Subscribing, guild: Guild) -> None:
        found = await self._choose(subscribing, guild, lambda s: s.paused_until is not None or s.obstacle is not None)
        if found is not None:
            await subscribing.resume(found.guild_id, found.id)

    async def _remove(self, subscribing: Subscribing, guild: Guild) -> None:
        found = await self._choose(subscribing, guild)
        if found is not None:
            await subscribing.remove(found.guild_id, found.id)

    async def _prefer(self, subscribing: Subscribing, guild: Guild) -> None:
        zone, hour = self._chance.choice(self._timings)
        fallback = self._chance.choice([None, *guild.channels])
        chosen = GuildPreferences(
            guild_id=GuildId(guild.id), timing=Timing(hour, zone), fallback_channel_id=None if fallback is None else ChannelId(fallback)
        )
        await subscribing.set_preferences(chosen)

    async def _drill(self, subscribing: Subscribing, guild: Guild) -> None:
        found = await self._choose(subscribing, guild)
        if found is not None:
            await subscribing.drill(found.guild_id, found.id, str(self._chance.randrange(10**9)))

    async def _forget(self, subscribing: Subscribing, guild: Guild) -> None:
        await subscribing.forget(GuildId(guild.id))

    async def _choose(
        self, subscribing: Subscribing, guild: Guild, is_meant: Callable[[Subscription], bool] = lambda _: True
    ) -> Subscription | None:
        found = [s for s in await subscribing.list_all(GuildId(guild.id)) if is_meant(s)]
        return self._chance.choice(found) if found else None

    def _order(self, guild: Guild) -> Order:
        zone, hour = self._chance.choice(self._timings)
        has_own_timing = self._chance.random() < 0.3
        return Order(
            channel_id=ChannelId(self._chance.choice(list(guild.channels))),
            selector=self._selector(),
            leads=self._chance.choice(WISHED_LEADS),
            clock_time=hour if has_own_timing else None,
            zone=zone if has_own_timing else None,
            role_id=RoleId(self._chance.choice(sorted(guild.roles))) if guild.roles and self._chance.random() < 0.4 else None,
            publish=self._chance.random() < 0.05,
        )

    def _selector(self) -> Selector:
        kind = self._chance.random()
        if kind < 0.6:
            return EVERYTHING
        if kind < 0.85:
            return Selector(Scope.TAG, self._chance.choice(TAGS))
        return Selector(Scope.DEADLINE, self._chance.choice(self._year.editor.content).id)
