"""What is kept of a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select, update

from bot.domain.subscriptions import GuildId, GuildPreferences, Obstacle, Status, Timing
from bot.store.rows import to_clock_time, to_minute, to_seconds
from bot.store.statements import insert
from bot.store.tables import alerts, deliveries, guilds, subscriptions
from bot.store.transitions import resume, suspend

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.store.database import Database


async def keep_preferences(connection: AsyncConnection, preferences: GuildPreferences, now: datetime) -> None:
    """Keep what a server chose, within the caller's transaction."""
    chosen = {
        "zone": preferences.timing.zone,
        "minute": to_minute(preferences.timing.clock_time),
        "fallback_channel_id": preferences.fallback_channel_id,
    }
    new = insert(connection.dialect.name, guilds).values(id=preferences.guild_id, created_at=to_seconds(now), **chosen)
    await connection.execute(new.on_conflict_do_update(index_elements=[guilds.c.id], set_=chosen))


class Guilds:
    """Servers: their preferences, and whether the bot is in them."""

    def __init__(self, database: Database) -> None:
        """Work on `database`."""
        self._database = database

    async def find_preferences(self, guild_id: GuildId) -> GuildPreferences | None:
        """Return what the server chose; None where it never chose a timing (the defaults are the service's)."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(guilds).where(guilds.c.id == guild_id))).one_or_none()
        if row is None or row.zone is None or row.minute is None:
            return None
        timing = Timing(to_clock_time(row.minute), row.zone)
        return GuildPreferences(guild_id=guild_id, timing=timing, fallback_channel_id=row.fallback_channel_id)

    async def note_left(self, guild_id: GuildId, now: datetime) -> None:
        """Note that the bot is no longer in the server: suspend what was active and hold what waits. Deletes nothing."""
        present = update(guilds).where(guilds.c.id == guild_id, guilds.c.left_at.is_(None))
        async with self._database.writing() as connection:
            await connection.execute(present.values(left_at=to_seconds(now)))
            await suspend(connection, await _list_ids(connection, guild_id, Status.ACTIVE), Obstacle.LEFT)

    async def note_back(self, guild_id: GuildId) -> None:
        """Note that the bot is in the server again: resume what was suspended because it had left."""
        async with self._database.writing() as connection:
            await connection.execute(update(guilds).where(guilds.c.id == guild_id).values(left_at=None))
            await resume(connection, await _list_ids(connection, guild_id, Status.SUSPENDED, Obstacle.LEFT))

    async def list_all(self) -> dict[GuildId, bool]:
        """Return every known server, and whether the bot has not left it, as far as is known here."""
        async with self._database.reading() as connection:
            found = await connection.execute(select(guilds.c.id, guilds.c.left_at.is_(None)).order_by(guilds.c.id))
            return {guild_id: bool(is_present) for guild_id, is_present in found}

    async def erase(self, guild_id: GuildId) -> None:
        """Erase everything about a server: deliveries, messages, subscriptions, preferences."""
        async with self._database.writing() as connection:
            await erase_rows(connection, guild_id)

    async def erase_left(self, before: datetime) -> int:
        """Erase the servers that were left before `before`, each in a transaction of its own; returns how many."""
        left = guilds.c.left_at < to_seconds(before)
        async with self._database.reading() as connection:
            gone = (await connection.scalars(select(guilds.c.id).where(left))).all()
        erased = 0
        for guild_id in gone:
            async with self._database.writing() as connection:
                # It may be back since.
                if await connection.scalar(select(guilds.c.id).where(guilds.c.id == guild_id, left)) is not None:
                    await erase_rows(connection, guild_id)
                    erased += 1
        return erased


async def _list_ids(connection: AsyncConnection, guild_id: GuildId, *conditions: Status | Obstacle) -> list[int]:
    """Return the ids of a server's subscriptions with this status and obstacle, where they are given."""
    query = select(subscriptions.c.id).where(subscriptions.c.guild_id == guild_id)
    for condition in conditions:
        column = subscriptions.c.status if isinstance(condition, Status) else subscriptions.c.obstacle
        query = query.where(column == condition)
    return list(await connection.scalars(query))


async def erase_rows(connection: AsyncConnection, guild_id: GuildId) -> None:
    """Delete a server's deliveries pair by pair, the only way without an index by subscription; the rest goes by cascade."""
    own = select(subscriptions.c.id).where(subscriptions.c.guild_id == bindparam("of_guild"))
    pairs = delete(deliveries).where(deliveries.c.alert_id == bindparam("of_alert"), deliveries.c.subscription_id.in_(own))
    every = [{"of_alert": alert_id, "of_guild": guild_id} for alert_id in await connection.scalars(select(alerts.c.id))]
    if every:
        await connection.execute(pairs, every)
    await connection.execute(delete(guilds).where(guilds.c.id == guild_id))
