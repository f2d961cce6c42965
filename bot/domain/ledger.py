"""The words of the ledger: what is delivered, in which message, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.subscriptions import ChannelId, GuildId, Obstacle, Subscription, SubscriptionId, UserId

MAX_TOGETHER = 8
"""Deliveries in one message."""

FOUND = "found in the channel"
"""The reason kept with a message that an earlier try had posted."""

AlertId = NewType("AlertId", int)
MessageId = NewType("MessageId", int)


class AlertKind(IntEnum):
    """An alert proper, a notice of a change, or a drill that somebody asked for; RESTORED takes a CANCELLED or an OUTCOME back."""

    ALERT = 0
    MOVED = 1
    CANCELLED = 2
    OUTCOME = 3
    DRILL = 4
    RESTORED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An occurrence seen from one lead time, or a notice about it.

    `occurrence` is `Occurrence.key`. `lead` counts days; for a notice it counts the changes of the deadline, so that the same change
    made again is told again. `detail` is the new date's key for MOVED, the asker's interaction for DRILL, "" otherwise.
    """

    kind: AlertKind
    deadline: str
    occurrence: str
    lead: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overtaken:
    """An alert whose hour was ahead of a subscription until it was changed, and is past now; worth telling until `expires_at`."""

    alert: Alert
    subscription_id: SubscriptionId
    expires_at: datetime


class DeliveryState(IntEnum):
    """Where a delivery stands; WAITING, HELD and SENDING are on the way, the others are ends."""

    WAITING = 0
    HELD = 1
    SENDING = 2
    SENT = 3
    SUPERSEDED = 4
    EXPIRED = 5
    CANCELLED = 6
    PAUSED = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One alert for one subscription, as it was claimed.

    `nearest_lead` is the least lead of its occurrence in the ledger. `gone_at` is since when the content has had no such deadline.
    `expires_at` is from when on the alert or notice is worth telling to nobody any more.

    For notices only: `told` is the date (a key) that the subscription was told last for this deadline (None: none), by a message of
    the kind `told_by`. `is_being_told`: an earlier message about the deadline is on its way, and nobody knows yet whether it was posted.
    """

    alert_id: AlertId
    alert: Alert
    subscription: Subscription
    nearest_lead: int
    gone_at: datetime | None = None
    expires_at: datetime | None = None
    told: str | None = None
    told_by: AlertKind | None = None
    is_being_told: bool = False


class MessageKind(IntEnum):
    """What a message carries: deliveries, or the news that a subscription had to be suspended."""

    DELIVERIES = 0
    REPORT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A message that this process may send until its lease ends.

    `attempts` counts this one; `first_attempt_at` is when the first began, the moment to search the channel's history from, by Discord's
    clock where that was known.
    A REPORT goes to `channel_id`, or to the person `recipient_id` where there is no channel; it carries the subscription.
    """

    id: MessageId
    kind: MessageKind
    guild_id: GuildId
    channel_id: ChannelId | None
    recipient_id: UserId | None
    attempts: int
    first_attempt_at: datetime
    deliveries: tuple[Delivery, ...] = ()
    subscription: Subscription | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The end of one delivery within a message."""

    alert_id: AlertId
    subscription_id: SubscriptionId
    state: DeliveryState
    is_late: bool = False
    reason: str = ""

    @property
    def delivery(self) -> tuple[AlertId, SubscriptionId]:
        """Which delivery it is."""
        return self.alert_id, self.subscription_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a claimed message.

    Either it is done (`posted_id` is Discord's id, None where nothing was to be sent), or `retry_at` says when to try again,
    or `obstacle` stands in the way: then the subscriptions `suspended` are suspended and what they have on the way is held.
    `is_untried`: this try was none. `gives_back`: deliveries that are not in `settled` wait for another message;
    else those of a posted message were in it.
    """

    message_id: MessageId
    posted_id: int | None = None
    settled: tuple[Settled, ...] = ()
    retry_at: datetime | None = None
    obstacle: Obstacle | None = None
    suspended: tuple[SubscriptionId, ...] = ()
    is_untried: bool = False
    gives_back: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One row of a server's history. `at` is when it ended; None while it is on the way."""

    alert: Alert
    subscription: Subscription
    state: DeliveryState
    at: datetime | None
    is_late: bool
    reason: str
    posted_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDate:
    """What the planner last worked with for one deadline, so that a change of the content is noticed even across a restart.

    `occurrence` is the key of the one ahead, "" where none is, and of one that is off the last that stood; `has_outcome` whether it
    was said how it ended; `is_off` whether it was cancelled or replaced; `gone_at` since when the content has no such deadline, and
    `planned_to` up to when its alerts had been fanned out by then.
    """

    deadline: str
    occurrence: str
    has_outcome: bool = False
    is_off: bool = False
    gone_at: datetime | None = None
    planned_to: datetime | None = None
    changes: int = 0
