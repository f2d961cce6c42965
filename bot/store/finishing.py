"""Writing down what became of claimed messages. Runs in one transaction."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, insert, select, update

from bot.domain.ledger import DeliveryState, MessageKind
from bot.domain.subscriptions import NOBODY, Status
from bot.store.rows import in_state, is_open, to_seconds
from bot.store.statements import update_each
from bot.store.tables import deliveries, guilds, messages, subscriptions
from bot.store.transitions import release, suspend

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from sqlalchemy import Row, Select, Update
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.ledger import Outcome, Settled

_FIRST_PROBE_SECONDS = 5 * 60
_LAST_PROBE_SECONDS = 24 * 60 * 60
_MAX_DOUBLINGS = 16


async def find_own(connection: AsyncConnection, worker: str, outcomes: Sequence[Outcome]) -> dict[int, Row[*tuple[Any, ...]]]:
    """Return the messages that are still open and the worker's, by id: a lease that ran out may have given them to another."""
    ids = [outcome.message_id for outcome in outcomes]
    return {row.id: row for row in await connection.execute(_own(), {"ids": ids, "worker": worker})}


# Building a query anew costs more than running it: those of each round are built once.


@cache
def _own() -> Select[Any]:
    mine = messages.c.id.in_(bindparam("ids", expanding=True)), messages.c.claimed_by == bindparam("worker")
    return select(messages).where(*mine, is_open())


async def close(connection: AsyncConnection, outcomes: Sequence[Outcome]) -> None:
    """Close messages that are done or met an obstacle; what was settled in them is written by `settle`."""
    rows = [{"of_message": o.message_id, "posted": o.posted_id, "why": o.reason or None} for o in outcomes]
    if rows:
        await update_each(connection, _closed(), rows)


@cache
def _closed() -> Update:
    of_id = update(messages).where(messages.c.id == bindparam("of_message"))
    return of_id.values(is_open=False, posted_id=bindparam("posted"), reason=bindparam("why"))


async def try_again(connection: AsyncConnection, outcomes: Sequence[Outcome]) -> None:
    """Give messages back, to be claimed by anybody from `retry_at` on."""
    rows = [
        {"of_message": o.message_id, "again_at": to_seconds(o.retry_at), "why": o.reason or None}
        for o in outcomes
        if o.retry_at is not None
    ]
    if rows:
        back = update(messages).where(messages.c.id == bindparam("of_message"))
        await connection.execute(back.values(claimed_by=None, attempt_at=bindparam("again_at"), reason=bindparam("why")), rows)
    untried = [o.message_id for o in outcomes if o.is_untried]
    if untried:
        first = case((messages.c.attempts > 1, messages.c.first_attempt_at), else_=None)
        uncounted = update(messages).where(messages.c.id.in_(untried))
        await connection.execute(uncounted.values(attempts=messages.c.attempts - 1, first_attempt_at=first))


async def settle(connection: AsyncConnection, outcomes: Sequence[Outcome], now: int) -> None:
    """End the deliveries that were settled; a subscription to which something was sent begins with a clean slate."""
    rows = [{"ended_at": now, **_settled(outcome, settled)} for outcome in outcomes for settled in outcome.settled]
    if rows:
        await update_each(connection, _ended(), rows)
        await _absolve(connection, {row["of_subscription"] for row in rows if row["ends_as"] == DeliveryState.SENT})


@cache
def _ended() -> Update:
    of_pair = and_(
        deliveries.c.alert_id == bindparam("of_alert"),
        deliveries.c.subscription_id == bindparam("of_subscription"),
        deliveries.c.message_id == bindparam("of_message"),
    )
    ended = update(deliveries).where(of_pair, in_state(DeliveryState.SENDING))
    return ended.values(state=bindparam("ends_as"), at=bindparam("ended_at"), is_late=bindparam("late"), reason=bindparam("why"))


