"""One simulated year: what there is in it, and how one thing tells the others."""

from __future__ import annotations

import asyncio
import random
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from bot.domain.subscriptions import GuildId
from bot.knowledge.shelf import Shelf
from tests.simulation.breaks import Whole
from tests.simulation.disk import Disk
from tests.simulation.editing import Editor
from tests.simulation.fate import CALM, STORMY, WILD, Fate, Weather
from tests.simulation.journal import Journal, true_time
from tests.simulation.life import FOLLOWS_WITHIN, LOOKS_WITHIN, NOTICES_WITHIN
from tests.simulation.machine import Machine
from tests.simulation.mirror import Mirror
from tests.simulation.newsroom import Newsroom
from tests.simulation.oracle import Oracle
from tests.simulation.people import People

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from tests.simulation.discord_world import Channel, Guild, Message
    from tests.simulation.disk import User
    from tests.simulation.life import Life


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What year to simulate."""

    seed: int
    servers: int = 300
    days: int = 365
    timings: int = 6
    machines: int = 1
    weather: Weather = STORMY
    ledger_days: int = 365
    """What LEDGER_DAYS is set to."""

    rest_days: float = 3.0
    """For how long the bot may put everything in order once nothing goes wrong any more."""

    @classmethod
    def of(cls, seed: int, servers: int, days: int) -> Plan:
        """Return the plan that goes by a seed.

        Of five years one is calm and two are wild, every fourth has two processes, and every third forgets after two months.
        """
        weather = {1: CALM, 3: WILD, 0: WILD}.get(seed % 5, STORMY)
        machines, ledger_days = 2 if seed % 4 == 0 else 1, 60 if seed % 3 == 2 else 365
        return cls(seed=seed, servers=servers, days=days, machines=machines, weather=weather, ledger_days=ledger_days)


@dataclass(slots=True)
class Hints:
    """What has been set off and not yet happened: looks of processes at what others wrote."""

    looking: set[Life] = field(default_factory=set)
    following: set[Life] = field(default_factory=set)


class Year:
    """Everything there is."""

    def __init__(self, plan: Plan, folder: Path, template: Path, *, breaks: Whole | None = None, is_traced: bool = False) -> None:
        """Set the stage in `folder`; the database begins as a copy of `template`."""
        self.plan, self.seed = plan, plan.seed
        self.chance = random.Random(f"{plan.seed} year")  # noqa: S311 - a seed that can be named
        self.breaks = breaks or Whole()
        self.journal = Journal(is_traced=is_traced)
        self.is_over = False
        (folder / "data").mkdir(parents=True)
        self.disk = Disk(folder / "data" / "detente.sqlite")
        shutil.copy(template, self.disk.path)
        self.world = self.breaks.build_world()
        self.newsroom, self.shelf = Newsroom(folder), Shelf(folder / "data")
        self.machines = [Machine(self, number, plan.machines) for number in range(plan.machines)]
        self.oracle = Oracle(self)
        self.mirror = Mirror(self.disk.path, self.oracle)
        self.disk.committed = self._note_commit
        self.world.stored = self.oracle.see_message_stored
        self.people = People(self, self.chance, plan.timings)
        self.editor = Editor(self, self.chance)
        self.fate = Fate(self, plan.weather)
        self._hints = Hints()

    async def pass_by(self) -> None:
        """Let the year pass; raises what the oracle finds broken."""
        checking = asyncio.create_task(self.oracle.watch())
        passing = asyncio.create_task(self._pass())
        try:
            await asyncio.wait((checking, passing), return_when=asyncio.FIRST_COMPLETED)
            for task in (checking, passing):
                if task.done():
                    task.result()
        finally:
            self.is_over = True
            for machine in self.machines:
                if machine.life is not None:
                    machine.life.kill("the year is over")
            others = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            self.mirror.close()

    async def _pass(self) -> None:
        for machine in self.machines:
            machine.start()
        while not all(machine.is_open for machine in self.machines):  # noqa: ASYNC110 - made-up time costs nothing
            await asyncio.sleep(1)
        await self._invite()
        happening = self.fate.begin()
        await asyncio.sleep(self.plan.days * 86_400)
        for task in happening:
            task.cancel()
        self._heal()
        await asyncio.sleep(self.plan.rest_days * 86_400)
        self.oracle.judge_end()

    async def _invite(self) -> None:
        machine = self.machines[0]
        assert machine.life is not None
        for _ in range(self.plan.servers):
            guild = self.world.add_guild(self.chance.randrange(self.plan.machines))
            for _ in range(self.chance.choice((1, 2, 3))):
                self.world.add_channel(guild)
            if self.chance.random() < 0.5:
                self.world.add_role(guild)
        for guild in self.world.guilds.values():
            await self.people.subscribe(machine.life, guild)

    def _heal(self) -> None:
        """End everything that goes wrong, but for what somebody deleted or removed."""
        self.journal.note("all is well from now on")
        for machine in self.machines:
            machine.troubles.often = machine.wire.often = 0.0
            machine.troubles.doom = machine.wire.doom = None
            self.step_clock(machine, timedelta())
            machine.start()
            if machine.life is not None and machine.life.alerting is not None:
                machine.open(is_resumed=False)
        for guild in self.world.guilds.values():
            self.change_guild(guild, is_available=True)
            for channel in tuple(guild.channels.values()):
                self.change_channel(channel, can_view=True, can_send=True, can_read=True, refuses=False)

    def now(self) -> datetime:
        """Return the true time."""
        return true_time()

    async def rest(self, seconds: float) -> None:
        """Let time pass."""
        await asyncio.sleep(seconds)

    def find_life(self) -> Life | None:
        """Return a process that is at work, or None."""
        at_work = [m.life for m in self.machines if m.life is not None and m.life.alerting is not None]
        return self.chance.choice(at_work) if at_work else None

    def find_machine(self, guild_id: int) -> Machine | None:
        """Return the machine whose process hears of a server."""
        return next((m for m in self.machines if m.sharding.holds(GuildId(guild_id))), None)

    def _note_commit(self, user: User) -> None:
        """Look at what was written, and let the others find it as soon as they would in real life."""
        changed = self.mirror.look()
        loop = asyncio.get_running_loop()
        for machine in self.machines:
            life = machine.life
            if life is None:
                continue
            if "content" in changed and life not in self._hints.following:
                self._hints.following.add(life)
                loop.call_later(machine.chance.uniform(0.1, FOLLOWS_WITHIN), self._follow, life)
            is_news = repr(life) != repr(user) or "subscription" in changed or machine.troubles.is_on
            if changed and is_news and life not in self._hints.looking:
                self._hints.looking.add(life)
                loop.call_later(machine.chance.uniform(1.0, LOOKS_WITHIN), self._look, life)

    def count(self) -> dict[str, int]:
        """Return how much happened, for people."""
        happened = self.fate.counts
        return {
            "posts": len(self.oracle.memory.posts),
            "deliveries": len(self.oracle.memory.rows),
            "lives": sum(machine.lives for machine in self.machines),
            "edits": happened.get("edit", 0),
            "acts": happened.get("act", 0),
            "faults": sum(count for name, count in happened.items() if name not in {"act", "edit"}),
            "alerts required": self.oracle.auditor.checked,
            "overtaken ones": self.oracle.auditor.overtaken,
            "beliefs": self.oracle.auditor.believed,
            "punctual": self.oracle.punctual,
        }

    def list_posts_since(self, at: datetime) -> list[Message]:
        """Return what was posted since then, latest first."""
        return list(takewhile(lambda message: message.at >= at, reversed(self.world.by_id.values())))

    def _look(self, life: Life) -> None:
        self._hints.looking.discard(life)
        if not life.is_dead:
            life.look()

    def _follow(self, life: Life) -> None:
        self._hints.following.discard(life)
        if not life.is_dead:
            life.follow()

    def note_life(self, machine: Machine, how: str) -> None:
        """Take note that a process starts, ends, hears or is deaf."""
        life = machine.life
        self.journal.note(f"process {machine.number}.{machine.lives} {how}")
        self.oracle.note_life(machine, is_well=life is not None and machine.is_open)

    def note_setback(self, machine: Machine, place: int, fault: str) -> None:
        """Take note of a request that goes wrong."""
        self.journal.note("setback", channel=place, fault=fault, process=machine.number)
        self.oracle.disturb(place)

    @contextmanager
    def disturbed(self, why: str) -> Iterator[None]:
        """Take note that everything may be held up while this lasts."""
        self.journal.note(f"{why} begins")
        with self.oracle.disturbing():
            yield
        self.journal.note(f"{why} ends")

    def step_clock(self, machine: Machine, offset: timedelta) -> None:
        """Set a machine's clock."""
        self.journal.note("clock", machine=machine.number, offset=offset)
        self.oracle.disturb(None)
        machine.offset = offset
        if machine.life is not None:
            loop = asyncio.get_running_loop()
            loop.call_later(machine.chance.uniform(0.0, NOTICES_WITHIN), machine.life.share)
            loop.call_later(machine.chance.uniform(1.0, LOOKS_WITHIN), self._look, machine.life)  # who rests by the old clock

    def change_guild(self, guild: Guild, *, is_present: bool | None = None, is_available: bool | None = None) -> None:
        """Let the bot be removed or asked back, an outage begin or end; what is so already changes nothing."""
        if is_available is not None and guild.is_available != is_available:
            guild.is_available = is_available
            self._tell(guild, "available" if is_available else "")
        if is_present is not None and guild.is_present != is_present:
            guild.is_present = is_present
            self._tell(guild, "joined" if is_present else "left")

    def change_channel(self, channel: Channel, **rights: bool) -> None:
        """Change what the bot may do in a channel."""
        before = {name: getattr(channel, name) for name in rights}
        if before != rights and channel.exists:
            for name, value in rights.items():
                setattr(channel, name, value)
            self._tell(channel.guild, "changed", channel=channel.id, **rights)

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel."""
        self.world.delete_channel(channel)
        self._tell(channel.guild, "", channel=channel.id, deleted="channel")

    def delete_role(self, guild: Guild, role: int) -> None:
        """Delete a role."""
        guild.roles.discard(role)
        self._tell(guild, "", role=role)

    def _tell(self, guild: Guild, event: str, **details: Any) -> None:
        state = {"is_present": guild.is_present, "is_available": guild.is_available}
        self.journal.note("place", guild=guild.id, event=event, **state, **details)
        self.oracle.note_place(guild)
        machine = self.find_machine(guild.id)
        if event and machine is not None:
            machine.hear(event, guild.id)
