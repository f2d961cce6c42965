"""A Discord of places and messages without a network: what the alerts can tell apart, and no more.

`test_discord_world.py` plays the same situations against it and against the real messenger on the tests' loopback Discord.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.simulation.journal import true_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.services.messaging import Post, Report

UNKNOWN_CHANNEL, MISSING_ACCESS, NO_PERMISSION, NO_DIRECT_MESSAGES, INVALID = 10003, 50001, 50013, 50007, 50035
NONCE_WINDOW = timedelta(minutes=3)


@dataclass(slots=True, eq=False)
class Channel:
    """A channel and what the bot may do in it; `refuses` whatever is posted, as a locked thread does."""

    id: int
    guild: Guild
    can_view: bool = True
    can_send: bool = True
    can_read: bool = True
    refuses: bool = False
    exists: bool = True
    messages: list[Message] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Guild:
    """A server; `is_present` while the bot is in it, `is_available` outside of outages."""

    id: int
    channels: dict[int, Channel] = field(default_factory=dict)
    had: list[Channel] = field(default_factory=list)
    """All that ever were, deleted ones too."""
    roles: set[int] = field(default_factory=set)
    is_present: bool = True
    is_available: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """Something posted: `mark` is the bot's own id of it, which its buttons carry."""

    id: int
    mark: int
    at: datetime
    place: int
    content: Post | Report


class World:
    """Everything on Discord. `stored` is called for each new message."""

    def __init__(self, *, nonce_window: timedelta = NONCE_WINDOW, is_blind: bool = False) -> None:
        """Begin empty; where `is_blind`, histories are never told."""
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.direct: dict[int, list[Message]] = {}
        self.closed_doors: set[int] = set()
        """People who take no direct messages."""
        self.by_id: dict[int, Message] = {}
        self.stored: Callable[[Message], None] = lambda _: None
        self._nonce_window = nonce_window
        self._is_blind = is_blind
        self._last_id = 1_000_000

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def add_guild(self, shard: int = 0) -> Guild:
        """Add a server; its `shard` is in the upper bits of its id."""
        guild = Guild((self._next_id() << 22 << 6) | (shard << 22))
        self.guilds[guild.id] = guild
        return guild

    def add_channel(self, guild: Guild) -> Channel:
        """Add a channel."""
        channel = Channel(self._next_id(), guild)
        guild.channels[channel.id] = self.channels[channel.id] = channel
        guild.had.append(channel)
        return channel

    def add_role(self, guild: Guild) -> int:
        """Add a role."""
        role_id = self._next_id()
        guild.roles.add(role_id)
        return role_id

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel with everything in it."""
        channel.exists = False
        channel.guild.channels.pop(channel.id, None)

    def find_refusal(self, channel_id: int, *, is_to_write: bool) -> int | None:
        """Return Discord's code for why the bot may not look into a channel, or write to it; None where it may."""
        channel = self.channels.get(channel_id)
        if channel is None or not channel.exists:
            return UNKNOWN_CHANNEL
        if not channel.guild.is_present or not channel.can_view:
            return MISSING_ACCESS
        if is_to_write and not channel.can_send:
            return NO_PERMISSION
        return INVALID if is_to_write and channel.refuses else None

    def list_messages(self, place: int) -> list[Message]:
        """Return what was posted to a channel or a person; nothing where the bot may not read it."""
        if self._is_blind:
            return []
        channel = self.channels.get(place)
        if channel is None:
            return self.direct.get(place, [])
        return channel.messages if channel.can_read else []

    def store(self, place: int, mark: int, content: Any) -> int:
        """Take a message and return its id; the same nonce in the same place brings the first one back for a while."""
        channel, now = self.channels.get(place), true_time()
        kept = channel.messages if channel is not None else self.direct.setdefault(place, [])
        for earlier in reversed(kept):
            if now - earlier.at > self._nonce_window:
                break
            if earlier.mark == mark:
                return earlier.id
        message = Message(self._next_id(), mark, now, place, content)
        kept.append(message)
        self.by_id[message.id] = message
        self.stored(message)
        return message.id