async def empty(connection: AsyncConnection, outcomes: Sequence[Outcome], now: int) -> None:
    """Leave nothing on its way in messages that are done, for nobody would come back to it, and notices would wait for it for ever."""
    done = {outcome.message_id: outcome for outcome in outcomes if outcome.retry_at is None}
    if not done:
        return
    for message_id in list(await connection.scalars(_left(), {"ids": list(done)})):
        outcome = done[message_id]
        if outcome.posted_id is None or outcome.gives_back:
            await release(connection, message_id, now)
        else:
            rest = update(deliveries).where(deliveries.c.message_id == message_id, in_state(DeliveryState.SENDING))
            were_in_it = rest.values(state=DeliveryState.SENT, at=now).returning(deliveries.c.subscription_id)
            await _absolve(connection, set(await connection.scalars(were_in_it)))


@cache
def _left() -> Select[Any]:
    of_ids = deliveries.c.message_id.in_(bindparam("ids", expanding=True))
    return select(deliveries.c.message_id).where(of_ids, in_state(DeliveryState.SENDING)).distinct()


async def _absolve(connection: AsyncConnection, ids: AbstractSet[int]) -> None:
    await connection.execute(_absolved(), {"of_subscriptions": sorted(ids)})


@cache
def _absolved() -> Update:
    struck = and_(subscriptions.c.id.in_(bindparam("of_subscriptions", expanding=True)), subscriptions.c.strikes > 0)
    return update(subscriptions).where(struck).values(strikes=0)


def _settled(outcome: Outcome, settled: Settled) -> dict[str, Any]:
    return {
        "of_message": outcome.message_id,
        "of_alert": settled.alert_id,
        "of_subscription": settled.subscription_id,
        "ends_as": settled.state,
        "late": settled.is_late,
        "why": settled.reason or None,
    }


async def obstruct(connection: AsyncConnection, outcome: Outcome, message: Row[*tuple[Any, ...]], now: int) -> None:
    """Suspend what cannot be sent to, and tell somebody the first time.

    A message that is to be tried again keeps what is in it: an earlier try may have posted it.
    """
    if outcome.obstacle is None:
        return
    active = (
        select(subscriptions.c.id, subscriptions.c.strikes, subscriptions.c.created_by, guilds.c.fallback_channel_id)
        .join_from(subscriptions, guilds, guilds.c.id == subscriptions.c.guild_id)
        .where(
            subscriptions.c.id.in_(outcome.suspended),
            subscriptions.c.guild_id == message.guild_id,
            # One that was moved to another channel meanwhile has nothing to do with what stands in the way here.
            subscriptions.c.channel_id == message.channel_id,
            subscriptions.c.status == Status.ACTIVE,
        )
        .order_by(subscriptions.c.id)
    )
    struck = list(await connection.execute(active))
    if struck:
        await suspend(connection, [row.id for row in struck], outcome.obstacle)
        await _strike(connection, struck, now)
        if not struck[0].strikes:
            await _report(connection, message, struck[0], now)


async def _strike(connection: AsyncConnection, struck: Sequence[Row[*tuple[Any, ...]]], now: int) -> None:
    """Look again after 5 minutes, then ever later up to a day, for as long as nothing could be sent."""
    rows = [
        {
            "of_subscription": row.id,
            "next_at": now + min(_FIRST_PROBE_SECONDS << min(row.strikes, _MAX_DOUBLINGS), _LAST_PROBE_SECONDS),
        }
        for row in struck
    ]
    of_id = update(subscriptions).where(subscriptions.c.id == bindparam("of_subscription"))
    await connection.execute(of_id.values(strikes=subscriptions.c.strikes + 1, probe_at=bindparam("next_at")), rows)


async def _report(connection: AsyncConnection, message: Row[*tuple[Any, ...]], struck: Row[*tuple[Any, ...]], now: int) -> None:
    """Queue the news of a suspension: for the fallback channel unless that is the one that failed, else for who subscribed.

    Where neither is there any more, the ledger and the doctor alone tell it.
    """
    fallback = struck.fallback_channel_id if struck.fallback_channel_id != message.channel_id else None
    if fallback is None and struck.created_by == NOBODY:
        return
    report = {
        "kind": MessageKind.REPORT,
        "guild_id": message.guild_id,
        "channel_id": fallback,
        "recipient_id": None if fallback is not None else struck.created_by,
        "subscription_id": struck.id,
        "is_open": True,
        "attempt_at": now,
        "attempts": 0,
    }
    await connection.execute(insert(messages).values(report))
