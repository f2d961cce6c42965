"""What the ledger tells about itself, and how it is kept from growing for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select

from bot.domain.ledger import DeliveryState, LedgerEntry
from bot.domain.subscriptions import Status
from bot.store.rows import ALERT_COLUMNS, find_moment, in_state, is_open, read_alert, read_subscription, select_subscriptions
from bot.store.tables import alerts, deliveries, messages, subscriptions

if TYPE_CHECKING:
    from sqlalchemy import RowMapping, Select
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.subscriptions import GuildId, Subscription


def _of_guild(query: Select[Any], guild_id: GuildId) -> Select[Any]:
    """Narrow a query over deliveries to a server's, found as (alert, subscription) pairs by the ledger's own key."""
    ids = select(subscriptions.c.id).where(subscriptions.c.guild_id == guild_id)
    return query.where(deliveries.c.alert_id.in_(select(alerts.c.id)), deliveries.c.subscription_id.in_(ids))


async def list_entries(connection: AsyncConnection, guild_id: GuildId, offset: int, limit: int) -> tuple[LedgerEntry, ...]:
    """Return a page of a server's ledger, newest alert first."""
    page = _of_guild(select(deliveries), guild_id).order_by(deliveries.c.alert_id.desc(), deliveries.c.subscription_id)
    rows = page.offset(offset).limit(limit).subquery("page")
    query = (
        select_subscriptions()
        .add_columns(
            rows.c.state,
            rows.c.at,
            rows.c.is_late,
            func.coalesce(rows.c.reason, messages.c.reason).label("reason"),
            messages.c.posted_id,
            *ALERT_COLUMNS,
        )
        .join(rows, rows.c.subscription_id == subscriptions.c.id)
        .join(alerts, alerts.c.id == rows.c.alert_id)
        .outerjoin(messages, messages.c.id == rows.c.message_id)
        .order_by(rows.c.alert_id.desc(), rows.c.subscription_id)
    )
    return tuple(_read_entry(row) for row in (await connection.execute(query)).mappings())


def _read_entry(row: RowMapping) -> LedgerEntry:
    return LedgerEntry(
        alert=read_alert(row),
        subscription=read_subscription(row),
        state=DeliveryState(row["state"]),
        at=find_moment(row["at"]),
        is_late=row["is_late"],
        reason=row["reason"] or "",
        posted_id=row["posted_id"],
    )


async def list_subscriptions_of(connection: AsyncConnection, guild_id: GuildId, message_id: int) -> tuple[Subscription, ...]:
    """Return the subscriptions, not removed, that a server's message was for, by id."""
    of_message = _of_guild(select(deliveries.c.subscription_id), guild_id).where(deliveries.c.message_id == message_id)
    query = select_subscriptions().where(subscriptions.c.id.in_(of_message), subscriptions.c.status != Status.REMOVED)
    rows = await connection.execute(query.order_by(subscriptions.c.id))
    return tuple(read_subscription(row) for row in rows.mappings())


async def count_entries(connection: AsyncConnection, guild_id: GuildId) -> int:
    """Return how many rows a server's ledger has."""
    query = _of_guild(select(func.count()).select_from(deliveries), guild_id)
    found: int = (await connection.execute(query)).scalar_one()
    return found


async def count_on_the_way(connection: AsyncConnection, guild_id: GuildId) -> int:
    """Return how many of a server's deliveries wait, are held or are being sent, each found by its own small index."""
    mine = deliveries.join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
    sent = deliveries.join(messages, messages.c.id == deliveries.c.message_id)
    queries = (
        *(
            select(func.count()).select_from(mine).where(subscriptions.c.guild_id == guild_id, in_state(state))
            for state in (DeliveryState.WAITING, DeliveryState.HELD)
        ),
        select(func.count()).select_from(sent).where(messages.c.guild_id == guild_id, is_open(), in_state(DeliveryState.SENDING)),
    )
    return sum([(await connection.execute(query)).scalar_one() for query in queries])


async def delete_slice(connection: AsyncConnection, alert_id: int, limit: int) -> int:
    """Delete some of an alert's deliveries and, with the last of them, the alert; returns how many rows."""
    of_alert = deliveries.c.alert_id == alert_id
    some = select(deliveries.c.subscription_id).where(of_alert).order_by(deliveries.c.subscription_id).limit(limit)
    deleted = (await connection.execute(delete(deliveries).where(of_alert, deliveries.c.subscription_id.in_(some)))).rowcount
    if deleted < limit:
        deleted += (await connection.execute(delete(alerts).where(alerts.c.id == alert_id))).rowcount
    return deleted


async def delete_messages(connection: AsyncConnection, before: int, limit: int) -> int:
    """Delete some closed messages last tried before `before`, beginning with the oldest; returns how many."""
    old = select(messages.c.id).where(messages.c.is_open.is_(False), messages.c.attempt_at < before).order_by(messages.c.id).limit(limit)
    return (await connection.execute(delete(messages).where(messages.c.id.in_(old)))).rowcount
