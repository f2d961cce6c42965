"""Subscriptions: made, changed, paused, suspended, removed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, bindparam, func, literal, select, update

from bot.domain.ledger import DeliveryState
from bot.domain.sharding import SHARD_BITS
from bot.domain.subscriptions import Obstacle, Status, WishId
from bot.errors import AlreadySubscribedError, SubscriptionGoneError, TooManySubscriptionsError
from bot.store.delivering import deliver
from bot.store.guilds import keep_preferences
from bot.store.pruning import delete_idle_wishes, delete_removed, list_forgotten
from bot.store.rows import is_suspended, order_values, read_subscription, read_wish, select_subscriptions, to_seconds, wish_values
from bot.store.statements import insert
from bot.store.tables import guilds, subscriptions, wishes
from bot.store.transitions import end, resume

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import BindParameter, Select
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.ledger import Overtaken
    from bot.domain.sharding import Sharding
    from bot.domain.subscriptions import GuildId, GuildPreferences, Order, Subscription, SubscriptionId, UserId, Wish
    from bot.store.database import Database

FOR_EVER = datetime(9999, 12, 31, tzinfo=UTC)
"""`until` of a pause that lasts until somebody ends it."""

_AT_A_TIME = 10_000
"""Ids in one statement: both databases take at most 32,766 parameters."""

_KEPT = subscriptions.c.status != Status.REMOVED


class Subscriptions:
    """The channels' standing wishes. A method that names a server reaches no other server's."""

    def __init__(self, database: Database) -> None:
        """Work on `database`."""
        self._database = database

    async def add(self, guild_id: GuildId, order: Order, wish: Wish, created_by: UserId, now: datetime, limit: int) -> Subscription:
        """Keep a new subscription; makes the server's row where there is none.

        Raises AlreadySubscribedError (the channel has one with the same selector), TooManySubscriptionsError (`limit` a server).
        """
        fixed = {"guild_id": guild_id, "created_by": created_by, "created_at": to_seconds(now), "status": Status.ACTIVE, "strikes": 0}
        server = insert(self._database.dialect, guilds).values(id=guild_id, created_at=to_seconds(now)).on_conflict_do_nothing()
        async with self._database.writing() as connection:
            await _require_new(connection, guild_id, order)
            if await _count(connection, guild_id) >= limit:
                raise TooManySubscriptionsError(limit=limit)
            await connection.execute(server)
            values = {**fixed, **order_values(order), "wish_id": await self._intern(connection, wish)}
            added = subscriptions.insert().values(values).returning(subscriptions.c.id)
            return await _get(connection, guild_id, (await connection.execute(added)).scalar_one())

    async def replace(
        self,
        guild_id: GuildId,
        subscription_id: SubscriptionId,
        order: Order,
        wish: Wish,
        now: datetime,
        overtaken: Iterable[Overtaken] = (),
    ) -> Subscription:
        """Put another order in place of a subscription's; one that is suspended resumes where its channel or role is another now.

        The alerts `overtaken` by the change are written with it. Raises SubscriptionGoneError, AlreadySubscribedError.
        """
        async with self._database.writing() as connection:
            before = await _get(connection, guild_id, subscription_id)
            await _require_new(connection, guild_id, order, besides=subscription_id)
            values = {**order_values(order), "wish_id": await self._intern(connection, wish)}
            await connection.execute(update(subscriptions).where(subscriptions.c.id == subscription_id).values(values))
            if (order.channel_id, order.role_id) != (before.order.channel_id, before.order.role_id):
                await _lift(connection, before)
            for one in overtaken:
                await deliver(connection, one.alert, one.subscription_id, one.expires_at, now)
            return await _get(connection, guild_id, subscription_id)

    async def set_preferences(
        self, preferences: GuildPreferences, wanted: Mapping[SubscriptionId, Wish], now: datetime, overtaken: Iterable[Overtaken] = ()
    ) -> None:
        """Keep what a server chose, and give its subscriptions the wishes that follow, with the same selector, for another hour or zone.

        The alerts `overtaken` by the change are written with it.
        """
        async with self._database.writing() as connection:
            await keep_preferences(connection, preferences, now)
            for subscription_id, wish in wanted.items():
                of_server = update(subscriptions).where(
                    subscriptions.c.id == subscription_id, subscriptions.c.guild_id == preferences.guild_id
                )
                await connection.execute(of_server.values(wish_id=await self._intern(connection, wish)))
            for one in overtaken:
                await deliver(connection, one.alert, one.subscription_id, one.expires_at, now)

    async def get(self, guild_id: GuildId, subscription_id: SubscriptionId) -> Subscription:
        """Return one of the server's subscriptions; raises SubscriptionGoneError where it has none such or removed it."""
        async with self._database.reading() as connection:
            return await _get(connection, guild_id, subscription_id)

    async def list_of(self, guild_id: GuildId) -> tuple[Subscription, ...]:
        """Return the server's subscriptions, oldest first, without removed ones."""
        query = select_subscriptions().where(subscriptions.c.guild_id == guild_id, _KEPT).order_by(subscriptions.c.id)
        return await self._list(query)

    async def count(self, guild_id: GuildId) -> int:
        """Return how many subscriptions the server has, without removed ones."""
        async with self._database.reading() as connection:
            return await _count(connection, guild_id)

    async def pause(self, guild_id: GuildId, subscription_id: SubscriptionId, until: datetime, now: datetime) -> Subscription:
        """Pause until `until` (or FOR_EVER); what waits to be sent ends as PAUSED. Raises SubscriptionGoneError."""
        async with self._database.writing() as connection:
            await _get(connection, guild_id, subscription_id)
            paused = update(subscriptions).where(subscriptions.c.id == subscription_id).values(paused_until=to_seconds(until))
            await connection.execute(paused)
            await end(connection, [subscription_id], DeliveryState.PAUSED, at=to_seconds(now))
            return await _get(connection, guild_id, subscription_id)

    async def unpause(self, guild_id: GuildId, subscription_id: SubscriptionId) -> Subscription:
        """End a pause, and a suspension too: somebody says that all is well. Raises SubscriptionGoneError."""
        async with self._database.writing() as connection:
            before = await _get(connection, guild_id, subscription_id)
            await connection.execute(update(subscriptions).where(subscriptions.c.id == subscription_id).values(paused_until=None))
            await _lift(connection, before)
            return await _get(connection, guild_id, subscription_id)

    async def remove(self, guild_id: GuildId, subscription_id: SubscriptionId, now: datetime) -> Subscription:
        """Remove a subscription and return it as it was; what waits for it is cancelled. Raises SubscriptionGoneError."""
        gone = {"status": Status.REMOVED, "obstacle": None, "probe_at": None}
        async with self._database.writing() as connection:
            before = await _get(connection, guild_id, subscription_id)
            await connection.execute(update(subscriptions).where(subscriptions.c.id == subscription_id).values(gone))
            await end(connection, [subscription_id], DeliveryState.CANCELLED, at=to_seconds(now), reason="removed")
            return before

    async def resume(self, subscription_ids: Iterable[SubscriptionId], now: datetime) -> None:  # noqa: ARG002 - a change has a moment
        """Resume suspended subscriptions whose obstacle is gone; what was held goes on. Strikes stay until something is sent."""
        async with self._database.writing() as connection:
            await resume(connection, subscription_ids)

    async def list_to_probe(self, now: datetime, limit: int, part: Sharding | None = None) -> tuple[Subscription, ...]:
        """Return suspended subscriptions whose obstacle is to be looked at again by `now`, those longest due first.

        With `part`, only those of servers that it holds.
        """
        # A server that was left is not probed: Discord tells when the bot is back.
        query = select_subscriptions().where(is_suspended(), subscriptions.c.obstacle != Obstacle.LEFT)
        if part is not None and part.count and part.ids:
            shard = subscriptions.c.guild_id.bitwise_rshift(literal(SHARD_BITS, Integer)) % part.count
            query = query.where(shard.in_(part.ids))
        due = query.where(subscriptions.c.probe_at <= to_seconds(now)).order_by(subscriptions.c.probe_at, subscriptions.c.id)
        return await self._list(due.limit(limit))

    async def postpone_probe(self, subscription_ids: Iterable[SubscriptionId], at: datetime) -> None:
        """Look at the obstacles of these again at `at`."""
        these = update(subscriptions).where(subscriptions.c.id.in_(list(subscription_ids)), is_suspended())
        async with self._database.writing() as connection:
            await connection.execute(these.values(probe_at=to_seconds(at)))

    async def list_suspended(self, guild_id: GuildId) -> tuple[Subscription, ...]:
        """Return the server's suspended subscriptions, oldest first."""
        query = select_subscriptions().where(subscriptions.c.guild_id == guild_id, subscriptions.c.status == Status.SUSPENDED)
        return await self._list(query.order_by(subscriptions.c.id))

    async def list_wishes(self) -> dict[WishId, Wish]:
        """Return every wish that ever was, for the plan: there are few, and ids never change their meaning."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(wishes).order_by(wishes.c.id))).mappings()
            return {WishId(row["id"]): read_wish(row) for row in rows}

    async def find_last_wish_id(self) -> WishId | None:
        """Return the highest wish id, to notice new ones cheaply; None where there is none."""
        async with self._database.reading() as connection:
            found: int | None = await connection.scalar(select(func.max(wishes.c.id)))
            return None if found is None else WishId(found)

    async def count_by_wish(self) -> Mapping[WishId, int]:
        """Return in how many channels each wish has an active subscription; wishes without any are left out."""
        channels = select(subscriptions.c.wish_id, func.count(subscriptions.c.channel_id.distinct()).label("channels"))
        of_active = channels.where(subscriptions.c.status == Status.ACTIVE).group_by(subscriptions.c.wish_id)
        async with self._database.reading() as connection:
            return {WishId(row.wish_id): row.channels for row in await connection.execute(of_active)}

    async def count_reach(self, wish_ids: Iterable[WishId]) -> tuple[int, int]:
        """Return how many subscriptions, not removed, have one of these wishes, and in how many servers."""
        # Written out: there may be more wishes than a statement may have parameters.
        wanted: BindParameter[Any] = bindparam("wanted", sorted(wish_ids), expanding=True, literal_execute=True)
        reached = select(func.count(), func.count(subscriptions.c.guild_id.distinct())).select_from(subscriptions)
        async with self._database.reading() as connection:
            found = (await connection.execute(reached.where(_KEPT, subscriptions.c.wish_id.in_(wanted)))).one()
            return found[0], found[1]

    async def prune(self) -> int:
        """Delete removed subscriptions that the ledger no longer names, and wishes that nobody has; returns how many rows."""
        async with self._database.reading() as connection:
            forgotten = await list_forgotten(connection)
        deleted = 0
        for start in range(0, len(forgotten), _AT_A_TIME):
            async with self._database.writing() as connection:
                deleted += await delete_removed(connection, forgotten[start : start + _AT_A_TIME])
        async with self._database.writing() as connection:
            return deleted + await delete_idle_wishes(connection)

    async def _list(self, query: Select[Any]) -> tuple[Subscription, ...]:
        async with self._database.reading() as connection:
            return tuple(read_subscription(row) for row in (await connection.execute(query)).mappings())

    async def _intern(self, connection: AsyncConnection, wish: Wish) -> WishId:
        """Return the id of a wish, the same for all who share it; writers take turns, so none comes in between."""
        values = wish_values(wish)
        found = await connection.scalar(select(wishes.c.id).filter_by(**values))
        if found is None:
            found = (await connection.execute(wishes.insert().values(values).returning(wishes.c.id))).scalar_one()
        return WishId(found)


async def _get(connection: AsyncConnection, guild_id: GuildId, subscription_id: int) -> Subscription:
    query = select_subscriptions().where(subscriptions.c.id == subscription_id, subscriptions.c.guild_id == guild_id, _KEPT)
    row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        raise SubscriptionGoneError
    return read_subscription(row)


async def _count(connection: AsyncConnection, guild_id: GuildId) -> int:
    query = select(func.count()).select_from(subscriptions).where(subscriptions.c.guild_id == guild_id, _KEPT)
    return (await connection.execute(query)).scalar_one()


async def _require_new(connection: AsyncConnection, guild_id: GuildId, order: Order, besides: int | None = None) -> None:
    """Refuse a second subscription of a channel to the same; `besides` is the one that is being changed."""
    same = select_subscriptions().where(
        subscriptions.c.guild_id == guild_id,
        subscriptions.c.channel_id == order.channel_id,
        wishes.c.selector == str(order.selector),
        _KEPT,
    )
    if besides is not None:
        same = same.where(subscriptions.c.id != besides)
    if (await connection.execute(same.limit(1))).first() is not None:
        raise AlreadySubscribedError(channel=order.channel_id)


async def _lift(connection: AsyncConnection, before: Subscription) -> None:
    """Resume a suspended subscription with a clean slate; one of a server that was left waits for the bot to be back."""
    if before.obstacle not in {None, Obstacle.LEFT}:
        await resume(connection, [before.id], strikes=0)
