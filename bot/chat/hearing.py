"""Which of this process's shards are heard now, and which servers went while one was not.

discord.py's sharded client keeps the servers of a session that ended: one that removed the bot meanwhile would seem present for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    import discord

_log = structlog.get_logger(__name__)


class Hearing:
    """Follows the shards of a client from before it connects."""

    def __init__(self, client: discord.AutoShardedClient) -> None:
        """Listen to what `client` tells of its shards."""
        self._client = client
        self._known: set[int] = set()
        self._renewed: set[int] = set()
        self._before: dict[int, tuple[discord.Guild, ...]] = {}
        for listener in (self.on_shard_connect, self.on_shard_ready, self.on_shard_resumed, self.on_shard_disconnect):
            client.event(listener)

    @property
    def shard_ids(self) -> frozenset[int]:
        """The shards that are open and have told of their servers."""
        shards = self._client.shards
        if not shards:  # a simulated gateway has none to look at
            return frozenset(range(self._client.shard_count or 0) if self._client.is_ready() else ())
        return frozenset(number for number, shard in shards.items() if number in self._known and not shard.is_closed())

    def hears(self, shard_id: int) -> bool:
        """Whether this shard is one of them."""
        shard = self._client.get_shard(shard_id)
        return shard_id in self.shard_ids if shard is None else shard_id in self._known and not shard.is_closed()

    async def on_shard_disconnect(self, shard_id: int) -> None:
        """Remember which servers there were."""
        self._known.discard(shard_id)
        self._renewed.discard(shard_id)
        self._before[shard_id] = tuple(guild for guild in self._client.guilds if guild.shard_id == shard_id)

    async def on_shard_connect(self, shard_id: int) -> None:
        """Note that a new session has named its servers."""
        self._renewed.add(shard_id)

    async def on_shard_resumed(self, shard_id: int) -> None:
        """Go on: what happened meanwhile is told now, but not that the servers of this shard can be sent to again."""
        self._before.pop(shard_id, None)
        self._known.add(shard_id)
        self._client.dispatch("shard_heard", tuple(guild for guild in self._client.guilds if guild.shard_id == shard_id))

    async def on_shard_ready(self, shard_id: int) -> None:
        """Begin anew: whatever server the new session did not name is gone; those that it named are other objects now."""
        if shard_id not in self._renewed:
            return  # said of a session that is lost already
        for guild in self._before.pop(shard_id, ()):
            if self._client.get_guild(guild.id) is guild:
                _log.info("gone meanwhile", guild=guild.id)
                self._client._connection._remove_guild(guild)  # noqa: SLF001 - there is no public way; see test_hearing.py
                self._client.dispatch("guild_remove", guild)
        self._known.add(shard_id)
