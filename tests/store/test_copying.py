"""From one database to another: everything arrives, or nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bot.domain.ledger import DeliveryState
from bot.errors import SchemaTooNewError, StoreBusyError, StoreError
from bot.store import copying
from bot.store.copying import copy_database
from bot.store.database import name_place, open_database, read_address
from bot.store.store import build_store
from tests.store.making import GUILD, LATER, LEASE, NOW, claim, fan_out, only_states, sent, subscribe
from tests.store.moving import beat, fill_by_chance, look, lose_a_wish, make_empty, make_older, read_all, set_step
from tests.store.test_failures import held, impatient

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["impatient"]

postgresql = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


@pytest.fixture
def source(tmp_path: Path) -> str:
    """The address of an SQLite database to copy from."""
    return f"sqlite+aiosqlite:///{tmp_path / 'source.sqlite'}"


@pytest.fixture
def back(tmp_path: Path) -> str:
    """The address of an SQLite database to copy back to, which does not exist."""
    return f"sqlite+aiosqlite:///{tmp_path / 'back.sqlite'}"


@postgresql
@pytest.mark.parametrize("seed", range(4))
async def test_there_and_back_is_the_same(source: str, url: str, back: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever an SQLite database holds is in PostgreSQL after one copy and in SQLite after another, and so are the last ids given."""
    monkeypatch.setattr(copying, "BATCH", 7)
    async with open_database(source) as database:
        await fill_by_chance(database, seed)
    before = await read_all(source)
    assert all(before[0].values())
    counts = await copy_database(source, url)
    assert await read_all(url) == before
    assert counts == {name: len(rows) for name, rows in before[0].items()}
    await copy_database(url, back)
    assert await read_all(back) == before
    assert await read_all(source) == before


async def test_the_bot_goes_on_in_the_copy(source: str, url: str) -> None:
    """What waited is claimed and sent there, what was being sent is tried again, and no id is given that was given before."""
    async with open_database(source) as database:
        store = build_store(database)
        for channel in range(3):
            last = await subscribe(store, channel)
        await fan_out(database, store)
        (first,) = await claim(store, limit=1)
        (second,) = await claim(store, limit=1)
        await store.ledger.finish("me", [sent(second)], NOW)
        await store.subscriptions.remove(GUILD, last.id, NOW)
        # The message with the highest id is gone, and its id must not come again.
        await store.ledger.prune(LATER)
    await copy_database(source, url)
    async with open_database(url) as database:
        store = build_store(database)
        assert await claim(store) == ()
        claimed = await claim(store, now=NOW + LEASE)
        assert [(message.id, message.attempts) for message in claimed] == [(first.id, 2)]
        await store.ledger.finish("me", [sent(message) for message in claimed], NOW)
        new = await subscribe(store, 9)
        assert new.id > last.id
        await fan_out(database, store)
        (message,) = await claim(store)
        assert message.id > second.id
        await store.ledger.finish("me", [sent(message)], NOW)
        assert set(await only_states(database)) == {DeliveryState.SENT, DeliveryState.CANCELLED}


async def test_a_filled_one_is_refused_and_left_alone(source: str, url: str) -> None:
    """A target with a single row stays as it was, also where it is of an older version; the error says what to do."""
    async with open_database(source) as database:
        await subscribe(build_store(database))
    async with open_database(url) as database:
        await build_store(database).plan.advance(NOW)
    before = await read_all(url)
    with pytest.raises(StoreError, match=r"is not empty \(there are rows in planning\).*(mv |RENAME TO)"):
        await copy_database(source, url)
    assert await read_all(url) == before


async def test_an_older_filled_one_is_not_even_migrated(source: str, back: str, tmp_path: Path) -> None:
    """A target that is refused is the same file afterwards, byte for byte."""
    await make_empty(source)
    await make_older(back, "0001")
    async with open_database(source) as database:
        await subscribe(build_store(database))
    with closing(sqlite3.connect(tmp_path / "back.sqlite")) as connection, connection:
        connection.execute("INSERT INTO planning VALUES (1, 1)")
    before = (tmp_path / "back.sqlite").read_bytes()
    with pytest.raises(StoreError, match="is not empty"):
        await copy_database(source, back)
    assert (tmp_path / "back.sqlite").read_bytes() == before


