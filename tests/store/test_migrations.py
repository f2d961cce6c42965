"""The way from an empty database to the tables of this version."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from bot.errors import SchemaTooNewError
from bot.store.database import open_database
from bot.store.tables import METADATA
from tests.store.making import GUILD, subscribe

if TYPE_CHECKING:
    from bot.store.database import Database
    from bot.store.store import Store
    from tests.postgres import Server


def _compare(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), METADATA))


async def test_all_steps_make_the_tables(database: Database) -> None:
    """A database that went through every step has exactly the tables, columns and indexes that the queries are written for."""
    async with database.reading() as connection:
        assert await connection.run_sync(_compare) == []


async def test_partial_indexes_are_partial(database: Database) -> None:
    """The indexes of what is on the way hold nothing else: the comparison above does not look at their conditions."""
    catalogue = {
        "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index'",
        "postgresql": "SELECT indexname, indexdef FROM pg_indexes",
    }
    async with database.reading() as connection:
        found = {name: sql for name, sql in await connection.execute(text(catalogue[database.dialect])) if sql}
    wanted = {
        index.name for table in METADATA.tables.values() for index in table.indexes if index.dialect_options["sqlite"]["where"] is not None
    }
    assert wanted == {name for name, sql in found.items() if " WHERE " in sql}


async def test_opening_again_changes_nothing(store: Store, url: str) -> None:
    """What was kept is there when the database is opened a second time."""
    one = await subscribe(store)
    async with open_database(url) as again:
        assert await store.subscriptions.list_of(GUILD) == (one,)
        async with again.writing() as connection:
            keys_are_on = "PRAGMA foreign_keys" if again.dialect == "sqlite" else "SELECT 1"
            assert (await connection.execute(text(keys_are_on))).scalar_one() == 1


async def test_newer_one_is_refused_and_left_alone(database: Database, url: str) -> None:
    """A database with a step that this version does not know is not touched; the error says what to install."""
    version = "SELECT version_num FROM alembic_version"
    async with database.writing() as connection:
        known = (await connection.execute(text(version))).scalar_one()
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaTooNewError, match=r"9999.*Install the version that wrote it, or a newer one"):
        async with open_database(url):
            pass
    async with database.writing() as connection:
        assert (await connection.execute(text(version))).scalar_one() == "9999"
        # The other tests on this server use it too.
        await connection.execute(text("UPDATE alembic_version SET version_num = :known"), {"known": known})


async def test_tasks_open_a_new_database_at_once(server: Server, tmp_path: Path) -> None:
    """Four that open the same empty database at the same moment all succeed."""
    await server.run("CREATE DATABASE empty_one")

    async def start(url: str) -> str:
        async with open_database(url) as database:
            return database.dialect

    for url in (server.url("empty_one"), f"sqlite+aiosqlite:///{tmp_path / 'new.sqlite'}"):
        assert len(set(await asyncio.gather(*(start(url) for _ in range(4))))) == 1


def test_steps_are_named_in_order() -> None:
    """The files of the steps sort as they run."""
    steps = sorted(path.name for path in (Path("bot/store/migrations/versions")).glob("0*.py"))
    assert [name[:4] for name in steps] == [f"{number:04}" for number in range(1, len(steps) + 1)]
