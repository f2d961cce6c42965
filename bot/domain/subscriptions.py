"""A channel's standing wish: which deadlines, how many days before, at which local hour, whom to mention."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cache
from typing import TYPE_CHECKING, NewType
from zoneinfo import ZoneInfo

from bot.domain.schedules import instant

if TYPE_CHECKING:
    from datetime import date, datetime, time

    from bot.domain.entries import Deadline

GuildId = NewType("GuildId", int)
ChannelId = NewType("ChannelId", int)
RoleId = NewType("RoleId", int)
UserId = NewType("UserId", int)
SubscriptionId = NewType("SubscriptionId", int)
WishId = NewType("WishId", int)

NOBODY = UserId(0)
"""Who made a subscription whose maker was erased."""

DEFAULT_LEADS = (30, 7, 1, 0)
"""Days before a deadline that names none of its own."""

MAX_LEADS = 10
MAX_LEAD_DAYS = 365
MAX_NOTE = 200
"""Characters of a subscription's own note."""


# ZoneInfo itself keeps only the last eight from being read from disk again.
_zone = cache(ZoneInfo)


@dataclass(frozen=True, slots=True)
class Timing:
    """When on a day a channel hears: a local hour in a zone."""

    clock_time: time
    zone: str

    def on(self, day: date) -> datetime:
        """Return the instant on `day` (aware UTC); a skipped hour moves forward, one that comes twice is the first."""
        return instant(day, self.clock_time, self.zone_info)

    def date_at(self, moment: datetime) -> date:
        """Return the local date at `moment`."""
        return moment.astimezone(self.zone_info).date()

    @property
    def is_known(self) -> bool:
        """Whether this machine knows the zone."""
        try:
            _ = self.zone_info
        except (KeyError, ValueError, OSError):
            return False
        return True

    @property
    def zone_info(self) -> ZoneInfo:
        """The zone itself."""
        return _zone(self.zone)


class Scope(StrEnum):
    """How a subscription chooses deadlines."""

    ALL = "all"
    TAG = "tag"
    DEADLINE = "deadline"


@dataclass(frozen=True, slots=True)
class Selector:
    """Which deadlines are meant: all, those with a tag, or one. `str()` gives the form that `parse` reads."""

    scope: Scope
    id: str = ""

    def selects(self, deadline: Deadline) -> bool:
        """Whether `deadline` is among them."""
        match self.scope:
            case Scope.ALL:
                return True
            case Scope.TAG:
                return self.id in deadline.tags
            case Scope.DEADLINE:
                return deadline.id == self.id

    def __str__(self) -> str:
        """Return all, tag:ID or deadline:ID."""
        return f"{self.scope}:{self.id}" if self.id else str(self.scope)

    @classmethod
    def parse(cls, text: str) -> Selector:
        """Read what `str()` wrote; raises ValueError for anything else."""
        scope, _, entry_id = text.partition(":")
        selector = cls(Scope(scope), entry_id)
        if str(selector) != text or (selector.scope is Scope.ALL) == bool(entry_id):
            raise ValueError(f"{text!r} is not all, tag:ID or deadline:ID")
        return selector


EVERYTHING = Selector(Scope.ALL)


@dataclass(frozen=True, slots=True)
class Wish:
    """What many subscriptions may share, so that it is computed once. `leads` descend; None takes each deadline's own."""

    selector: Selector
    leads: tuple[int, ...] | None
    timing: Timing

    def leads_for(self, deadline: Deadline) -> tuple[int, ...]:
        """Return the lead days at which `deadline` is wished for, descending; none where it is not."""
        if not self.selector.selects(deadline):
            return ()
        return (deadline.lead_days or DEFAULT_LEADS) if self.leads is None else self.leads


class Status(IntEnum):
    """What has become of a subscription. A removed one is kept for the ledger until its server is forgotten."""

    ACTIVE = 0
    SUSPENDED = 1
    REMOVED = 2


class Obstacle(StrEnum):
    """Why a subscription is suspended."""

    CHANNEL_GONE = "channel_gone"
    CANNOT_VIEW = "cannot_view"
    CANNOT_SEND = "cannot_send"
    ROLE_GONE = "role_gone"
    LEFT = "left"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a manager asked for. `clock_time` and `zone` are None where the server's own are followed."""

    channel_id: ChannelId
    selector: Selector
    leads: tuple[int, ...] | None = None
    clock_time: time | None = None
    zone: str | None = None
    role_id: RoleId | None = None
    publish: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """An order as it stands. `created_at` is when it began: nothing due before is ever sent for it."""

    id: SubscriptionId
    guild_id: GuildId
    order: Order
    wish: Wish
    created_by: UserId
    created_at: datetime
    status: Status = Status.ACTIVE
    obstacle: Obstacle | None = None
    paused_until: datetime | None = None

    def is_paused(self, now: datetime) -> bool:
        """Whether it is paused at `now` (aware UTC)."""
        return self.paused_until is not None and now < self.paused_until


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildPreferences:
    """What a server chose for all its subscriptions."""

    guild_id: GuildId
    timing: Timing
    fallback_channel_id: ChannelId | None = None
