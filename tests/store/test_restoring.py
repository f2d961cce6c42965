"""What a backup has to be to be restored, and that it stays as it is."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.domain.ledger import AlertKind
from bot.errors import SchemaTooNewError, StoreError
from bot.store.backing_up import back_up
from bot.store.database import open_database
from bot.store.restoring import IDS_AHEAD, put_in, refuse_damaged, skip_doubts, stage
from bot.store.store import build_store
from tests.store.making import ALERT, GUILD, LATER, NOW, claim, fan_out, sent, subscribe
from tests.store.moving import beat, fill_by_chance, look, lose_a_wish, make_empty, make_older, read_all, set_step

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """A backup, in a folder of its own."""
    source = f"sqlite+aiosqlite:///{tmp_path / 'source.sqlite'}"
    async with open_database(source) as database:
        await fill_by_chance(database, 7)
    (tmp_path / "backups").mkdir()
    await back_up(source, tmp_path / "backups" / "b.sqlite")
    return tmp_path / "backups" / "b.sqlite"


async def _read(file: Path, staged: Path) -> None:
    await refuse_damaged(file)
    await stage(file, staged)


async def _refuse(file: Path, staged: Path, said: str, error: type[StoreError] = StoreError) -> None:
    before = look(file.parent)
    with pytest.raises(error, match=said) as raised:
        await _read(file, staged)
    assert str(file) in str(raised.value)
    assert look(file.parent) == before


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("gone", "there is no such file"),
        ("text", "it is no SQLite database"),
        ("truncated", "malformed|disk image"),
        ("overwritten", "malformed|disk image|not a database|page"),
        ("unrelated", "a row of subscriptions refers to one of wishes"),
        ("foreign", "holds no tables of the bot"),
    ],
)
async def test_what_is_no_backup_is_refused(file: Path, tmp_path: Path, harm: str, said: str) -> None:
    """Each kind of wrong file is named with what is wrong, and left as it is."""
    _harm(file, harm)
    await _refuse(file, tmp_path / "staged.sqlite", said)


def _harm(file: Path, harm: str) -> None:
    whole = file.read_bytes()
    contents = {"text": b"not a database\n" * 100, "truncated": whole[: len(whole) // 2], "overwritten": whole[:4096] + b"\xff" * 20_000}
    if harm in contents:
        file.write_bytes(contents[harm])
    elif harm == "unrelated":
        lose_a_wish(file)
    else:
        file.unlink()
    if harm == "foreign":
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("CREATE TABLE birds (name)")


async def test_a_newer_one_is_refused(file: Path, tmp_path: Path) -> None:
    """A backup that a newer version made is not half understood."""
    await set_step(f"sqlite+aiosqlite:///{file}", "9999")
    await _refuse(file, tmp_path / "staged.sqlite", "9999.*newer", SchemaTooNewError)


async def test_an_older_one_is_brought_up_to_date_beside(tmp_path: Path) -> None:
    """A backup of the very first tables is restored with all of today's, and is itself the same file as before."""
    (tmp_path / "backups").mkdir()
    file = tmp_path / "backups" / "b.sqlite"
    await make_older(f"sqlite+aiosqlite:///{file}", "0001")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("INSERT INTO planning VALUES (1, 77)")
    before = look(file.parent)
    await stage(file, tmp_path / "staged.sqlite")
    await put_in(tmp_path / "staged.sqlite", f"sqlite+aiosqlite:///{tmp_path / 'new.sqlite'}")
    rows, _ = await read_all(f"sqlite+aiosqlite:///{tmp_path / 'new.sqlite'}")
    assert rows["planning"] == [(1, 77)]
    assert look(file.parent) == before


async def test_the_bot_goes_on_with_ids_far_ahead(url: str, tmp_path: Path) -> None:
    """In either database, what waited is sent after a restore, in a message with an id that no earlier one can have."""
    source = f"sqlite+aiosqlite:///{tmp_path / 'source.sqlite'}"
    async with open_database(source) as database:
        one = await subscribe(build_store(database))
        await fan_out(database, build_store(database))
    await back_up(source, tmp_path / "b.sqlite")
    await stage(tmp_path / "b.sqlite", tmp_path / "staged.sqlite")
    await put_in(tmp_path / "staged.sqlite", url)
    async with open_database(url) as database:
        store = build_store(database)
        (message,) = await claim(store)
        assert message.id > IDS_AHEAD
        assert await store.ledger.finish("me", [sent(message)], message.first_attempt_at) == {message.id}
        assert await store.subscriptions.list_of(GUILD) == (one,)
        assert (await subscribe(store, 2)).id > IDS_AHEAD


async def test_a_change_is_owed_to_those_who_may_have_been_told(url: str, tmp_path: Path) -> None:
    """In either database, what a restore skipped counts as heard when the date moves; what expired by itself does not."""
    source, staged = (f"sqlite+aiosqlite:///{tmp_path / name}.sqlite" for name in ("source", "staged"))
    async with open_database(source) as database:
        store = build_store(database)
        await subscribe(store)
        await fan_out(database, store, replace(ALERT, occurrence="2026-11-20"), expires_at=NOW)
        await store.plan.close_expired(NOW)
        await fan_out(database, store)
    await back_up(source, tmp_path / "b.sqlite")
    await stage(tmp_path / "b.sqlite", tmp_path / "staged.sqlite")
    async with open_database(staged) as database:
        await skip_doubts(database, NOW)
    await put_in(tmp_path / "staged.sqlite", url)
    moved = replace(ALERT, kind=AlertKind.MOVED, lead=0, detail="2026-12-05")
    async with open_database(url) as database:
        store = build_store(database)
        assert [await store.plan.count_notice(moved, day) for day in (ALERT.occurrence, "2026-11-20")] == [1, 0]
        await store.plan.fan_out_notice(moved, announced=ALERT.occurrence, expires_at=LATER, now=NOW)
        (message,) = await claim(store)
        (delivery,) = message.deliveries
        assert (delivery.alert.kind, delivery.told, delivery.told_by) == (AlertKind.MOVED, ALERT.occurrence, AlertKind.ALERT)


async def test_a_database_in_use_is_refused(file: Path, url: str, tmp_path: Path) -> None:
    """A bot that runs on an empty database must not find it full all at once."""
    await make_empty(url)
    await beat(url, seconds_ago=3)
    await stage(file, tmp_path / "staged.sqlite")
    with pytest.raises(StoreError, match="is in use"):
        await put_in(tmp_path / "staged.sqlite", url)
    assert not any((await read_all(url))[0].values())
