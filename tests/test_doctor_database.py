"""`detente doctor`: what it finds about a database, of each age and kind, and that it leaves it as it was."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.store.database import open_database
from tests import postgres
from tests.loopback import serve
from tests.patient import Patient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@pytest.fixture
async def patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Patient]:
    """A machine on which the bot would run."""
    async with serve() as discord:
        yield Patient(tmp_path, discord, monkeypatch)


async def test_a_database_of_each_age(patient: Patient) -> None:
    """Made by this version, by an older and by a newer one: told apart, and left as it was."""
    await patient.make_database()
    code, signs = await patient.look()
    assert (code, signs["tables"][0], "of this version" in signs["tables"][1]) == (0, "good", True)
    assert "none is at work there" in signs["processes"][1]
    for step, expected in (("0001", (0, "good", "the next start brings them up to date")), ("9999", (4, "bad", "newer version"))):
        with closing(_connect(patient)) as database:
            database.execute("UPDATE alembic_version SET version_num = ?", (step,))
        code, signs = await (patient.look if step == "0001" else patient.tell)()
        assert (code, signs["tables"][0]) == expected[:2]
        assert expected[2] in signs["tables"][1]


def _connect(patient: Patient) -> sqlite3.Connection:
    return sqlite3.connect(patient.database, isolation_level=None)


async def test_a_database_that_somebody_works_on(patient: Patient) -> None:
    """While another process has it open, it is read beside it, and who gives signs of life there is told."""
    async with open_database(f"sqlite+aiosqlite:///{patient.database}"):
        with closing(_connect(patient)) as other:
            other.execute("INSERT INTO processes VALUES ('one', '0-1', 0, unixepoch()), ('two', '', 0, 0)")
            other.execute("BEGIN IMMEDIATE")
            code, signs = await patient.look()
    assert (code, signs["database"][0]) == (0, "good")
    assert "at work there: one (shards 0-1" in signs["processes"][1]
    assert "two" not in signs["processes"][1]


async def test_a_database_left_by_a_crash(patient: Patient) -> None:
    """What a bot had written last is read, and neither put into the file nor taken away: that is for the next start."""
    other = patient.folder / "crashed.sqlite"
    async with open_database(f"sqlite+aiosqlite:///{other}"):
        with closing(sqlite3.connect(other, isolation_level=None)) as database:
            database.execute("INSERT INTO processes VALUES ('one', '0-1', 0, unixepoch())")
        patient.database.parent.mkdir()
        for suffix in ("", "-wal"):
            shutil.copy(f"{other}{suffix}", f"{patient.database}{suffix}")
    code, signs = await patient.look()
    assert (code, signs["database"][0]) == (0, "good")
    assert "at work there: one" in signs["processes"][1]


@pytest.mark.parametrize("damage", ["no database", "torn", "one number", "a folder"])
async def test_a_database_that_is_none(patient: Patient, damage: str) -> None:
    """A text, a torn file or a folder in its place is told with what to do, exit code 4."""
    patient.database.parent.mkdir()
    if damage == "a folder":
        patient.database.mkdir()
    elif damage == "torn":
        await patient.make_database()
        whole = patient.database.read_bytes()
        patient.database.write_bytes(whole[:8192] + os.urandom(len(whole) - 8192))
    elif damage == "one number":
        await patient.make_database()
        whole = patient.database.read_bytes()
        patient.database.write_bytes(whole[:36] + b"\0\0\0\5" + whole[40:])  # how many pages are free: all else can be read
    else:
        patient.database.write_text("Dear diary, today nothing was posted. " * 99, encoding="utf-8")
    code, signs = await patient.look()
    assert (code, signs["database"][0]) == (4, "bad")


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    """A PostgreSQL server."""
    with postgres.running() as started:
        yield started


async def test_postgresql(patient: Patient, server: postgres.Server) -> None:
    """Empty, filled, read only and without rights: each is told, with its version and clock; and nothing is made in it."""
    await server.run("CREATE DATABASE doctored")
    url = server.url("doctored")
    code, signs = await patient.look(DATABASE_URL=url)
    assert (code, signs["clock (database)"][0]) == (0, "good")
    assert re.search(r"doctored on 127\.0\.0\.1:\d+, PostgreSQL \d+", signs["database"][1])
    assert "none yet" in signs["tables"][1]
    await server.run("ALTER DATABASE doctored SET default_transaction_read_only = on")
    code, signs = await patient.look(DATABASE_URL=url)
    assert (code, signs["database"][0], "may only be read" in signs["database"][1]) == (4, "bad", True)
    await server.run("ALTER DATABASE doctored RESET default_transaction_read_only")
    async with open_database(url):
        pass
    await server.run("CREATE USER weak PASSWORD 'hunter2'")
    await server.run("REVOKE CREATE ON SCHEMA public FROM PUBLIC", "doctored")
    await server.run("GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO weak", "doctored")
    code, signs = await patient.look(DATABASE_URL=url.replace("postgres@", "weak:hunter2@"))
    assert (code, signs["database"][0], "may not write the bot's tables" in signs["database"][1]) == (4, "bad", True)
    code, signs = await patient.look(DATABASE_URL=server.url("missing"))
    assert (code, "does not exist" in signs["database"][1]) == (4, True)
