"""Taking messages for sending: first those to be tried again, then new ones made of what waits. Runs in one transaction."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Integer, and_, bindparam, case, func, insert, literal, or_, select, update

from bot.domain.judging import GONE_FOR_GOOD_AFTER, NOTICES
from bot.domain.ledger import MAX_TOGETHER, Claimed, Delivery, DeliveryState, MessageId, MessageKind
from bot.domain.subscriptions import Status
from bot.store import telling
from bot.store.rows import (
    ALERT_COLUMNS,
    find_moment,
    in_state,
    is_open,
    read_alert,
    read_subscription,
    select_subscriptions,
    to_moment,
)
from bot.store.statements import update_each
from bot.store.tables import alerts, calendar, deliveries, messages, subscriptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import BindParameter, Row, Select, Update
    from sqlalchemy.ext.asyncio import AsyncConnection
    from sqlalchemy.sql.dml import ReturningInsert

_MOST_ATTEMPTS = 30_000
"""Counted so far and no further: the column is small, and one message must not stop all the others."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Who claims, and from when to when, in UTC seconds; `tried_at` is what a first try is dated."""

    worker: str
    now: int
    until: int
    tried_at: int


async def claim_open(connection: AsyncConnection, lease: Lease, limit: int) -> list[Row[*tuple[Any, ...]]]:
    """Take and return at most `limit` messages whose time to be tried again has come, or whose lease is over, oldest first."""
    ids = list(await connection.scalars(_oldest_due(), {"now": lease.now, "limit": limit}))
    if not ids:
        return []
    taken = {
        "claimed_by": lease.worker,
        "attempt_at": lease.until,
        "attempts": case((messages.c.attempts < _MOST_ATTEMPTS, messages.c.attempts + 1), else_=messages.c.attempts),
        "first_attempt_at": func.coalesce(messages.c.first_attempt_at, literal(lease.tried_at, BigInteger)),
    }
    # The condition stands here again: a sub-select alone has let the same row be taken twice.
    due = and_(is_open(), messages.c.attempt_at <= lease.now)
    claimed = update(messages).where(messages.c.id.in_(ids), due).values(taken).returning(messages)
    mine = {row.id: row for row in await connection.execute(claimed)}
    return [mine[i] for i in ids if i in mine]


# Building a query anew costs more than running it: those of each claim are built once.


@cache
def _oldest_due() -> Select[Any]:
    due = select(messages.c.id).where(is_open(), messages.c.attempt_at <= bindparam("now"))
    return due.order_by(messages.c.attempt_at, messages.c.id).limit(bindparam("limit", type_=Integer))


