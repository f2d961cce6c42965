"""An SQLite file as the simulated processes use it: the real sqlite3, called at once and in this thread, where aiosqlite uses one each.

The order of everything is the same each time, and there is a place for every fault: see `troubles`. Left out for speed is
`PRAGMA synchronous=FULL`: a power cut of the machine that simulates is not simulated. SQLite's own waiting for another writer would
stop all processes at once, so it is made up too.
"""

from __future__ import annotations

import asyncio
import sqlite3
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Protocol, Self

from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.util import LRUCache

from bot.store import database as real
from bot.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncEngine

BUSY_SECONDS = 5.0
"""How long a writer waits for another one, as `bot.store.database` tells SQLite."""

FRESH_SECONDS = 2.0
_LOOK_AGAIN_SECONDS = 0.01
_EPOCH_AS_JULIAN_DAY = 2440587.5
_OURS = ("PRAGMA busy_timeout", "PRAGMA synchronous")


class KilledByDoomError(Exception):
    """The process dies once the statement has taken effect."""


class Troubles(Protocol):
    """What goes wrong with statements."""

    @property
    def is_on(self) -> bool:
        """Whether anything may go wrong now."""

    async def strike(self, user: User, statement: str) -> Exception | None:
        """Raise, wait or kill before a statement; return what is to be raised once it has taken effect."""


class User(Protocol):
    """A process that uses the file."""

    is_dead: bool
    connections: list[InlineConnection]

    @property
    def troubles(self) -> Troubles:
        """What goes wrong here."""

    def clock(self) -> datetime:
        """Return the database's clock: SQLite's is that of the machine."""

    def kill(self, why: str) -> None:
        """Die at once."""


class Disk:
    """One file. `committed` is called after each commit, whoever made it."""

    def __init__(self, path: Path) -> None:
        """Use the file at `path`, which exists."""
        self.path = path
        self.committed: Callable[[User], None] = lambda _: None
        self.commits = 0
        self.written_at = -FRESH_SECONDS
        self.compiled: Any = LRUCache(500)

    def note_commit(self, user: User) -> None:
        """Take note of a write."""
        self.commits += 1
        self.written_at = asyncio.get_running_loop().time()
        self.committed(user)


class DiskDatabase(Database):
    """The real one, but for the mark: it goes by made-up time, for the file's own time of change would differ in each run."""

    def __init__(self, engine: AsyncEngine, disk: Disk) -> None:
        """Use `engine`, which writes to `disk`."""
        super().__init__(engine, "simulated")
        self._disk = disk

    def find_mark(self) -> object | None:
        """Return what changes with every write; None for as long as the real one cannot tell two writes apart."""
        is_fresh = asyncio.get_running_loop().time() - self._disk.written_at < FRESH_SECONDS
        return None if is_fresh else self._disk.commits


