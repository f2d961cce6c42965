"""One database, opened, checked and migrated; every transaction begins here and every failure of it is put into words here."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep, time_ns
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import create_async_engine

from bot.errors import StoreError
from bot.store import driver
from bot.store.failures import FAILURES, to_folder_error, to_store_error
from bot.store.migrating import migrate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, MutableMapping, Sequence

    from sqlalchemy import URL, Connection
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_BUSY_MILLISECONDS = 5_000
_IDLE_MILLISECONDS = 15_000
_CONNECT_SECONDS = 10.0
_COMMAND_SECONDS = 60.0
_WAL_PAUSE_SECONDS = 0.05
_FRESH_NANOSECONDS = 2_000_000_000

_WRITER_LOCK = 0x44_65_74_65_6E_74_65
"""The key of PostgreSQL's advisory lock, "Detente" in ASCII: other programs on the same database will not take it by chance."""


class Database:
    """An open database. Every transaction may raise StoreError, and StoreBusyError where trying again helps."""

    def __init__(self, engine: AsyncEngine, place: str) -> None:
        """Use `engine`; `place` names the database in errors."""
        self.place = place
        self._engine = engine
        self._turn = asyncio.Lock()

    @property
    def dialect(self) -> str:
        """Either sqlite or postgresql."""
        return self._engine.dialect.name

    def find_mark(self) -> object | None:
        """Return something that changes with every write of any process, None where that cannot be told without a question."""
        if self.dialect != "sqlite":
            return None
        try:
            # In WAL mode whoever writes appends to the file beside the database; looking at it costs a hundredth of a query.
            stat = Path(f"{self._engine.url.database}-wal").stat()
        except OSError:
            return None
        # Within the same tick of the file system's clock two writes look like one, so a fresh one tells nothing.
        is_fresh = time_ns() - stat.st_mtime_ns < _FRESH_NANOSECONDS
        return None if is_fresh else (stat.st_mtime_ns, stat.st_size)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection in a transaction that only reads."""
        with in_words(self.place):
            async with self._engine.connect() as connection, connection.begin():
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection in a transaction that alone may write; it commits at the end, or rolls back on any error."""
        # Tasks of one process queue here in order; SQLite would let them poll, and take each a connection meanwhile.
        with in_words(self.place):
            async with self._turn, self._engine.connect() as connection:
                await connection.execution_options(writes=True)
                async with connection.begin():
                    await self._take_turn(connection)
                    yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection to which the database stays as it is now, however long it reads and whatever others write meanwhile."""
        with in_words(self.place):
            async with self._engine.connect() as connection:
                if self.dialect == "postgresql":
                    await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                async with connection.begin():
                    await take_time(connection)
                    yield connection

    async def _take_turn(self, connection: AsyncConnection) -> None:
        # On PostgreSQL this makes writers as serial as BEGIN IMMEDIATE makes them on SQLite. Writes are few (a token sends 50
        # messages a second at most), and one code path for both databases is worth more than SKIP LOCKED.
        if self.dialect == "postgresql":
            await connection.execute(select(func.pg_advisory_xact_lock(_WRITER_LOCK)))


async def take_time(connection: AsyncConnection) -> None:
    """Let this transaction rest for as long as it must: whoever copies a database waits for the other one in between."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        await connection.execute(text("SET LOCAL statement_timeout = 0"))


@contextmanager
def in_words(place: str) -> Iterator[None]:
    """Raise StoreError, which names the database `place`, for whatever its driver raises."""
    try:
        yield
    except FAILURES as error:
        raise to_store_error(error, place) from error


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """Open, check and migrate the database at `url`, and close it at the end; makes the folder of an SQLite file.

    Raises StoreError, SchemaTooNewError, StoreBusyError.
    """
    address = read_address(url)
    is_file = address.get_backend_name() == "sqlite"
    place = name_place(address)
    if is_file:
        _make_folder(address, place)
    engine = _build_engine(address)
    try:
        with in_words(place):
            if is_file:
                await asyncio.to_thread(_use_wal, *engine.dialect.create_connect_args(address))
            async with engine.connect() as connection:
                await connection.execution_options(writes=True)
                await connection.run_sync(migrate, place, _WRITER_LOCK)
        yield Database(engine, place)
    finally:
        await engine.dispose()


