"""Shards over a real gateway: a server that removed the bot while nobody listened is noticed, and many may start at once."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.app import build_client
from bot.chat.events import watch_guilds
from bot.chat.hearing import Hearing
from bot.chat.messenger import DiscordMessenger
from bot.domain.ledger import Claimed, MessageId, MessageKind
from bot.domain.sharding import Sharding
from bot.domain.subscriptions import ChannelId, GuildId
from bot.errors import DeliveryError
from tests.loopback import TOKEN, Limits, Loopback, Permission
from tests.loopback_client import serve_discord_py

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from bot.chat.client import DetenteClient
    from bot.knowledge.snapshot import CurrentSnapshot
    from tests.loopback import Guild

SECONDS = 60
SESSION_OVER, GOES_ON = 1000, 4000


@pytest.fixture
async def loopback() -> AsyncIterator[Loopback]:
    """A Discord without rate limits, to which discord.py connects."""
    async with serve_discord_py(Limits.none()) as running:
        yield running


class Heard:
    """A client with its messenger, and the servers that it was told to have left."""

    def __init__(self, knowledge: CurrentSnapshot, sharding: Sharding) -> None:
        """Be about to connect, hasty between two tries."""
        self.client = build_client(knowledge, sharding=sharding)
        self.client._connection.guild_ready_timeout = 0.1
        self.client.before_identify_hook = self.wait_a_little  # type: ignore[method-assign] # five seconds otherwise
        self.messenger = DiscordMessenger(self.client, self.client.responder.scene)
        self.left: list[int] = []
        self.client.event(self.on_guild_remove)

    async def wait_a_little(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait a twentieth of what discord.py waits, as the loopback asks for."""
        if not initial:
            await asyncio.sleep(0.25)
        assert shard_id is not None

    async def on_guild_remove(self, guild: object) -> None:
        """Keep what the alerts would be told."""
        self.left.append(guild.id)  # type: ignore[attr-defined] # a Guild

    def hears(self, *guild_ids: int) -> bool:
        """Whether the absence of each of these would mean that the bot was removed."""
        heard = self.messenger.find_heard()
        return heard is not None and all(heard.holds(GuildId(guild_id)) for guild_id in guild_ids)


@asynccontextmanager
async def connected(loopback: Loopback, *heard: Heard) -> AsyncIterator[None]:
    """Connect all at once, until each hears something."""
    async with AsyncExitStack() as stack:
        for one in heard:
            await stack.enter_async_context(one.client)
            await one.client.login(TOKEN)
        for one in heard:
            stack.callback(asyncio.create_task(one.client.connect()).cancel)
        await until(loopback, lambda: all(one.messenger.is_ready() for one in heard))
        yield


async def until(loopback: Loopback, holds: object) -> None:
    """Wait until something holds in this process."""
    assert loopback.port
    async with asyncio.timeout(SECONDS):
        while not holds():  # type: ignore[operator] # noqa: ASYNC110 - no event of ours tells
            await asyncio.sleep(0.02)


async def test_a_server_that_went_while_nobody_listened_is_noticed(loopback: Loopback, knowledge: CurrentSnapshot) -> None:
    """After a session that cannot be resumed, a server that the new one does not name has left; the others have not."""
    stays, goes = loopback.add_guild(), loopback.add_guild()
    one = Heard(knowledge, Sharding(count=1))
    async with connected(loopback, one):
        await loopback.disconnect(SESSION_OVER)
        loopback.remove_guild(goes)
        await until(loopback, lambda: not one.hears(stays.id))
        assert not one.messenger.is_reachable(GuildId(stays.id))
        await until(loopback, lambda: one.hears(stays.id, goes.id) and one.left)
        assert one.left == [goes.id]
        assert one.messenger.list_guilds() == {stays.id}
        assert one.messenger.is_reachable(GuildId(stays.id))


class Told:
    """Keeps which servers the alerts were told of as heard again."""

    def __init__(self) -> None:
        """Begin with none."""
        self.heard: set[int] = set()

    async def note_available(self, guild_id: GuildId) -> None:
        """Pass over the servers of a start."""

    async def note_heard(self, guild_ids: Collection[GuildId]) -> None:
        """Keep them."""
        self.heard |= set(guild_ids)


async def test_a_session_that_goes_on_tells_of_its_servers(loopback: Loopback, knowledge: CurrentSnapshot) -> None:
    """Discord does not name the servers of a session that is resumed; what waited for them, save one in an outage, is told all the same."""
    guild, away = loopback.add_guild(), loopback.add_guild()
    one, told = Heard(knowledge, Sharding(count=1)), Told()
    watch_guilds(one.client, told)  # type: ignore[arg-type] # as much of a Watcher as is called
    async with connected(loopback, one):
        loopback.make_unavailable(away)
        await until(loopback, lambda: not one.messenger.is_reachable(GuildId(away.id)))
        assert told.heard == set()
        await loopback.disconnect(GOES_ON)
        await until(loopback, lambda: told.heard)
        assert told.heard == {guild.id}
        assert len(loopback.identified) == 1, "it was resumed"


async def test_a_session_lost_before_it_was_ready_makes_nobody_leave(loopback: Loopback, knowledge: CurrentSnapshot) -> None:
    """What is said of a session that broke off at its beginning is not believed: no server is taken for gone."""
    guild = loopback.add_guild()
    one = Heard(knowledge, Sharding(count=1))
    async with connected(loopback, one):
        hearing = one.messenger._hearing
        await hearing.on_shard_disconnect(0)
        await hearing.on_shard_ready(0)
        assert one.left == []
        assert not one.hears(guild.id)
        await hearing.on_shard_resumed(0)
        assert one.hears(guild.id)


