"""A cluster: several real processes on one real PostgreSQL, killed, frozen and cut off; each channel hears each alert exactly once."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from typing import TYPE_CHECKING

import asyncpg
import pytest

from bot.domain.ledger import DeliveryState
from tests import postgres
from tests.loopback import POST_MESSAGE, Fault, serve
from tests.processes import finish
from tests.staging import Stage, kill, read_log

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

    from tests.loopback import Guild

    Start = Callable[..., Awaitable[Process]]

pytestmark = pytest.mark.processes

BUDGET = 20


@pytest.fixture
def server() -> Iterator[postgres.Server]:
    """A PostgreSQL of one's own."""
    with postgres.running() as server:
        server.run_now("CREATE DATABASE detente")
        # Other tests' servers may forget the last moments before a crash; this one is crashed on purpose.
        server.run_now("ALTER DATABASE detente SET synchronous_commit = on")
        yield server


@pytest.fixture
async def stage(tmp_path: Path, server: postgres.Server) -> AsyncIterator[Stage]:
    """A stage on PostgreSQL, with a Discord that takes every message as a new one: no nonce hides a second post."""
    async with serve() as discord, asyncio.timeout(120):
        discord.store.nonce_window = 0
        stage = Stage(tmp_path, discord)
        stage.set_content(7)
        stage.variables |= {"DATABASE_URL": server.url("detente"), "SENDS_PER_SECOND": str(BUDGET)}
        yield stage


@pytest.fixture
async def start(stage: Stage) -> AsyncIterator[Start]:
    """Starts processes, and ends in the end whatever still runs, frozen or not."""
    started: list[Process] = []

    async def start(**variables: str) -> Process:
        started.append(await stage.start(**variables))
        return started[-1]

    yield start
    for process in started:
        if process.returncode is None:
            await kill(process)


async def _invite(stage: Stage, count: int) -> Guild:
    guild = stage.discord.add_guild()
    await stage.subscribe(*(stage.discord.add_channel(guild, f"alerts-{number}") for number in range(count)))
    return guild


async def _is_told_once(stage: Stage, guild: Guild) -> None:
    """Every channel has exactly one message, and every row of the ledger an end."""
    told = Counter(message.channel.id for message in stage.discord.messages)
    assert sorted(told) == sorted(guild.channels)
    assert set(told.values()) == {1}
    assert Counter(entry.state for entry in await stage.history(guild.id)) == {DeliveryState.SENT: len(told)}


def _most_in_a_second(stage: Stage) -> int:
    """Return how many messages came within the busiest second."""
    times = sorted(message.posted_at for message in stage.discord.messages)
    return max(sum(at <= other < at + 1 for other in times) for at in times)


async def _count_held(server: postgres.Server, pid: int) -> int:
    """Return how many messages a process has claimed and not finished."""
    connection = await asyncpg.connect(host="127.0.0.1", port=server.port, user="postgres", database="detente")
    query = f"SELECT count(*) FROM messages WHERE is_open AND claimed_by LIKE '{pid}-%'"  # noqa: S608 - a number
    try:
        return int(await connection.fetchval(query))
    finally:
        await connection.close()


async def test_four_processes_lose_and_repeat_nothing_whatever_becomes_of_them(stage: Stage, server: postgres.Server, start: Start) -> None:
    """One killed, one frozen beyond its lease, all connections cut, the database crashed: all is told once, within the budget."""
    guild = await _invite(stage, 120)
    stage.discord.fail(Fault(delay=0.1, stored=True, route=POST_MESSAGE))
    processes = [await start(SHARD_COUNT="4", SHARD_IDS=str(shard), LEASE_SECONDS="3") for shard in range(4)]
    await asyncio.gather(*(read_log(process, '"ready"') for process in processes))
    doomed, sleeper, *others = processes
    await stage.discord.wait_for_messages(15)
    await kill(doomed)
    await stage.discord.wait_for_messages(40)
    sleeper.send_signal(signal.SIGSTOP)
    held = await _count_held(server, sleeper.pid)
    await stage.discord.wait_for_messages(55)
    await server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'detente'")
    await stage.discord.wait_for_messages(75)
    await asyncio.to_thread(server.stop)
    await asyncio.to_thread(server.start)
    await stage.discord.wait_for_messages(120)
    await stage.wait_until_settled(guild, 120)
    sleeper.send_signal(signal.SIGCONT)
    await read_log(sleeper, '"lost_lease": true', held)  # awake, it has learned of all it held that it is another's
    for process in (sleeper, *others):
        process.terminate()
    for ended in await asyncio.gather(*(finish(process, 20) for process in (sleeper, *others))):
        assert ended.code == 0, ended.err
    await _is_told_once(stage, guild)
    assert _most_in_a_second(stage) <= BUDGET * 1.5


async def test_what_a_stopped_process_had_not_begun_is_sent_by_the_other_at_once(stage: Stage, start: Start) -> None:
    """Of a minute's lease nothing is waited for: what the first had claimed is given back with SIGTERM, and the second sends it."""
    guild = await _invite(stage, 60)
    slow = {"SENDS_PER_SECOND": "5", "LEASE_SECONDS": "60"}
    processes = [await start(**slow) for _ in range(2)]
    logs = await asyncio.gather(*(read_log(process, '"sharing"') for process in processes))
    # Whoever came first was alone and sends; the other waits until it has been counted.
    first, second = sorted(processes, key=lambda process: '"processes": 1' not in logs[processes.index(process)][-1])
    await stage.discord.wait_for_messages(3)
    first.terminate()
    ended = await finish(first, 20)
    assert ended.code == 0, ended.err
    assert len(stage.discord.messages) < 55, "it was to be stopped in the middle"
    async with asyncio.timeout(40):
        await stage.wait_until_settled(guild, 60)
    second.terminate()
    assert (await finish(second, 20)).code == 0
    # Nobody had to look for what had never been begun.
    assert stage.discord.asked["GET /channels/{channel}/messages"] <= 3
    await _is_told_once(stage, guild)


async def test_shards_are_counted_anew_without_a_pause(stage: Stage, start: Start) -> None:
    """While one process of one shard sends, two of two shards take over: nobody counts as having left, and all is told once."""
    guilds = [await _invite(stage, 15) for _ in range(4)]
    old = await start(SHARD_COUNT="1", SHARD_IDS="0")
    await stage.discord.wait_for_messages(5)
    new = [await start(SHARD_COUNT="2", SHARD_IDS=str(shard)) for shard in range(2)]
    begun = await asyncio.gather(*(read_log(process, '"ready"') for process in new))
    await stage.discord.wait_for_messages(25)
    old.terminate()
    assert (await finish(old, 20)).code == 0
    for guild in guilds:
        await stage.wait_until_settled(guild, 15)
    for process in new:
        process.terminate()
    logs = [await finish(process, 20) for process in new]
    assert [ended.code for ended in logs] == [0, 0]
    lines = [line for log in (*begun, *(ended.err.splitlines() for ended in logs)) for line in log]
    assert not [line for line in lines if '"event": "left"' in line]
    told = Counter(message.channel.id for message in stage.discord.messages)
    assert sorted(told) == sorted(channel for guild in guilds for channel in guild.channels)
    assert set(told.values()) == {1}
