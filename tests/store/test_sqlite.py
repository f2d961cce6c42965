"""What goes wrong with a file: clear words, and the file stays as it is."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from bot.errors import StoreBusyError, StoreError
from bot.store import database as database_module
from bot.store.database import open_database
from bot.store.store import build_store
from tests.store.making import GUILD, subscribe

if TYPE_CHECKING:
    from pathlib import Path


def _url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


async def _make(file: Path, subscriptions: int = 1) -> None:
    async with open_database(_url(file)) as database:
        for channel in range(subscriptions):
            await subscribe(build_store(database), channel)


def _read(file: Path) -> bytes:
    return file.read_bytes()


async def _refuse(file: Path, words: str) -> None:
    """Assert that opening raises an error with `words` that names the file, and changes no byte of it."""
    before = _read(file)
    with pytest.raises(StoreError, match=words) as raised:
        async with open_database(_url(file)):
            pass
    assert str(file) in str(raised.value)
    assert _read(file) == before


async def test_what_is_no_database_is_left_alone(tmp_path: Path) -> None:
    """A file that is something else is refused."""
    file = tmp_path / "notes.txt"
    file.write_text("Buy milk. " * 1_000)
    await _refuse(file, "is not a database")


async def test_damaged_file_is_left_alone(tmp_path: Path) -> None:
    """A database whose pages are overwritten is refused, with what to do."""
    file = tmp_path / "store.sqlite"
    await _make(file)
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xee" * (len(whole) - 4096))
    await _refuse(file, "is damaged.*backup")


async def test_cut_file_is_left_alone(tmp_path: Path) -> None:
    """Half a database, as after a copy that was broken off, is refused."""
    file = tmp_path / "store.sqlite"
    await _make(file)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    await _refuse(file, "is damaged")


async def test_locked_at_start_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that another program holds exclusively cannot be opened now; nothing hangs."""
    monkeypatch.setattr(database_module, "_BUSY_MILLISECONDS", 50)
    file = tmp_path / "store.sqlite"
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreBusyError, match="held by another process"):
        async with open_database(_url(file)):
            pass
    other.close()
    await _make(file)


async def test_read_only_says_so(tmp_path: Path) -> None:
    """Where the file may only be read, reading works and writing says what right is missing."""
    file = tmp_path / "store.sqlite"
    await _make(file)
    # Opened read-only, because rights do not bind the root user that tests may run as.
    async with open_database(f"sqlite+aiosqlite:///file:{file}?mode=ro&uri=true") as database:
        store = build_store(database)
        assert await store.subscriptions.count(GUILD) == 1
        with pytest.raises(StoreError, match=r"may not be written\. Give the bot's user the right"):
            await subscribe(store, 2)


async def test_full_disk_says_so_and_loses_nothing(tmp_path: Path) -> None:
    """When the file cannot grow any more, the write fails with clear words and what is there stays."""

    def stop_growing(connection: sqlite3.Connection, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA max_page_count=1")  # SQLite takes the present size for it
        cursor.close()

    async with open_database(_url(tmp_path / "store.sqlite")) as database:
        store = build_store(database)
        await subscribe(store)
        await database._engine.dispose()
        event.listen(database._engine.sync_engine, "connect", stop_growing)

        async def fill() -> None:
            for channel in range(2, 10_000):
                await subscribe(store, channel, note="x" * 4_000)

        with pytest.raises(StoreError, match="the disk is full"):
            await fill()
        assert (await store.subscriptions.list_of(GUILD))[0].order.note is None


async def test_folder_in_place_of_the_file(tmp_path: Path) -> None:
    """A folder is no file."""
    with pytest.raises(StoreError, match=r"cannot be opened\. Check that it is a file"):
        async with open_database(_url(tmp_path)):
            pass


async def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """Where the folder cannot be made, the error names it and says what to do."""
    (tmp_path / "taken").write_text("")
    with pytest.raises(StoreError, match=r"The folder of the database .*taken.* cannot be made"):
        async with open_database(_url(tmp_path / "taken" / "deeper" / "store.sqlite")):
            pass
