"""Subscribing channels: what a manager asked for becomes an order, is kept, shown, changed and ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING

from bot.domain.judging import NOTICE_LASTS
from bot.domain.ledger import Alert, AlertKind, Overtaken
from bot.domain.planning import expires_at, list_overtaken, list_upcoming
from bot.domain.subscriptions import GuildPreferences, Timing, Wish
from bot.errors import NothingAheadError
from bot.store.subscriptions import FOR_EVER

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.domain.entries import Deadline
    from bot.domain.ledger import LedgerEntry, MessageId
    from bot.domain.schedules import Occurrence
    from bot.domain.subscriptions import GuildId, Order, Subscription, SubscriptionId, UserId
    from bot.knowledge.snapshot import CurrentSnapshot
    from bot.store.store import Store

DEFAULT_TIMING = Timing(time(9), "UTC")
"""Where a server has not chosen."""

NEXT_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Upcoming:
    """One alert to come: when it is due (aware UTC) and what about."""

    due_at: datetime
    deadline: Deadline
    occurrence: Occurrence
    lead: int


class Subscribing:
    """The use cases of `/alerts`; every one names the server it is for, so that no server reaches another's."""

    def __init__(
        self, store: Store, knowledge: CurrentSnapshot, clock: Callable[[], datetime], changed: Callable[[], None], limit: int
    ) -> None:
        """Keep orders in `store`, at most `limit` a server; `changed` is called when there is something new to plan or send."""
        self._store = store
        self._knowledge = knowledge
        self._clock = clock
        self._changed = changed
        self._limit = limit

    async def get_preferences(self, guild_id: GuildId) -> GuildPreferences:
        """Return what the server chose, or 09:00 UTC."""
        found = await self._store.guilds.find_preferences(guild_id)
        return found or GuildPreferences(guild_id=guild_id, timing=DEFAULT_TIMING)

    async def set_preferences(self, preferences: GuildPreferences) -> None:
        """Keep the server's zone, hour and fallback channel; subscriptions that follow them follow at once."""
        now = self._clock()
        before = await self._store.subscriptions.list_of(preferences.guild_id)
        wishes = {s.id: _wish(s.order, preferences) for s in before}
        overtaken = [one for s in before for one in self._list_overtaken(s, wishes[s.id], now)]
        await self._store.subscriptions.set_preferences(preferences, wishes, now, overtaken)
        self._changed()

    async def add(self, guild_id: GuildId, user_id: UserId, order: Order) -> Subscription:
        """Subscribe a channel; raises TooManySubscriptionsError or AlreadySubscribedError."""
        wish = _wish(order, await self.get_preferences(guild_id))
        added = await self._store.subscriptions.add(guild_id, order, wish, created_by=user_id, now=self._clock(), limit=self._limit)
        self._changed()
        return added

    async def edit(self, guild_id: GuildId, subscription_id: SubscriptionId, change: Callable[[Order], Order]) -> Subscription:
        """Change an order; raises SubscriptionGoneError or AlreadySubscribedError. What the change overtakes is sent at once."""
        now = self._clock()
        before = await self._store.subscriptions.get(guild_id, subscription_id)
        order = change(before.order)
        wish = _wish(order, await self.get_preferences(guild_id))
        overtaken = self._list_overtaken(before, wish, now)
        after = await self._store.subscriptions.replace(guild_id, subscription_id, order, wish, now=now, overtaken=overtaken)
        self._changed()
        return after

    def _list_overtaken(self, before: Subscription, wish: Wish, now: datetime) -> list[Overtaken]:
        """Return what was still ahead under the old wish and lies behind under the new: no change of hour may swallow an alert.

        It is written together with the change: a process that died in between would swallow it after all.
        """
        found = list_overtaken(self._knowledge.current.knowledge.deadlines, before.wish, wish, now)
        return [Overtaken(alert=due.alert, subscription_id=before.id, expires_at=expires_at(due.occurrence)) for due in found]

    async def get(self, guild_id: GuildId, subscription_id: SubscriptionId) -> Subscription:
        """Return one subscription; raises SubscriptionGoneError."""
        return await self._store.subscriptions.get(guild_id, subscription_id)

    async def list_all(self, guild_id: GuildId) -> tuple[Subscription, ...]:
        """Return the server's subscriptions, oldest first."""
        return await self._store.subscriptions.list_of(guild_id)

    async def pause(self, guild_id: GuildId, subscription_id: SubscriptionId, until: datetime | None = None) -> Subscription:
        """Pause until an instant (aware UTC), or until somebody resumes it; raises SubscriptionGoneError."""
        return await self._store.subscriptions.pause(guild_id, subscription_id, until or FOR_EVER, now=self._clock())

    async def resume(self, guild_id: GuildId, subscription_id: SubscriptionId) -> Subscription:
        """Resume a paused or suspended one; raises SubscriptionGoneError."""
        resumed = await self._store.subscriptions.unpause(guild_id, subscription_id)
        self._changed()
        return resumed

    async def remove(self, guild_id: GuildId, subscription_id: SubscriptionId) -> Subscription:
        """End a subscription and return what it was; raises SubscriptionGoneError."""
        return await self._store.subscriptions.remove(guild_id, subscription_id, now=self._clock())

    async def drill(self, guild_id: GuildId, subscription_id: SubscriptionId, token: str) -> Upcoming:
        """Send what comes next, labelled as a drill, even while paused; `token` makes it one of its kind.

        Raises SubscriptionGoneError, NothingAheadError.
        """
        subscription = await self.get(guild_id, subscription_id)
        now = self._clock()
        upcoming = self._list_from(subscription, now, 1)
        if not upcoming:
            raise NothingAheadError
        alert = Alert(kind=AlertKind.DRILL, deadline=upcoming[0].deadline.id, occurrence=upcoming[0].occurrence.key, detail=token)
        await self._store.plan.deliver(alert, subscription_id=subscription_id, expires_at=now + NOTICE_LASTS, now=now)
        self._changed()
        return upcoming[0]

    async def list_posted(self, guild_id: GuildId, message_id: MessageId) -> tuple[Subscription, ...]:
        """Return the subscriptions that a posted message was for; none where they are gone or it is too old to be known."""
        return await self._store.ledger.list_subscriptions_of(guild_id, message_id)

    async def forget(self, guild_id: GuildId) -> None:
        """Erase everything about the server."""
        await self._store.guilds.erase(guild_id)

    async def list_history(self, guild_id: GuildId, offset: int, limit: int) -> tuple[tuple[LedgerEntry, ...], int]:
        """Return a stretch of the server's ledger, newest first, and how many rows there are in all."""
        return await self._store.ledger.list_history(guild_id, offset=offset, limit=limit)

    async def count_queue(self, guild_id: GuildId) -> int:
        """Return how many deliveries of the server are on the way."""
        return await self._store.ledger.count_queue(guild_id)

    def list_upcoming(self, subscription: Subscription, limit: int = NEXT_SHOWN) -> tuple[Upcoming, ...]:
        """Return the next alerts of a subscription; while it is paused, those after the pause."""
        now = self._clock()
        start = max(now, subscription.paused_until) if subscription.paused_until else now
        return () if start >= FOR_EVER else self._list_from(subscription, start, limit)

    def _list_from(self, subscription: Subscription, start: datetime, limit: int) -> tuple[Upcoming, ...]:
        deadlines = self._knowledge.current.knowledge.deadlines
        return tuple(Upcoming(*found) for found in list_upcoming(deadlines, subscription.wish, start, limit))


def _wish(order: Order, preferences: GuildPreferences) -> Wish:
    timing = Timing(order.clock_time or preferences.timing.clock_time, order.zone or preferences.timing.zone)
    return Wish(order.selector, order.leads, timing)
