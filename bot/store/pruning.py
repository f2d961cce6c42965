"""What is deleted for good once nothing needs it any more. Each runs in the caller's transaction; writers take turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, exists, func, or_, select, update

from bot.domain.judging import NOTICES
from bot.domain.ledger import AlertKind, DeliveryState
from bot.domain.subscriptions import Status
from bot.store.rows import in_state, is_open
from bot.store.tables import alerts, deliveries, messages, subscriptions, wishes
from bot.store.transitions import release

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection


async def list_old_alerts(connection: AsyncConnection, before: int) -> list[int]:
    """Return the closed alerts that are no longer needed: those that expired before `before`, and drills.

    Whom a notice is for is found by the alerts of the date, which expire with it; what it says by the notices told before, which
    expire much earlier. So a notice outlives no date, but it stays for as long as an alert that was made before it.
    """
    earlier = alerts.alias("earlier")
    may_be_taken_back = exists().where(
        alerts.c.kind.in_(sorted(NOTICES)),
        earlier.c.deadline == alerts.c.deadline,
        earlier.c.kind != AlertKind.DRILL,
        earlier.c.id < alerts.c.id,
        earlier.c.expires_at >= before,
    )
    is_old = or_(and_(alerts.c.expires_at < before, ~may_be_taken_back), alerts.c.kind == AlertKind.DRILL)
    return list(await connection.scalars(select(alerts.c.id).where(alerts.c.closed.is_(True), is_old).order_by(alerts.c.id)))


async def list_stuck(connection: AsyncConnection) -> list[int]:
    """Return the messages, closed or deleted, in which something is still being sent: earlier versions could leave it so."""
    is_on_its_way = exists().where(messages.c.id == deliveries.c.message_id, is_open())
    stuck = select(deliveries.c.message_id).where(in_state(DeliveryState.SENDING), ~is_on_its_way).distinct()
    return list(await connection.scalars(stuck.order_by(deliveries.c.message_id)))


async def free(connection: AsyncConnection, message_id: int) -> None:
    """End what is stuck in a message that is over.

    It was in what was posted. Where nothing was, it waits again, and is judged anew before it is sent. Of a message that is deleted
    nobody knows; but only those that had been found in their channel left anything behind, so it counts as sent.
    """
    message = (await connection.execute(select(messages).where(messages.c.id == message_id))).first()
    if message is not None and message.posted_id is None:
        await release(connection, message_id, message.attempt_at)
        return
    made_at = select(alerts.c.created_at).where(alerts.c.id == deliveries.c.alert_id).scalar_subquery()
    # By the time of the posting, not by now: what was told last is told by `at`.
    sent_at = made_at if message is None else func.coalesce(message.first_attempt_at, message.attempt_at)
    stuck = update(deliveries).where(deliveries.c.message_id == message_id, in_state(DeliveryState.SENDING))
    await connection.execute(stuck.values(state=DeliveryState.SENT, at=sent_at))


async def list_forgotten(connection: AsyncConnection) -> list[int]:
    """Return the removed subscriptions that no delivery names: they only stood there so that the ledger could tell what it was about."""
    # Pair by pair, the only way without an index by subscription.
    named = exists().where(deliveries.c.alert_id.in_(select(alerts.c.id)), deliveries.c.subscription_id == subscriptions.c.id)
    removed = select(subscriptions.c.id).where(subscriptions.c.status == Status.REMOVED, ~named)
    return list(await connection.scalars(removed.order_by(subscriptions.c.id)))


async def delete_removed(connection: AsyncConnection, ids: Sequence[int]) -> int:
    """Delete these subscriptions, which stay removed for ever; returns how many."""
    gone = delete(subscriptions).where(subscriptions.c.id.in_(ids), subscriptions.c.status == Status.REMOVED)
    return (await connection.execute(gone)).rowcount


async def delete_idle_wishes(connection: AsyncConnection) -> int:
    """Delete wishes that no subscription has; returns how many. Who changed one often would make the plan longer for ever."""
    is_had = exists().where(subscriptions.c.wish_id == wishes.c.id)
    # The latest stays: SQLite would give its id once more, and a planner that read it before would take the new one for the old.
    latest = select(func.max(wishes.c.id)).scalar_subquery()
    return (await connection.execute(delete(wishes).where(wishes.c.id < latest, ~is_had))).rowcount
