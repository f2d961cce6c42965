"""The processes at work on this database: each gives signs of life, all by the database's clock, for those of machines differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from bot.store.statements import database_now, insert
from bot.store.tables import processes

if TYPE_CHECKING:
    from bot.store.database import Database

FORGOTTEN_AFTER = 24 * 60 * 60
"""Seconds after which the row of a process that never said goodbye is deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """What a process learned when it gave a sign of life: the database's time then, and how many live, itself included."""

    at: datetime
    living: int


class Processes:
    """Who is at work here."""

    def __init__(self, database: Database) -> None:
        """Work on `database`."""
        self._database = database

    async def beat(self, process_id: str, shards: str, gone_after: int) -> Census:
        """Give a sign of life and count those whose last one is less than `gone_after` seconds old, to the second.

        Beats take turns as all writers do: whoever beats later counts whoever beat before. Rows a day old are deleted.
        """
        async with self._database.writing() as connection:
            now = (await connection.execute(select(database_now(self._database.dialect)))).scalar_one()
            second = int(now)
            sign = {"shards": shards, "beat_at": second}
            row = insert(self._database.dialect, processes).values(id=process_id, started_at=second, **sign)
            await connection.execute(row.on_conflict_do_update(index_elements=[processes.c.id], set_=sign))
            await connection.execute(delete(processes).where(processes.c.beat_at < second - FORGOTTEN_AFTER))
            living = select(func.count()).select_from(processes).where(processes.c.beat_at > second - gone_after)
            return Census(at=datetime.fromtimestamp(now, UTC), living=(await connection.execute(living)).scalar_one())

    async def leave(self, process_id: str) -> None:
        """Say goodbye: from now on this process is not counted."""
        async with self._database.writing() as connection:
            await connection.execute(delete(processes).where(processes.c.id == process_id))
