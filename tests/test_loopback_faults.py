"""The tests' own Discord when it refuses, fails and loses connections, seen by raw requests and by the real discord.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest

from tests.loopback import POST_MESSAGE, TOKEN, Channel, Fault, Limits, Loopback
from tests.loopback_client import SECONDS, here, logged_in, serve_discord_py


@pytest.fixture
async def loopback() -> AsyncIterator[Loopback]:
    """A Discord with its usual limits, to which discord.py connects."""
    async with serve_discord_py() as running:
        yield running


@pytest.fixture
def channel(loopback: Loopback) -> Channel:
    """A channel that the bot may write to."""
    return loopback.add_channel(loopback.add_guild())


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Raw requests with the bot's token, which nobody holds back or tries again."""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {TOKEN}"}) as running:
        yield running


async def post(
    session: aiohttp.ClientSession, loopback: Loopback, channel: Channel, **body: Any
) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Post a message; return the status, the body and the headers of the answer."""
    address = f"{loopback.api_url}/channels/{channel.id}/messages"
    async with asyncio.timeout(SECONDS), session.post(address, json={"content": "x", **body}) as answer:
        return answer.status, await answer.json(), dict(answer.headers)


async def test_a_channel_takes_five_messages_in_five_seconds(session: aiohttp.ClientSession, loopback: Loopback, channel: Channel) -> None:
    """The sixth message in a row is refused with the time to wait, and another channel is not touched."""
    remaining = [(await post(session, loopback, channel))[2]["X-RateLimit-Remaining"] for _ in range(5)]
    status, body, headers = await post(session, loopback, channel)
    assert remaining == ["4", "3", "2", "1", "0"]
    assert (status, body["global"], headers["X-RateLimit-Scope"]) == (429, False, "user")
    assert 0 < body["retry_after"] <= 5
    assert headers["X-RateLimit-Reset-After"] == f"{body['retry_after']:.3f}"
    assert (await post(session, loopback, loopback.add_channel(channel.of_guild)))[0] == 200
    assert (loopback.too_many, loopback.requests, len(loopback.messages)) == (1, 7, 6)


async def test_a_token_has_fifty_requests_in_a_second(session: aiohttp.ClientSession, loopback: Loopback, channel: Channel) -> None:
    """The fifty-first request is refused for the whole token, and nothing happens."""
    loopback.limits = Limits((50, 30.0), {})
    for _ in range(50):
        assert (await post(session, loopback, channel))[0] == 200
    status, body, headers = await post(session, loopback, channel)
    assert (status, body["global"], headers["X-RateLimit-Global"], headers["X-RateLimit-Scope"]) == (429, True, "true", "global")
    assert (loopback.too_many, len(loopback.messages)) == (1, 50)


async def test_discord_py_keeps_within_the_limits(loopback: Loopback, channel: Channel) -> None:
    """discord.py reads the headers and waits by itself, so that no message is refused."""
    loopback.limits = Limits((50, 1.0), {POST_MESSAGE: (5, 0.2)})
    async with logged_in(loopback) as bot:
        async with asyncio.timeout(SECONDS):
            await asyncio.gather(*(here(bot, channel.id).send(str(n)) for n in range(12)))
    first, last = loopback.messages[0], loopback.messages[-1]
    assert (len(loopback.messages), loopback.too_many) == (12, 0)
    assert last.posted_at - first.posted_at >= 0.35


@pytest.mark.parametrize("everywhere", [False, True])
async def test_discord_py_waits_out_a_429(loopback: Loopback, channel: Channel, everywhere: bool) -> None:
    """A 429 that comes out of nothing is waited out and tried again."""
    async with logged_in(loopback) as bot:
        loopback.fail(Fault(status=429, retry_after=0.05, everywhere=everywhere, times=2))
        async with asyncio.timeout(SECONDS):
            await here(bot, channel.id).send("x")
    assert (loopback.too_many, loopback.asked[POST_MESSAGE], len(loopback.messages)) == (2, 3, 1)


async def test_a_ban_by_cloudflare_is_not_tried_again(loopback: Loopback, channel: Channel) -> None:
    """A 429 without JSON is an error at once."""
    async with logged_in(loopback) as bot:
        loopback.fail(Fault(status=429, cloudflare=True))
        with pytest.raises(discord.HTTPException) as refused:
            await here(bot, channel.id).send("x")
    assert (refused.value.status, loopback.asked[POST_MESSAGE]) == (429, 1)


@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_an_error_of_the_server_stores_the_message_only_if_told(
    session: aiohttp.ClientSession, loopback: Loopback, channel: Channel, status: int, stored: bool
) -> None:
    """So many requests fail with the status, and the message is there only where the fault says so."""
    loopback.fail(Fault(status=status, stored=stored, times=2))
    statuses = [(await post(session, loopback, channel))[0] for _ in range(3)]
    assert statuses == [status, status, 200]
    assert len(loopback.messages) == (3 if stored else 1)


async def test_discord_py_gives_up_on_503_at_once(loopback: Loopback, channel: Channel) -> None:
    """discord.py tries again after other errors of the server, but not after this one."""
    async with logged_in(loopback) as bot:
        loopback.fail(Fault(status=503, times=1))
        with pytest.raises(discord.DiscordServerError):
            await here(bot, channel.id).send("x")
        await here(bot, channel.id).send("x")
    assert loopback.asked[POST_MESSAGE] == 2


@pytest.mark.parametrize("stored", [False, True])
async def test_a_cut_connection_loses_the_answer_or_the_message(loopback: Loopback, channel: Channel, stored: bool) -> None:
    """The client sees a lost connection either way; with the same nonce, sending again makes one message of it."""
    async with logged_in(loopback) as bot:
        loopback.fail(Fault(reset=True, stored=stored, times=1))
        with pytest.raises(aiohttp.ClientConnectionError):
            await here(bot, channel.id).send("x", nonce="n")
        assert len(loopback.messages) == int(stored)
        await here(bot, channel.id).send("x", nonce="n")
    assert len(loopback.messages) == 1
    assert loopback.answered[0] == 1


@pytest.mark.parametrize("stored", [False, True])
async def test_a_request_hangs_until_all_is_healed(
    session: aiohttp.ClientSession, loopback: Loopback, channel: Channel, stored: bool
) -> None:
    """While a request hangs, its message is there only if the fault stores it; healed, it is answered as if nothing had been."""
    loopback.fail(Fault(delay=60, stored=stored, times=1))
    hanging = asyncio.create_task(post(session, loopback, channel))
    async with asyncio.timeout(SECONDS):
        await loopback.wait_until(lambda: loopback.hanging == 1)
    assert len(loopback.messages) == int(stored)
    loopback.heal()
    assert (await hanging)[0] == 200
    assert len(loopback.messages) == 1


async def test_who_hangs_up_meanwhile_has_sent_nothing(session: aiohttp.ClientSession, loopback: Loopback, channel: Channel) -> None:
    """A request that hangs without being stored comes to nothing when its client gives up."""
    loopback.fail(Fault(delay=60, times=1))
    hanging = asyncio.create_task(post(session, loopback, channel))
    async with asyncio.timeout(SECONDS):
        await loopback.wait_until(lambda: loopback.hanging == 1)
        hanging.cancel()
        await asyncio.gather(hanging, return_exceptions=True)
        assert (await post(session, loopback, channel))[0] == 200
        loopback.heal()
        await loopback.wait_until(lambda: loopback.answered[0] == 1)
    assert len(loopback.messages) == 1


async def test_faults_are_for_a_channel_or_a_route_and_heal(session: aiohttp.ClientSession, loopback: Loopback, channel: Channel) -> None:
    """A fault touches only the channel or the route it is for, with Discord's code, until all are healed."""
    other = loopback.add_channel(channel.of_guild)
    loopback.fail(Fault(status=403, code=50001, channel=channel.id))
    loopback.fail(Fault(status=404, code=10003, route=POST_MESSAGE))
    for place, status, code in ((channel, 403, 50001), (other, 404, 10003)):
        answered, body, _ = await post(session, loopback, place)
        assert (answered, body["code"]) == (status, code)
    async with session.get(f"{loopback.api_url}/channels/{other.id}") as answer:
        assert answer.status == 200
    loopback.heal()
    assert (await post(session, loopback, channel))[0] == 200


async def test_two_clients_are_told_the_same(loopback: Loopback) -> None:
    """Each client that is logged in hears what happens, and each can be used."""
    async with logged_in(loopback) as one, logged_in(loopback) as two:
        guild = loopback.add_guild()
        assert [(await client.hear("guild_join")).id for client in (one, two)] == [guild.id, guild.id]
        async with asyncio.timeout(SECONDS):
            assert [(await loopback.use("late", client))["type"] for client in (0, 1)] == [5, 5]


async def test_a_large_guild_is_there_in_a_moment(loopback: Loopback) -> None:
    """A client holds two thousand channels and a hundred guilds when it is ready."""
    guild = loopback.add_guild("Large")
    for number in range(2000):
        loopback.add_channel(guild, f"channel-{number}")
    for number in range(100):
        loopback.add_channel(loopback.add_guild(f"Guild {number}"))
    async with logged_in(loopback) as bot:
        for _ in range(101):
            await bot.hear("guild_available")
        assert len(list(bot.get_all_channels())) == 2100
