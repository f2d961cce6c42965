"""Whether processes of the bot are at work on a database that is to be copied or filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, inspect, select

from bot.errors import StoreError
from bot.store.statements import database_now
from bot.store.tables import processes

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

LIVING_SECONDS = 30
"""A process whose last sign of life is younger counts as running."""


async def refuse_living(connection: AsyncConnection, place: str) -> None:
    """Raise StoreError where a process of the bot has lately given a sign of life in the database `place`."""
    if not await connection.run_sync(_knows_processes):
        return
    living = select(func.count()).where(processes.c.beat_at > database_now(connection.dialect.name) - LIVING_SECONDS)
    count = (await connection.execute(living)).scalar_one()
    if count:
        raise StoreError(
            f"The database {place} is in use: {count} process{'es' if count > 1 else ''} of the bot gave a sign of life less than "
            f"{LIVING_SECONDS} seconds ago. Stop the bot and try again (after a crash, wait so long); nothing was changed."
        )


def _knows_processes(connection: Connection) -> bool:
    return inspect(connection).has_table(processes.name)
