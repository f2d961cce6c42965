"""Whether processes of the bot are at work on a database that is to be copied or filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, cast, func, inspect, select

from bot.errors import StoreError
from bot.store.tables import processes

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

LIVING_SECONDS = 30
"""A process whose last sign of life is younger counts as running."""


async def refuse_living(connection: AsyncConnection, place: str) -> None:
    """Raise StoreError where a process of the bot has lately given a sign of life in the database `place`."""
    if not await connection.run_sync(_knows_processes):
        return
    living = select(func.count()).where(processes.c.beat_at > _now(connection.dialect.name) - LIVING_SECONDS)
    count = (await connection.execute(living)).scalar_one()
    if count:
        raise StoreError(
            f"The database {place} is in use: {count} process{'es' if count > 1 else ''} of the bot gave a sign of life less than "
            f"{LIVING_SECONDS} seconds ago. Stop the bot and try again (after a crash, wait so long); nothing was changed."
        )


def _knows_processes(connection: Connection) -> bool:
    return inspect(connection).has_table(processes.name)


def _now(dialect: str) -> ColumnElement[int]:
    """Return the database's own clock, by which the signs of life are written."""
    return cast(func.strftime("%s", "now") if dialect == "sqlite" else func.extract("epoch", func.clock_timestamp()), BigInteger)
