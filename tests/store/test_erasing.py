"""What is left of a server or a person who asked to be erased: nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from bot.domain.editions import Editor, Origin
from bot.domain.subscriptions import NOBODY, Obstacle, Status, UserId
from bot.store.erasing import count_guild, count_user, erase_guild, erase_user
from bot.store.tables import METADATA, messages
from tests.store.making import GUILD, MANAGER, NOW, OTHER_GUILD, claim, fan_out, obstructed, subscribe, use

if TYPE_CHECKING:
    from bot.store.database import Database
    from bot.store.store import Store


async def _fill(database: Database, store: Store) -> None:
    """Two servers, each with a report on its way to the person who subscribed, and a content that they put to use."""
    for guild in (GUILD, OTHER_GUILD):
        await subscribe(store, guild % 2, guild)
    await fan_out(database, store)
    await store.ledger.finish("me", [obstructed(message, Obstacle.CANNOT_VIEW) for message in await claim(store)], NOW)
    await store.contents.apply(use("a"), b"a", instead_of=None)
    await store.contents.apply(use("b", by=Editor(Origin.COMMAND, UserId(5))), b"b", instead_of="a")


async def _values(database: Database) -> set[object]:
    async with database.reading() as connection:
        return {value for table in METADATA.sorted_tables for row in await connection.execute(select(table)) for value in row}


async def test_a_person_is_in_no_row_any_more(database: Database, store: Store) -> None:
    """The id is gone from every column of every table; what it stood in is counted, and all else stays."""
    await _fill(database, store)
    found = {"subscriptions": 2, "messages": 2, "content_uses": 1}
    assert await count_user(database, MANAGER) == found
    assert MANAGER in await _values(database)
    assert await erase_user(database, MANAGER) == found
    assert MANAGER not in await _values(database)
    assert UserId(5) in await _values(database)
    assert set((await count_user(database, MANAGER)).values()) == {0}
    assert [s.created_by for s in await store.subscriptions.list_of(GUILD)] == [NOBODY]
    uses, _ = await store.contents.list_uses(0, 9)
    assert [use.by.user_id for use in uses] == [UserId(5), None]


async def test_news_for_an_erased_person_go_to_nobody(database: Database, store: Store) -> None:
    """A report on its way to them is closed, and of a later suspension nobody is told unless there is a fallback channel."""
    await _fill(database, store)
    await erase_user(database, MANAGER)
    assert await claim(store) == ()
    (one,) = await store.subscriptions.list_of(GUILD)
    await store.subscriptions.unpause(GUILD, one.id)
    (message,) = await claim(store)
    await store.ledger.finish("me", [obstructed(message, Obstacle.CANNOT_SEND)], NOW)
    assert (await store.subscriptions.get(GUILD, one.id)).status is Status.SUSPENDED
    assert await claim(store) == ()
    async with database.reading() as connection:
        assert set(await connection.scalars(select(messages.c.is_open))) == {False}


async def test_a_server_is_erased_and_counted(database: Database, store: Store) -> None:
    """Everything about a server goes, with its numbers told; the other server's rows stay."""
    await _fill(database, store)
    found = {"guilds": 1, "subscriptions": 1, "messages": 2, "deliveries": 1}
    assert await count_guild(database, GUILD) == found
    others = await count_guild(database, OTHER_GUILD)
    assert await erase_guild(database, GUILD) == found
    assert GUILD not in await _values(database)
    assert await count_guild(database, OTHER_GUILD) == others
