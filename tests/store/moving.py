"""Databases filled by chance, and everything in one, to hold two against each other."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from random import Random
from typing import TYPE_CHECKING, Any

from alembic import command
from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary, Text, delete, func, insert, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store.copying import KEPT
from bot.store.database import open_database, visit_database
from bot.store.migrating import _configure
from bot.store.numbering import find_last_ids
from bot.store.tables import messages, subscriptions

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Column, Connection, Table

    from bot.store.database import Database

LETTERS = "aé'\"\\%:?$ \n\t漢🕊️"

Everything = dict[str, list[tuple[Any, ...]]]


async def read_all(url: str) -> tuple[Everything, dict[str, int]]:
    """Return every row of every table that is kept, and the last id that each has given."""
    async with visit_database(url) as database, database.reading() as connection:
        rows = {table.name: sorted(map(tuple, await connection.execute(select(table))), key=repr) for table in KEPT}
        return rows, dict(await find_last_ids(connection))


async def fill_by_chance(database: Database, seed: int) -> None:
    """Fill every table with rows whose columns hold anything that they may hold; then delete those with the highest ids."""
    made: dict[str, list[dict[str, Any]]] = {}
    chance = Random(seed)  # noqa: S311 - it guards nothing
    async with database.writing() as connection:
        for table in KEPT:
            rows = {tuple(row[c.name] for c in table.primary_key): row for row in _rows(table, made, chance)}
            made[table.name] = list(rows.values())
            await connection.execute(insert(table), made[table.name])
        for table in (messages, subscriptions):
            await connection.execute(delete(table).where(table.c.id == select(func.max(table.c.id)).scalar_subquery()))


def _rows(table: Table, made: dict[str, list[dict[str, Any]]], chance: Random) -> list[dict[str, Any]]:
    count = 1 if table.name == "planning" else chance.randint(5, 40)
    return [{column.name: _value(column, made, chance) for column in table.columns} for _ in range(count)]


def _value(column: Column[Any], made: dict[str, list[dict[str, Any]]], chance: Random) -> Any:
    if column.table.name == "planning" and column.primary_key:
        return 1
    for key in column.foreign_keys:
        return chance.choice(made[key.column.table.name])[key.column.name]
    return None if column.nullable and chance.random() < 0.3 else _some(column, chance)


def _some(column: Column[Any], chance: Random) -> Any:
    if isinstance(column.type, Boolean):
        return chance.random() < 0.5
    if isinstance(column.type, LargeBinary):
        return chance.randbytes(chance.randint(0, 5_000))
    if isinstance(column.type, Text):
        return "".join(chance.choices(LETTERS, k=chance.randint(8, 30)))
    is_big = isinstance(column.type, BigInteger) or (isinstance(column.type, Integer) and column.primary_key)
    return chance.randint(1, 2**62) if is_big else chance.randint(-(2**15), 2**15 - 1)


async def make_older(url: str, step: str) -> None:
    """Make a database as an earlier version left it, after the migration `step`."""

    def upgrade(connection: Connection) -> None:
        with connection.begin():
            command.upgrade(_configure(connection), step)

    engine = create_async_engine(url)
    async with engine.connect() as connection:
        await connection.run_sync(upgrade)
    await engine.dispose()


async def set_step(url: str, step: str) -> None:
    """Let a database say that its last step was `step`."""
    async with visit_database(url) as database, database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = :step"), {"step": step})


async def make_empty(url: str) -> None:
    """Make a migrated database without a row."""
    async with open_database(url):
        pass


def look(folder: Path) -> dict[str, bytes]:
    """Return what stands in each file of a folder, hidden ones too."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def lose_a_wish(file: Path) -> None:
    """Let subscriptions refer to a wish that is not there, as only a damaged file does."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("DELETE FROM wishes")


async def beat(url: str, seconds_ago: int) -> None:
    """Leave the sign of life of a process."""
    now = {"sqlite": "unixepoch()", "postgresql": "extract(epoch FROM clock_timestamp())::bigint"}
    async with visit_database(url) as database, database.writing() as connection:
        await connection.exec_driver_sql("DELETE FROM processes")
        await connection.exec_driver_sql(
            f"INSERT INTO processes (id, shards, started_at, beat_at) VALUES ('one', '0', 0, {now[database.dialect]} - {seconds_ago})"  # noqa: S608
        )


async def scribble(url: str) -> None:
    """Write without end, in each transaction one alert and its deliveries to all: so the ones are always a multiple of the others."""
    from dataclasses import replace

    from bot.store.store import build_store
    from tests.store.making import ALERT, claim, fan_out, sent, subscribe

    async with open_database(url) as database:
        store = build_store(database)
        for channel in range(5):
            await subscribe(store, channel)
        print("ready", flush=True)  # noqa: T201
        lead = 0
        while True:
            lead += 1
            await fan_out(database, store, replace(ALERT, lead=lead))
            if claimed := await claim(store, limit=2):
                await store.ledger.finish("me", [sent(message) for message in claimed], claimed[0].first_attempt_at)


if __name__ == "__main__":
    import sys

    asyncio.run(scribble(sys.argv[1]))
