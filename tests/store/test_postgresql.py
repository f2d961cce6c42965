"""What goes wrong with a server: clear words, and never the password."""

from __future__ import annotations

import socket

import pytest
from sqlalchemy import text

from bot.errors import StoreError
from bot.store import database as database_module
from bot.store.database import open_database
from bot.store.store import build_store
from tests.postgres import GUARDED, Server
from tests.store.making import GUILD, subscribe

SECRET = "very-secret"  # noqa: S105 - it opens nothing


async def _refuse(url: str, words: str) -> None:
    with pytest.raises(StoreError, match=words) as raised:
        async with open_database(url):
            pass
    assert SECRET not in str(raised.value)
    assert "on 127.0.0.1:" in str(raised.value)


async def test_nobody_there() -> None:
    """Where no server listens, the error says where it was looked for."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    await _refuse(f"postgresql+asyncpg://me:{SECRET}@127.0.0.1:{port}/detente", "cannot be reached")


async def test_wrong_password(server: Server) -> None:
    """A refused password is called that, and not repeated."""
    await server.run(f"CREATE ROLE {GUARDED} LOGIN PASSWORD 'right'")
    await _refuse(f"postgresql+asyncpg://{GUARDED}:{SECRET}@127.0.0.1:{server.port}/postgres", "refused the user or the password")
    async with open_database(f"postgresql+asyncpg://postgres:right@127.0.0.1:{server.port}/migrated"):
        pass


async def test_no_such_database(server: Server) -> None:
    """A database that does not exist is to be made first."""
    await _refuse(f"postgresql+asyncpg://postgres:{SECRET}@127.0.0.1:{server.port}/nowhere", "does not exist. Make it with CREATE DATABASE")


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
async def test_connection_lost_in_the_middle(url: str, server: Server) -> None:
    """The transaction that lost its connection is undone; the next one gets a new connection."""
    async with open_database(url) as database:
        store = build_store(database)
        await subscribe(store)

        async def lose() -> None:
            async with database.writing() as connection:
                await connection.execute(text("DELETE FROM subscriptions"))
                process = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
                await server.run(f"SELECT pg_terminate_backend({process})")
                await connection.execute(text("SELECT 1"))

        with pytest.raises(StoreError, match="closed the connection"):
            await lose()
        assert await store.subscriptions.count(GUILD) == 1


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
async def test_frozen_process_holds_nobody_up(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that stops in the middle of a transaction loses it, and those who wait for their turn get it."""
    monkeypatch.setattr(database_module, "_IDLE_MILLISECONDS", 100)
    async with open_database(url) as frozen, open_database(url) as other:

        async def freeze() -> None:
            async with frozen.writing() as connection:
                await subscribe(build_store(other))
                await connection.execute(text("SELECT 1"))

        with pytest.raises(StoreError, match="closed the connection"):
            await freeze()
        assert await build_store(frozen).subscriptions.count(GUILD) == 1
