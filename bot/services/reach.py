"""Which servers can be sent to now, and for how long the others have been away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import NotTriedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from bot.domain.subscriptions import GuildId


class OutOfReachError(NotTriedError):
    """The server is in an outage, or has removed the bot; it has been so for at least `away`."""

    def __init__(self, away: timedelta) -> None:
        """Keep for how long."""
        super().__init__("the server is in an outage, or gone")
        self.away = away


class Reach:
    """Remembers since when servers that something was to be sent to have been out of reach, as far as this process has seen."""

    def __init__(self, is_reachable: Callable[[GuildId], bool], clock: Callable[[], datetime]) -> None:
        """Ask `is_reachable`, and count by `clock()`."""
        self._is_reachable = is_reachable
        self._clock = clock
        self._away_since: dict[GuildId, datetime] = {}

    def require(self, guild_id: GuildId) -> None:
        """Raise OutOfReachError unless the server can be sent to."""
        if self._is_reachable(guild_id):
            self._away_since.pop(guild_id, None)
            return
        now = self._clock()
        raise OutOfReachError(now - self._away_since.setdefault(guild_id, now))
