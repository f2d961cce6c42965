"""How many bytes a subscription and a delivery take, on SQLite and on a real PostgreSQL, whatever is empty at the end not counted."""

from __future__ import annotations

import asyncio
import random
import tempfile
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from benchmarks.crowding import keep, row, size
from benchmarks.figures import CONTENT, NOW, Figure
from bot.domain.ledger import Alert, AlertKind, DeliveryState, Outcome, Settled
from bot.domain.planning import list_upcoming
from bot.domain.subscriptions import EVERYTHING, Timing, Wish, WishId
from bot.knowledge.loading import load
from bot.ops.logs import set_up_logs
from bot.store.database import open_database
from bot.store.rows import to_seconds
from bot.store.store import build_store
from tests.postgres import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.figures import Ground
    from bot.domain.ledger import Claimed
    from bot.store.database import Database
    from bot.store.store import Store

ROWS = 50_000
PER_GUILD = 4
ALERTS = 4
"""Deliveries of each subscription."""

_AT_ONCE = 500
_ENOUGH = 10_000
_WISH = Wish(EVERYTHING, None, Timing(time(9), "UTC"))


def measure_ledger(_: Ground) -> Iterator[Figure]:
    """Yield the bytes of a subscription (with its share of a server of four) and of a delivery that was sent as a message."""
    set_up_logs("warning", json=False)
    count = size("ROWS", ROWS)
    with tempfile.TemporaryDirectory(prefix="detente-ledger-", dir="/var/tmp") as folder:
        yield from asyncio.run(_measure("SQLite", f"sqlite+aiosqlite:///{Path(folder) / 'ledger.sqlite'}", count))
    yield from _yearly()
    with running() as server:
        server.run_now("CREATE DATABASE ledger")
        yield from asyncio.run(_measure("PostgreSQL", server.url("ledger"), count))


def _yearly() -> Iterator[Figure]:
    knowledge = load(CONTENT).knowledge
    assert knowledge is not None
    due = [at for at, *_ in list_upcoming(knowledge.deadlines, _WISH, NOW, _ENOUGH) if at < NOW + timedelta(days=365)]
    yield Figure(f"alerts to a channel that takes all, in the year from {NOW:%Y-%m-%d}", len(due), "")
    yield Figure("messages that they make", len(set(due)), "")


async def _measure(kind: str, url: str, count: int) -> list[Figure]:
    async with open_database(url) as database:
        store = build_store(database)
        empty = await _bytes(database, url)
        await _fill(database, count)
        subscribed = await _bytes(database, url)
        for number in range(ALERTS):
            await _deliver(store, number)
        sent = await _bytes(database, url)
    return [
        Figure(f"a subscription, {kind}", (subscribed - empty) / count, "bytes"),
        Figure(f"a delivery with its message, {kind}", (sent - subscribed) / count / ALERTS, "bytes"),
    ]


async def _fill(database: Database, count: int) -> None:
    chance = random.Random(1)
    made_at = to_seconds(datetime.now(UTC) - timedelta(days=40))
    ids = [2**60 + chance.getrandbits(50) for _ in range(0, count, PER_GUILD)]
    rows = [row(n, ids[n // PER_GUILD], 2**60 + chance.getrandbits(52), 2**59 + chance.getrandbits(55), made_at) for n in range(count)]
    await keep(database, [_WISH], ids, rows)


async def _deliver(store: Store, number: int) -> None:
    """Let an alert be due to everybody, and send it."""
    now = datetime.now(UTC)
    alert = Alert(kind=AlertKind.DRILL, deadline="summit", occurrence="2027-07-07", detail=f"round-{number}")
    after = None
    while True:
        after = await store.plan.fan_out(alert, expires_at=now + timedelta(days=1), wish_id=WishId(1), due_at=None, now=now, after=after)
        if after is None:
            break
    while claimed := await store.ledger.claim("me", now=now, lease=timedelta(minutes=10), limit=_AT_ONCE):
        await store.ledger.finish("me", [_sent(message) for message in claimed], now)


def _sent(message: Claimed) -> Outcome:
    settled = tuple(Settled(alert_id=d.alert_id, subscription_id=d.subscription.id, state=DeliveryState.SENT) for d in message.deliveries)
    return Outcome(message_id=message.id, posted_id=2**60 + message.id, settled=settled)


async def _bytes(database: Database, url: str) -> int:
    """Return the size of the database, after what is dead in it was thrown away: in the long run new rows take its place."""
    lite = url.startswith("sqlite")
    if not lite:
        async with database._engine.connect() as connection:  # noqa: SLF001 - VACUUM wants no transaction
            await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("VACUUM FULL"))
    pages = "SELECT (SELECT page_count FROM pragma_page_count) - (SELECT freelist_count FROM pragma_freelist_count)"
    async with database.reading() as connection:
        found = (await connection.execute(text(pages if lite else "SELECT pg_database_size(current_database())"))).scalar_one()
    return int(found) * 4096 if lite else int(found)
