"""A message costs the same however many channels were posted to, nothing is kept for ever, and every limit is honoured."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import discord
import pytest
from discord.http import HTTPClient, Ratelimit

from bot.app import build_client
from bot.chat.buckets import SWEPT_EVERY, sweep_seldom
from tests.loopback import POST_MESSAGE, TOKEN, Limits
from tests.loopback_client import here, serve_discord_py
from tests.services.test_sharing import simulate

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.knowledge.snapshot import CurrentSnapshot

MANY = 3_000
RESTS = 300.0
"""Seconds after which discord.py forgets a bucket that nobody uses."""

Looks = list[Ratelimit]


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    """Every bucket that was looked at to see whether it rests, as often as it was."""
    seen: Looks = []
    rests = Ratelimit.is_inactive

    def look(bucket: Ratelimit) -> bool:
        seen.append(bucket)
        return rests(bucket)

    monkeypatch.setattr(Ratelimit, "is_inactive", look)
    return seen


def plain_http() -> HTTPClient:
    """Return discord.py's own HTTP client."""
    return discord.Client(intents=discord.Intents.none()).http


async def _meet(http: HTTPClient, count: int, rate: float = 0.0) -> None:
    """Ask for the buckets of so many new channels, at a pace."""
    for _ in range(count):
        http.get_ratelimit(f"channel {len(http._buckets)} {asyncio.get_running_loop().time()}")
        await asyncio.sleep(1 / rate if rate else 0)


async def test_a_new_channel_costs_the_same_however_many_there_are(looks: Looks, knowledge: CurrentSnapshot) -> None:
    """The bot's client looks at no more than a few buckets for a message, with thousands of channels."""
    await _meet(build_client(knowledge).http, MANY)
    assert len(looks) <= MANY


async def test_discord_py_alone_looks_at_all_of_them(looks: Looks) -> None:
    """What is worked around is still there; when this fails, bot/chat/buckets.py may have become needless."""
    await _meet(plain_http(), MANY)
    assert len(looks) > MANY**2 / 3


@pytest.mark.parametrize("rate", [2.0, 20.0])
def test_at_any_pace_few_are_looked_at_and_few_are_kept(looks: Looks, rate: float) -> None:
    """In a quarter of an hour, each message to another channel, it keeps a tenth more than discord.py and looks at a dozen for each."""
    count = int(900 * rate)

    async def post_to_all() -> None:
        http = plain_http()
        sweep_seldom(http)
        await _meet(http, count, rate)
        assert len(http._buckets) <= (RESTS + SWEPT_EVERY) * rate + 1

    simulate(post_to_all())
    assert len(looks) <= 12 * count


def test_what_rests_is_forgotten(looks: Looks) -> None:
    """After a rush, the next new channel makes room; a bucket with a request on its way stays."""

    async def rest_and_go_on() -> None:
        http = plain_http()
        sweep_seldom(http)
        await _meet(http, MANY)
        busy = http.get_ratelimit("busy")
        async with busy:
            await asyncio.sleep(RESTS + 1)
            http.get_ratelimit("next")
            assert set(http._buckets) == {"busy", "next"}

    simulate(rest_and_go_on())
    assert len(looks) == MANY + 2


async def _post_beyond_the_limit(prepare: Callable[[HTTPClient], None]) -> int:
    """Post three messages to a channel that takes two in a while, with a sweep in between; return how many answers were 429."""
    async with serve_discord_py(Limits(None, {POST_MESSAGE: (2, 0.5)})) as loopback:
        guild = loopback.add_guild("Helsinki")
        strict, other = (loopback.add_channel(guild, name).id for name in ("strict", "other"))
        async with discord.Client(intents=discord.Intents(guilds=True)) as client, asyncio.timeout(30):
            prepare(client.http)
            await client.login(TOKEN)
            await _meet(client.http, 300)  # with fewer discord.py does not sweep
            await here(client, strict).send("first")
            second = asyncio.create_task(here(client, strict).send("second"))
            await loopback.wait_for_messages(2)
            await here(client, other).send("new here")
            await here(client, strict).send("third")
            await second
        assert len(loopback.messages) == 4
        return loopback.too_many


@pytest.mark.parametrize("every", [0.0, SWEPT_EVERY])
async def test_limits_are_honoured_while_buckets_are_swept(every: float) -> None:
    """However often it sweeps, what a channel's bucket knows is kept: the message too many waits, and none is answered with 429."""
    assert await _post_beyond_the_limit(lambda http: sweep_seldom(http, every)) == 0


async def test_a_bucket_forgotten_too_soon_would_be_noticed() -> None:
    """The test above can fail: where buckets are thrown away in use, Discord answers 429."""

    def forget_all(http: HTTPClient) -> None:
        http._try_clear_expired_ratelimits = http._buckets.clear  # type: ignore[method-assign]

    assert await _post_beyond_the_limit(forget_all) > 0
