"""The services' way to Discord: posts, looks for its own posts, and tells what stands in the way."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import aiohttp
import discord

from bot.chat.cards.posts import report_card
from bot.chat.hearing import Hearing
from bot.chat.printing import Printer
from bot.chat.sending import mentioning, send_components
from bot.domain.sharding import Sharding
from bot.domain.subscriptions import GuildId, Obstacle
from bot.errors import DeliveryError
from bot.services.messaging import UndeliverableError
from bot.services.ordering import title_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from bot.chat.client import DetenteClient
    from bot.chat.layout import Scene
    from bot.domain.ledger import Claimed
    from bot.domain.subscriptions import ChannelId, RoleId, UserId
    from bot.services.messaging import Post, Report

CLOCKS_DIFFER = timedelta(minutes=2)
"""How far the history is searched beyond what is told by Discord's own clock, for what its machines and the way to them differ."""

LATEST = timedelta(minutes=10)
"""How long after a try Discord may still have posted it."""

MAX_SEARCHED = 2_000
"""Messages looked through at most; discord.py fetches a hundred at a time."""

# Discord's codes: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
_OBSTACLES = {
    10003: Obstacle.CHANNEL_GONE,
    10004: Obstacle.LEFT,
    50001: Obstacle.CANNOT_VIEW,
    50007: Obstacle.REFUSED,
    50013: Obstacle.CANNOT_SEND,
}
_PUBLISHED_ALREADY = 40033

_UNREADABLE = "it is not known whether an earlier try was posted: give me Read Message History in the channel, so that I can look"


class DiscordMessenger:
    """See `bot.services.messaging.Messenger`."""

    def __init__(self, client: DetenteClient, scene: Callable[[], Scene]) -> None:
        """Post with `client` what is drawn from `scene()`."""
        self._client = client
        self._scene = scene
        self._hearing = Hearing(client)
        self._printer = Printer()

    def is_ready(self) -> bool:
        """Whether some part of the gateway is open and its servers are known: one shard that hangs must not silence the others."""
        return bool(self._hearing.shard_ids)

    def find_heard(self) -> Sharding | None:
        """Return the part of the gateway that is heard now, None where that is none or not yet known."""
        count, ids = self._client.shard_count, self._hearing.shard_ids
        return Sharding(count=count, ids=tuple(sorted(ids))) if count and ids else None

    def list_guilds(self) -> frozenset[GuildId]:
        """Return the servers the bot is in, those in an outage included."""
        return frozenset(GuildId(guild.id) for guild in self._client.guilds)

    def find_time(self) -> datetime | None:
        """Return Discord's own time (aware UTC), None before its first answer."""
        return self._client.discord_clock.find_now()

    def is_reachable(self, guild_id: GuildId) -> bool:
        """Whether the server is there and not in an outage; of another process's servers, Discord itself will tell."""
        if not self._client.sharding.holds(guild_id):
            return True
        guild = self._client.get_guild(guild_id)
        return guild is not None and not guild.unavailable and self._hearing.hears(guild.shard_id)

    def find_obstacle(self, guild_id: GuildId, channel_id: ChannelId, role_id: RoleId | None) -> Obstacle | None:
        """Return what would keep a message from the channel, as far as is known without asking Discord, or None."""
        guild = self._client.get_guild(guild_id)
        if guild is None:
            return Obstacle.LEFT
        channel = guild.get_channel_or_thread(channel_id)
        if channel is None:
            return Obstacle.CHANNEL_GONE
        return _find_lack(channel) or (Obstacle.ROLE_GONE if role_id is not None and guild.get_role(role_id) is None else None)

    async def post(self, post: Post) -> int:
        """Post and return Discord's id; raises DeliveryError or UndeliverableError."""
        self._check(post)
        card, mentions = self._printer.print(self._scene(), post), mentioning(post.role_ids, post.guild_id)
        with _asking():
            return await send_components(self._client, post.channel_id, card, nonce=f"d{post.message_id}", mentions=mentions)

    def _check(self, post: Post) -> None:
        """Spare Discord what is known to fail: it bans those who send many such requests. What is not known is asked."""
        guild = self._client.get_guild(post.guild_id)
        channel = guild.get_channel_or_thread(post.channel_id) if guild else None
        if channel is not None and (lack := _find_lack(channel)):
            raise UndeliverableError(lack)
        gone = {role for role in post.role_ids if guild is not None and guild.get_role(role) is None}
        if gone:
            raise UndeliverableError(Obstacle.ROLE_GONE, tuple(s.id for s in post.subscriptions if s.order.role_id in gone))

    async def publish(self, channel_id: ChannelId, posted_id: int) -> None:
        """Publish a posted message to the servers that follow the channel; raises DeliveryError or UndeliverableError."""
        message = self._client.get_partial_messageable(channel_id).get_partial_message(posted_id)
        with _asking():
            try:
                await message.publish()
            except discord.HTTPException as error:
                if error.code != _PUBLISHED_ALREADY:
                    raise

    async def find_posted(self, claimed: Claimed, since: datetime) -> int | None:
        """Return the id of the message that carries the claimed one's id and came after `since`, or None; raises as `post` does.

        Ids of messages go by Discord's clock, and so does `since`, written down before the first try: neither does it matter what this
        machine's clock shows now, nor what it showed then.
        """
        channel = await self._find_place(claimed.guild_id, claimed.channel_id, claimed.recipient_id)
        mark = re.compile(rf"v1:go:post-[a-z]+:{claimed.id};")
        # Only the first try is unaccounted for at the second; after more of them, each may have posted.
        until = since + LATEST if claimed.attempts == 2 else None  # noqa: PLR2004 - the second try
        searched = 0
        with _asking():
            async for message in channel.history(limit=MAX_SEARCHED, after=since - CLOCKS_DIFFER, oldest_first=True):
                if until is not None and message.created_at > until:
                    return None
                if any(mark.match(custom_id) for custom_id in _custom_ids(message.components)):
                    return message.id
                searched += 1
        if searched == MAX_SEARCHED:
            raise DeliveryError("more messages came since the first try than could be looked through for it")
        if not searched and claimed.channel_id is not None:
            await self._require_silence(claimed.guild_id, claimed.channel_id, since - CLOCKS_DIFFER)
        return None

    async def _require_silence(self, guild_id: GuildId, channel_id: ChannelId, since: datetime) -> None:
        """Raise DeliveryError where a history was empty though somebody wrote since: of another process's channels no right is known."""
        guild = self._client.get_guild(guild_id)
        if guild is not None and guild.get_channel_or_thread(channel_id) is not None:
            return
        with _asking():
            last_id = getattr(await self._client.fetch_channel(channel_id), "last_message_id", None)
        if last_id is not None and discord.utils.snowflake_time(last_id) >= since:
            raise DeliveryError(_UNREADABLE)

    async def _find_place(self, guild_id: GuildId, channel_id: ChannelId | None, recipient_id: UserId | None) -> discord.abc.Messageable:
        if channel_id is None:
            assert recipient_id is not None  # noqa: S101 - one of the two is always there
            with _asking():
                return await self._client.create_dm(discord.Object(recipient_id))
        guild = self._client.get_guild(guild_id)
        channel = guild.get_channel_or_thread(channel_id) if guild else None
        if channel is not None and not channel.permissions_for(channel.guild.me).read_message_history:
            # Discord would answer with an empty history, which must not pass for proof that nothing was posted.
            raise DeliveryError(_UNREADABLE)
        return self._client.get_partial_messageable(channel_id, guild_id=guild_id)

    async def report(self, report: Report) -> int:
        """Post a report and return Discord's id; raises DeliveryError or UndeliverableError."""
        scene, subscription = self._scene(), report.subscription
        guild = self._client.get_guild(report.guild_id)
        words = scene.phrases.words
        view = report_card(
            scene,
            report.message_id,
            server=guild.name if guild else str(report.guild_id),
            channel=f"<#{subscription.order.channel_id}>",
            what=title_of(scene.snapshot.knowledge, subscription.order.selector, words.deadline.all_tags),
            reason=words.posts.obstacle[subscription.obstacle or Obstacle.REFUSED],
        )
        place = await self._find_place(report.guild_id, report.channel_id, report.recipient_id)
        with _asking():
            message = await place.send(view=view, nonce=f"d{report.message_id}")
        return message.id


