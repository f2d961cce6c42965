"""`detente backup`, `restore`, `copy` and `erase` as a host types them."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.judging import Reason
from bot.domain.ledger import Alert, AlertKind, DeliveryState
from bot.store.store import open_store
from tests import postgres
from tests.loopback import TOKEN, serve
from tests.processes import detente
from tests.staging import Stage, read_log
from tests.store.making import MANAGER, subscribe
from tests.store.moving import look, read_all

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.loopback import Channel

SETTLED = '{"id": '
SECRET = "hunter2"  # noqa: S105 - it opens nothing


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The database that `detente` uses in `tmp_path`."""
    (tmp_path / "data").mkdir()
    return f"sqlite+aiosqlite:///{tmp_path / 'data' / 'detente.sqlite'}"


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    """A PostgreSQL server."""
    with postgres.running() as started:
        yield started


async def test_backup_and_restore(url: str, tmp_path: Path) -> None:
    """Both print the tables' counts; the restored database holds the same, and neither overwrites anything."""
    async with open_store(url) as store:
        await subscribe(store)
    backup = await detente("backup", "b.sqlite", cwd=tmp_path)
    assert backup.code == 0, backup.err
    assert "  subscriptions              1\n" in backup.out
    assert "Backed up to b.sqlite: 0.1 MiB" in backup.out
    again = await detente("backup", "b.sqlite", cwd=tmp_path)
    assert (again.code, again.err) == (4, "b.sqlite exists already and was left as it is. Name another file, or move this one away.\n")
    refused = await detente("restore", "b.sqlite", cwd=tmp_path)
    assert refused.code == 4
    assert "data/detente.sqlite is not empty" in refused.err
    restored = await detente("restore", "b.sqlite", cwd=tmp_path, DATA_DIR="elsewhere")
    assert restored.code == 0, restored.err
    assert "  subscriptions              1\n" in restored.out
    assert (await read_all(f"sqlite+aiosqlite:///{tmp_path / 'elsewhere' / 'detente.sqlite'}"))[0] == (await read_all(url))[0]
    assert list(look(tmp_path / "elsewhere")) == ["detente.sqlite"]


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("backup", "b.sqlite"), "There is no database data/detente.sqlite."),
        (("copy", "--to", f"postgresql+asyncpg://me:{SECRET}@127.0.0.1:1/d"), "There is no database data/detente.sqlite."),
        (("copy", "--to", f"mysql://me:{SECRET}@h/d"), "of no form the bot knows"),
        (("copy", "--to", f"postgresql+asyncpg://me:pa@{SECRET}@h/d"), "written as %40 or %3A"),
        (("restore", "notes.txt"), "notes.txt cannot be restored: it is no SQLite database."),
        (("restore", "nosuch.sqlite"), "nosuch.sqlite cannot be restored: there is no such file."),
        (("erase", "--user", "5", "--yes"), "There is no database data/detente.sqlite."),
    ],
)
async def test_what_cannot_be_done_is_one_sentence_and_makes_nothing(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    """Without a database, or with a wrong file or address, each ends with 4 and a sentence; no password is printed, no database made."""
    (tmp_path / "notes.txt").write_bytes(b"not a database")
    ended = await detente(*arguments, cwd=tmp_path)
    assert ended.code == 4
    assert said in ended.err
    assert ended.err.count("\n") == 1
    assert SECRET not in ended.err + ended.out
    assert _names(tmp_path) == ["notes.txt"]


async def test_copy_to_a_server_and_back(url: str, tmp_path: Path, server: postgres.Server) -> None:
    """From a file to PostgreSQL and into another file: the same rows; the second copy to the same place is refused."""
    async with open_store(url) as store:
        await subscribe(store)
    await server.run("CREATE DATABASE moved")
    moved = server.url("moved").replace("postgres@", f"postgres:{SECRET}@")
    there = await detente("copy", "--to", moved, cwd=tmp_path)
    assert there.code == 0, there.err
    assert "  subscriptions              1\n" in there.out
    twice = await detente("copy", "--to", moved, cwd=tmp_path)
    assert twice.code == 4
    assert f"moved on 127.0.0.1:{server.port} is not empty" in twice.err
    back = await detente("copy", "--to", f"sqlite+aiosqlite:///{tmp_path / 'back.sqlite'}", cwd=tmp_path, DATABASE_URL=moved)
    assert back.code == 0, back.err
    assert await read_all(f"sqlite+aiosqlite:///{tmp_path / 'back.sqlite'}") == await read_all(url)
    assert SECRET not in there.out + there.err + twice.out + twice.err + back.out + back.err


async def test_erase_asks_first(url: str, tmp_path: Path) -> None:
    """Without an answer nothing is erased; with --yes the counts are printed and the id is gone."""
    async with open_store(url) as store:
        await subscribe(store)
    asked = await detente("erase", "--user", str(MANAGER), cwd=tmp_path)
    assert asked.code == 1
    assert f"Erase this of the person {MANAGER} for good?" in asked.out
    assert (await read_all(url))[0]["subscriptions"][0].count(MANAGER) == 1
    erased = await detente("erase", "--user", str(MANAGER), "--yes", cwd=tmp_path)
    assert erased.code == 0, erased.err
    assert "  subscriptions              1\n" in erased.out
    assert (await read_all(url))[0]["subscriptions"][0].count(MANAGER) == 0
    for who in (("--user", str(MANAGER)), ("--guild", "5")):
        nothing = await detente("erase", *who, cwd=tmp_path)
        assert (nothing.code, nothing.out) == (0, f"Nothing is kept of the {'server' if who[1] == '5' else 'person'} {who[1]}.\n")


@pytest.mark.parametrize("arguments", [("run",), ("doctor",), ("backup", "b.sqlite")])
async def test_a_password_with_an_at_is_not_printed(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """An address whose password is not escaped is refused with what to write instead, wherever it is read."""
    address = f"postgresql+asyncpg://me:pa@{SECRET}@127.0.0.1:1/d"
    async with serve() as discord:
        ended = await detente(*arguments, cwd=tmp_path, DATABASE_URL=address, DISCORD_TOKEN=TOKEN, DISCORD_API_URL=discord.api_url)
    assert ended.code == 4
    assert "written as %40 or %3A" in ended.out + ended.err
    assert SECRET not in ended.out + ended.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("erase", "--user", "1", "--guild", "2"), "Name either --guild ID or --user ID."),
        (("erase", "--guild", "abc"), "An id is a number such as 81384788765712384, not abc."),
        (("restore", "b.sqlite", "--skip-missed", "--send-missed"), "Name either --skip-missed or --send-missed"),
    ],
)
async def test_what_was_mistyped_is_said(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    """Options that do not go together, or are no id, end with 2 and say what is expected."""
    ended = await detente(*arguments, cwd=tmp_path)
    assert (ended.code, said in ended.err) == (2, True), ended.err


async def _ask_for_drill(stage: Stage, channel: Channel) -> None:
    """Let a channel that subscribes now be told of the summit once, as a trial."""
    (new,) = await stage.subscribe(channel, since=timedelta(minutes=-2))
    drill = Alert(kind=AlertKind.DRILL, deadline="summit", occurrence=str(stage.day(7)), detail="1")
    async with open_store(stage.url) as store:
        await store.plan.deliver(drill, new.id, expires_at=stage.now + timedelta(days=1), now=stage.now)


@pytest.mark.processes
async def test_a_backup_of_a_running_bot_is_restored_without_a_second_message(tmp_path: Path) -> None:
    """Backed up before its alert was due, lost after it was posted, restored with --skip-missed: the channel has one message."""
    async with serve() as discord, asyncio.timeout(120):
        stage = Stage(tmp_path, discord)
        stage.set_content(7)
        guild = discord.add_guild()
        channel = discord.add_channel(guild)
        await stage.subscribe(channel)
        settings = {"CONTENT_DIR": str(tmp_path / "content")}
        early = await detente("backup", "early.sqlite", cwd=tmp_path, **settings)
        assert early.code == 0, early.err
        async with stage.running() as process:
            await read_log(process, SETTLED)
            late = await detente("backup", "late.sqlite", cwd=tmp_path, **settings)
            assert late.code == 0, late.err
            used = await detente("copy", "--to", f"sqlite+aiosqlite:///{tmp_path / 'copy.sqlite'}", cwd=tmp_path, **settings)
            assert (used.code, "is in use: 1 process of the bot" in used.err) == (4, True), used.err
        assert len(discord.messages) == 1
        for path in (tmp_path / "data").glob("detente.sqlite*"):
            path.unlink()
        asked = await detente("restore", "early.sqlite", cwd=tmp_path, **settings)
        assert asked.code == 4
        assert "summit: 1 subscription\n" in asked.err
        restored = await detente("restore", "early.sqlite", "--skip-missed", cwd=tmp_path, **settings)
        assert restored.code == 0, restored.err
        await _ask_for_drill(stage, discord.add_channel(guild, "other"))
        async with stage.running() as process:
            await read_log(process, SETTLED)
        # Whatever had waited for the first channel would have been claimed before, or together with, the drill of the other.
        assert [message.channel.name for message in discord.messages] == [channel.name, "other"]
        first = [entry for entry in await stage.history(guild.id) if entry.subscription.order.channel_id == channel.id]
        assert [(entry.state, entry.reason) for entry in first] == [(DeliveryState.EXPIRED, Reason.RESTORED)]
        # The backup that was made while it ran knows that the alert was sent.
        with closing(sqlite3.connect(tmp_path / "late.sqlite")) as connection:
            assert connection.execute("SELECT count(*) FROM deliveries").fetchone() == (1,)
