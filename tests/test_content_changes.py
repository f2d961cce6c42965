"""The content changes under the real process: by signal, by itself, in another process; broken, it changes nothing."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest

from tests import postgres
from tests.loopback import OWNER, Permission, Visitor, serve
from tests.processes import detente, finish
from tests.staging import Stage, read_log

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.processes

SETTLED, CHANGED = '{"id": ', '"event": "content changed"'


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage with a date seven days from today."""
    async with serve() as discord, asyncio.timeout(90):
        stage = Stage(tmp_path, discord)
        stage.set_content(7)
        yield stage


@pytest.fixture(params=["sqlite", "postgresql"])
async def shared(stage: Stage, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """The same on either database."""
    if request.param == "sqlite":
        yield stage
        return
    with postgres.running() as server:
        server.run_now("CREATE DATABASE detente")
        stage.variables["DATABASE_URL"] = server.url("detente")
        yield stage


def _break(stage: Stage) -> None:
    (stage.folder / "content" / "events" / "all.yaml").write_text("- id: [\n")


@pytest.mark.parametrize("watched", [False, True])
async def test_a_corrected_date_reaches_the_channel_without_a_restart(stage: Stage, watched: bool) -> None:
    """A moved date is put to use on SIGHUP, or by itself where the folder is watched, and told once to who had heard the old one."""
    channel = stage.discord.add_channel(stage.discord.add_guild())
    await stage.subscribe(channel)
    async with stage.running(CONTENT_WATCH=str(watched).lower()) as process:
        await read_log(process, SETTLED)
        stage.set_content(20)
        if not watched:
            process.send_signal(signal.SIGHUP)
        await read_log(process, SETTLED)
    told, notice = stage.discord.messages
    assert "In 7 days" in told.text
    assert "**Moved.**" in notice.text
    assert "In 20 days" in notice.text


async def test_broken_content_changes_nothing_while_it_runs(stage: Stage) -> None:
    """On SIGHUP broken content is refused with its problem in the log, the health check says so, and the mended one is used."""
    stage.discord.add_channel(stage.discord.add_guild())
    async with stage.running() as process:
        await read_log(process, '"ready"')
        _break(stage)
        process.send_signal(signal.SIGHUP)
        told = await read_log(process, "events/all.yaml:")
        assert '"result": "refused"' in "".join(told)
        stage.set_content(8)
        process.send_signal(signal.SIGHUP)
        await read_log(process, CHANGED)


async def test_a_signal_while_it_starts_is_heeded(stage: Stage) -> None:
    """SIGHUP asks for a reload also while the content is still being read, and ends nothing."""
    stage.discord.add_channel(stage.discord.add_guild())
    async with stage.running() as process:
        while not (stage.folder / "data" / "detente.sqlite").is_file():
            await asyncio.to_thread(lambda: None)  # it is being started; there is nothing to wait on
        process.send_signal(signal.SIGHUP)
        log = "".join(await read_log(process, '"action": "reload"'))
    assert '"by": "signal"' in log


async def test_broken_content_at_the_start(stage: Stage) -> None:
    """With a version that was good before, the bot starts, posts, and says loudly what is wrong; with none it ends with all problems."""
    channel = stage.discord.add_channel(stage.discord.add_guild())
    await stage.subscribe(channel)
    good = (stage.folder / "content" / "events" / "all.yaml").read_text()
    _break(stage)
    ended = await finish(await stage.start(), 30)
    assert ended.code == 3
    assert "events/all.yaml:" in ended.err
    (stage.folder / "content" / "events" / "all.yaml").write_text(good)
    async with stage.running() as process:
        await read_log(process, '"ready"')
    _break(stage)
    async with stage.running() as process:
        log = "".join(await read_log(process, '"ready"'))
        assert '"event": "content is broken"' in log
        assert '"level": "error"' in log
        assert "events/all.yaml:" in log
        await stage.discord.wait_for_messages(2)  # the alert, and a direct message to the owner
        while not (stage.folder / "data" / "heartbeat").is_file():
            await asyncio.to_thread(lambda: None)  # it beats within a second of being ready
        health = await detente("health", cwd=stage.folder, DATA_DIR=str(stage.folder / "data"))
        assert health.code == 0
        assert "cannot be used" in health.out
    owner_told = [message for message in stage.discord.messages if message.channel.id != channel.id]
    assert ["events/all.yaml" in message.text for message in owner_told] == [True]


async def test_every_process_follows(shared: Stage) -> None:
    """A second process, whose own folder holds something else, uses what the first put to use, also after a rollback by a restart."""
    shared.discord.add_channel(shared.discord.add_guild())
    other = Stage(shared.folder / "other", shared.discord, shared.now, {**shared.variables, "DATABASE_URL": shared.url})
    other.set_content(7)
    async with shared.running() as first:
        await read_log(first, '"ready"')
        async with other.running() as second:
            await read_log(second, '"ready"')
            for lead in (9, 11):
                shared.set_content(lead)
                first.send_signal(signal.SIGHUP)
                await asyncio.gather(read_log(first, CHANGED), read_log(second, CHANGED))


async def test_a_reload_that_is_typed_in_one_process_reaches_the_other(shared: Stage) -> None:
    """`/content reload` is answered by one process and followed by the other, which tells the new date from then on."""
    channel = shared.discord.add_channel(shared.discord.add_guild())
    owner = Visitor(channel, Permission.ADMINISTRATOR, OWNER)
    async with shared.running() as first, shared.running() as second:
        await asyncio.gather(read_log(first, '"ready"'), read_log(second, '"ready"'))
        shared.set_content(40)
        answer = await shared.discord.use("content reload", 0, by=owner)
        await answer.later.get()
        assert "**In use now:**" in answer.message.text
        await asyncio.gather(read_log(first, CHANGED), read_log(second, CHANGED))
        day = shared.day(40)
        new = f"{day.day} {day:%B %Y}"
        told = [await shared.discord.use("deadlines", client, by=owner) for client in (0, 1)]
        assert [new in str(answer["data"]) for answer in told] == [True, True]


async def test_only_one_of_two_processes_tells(shared: Stage) -> None:
    """Two processes that see the same change tell it once in every channel."""
    guild = shared.discord.add_guild()
    channels = [shared.discord.add_channel(guild, f"alerts-{number}") for number in range(10)]
    await shared.subscribe(*channels)
    other = Stage(shared.folder / "other", shared.discord, shared.now, {**shared.variables, "DATABASE_URL": shared.url})
    other.set_content(7)
    async with shared.running() as first, other.running() as second:
        await shared.discord.wait_for_messages(10)
        await shared.wait_until_settled(guild, 10)
        shared.set_content(20)
        first.send_signal(signal.SIGHUP)
        await asyncio.gather(read_log(first, CHANGED), read_log(second, CHANGED))
        await shared.discord.wait_for_messages(20)
        await shared.wait_until_settled(guild, 20)
    notices = [message.channel.id for message in shared.discord.messages if "**Moved.**" in message.text]
    assert sorted(notices) == sorted(channel.id for channel in channels)
    assert len(shared.discord.messages) == 20
