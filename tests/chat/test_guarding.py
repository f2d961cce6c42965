"""What the gateway sends broken costs one event or one connection, never the process."""

from __future__ import annotations

import asyncio
import inspect
import json
import random
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import discord
import pytest
import yarl
from discord import shard as discord_shard
from discord.gateway import DiscordWebSocket
from discord.http import Route
from structlog.testing import capture_logs

from bot.app import build_client, open_knowledge
from bot.chat.connecting import close, connect
from bot.chat.guarding import SESSION_EVENTS, Guard
from bot.errors import DiscordUnreachableError
from bot.services.ending import Ending
from tests.conftest import NOW
from tests.loopback import TOKEN, Channel, Loopback, Visitor, serve
from tests.small import SMALL, write_content

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.chat.client import DetenteClient

EVENTS = 4_000
MOVED = "discord.py has moved what bot/chat/guarding.py holds on to: {}. Mend that file before this version of discord.py is used."


@pytest.fixture
async def loopback() -> AsyncIterator[Loopback]:
    """A Discord to which this process connects; what is changed in discord.py is put back."""
    async with serve() as served:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Route, "BASE", served.api_url)
            patch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(served.gateway.url))
            patch.setattr(discord_shard, "DiscordWebSocket", DiscordWebSocket)
            yield served


@pytest.fixture
def client(tmp_path: Path) -> DetenteClient:
    """The bot with a small content."""
    built = build_client(open_knowledge(write_content(tmp_path, SMALL), NOW))
    built._connection.guild_ready_timeout = 0.02  # a loopback needs no two seconds to name its servers
    return built


@asynccontextmanager
async def connected(client: DetenteClient, guard: Guard | None = None) -> AsyncIterator[asyncio.Task[None]]:
    """Connect the bot, which is ready then; yield what keeps it connected."""
    async with client:
        connecting = asyncio.create_task(connect(client, TOKEN, guard))
        async with asyncio.timeout(20):
            await client.wait_until_ready()
        try:
            yield connecting
        finally:
            connecting.cancel()
            await asyncio.wait((connecting,))
            await close(client, Ending())


async def test_discord_py_is_where_the_guard_expects_it() -> None:
    """Each private part of discord.py that the guard needs is there; who meets a new version here knows what to mend."""
    async with discord.AutoShardedClient(intents=discord.Intents.none()) as plain:
        parsers: Any = getattr(plain._connection, "parsers", None)
        assert isinstance(parsers, dict), MOVED.format("client._connection.parsers")
        assert {*SESSION_EVENTS, "INTERACTION_CREATE", "GUILD_CREATE"} <= parsers.keys(), MOVED.format("the names of its parsers")
    told = inspect.getsource(DiscordWebSocket)
    assert "self._discord_parsers[event]" in told, MOVED.format("DiscordWebSocket reads the parsers by name")
    assert "ws._discord_parsers = client._connection.parsers" in told, MOVED.format("each connection takes over the client's parsers")
    assert "await self.received_message(msg.data)" in told, MOVED.format("DiscordWebSocket.received_message")
    shards = inspect.getsource(discord_shard)
    assert shards.count("DiscordWebSocket.from_client(") == 3, MOVED.format(
        "discord.shard makes connections by DiscordWebSocket.from_client"
    )
    assert "OSError," in inspect.getsource(discord_shard.Shard.__init__), MOVED.format("a shard connects anew after an OSError")


def _shape(chance: random.Random, known: list[Any], depth: int = 0) -> Any:
    """Return a JSON value of a random shape that now and then names something there is."""
    match chance.randrange(7 if depth < 3 else 5):
        case 0:
            return chance.choice([None, True, False, "", "x" * 300, "\u0000", "9" * 40])
        case 1:
            return chance.choice([0, -1, 2**64, 1.5, 10**30])
        case 2 | 3 | 4:
            return chance.choice(known)
        case 5:
            return [_shape(chance, known, depth + 1) for _ in range(chance.randrange(4))]
        case _:
            return {chance.choice(_KEYS): _shape(chance, known, depth + 1) for _ in range(chance.randrange(8))}


_KEYS = [
    "id",
    "guild_id",
    "channel_id",
    "user",
    "user_id",
    "member",
    "members",
    "type",
    "data",
    "name",
    "options",
    "custom_id",
    "component_type",
    "components",
    "token",
    "message",
    "role",
    "role_id",
    "roles",
    "channels",
    "threads",
    "emojis",
    "stickers",
    "guild_hashes",
    "unavailable",
    "owner_id",
    "parent_id",
    "permission_overwrites",
    "position",
    "resolved",
    "values",
    "application_id",
    "entitlements",
    "authorizing_integration_owners",
    "context",
    "locale",
    "version",
]


def _break(chance: random.Random, good: Any, known: list[Any]) -> Any:
    """Return a sound event with one part of it taken out or made something else."""
    event = json.loads(json.dumps(good))
    part = event
    while isinstance(part, dict) and part:
        key = chance.choice(list(part))
        if not isinstance(part[key], dict) or chance.random() < 0.5:
            if chance.random() < 0.5:
                del part[key]
            else:
                part[key] = _shape(chance, known)
            break
        part = part[key]
    return event