def _find_lack(channel: discord.abc.GuildChannel | discord.Thread) -> Obstacle | None:
    permissions = channel.permissions_for(channel.guild.me)
    if not permissions.view_channel:
        return Obstacle.CANNOT_VIEW
    if isinstance(channel, discord.Thread):
        may_send = permissions.send_messages_in_threads and (permissions.manage_threads or not channel.locked)
    else:
        may_send = permissions.send_messages
    return None if may_send else Obstacle.CANNOT_SEND


def _custom_ids(components: list[Any]) -> Iterator[str]:
    for component in components:
        if custom_id := getattr(component, "custom_id", None):
            yield custom_id
        yield from _custom_ids(getattr(component, "children", []))


@contextmanager
def _asking() -> Iterator[None]:
    """Turn what Discord or the network says into DeliveryError (passing, or unknown) or UndeliverableError (until mended)."""
    try:
        yield
    except discord.RateLimited as error:
        raise DeliveryError("Discord asked to wait", error.retry_after) from error
    except (discord.Forbidden, discord.NotFound) as error:
        otherwise = Obstacle.CANNOT_SEND if isinstance(error, discord.Forbidden) else Obstacle.CHANNEL_GONE
        raise UndeliverableError(_OBSTACLES.get(error.code, otherwise), reason=f"Discord: {error.text} ({error.code})") from error
    except discord.HTTPException as error:
        if error.status == HTTPStatus.BAD_REQUEST:
            # Trying the same again would only repeat the refusal; somebody must hear of it.
            raise UndeliverableError(Obstacle.REFUSED, reason=f"Discord: {error.text[:200]} ({error.code})") from error
        raise DeliveryError(f"Discord answered {error.status}: {error.text[:200]}") from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise DeliveryError(f"the connection to Discord failed: {str(error) or type(error).__name__}") from error
