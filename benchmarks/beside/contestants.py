"""Who is compared: Détente and the other designs, each told what is due in its own way and run as a process of its own."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import update

from benchmarks.beside.auditing import FIRST, NEXT
from benchmarks.crowding import Crowd
from benchmarks.rivals.reminders import Reminder, count_due_rows, keep_rows
from benchmarks.rivals.scheduling import count_due_jobs, keep_jobs
from bot.domain.ledger import DeliveryState
from bot.store.database import open_database
from bot.store.store import open_store
from bot.store.tables import subscriptions
from tests.loopback import TOKEN, Channel, Loopback
from tests.processes import ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OPEN = (DeliveryState.WAITING, DeliveryState.SENDING)
_DRILL = "Drill."
_TEXTS = {FIRST: "Reminder: A summit is in 7 days", NEXT: "Reminder: A summit is tomorrow"}


@dataclass(slots=True)
class Wanted:
    """What is due to whom (aware UTC): to every channel at `due_at`, a full minute, and once more at `next_at` where there is one.

    `roles` has the ids of the roles to mention, by the id of the channel.
    """

    channels: list[Channel]
    due_at: datetime
    next_at: datetime | None = None
    roles: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Design:
    """A contestant by name; `module` is where it is in benchmarks/rivals, "" for Détente."""

    name: str
    title: str
    module: str = ""
    at_once: bool = False

    def enter(self, folder: Path, discord: Loopback, wanted: Wanted) -> Contestant:
        """Return the contestant, who works in an empty `folder`."""
        return Rival(self, folder, discord, wanted) if self.module else Ours(self, folder, discord, wanted)


@dataclass(slots=True)
class Contestant:
    """A design on its own Discord."""

    design: Design
    folder: Path
    discord: Loopback
    wanted: Wanted

    async def prepare(self) -> None:
        """Let it be told what is due, as if it had been long ago."""
        raise NotImplementedError

    async def start(self) -> asyncio.subprocess.Process:
        """Start its process."""
        raise NotImplementedError

    async def bring_next(self) -> None:
        """Let the next date be due, where it does not know of it by itself."""

    def count_left(self, now: datetime) -> int:
        """Return how much of what is due at `now` (aware UTC) it still means to post."""
        raise NotImplementedError

    def which(self, text: str) -> int:
        """Return which date a message is about."""
        raise NotImplementedError

    @property
    def log(self) -> Path:
        """What it says meanwhile."""
        return self.folder / "log.txt"


class Ours(Contestant):
    """Détente, with its own defaults."""

    crowd: Crowd

    async def prepare(self) -> None:
        """Subscribe the channels to one date, seven days after the day on which it is due."""
        self.crowd = Crowd(self.folder, self.discord, self.wanted.channels, self.wanted.due_at)
        await self.crowd.settle_in()
        async with open_database(self.crowd.url) as database, database.writing() as connection:
            for channel_id, role_id in self.wanted.roles.items():
                await connection.execute(update(subscriptions).where(subscriptions.c.channel_id == channel_id).values(role_id=role_id))

    async def start(self) -> asyncio.subprocess.Process:
        """Start `detente run`."""
        return await self.crowd.start()

    async def bring_next(self) -> None:
        """Let a drill be due to everybody: another date on the same day could not be planned."""
        async with open_store(self.crowd.url) as store:
            await self.crowd.drill(store)

    def count_left(self, now: datetime) -> int:  # noqa: ARG002 - all that has a row is due
        """Count what the ledger holds open; what is held for a closed channel waits for somebody else."""
        with closing(sqlite3.connect(self.folder / "data" / "detente.sqlite")) as database:
            return int(database.execute("SELECT count(*) FROM deliveries WHERE state IN (?, ?)", tuple(map(int, _OPEN))).fetchone()[0])

    def which(self, text: str) -> int:
        """The next date is a drill."""
        return NEXT if _DRILL in text else FIRST


class Rival(Contestant):
    """One of the designs in benchmarks/rivals."""

    @property
    def path(self) -> Path:
        """Its database."""
        return self.folder / "reminders.sqlite"

    async def prepare(self) -> None:
        """Keep a reminder for each date of each channel; nothing else goes on in this process meanwhile."""
        if self._keeps_jobs:
            await keep_jobs(self.path, self._list_reminders())
        else:
            keep_rows(self.path, self._list_reminders())

    async def start(self) -> asyncio.subprocess.Process:
        """Start it."""
        options = ("at-once",) if self.design.at_once else ()
        command = (sys.executable, "-m", "benchmarks.rivals", self.design.module, self.discord.api_url, TOKEN, str(self.path), *options)
        with self.log.open("ab") as log:
            known = environment(PYTHONPATH=str(ROOT))
            return await asyncio.create_subprocess_exec(*command, cwd=self.folder, env=known, stdout=log, stderr=log)

    def count_left(self, now: datetime) -> int:
        """Count what is due and still kept; what was taken out to be sent is not."""
        return (count_due_jobs if self._keeps_jobs else count_due_rows)(self.path, now)

    def which(self, text: str) -> int:
        """The texts differ."""
        return NEXT if _TEXTS[NEXT] in text else FIRST

    @property
    def _keeps_jobs(self) -> bool:
        return self.design.module == "scheduling"

    def _list_reminders(self) -> Iterator[Reminder]:
        number = 0
        for which, due_at in ((FIRST, self.wanted.due_at), (NEXT, self.wanted.next_at)):
            for channel in self.wanted.channels if due_at else ():
                number += 1
                role = self.wanted.roles.get(channel.id)
                mention = f"<@&{role}> " if role else ""
                assert due_at is not None
                yield Reminder(number, channel.id, due_at, mention + _TEXTS[which])


OURS = Design("detente", "Détente")
KIND = (
    OURS,
    Design("apscheduler", "APScheduler, one after another", "scheduling"),
    Design("loop", "tasks.loop once a minute, delete after send", "looping"),
    Design("delete-first", "delete before send, one after another", "deleting"),
)
"""Everybody in the form that loses least; they play at the same time, each on a Discord of its own."""

AT_ONCE = (
    Design("apscheduler-at-once", "APScheduler as it comes, all at once", "scheduling", at_once=True),
    Design("delete-first-at-once", "delete before send as it is found, all at once", "deleting", at_once=True),
)
"""What starts everything at once: each plays alone."""

FLOORS = (
    Design("floor-aiohttp", "floor: aiohttp alone", "bare"),
    Design("floor-discord.py", "floor: discord.py alone", "posting"),
)