async def test_a_copy_that_fails_leaves_nothing(source: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a row in the middle cannot be written, those before it are taken back; a file that was made is removed."""
    monkeypatch.setattr(copying, "BATCH", 1)
    async with open_database(source) as database:
        await subscribe(build_store(database))
    lose_a_wish(tmp_path / "source.sqlite")
    with pytest.raises(StoreError, match="reports"):
        await copy_database(source, url)
    if read_address(url).get_backend_name() == "sqlite":
        assert list(look(tmp_path)) == ["source.sqlite"]
    else:
        rows, last = await read_all(url)
        assert not any(rows.values())
        assert not any(last.values())


async def test_one_in_use_is_refused(source: str, url: str) -> None:
    """While a process gives signs of life in either database nothing is copied; one that died half a minute ago does not count, or come along."""
    async with open_database(source) as database:
        await subscribe(build_store(database))
    await make_empty(url)
    for used in (source, url):
        await beat(used, seconds_ago=20)
        with pytest.raises(StoreError, match=r"is in use: 1 process of the bot.*Stop the bot"):
            await copy_database(source, url)
        await beat(used, seconds_ago=31)
    assert (await copy_database(source, url))["subscriptions"] == 1
    assert "processes" not in (await read_all(url))[0]


@pytest.mark.usefixtures("impatient")
async def test_nobody_writes_to_the_source_meanwhile(url: str, back: str, tmp_path: Path) -> None:
    """A copy takes the writers' turn, so that nothing can be written that would be left behind; where it is taken, nothing is made."""
    await make_empty(url)
    async with held(url):
        with pytest.raises(StoreBusyError):
            await copy_database(url, back)
    assert not (tmp_path / "back.sqlite").exists()


async def test_a_source_that_is_not_of_this_version_is_refused(url: str, back: str, source: str, tmp_path: Path) -> None:
    """A newer, an older, a foreign and a missing database are each called that, and no target is made."""
    await make_empty(url)
    await set_step(url, "9999")
    with pytest.raises(SchemaTooNewError, match="9999"):
        await copy_database(url, back)
    await set_step(url, "0001")
    with pytest.raises(StoreError, match=r"older version.*detente run"):
        await copy_database(url, back)
    await set_step(url, "0004")
    with pytest.raises(StoreError, match="There is no database"):
        await copy_database(source, back)
    (tmp_path / "source.sqlite").touch()
    with pytest.raises(StoreError, match="holds no tables of the bot"):
        await copy_database(source, back)
    with pytest.raises(StoreError, match="of the same database"):
        await copy_database(url, url)
    assert not (tmp_path / "back.sqlite").exists()


async def test_what_a_database_left_behind_does_not_get_into_a_new_one(source: str, back: str, tmp_path: Path) -> None:
    """A write-ahead log without its database would be taken for the new one's, so it has to go first."""
    await make_empty(source)
    (tmp_path / "back.sqlite-wal").write_bytes(b"rows of another database")
    with pytest.raises(StoreError, match=r"back\.sqlite-wal was left behind"):
        await copy_database(source, back)


@pytest.mark.parametrize("address", ["mysql://me:hunter2@h/d", "postgresql+asyncpg://me:x@h:hunter2/d", "sqlite+aiosqlite://", "hunter2"])
async def test_an_address_is_never_repeated(source: str, address: str) -> None:
    """An address of no known form gets a sentence with the known ones, and not with itself."""
    await make_empty(source)
    with pytest.raises(StoreError, match="of no form the bot knows") as raised:
        await copy_database(source, address)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    "user",
    [
        "me:pa@hunter2",
        "me:pa@hunter2/x",
        "me:pa@hunter2?x",
        "me:@hunter2",
        "me:pa@hunter2:5",
        "me:a@b@hunter2",
        "me/x:hunter2",
        "me?x/:hunter2",
    ],
)
def test_a_password_that_is_not_escaped_is_refused(user: str) -> None:
    """Where a sign in the password would make a part of it the host or the database, the address is refused, and not repeated."""
    with pytest.raises(StoreError, match="%40 or %3A") as raised:
        name_place(read_address(f"postgresql+asyncpg://{user}@server:5432/detente"))
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("user", ["", "me@", "me%40home:hunter%402@", "me:hunter2%3A%2F%3F@"])
def test_an_address_in_order_is_called_by_its_place(user: str) -> None:
    """A database is called by its name and server, whatever its user and password; an @ that is escaped is none."""
    assert name_place(read_address(f"postgresql+asyncpg://{user}server/detente")) == "detente on server:5432"
    assert name_place(read_address(f"postgresql+asyncpg://{user}server/d%40e")) == "d@e on server:5432"
    assert name_place(read_address("sqlite+aiosqlite:///me@home/x@y.sqlite")) == "me@home/x@y.sqlite"
