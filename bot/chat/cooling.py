"""Cooldowns: how much one person, and one server, may ask for in a minute; whoever asks for more is told when to try again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord
import structlog
from discord.app_commands import Cooldown

from bot.errors import CooldownError, ServerCooldownError, UserError

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet
    from datetime import datetime

WINDOW_SECONDS = 60.0
TYPING_FACTOR = 10
"""How many suggestions are allowed for one command: every letter typed asks for them."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """How many commands and clicks are answered a minute."""

    person: int = 30
    server: int = 300


class Cooling:
    """Counts what is asked for. It is told before anything is read or drawn, so that a refusal costs next to nothing."""

    def __init__(self, uses: Uses, clock: Callable[[], datetime], exempt: AbstractSet[int] = frozenset()) -> None:
        """Allow `uses`; who is in `exempt` (ids of users) is held to the server's limit only."""
        self._clock = clock
        self._exempt = exempt
        self._persons = _Meter(uses.person)
        self._servers = _Meter(uses.server)
        self._typing_persons = _Meter(uses.person * TYPING_FACTOR)
        self._typing_servers = _Meter(uses.server * TYPING_FACTOR)

    def find_refusal(self, interaction: discord.Interaction[Any]) -> UserError | None:
        """Count an interaction; return what to say where it is one too many. What a person is refused counts for no server."""
        typing = interaction.type is discord.InteractionType.autocomplete
        persons, servers = (self._typing_persons, self._typing_servers) if typing else (self._persons, self._servers)
        now, user_id, guild_id = self._clock().timestamp(), interaction.user.id, interaction.guild_id
        if user_id not in self._exempt and (until := persons.use(user_id, now)):
            self._tell(persons, user_id, until, scope="person", user=user_id, typing=typing)
            return CooldownError(until=until)
        if guild_id is not None and (until := servers.use(guild_id, now)):
            self._tell(servers, guild_id, until, scope="server", guild=guild_id, typing=typing)
            return ServerCooldownError(until=until)
        return None

    @staticmethod
    def _tell(meter: _Meter, key: int, until: int, **details: object) -> None:
        """Log the first refusal of a minute: a line for each would be what somebody who floods the bot is after."""
        if meter.told.get(key) != until:
            meter.told[key] = until
            _log.warning("cooldown", until=until, **details)


class _Meter:
    """How often each key was used in its current minute; what is not used for a minute is forgotten."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._buckets: dict[int, Cooldown] = {}
        self._swept_at = 0.0
        self.told: dict[int, int] = {}

    def use(self, key: int, now: float) -> int | None:
        """Count one use; return from when on (in whole Unix seconds) the next is allowed, where this one is too many."""
        self._sweep(now)
        wait = self._buckets.setdefault(key, Cooldown(self._rate, WINDOW_SECONDS)).update_rate_limit(now)
        return None if wait is None else int(now + wait) + 1

    def _sweep(self, now: float) -> None:
        if now < self._swept_at:
            self._buckets.clear()  # the clock was set back: nobody should have to wait for it to catch up
        elif now - self._swept_at < WINDOW_SECONDS:
            return
        self._swept_at = now
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if bucket.get_tokens(now) < self._rate}
        self.told = {key: until for key, until in self.told.items() if until > now}
