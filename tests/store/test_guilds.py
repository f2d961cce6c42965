"""Servers that are left, come back and are erased, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from bot.domain.ledger import DeliveryState
from bot.domain.subscriptions import GuildPreferences, Obstacle, Status, Timing
from bot.store.tables import METADATA, deliveries, guilds, messages, subscriptions
from tests.store.making import ALERT, GUILD, NOW, OTHER_GUILD, claim, fan_out, obstructed, only_states, sent, subscribe

if TYPE_CHECKING:
    from bot.store.database import Database
    from bot.store.store import Store


async def _count(database: Database) -> dict[str, int]:
    async with database.reading() as connection:
        return {
            table.name: (await connection.execute(select(func.count()).select_from(table))).scalar_one() for table in METADATA.sorted_tables
        }


async def test_left_and_back_restores_everything(store: Store, database: Database) -> None:
    """A server that was left keeps all: what was active is suspended and held, and goes on when the bot is back."""
    one = await subscribe(store)
    await subscribe(store, 2, OTHER_GUILD)
    await fan_out(database, store)
    await store.guilds.note_left(GUILD, NOW)
    left = await store.subscriptions.get(GUILD, one.id)
    assert (left.status, left.obstacle) == (Status.SUSPENDED, Obstacle.LEFT)
    assert await only_states(database) == [DeliveryState.HELD, DeliveryState.WAITING]
    assert await store.guilds.list_all() == {GUILD: False, OTHER_GUILD: True}
    assert await store.subscriptions.list_to_probe(NOW + timedelta(days=99), 9) == ()
    await store.guilds.note_back(GUILD)
    assert await store.subscriptions.get(GUILD, one.id) == one
    assert await only_states(database) == [DeliveryState.WAITING, DeliveryState.WAITING]
    assert await store.guilds.list_all() == {GUILD: True, OTHER_GUILD: True}


async def test_back_does_not_resume_what_had_another_obstacle(store: Store, database: Database) -> None:
    """A channel that could not be written to before cannot be because the bot is back."""
    one = await subscribe(store)
    await fan_out(database, store)
    (message,) = await claim(store)
    await store.ledger.finish("me", [obstructed(message, Obstacle.CHANNEL_GONE)], NOW)
    await store.guilds.note_left(GUILD, NOW)
    await store.guilds.note_back(GUILD)
    assert (await store.subscriptions.get(GUILD, one.id)).obstacle is Obstacle.CHANNEL_GONE


async def test_leaving_an_unknown_server_is_nothing(store: Store) -> None:
    """A server that never kept anything may come and go."""
    await store.guilds.note_left(GUILD, NOW)
    await store.guilds.note_back(GUILD)
    await store.guilds.erase(GUILD)
    assert await store.guilds.list_all() == {}


async def test_erased_leaves_nothing(store: Store, database: Database) -> None:
    """No table holds anything of an erased server, and another server's rows are all there."""
    for guild in (GUILD, OTHER_GUILD):
        await store.subscriptions.set_preferences(GuildPreferences(guild_id=guild, timing=Timing(time(9), "UTC")), {}, NOW)
        for channel in range(2):
            await subscribe(store, channel + guild % 2 * 10, guild)
    for lead in (7, 1):
        await fan_out(database, store, replace(ALERT, lead=lead))
    claimed = await claim(store)
    await store.ledger.finish("me", [sent(m) for m in claimed[:1]], NOW)
    await store.ledger.finish("me", [obstructed(m, Obstacle.CANNOT_VIEW) for m in claimed[1:2]], NOW)
    before = await _count(database)
    await store.guilds.erase(GUILD)
    after = await _count(database)
    # Two of four channels are its own, with two deliveries each; the report told of one of them.
    assert {name: before[name] - after[name] for name in before} == {
        "guilds": 1,
        "subscriptions": 2,
        "deliveries": 4,
        "messages": 3,
        "wishes": 0,
        "alerts": 0,
        "calendar": 0,
        "planning": 0,
        "packages": 0,
        "content_uses": 0,
        "processes": 0,
    }
    async with database.reading() as connection:
        assert list(await connection.scalars(select(guilds.c.id))) == [OTHER_GUILD]
        assert set(await connection.scalars(select(messages.c.guild_id))) == {OTHER_GUILD}
        own = set(await connection.scalars(select(subscriptions.c.id)))
        assert set(await connection.scalars(select(deliveries.c.subscription_id))) == own


async def test_left_long_ago_is_erased(store: Store) -> None:
    """Only servers left before the moment are erased, once."""
    await subscribe(store)
    await subscribe(store, 2, OTHER_GUILD)
    await store.guilds.note_left(GUILD, NOW)
    await store.guilds.note_left(GUILD, NOW + timedelta(days=20))  # Discord may say it again
    assert await store.guilds.erase_left(NOW) == 0
    assert await store.guilds.erase_left(NOW + timedelta(seconds=1)) == 1
    assert await store.guilds.erase_left(NOW + timedelta(days=99)) == 0
    assert await store.subscriptions.count(GUILD) == 0
    assert await store.subscriptions.count(OTHER_GUILD) == 1
