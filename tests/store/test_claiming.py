"""Where a claim begins and how far it goes, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.ledger import Outcome
from tests.store.making import ALERT, LEASE, NOW, claim, fan_out, sent, subscribe

if TYPE_CHECKING:
    from bot.store.database import Database
    from bot.store.store import Store

A_SECOND = timedelta(seconds=1)


async def test_the_one_that_was_served_last_is_served_again(store: Store, database: Database) -> None:
    """Where nobody else waits, the walk comes round to the subscription from behind which it began."""
    one = await subscribe(store)
    await fan_out(database, store)
    (message,) = await claim(store, after=one.id)
    assert message.deliveries[0].subscription == one


async def test_a_message_is_taken_up_in_the_second_it_is_due(store: Store, database: Database) -> None:
    """Neither before its lease is over nor later than that; the same holds for the moment at which it is to be tried again."""
    await subscribe(store)
    await fan_out(database, store)
    (message,) = await claim(store)
    assert await claim(store, "other", NOW + LEASE - A_SECOND) == ()
    (again,) = await claim(store, "other", NOW + LEASE)
    assert (again.id, again.attempts) == (message.id, 2)
    retry_at = NOW + LEASE + timedelta(minutes=1)
    await store.ledger.finish("other", [Outcome(message_id=message.id, retry_at=retry_at)], NOW + LEASE)
    assert await claim(store, now=retry_at - A_SECOND) == ()
    (third,) = await claim(store, now=retry_at)
    assert (third.id, third.attempts) == (message.id, 3)


async def test_those_that_are_late_longest_come_first(store: Store, database: Database) -> None:
    """Of messages to be tried again the oldest due is taken first, then the one that was made first."""
    for channel in range(3):
        await subscribe(store, channel)
    await fan_out(database, store, ALERT)
    first, second, third = await claim(store)
    pauses = ((first, 9), (second, 5), (third, 5))
    await store.ledger.finish("me", [Outcome(message_id=m.id, retry_at=NOW + pause * A_SECOND) for m, pause in pauses], NOW)
    assert [m.id for m in await claim(store, now=NOW + LEASE)] == [second.id, third.id, first.id]
    await store.ledger.finish("me", [sent(m) for m in (first, second, third)], NOW)
    assert await claim(store, now=NOW + 2 * LEASE) == ()
