"""Text is data to both databases, whatever stands in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import inspect

from bot.domain.subscriptions import Scope, Selector, Wish
from bot.store.tables import METADATA
from tests.store.making import GUILD, MANAGER, NINE, NOW, order, use

if TYPE_CHECKING:
    from bot.store.database import Database
    from bot.store.store import Store

HOSTILE = (
    "'); DROP TABLE guilds; --",
    "' OR 1=1 --",
    '"; DELETE FROM subscriptions; --',
    "%s %(x)s :x ? $1 {x} \\",
    "\\'; SELECT pg_sleep(60); --",
    "0x27 \u02bc \uff07 \N{GRINNING FACE}",
)


@pytest.mark.parametrize("text", HOSTILE)
async def test_text_is_never_sql(store: Store, database: Database, text: str) -> None:
    """Quotes, placeholders and statements in a note, a selector and the audit trail come back as they were, and nothing else happens."""
    wanted = order(note=text, selector=Selector(Scope.TAG, text))
    added = await store.subscriptions.add(GUILD, wanted, Wish(wanted.selector, None, NINE), MANAGER, NOW, 9)
    assert await store.subscriptions.list_of(GUILD) == (added,)
    assert (added.order.note, added.order.selector.id) == (text, text)
    await store.contents.apply(use(text, detail=text), b"", instead_of=None)
    assert await store.contents.has_used(text)
    assert not await store.contents.has_used("")
    assert (await store.contents.list_uses(0, 9))[0][0].detail == text
    async with database.reading() as connection:
        assert set(METADATA.tables) <= set(await connection.run_sync(lambda c: inspect(c).get_table_names()))
