"""The way to SQLite: one trip to the connection's thread for a statement, long answers in parts, nothing left behind by whoever is cut off."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, insert, select, text

from bot.store import driver
from bot.store.database import Database, open_database
from bot.store.driver import ALONG, BriefConnection
from bot.store.tables import guilds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

MANY = 2 * ALONG + 500
_ROWS = [{"id": number, "created_at": 0} for number in range(1, MANY + 1)]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A new file."""
    async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'store.sqlite'}") as opened:
        yield opened


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was carried to the threads of connections, through the real ones."""
    carried: list[object] = []
    execute = BriefConnection._execute  # each trip goes this way

    async def note(self: BriefConnection, call: object, *arguments: object) -> object:
        carried.append(call)
        return await execute(self, call, *arguments)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(BriefConnection, "_execute", note)
    return carried


async def test_a_statement_is_one_trip(database: Database, trips: list[object]) -> None:
    """BEGIN, a query with rows, an insert, COMMIT: four trips, and none to undo what is committed."""
    async with database.writing() as connection:
        assert list(await connection.execute(select(guilds))) == []
        await connection.execute(insert(guilds), _ROWS[:5])
    assert len(trips) == 4
    trips.clear()
    async with database.reading() as connection:
        assert len(list(await connection.execute(select(guilds.c.id)))) == 5
    assert len(trips) == 3


async def test_long_answers_are_whole(database: Database) -> None:
    """More rows than come along arrive all, in order, be they read or what an insert returns."""
    async with database.writing() as connection:
        await connection.execute(insert(guilds), _ROWS)
        again = text("INSERT INTO guilds (id, created_at) SELECT id + :by, 1 FROM guilds ORDER BY id RETURNING id")
        assert sorted(await connection.scalars(again, {"by": MANY})) == [row["id"] + MANY for row in _ROWS]
    async with database.reading() as connection:
        found = list(await connection.scalars(select(guilds.c.id).order_by(guilds.c.id)))
    assert found == list(range(1, 2 * MANY + 1))


async def test_a_stream_is_never_in_memory_whole(database: Database) -> None:
    """When its first rows are handed out, SQLite has not looked at the last ones yet; then they all come."""
    looked: list[int] = []
    async with database.writing() as connection:
        await connection.execute(insert(guilds), _ROWS)
    async with database.reading() as connection:
        driven = (await connection.get_raw_connection()).driver_connection
        assert isinstance(driven, BriefConnection)

        def look(number: int) -> int:
            looked.append(number)
            return number

        await driven.create_function("look", 1, look)
        rows = await connection.stream(select(func.look(guilds.c.id)).execution_options(yield_per=100))
        found = [row[0] for row in await anext(rows.partitions())]
        assert len(looked) <= ALONG + 1
        found += [row[0] async for row in rows]
    assert found == [row["id"] for row in _ROWS]


async def test_who_is_cut_off_at_the_beginning_leaves_no_transaction(tmp_path: Path, database: Database) -> None:
    """BEGIN IMMEDIATE waits for another program and is cut off there; once it gets its turn after all, the turn is given back."""
    other = sqlite3.connect(tmp_path / "store.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def write() -> None:
        async with database.writing():
            pytest.fail("the other one has the turn")

    waiting = asyncio.create_task(write())
    done, _ = await asyncio.wait({waiting}, timeout=0.3)  # it is in SQLite's hands by then
    assert not done
    waiting.cancel()
    other.execute("COMMIT")
    await asyncio.gather(waiting, return_exceptions=True)
    async with database.writing() as connection:
        await connection.execute(insert(guilds), _ROWS[:1])
    other.execute("BEGIN IMMEDIATE")
    assert other.execute("SELECT count(*) FROM guilds").fetchone() == (1,)
    other.close()


async def test_undoing_reaches_what_is_still_on_its_way(tmp_path: Path) -> None:
    """A transaction that begins only after whoever wanted it was cut off is undone too, though there was none to be seen."""
    other = sqlite3.connect(tmp_path / "store.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    connection = await driver.connect([tmp_path / "store.sqlite"], {"isolation_level": None, "timeout": 60})
    waiting = asyncio.create_task(connection.carry_out(lambda opened: opened.execute("BEGIN IMMEDIATE").close()))
    await asyncio.wait({waiting}, timeout=0.1)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    undoing = asyncio.create_task(connection.rollback())
    await asyncio.wait({undoing}, timeout=0.1)
    other.execute("COMMIT")
    await undoing
    assert not await connection.carry_out(lambda opened: opened.in_transaction)
    await connection.close()
    other.close()


async def test_what_a_cut_off_writer_wrote_is_undone(database: Database) -> None:
    """Whoever is cancelled between two statements has written nothing."""
    written = asyncio.Event()

    async def write() -> None:
        async with database.writing() as connection:
            await connection.execute(insert(guilds), _ROWS[:3])
            written.set()
            await asyncio.Event().wait()

    writer = asyncio.create_task(write())
    await written.wait()
    writer.cancel()
    await asyncio.gather(writer, return_exceptions=True)
    async with database.reading() as connection:
        assert list(await connection.execute(select(guilds))) == []
