"""Backups of both databases: whole, or not there."""

from __future__ import annotations

import asyncio
import filecmp
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.errors import SchemaTooNewError, StoreError
from bot.store.backing_up import Backup, back_up
from bot.store.database import open_database
from bot.store.store import build_store
from bot.store.tables import packages
from tests.processes import ROOT, environment
from tests.store.making import MANAGER, subscribe
from tests.store.moving import beat, fill_by_chance, look, lose_a_wish, make_empty, make_older, read_all, set_step

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a backup is written to, in a folder of its own."""
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups" / "one day.sqlite"


def _permissions(file: Path) -> int:
    return file.stat().st_mode & 0o777


async def test_everything_is_in_it(url: str, file: Path) -> None:
    """A backup has every row and the last ids given; it is one file, private, and says how much is in it. Processes are no part of it."""
    async with open_database(url) as database:
        await fill_by_chance(database, 5)
    await beat(url, seconds_ago=1)
    before = await read_all(url)
    made = await back_up(url, file)
    (content,) = look(file.parent).values()
    assert made == Backup({name: len(rows) for name, rows in before[0].items()}, len(content))
    assert _permissions(file) == 0o600
    assert await read_all(f"sqlite+aiosqlite:///{file}") == before
    assert await read_all(url) == before
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("SELECT count(*) FROM processes").fetchone() == (0,)


async def test_no_file_is_overwritten(url: str, file: Path) -> None:
    """A file that exists stays as it is, whatever it holds."""
    await make_empty(url)
    shutil.copy(__file__, file)
    with pytest.raises(StoreError, match=r"one day\.sqlite exists already and was left as it is"):
        await back_up(url, file)
    assert filecmp.cmp(__file__, file, shallow=False)


async def test_a_missing_folder_is_made(url: str, file: Path) -> None:
    """The folder is made for this user alone, and goes again where the backup fails; where more is missing, or it cannot be, it is named."""
    await make_empty(url)
    folder = file.parent / "private"
    with pytest.raises(StoreError, match="There is no database"):
        await back_up(f"sqlite+aiosqlite:///{file.parent / 'no.sqlite'}", folder / "x.sqlite")
    assert list(file.parent.iterdir()) == []
    await back_up(url, folder / "x.sqlite")
    assert _permissions(folder) == 0o700
    with pytest.raises(StoreError, match="nowhere does not exist"):
        await back_up(url, file.parent / "nowhere" / "more" / "x.sqlite")
    with pytest.raises(StoreError, match="cannot be made"):
        await back_up(url, folder / "x.sqlite" / "y.sqlite")


async def test_what_is_not_there_is_not_made(file: Path, tmp_path: Path) -> None:
    """Where there is no database, or none of the bot's, the backup says so, and neither a database nor a file is made."""
    with pytest.raises(StoreError, match=r"There is no database .*no\.sqlite"):
        await back_up(f"sqlite+aiosqlite:///{tmp_path / 'no.sqlite'}", file)
    assert not (tmp_path / "no.sqlite").exists()
    (tmp_path / "empty.sqlite").touch()
    with pytest.raises(StoreError, match="holds no tables of the bot"):
        await back_up(f"sqlite+aiosqlite:///{tmp_path / 'empty.sqlite'}", file)
    assert look(file.parent) == {}


async def test_a_newer_one_is_refused(url: str, file: Path) -> None:
    """What a newer version wrote, this one cannot back up; it says what to install."""
    await make_empty(url)
    await set_step(url, "9999")
    with pytest.raises(SchemaTooNewError, match="9999"):
        await back_up(url, file)
    await set_step(url, "0004")
    assert look(file.parent) == {}


async def test_an_older_sqlite_one_is_brought_up_to_date_in_the_backup_alone(file: Path, tmp_path: Path) -> None:
    """A backup made right after an upgrade, before the bot started, has this version's tables, and the database still its own."""
    source = tmp_path / "older.sqlite"
    await make_older(f"sqlite+aiosqlite:///{source}", "0002")
    with closing(sqlite3.connect(source)) as connection, connection:
        connection.execute("INSERT INTO planning VALUES (1, 77)")
    before = source.read_bytes()
    assert (await back_up(f"sqlite+aiosqlite:///{source}", file)).counts["planning"] == 1
    assert source.read_bytes() == before
    rows, _ = await read_all(f"sqlite+aiosqlite:///{file}")
    assert rows["planning"] == [(1, 77)]


@pytest.mark.parametrize("harm", ["truncated", "overwritten", "unrelated"])
async def test_a_damaged_database_makes_no_backup(file: Path, tmp_path: Path, harm: str) -> None:
    """Damage, also the kind that only a check finds, is said and leaves no file."""
    source = tmp_path / "source.sqlite"
    url = f"sqlite+aiosqlite:///{source}"
    async with open_database(url) as database:
        await fill_by_chance(database, 6)
    whole = source.read_bytes()
    if harm == "truncated":
        source.write_bytes(whole[: len(whole) // 2])
    elif harm == "overwritten":
        source.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))
    else:
        lose_a_wish(source)
    with pytest.raises(StoreError, match=r"is damaged|did not pass its check"):
        await back_up(url, file)
    assert look(file.parent) == {}


async def test_what_was_erased_is_in_no_byte_of_it(file: Path, tmp_path: Path) -> None:
    """What was deleted is not found in the free pages of a backup either, though the live file may have them still."""
    source = tmp_path / "source.sqlite"
    url = f"sqlite+aiosqlite:///{source}"
    async with open_database(url) as database:
        for channel in range(20):
            await subscribe(build_store(database), channel, note=f"for Grace alone {'x' * 400}")
    with closing(sqlite3.connect(source)) as connection, connection:
        # As most builds of SQLite delete; some overwrite at once.
        connection.execute("PRAGMA secure_delete=OFF")
        connection.execute("DELETE FROM subscriptions")
    await back_up(url, file)
    assert b"for Grace alone" in look(tmp_path)["source.sqlite"]
    (content,) = look(file.parent).values()
    assert b"CREATE TABLE subscriptions" in content
    assert b"for Grace alone" not in content
    assert int(MANAGER).to_bytes(8) not in content


async def test_while_another_process_writes(url: str, file: Path) -> None:
    """Backups made while a process writes without a pause are each as the database was at one moment: no transaction is cut in two."""
    writer = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.store.moving", url), cwd=ROOT, env=environment(), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert writer.stdout is not None
        assert await writer.stdout.readline() == b"ready\n"
        seen = []
        for number in range(4):
            made = await back_up(url, file.with_name(f"{number}.sqlite"))
            # Each alert comes with its five deliveries in one transaction.
            assert made.counts["deliveries"] == 5 * made.counts["alerts"]
            seen.append(made.counts["alerts"])
        assert writer.returncode is None
        assert seen[0] < seen[-1]
    finally:
        writer.kill()
        await writer.wait()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for 300 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() or not mount or subprocess.run([mount, "-t", "tmpfs", "-o", "size=300k", "tmpfs", folder], check=False).returncode:
        pytest.skip("only root may mount a small file system")
    yield folder
    subprocess.run(["umount", folder], check=True)


async def test_a_full_disk_leaves_no_file(url: str, small_disk: Path) -> None:
    """Where the disk is full in the middle, the error says so and nothing is left of the backup."""
    async with open_database(url) as database, database.writing() as connection:
        await connection.execute(packages.insert(), {"version": "big", "packed": bytes(400_000), "kept_at": 1})
    with pytest.raises(StoreError, match="the disk is full"):
        await back_up(url, small_disk / "b.sqlite")
    assert look(small_disk) == {}
