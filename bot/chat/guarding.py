"""A guard between the gateway and discord.py: what arrives broken costs one event or one connection, never the process.

In discord.py 2.7.1 an exception in the parser of an event, in the reading of a frame, or a connection closed while it is being made
again, ends `Client.connect`. This file holds every private part of discord.py that the guard needs; tests/chat/test_guarding.py says
which one moved when a new version of it moves one.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from time import monotonic
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import structlog
from discord import shard as discord_shard
from discord.gateway import DiscordWebSocket, ReconnectWebSocket, WebSocketClosure

from bot.errors import DiscordUnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

MOST_BROKEN = 8
BROKEN_WITHIN_SECONDS = 600.0
"""So many connections of one shard may break on what cannot be read within so many seconds; one more, and the process ends."""

SESSION_EVENTS = frozenset({"READY", "RESUMED"})
"""Without one of these the connection is of no use, so they are not dropped: a broken one breaks the connection."""

# How a connection ends in the ordinary way; discord.py makes a new one by itself.
_ORDINARY = (ReconnectWebSocket, WebSocketClosure, discord.ConnectionClosed, aiohttp.ClientError, OSError, TimeoutError)

_log = structlog.get_logger(__name__)


class BrokenFrameError(ConnectionError):
    """A shard's connection was closed because of what arrived on it. discord.py waits, longer each time, and connects anew."""


class Guard:
    """Counts what breaks, and says when it was too often."""

    def __init__(self, most: int = MOST_BROKEN, within_seconds: float = BROKEN_WITHIN_SECONDS) -> None:
        """Give up on more than `most` broken connections of one shard `within_seconds`. Needs a running loop."""
        self._most = most
        self._within = within_seconds
        self._broken: defaultdict[int | None, deque[float]] = defaultdict(deque)
        self.given_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Ends with DiscordUnreachableError when there were too many."""

    def note_broken(self, shard: int | None, error: Exception) -> None:
        """Count a connection that broke on what cannot be read."""
        _log.warning("frame unreadable", shard=shard, error=type(error).__name__)
        now, times = monotonic(), self._broken[shard]
        times.append(now)
        while times[0] < now - self._within:
            times.popleft()
        if len(times) > self._most and not self.given_up.done():
            self.given_up.set_exception(
                DiscordUnreachableError(
                    f"What Discord's gateway sends cannot be read: shard {shard} broke {len(times)} times within "
                    f"{self._within / 60:.0f} minutes, at last with {type(error).__name__}. If DISCORD_API_URL is set, check what answers "
                    "there; else a new version of the bot may be needed. Starting it again is safe."
                )
            )


def guard_client(client: discord.AutoShardedClient, guard: Guard) -> None:
    """Drop broken events of `client`, and let broken connections be made anew; before it connects."""
    guard_parsers(client._connection.parsers)  # noqa: SLF001 - there is no public part
    discord_shard.DiscordWebSocket = _guarded(guard)  # type: ignore[misc] # where AutoShardedClient looks for it


def guard_parsers(parsers: MutableMapping[str, Callable[[Any], None]]) -> None:
    """Wrap every parser of an event but those a session begins with, so that what it raises is logged and the event dropped."""
    for name, parse in parsers.items():
        if name not in SESSION_EVENTS:
            parsers[name] = _forgiving(name, parse)


def _forgiving(name: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
    def parse_or_drop(data: Any) -> None:  # noqa: ANN401 - whatever came
        try:
            parse(data)
        except Exception as error:  # noqa: BLE001 - the edge: one event that cannot be read must not end the others
            _log.warning("event dropped", name=name, error=type(error).__name__)

    return parse_or_drop


def _guarded(guard: Guard) -> type[DiscordWebSocket]:
    """Return discord.py's connection with `guard` at its door."""

    class GuardedWebSocket(DiscordWebSocket):
        @classmethod
        async def from_client(cls, client: discord.Client, **options: Any) -> GuardedWebSocket:  # noqa: ANN401
            """Connect; a connection that is closed before it is made counts as one that failed, so that the next waits a while."""
            try:
                return await super().from_client(client, **options)
            except ReconnectWebSocket as error:
                raise BrokenFrameError("the gateway closed the connection before it was made") from error

        async def received_message(self, msg: Any, /) -> None:  # noqa: ANN401 - whatever came
            """Take in a frame; one that cannot be read ends the connection."""
            try:
                await super().received_message(msg)
            except _ORDINARY:
                raise
            except Exception as error:  # noqa: BLE001 - the edge: whatever reading it raises
                guard.note_broken(self.shard_id, error)
                await self.close(4000)
                raise BrokenFrameError(f"a frame of the gateway could not be read ({type(error).__name__})") from None

    return GuardedWebSocket
