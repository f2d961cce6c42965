"""How a life of the bot ends: in order and within ten seconds whatever hangs, with what was begun brought to its end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
from contextlib import asynccontextmanager, closing
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from tests import postgres
from tests.loopback import POST_MESSAGE, Fault, Visitor, serve
from tests.processes import Finished, finish
from tests.staging import Stage, read_log

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.processes

READY = '"event": "ready"'
STOP_SECONDS = 10
COMMANDS = 30
DEFERRED = 5
ANSWERING = "POST /interactions/{id}/{token}/callback"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage with a date seven days from today."""
    async with serve() as discord:
        stage = Stage(tmp_path, discord)
        stage.set_content(7)
        yield stage


@asynccontextmanager
async def _started(stage: Stage, wanted: str = READY) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start the bot and wait for a line of its log; it is killed in the end, if need be."""
    process = await stage.start()
    try:
        async with asyncio.timeout(60):
            if wanted:
                await read_log(process, wanted)
            yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _stop(process: asyncio.subprocess.Process) -> Finished:
    """Ask for an end, and see that it comes in order and in time."""
    began_at = monotonic()
    process.terminate()
    ended = await finish(process, 30)
    assert monotonic() - began_at < STOP_SECONDS, ended.err
    assert ended.code == 0, ended.err
    assert "Traceback" not in ended.err, ended.err
    return ended


async def test_it_stops_while_discord_hangs(stage: Stage) -> None:
    """Posts that Discord does not answer hold the end up no longer than all may take; nothing is written down as sent."""
    guild = stage.discord.add_guild()
    await stage.subscribe(*(stage.discord.add_channel(guild, f"c{number}") for number in range(5)))
    stage.discord.fail(Fault(delay=90, route=POST_MESSAGE))
    async with _started(stage, "") as process:
        await stage.discord.wait_until(lambda: stage.discord.hanging == 5)
        ended = await _stop(process)
    assert "stopped by force" not in ended.err
    assert all(not entry.posted_id for entry in await stage.history(guild.id))


async def test_a_second_signal_ends_it_at_once(stage: Stage) -> None:
    """Whoever asks twice does not wait for Discord: the process ends with 128 and the signal's number."""
    guild = stage.discord.add_guild()
    await stage.subscribe(stage.discord.add_channel(guild))
    stage.discord.fail(Fault(delay=90, route=POST_MESSAGE))
    async with _started(stage, "") as process:
        await stage.discord.wait_until(lambda: stage.discord.hanging == 1)
        process.terminate()
        await stage.discord.wait_until(lambda: not stage.discord.gateway.is_heard)
        process.send_signal(signal.SIGINT)
        ended = await finish(process, 5)
    assert ended.code == 128 + signal.SIGINT


async def test_commands_being_answered_get_their_answers(stage: Stage) -> None:
    """Thirty commands whose answers Discord takes slowly are all answered before the bot ends."""
    async with _started(stage) as process:
        stage.discord.fail(Fault(delay=1.5, route=ANSWERING))
        answers = [asyncio.create_task(stage.discord.use("about")) for _ in range(COMMANDS)]
        await stage.discord.wait_until(lambda: stage.discord.hanging == COMMANDS)
        ended = await _stop(process)
        told = await asyncio.gather(*answers)
    assert "not answered" not in ended.err
    assert all("Data kept" in json.dumps(answer) for answer in told)


async def test_it_stops_while_the_database_is_locked(stage: Stage) -> None:
    """Another process that holds the file, so that every question waits, does not hold up the end."""
    guild = stage.discord.add_guild()
    async with _started(stage) as process:
        with closing(sqlite3.connect(stage.folder / "data" / "detente.sqlite", isolation_level=None)) as holder:
            holder.execute("BEGIN EXCLUSIVE")
            stage.discord.add_channel(guild)  # the watcher has to look
            stage.discord.remove_guild(guild)
            await read_log(process, "database unusable")
            await _stop(process)


async def test_it_stops_while_it_logs_in(stage: Stage) -> None:
    """A Discord that takes the first request and does not answer it holds nothing up."""
    stage.discord.fail(Fault(delay=90))
    async with _started(stage, "") as process:
        await stage.discord.wait_until(lambda: stage.discord.hanging == 1)
        await _stop(process)


