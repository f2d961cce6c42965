"""aiosqlite as SQLAlchemy uses it, with one trip to its thread for a statement.

SQLAlchemy asks for a cursor, runs a statement, fetches the rows and closes the cursor, and each of these is a trip to the connection's
thread and back. The trips cost several times what SQLite itself needs for the small statements of a bot.
"""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar

import aiosqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

T = TypeVar("T")
Row = tuple[Any, ...]

ALONG = 1_000
"""Rows that come along with the answer; what is left is fetched when it is asked for, so that a long answer never is in memory whole."""

_ROWS_OF_AIOSQLITE = 64


class BriefConnection(aiosqlite.Connection):
    """A connection whose cursors make one trip where aiosqlite's make four."""

    _is_clear = False
    """Whether everything that was sent to the thread has been answered, and without an error."""

    async def carry_out(self, call: Callable[[sqlite3.Connection], T]) -> T:
        """Call a function in the connection's thread and return its result; raises what it raises."""
        self._is_clear = False
        result: T = await self._execute(call, self._conn)  # type: ignore[no-untyped-call]
        self._is_clear = True
        return result

    def cursor(self) -> BriefCursor:  # type: ignore[override] # all that SQLAlchemy uses of one
        """Return a cursor, to be entered."""
        return BriefCursor(self)

    async def commit(self) -> None:
        """Commit."""
        await self.carry_out(sqlite3.Connection.commit)

    async def rollback(self) -> None:
        """Undo what was not committed. Where nothing can be, as each time after a commit, there is no trip."""
        if not self._is_clear or self._conn.in_transaction:
            await self.carry_out(sqlite3.Connection.rollback)


class BriefCursor:
    """What SQLAlchemy uses of `aiosqlite.Cursor`: it executes once and returns rows once."""

    arraysize = _ROWS_OF_AIOSQLITE

    def __init__(self, connection: BriefConnection) -> None:
        """Belong to `connection`."""
        self._connection = connection
        self._open: sqlite3.Cursor | None = None
        self._along: list[Row] = []
        self.description: object = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        """Run a statement; raises sqlite3.Error."""
        await self._connection.carry_out(lambda connection: self._take(connection.execute(statement, parameters)))
        return self

    async def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> Self:
        """Run a statement once for each of `parameters`; raises sqlite3.Error."""
        await self._connection.carry_out(lambda connection: self._take(connection.executemany(statement, parameters)))
        return self

    async def fetchone(self) -> Row | None:
        """Return the next row, or None; raises sqlite3.Error."""
        return next(iter(await self.fetchmany(1)), None)

    async def fetchmany(self, size: int = arraysize) -> list[Row]:
        """Return the next `size` rows, fewer where there are no more; raises sqlite3.Error."""
        cursor, lacks = self._open, size - len(self._along)
        if cursor is not None and lacks > 0:
            self._along += await self._connection.carry_out(lambda _: cursor.fetchmany(lacks))
        rows, self._along = self._along[:size], self._along[size:]
        return rows

    async def fetchall(self) -> list[Row]:
        """Return the rest of the answer; raises sqlite3.Error."""
        cursor, rows = self._open, self._along
        self._along = []
        return rows if cursor is None else rows + await self._connection.carry_out(lambda _: cursor.fetchall())

    async def close(self) -> None:
        """Let go of what was not fetched."""
        if self._open is not None:
            cursor, self._open = self._open, None
            await self._connection.carry_out(lambda _: cursor.close())

    def _take(self, cursor: sqlite3.Cursor) -> None:
        """In the connection's thread: take the first rows along, and close the cursor where these are all."""
        self.description = cursor.description
        self._along = cursor.fetchmany(ALONG) if cursor.description else []
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        if len(self._along) < ALONG:
            cursor.close()
        else:
            self._open = cursor


async def connect(arguments: Iterable[Any], options: Mapping[str, Any]) -> BriefConnection:
    """Return a connection for what `sqlite3.connect` takes; raises what that raises."""
    connection = BriefConnection(partial(sqlite3.connect, *arguments, **options), iter_chunk_size=_ROWS_OF_AIOSQLITE)
    # A thread that waits for a disk must not keep a process that ends; SQLAlchemy does the same with those that it opens.
    connection._thread.daemon = True  # noqa: SLF001
    await connection
    return connection
