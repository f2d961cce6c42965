"""A message that is done leaves nothing on its way, whatever its outcome names, on both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from bot.domain.ledger import DeliveryState
from bot.domain.subscriptions import Scope, Selector
from bot.store.tables import subscriptions
from tests.store.making import GUILD, NOW, claim, fan_out, find_wish_id, only_states, sent, subscribe

if TYPE_CHECKING:
    from bot.store.database import Database
    from bot.store.store import Store

UNNAMED = [
    ("posted", {}, DeliveryState.SENT),
    ("posted, and given back", {"gives_back": True}, DeliveryState.WAITING),
    ("not posted", {"posted_id": None}, DeliveryState.WAITING),
    ("to be tried again", {"posted_id": None, "settled": (), "retry_at": NOW}, DeliveryState.SENDING),
]


@pytest.mark.parametrize(("changes", "state"), [row[1:] for row in UNNAMED], ids=[row[0] for row in UNNAMED])
async def test_what_is_not_named_ends_with_its_message(
    store: Store, database: Database, changes: dict[str, object], state: DeliveryState
) -> None:
    """What `settled` leaves out was in what was posted; where it is given back, or nothing was posted, it waits; a retry keeps it."""
    await subscribe(store)
    other = await subscribe(store, selector=Selector(Scope.TAG, "nato"))
    await fan_out(database, store)
    await fan_out(database, store, wish_id=await find_wish_id(database, other.wish))
    (message,) = await claim(store)
    outcome = sent(message)
    await store.ledger.finish("me", [replace(outcome, **{"settled": outcome.settled[:1], **changes})], NOW)  # type: ignore[arg-type]
    assert (await only_states(database))[1] is state


async def test_what_was_posted_gives_a_clean_slate_also_where_it_is_not_named(store: Store, database: Database) -> None:
    """A subscription to which something was sent begins anew with its strikes, as where the outcome names it."""
    one = await subscribe(store)
    await fan_out(database, store)
    async with database.writing() as connection:
        await connection.execute(update(subscriptions).values(strikes=3))
    (message,) = await claim(store)
    await store.ledger.finish("me", [replace(sent(message), settled=())], NOW)
    async with database.reading() as connection:
        assert await connection.scalar(select(subscriptions.c.strikes)) == 0
    assert (await store.subscriptions.get(GUILD, one.id)) == one