async def test_it_stops_while_a_connection_is_made_again(stage: Stage) -> None:
    """A gateway that takes the connection and says nothing: discord.py does not heed a cancellation there, the bot ends all the same."""
    async with _started(stage) as process:
        stage.discord.gateway.is_mute = True
        await stage.discord.disconnect(4000)
        await stage.discord.wait_until(lambda: stage.discord.gateway.muted > 0)
        ended = await _stop(process)
    assert "stopped by force" not in ended.err


async def test_it_stops_while_the_content_is_checked(stage: Stage) -> None:
    """During the first look at the content, which holds everything up, a signal is taken note of and ends the bot."""
    content = os.path.join(os.path.dirname(__file__), "..", "content")  # noqa: PTH118, PTH120 - the real one, which takes seconds
    process = await stage.start(CONTENT_DIR=content)
    try:
        while not (stage.folder / "data" / "detente.sqlite-wal").exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.01)
        await _stop(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert stage.discord.requests == 0


@pytest.fixture
async def on_postgres(stage: Stage) -> AsyncIterator[tuple[Stage, postgres.Server]]:
    """A stage over a server that may be stopped."""
    with postgres.running() as server:
        server.run_now("CREATE DATABASE detente")
        stage.variables["DATABASE_URL"] = server.url("detente")
        yield stage, server


async def test_a_database_that_goes_and_comes_back(on_postgres: tuple[Stage, postgres.Server]) -> None:
    """While it is gone each loop says so once and commands say it plainly; when it is back all goes on, and what is due is posted."""
    stage, server = on_postgres
    guild = stage.discord.add_guild(bot=8)
    channel = stage.discord.add_channel(guild)
    await stage.subscribe(channel)
    stage.discord.fail(Fault(status=503, route=POST_MESSAGE))
    async with _started(stage) as process:
        await stage.discord.wait_until(lambda: stage.discord.asked[POST_MESSAGE] > 0)
        await asyncio.to_thread(server.stop)
        lost = await read_log(process, "database unusable", 3)
        answer = await stage.discord.use("alerts list", by=Visitor(channel, permissions=8))
        told = (await answer.later.get())[1] if answer["type"] == DEFERRED else answer
        assert "The database is busy or cannot be used" in json.dumps(told)
        stage.discord.heal()
        await asyncio.to_thread(server.start)
        back = await read_log(process, "goes on", 3)
        await stage.discord.wait_for_messages(1)
        ended = await _stop(process)
    everything = [json.loads(line) for line in [*lost, *back, *ended.err.splitlines()]]
    workers = [line["worker"] for line in everything if line["event"] == "database unusable" and "worker" in line]
    assert len(workers) == len(set(workers)), workers
    assert not any("exception" in line for line in everything if line["logger"].startswith("bot"))


async def test_it_stops_without_its_database(on_postgres: tuple[Stage, postgres.Server]) -> None:
    """A server that is gone for good does not hold up the end."""
    stage, server = on_postgres
    async with _started(stage) as process:
        await asyncio.to_thread(server.stop)
        await read_log(process, "database unusable")
        await _stop(process)


HOSTILE = "q\nforged [error] 7e57\r\x1b[31m\u2028end"
TEXTS = {
    "allies": ("topic", "country", "with", "year"),
    "timeline": ("from", "to", "tag", "search"),
    "deadlines": ("tag",),
    "alerts add": ("what", "leads", "at", "zone", "note"),
    "alerts settings": ("zone",),
    "alerts pause": ("subscription", "until"),
}
SUGGESTED = {"topic", "country", "with", "tag", "what", "zone", "subscription"}


@pytest.mark.parametrize("log_format", ["console", "json"])
async def test_nothing_that_people_type_comes_into_the_log(stage: Stage, log_format: str) -> None:
    """Hostile text in every option of every command, sent and while it is typed: no line of the log holds it, none is forged."""
    stage.variables |= {"LOG_FORMAT": log_format, "LOG_LEVEL": "debug", "USES_PER_PERSON": "1000"}
    channel = stage.discord.add_channel(stage.discord.add_guild(bot=8))
    by = Visitor(channel, permissions=8)
    async with _started(stage, "ready") as process:
        for command, options in TEXTS.items():
            for option in options:
                needed = {"subscription": "1"} if "subscription" in options else {}
                await stage.discord.use(command, options={**needed, option: HOSTILE}, by=by)
                if option in SUGGESTED:
                    await stage.discord.complete(command, {option: HOSTILE}, by=by)
        ended = await _stop(process)
    assert "refused" in ended.err
    assert "7e57" not in ended.err
    assert "forged" not in ended.err
    if log_format == "json":
        assert all(json.loads(line)["event"] for line in ended.err.splitlines())
