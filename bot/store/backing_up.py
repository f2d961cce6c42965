"""Backups: one SQLite file with everything in it, made while the bot runs and writes, whichever database it uses.

Such a file is complete or is not there: it is written beside under another name, checked, and only then given its own.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tempfile
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import StoreError
from bot.store.copying import KEPT, copy_rows, require_current
from bot.store.database import find_file, in_words, open_database, read_address, visit_database
from bot.store.migrating import lacks_steps
from bot.store.numbering import carry_ids, find_last_ids
from bot.store.tables import processes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SQLITE_HEADER = b"SQLite format 3\0"
_PRIVATE = 0o600
_PRIVATE_FOLDER = 0o700


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made: how many rows each table has, and its size in bytes."""

    counts: Mapping[str, int]
    size: int


async def back_up(url: str, file: Path) -> Backup:
    """Write everything in the database at `url`, as it is at one moment, to `file`; others may go on writing.

    The folder of `file` is made, for this user alone, where only it is missing. Raises StoreError where there is no such database,
    `file` exists, or anything fails; then no file is left, nor the folder. Raises SchemaTooNewError.
    """
    _require_new(file)
    with _folder(file.parent), in_words(str(file)), tempfile.TemporaryDirectory(prefix=f".{file.name}.", dir=file.parent) as name:
        gathered, whole = Path(name) / "gathered.sqlite", Path(name) / "whole.sqlite"
        await _gather(url, gathered)
        counts = await asyncio.to_thread(_compact, gathered, whole)
        return Backup(counts, await asyncio.to_thread(_publish, whole, file))


def _require_new(file: Path) -> None:
    if file.exists():
        raise StoreError(f"{file} exists already and was left as it is. Name another file, or move this one away.")


@contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """Make a folder unless it is there; on failure the one that was made goes again."""
    try:
        folder.mkdir(_PRIVATE_FOLDER)
    except FileNotFoundError:
        raise StoreError(f"The folder {folder.parent} does not exist. Make it, or name a file in another one.") from None
    except OSError as error:
        if not folder.is_dir():
            raise StoreError(f"The folder {folder} cannot be made ({error.strerror}). Make it, or name a file in another one.") from None
        yield
        return
    try:
        yield
    except BaseException:
        with suppress(OSError):  # somebody put a file of their own there meanwhile
            folder.rmdir()
        raise


async def _gather(url: str, into: Path) -> None:
    """Write everything in the database at `url` to a new SQLite file, with the tables of this version."""
    _make_private(into)
    if source := find_file(read_address(url)):
        async with visit_database(url):  # says so where there is none
            await snapshot(source, into)
        await bring_up_to_date(into, str(source))
        return
    async with visit_database(url) as source_database:
        await require_current(source_database)
        async with source_database.snapshot() as rows, open_database(sqlite_url(into)) as target, target.writing() as connection:
            await copy_rows(rows, source_database.place, connection)
            await carry_ids(connection, await find_last_ids(rows))


async def snapshot(source: Path, into: Path) -> None:
    """Copy an SQLite file as it is at one moment; `source` is not written to, though others may. Raises StoreError."""
    await asyncio.to_thread(_snapshot, source, into)


def _snapshot(source: Path, into: Path) -> None:
    with in_words(str(source)), closing(_open_to_read(source)) as old:
        old.execute("BEGIN")
        # Counted in the same transaction: what others write meanwhile is in neither.
        expected = count_rows(old)
        with in_words(str(into)), closing(sqlite3.connect(into, isolation_level=None)) as new:
            old.backup(new)
            # What a database remembers of being in WAL mode would leave files beside this one.
            new.execute("PRAGMA journal_mode=DELETE")
            found = count_rows(new)
    if found != expected:
        raise StoreError(f"The copy of {source} has other numbers of rows ({found}) than it should have ({expected}); it was not kept.")


def _open_to_read(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
    connection.execute("PRAGMA busy_timeout=5000")
    return connection


async def bring_up_to_date(file: Path, named: str) -> None:
    """Migrate an SQLite file that nobody else uses; `named` is how errors call it.

    Raises StoreError where it holds none of the bot's tables, SchemaTooNewError.
    """
    async with visit_database(sqlite_url(file)) as database, database.reading() as connection:
        await connection.run_sync(lacks_steps, named)
    async with open_database(sqlite_url(file)):
        pass


def sqlite_url(file: Path) -> str:
    """Return the address of an SQLite file."""
    return f"sqlite+aiosqlite:///{file}"


def find_damage(file: Path) -> str | None:
    """Return what is wrong with an SQLite file, in the library's words; None where nothing is. It is not written to."""
    if not file.is_file():
        return "there is no such file"
    with file.open("rb") as opened:
        if opened.read(len(_SQLITE_HEADER)) != _SQLITE_HEADER:
            return "it is no SQLite database"
    try:
        with closing(_open_to_read(file)) as connection:
            return _find_damage(connection)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise  # it may be busy, or not ours to read
        return str(error)


def _find_damage(connection: sqlite3.Connection) -> str | None:
    (said,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if said != "ok":
        return str(said)
    lost = connection.execute("PRAGMA foreign_key_check").fetchone()
    return f"a row of {lost[0]} refers to one of {lost[2]} that is not there" if lost else None


def count_rows(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many rows each of the bot's tables has, as far as the file has them."""
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    names = [table.name for table in KEPT if table.name in there]
    return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}  # noqa: S608 - our own names


def _compact(gathered: Path, whole: Path) -> dict[str, int]:
    """Write the rows alone to a new file, without the room that deleted ones left: what was erased must not live on in there."""
    _make_private(whole)
    with closing(sqlite3.connect(gathered, isolation_level=None)) as connection:
        connection.execute(f"DELETE FROM {processes.name}")  # noqa: S608 - our own name
        expected = count_rows(connection)
        connection.execute("VACUUM INTO ?", (str(whole),))
    with closing(sqlite3.connect(whole, isolation_level=None)) as connection:
        damage, found = _find_damage(connection), count_rows(connection)
    if damage or found != expected:
        raise StoreError(f"The backup did not pass its check ({damage or f'{found} rows instead of {expected}'}) and was not kept.")
    return found


def _make_private(file: Path) -> None:
    """Make an empty file that only this user may read: who set up which alert is nobody else's business."""
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE))


def _publish(whole: Path, file: Path) -> int:
    """Give a finished file its name, for good: it stays there through a power cut, and takes no other file's place. Returns its size."""
    with _opened(whole, os.O_RDWR) as number:
        os.fsync(number)
        size = os.fstat(number).st_size
    try:
        file.hardlink_to(whole)
    except FileExistsError:
        raise StoreError(f"{file} was made by somebody else meanwhile and was left as it is. Name another file.") from None
    except OSError:  # a file system without hard links
        whole.rename(file)
    with _opened(file.parent, os.O_RDONLY) as number:
        os.fsync(number)
    return size


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    number = os.open(path, flags)
    try:
        yield number
    finally:
        os.close(number)
