"""Subscriptions that cannot be served: looked at ever more seldom, told of where somebody is left, and tries that were none."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from bot.domain.ledger import Outcome
from bot.domain.subscriptions import NOBODY, ChannelId, GuildPreferences, Obstacle
from bot.store.rows import to_seconds
from bot.store.tables import subscriptions
from tests.store.making import GUILD, NINE, NOW, claim, fan_out, obstructed, subscribe

if TYPE_CHECKING:
    from bot.store.database import Database
    from bot.store.store import Store


@pytest.mark.parametrize(
    ("strikes", "seconds"), [(0, 300), (1, 600), (2, 1_200), (8, 76_800), (9, 86_400), (17, 86_400), (40, 86_400), (30_000, 86_400)]
)
async def test_a_closed_channel_is_looked_at_ever_more_seldom(store: Store, database: Database, strikes: int, seconds: int) -> None:
    """After 5 minutes, then twice as long each time, at most a day, however often it was refused; each refusal counts."""
    await subscribe(store)
    await fan_out(database, store)
    async with database.writing() as connection:
        await connection.execute(update(subscriptions).values(strikes=strikes))
    (message,) = await claim(store)
    await store.ledger.finish("me", [obstructed(message, Obstacle.CANNOT_SEND)], NOW)
    async with database.reading() as connection:
        kept = (await connection.execute(select(subscriptions.c.strikes, subscriptions.c.probe_at))).one()
    assert tuple(kept) == (strikes + 1, to_seconds(NOW) + seconds)
    assert len(await claim(store)) == (strikes == 0)  # the news of it


@pytest.mark.parametrize("fallback", [None, ChannelId(77)])
async def test_where_the_maker_is_not_known_any_more_only_a_channel_is_told(
    store: Store, database: Database, fallback: ChannelId | None
) -> None:
    """News of a suspension goes to nobody where there is neither a fallback channel nor a person."""
    await subscribe(store)
    await store.subscriptions.set_preferences(GuildPreferences(guild_id=GUILD, timing=NINE, fallback_channel_id=fallback), {}, NOW)
    await fan_out(database, store)
    async with database.writing() as connection:
        await connection.execute(update(subscriptions).values(created_by=NOBODY))
    (message,) = await claim(store)
    await store.ledger.finish("me", [obstructed(message, Obstacle.CANNOT_SEND)], NOW)
    assert [(report.channel_id, report.recipient_id) for report in await claim(store)] == ([(fallback, None)] if fallback else [])


async def test_what_was_not_tried_counts_as_no_try(store: Store, database: Database) -> None:
    """A first try that was none leaves no date of a first try; a second one leaves that of the first."""
    await subscribe(store)
    await fan_out(database, store)
    (message,) = await claim(store)
    untried = Outcome(message_id=message.id, retry_at=NOW, is_untried=True)
    await store.ledger.finish("me", [untried], NOW)
    at = NOW + timedelta(hours=1)
    (again,) = await claim(store, now=at)
    assert (again.attempts, again.first_attempt_at) == (1, at)
    await store.ledger.finish("me", [Outcome(message_id=message.id, retry_at=at)], at)
    (second,) = await claim(store, now=at + timedelta(hours=1))
    await store.ledger.finish("me", [untried], at)
    (third,) = await claim(store, now=at + timedelta(hours=2))
    assert [(m.attempts, m.first_attempt_at) for m in (second, third)] == [(2, at), (2, at)]
