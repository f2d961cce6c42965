"""What befalls the processes, Discord and the servers in a year, and when: each kind by a chance of its own."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.simulation.discord_world import Channel, Guild
    from tests.simulation.machine import Machine
    from tests.simulation.year import Year

DAY = 86_400.0
HOUR = 3_600.0
HALF = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """How often a year brings what: of a server, or of the world as a whole."""

    acts: float = 4.0
    edits: float = 130.0
    kills: float = 60.0
    dooms: float = 60.0
    stops: float = 30.0
    discord_storms: float = 40.0
    disk_storms: float = 25.0
    deafness: float = 40.0
    clock_steps: float = 24.0
    outages: float = 12.0
    long_absences: float = 1.5
    permissions: float = 0.7
    deletions: float = 0.15
    removals: float = 0.12


STORMY = Weather()
WILD = Weather(
    acts=80.0, edits=1_500.0, kills=150.0, dooms=300.0, stops=60.0, discord_storms=120.0, disk_storms=60.0, deafness=80.0,
    clock_steps=60.0, outages=40.0, long_absences=4.0, permissions=10.0, deletions=3.0, removals=2.0,
)  # fmt: skip
"""Years in which everybody changes their minds all the time, so that rare things happen together."""

CALM = Weather(
    edits=40.0, kills=0, dooms=0, stops=0, discord_storms=0, disk_storms=0, deafness=0, clock_steps=0, outages=0, long_absences=0,
    permissions=0, deletions=0, removals=0, acts=2.0,
)  # fmt: skip


class Fate:
    """Lets it happen."""

    def __init__(self, year: Year, weather: Weather) -> None:
        """Rule over `year`."""
        self._year = year
        self._weather = weather
        self._chances: dict[str, random.Random] = {}
        self.counts: dict[str, int] = {}

    def begin(self) -> list[asyncio.Task[None]]:
        """Let everything begin that happens again and again; whoever began it ends it."""
        weather, guilds = self._weather, len(self._year.world.guilds)
        rates: dict[str, tuple[float, Callable[[random.Random], Awaitable[None]]]] = {
            "act": (weather.acts * guilds, self._act),
            "edit": (weather.edits, self._edit),
            "kill": (weather.kills, self._kill),
            "doom": (weather.dooms, self._doom),
            "stop": (weather.stops, self._stop),
            "storm on Discord": (weather.discord_storms, self._storm_on_discord),
            "storm on the disk": (weather.disk_storms, self._storm_on_disk),
            "deafness": (weather.deafness, self._deafen),
            "step of a clock": (weather.clock_steps, self._step_clock),
            "outage": (weather.outages, self._outage),
            "long absence": (weather.long_absences, self._absent),
            "permission": (weather.permissions * guilds, self._forbid),
            "deletion": (weather.deletions * guilds, self._delete),
            "removal": (weather.removals * guilds, self._remove),
        }
        return [asyncio.create_task(self._again(name, rate, deed)) for name, (rate, deed) in rates.items() if rate]

    async def _again(self, name: str, rate: float, deed: Callable[[random.Random], Awaitable[None]]) -> None:
        chance = random.Random(f"{self._year.seed} {name}")  # noqa: S311 - a seed that can be named
        running = set()
        while True:
            await asyncio.sleep(chance.expovariate(rate / (365 * DAY)))
            self.counts[name] = self.counts.get(name, 0) + 1
            task = asyncio.create_task(_whole(deed(random.Random(f"{self._year.seed} {name} {self.counts[name]}"))))  # noqa: S311
            running.add(task)
            task.add_done_callback(running.discard)

    async def _act(self, _: random.Random) -> None:
        self._year.people.act()

    async def _edit(self, _: random.Random) -> None:
        self._year.editor.act()

    def _choose(self, chance: random.Random) -> Machine:
        return chance.choice(self._year.machines)

    async def _kill(self, chance: random.Random) -> None:
        machine = self._choose(chance)
        if machine.life is not None:
            machine.life.kill("at random")

    async def _doom(self, chance: random.Random) -> None:
        """Let a process die where it hurts: around a commit or a request."""
        machine = self._choose(chance)
        if machine.life is not None and chance.random() < HALF:
            machine.troubles.doom = (chance.choice((0, 0, 1, 2, 3, 7)), chance.random() < HALF)
        elif machine.life is not None:
            machine.wire.doom = chance.choice(("before", "after"))

    async def _stop(self, chance: random.Random) -> None:
        machine = self._choose(chance)
        if machine.life is not None:
            machine.life.stop()

    async def _absent(self, chance: random.Random) -> None:
        """Let all processes be away for days or weeks."""
        days = chance.choice((3, 9, 32, 45))
        for machine in self._year.machines:
            machine.absence = days * DAY
            if machine.life is not None:
                machine.life.stop()

    async def _storm_on_discord(self, chance: random.Random) -> None:
        often, lasts = chance.choice((0.05, 0.3, 0.8, 1.0)), chance.choice((60.0, 600.0, HOUR, 6 * HOUR)) * chance.uniform(0.5, 1.5)
        with self._year.disturbed("storm on Discord"):
            for machine in self._year.machines:
                machine.wire.often = often
            await asyncio.sleep(lasts)
            for machine in self._year.machines:
                machine.wire.often = 0.0

    async def _storm_on_disk(self, chance: random.Random) -> None:
        often, lasts = chance.choice((0.01, 0.05, 0.3)), chance.choice((30.0, 300.0, HOUR)) * chance.uniform(0.5, 1.5)
        with self._year.disturbed("storm on the disk"):
            for machine in self._year.machines:
                machine.troubles.often = often
            await asyncio.sleep(lasts)
            for machine in self._year.machines:
                machine.troubles.often = 0.0

    async def _deafen(self, chance: random.Random) -> None:
        machine = self._choose(chance)
        life = machine.life
        if life is None or not machine.is_open:
            return
        machine.close()
        await asyncio.sleep(chance.choice((3.0, 30.0, 300.0, 1_800.0)) * chance.uniform(0.5, 1.5))
        if machine.life is life and not machine.is_open:
            machine.open(is_resumed=chance.random() < HALF)

    async def _step_clock(self, chance: random.Random) -> None:
        """Set a clock by less than what the bot's search in a history allows for; a while later it is put right."""
        machine = self._choose(chance)
        self._year.step_clock(machine, timedelta(seconds=chance.choice((-100, -40, -3, 2, 30, 100)) * chance.uniform(0.5, 1.0)))
        await asyncio.sleep(chance.choice((60.0, HOUR, DAY)))
        self._year.step_clock(machine, timedelta())

    async def _outage(self, chance: random.Random) -> None:
        """Let some servers be unavailable for a while."""
        guilds = list(self._year.world.guilds.values())
        hit = chance.sample(guilds, max(1, len(guilds) // chance.choice((2, 10, 50))))
        for guild in hit:
            self._year.change_guild(guild, is_available=False)
        await asyncio.sleep(chance.choice((60.0, 900.0, HOUR, 5 * HOUR, 30 * HOUR)) * chance.uniform(0.5, 1.5))
        for guild in hit:
            self._year.change_guild(guild, is_available=True)

    async def _remove(self, chance: random.Random) -> None:
        """Let a server remove the bot, and perhaps ask it back."""
        guild = chance.choice(list(self._year.world.guilds.values()))
        if not guild.is_present:
            return
        self._year.change_guild(guild, is_present=False)
        days = chance.choice((0.01, 1, 10, 28, 35, None))
        if days is not None:
            await asyncio.sleep(days * DAY)
            self._year.change_guild(guild, is_present=True)

    async def _forbid(self, chance: random.Random) -> None:
        """Take a permission away in a channel, and give it back."""
        channel = self._find_channel(chance)
        if channel is None:
            return
        name = chance.choice(("can_view", "can_send", "can_send", "can_read", "refuses"))
        self._year.change_channel(channel, **{name: name == "refuses"})
        await asyncio.sleep(chance.choice((60.0, HOUR, DAY, 6 * DAY, 20 * DAY)) * chance.uniform(0.5, 1.5))
        self._year.change_channel(channel, **{name: name != "refuses"})

    async def _delete(self, chance: random.Random) -> None:
        """Delete a channel or a role; somebody makes another one."""
        channel = self._find_channel(chance)
        if channel is None:
            return
        guild: Guild = channel.guild
        if guild.roles and chance.random() < HALF:
            self._year.delete_role(guild, chance.choice(sorted(guild.roles)))
            self._year.world.add_role(guild)
        else:
            self._year.delete_channel(channel)
            self._year.world.add_channel(guild)

    def _find_channel(self, chance: random.Random) -> Channel | None:
        guild = chance.choice(list(self._year.world.guilds.values()))
        return chance.choice(list(guild.channels.values())) if guild.is_present and guild.channels else None


async def _whole(deed: Awaitable[None]) -> None:
    await deed
