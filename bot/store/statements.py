"""Pieces of SQL that each database says in its own way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Float, cast, extract, func
from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Table

_EPOCH_AS_JULIAN_DAY = 2440587.5


def insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT for `dialect` that knows ON CONFLICT."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def database_now(dialect: str) -> ColumnElement[float]:
    """Return the database's own clock, in UTC seconds with fractions; `clock_timestamp` goes on within a transaction."""
    if dialect == "sqlite":
        return cast((func.julianday("now") - _EPOCH_AS_JULIAN_DAY) * 86_400.0, Float)
    return cast(extract("epoch", func.clock_timestamp()), Float)
