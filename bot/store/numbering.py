"""The ids that a database has given: a copy goes on behind the last of them, also where its row is long gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, text

from bot.store.tables import METADATA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Table
    from sqlalchemy.ext.asyncio import AsyncConnection

_NUMBERED = tuple(table for table in METADATA.sorted_tables if table.autoincrement_column is not None)


async def find_last_ids(connection: AsyncConnection) -> Mapping[str, int]:
    """Return the last id that each table with ids of its own has given, 0 where it gave none."""
    if connection.dialect.name == "sqlite":
        rows = await connection.execute(text("SELECT name, seq FROM sqlite_sequence"))
        given = {row.name: row.seq for row in rows}
    else:
        given = {table.name: await _find_given(connection, table) for table in _NUMBERED}
    last = {}
    for table in _NUMBERED:
        highest = await connection.scalar(select(func.max(table.autoincrement_column)))
        last[table.name] = max(given.get(table.name, 0), highest or 0)
    return last


async def carry_ids(connection: AsyncConnection, last: Mapping[str, int], ahead: int = 0) -> None:
    """Let each table go on behind the `last` id it gave elsewhere; one that never gives an id twice, `ahead` further."""
    for table in _NUMBERED:
        is_kept_apart = _never_gives_twice(table)
        number = last[table.name] + (ahead if is_kept_apart else 0)
        if not number:
            continue
        if connection.dialect.name == "postgresql":
            await connection.execute(select(func.setval(_sequence(table), number)))
        elif is_kept_apart:
            await connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
            values = {"name": table.name, "number": number}
            await connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :number)"), values)


def _never_gives_twice(table: Table) -> bool:
    return bool(table.dialect_options["sqlite"]["autoincrement"])


def _sequence(table: Table) -> str:
    """Return the name under which PostgreSQL made the sequence of a table whose key is `id`."""
    return f"{table.name}_id_seq"


async def _find_given(connection: AsyncConnection, table: Table) -> int:
    row = (await connection.execute(text(f"SELECT last_value, is_called FROM {_sequence(table)}"))).one()  # noqa: S608 - our own name
    return int(row.last_value) if row.is_called else int(row.last_value) - 1