@asynccontextmanager
async def visit_database(url: str) -> AsyncIterator[Database]:
    """Open the database at `url` as it is, neither making nor migrating it, and close it at the end.

    Raises StoreError, also where there is none.
    """
    address = read_address(url)
    place = name_place(address)
    if (file := find_file(address)) and not file.exists():
        raise StoreError(f"There is no database {place}. Check DATABASE_URL and DATA_DIR; nothing was made.")
    engine = _build_engine(address)
    try:
        yield Database(engine, place)
    finally:
        await engine.dispose()


def read_address(url: str) -> URL:
    """Read the address of a database; raises StoreError, which does not repeat it, for one of no form the bot knows."""
    with suppress(ArgumentError, ValueError):
        address = make_url(url)
        if address.database and _is_plain(address, url):
            return address
    raise StoreError(
        "The address of the database is of no form the bot knows. It expects sqlite+aiosqlite:///PATH or "
        "postgresql+asyncpg://USER:PASSWORD@HOST/NAME; an @ or a : in a password is written as %40 or %3A."
    )


def _is_plain(address: URL, url: str) -> bool:
    if address.drivername == "sqlite+aiosqlite":
        return True
    # Any other @ is one of a password: what comes behind it would be taken for the host or the database, and printed.
    return address.drivername == "postgresql+asyncpg" and url.count("@") == (address.username is not None)


def find_file(url: URL) -> Path | None:
    """Return the file of an SQLite database, None for PostgreSQL."""
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def _build_engine(url: URL) -> AsyncEngine:
    return _sqlite_engine(url) if url.get_backend_name() == "sqlite" else _postgresql_engine(url)


def name_place(url: URL) -> str:
    """Return how errors call the database, without its user and password."""
    if url.get_backend_name() == "sqlite":
        return url.database or "in memory"
    return f"{url.database} on {url.host or 'localhost'}:{url.port or 5432}"


def _make_folder(url: URL, place: str) -> None:
    if not url.database or url.database.startswith((":memory:", "file:")):
        return
    try:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise to_folder_error(error, place) from error


def _postgresql_engine(url: URL) -> AsyncEngine:
    settings = {
        "application_name": "detente",
        "lock_timeout": str(_BUSY_MILLISECONDS),
        # A process that freezes in the middle of a transaction must not hold everybody up.
        "idle_in_transaction_session_timeout": str(_IDLE_MILLISECONDS),
    }
    # A server that vanishes without a word must not hang the loops for as long as TCP hopes.
    arguments = {"server_settings": settings, "timeout": _CONNECT_SECONDS, "command_timeout": _COMMAND_SECONDS}
    return create_async_engine(url, connect_args=arguments, pool_pre_ping=True, pool_size=4, max_overflow=4, hide_parameters=True)


def _sqlite_engine(url: URL) -> AsyncEngine:
    async def connect() -> driver.BriefConnection:
        return await driver.connect(*engine.dialect.create_connect_args(url))

    engine = create_async_engine(url, async_creator=connect, pool_size=4, max_overflow=0, hide_parameters=True)
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's connection, adapted
    # The driver's own transactions begin too late: with them two tasks claim the same row.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
    cursor.execute("PRAGMA foreign_keys=ON")
    # A power cut must not undo a claim: what was sent would be sent again.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


def _use_wal(arguments: Sequence[Any], options: MutableMapping[str, Any]) -> None:
    """Let readers and a writer work side by side; the file remembers it.

    Two processes that start at once on a new file: for this one lock SQLite does not wait by itself. And a file that cannot be
    opened is found out here, in the plain: the driver would leave a thread behind.
    """
    patience_ends_at = monotonic() + _BUSY_MILLISECONDS / 1_000
    with closing(sqlite3.connect(*arguments, **options)) as connection:
        while True:
            try:
                connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > patience_ends_at:
                    raise
                sleep(_WAL_PAUSE_SECONDS)
            else:
                return
