"""The stand-in for aiosqlite and the real one: the same statements give the same answers and the same errors."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.errors import StoreBusyError, StoreError
from bot.store.database import Database, open_database
from tests.simulation import loop
from tests.simulation.disk import Disk, DiskDatabase, InlineConnection, open_engine

STATEMENTS = (
    "INSERT INTO guilds (id, zone, created_at) VALUES (1, 'UTC', 5), (2, NULL, 6) RETURNING id",
    "INSERT INTO guilds (id, created_at) VALUES (1, 9)",
    "SELECT id, zone, created_at FROM guilds ORDER BY id DESC",
    "UPDATE guilds SET minute = 3 WHERE id = 2",
    (
        "INSERT INTO subscriptions (guild_id, channel_id, wish_id, own_zone, own_minute, publish, created_by, created_at, status, strikes) "
        "VALUES (77, 1, 1, 0, 0, 0, 1, 1, 0, 0)"
    ),
    "SELECT nothing FROM guilds",
    "PRAGMA foreign_keys",
    "PRAGMA journal_mode",
    "SELECT max(id), count(*) FROM guilds",
)


class User:
    """Uses a simulated disk; nothing goes wrong."""

    is_dead = False
    is_on = False

    def __init__(self) -> None:
        """Begin without connections."""
        self.connections: list[InlineConnection] = []
        self.troubles = self

    async def strike(self, _: object, __: str) -> Exception | None:
        """Nothing is ever struck."""
        return None

    def clock(self) -> datetime:
        """The made-up time."""
        return datetime(2027, 3, 14, 1, 59, 26, tzinfo=UTC)

    def kill(self, why: str) -> None:
        """Nobody is killed."""


async def _list_answers(database: Database) -> list[object]:
    answers: list[object] = []
    for statement in STATEMENTS:
        try:
            async with database.writing() as connection:
                result = await connection.execute(text(statement))
                answers.append([tuple(row) for row in result] if result.returns_rows else result.rowcount)
        except StoreError as error:
            cause = error.__cause__
            assert isinstance(cause, DBAPIError)
            answers.append((type(error), str(cause.orig)))
    return answers


async def _make(path: Path) -> list[object]:
    async with open_database(f"sqlite+aiosqlite:///{path}") as database:
        with sqlite3.connect(path) as source, sqlite3.connect(path.with_name("copy.sqlite")) as target:
            source.backup(target)
        return await _list_answers(database)


async def _ask_copy(path: Path) -> list[object]:
    user = User()
    return await _list_answers(_open(Disk(path), user))


def _open(disk: Disk, user: User) -> Database:
    return DiskDatabase(open_engine(disk, user), disk)


def test_the_same_statements_give_the_same_answers(tmp_path: Path) -> None:
    """Rows, counts and errors, among them a broken key, a broken reference and a column that is not there."""
    path = tmp_path / "real.sqlite"
    real = asyncio.run(_make(path))
    assert [type(answer) for answer in real].count(tuple) == 3
    assert loop.run(_ask_copy(tmp_path / "copy.sqlite")) == real


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """An empty database."""
    asyncio.run(_make(tmp_path / "real.sqlite"))
    return tmp_path / "copy.sqlite"


async def _wait_for_a_writer(path: Path, seconds: float) -> float:
    disk, began = Disk(path), asyncio.get_running_loop().time()
    one, other = _open(disk, User()), _open(disk, User())

    async def write_slowly() -> None:
        async with one.writing():
            await asyncio.sleep(seconds)

    task = asyncio.create_task(write_slowly())
    await asyncio.sleep(0.1)
    async with other.writing() as connection:
        await connection.execute(text("SELECT 1"))
    await task
    return asyncio.get_running_loop().time() - began


def test_a_writer_waits_for_another_process_and_gives_up_after_a_while(copy: Path) -> None:
    """For three made-up seconds it waits and then writes; for ten it is told that the database is busy, as by SQLite itself."""
    assert 3 <= loop.run(_wait_for_a_writer(copy, 3)) < 3.1
    with pytest.raises(StoreBusyError):
        loop.run(_wait_for_a_writer(copy, 10))


async def _tell_time(path: Path) -> float:
    async with _open(Disk(path), User()).reading() as connection:
        return float((await connection.execute(text("SELECT (julianday('now') - 2440587.5) * 86400.0"))).scalar_one())


def test_the_database_goes_by_the_made_up_clock(copy: Path) -> None:
    """What SQL calls now is what the machine's clock shows, to a tenth of a millisecond."""
    assert loop.run(_tell_time(copy)) == pytest.approx(User().clock().timestamp(), abs=1e-4)


async def _die_in_the_middle(path: Path) -> int:
    disk, user = Disk(path), User()
    database = _open(disk, user)

    async def write() -> None:
        async with database.writing() as connection:
            await connection.execute(text("INSERT INTO guilds (id, created_at) VALUES (5, 5)"))
            await asyncio.sleep(60)

    task = asyncio.create_task(write())
    await asyncio.sleep(1)
    user.is_dead = True
    for connection in user.connections:
        connection.stop()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    with sqlite3.connect(path, timeout=0) as later:
        later.execute("INSERT INTO guilds (id, created_at) VALUES (6, 6)")  # nobody holds it up
        return int(later.execute("SELECT count(*) FROM guilds").fetchone()[0])


@pytest.mark.filterwarnings("ignore:The garbage collector")
def test_what_a_killed_process_had_not_committed_is_undone(copy: Path) -> None:
    """Its transaction is gone, and so is its lock."""
    assert loop.run(_die_in_the_middle(copy)) == 1


async def _pass(times: list[float]) -> None:
    async def rest(seconds: float) -> None:
        await asyncio.sleep(seconds)
        times.append(asyncio.get_running_loop().time())

    await asyncio.gather(rest(86_400 * 365), rest(5), asyncio.to_thread(lambda: None))


def test_a_year_passes_at_once() -> None:
    """Timers fire in their order, at their made-up times, and a thread's work is done where it stands."""
    times: list[float] = []
    loop.run(_pass(times))
    assert times == pytest.approx([5, 86_400 * 365])


def test_waiting_for_nothing_is_told() -> None:
    """Where everything waits and no timer is set, the simulation would hang; it says so."""
    with pytest.raises(loop.NothingLeftToWaitForError):
        loop.run(_wait_for_ever())


async def _wait_for_ever() -> None:
    await asyncio.get_running_loop().create_future()
