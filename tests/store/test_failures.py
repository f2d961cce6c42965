"""What goes wrong with any database: it is held by another, or lost in the middle."""

from __future__ import annotations

import sqlite3
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING

import asyncpg
import pytest
from sqlalchemy import delete, insert, make_url

from bot.domain.editions import Action, UseResult
from bot.domain.ledger import AlertKind, KnownDate, MessageId, MessageKind, Outcome
from bot.domain.subscriptions import GuildPreferences, SubscriptionId, Timing, WishId
from bot.errors import StoreBusyError
from bot.store import database as database_module
from bot.store.database import open_database
from bot.store.rows import to_seconds
from bot.store.store import build_store
from bot.store.subscriptions import FOR_EVER
from bot.store.tables import deliveries, messages
from tests.store.making import (
    ALERT,
    GUILD,
    LATER,
    LEASE,
    MANAGER,
    NOW,
    OTHER_GUILD,
    WISH,
    claim,
    fan_out,
    only_states,
    order,
    subscribe,
    use,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from bot.store.database import Database
    from bot.store.store import Store

ONE = SubscriptionId(1)
TRIED_LATER = {"kind": MessageKind.REPORT, "guild_id": GUILD, "is_open": True, "attempts": 1, "attempt_at": to_seconds(LATER)}

WRITES: Mapping[str, Callable[[Store], Awaitable[object]]] = {
    "guilds.note_left": lambda s: s.guilds.note_left(GUILD, NOW),
    "guilds.note_back": lambda s: s.guilds.note_back(GUILD),
    "subscriptions.add": lambda s: s.subscriptions.add(GUILD, order(99), WISH, MANAGER, NOW, 9),
    "subscriptions.replace": lambda s: s.subscriptions.replace(GUILD, ONE, order(1, note="x"), WISH, NOW),
    "subscriptions.set_preferences": lambda s: s.subscriptions.set_preferences(
        GuildPreferences(guild_id=GUILD, timing=Timing(time(9), "UTC")), {ONE: WISH}, NOW
    ),
    "subscriptions.pause": lambda s: s.subscriptions.pause(GUILD, ONE, FOR_EVER, NOW),
    "subscriptions.unpause": lambda s: s.subscriptions.unpause(GUILD, ONE),
    "subscriptions.resume": lambda s: s.subscriptions.resume([ONE], NOW),
    "subscriptions.postpone_probe": lambda s: s.subscriptions.postpone_probe([ONE], NOW),
    "plan.save_dates": lambda s: s.plan.save_dates([KnownDate(deadline="a", occurrence="")]),
    "plan.advance": lambda s: s.plan.advance(NOW),
    "plan.fan_out": lambda s: s.plan.fan_out(ALERT, expires_at=LATER, wish_id=WishId(1), due_at=NOW, now=NOW),
    "plan.fan_out_notice": lambda s: s.plan.fan_out_notice(
        replace(ALERT, detail="x"), announced=ALERT.occurrence, expires_at=LATER, now=NOW
    ),
    "plan.keep_notice": lambda s: s.plan.keep_notice(replace(ALERT, kind=AlertKind.MOVED, detail="x"), LATER, NOW),
    "plan.deliver": lambda s: s.plan.deliver(ALERT, ONE, expires_at=LATER, now=NOW),
    "plan.follow": lambda s: s.plan.follow(ALERT, replace(ALERT, occurrence="2027-01-02"), wish_id=WishId(1), expires_at=LATER, now=NOW),
    "plan.cancel": lambda s: s.plan.cancel(ALERT.deadline, ALERT.occurrence, "off", NOW),
    "plan.close_expired": lambda s: s.plan.close_expired(LATER),
    "plan.revive": lambda s: s.plan.revive(ALERT.deadline, ALERT.occurrence, NOW),
    "contents.apply": lambda s: s.contents.apply(use("a"), b"a", instead_of=None),
    "contents.apply again": lambda s: s.contents.apply(use("b"), b"b", instead_of="a"),
    "contents.go_back": lambda s: s.contents.go_back(use("a", Action.ROLLBACK), instead_of="b"),
    "contents.note": lambda s: s.contents.note(use("a", Action.PREVIEW, UseResult.SHOWN)),
    "ledger.claim": lambda s: s.ledger.claim("me", now=NOW, lease=LEASE, limit=9),
    "ledger.finish": lambda s: s.ledger.finish("me", [Outcome(message_id=MessageId(1), retry_at=NOW)], NOW),
    "ledger.hasten": lambda s: s.ledger.hasten({GUILD}, NOW),
    "ledger.prune": lambda s: s.ledger.prune(LATER + timedelta(days=9)),
    "contents.prune": lambda s: s.contents.prune(LATER),
    "processes.beat": lambda s: s.processes.beat("me", "all", 15),
    "processes.leave": lambda s: s.processes.leave("me"),
    "subscriptions.remove": lambda s: s.subscriptions.remove(GUILD, ONE, NOW),
    "subscriptions.prune": lambda s: s.subscriptions.prune(),
    "guilds.erase_left": lambda s: s.guilds.erase_left(NOW),
    "guilds.erase": lambda s: s.guilds.erase(GUILD),
}
"""Every method that writes."""

READS: Mapping[str, Callable[[Store], Awaitable[object]]] = {
    "guilds.find_preferences": lambda s: s.guilds.find_preferences(GUILD),
    "guilds.list_all": lambda s: s.guilds.list_all(),
    "subscriptions.get": lambda s: s.subscriptions.get(GUILD, ONE),
    "subscriptions.list_of": lambda s: s.subscriptions.list_of(GUILD),
    "subscriptions.count": lambda s: s.subscriptions.count(GUILD),
    "subscriptions.list_to_probe": lambda s: s.subscriptions.list_to_probe(NOW, 9),
    "subscriptions.list_suspended": lambda s: s.subscriptions.list_suspended(GUILD),
    "subscriptions.count_by_wish": lambda s: s.subscriptions.count_by_wish(),
    "subscriptions.count_reach": lambda s: s.subscriptions.count_reach([WishId(1)]),
    "subscriptions.list_wishes": lambda s: s.subscriptions.list_wishes(),
    "subscriptions.find_last_wish_id": lambda s: s.subscriptions.find_last_wish_id(),
    "plan.count_notice": lambda s: s.plan.count_notice(ALERT, ALERT.occurrence),
    "plan.list_begun": lambda s: s.plan.list_begun(),
    "plan.read": lambda s: s.plan.read(),
    "plan.under": lambda s: s.plan.under("a"),
    "contents.find_edition": lambda s: s.contents.find_edition(),
    "contents.find_packed": lambda s: s.contents.find_packed("a"),
    "contents.has_used": lambda s: s.contents.has_used("a"),
    "contents.was_taken_back": lambda s: s.contents.was_taken_back("a"),
    "contents.list_uses": lambda s: s.contents.list_uses(0, 9),
    "ledger.find_next_attempt": lambda s: s.ledger.find_next_attempt(NOW),
    "ledger.list_history": lambda s: s.ledger.list_history(GUILD, 0, 9),
    "ledger.list_subscriptions_of": lambda s: s.ledger.list_subscriptions_of(GUILD, MessageId(1)),
    "ledger.count_queue": lambda s: s.ledger.count_queue(GUILD),
    "ledger.count_states": lambda s: s.ledger.count_states(),
}
"""Every method that only reads."""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a twentieth of a second for others instead of five."""
    monkeypatch.setattr(database_module, "_BUSY_MILLISECONDS", 50)


@asynccontextmanager
async def held(url: str) -> AsyncIterator[None]:
    """Hold the database as a process does that is in the middle of writing."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        other = sqlite3.connect(str(address.database), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.close()
        return
    connection = await asyncpg.connect(host=address.host, port=address.port, user=address.username, database=address.database)
    await connection.execute(f"SELECT pg_advisory_lock({database_module._WRITER_LOCK})")
    yield
    await connection.close()


def test_every_method_is_tried(store: Store) -> None:
    """The two tables above name every method of the store that asks the database something."""
    methods = {f"{room}.{name}" for room in store.__slots__ for name in dir(getattr(store, room)) if not name.startswith("_")}
    assert methods - {"plan.find_mark"} == {*WRITES, *READS} - {"contents.apply again"}


@pytest.mark.usefixtures("impatient")
async def test_held_by_another_is_busy_and_nothing_is_written(url: str) -> None:
    """Every write says that the database is busy and changes nothing, every read goes on, and later everything works."""
    async with open_database(url) as database:
        store = build_store(database)
        await subscribe(store)
        await subscribe(store, 2, OTHER_GUILD)
        await fan_out(database, store, expires_at=NOW)
        await fan_out(database, store, replace(ALERT, occurrence="2020-01-01"), expires_at=NOW)
        await store.guilds.note_left(OTHER_GUILD, NOW - timedelta(days=40))
        async with database.writing() as connection:
            await connection.execute(insert(messages).values(TRIED_LATER))
        before = await only_states(database), await store.plan.read(), await store.subscriptions.list_of(GUILD)
        async with held(url):
            for write in WRITES.values():
                with pytest.raises(StoreBusyError, match="was held by another process"):
                    await write(store)
            for read in READS.values():
                await read(store)
        assert (await only_states(database), await store.plan.read(), await store.subscriptions.list_of(GUILD)) == before
        for write in WRITES.values():
            await write(store)


async def test_error_in_the_middle_rolls_back(store: Store, database: Database) -> None:
    """What a transaction did before an error is undone, and the next one may begin at once."""
    one = await subscribe(store)
    await fan_out(database, store)

    async def fail() -> None:
        async with database.writing() as connection:
            await connection.execute(delete(deliveries))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert [d.subscription.id for m in await claim(store) for d in m.deliveries] == [one.id]
