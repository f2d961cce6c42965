"""Several processes and many deaths: on SQLite and on a real PostgreSQL every channel hears each alert exactly once."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from bot.domain.ledger import DeliveryState
from tests import postgres
from tests.loopback import POST_MESSAGE, Fault, serve
from tests.processes import finish
from tests.staging import Stage, kill

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.loopback import Guild

pytestmark = pytest.mark.processes

CHANNELS = 40


@pytest.fixture(params=["sqlite", "postgresql"])
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage with forty channels to be told, on either database."""
    async with serve() as discord, asyncio.timeout(90):
        stage = Stage(tmp_path, discord)
        stage.set_content(7)
        if request.param == "sqlite":
            yield stage
            return
        with postgres.running() as server:
            server.run_now("CREATE DATABASE detente")
            stage.variables["DATABASE_URL"] = server.url("detente")
            yield stage


async def _invite(stage: Stage) -> Guild:
    guild = stage.discord.add_guild()
    await stage.subscribe(*(stage.discord.add_channel(guild, f"alerts-{number}") for number in range(CHANNELS)))
    return guild


async def _is_told_once(stage: Stage, guild: Guild) -> None:
    """Every channel has exactly one message, and every row of the ledger an end."""
    told = Counter(message.channel.id for message in stage.discord.messages)
    assert sorted(told) == sorted(channel.id for channel in guild.channels.values())
    assert set(told.values()) == {1}
    assert Counter(entry.state for entry in await stage.history(guild.id)) == {DeliveryState.SENT: CHANNELS}


async def test_two_processes_share_the_work_and_one_takes_up_what_the_other_left(stage: Stage) -> None:
    """Side by side they post nothing twice; when one is killed in the middle, the other posts the rest after the lease."""
    guild = await _invite(stage)
    stage.discord.fail(Fault(delay=0.2, stored=True, route=POST_MESSAGE))
    doomed, survivor = await asyncio.gather(stage.start(), stage.start())
    await stage.discord.wait_for_messages(5)
    await kill(doomed)
    await stage.discord.wait_for_messages(CHANNELS)
    survivor.terminate()
    ended = await finish(survivor, 20)
    assert ended.code == 0, ended.err
    async with stage.running():  # what was posted and not yet written down is found again
        await stage.wait_until_settled(guild, CHANNELS)
    await _is_told_once(stage, guild)


@pytest.mark.parametrize("seed", [1, 2])
async def test_killed_again_and_again_at_random_it_loses_and_repeats_nothing(stage: Stage, seed: int) -> None:
    """Four lives that end by kill -9 after some more messages, answers on their way, and a fifth that finishes."""
    chance = random.Random(seed)  # noqa: S311 - a seed that can be named
    guild = await _invite(stage)
    stage.discord.nonce_window = chance.choice([3.0, 180.0])
    stage.discord.fail(Fault(delay=0.1, stored=True, route=POST_MESSAGE))
    for _ in range(4):
        process = await stage.start()
        await stage.discord.wait_for_messages(min(len(stage.discord.messages) + chance.randrange(1, 12), CHANNELS))
        await kill(process)
    async with stage.running():
        await stage.wait_until_settled(guild, CHANNELS)
    await _is_told_once(stage, guild)
