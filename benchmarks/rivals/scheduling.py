"""The design of popular reminder bots: APScheduler with a job for each reminder, kept by its SQLAlchemyJobStore.

Nothing is dropped for being late (`misfire_grace_time=None`; the default is a second) and what was missed several times runs once
(`coalesce=True`). A job is taken out of the store when it is started, and nobody tells the executor to wait: all that is due runs
`at once`. One after another, by a semaphore in the job, is the kinder form.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

import discord
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore  # type: ignore[import-untyped]
from apscheduler.schedulers.asyncio import AsyncIOScheduler  # type: ignore[import-untyped]
from apscheduler.triggers.date import DateTrigger  # type: ignore[import-untyped]
from apscheduler.triggers.interval import IntervalTrigger  # type: ignore[import-untyped]

from benchmarks.rivals.connecting import FAILURES, RivalClient, complain
from benchmarks.rivals.reminders import Reminder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import Any

DAILY = 10
"""Every so many-th reminder is one for every day: of the designs here only this one knows such a thing."""

_MOST_AT_ONCE = 1_000_000


class SchedulingClient(RivalClient):
    """Runs the scheduler beside the client."""

    running: ClassVar[SchedulingClient]
    """The one client of the process: a stored job knows its function by name alone."""

    turn: asyncio.Semaphore

    async def setup_hook(self) -> None:
        """Make the scheduler; it begins when the channels are known."""
        SchedulingClient.running = self
        self.turn = asyncio.Semaphore(_MOST_AT_ONCE if self.at_once else 1)
        self._scheduler = AsyncIOScheduler(**_options(self.path))
        self._starting = asyncio.create_task(self._start())

    async def _start(self) -> None:
        await self.wait_until_ready()
        self._scheduler.start()


async def remind(reminder_id: int, channel_id: int, text: str) -> None:
    """Do the job: send a reminder."""
    client, reminder = SchedulingClient.running, Reminder(reminder_id, channel_id, discord.utils.utcnow(), text)
    async with client.turn:
        try:
            await client.post(reminder)
        except FAILURES as error:
            complain(reminder, error)


async def keep_jobs(path: Path, reminders: Iterable[Reminder]) -> None:
    """Make the database at `path` with a job for each of these reminders."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
    scheduler = AsyncIOScheduler(**_options(path))
    scheduler.start(paused=True)
    for reminder in reminders:
        is_daily = reminder.id % DAILY == 0
        trigger = IntervalTrigger(days=1, start_date=reminder.due_at) if is_daily else DateTrigger(reminder.due_at)
        arguments = (reminder.id, reminder.channel_id, reminder.text)
        # Without a first run, that of a daily one which is kept late would be tomorrow's.
        scheduler.add_job(remind, trigger, args=arguments, id=str(reminder.id), next_run_time=reminder.due_at)
    scheduler.shutdown()
    await asyncio.sleep(0)  # it ends in the loop's next round


def count_due_jobs(path: Path, now: datetime) -> int:
    """Return how many jobs are kept at `path` that were due by `now` (aware UTC)."""
    with closing(sqlite3.connect(path)) as database:
        return int(database.execute("SELECT count(*) FROM apscheduler_jobs WHERE next_run_time <= ?", (now.timestamp(),)).fetchone()[0])


def _options(path: Path) -> dict[str, Any]:
    return {
        "jobstores": {"default": SQLAlchemyJobStore(url=f"sqlite:///{path}")},
        "job_defaults": {"coalesce": True, "misfire_grace_time": None},
        "timezone": UTC,
    }