async def claim_waiting(connection: AsyncConnection, lease: Lease, limit: int, after: int) -> list[Row[*tuple[Any, ...]]]:
    """Make at most `limit` new messages of what waits for the channels that come next, take and return them."""
    absent = await list_absent(connection, lease.now)
    channels = await _list_next_channels(connection, limit, after, absent)
    if not channels:
        return []
    groups = await _group(connection, channels, limit, absent)
    new = [
        {
            "kind": MessageKind.DELIVERIES,
            "guild_id": group[0].guild_id,
            "channel_id": group[0].channel_id,
            "is_open": True,
            "claimed_by": lease.worker,
            "attempt_at": lease.until,
            "attempts": 1,
            "first_attempt_at": lease.tried_at,
        }
        for group in groups
    ]
    # In one statement they come back in no order; those of one channel are as good as each other.
    by_channel: defaultdict[int, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    for row in await connection.execute(_opened(), new):
        by_channel[row.channel_id].append(row)
    opened = [by_channel[group[0].channel_id].pop() for group in groups]
    await _put_into(connection, zip((row.id for row in opened), groups, strict=True))
    return opened


@cache
def _opened() -> ReturningInsert[Any]:
    return insert(messages).returning(messages)


async def list_absent(connection: AsyncConnection, now: int) -> list[int]:
    """Return the alerts of deadlines that the content lacks, but for so short a while that they may come back, and all their notices."""
    return list(await connection.scalars(_absent(), {"since": now - GONE_FOR_GOOD_AFTER // timedelta(seconds=1)}))


@cache
def _absent() -> Select[Any]:
    gone = select(alerts.c.id).join(calendar, calendar.c.deadline == alerts.c.deadline).where(calendar.c.gone_at.is_not(None))
    waits = or_(calendar.c.gone_at > bindparam("since", type_=BigInteger), alerts.c.kind.in_(sorted(NOTICES)))
    return gone.where(waits, alerts.c.closed.is_(False)).order_by(alerts.c.id)


async def _list_next_channels(connection: AsyncConnection, limit: int, after: int, absent: Sequence[int]) -> list[int]:
    """Return the channels of the next `limit` subscriptions for which something waits, from behind `after` and round again.

    Where to begin matters to PostgreSQL: rows that are done leave dead index entries behind, and a walk that always began at
    the front would step over them again each time.
    """
    ahead, behind = _next_waiting(has_absent=bool(absent))
    left_out = _leave_out(absent)
    rows = list(await connection.execute(ahead, {"after": after, "limit": limit, **left_out}))
    if len(rows) < limit and after > 0:
        rows += await connection.execute(behind, {"after": after, "limit": limit - len(rows), **left_out})
    return list(dict.fromkeys(row.channel_id for row in rows))


@cache
def _next_waiting(*, has_absent: bool) -> tuple[Select[Any], Select[Any]]:
    waits = _waiting(has_absent=has_absent).with_only_columns(deliveries.c.subscription_id, subscriptions.c.channel_id).distinct()
    walk = waits.order_by(deliveries.c.subscription_id).limit(bindparam("limit", type_=Integer))
    after = bindparam("after", type_=BigInteger)
    return walk.where(deliveries.c.subscription_id > after), walk.where(deliveries.c.subscription_id <= after)


@cache
def _waiting(*, has_absent: bool) -> Select[Any]:
    """Return the query for deliveries that wait, of subscriptions that are active, but for those of the alerts `absent`."""
    mine = deliveries.join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
    query = select(deliveries.c.subscription_id).select_from(mine)
    query = query.where(in_state(DeliveryState.WAITING), subscriptions.c.status == Status.ACTIVE)
    # Written out: of a content that is gone whole there are more than a statement may have parameters.
    absent: BindParameter[int] = bindparam("absent", expanding=True, literal_execute=True)
    return query.where(deliveries.c.alert_id.not_in(absent)) if has_absent else query


def _leave_out(absent: Sequence[int]) -> dict[str, Sequence[int]]:
    """Return the parameters that go with `has_absent`: a list, be it empty, has to be written into the text of a statement each time."""
    return {"absent": absent} if absent else {}


async def is_anything_waiting(connection: AsyncConnection, absent: Sequence[int]) -> bool:
    """Whether there is a delivery for `claim_waiting`."""
    return (await connection.execute(_first_waiting(has_absent=bool(absent)), _leave_out(absent))).first() is not None


@cache
def _first_waiting(*, has_absent: bool) -> Select[Any]:
    return _waiting(has_absent=has_absent).limit(1)


async def find_next_open(connection: AsyncConnection) -> int | None:
    """Return when, in UTC seconds, the next message is to be tried again or the next lease ends, or None where nothing is on the way."""
    seconds: int | None = await connection.scalar(_next_open())
    return seconds


@cache
def _next_open() -> Select[Any]:
    return select(func.min(messages.c.attempt_at)).where(is_open())


async def _group(
    connection: AsyncConnection, channels: Sequence[int], limit: int, absent: Sequence[int]
) -> list[list[Row[*tuple[Any, ...]]]]:
    """Return what waits for these channels as the contents of at most `limit` messages, in the order of the channels."""
    by_channel: defaultdict[int, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    query = _waiting_for_channels(has_absent=bool(absent))
    for row in await connection.execute(query, {"channels": channels, **_leave_out(absent)}):
        by_channel[row.channel_id].append(row)
    groups = [
        by_channel[channel][start : start + MAX_TOGETHER]
        for channel in channels
        for start in range(0, len(by_channel[channel]), MAX_TOGETHER)
    ]
    return groups[:limit]


@cache
def _waiting_for_channels(*, has_absent: bool) -> Select[Any]:
    columns = (deliveries.c.alert_id, deliveries.c.subscription_id, subscriptions.c.guild_id, subscriptions.c.channel_id)
    query = (
        _waiting(has_absent=has_absent)
        .with_only_columns(*columns)
        .where(subscriptions.c.channel_id.in_(bindparam("channels", expanding=True)))
    )
    return query.order_by(deliveries.c.subscription_id, deliveries.c.alert_id)


async def _put_into(connection: AsyncConnection, filled: Iterable[tuple[int, list[Row[*tuple[Any, ...]]]]]) -> None:
    """Bind deliveries to their message for good: one that is tried again must be the same message with the same content."""
    rows = [
        {"of_alert": row.alert_id, "of_subscription": row.subscription_id, "into": message_id}
        for message_id, group in filled
        for row in group
    ]
    await update_each(connection, _take(), rows)


@cache
def _take() -> Update:
    of_pair = and_(deliveries.c.alert_id == bindparam("of_alert"), deliveries.c.subscription_id == bindparam("of_subscription"))
    taken = update(deliveries).where(of_pair, in_state(DeliveryState.WAITING))
    return taken.values(state=DeliveryState.SENDING, message_id=bindparam("into"))


async def load(connection: AsyncConnection, rows: Sequence[Row[*tuple[Any, ...]]]) -> tuple[Claimed, ...]:
    """Return claimed messages with all that is needed to send them, in the same order."""
    if not rows:
        return ()
    contents = await _load_deliveries(connection, [row.id for row in rows])
    reports = await _load_subscriptions(connection, [row.subscription_id for row in rows if row.subscription_id is not None])
    return tuple(
        Claimed(
            id=MessageId(row.id),
            kind=MessageKind(row.kind),
            guild_id=row.guild_id,
            channel_id=row.channel_id,
            recipient_id=row.recipient_id,
            attempts=row.attempts,
            first_attempt_at=to_moment(row.first_attempt_at),
            deliveries=tuple(contents[row.id]),
            subscription=reports.get(row.subscription_id),
        )
        for row in rows
    )


async def _load_subscriptions(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, Any]:
    if not ids:
        return {}
    found = await connection.execute(select_subscriptions().where(subscriptions.c.id.in_(ids)))
    return {row["id"]: read_subscription(row) for row in found.mappings()}


async def _load_deliveries(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, list[Delivery]]:
    """Return what is being sent, by message, in the order in which it was put in."""
    contents: dict[int, list[Delivery]] = defaultdict(list)
    for row in (await connection.execute(_contents(), {"ids": ids})).mappings():
        alert, (told, told_by) = read_alert(row), telling.read_told(row["told"])
        delivery = Delivery(
            alert_id=row["alert_id"],
            alert=alert,
            subscription=read_subscription(row),
            nearest_lead=alert.lead if row["nearest_lead"] is None else row["nearest_lead"],
            gone_at=find_moment(row["gone_at"]),
            expires_at=to_moment(row["alert_expires_at"]),
            told=told,
            told_by=told_by,
            is_being_told=bool(row["is_being_told"]),
        )
        contents[row["message_id"]].append(delivery)
    return contents


@cache
def _contents() -> Select[Any]:
    return (
        select_subscriptions()
        .add_columns(
            deliveries.c.message_id,
            telling.nearest_lead().label("nearest_lead"),
            telling.gone_at().label("gone_at"),
            telling.told().label("told"),
            telling.is_being_told().label("is_being_told"),
            *ALERT_COLUMNS,
            alerts.c.expires_at.label("alert_expires_at"),
        )
        .join(deliveries, deliveries.c.subscription_id == subscriptions.c.id)
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .where(deliveries.c.message_id.in_(bindparam("ids", expanding=True)), in_state(DeliveryState.SENDING))
        .order_by(deliveries.c.subscription_id, deliveries.c.alert_id)
    )
