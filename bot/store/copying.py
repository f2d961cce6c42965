"""Copying everything from one database into an empty one, SQLite or PostgreSQL, all of it or nothing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import func, inspect, literal, select

from bot.errors import StoreError
from bot.store.database import find_file, in_words, name_place, open_database, read_address, take_time, visit_database
from bot.store.migrating import lacks_steps
from bot.store.numbering import carry_ids, find_last_ids
from bot.store.presence import refuse_living
from bot.store.tables import METADATA, processes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from sqlalchemy import URL, Connection, Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.store.database import Database

KEPT = tuple(table for table in METADATA.sorted_tables if table is not processes)
"""What is copied, so that a row comes after those it refers to. Which processes run is no part of it."""

BATCH = 2_000
"""Rows in memory at a time."""

_BESIDE = ("-wal", "-journal")
"""Endings of files that may hold a part of a database."""


async def copy_database(source_url: str, target_url: str) -> Mapping[str, int]:
    """Copy everything to an empty database, made and migrated where need be; returns how many rows each table has.

    Nobody can write to the source meanwhile, and it is not changed. Where anything fails the target is left without a row. Raises
    StoreError, StoreBusyError, SchemaTooNewError.
    """
    if _is_same(read_address(source_url), read_address(target_url)):
        raise StoreError("Both addresses are those of the same database. Name another one to copy to.")
    async with visit_database(source_url) as source:
        await require_current(source)
        async with source.writing() as turn:  # a bot that starts now waits, instead of writing what would be left behind
            await take_time(turn)
            await refuse_living(turn, source.place)
            async with source.snapshot() as rows:
                return await fill(rows, source.place, target_url)


async def require_current(database: Database) -> None:
    """Raise StoreError unless the database has exactly the tables of this version."""
    async with database.reading() as connection:
        if await connection.run_sync(lacks_steps, database.place):
            raise StoreError(
                f"The database {database.place} was written by an older version of the bot and was left as it is. Start this version on it "
                "once (detente run), which brings it up to date, and try again."
            )


async def fill(rows: AsyncConnection, place: str, target_url: str, *, ahead: int = 0) -> Mapping[str, int]:
    """Copy what `rows`, a connection to `place`, sees to an empty database, and let its ids go on `ahead` further; see copy_database.

    Raises StoreError also where a process of the bot uses the target.
    """
    await refuse_filled(target_url)  # before it is migrated: one that is refused must be left as it was
    with _unmade_on_failure(read_address(target_url)):
        async with open_database(target_url) as target, target.writing() as into:
            await take_time(into)
            await _refuse_filled(into, target)
            counts = await copy_rows(rows, place, into)
            await carry_ids(into, await find_last_ids(rows), ahead)
            return counts


async def refuse_filled(url: str) -> None:
    """Raise StoreError unless the database at `url` is empty and unused, or not there; it is left as it is."""
    with _unmade_on_failure(read_address(url)) as is_there:
        if is_there:
            async with visit_database(url) as database, database.reading() as connection:
                await _refuse_filled(connection, database)


async def copy_rows(rows: AsyncConnection, place: str, into: AsyncConnection) -> Mapping[str, int]:
    """Copy every table, batch by batch, and count on both sides; returns the counts by table. Raises StoreError where they differ."""
    counts = {}
    for table in KEPT:
        copied = 0
        async for batch in _batches(rows, place, table):
            await into.execute(table.insert(), batch)
            copied += len(batch)
        counts[table.name] = (await into.execute(select(func.count()).select_from(table))).scalar_one()
        if counts[table.name] != copied:
            raise StoreError(f"Of the table {table.name} {copied} rows were read and {counts[table.name]} arrived; nothing was kept.")
    return counts


async def _batches(rows: AsyncConnection, place: str, table: Table) -> AsyncIterator[Sequence[dict[str, Any]]]:
    """Yield the rows of a table in the order of its key."""
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=BATCH)
    with in_words(place):
        found = await rows.stream(query)
        parts = found.mappings().partitions()
    while True:
        with in_words(place):
            batch = await anext(parts, None)
        if batch is None:
            return
        yield [dict(row) for row in batch]


async def _refuse_filled(connection: AsyncConnection, database: Database) -> None:
    """Raise StoreError where a process uses the database, or any of the bot's tables holds a row."""
    await refuse_living(connection, database.place)
    there = set(await connection.run_sync(_list_tables))
    filled = [
        table.name
        for table in KEPT
        if table.name in there and (await connection.execute(select(literal(1)).select_from(table).limit(1))).first() is not None
    ]
    if filled:
        raise StoreError(
            f"The database {database.place} is not empty (there are rows in {', '.join(filled)}) and was left as it is. "
            f"{_way_out(database)}"
        )


def _way_out(database: Database) -> str:
    if database.dialect == "sqlite":
        file = database.place
        return f"Stop the bot and move it away (mv {file} {file}.old, and the same with {file}-wal where it is there), or name another one."
    return "Make another one with CREATE DATABASE and name that, or stop the bot and move this one away with ALTER DATABASE … RENAME TO …."


def _list_tables(connection: Connection) -> list[str]:
    return inspect(connection).get_table_names()


def _is_same(one: URL, other: URL) -> bool:
    first, second = find_file(one), find_file(other)
    if first is None or second is None:
        return first is second and name_place(one) == name_place(other)
    return first.resolve() == second.resolve()


@contextmanager
def _unmade_on_failure(address: URL) -> Iterator[bool]:
    """Yield whether there is a database to look at; on failure remove the file that was made meanwhile."""
    file = find_file(address)
    if file is None or file.exists():
        yield True
        return
    if left := next((name for name in _names_beside(file) if name.exists() and name.stat().st_size), None):
        raise StoreError(
            f"{left} was left behind by a database that is no longer there. Move it away too: it must not get into the new one."
        )
    try:
        yield False
    except BaseException:
        for name in (file, file.with_name(f"{file.name}-shm"), *_names_beside(file)):
            name.unlink(missing_ok=True)
        raise


def _names_beside(file: Path) -> list[Path]:
    return [file.with_name(f"{file.name}{ending}") for ending in _BESIDE]
