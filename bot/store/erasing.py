"""Erasing a server or a person on request, while the bot runs or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from bot.domain.subscriptions import NOBODY
from bot.store.guilds import erase_rows
from bot.store.rows import is_open
from bot.store.tables import content_uses, deliveries, guilds, messages, subscriptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.subscriptions import GuildId, UserId
    from bot.store.database import Database


async def count_guild(database: Database, guild_id: GuildId) -> Mapping[str, int]:
    """Return how many rows each table has about a server."""
    async with database.reading() as connection:
        return await _count(connection, _of_guild(guild_id))


async def erase_guild(database: Database, guild_id: GuildId) -> Mapping[str, int]:
    """Erase everything about a server; returns how many rows that were, by table."""
    async with database.writing() as connection:
        counts = await _count(connection, _of_guild(guild_id))
        await erase_rows(connection, guild_id)
        return counts


async def count_user(database: Database, user_id: UserId) -> Mapping[str, int]:
    """Return in how many rows of each table a person's id stands."""
    async with database.reading() as connection:
        return await _count(connection, _of_user(user_id))


async def erase_user(database: Database, user_id: UserId) -> Mapping[str, int]:
    """Take a person's id out of every row, and let news on its way to them go to nobody; returns how many rows, by table."""
    async with database.writing() as connection:
        counts = await _count(connection, _of_user(user_id))
        for_them = update(messages).where(messages.c.recipient_id == user_id)
        await connection.execute(for_them.where(is_open()).values(is_open=False, reason="who it was for was erased"))
        await connection.execute(for_them.values(recipient_id=None))
        await connection.execute(update(subscriptions).where(subscriptions.c.created_by == user_id).values(created_by=NOBODY))
        await connection.execute(update(content_uses).where(content_uses.c.user_id == user_id).values(user_id=None))
        return counts


def _of_guild(guild_id: GuildId) -> Mapping[Table, ColumnElement[bool]]:
    own = select(subscriptions.c.id).where(subscriptions.c.guild_id == guild_id)
    return {
        guilds: guilds.c.id == guild_id,
        subscriptions: subscriptions.c.guild_id == guild_id,
        messages: messages.c.guild_id == guild_id,
        deliveries: deliveries.c.subscription_id.in_(own),
    }


def _of_user(user_id: UserId) -> Mapping[Table, ColumnElement[bool]]:
    return {
        subscriptions: subscriptions.c.created_by == user_id,
        messages: messages.c.recipient_id == user_id,
        content_uses: content_uses.c.user_id == user_id,
    }


async def _count(connection: AsyncConnection, conditions: Mapping[Table, ColumnElement[bool]]) -> dict[str, int]:
    return {
        table.name: (await connection.execute(select(func.count()).select_from(table).where(condition))).scalar_one()
        for table, condition in conditions.items()
    }
