"""Which part of Discord's gateway is whose: every server belongs to one shard, every shard to one process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.subscriptions import GuildId

_SHARD_BITS = 22
"""An id's lower bits do not count. https://discord.com/developers/docs/events/gateway#sharding-sharding-formula"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharding:
    """The shards that a process serves: `ids` out of `count`; all of them where `ids` is empty.

    Where `count` is None, Discord recommends one when the process connects.
    """

    count: int | None = None
    ids: tuple[int, ...] = ()

    def holds(self, guild_id: GuildId) -> bool:
        """Whether a server belongs to this process."""
        return not self.ids or not self.count or (guild_id >> _SHARD_BITS) % self.count in self.ids
