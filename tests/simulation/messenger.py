"""One simulated process's way to the made-up Discord: raises what `bot.chat.messenger` raises where Discord does what it does here."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from bot.domain.sharding import Sharding
from bot.domain.subscriptions import GuildId, Obstacle
from bot.errors import DeliveryError
from bot.services.messaging import UndeliverableError
from tests.simulation.discord_world import INVALID, MISSING_ACCESS, NO_DIRECT_MESSAGES, NO_PERMISSION, UNKNOWN_CHANNEL
from tests.simulation.journal import true_time

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.domain.ledger import Claimed
    from bot.domain.subscriptions import ChannelId, RoleId
    from bot.services.messaging import Post, Report
    from tests.simulation.discord_world import Channel, Guild, World

OBSTACLES = {
    UNKNOWN_CHANNEL: Obstacle.CHANNEL_GONE,
    MISSING_ACCESS: Obstacle.CANNOT_VIEW,
    NO_PERMISSION: Obstacle.CANNOT_SEND,
    NO_DIRECT_MESSAGES: Obstacle.REFUSED,
    INVALID: Obstacle.REFUSED,
}
CLOCKS_DIFFER, LATEST = timedelta(minutes=2), timedelta(minutes=10)
MOST_SEARCHED = 2_000
_SECOND_TRY = 2


class Line(Protocol):
    """The connection to Discord of one process."""

    is_open: bool
    """Whether the gateway is open."""

    async def ask(self, place: int, take: Callable[[], int]) -> int:
        """Let Discord do `take` and return its answer, or lose something on the way; raises DeliveryError or hangs."""


class SimulatedMessenger:
    """See `bot.services.messaging.Messenger`."""

    def __init__(self, world: World, line: Line, sharding: Sharding) -> None:
        """Talk to `world` over `line`, and hear of the servers of `sharding`."""
        self._world = world
        self._line = line
        self._sharding = sharding

    def is_ready(self) -> bool:
        """Whether the gateway is open."""
        return self._line.is_open

    def find_heard(self) -> Sharding | None:
        """The part of the gateway that is heard."""
        return self._sharding if self._line.is_open else None

    def list_guilds(self) -> frozenset[GuildId]:
        """The servers of this process."""
        return frozenset(GuildId(i) for i, guild in self._world.guilds.items() if guild.is_present and self._sharding.holds(GuildId(i)))

    def find_time(self) -> datetime | None:
        """The time that is in the ids of messages."""
        return true_time()

    def is_reachable(self, guild_id: GuildId) -> bool:
        """Whether the server is there and not in an outage; of others' servers nothing is known."""
        if not self._sharding.holds(guild_id):
            return True
        guild = self._find_guild(guild_id)
        return guild is not None and guild.is_available and self._line.is_open

    def find_obstacle(self, guild_id: GuildId, channel_id: ChannelId, role_id: RoleId | None) -> Obstacle | None:
        """What would keep a message from the channel."""
        guild = self._find_guild(guild_id)
        if guild is None:
            return Obstacle.LEFT
        channel = guild.channels.get(channel_id)
        if channel is None:
            return Obstacle.CHANNEL_GONE
        return _find_lack(channel) or (Obstacle.ROLE_GONE if role_id is not None and role_id not in guild.roles else None)

    async def post(self, post: Post) -> int:
        """Post."""
        guild = self._find_guild(post.guild_id)
        channel = guild.channels.get(post.channel_id) if guild else None
        if channel is not None and (lack := _find_lack(channel)):
            raise UndeliverableError(lack)
        gone = {role for role in post.role_ids if guild is not None and role not in guild.roles}
        if gone:
            raise UndeliverableError(Obstacle.ROLE_GONE, tuple(s.id for s in post.subscriptions if s.order.role_id in gone))
        return await self._write(post.channel_id, lambda: self._world.store(post.channel_id, post.message_id, post))

    async def publish(self, channel_id: ChannelId, posted_id: int) -> None:
        """Publish."""
        await self._write(channel_id, lambda: posted_id)

    async def find_posted(self, claimed: Claimed, since: datetime) -> int | None:
        """Look for the message that carries the claimed one's id."""
        place = self._find_place(claimed.guild_id, claimed.channel_id, claimed.recipient_id)
        found = await self._line.ask(place, lambda: self._search(place, claimed, since))
        if not found and claimed.channel_id is not None:
            await self._require_silence(claimed.guild_id, claimed.channel_id, since - CLOCKS_DIFFER)
        return found or None

    def _search(self, place: int, claimed: Claimed, since: datetime) -> int:
        if place in self._world.channels:
            self._refuse(self._world.find_refusal(place, is_to_write=False))
        until = since + LATEST if claimed.attempts == _SECOND_TRY else None
        found = [m for m in self._world.list_messages(place) if m.at > since - CLOCKS_DIFFER]
        for message in found[:MOST_SEARCHED]:
            if until is not None and message.at > until:
                break
            if message.mark == claimed.id:
                return message.id
        return 0

    async def _require_silence(self, guild_id: GuildId, channel_id: ChannelId, since: datetime) -> None:
        guild, channel = self._find_guild(guild_id), self._world.channels.get(channel_id)
        if channel is None or (guild is not None and channel_id in guild.channels):
            return
        if not [m for m in self._world.list_messages(channel_id) if m.at > since] and channel.messages and channel.messages[-1].at >= since:
            raise DeliveryError("it is not known whether an earlier try was posted")

    def _find_place(self, guild_id: GuildId, channel_id: ChannelId | None, recipient_id: int | None) -> int:
        if channel_id is None:
            assert recipient_id is not None
            return recipient_id
        guild = self._find_guild(guild_id)
        channel = guild.channels.get(channel_id) if guild else None
        if channel is not None and not (channel.can_read and channel.can_view):  # who may not see a channel may do nothing in it
            raise DeliveryError("it is not known whether an earlier try was posted")
        return channel_id

    async def report(self, report: Report) -> int:
        """Post a report."""
        place = self._find_place(report.guild_id, report.channel_id, report.recipient_id)
        return await self._write(place, lambda: self._world.store(place, report.message_id, report))

    async def _write(self, place: int, take: Callable[[], int]) -> int:
        def judge_and_take() -> int:
            if place in self._world.channels:
                self._refuse(self._world.find_refusal(place, is_to_write=True))
            elif place in self._world.closed_doors:
                self._refuse(NO_DIRECT_MESSAGES)
            return take()

        return await self._line.ask(place, judge_and_take)

    def _refuse(self, code: int | None) -> None:
        if code is not None:
            raise UndeliverableError(OBSTACLES[code], reason=f"Discord: ({code})")

    def _find_guild(self, guild_id: GuildId) -> Guild | None:
        """Return the server as the process's own memory has it: where it is one of its shards', and the bot is in it."""
        guild = self._world.guilds.get(guild_id)
        return guild if guild is not None and guild.is_present and self._sharding.holds(guild_id) else None


def _find_lack(channel: Channel) -> Obstacle | None:
    if not channel.can_view:
        return Obstacle.CANNOT_VIEW
    return None if channel.can_send else Obstacle.CANNOT_SEND


class DirectLine:
    """A line on which nothing is ever lost."""

    is_open = True

    async def ask(self, place: int, take: Callable[[], int]) -> int:  # noqa: ARG002 - nothing is lost anywhere
        """Return the answer."""
        await asyncio.sleep(0)
        return take()
