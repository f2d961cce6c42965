"""What went wrong with a database, in words: what happened, where, what to do. A password is in none of them."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from asyncpg import InterfaceError, PostgresError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.errors import StoreBusyError, StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

FAILURES = (DBAPIError, PoolTimeoutError, PostgresError, InterfaceError, sqlite3.Error, OSError)
"""What the drivers raise: SQLAlchemy wraps what a statement raises, not everything that connecting does."""

_CORRUPT = "is damaged. Stop the bot, move the file away and put a backup in its place; `sqlite3 FILE .recover` saves what it can."
_FULL = "cannot grow: the disk is full. Make room; nothing was lost."
_GONE = "closed the connection. Nothing was written; it is tried again."
_REFUSED = "refused the user or the password. Check both in DATABASE_URL."

_SQLITE: Mapping[int, str] = {
    sqlite3.SQLITE_READONLY: "may not be written. Give the bot's user the right to write the file and its folder.",
    sqlite3.SQLITE_PERM: "may not be opened. Give the bot's user the right to write the file and its folder.",
    sqlite3.SQLITE_IOERR: "cannot be read or written: the disk reports an error. Check the disk.",
    sqlite3.SQLITE_CORRUPT: _CORRUPT,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_CANTOPEN: "cannot be opened. Check that it is a file, and that the bot's user may write it and its folder.",
    sqlite3.SQLITE_NOTADB: "is not a database. Name another file in DATABASE_URL, or move this one away; it was left as it is.",
}
_BUSY_CODES = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_BUSY = "was held by another process for longer than the bot waits. Nothing was written; the same may succeed later."

_POSTGRESQL: Mapping[str, str] = {
    "08": _GONE,
    "25P03": _GONE,
    "25006": "may only be read. Name the primary server in DATABASE_URL, not a replica.",
    "28": _REFUSED,
    "3D": "does not exist. Make it with CREATE DATABASE, or name another in DATABASE_URL.",
    "42501": "does not let this user do that. Make the user owner of the database, or grant it the right.",
    "53100": _FULL,
    "57P": _GONE,
}
"""Words by SQLSTATE; the longest beginning that fits counts. https://www.postgresql.org/docs/current/errcodes-appendix.html"""
_BUSY_STATES = ("55P03", "40001", "40P01", "53300", "57014")


def to_store_error(error: Exception, place: str) -> StoreError:
    """Return the StoreError that says what `error`, one of FAILURES, means for the database `place`."""
    if isinstance(error, PoolTimeoutError):
        return StoreBusyError(f"The database {place} has too many questions open at once. The same may succeed later.")
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return _of_sqlite(code & 0xFF, cause, place)
    state = getattr(cause, "sqlstate", None)
    if state is not None:
        return _of_postgresql(state, cause, place)
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return StoreError(f"The database {place} {_GONE}")
    if isinstance(cause, OSError):
        return StoreError(f"The database {place} cannot be reached ({_name(cause)}). Check that it runs, and its address in DATABASE_URL.")
    return StoreError(f"The database {place} reports: {_name(cause)}")


def to_folder_error(error: OSError, place: str) -> StoreError:
    """Return the StoreError for a folder that cannot be made."""
    return StoreError(
        f"The folder of the database {place} cannot be made ({_name(error)}). Make it and let the bot's user write there, "
        "or name another in DATABASE_URL."
    )


def _of_sqlite(code: int, cause: BaseException, place: str) -> StoreError:
    if code in _BUSY_CODES:
        return StoreBusyError(f"The database {place} {_BUSY}")
    return StoreError(f"The database {place} {_SQLITE.get(code, f'reports: {_name(cause)}')}")


def _of_postgresql(state: str, cause: BaseException, place: str) -> StoreError:
    if state in _BUSY_STATES:
        return StoreBusyError(f"The database {place} {_BUSY}")
    words = next((_POSTGRESQL[state[:size]] for size in (5, 3, 2) if state[:size] in _POSTGRESQL), f"reports: {_name(cause)}")
    return StoreError(f"The database {place} {words}")


def _name(cause: BaseException) -> str:
    return str(cause).strip() or type(cause).__name__
