"""Messages and deliveries: claimed, finished, told about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select, update

from bot.domain.ledger import DeliveryState
from bot.store import claiming, finishing, history, pruning
from bot.store.contents import check_content_version
from bot.store.rows import find_moment, in_state, is_open, to_seconds
from bot.store.tables import deliveries, messages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from collections.abc import Set as AbstractSet

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.ledger import Claimed, LedgerEntry, MessageId, Outcome
    from bot.domain.subscriptions import GuildId, Subscription, SubscriptionId
    from bot.store.database import Database

AT_ONCE = datetime.min.replace(tzinfo=UTC)
"""What `Ledger.find_next_attempt` returns where a delivery waits already."""

_SLICE = 20_000
"""Rows that one transaction deletes, so that others get their turn."""


class Ledger:
    """What is to be sent, what is being sent, and what became of it."""

    def __init__(self, database: Database) -> None:
        """Work on `database`."""
        self._database = database

    async def claim(  # noqa: PLR0913 - each is a plain part of what is claimed
        self,
        worker: str,
        *,
        now: datetime,
        lease: timedelta,
        limit: int,
        after: SubscriptionId | None = None,
        version: str | None = None,
        tried_at: datetime | None = None,
    ) -> tuple[Claimed, ...]:
        """Give `worker` at most `limit` messages that nobody else may send before `lease` is over.

        First come messages to be tried again, oldest first; then new ones for what waits, by subscription id from behind `after`
        and round again. To go on where this claim stopped, pass the id of the last message's first delivery's subscription. What
        waits for a deadline that may yet come back is left alone. Raises StaleContentError where every process shall use another
        content than `version` by now (None: any will do). A message that was never tried is dated `tried_at`, else `now`.
        """
        # Up to the next full second: no lease is shorter than whoever has it believes.
        until = to_seconds(now + lease + timedelta(microseconds=999_999))
        terms = claiming.Lease(worker, to_seconds(now), until, to_seconds(tried_at or now))
        async with self._database.writing() as connection:
            await check_content_version(connection, version)
            taken = await claiming.claim_open(connection, terms, limit)
            if len(taken) < limit:
                taken += await claiming.claim_waiting(connection, terms, limit - len(taken), after or 0)
            return await claiming.load(connection, taken)

    async def finish(self, worker: str, outcomes: Sequence[Outcome], now: datetime) -> frozenset[MessageId]:
        """Write down what became of claimed messages; returns those that were still `worker`'s, the others change nothing.

        Of a message that is done nothing stays SENDING: what `settled` does not name was in it where it was posted, and waits again
        where nothing was, or where the outcome gives back. See Outcome.
        """
        moment = to_seconds(now)
        async with self._database.writing() as connection:
            own = await finishing.find_own(connection, worker, outcomes)
            valid = [outcome for outcome in outcomes if outcome.message_id in own]
            await finishing.close(connection, [outcome for outcome in valid if outcome.retry_at is None])
            await finishing.try_again(connection, valid)
            await finishing.settle(connection, valid, moment)
            for outcome in valid:
                await finishing.obstruct(connection, outcome, own[outcome.message_id], moment)
            await finishing.empty(connection, valid, moment)
        return frozenset(outcome.message_id for outcome in valid)

    async def hasten(self, guild_ids: AbstractSet[GuildId], now: datetime) -> bool:
        """Let what is to be tried again for these servers be tried now: their outage is over. Returns whether there was anything."""
        moment = to_seconds(now)
        later = and_(is_open(), messages.c.claimed_by.is_(None), messages.c.attempt_at > moment)
        async with self._database.reading() as connection:
            waiting = set(await connection.scalars(select(messages.c.guild_id).where(later).distinct())) & guild_ids
        # A start tells of every server, and for nearly all of them there is nothing: a turn to write for each would hold up the rest.
        for guild_id in sorted(waiting):
            async with self._database.writing() as connection:
                await connection.execute(update(messages).where(messages.c.guild_id == guild_id, later).values(attempt_at=moment))
        return bool(waiting)

    async def list_subscriptions_of(self, guild_id: GuildId, message_id: MessageId) -> tuple[Subscription, ...]:
        """Return the subscriptions, not removed, that a message of this server was for; none where it is too old to be known."""
        async with self._database.reading() as connection:
            return await history.list_subscriptions_of(connection, guild_id, message_id)

    async def find_next_attempt(self, now: datetime) -> datetime | None:
        """Return when there is something to claim: AT_ONCE, the next try or end of a lease, or None where nothing is on the way."""
        async with self._database.reading() as connection:
            absent = await claiming.list_absent(connection, to_seconds(now))
            if await claiming.is_anything_waiting(connection, absent):
                return AT_ONCE
            return find_moment(await claiming.find_next_open(connection))

    async def list_history(self, guild_id: GuildId, offset: int, limit: int) -> tuple[tuple[LedgerEntry, ...], int]:
        """Return a page of the server's ledger, newest first, and how many rows there are in all."""
        async with self._database.reading() as connection:
            total = await history.count_entries(connection, guild_id)
            return await history.list_entries(connection, guild_id, offset, limit), total

    async def count_queue(self, guild_id: GuildId) -> int:
        """Return how many of the server's deliveries are on the way."""
        async with self._database.reading() as connection:
            return await history.count_on_the_way(connection, guild_id)

    async def count_states(self) -> dict[DeliveryState, int]:
        """Return how many deliveries are WAITING, HELD and SENDING, for the metrics; ended ones are too many to count each time."""
        on_the_way = (DeliveryState.WAITING, DeliveryState.HELD, DeliveryState.SENDING)
        counts = {state: select(func.count()).select_from(deliveries).where(in_state(state)) for state in on_the_way}
        async with self._database.reading() as connection:
            return {state: (await connection.execute(query)).scalar_one() for state, query in counts.items()}

    async def prune(self, before: datetime) -> int:
        """Delete closed alerts that expired before `before` with their deliveries, and old closed messages; returns how many rows.

        A notice stays as long as any alert that was made before it: told that a date is off, a channel must hear when it is on again.
        Drills go as soon as they are closed: each is an alert of its own, and a history looks through all there are.
        """
        await self._free_stuck()
        async with self._database.reading() as connection:
            alert_ids = await pruning.list_old_alerts(connection, to_seconds(before))
        deleted = 0
        for alert_id in alert_ids:
            deleted += await self._in_slices(history.delete_slice, alert_id)
        return deleted + await self._in_slices(history.delete_messages, to_seconds(before))

    async def _free_stuck(self) -> None:
        """End what is on its way in a message that is over: until then, nothing more is told of its deadline."""
        async with self._database.reading() as connection:
            stuck = await pruning.list_stuck(connection)
        for message_id in stuck:
            async with self._database.writing() as connection:
                await pruning.free(connection, message_id)

    async def _in_slices(self, delete: Callable[[AsyncConnection, int, int], Awaitable[int]], what: int) -> int:
        """Call `delete` until it finds no full slice any more, each time in a transaction of its own."""
        total = 0
        while True:
            async with self._database.writing() as connection:
                deleted = await delete(connection, what, _SLICE)
            total += deleted
            if deleted < _SLICE:
                return total