async def test_thousands_of_malformed_events_cost_only_themselves(loopback: Loopback, client: DetenteClient) -> None:
    """After thousands of broken events of every name, sound ones with a part broken among them, the same connection answers a command."""
    guild = loopback.add_guild()
    channel = loopback.add_channel(guild)
    chance = random.Random(20261122)  # noqa: S311 - makes events, guards nothing
    known = [str(guild.id), guild.id, str(channel.id), *map(str, guild.roles), 1, 2, 3, 5]
    async with connected(client) as connecting:
        session = loopback.gateway.client(0)
        names = [*sorted(set(client._connection.parsers) - SESSION_EVENTS), "NO_SUCH_EVENT"]
        sound = {"GUILD_CREATE": json.loads(guild.text()), "CHANNEL_UPDATE": channel.payload(), "INTERACTION_CREATE": _command(channel)}
        with capture_logs() as lines:
            for number in range(EVENTS):
                name = names[number % len(names)] if number % 2 else chance.choice(list(sound))
                broken = _shape(chance, known) if number % 2 else _break(chance, sound[name], known)
                session.send(name, json.dumps(broken))
            async with asyncio.timeout(120):
                answer = await loopback.use("about", by=Visitor(loopback.add_channel(loopback.add_guild())))
        assert not connecting.done()
    assert "Data kept" in json.dumps(answer)
    assert len(loopback.identified) == 1
    dropped = [line for line in lines if line["event"] == "event dropped"]
    assert len(dropped) > EVENTS / 4
    assert {*dropped[0]} == {"event", "log_level", "name", "error"}


def _command(channel: Channel) -> dict[str, Any]:
    user = {"id": "5", "username": "eve", "discriminator": "0", "avatar": None}
    return {
        "id": "77",
        "application_id": "1",
        "type": 2,
        "token": "t",
        "version": 1,
        "user": user,
        "member": {
            "user": user,
            "roles": [],
            "joined_at": "2026-01-01T00:00:00+00:00",
            "permissions": "0",
            "deaf": False,
            "mute": False,
            "flags": 0,
        },
        "guild_id": str(channel.of_guild.id),
        "channel_id": str(channel.id),
        "channel": {"id": str(channel.id), "type": 0, "name": "x", "permissions": "0"},
        "data": {"id": "1", "name": "nothing-like-it", "type": 1, "options": [{"name": "a", "type": 3, "value": "b"}]},
        "locale": "en-US",
        "entitlements": [],
        "authorizing_integration_owners": {},
        "app_permissions": "0",
    }


@pytest.mark.parametrize("frame", ["not JSON", b"not zlib\x00\x00\xff\xff", '{"op":0,"t":"READY","s":1}', '{"op":0,"t":["READY"],"d":{}}'])
async def test_a_frame_that_cannot_be_read_costs_one_connection(loopback: Loopback, client: DetenteClient, frame: str | bytes) -> None:
    """The shard connects anew, and commands are answered there; the reason is one line, without what came."""
    with capture_logs() as lines:
        async with connected(client) as connecting:
            await loopback.gateway.client(0).send_frame(frame)
            async with asyncio.timeout(20):
                await loopback.wait_until(lambda: len(loopback.identified) == 2)
                assert "Data kept" in json.dumps(await loopback.use("about"))
            assert not connecting.done()
    unreadable = [line for line in lines if line["event"] == "frame unreadable"]
    assert [(line["shard"], {*line}) for line in unreadable] == [(0, {"event", "log_level", "shard", "error"})]


async def test_a_gateway_that_keeps_sending_rubbish_ends_the_bot_with_a_clear_error(loopback: Loopback, client: DetenteClient) -> None:
    """One connection more than the guard allows, and connecting ends with the error that has an exit code of its own."""
    async with connected(client, Guard(most=1)) as connecting:
        for count in (1, 2):
            async with asyncio.timeout(20):
                await loopback.wait_until(lambda wanted=count: len(loopback.identified) == wanted)  # type: ignore[misc]
            await loopback.gateway.client(0).send_frame("rubbish")
        async with asyncio.timeout(20):
            await asyncio.wait((connecting,))
        with pytest.raises(DiscordUnreachableError, match=r"cannot be read: shard 0 broke 2 times within 10 minutes.*JSONDecodeError"):
            connecting.result()


async def test_a_gateway_that_hangs_up_on_a_reconnect_does_not_end_the_bot(loopback: Loopback, client: DetenteClient) -> None:
    """discord.py would end where the gateway closes a connection that is being made again; the bot tries once more."""
    async with connected(client) as connecting:
        loopback.gateway.hang_ups = 2
        await loopback.gateway.client(0).send_frame("rubbish")
        async with asyncio.timeout(30):
            await loopback.wait_until(lambda: len(loopback.identified) == 2)
            assert "Data kept" in json.dumps(await loopback.use("about"))
        assert loopback.gateway.hang_ups == 0
        assert not connecting.done()
