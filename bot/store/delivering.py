"""Writing alerts and their deliveries, each within the caller's transaction: what is there already is not written twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case

from bot.domain.judging import Reason
from bot.domain.ledger import AlertKind, DeliveryState
from bot.store.rows import in_state, to_seconds
from bot.store.statements import insert
from bot.store.tables import alerts, deliveries, subscriptions
from bot.store.transitions import new_deliveries

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.ledger import Alert
    from bot.domain.subscriptions import SubscriptionId


async def keep_alert(connection: AsyncConnection, alert: Alert, expires_at: datetime, now: datetime) -> int:
    """Return the id of the alert, which is the same however often it falls due; in another zone it may expire later."""
    new = insert(connection.dialect.name, alerts).values(
        kind=alert.kind,
        deadline=alert.deadline,
        occurrence=alert.occurrence,
        lead=alert.lead,
        detail=alert.detail,
        created_at=to_seconds(now),
        expires_at=to_seconds(expires_at),
        closed=False,
    )
    latest = case((new.excluded.expires_at > alerts.c.expires_at, new.excluded.expires_at), else_=alerts.c.expires_at)
    key = [alerts.c.deadline, alerts.c.occurrence, alerts.c.kind, alerts.c.lead, alerts.c.detail]
    kept = new.on_conflict_do_update(index_elements=key, set_={"expires_at": latest, "closed": False}).returning(alerts.c.id)
    found: int = (await connection.execute(kept)).scalar_one()
    return found


async def keep_deliveries(connection: AsyncConnection, wanted: Select[Any]) -> None:
    """Insert what is not there yet, in the order of the key: so each page of the table is written once.

    What had ended because the content said otherwise for a while begins anew.
    """
    names = ["alert_id", "subscription_id", "state", "at", "is_late"]
    rows = insert(connection.dialect.name, deliveries).from_select(names, wanted.order_by(subscriptions.c.id))
    anew = {"state": rows.excluded.state, "at": rows.excluded.at, "reason": None, "message_id": None}
    otherwise = and_(in_state(DeliveryState.CANCELLED), deliveries.c.reason.in_((Reason.MOVED, Reason.CANCELLED, Reason.OUTCOME)))
    key = [deliveries.c.alert_id, deliveries.c.subscription_id]
    await connection.execute(rows.on_conflict_do_update(index_elements=key, set_=anew, where=otherwise))


async def deliver(connection: AsyncConnection, alert: Alert, subscription_id: SubscriptionId, expires_at: datetime, now: datetime) -> None:
    """Write the delivery of `alert` for one subscription; a drill comes even where it is paused."""
    alert_id = await keep_alert(connection, alert, expires_at, now)
    one = new_deliveries(alert_id, to_seconds(now), heed_pause=alert.kind != AlertKind.DRILL)
    await keep_deliveries(connection, one.where(subscriptions.c.id == subscription_id))
