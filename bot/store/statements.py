"""Pieces of SQL that each database says in its own way, and how a statement is run many times."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Float, cast, extract, func
from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import ColumnElement, Dialect, Table, Update
    from sqlalchemy.ext.asyncio import AsyncConnection

_EPOCH_AS_JULIAN_DAY = 2440587.5


def insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT for `dialect` that knows ON CONFLICT."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def database_now(dialect: str) -> ColumnElement[float]:
    """Return the database's own clock, in UTC seconds with fractions; `clock_timestamp` goes on within a transaction."""
    if dialect == "sqlite":
        return cast((func.julianday("now") - _EPOCH_AS_JULIAN_DAY) * 86_400.0, Float)
    return cast(extract("epoch", func.clock_timestamp()), Float)


async def update_each(connection: AsyncConnection, statement: Update, rows: Iterable[Mapping[str, Any]]) -> None:
    """Run an update, which is built once and kept, for each of `rows`, which name its parameters.

    SQLAlchemy would put the parameters of each row in order anew, and that takes longer than the update itself.
    """
    text, order, fixed = _compile(statement, connection.dialect)
    await connection.exec_driver_sql(text, [tuple(row[name] if name in row else fixed[name] for name in order) for row in rows])


@lru_cache(maxsize=64)
def _compile(statement: Update, dialect: Dialect) -> tuple[str, tuple[str, ...], Mapping[str, Any]]:
    """Return the text, its parameters in their order, and those that are the same each time."""
    compiled = statement.compile(dialect=dialect)
    return str(compiled), tuple(compiled.positiontup or ()), compiled.params
