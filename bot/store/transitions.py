"""Changes of state that several queries share. Each runs inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, SmallInteger, and_, case, literal, or_, select, update

from bot.domain.ledger import DeliveryState
from bot.domain.subscriptions import Status
from bot.store.rows import in_state
from bot.store.tables import deliveries, subscriptions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.subscriptions import Obstacle

_AT_A_TIME = 10_000
"""Ids in one statement: both databases take at most 32,766 parameters."""


def _state(state: DeliveryState) -> ColumnElement[int]:
    return literal(int(state), SmallInteger)


def _parts(ids: Iterable[int]) -> list[list[int]]:
    every = sorted(ids)
    return [every[start : start + _AT_A_TIME] for start in range(0, len(every), _AT_A_TIME)]


async def _move(connection: AsyncConnection, ids: Iterable[int], state: DeliveryState, values: dict[str, Any]) -> None:
    for part in _parts(ids):
        await connection.execute(update(deliveries).where(deliveries.c.subscription_id.in_(part), in_state(state)).values(values))


async def suspend(connection: AsyncConnection, ids: Iterable[int], obstacle: Obstacle) -> None:
    """Suspend active subscriptions and hold what waits for them; when to look again is the caller's matter."""
    every = list(ids)
    for part in _parts(every):
        active = and_(subscriptions.c.id.in_(part), subscriptions.c.status == Status.ACTIVE)
        await connection.execute(update(subscriptions).where(active).values(status=Status.SUSPENDED, obstacle=obstacle))
    await _move(connection, every, DeliveryState.WAITING, {"state": DeliveryState.HELD})


async def resume(connection: AsyncConnection, ids: Iterable[int], **values: int) -> None:
    """Make suspended subscriptions active again and let what was held go on."""
    fresh = {"status": Status.ACTIVE, "obstacle": None, "probe_at": None, **values}
    for part in _parts(ids):
        held = and_(subscriptions.c.id.in_(part), subscriptions.c.status == Status.SUSPENDED)
        resumed = (await connection.scalars(update(subscriptions).where(held).values(fresh).returning(subscriptions.c.id))).all()
        await _move(connection, resumed, DeliveryState.HELD, {"state": DeliveryState.WAITING})


async def end(connection: AsyncConnection, ids: Iterable[int], state: DeliveryState, *, at: int, reason: str | None = None) -> None:
    """End what waits or is held for these subscriptions."""
    every = list(ids)
    for before in (DeliveryState.WAITING, DeliveryState.HELD):
        await _move(connection, every, before, {"state": state, "at": at, "reason": reason})


async def release(connection: AsyncConnection, message_id: int, now: int) -> None:
    """Take out of a message what is still being sent with it: it waits again, is held, or ends, as its subscription stands."""
    status = select(subscriptions.c.status).where(subscriptions.c.id == deliveries.c.subscription_id).scalar_subquery()
    removed = or_(status.is_(None), status == Status.REMOVED)
    state = case(
        (removed, _state(DeliveryState.CANCELLED)),
        (status == Status.SUSPENDED, _state(DeliveryState.HELD)),
        else_=_state(DeliveryState.WAITING),
    )
    of_message = and_(deliveries.c.message_id == message_id, in_state(DeliveryState.SENDING))
    at = case((removed, literal(now, BigInteger)), else_=None)
    await connection.execute(update(deliveries).where(of_message).values(state=state, message_id=None, at=at))


def first_state(now: int, *, heed_pause: bool = True) -> ColumnElement[int]:
    """Return the state in which a delivery begins. A pause is somebody's will, so it counts before a suspension."""
    held = (subscriptions.c.status == Status.SUSPENDED, _state(DeliveryState.HELD))
    paused = (subscriptions.c.paused_until > now, _state(DeliveryState.PAUSED))
    return case(*((paused, held) if heed_pause else (held,)), else_=_state(DeliveryState.WAITING))


def new_deliveries(alert_id: int, now: int, *, heed_pause: bool = True) -> Select[Any]:
    """Return the rows (alert_id, subscription_id, state, at, is_late) for subscriptions that are not removed, to be narrowed."""
    state = first_state(now, heed_pause=heed_pause)
    at = case((state == _state(DeliveryState.PAUSED), literal(now, BigInteger)), else_=None)
    return select(literal(alert_id, BigInteger), subscriptions.c.id, state, at, literal(False)).where(
        subscriptions.c.status != Status.REMOVED
    )
