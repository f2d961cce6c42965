"""A fresh store for each test: SQLite in a file, or a database of a real PostgreSQL server."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from bot.store.database import Database, open_database
from bot.store.store import build_store
from bot.store.tables import METADATA
from tests import postgres

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from bot.store.store import Store

_MIGRATED = "migrated"


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """A PostgreSQL server, started when the first test asks for it, with a migrated database."""

    async def migrate() -> None:
        async with open_database(started.url(_MIGRATED)):
            pass

    with postgres.running() as started:
        started.run_now(f"CREATE DATABASE {_MIGRATED}")
        postgres.run_to_end(migrate())
        yield started


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database that nobody else uses."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'store.sqlite'}"
    server: postgres.Server = request.getfixturevalue("server")
    # Emptied, for a copy of the template takes ten times as long. Nobody else uses it: each worker has a server of its own.
    server.run_now(f"TRUNCATE {', '.join(METADATA.tables)} RESTART IDENTITY", _MIGRATED)
    return server.url(_MIGRATED)


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """The database, open."""
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(open_database(url))


@pytest.fixture
def store(database: Database) -> Store:
    """The store over it."""
    return build_store(database)
