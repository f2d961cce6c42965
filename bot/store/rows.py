"""Between rows and values of the domain."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import literal_column, select

from bot.domain.ledger import Alert, AlertKind
from bot.domain.subscriptions import Obstacle, Order, Selector, Status, Subscription, Timing, Wish
from bot.store.tables import alerts, deliveries, subscriptions, wishes

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, RowMapping, Select

    from bot.domain.ledger import DeliveryState

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_seconds(moment: datetime) -> int:
    """Return UTC seconds since 1970; raises ValueError for a moment without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no zone")
    return (moment - _EPOCH) // timedelta(seconds=1)


def to_moment(seconds: int) -> datetime:
    """Return the instant (aware UTC)."""
    return _EPOCH + timedelta(seconds=seconds)


def find_seconds(moment: datetime | None) -> int | None:
    """Return UTC seconds, or None for None."""
    return None if moment is None else to_seconds(moment)


def find_moment(seconds: int | None) -> datetime | None:
    """Return the instant, or None for None."""
    return None if seconds is None else to_moment(seconds)


def to_minute(clock_time: time) -> int:
    """Return the minute of the day."""
    return clock_time.hour * 60 + clock_time.minute


def to_clock_time(minute: int) -> time:
    """Return the local time at a minute of the day."""
    return time(*divmod(minute, 60))


def is_suspended() -> ColumnElement[bool]:
    """Return the condition that a subscription is suspended, written out for the same reason as in `in_state`."""
    return subscriptions.c.status == literal_column(f"{Status.SUSPENDED:d}")


def is_open() -> ColumnElement[bool]:
    """Return the condition that a message is open, as its index has it: SQLAlchemy would write `is_open = 1` for SQLite."""
    return literal_column("messages.is_open")


def in_state(*states: DeliveryState) -> ColumnElement[bool]:
    """Return the condition that a delivery is in one of `states`, written out: a parameter would hide the partial index."""
    if len(states) == 1:
        return deliveries.c.state == literal_column(f"{states[0]:d}")
    return deliveries.c.state.in_([literal_column(f"{state:d}") for state in states])


def wish_values(wish: Wish) -> dict[str, Any]:
    """Return the columns of a wish."""
    return {
        "selector": str(wish.selector),
        "leads": "" if wish.leads is None else ",".join(map(str, wish.leads)),
        "zone": wish.timing.zone,
        "minute": to_minute(wish.timing.clock_time),
    }


def read_wish(row: RowMapping) -> Wish:
    """Return the wish in columns selector, leads, zone, minute."""
    return _wish(row["selector"], row["leads"], row["zone"], row["minute"])


@lru_cache(maxsize=4_096)
def _wish(selector: str, leads: str, zone: str, minute: int) -> Wish:
    days = tuple(map(int, leads.split(","))) if leads else None
    return Wish(Selector.parse(selector), days, Timing(to_clock_time(minute), zone))


SUBSCRIPTION_COLUMNS = (*subscriptions.c, wishes.c.selector, wishes.c.leads, wishes.c.zone, wishes.c.minute)


def select_subscriptions() -> Select[Any]:
    """Return the query for whole subscriptions, to be narrowed."""
    return select(*SUBSCRIPTION_COLUMNS).join_from(subscriptions, wishes, subscriptions.c.wish_id == wishes.c.id)


def read_subscription(row: RowMapping) -> Subscription:
    """Return the subscription in SUBSCRIPTION_COLUMNS."""
    wish = read_wish(row)
    order = Order(
        channel_id=row["channel_id"],
        selector=wish.selector,
        leads=wish.leads,
        clock_time=wish.timing.clock_time if row["own_minute"] else None,
        zone=wish.timing.zone if row["own_zone"] else None,
        role_id=row["role_id"],
        publish=row["publish"],
        note=row["note"],
    )
    return Subscription(
        id=row["id"],
        guild_id=row["guild_id"],
        order=order,
        wish=wish,
        created_by=row["created_by"],
        created_at=to_moment(row["created_at"]),
        status=Status(row["status"]),
        obstacle=Obstacle(row["obstacle"]) if row["obstacle"] else None,
        paused_until=find_moment(row["paused_until"]),
    )


def order_values(order: Order) -> dict[str, Any]:
    """Return the columns of an order, without its wish."""
    return {
        "channel_id": order.channel_id,
        "own_zone": order.zone is not None,
        "own_minute": order.clock_time is not None,
        "role_id": order.role_id,
        "publish": order.publish,
        "note": order.note,
    }


# Labelled, because an alert and a subscription both have an id and a created_at.
ALERT_COLUMNS = tuple(alerts.c[name].label(f"alert_{name}") for name in ("id", "kind", "deadline", "occurrence", "lead", "detail"))


def read_alert(row: RowMapping) -> Alert:
    """Return the alert in ALERT_COLUMNS."""
    return _alert(row["alert_kind"], row["alert_deadline"], row["alert_occurrence"], row["alert_lead"], row["alert_detail"])


@lru_cache(maxsize=1_024)
def _alert(kind: int, deadline: str, occurrence: str, lead: int, detail: str) -> Alert:
    return Alert(kind=AlertKind(kind), deadline=deadline, occurrence=occurrence, lead=lead, detail=detail)
