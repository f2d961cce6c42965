"""From alerts to deliveries: one INSERT … SELECT when something is due, nothing per subscription before."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sqlalchemy import and_, false, func, or_, select, update

from bot.domain.judging import NOTICES, Reason
from bot.domain.ledger import AlertKind, DeliveryState, KnownDate
from bot.domain.subscriptions import Status, SubscriptionId
from bot.store.contents import check_use, find_use_id
from bot.store.delivering import deliver, keep_alert, keep_deliveries
from bot.store.rows import ALERT_COLUMNS, find_moment, find_seconds, in_state, read_alert, to_seconds
from bot.store.statements import insert
from bot.store.tables import alerts, calendar, deliveries, planning, subscriptions
from bot.store.telling import was_told
from bot.store.transitions import new_deliveries

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
    from datetime import datetime
    from typing import Any

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.editions import UseId
    from bot.domain.ledger import Alert
    from bot.domain.subscriptions import WishId
    from bot.store.database import Database

    _Conditions = tuple[ColumnElement[bool], ...]

_PLAIN, _MOMENTS = ("occurrence", "has_outcome", "is_off", "changes"), ("gone_at", "planned_to")

SLICE = 20_000
"""Rows that one transaction writes, so that others get their turn."""


class Plan:
    """What falls due, spread over those who wish for it. Every method may be repeated after a crash: nothing comes twice.

    What is reckoned from a content is written by the plan that `under` returns.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`."""
        self._database = database

    async def under(self, version: str) -> PlanOfContent:
        """Return the plan for the content `version`; raises StaleContentError where every process shall use another one by now."""
        async with self._database.reading() as connection:
            return PlanOfContent(self._database, await find_use_id(connection, version))

    def find_mark(self) -> object | None:
        """Return something that changes when anybody writes to the database, None where that cannot be told cheaply."""
        return self._database.find_mark()

    async def read(self) -> tuple[datetime | None, tuple[KnownDate, ...]]:
        """Return up to when everything due was fanned out (None: never planned), and what was known of each deadline, by id."""
        async with self._database.reading() as connection:
            planned_to = await connection.scalar(select(planning.c.planned_to))
            rows = (await connection.execute(select(calendar).order_by(calendar.c.deadline))).mappings()
            return find_moment(planned_to), tuple(
                KnownDate(**{**row, **{name: find_moment(row[name]) for name in _MOMENTS}}) for row in rows
            )

    async def save_dates(self, dates: Iterable[KnownDate]) -> None:
        """Keep what is known now of these deadlines; others stay as they are."""
        rows = [
            {
                **{name: getattr(date, name) for name in ("deadline", *_PLAIN)},
                **{name: find_seconds(getattr(date, name)) for name in _MOMENTS},
            }
            for date in dates
        ]
        if not rows:
            return
        new = insert(self._database.dialect, calendar)
        changed = {name: new.excluded[name] for name in (*_PLAIN, *_MOMENTS)}
        async with self._writing() as connection:
            await connection.execute(new.on_conflict_do_update(index_elements=[calendar.c.deadline], set_=changed), rows)

    async def advance(self, planned_to: datetime) -> None:
        """Note that everything due up to `planned_to` was fanned out; it never goes back."""
        new = insert(self._database.dialect, planning).values(id=1, planned_to=to_seconds(planned_to))
        later = new.on_conflict_do_update(
            index_elements=[planning.c.id],
            set_={"planned_to": new.excluded.planned_to},
            where=planning.c.planned_to < new.excluded.planned_to,
        )
        async with self._writing() as connection:
            await connection.execute(later)

    async def fan_out(  # noqa: PLR0913 - each is a plain part of what is due
        self,
        alert: Alert,
        *,
        expires_at: datetime,
        wish_id: WishId,
        due_at: datetime | None,
        now: datetime,
        after: SubscriptionId | None = None,
        limit: int = SLICE,
    ) -> SubscriptionId | None:
        """Write deliveries of `alert` for one slice of those with the wish, by id from behind `after`.

        Those made after `due_at` are left out (None: nobody is); a paused one gets its row as PAUSED, a suspended one as HELD.
        Returns where to go on from, None when all are done.
        """
        ids = select(subscriptions.c.id).where(subscriptions.c.wish_id == wish_id)
        async with self._writing() as connection:
            alert_id = await keep_alert(connection, alert, expires_at, now)
            last = await _find_end(connection, ids, subscriptions.c.id, after, limit)
            wanted = new_deliveries(alert_id, to_seconds(now)).where(
                subscriptions.c.wish_id == wish_id, *_between(subscriptions.c.id, after, last)
            )
            if due_at is not None:
                wanted = wanted.where(subscriptions.c.created_at <= to_seconds(due_at))
            await keep_deliveries(connection, wanted)
        return None if last is None else SubscriptionId(last)

    async def fan_out_notice(self, alert: Alert, *, announced: str, expires_at: datetime, now: datetime) -> None:
        """Write deliveries of a notice for all who were, are being, or may have been told of the occurrence `announced` (its key)."""
        for alert_id, conditions in await self._list_telling(alert.deadline, announced):

            async def write(connection: AsyncConnection, part: _Conditions, states: _Conditions = conditions) -> None:
                told = select(deliveries.c.subscription_id).where(*part, *states)
                notice_id = await keep_alert(connection, alert, expires_at, now)
                await keep_deliveries(connection, new_deliveries(notice_id, to_seconds(now)).where(subscriptions.c.id.in_(told)))

            await self._in_slices(alert_id, write)

    async def count_notice(self, alert: Alert, announced: str) -> int:
        """Return how many channels at most `fan_out_notice` would reach now: those of active subscriptions."""
        telling = await self._list_telling(alert.deadline, announced)
        told = select(deliveries.c.subscription_id).where(
            or_(false(), *(and_(deliveries.c.alert_id == i, *states) for i, states in telling))
        )
        channels = select(func.count(subscriptions.c.channel_id.distinct())).where(subscriptions.c.status == Status.ACTIVE)
        async with self._database.reading() as connection:
            return (await connection.execute(channels.where(subscriptions.c.id.in_(told)))).scalar_one()

    async def keep_notice(self, alert: Alert, expires_at: datetime, now: datetime) -> None:
        """Note what `alert` says before anybody is told: cut off half way, the next round knows that somebody may have been."""
        async with self._writing() as connection:
            await keep_alert(connection, alert, expires_at, now)

    async def list_begun(self) -> tuple[Alert, ...]:
        """Return the notices that somebody may have been told of, but of whose change `save_dates` noted nothing, in their order."""
        of_date = calendar.c.deadline == alerts.c.deadline
        begun = select(*ALERT_COLUMNS).join_from(alerts, calendar, of_date).where(alerts.c.kind.in_(sorted(NOTICES)))
        begun = begun.where(alerts.c.lead > calendar.c.changes).order_by(alerts.c.deadline, alerts.c.lead)
        async with self._database.reading() as connection:
            return tuple(read_alert(row) for row in (await connection.execute(begun)).mappings())

    async def _list_telling(self, deadline: str, announced: str) -> list[tuple[int, _Conditions]]:
        """Return the alerts and notices that told of an occurrence (its key), or of one that has become it.

        Each comes with the conditions for its deliveries to count.
        """
        dates = await self._list_earlier(deadline, announced)
        moved_there = and_(alerts.c.deadline == deadline, alerts.c.kind == AlertKind.MOVED, alerts.c.detail.in_(dates))
        heard = (or_(in_state(DeliveryState.SENDING), was_told()),)
        of_alerts = [(i, heard) for i in await self._list_alerts(*_is_alert_of(deadline, *dates))]
        # Whoever was to hear that it had moved there may have been told of an earlier date only; the notice says which.
        return [*of_alerts, *((i, ()) for i in await self._list_alerts(moved_there))]

    async def _list_earlier(self, deadline: str, announced: str) -> list[str]:
        """Return the keys of an occurrence and of all that have become it, one after the other."""
        moves = select(alerts.c.occurrence, alerts.c.detail).where(alerts.c.deadline == deadline, alerts.c.kind == AlertKind.MOVED)
        async with self._database.reading() as connection:
            moved = {(old, new) for old, new in await connection.execute(moves)}
        dates = [announced]
        for date in dates:  # it grows meanwhile
            dates += sorted(old for old, new in moved if new == date and old not in dates)
        return dates

    async def follow(self, old: Alert, new: Alert, *, wish_id: WishId, expires_at: datetime, now: datetime) -> None:
        """Write deliveries of `new` for those with the wish to whom `old`, the same alert of the date before it moved, was not sent yet."""
        on_the_way = in_state(DeliveryState.WAITING, DeliveryState.HELD, DeliveryState.SENDING)
        # Judged by the new content before this one was compared, it has ended already.
        ended = and_(in_state(DeliveryState.CANCELLED), deliveries.c.reason == Reason.MOVED)
        for alert_id in await self._list_alerts(*_is_alert_of(old.deadline, old.occurrence), alerts.c.lead == old.lead):

            async def write(connection: AsyncConnection, part: _Conditions) -> None:
                ids = select(deliveries.c.subscription_id).where(*part, or_(on_the_way, ended))
                new_id = await keep_alert(connection, new, expires_at, now)
                wanted = new_deliveries(new_id, to_seconds(now)).where(subscriptions.c.wish_id == wish_id, subscriptions.c.id.in_(ids))
                await keep_deliveries(connection, wanted)

            await self._in_slices(alert_id, write)

    async def revive(self, deadline: str, occurrence: str, now: datetime) -> None:
        """Let the alerts of an occurrence that ended because it was off go on where they ended: it is on again."""
        was_off = and_(in_state(DeliveryState.CANCELLED), deliveries.c.reason.in_((Reason.CANCELLED, Reason.OUTCOME)))
        for alert_id in await self._list_alerts(*_is_alert_of(deadline, occurrence)):

            async def write(connection: AsyncConnection, part: _Conditions, alert_id: int = alert_id) -> None:
                ids = select(deliveries.c.subscription_id).where(*part, was_off)
                await keep_deliveries(connection, new_deliveries(alert_id, to_seconds(now)).where(subscriptions.c.id.in_(ids)))

            await self._in_slices(alert_id, write)

    async def deliver(self, alert: Alert, subscription_id: SubscriptionId, *, expires_at: datetime, now: datetime) -> None:
        """Write the delivery of `alert` for one subscription, as `fan_out` does; a drill comes even where it is paused."""
        async with self._writing() as connection:
            await deliver(connection, alert, subscription_id, expires_at, now)

    async def close_expired(self, now: datetime) -> int:
        """End as EXPIRED what still waits or is held of alerts past their `expires_at`; returns how many deliveries.

        What is being sent ends with its message; its alert is closed by a later call.
        """
        expired = await self._list_alerts(alerts.c.closed.is_(False), alerts.c.expires_at <= to_seconds(now))
        ended = sum([await self._end(alert_id, DeliveryState.EXPIRED, now) for alert_id in expired])
        if expired:
            async with self._writing() as connection:
                # All that is being sent is little, and has an index; looking through each alert's deliveries would be much.
                sending = set(await connection.scalars(select(deliveries.c.alert_id).where(in_state(DeliveryState.SENDING))))
                closing = alerts.c.id.in_([alert_id for alert_id in expired if alert_id not in sending])
                await connection.execute(update(alerts).where(closing).values(closed=True))
        return ended

    async def cancel(self, deadline: str, occurrence: str, reason: str, now: datetime) -> int:
        """End as CANCELLED what waits or is held of the alerts of an occurrence; returns how many deliveries."""
        of_occurrence = await self._list_alerts(*_is_alert_of(deadline, occurrence))
        return sum([await self._end(alert_id, DeliveryState.CANCELLED, now, reason) for alert_id in of_occurrence])

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        async with self._database.writing() as connection:
            yield connection

    async def _list_alerts(self, *conditions: ColumnElement[bool]) -> list[int]:
        async with self._database.reading() as connection:
            return list(await connection.scalars(select(alerts.c.id).where(*conditions).order_by(alerts.c.id)))

    async def _end(self, alert_id: int, state: DeliveryState, now: datetime, reason: str | None = None) -> int:
        """End what waits or is held of one alert; returns how many deliveries."""
        ended = 0

        async def write(connection: AsyncConnection, part: _Conditions) -> None:
            nonlocal ended
            on_the_way = update(deliveries).where(*part, in_state(DeliveryState.WAITING, DeliveryState.HELD))
            ended += (await connection.execute(on_the_way.values(state=state, at=to_seconds(now), reason=reason))).rowcount

        await self._in_slices(alert_id, write)
        return ended

    async def _in_slices(self, alert_id: int, write: Callable[[AsyncConnection, _Conditions], Awaitable[None]]) -> None:
        """Call `write` for one slice of an alert's deliveries after the other, each in a transaction of its own."""
        of_alert, column = deliveries.c.alert_id == alert_id, deliveries.c.subscription_id
        last: int | None = None
        while True:
            async with self._writing() as connection:
                after = last
                last = await _find_end(connection, select(column).where(of_alert), column, after, SLICE)
                await write(connection, (of_alert, *_between(column, after, last)))
            if last is None:
                return


class PlanOfContent(Plan):
    """A plan reckoned from one content. Whatever it writes raises StaleContentError, and changes nothing, once the content is another."""

    def __init__(self, database: Database, use_id: UseId | None) -> None:
        """Write to `database` for as long as the content in use is the one that came by the use `use_id` (None: none ever did)."""
        super().__init__(database)
        self.use_id = use_id

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        async with super()._writing() as connection:
            await check_use(connection, self.use_id)
            yield connection


def _is_alert_of(deadline: str, *occurrences: str) -> tuple[ColumnElement[bool], ...]:
    return alerts.c.deadline == deadline, alerts.c.occurrence.in_(occurrences), alerts.c.kind == AlertKind.ALERT


def _between(column: ColumnElement[int], after: int | None, last: int | None) -> list[ColumnElement[bool]]:
    """Return the conditions for ids from behind `after` up to `last`; None sets no bound."""
    bounds = [] if after is None else [column > after]
    return bounds if last is None else [*bounds, column <= last]


async def _find_end(connection: AsyncConnection, ids: Select[Any], column: ColumnElement[int], after: int | None, limit: int) -> int | None:
    """Return the last id of a full slice of `ids` that begins behind `after`, or None where fewer than `limit` are left."""
    found: int | None = await connection.scalar(ids.where(*_between(column, after, None)).order_by(column).offset(limit - 1).limit(1))
    return found