class InlineConnection:
    """What SQLAlchemy's dialect for aiosqlite uses of `aiosqlite.Connection`."""

    def __init__(self, disk: Disk, user: User) -> None:
        """Connect."""
        self._disk = disk
        self._user = user
        self._connection: sqlite3.Connection | None = sqlite3.connect(disk.path, timeout=0, isolation_level=None)
        self._connection.create_function("julianday", 1, lambda _: user.clock().timestamp() / 86_400 + _EPOCH_AS_JULIAN_DAY)
        self._tx = SimpleNamespace(put_nowait=_do_at_once)
        self._has_written = False

    @property
    def _conn(self) -> sqlite3.Connection:
        if self._user.is_dead:
            raise asyncio.CancelledError  # nothing is done by the dead, not even failing
        if self._connection is None:
            raise ValueError("no active connection")
        return self._connection

    @property
    def isolation_level(self) -> str | None:
        """None: transactions are begun by hand."""
        return self._conn.isolation_level

    def cursor(self) -> InlineCursor:
        """Return a cursor, to be entered."""
        return InlineCursor(self)

    async def create_function(self, *args: Any, **options: Any) -> None:
        """Give SQL a function."""
        self._conn.create_function(*args, **options)

    async def commit(self) -> None:
        """Commit."""
        if self._conn.in_transaction:
            await self.carry_out("COMMIT", self._conn.commit)

    async def rollback(self) -> None:
        """Undo what was not committed."""
        self._has_written = False
        if self._connection is not None and not self._user.is_dead:
            self._connection.rollback()

    async def close(self) -> None:
        """Close."""
        self.stop()

    def stop(self) -> None:
        """Close, wherever things stand: what was not committed is undone."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def carry_out(self, statement: str, call: Callable[[], Any]) -> Any:
        """Let others have their turn, then do it: as in a thread, it is done even where whoever waits for it is cut off.

        Where nothing may go wrong, others have their turn only around what is written: what is read between two turns is the same.
        """
        lost = None
        if self._user.troubles.is_on:
            lost = await self._user.troubles.strike(self._user, statement)
        elif not (statement.startswith("BEGIN IMMEDIATE") or (statement == "COMMIT" and self._has_written)):
            return self._do(statement, call)
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            if not self._user.is_dead:
                self._do(statement, call)
            raise
        result = await self._wait_to_begin(call) if statement.startswith("BEGIN IMMEDIATE") else self._do(statement, call)
        if isinstance(lost, KilledByDoomError):
            self._user.kill("doom after a commit")
            raise asyncio.CancelledError
        if lost is not None:
            raise lost
        return result

    def _do(self, statement: str, call: Callable[[], Any]) -> Any:
        _ = self._conn
        result = call()
        if statement == "COMMIT" and self._has_written:
            self._has_written = False
            self._disk.note_commit(self._user)
        return result

    async def _wait_to_begin(self, call: Callable[[], Any]) -> Any:
        patience_ends_at = asyncio.get_running_loop().time() + BUSY_SECONDS
        while True:
            try:
                result = self._do("", call)
            except sqlite3.OperationalError as error:
                is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                if not is_busy or asyncio.get_running_loop().time() >= patience_ends_at:
                    raise
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            else:
                self._has_written = True
                return result


class InlineCursor:
    """What SQLAlchemy uses of `aiosqlite.Cursor`."""

    def __init__(self, connection: InlineConnection) -> None:
        """Belong to `connection`."""
        self._of = connection
        self._cursor = connection._conn.cursor()

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    @property
    def description(self) -> Any:
        """The columns of the answer."""
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        """The id given last."""
        return self._cursor.lastrowid

    async def execute(self, statement: str, parameters: Any = ()) -> InlineCursor:
        """Run a statement."""
        if not statement.startswith(_OURS):
            await self._of.carry_out(statement, lambda: self._cursor.execute(statement, parameters))
        return self

    async def executemany(self, statement: str, parameters: Any) -> InlineCursor:
        """Run a statement once for each of `parameters`."""
        await self._of.carry_out(statement, lambda: self._cursor.executemany(statement, parameters))
        return self

    async def fetchall(self) -> list[Any]:
        """Return the rest of the answer."""
        return self._cursor.fetchall()

    async def close(self) -> None:
        """Close."""
        self._cursor.close()


def _do_at_once(task: tuple[asyncio.Future[Any], Callable[[], Any]]) -> None:
    future, function = task
    future.set_result(function())


def open_engine(disk: Disk, user: User) -> AsyncEngine:
    """Return an engine as `bot.store.database` builds it; its connections are kept with their user."""

    async def connect() -> Any:
        if user.is_dead:
            raise asyncio.CancelledError
        connection = InlineConnection(disk, user)
        connection._conn.execute("PRAGMA synchronous=OFF")
        user.connections.append(connection)
        return connection

    engine = create_async_engine("sqlite+aiosqlite:///simulated", async_creator=connect, pool_size=4, max_overflow=0, hide_parameters=True)
    engine.sync_engine._compiled_cache = disk.compiled  # a life is short, and its queries are those of the one before
    event.listen(engine.sync_engine, "connect", real._prepare)
    event.listen(engine.sync_engine, "begin", real._begin)
    return engine