async def test_each_process_speaks_for_its_own_shards(loopback: Loopback, knowledge: CurrentSnapshot) -> None:
    """Of another process's servers nothing is concluded, and they may be posted to; the commands are told by the first alone."""
    guilds = [loopback.add_guild() for _ in range(4)]
    halves = [Heard(knowledge, Sharding(count=2, ids=(number,))) for number in range(2)]
    async with connected(loopback, *halves):
        for guild in guilds:
            shard = (guild.id >> 22) % 2
            assert [half.hears(guild.id) for half in halves] == [number == shard for number in range(2)]
            assert all(half.messenger.is_reachable(GuildId(guild.id)) for half in halves)
        assert {i for half in halves for i in half.messenger.list_guilds()} == {guild.id for guild in guilds}
    assert loopback.asked["PUT /applications/1/commands"] == 1


async def test_an_empty_history_of_anothers_server_is_no_proof(loopback: Loopback, knowledge: CurrentSnapshot) -> None:
    """Who may not read a history is told nothing by Discord; a process that does not know its right there asks whether it can be true."""
    guild = loopback.add_guild()
    silent, closed = (loopback.add_channel(guild, name) for name in ("silent", "closed"))
    one = Heard(knowledge, Sharding(count=2, ids=(1 - (guild.id >> 22) % 2,)))
    since = datetime.now(UTC)
    loopback.say(closed, "somebody wrote")
    loopback.forbid(closed, Permission.READ_MESSAGE_HISTORY)
    async with connected(loopback, one):
        assert one.client.get_guild(guild.id) is None
        assert await one.messenger.find_posted(_claimed(guild.id, silent.id), since) is None
        with pytest.raises(DeliveryError, match="Read Message History"):
            await one.messenger.find_posted(_claimed(guild.id, closed.id), since)
        assert await one.messenger.find_posted(_claimed(guild.id, closed.id), since + timedelta(hours=1)) is None


def _claimed(guild_id: int, channel_id: int) -> Claimed:
    """Return a message at its second try."""
    return Claimed(
        id=MessageId(7),
        kind=MessageKind.DELIVERIES,
        guild_id=GuildId(guild_id),
        channel_id=ChannelId(channel_id),
        recipient_id=None,
        attempts=2,
        first_attempt_at=datetime.now(UTC),
    )


def add_guilds_of_both_shards(loopback: Loopback) -> list[Guild]:
    """Add guilds until each of two shards has one: a shard goes by the millisecond in which a guild was made."""
    guilds: list[Guild] = []
    while len({(guild.id >> 22) % 2 for guild in guilds}) < 2:
        guilds.append(loopback.add_guild())
    return guilds


async def test_one_shard_that_is_down_silences_only_itself(loopback: Loopback, knowledge: CurrentSnapshot) -> None:
    """While one of two shards is away, sending goes on, and only its own servers wait."""
    guilds = add_guilds_of_both_shards(loopback)
    one = Heard(knowledge, Sharding())
    loopback.shards = 2
    assert not one.hears(guilds[0].id), "before it connects nobody knows how many shards there are"
    async with connected(loopback, one):
        await until(loopback, one.client.is_ready)
        loopback.gateway.is_mute = True
        await loopback.gateway.sessions[1].socket.close(code=SESSION_OVER)  # type: ignore[union-attr] # it is connected
        mine = [guild.id for guild in guilds if loopback.gateway.sessions[1].holds(guild)]
        others = {guild.id for guild in guilds} - set(mine)
        await until(loopback, lambda: not one.hears(*mine))
        assert one.messenger.is_ready()
        assert one.hears(*others)
        assert not any(one.messenger.is_reachable(GuildId(i)) for i in mine)
        assert all(one.messenger.is_reachable(GuildId(i)) for i in others)
    assert one.left == []


async def test_a_shard_that_never_opens_silences_only_itself(loopback: Loopback, knowledge: CurrentSnapshot) -> None:
    """While one of two shards cannot begin, the servers of the other are heard and posted to."""
    guilds = add_guilds_of_both_shards(loopback)
    one = Heard(knowledge, Sharding(count=2))
    loopback.gateway.identify_every = 3600
    async with connected(loopback, one):
        first = {guild.id for guild in guilds if (guild.id >> 22) % 2 == 0}
        assert not one.client.is_ready()
        assert one.hears(*first)
        assert {guild.id for guild in guilds if one.messenger.is_reachable(GuildId(guild.id))} == first
        loopback.gateway.identify_every = 0
        await until(loopback, one.client.is_ready)
        assert one.hears(*(guild.id for guild in guilds))
    assert one.left == []


async def test_four_that_start_at_once_all_come_up(loopback: Loopback, knowledge: CurrentSnapshot) -> None:
    """Discord lets a token identify once in so many seconds; whoever came too early is told so, waits and tries again."""
    loopback.gateway.identify_every = 0.2
    four = [Heard(knowledge, Sharding(count=4, ids=(number,))) for number in range(4)]
    async with connected(loopback, *four):
        assert loopback.gateway.too_early >= 3
        assert sorted(tuple(identified["shard"]) for identified in loopback.identified) == [(number, 4) for number in range(4)]


async def test_discord_py_still_forgets_a_server_when_told(knowledge: CurrentSnapshot) -> None:
    """The one private part that is used is still there: if a new discord.py moves it, bot/chat/hearing.py must follow."""
    client: DetenteClient = build_client(knowledge)
    Hearing(client)
    assert callable(client._connection._remove_guild)
