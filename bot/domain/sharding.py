"""Which part of Discord's gateway is whose: every server belongs to one shard, every shard to one process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.subscriptions import GuildId

SHARD_BITS = 22
"""An id's lower bits do not count. https://discord.com/developers/docs/events/gateway#sharding-sharding-formula"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharding:
    """The shards that a process serves: `ids` out of `count`; all of them where `ids` is empty.

    Where `count` is None, Discord recommends one when the process connects.
    """

    count: int | None = None
    ids: tuple[int, ...] = ()

    def holds(self, guild_id: GuildId) -> bool:
        """Whether a server belongs to this process; it does where the shards are all its own, however many there will be."""
        return not self.ids or not self.count or (guild_id >> SHARD_BITS) % self.count in self.ids

    @property
    def is_first(self) -> bool:
        """Whether shard 0 is served, which hears direct messages too: what is to be done once for the bot is done here."""
        return not self.ids or 0 in self.ids

    def __str__(self) -> str:
        """Return which shards these are, for people."""
        ids = ",".join(map(str, self.ids)) or "all"
        return f"{ids} of {self.count or 'as many as Discord recommends'}"
