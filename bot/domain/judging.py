"""What is to be done with a delivery at the moment it could go out: sent, or ended, and why. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.entries import Status
from bot.domain.ledger import AlertKind, DeliveryState
from bot.domain.planning import GRACE, due_at
from bot.domain.schedules import Occurrence, Recurring
from bot.domain.subscriptions import Status as SubscriptionStatus

if TYPE_CHECKING:
    from bot.domain.entries import Deadline
    from bot.domain.ledger import Delivery

LATE_AFTER = timedelta(minutes=10)
"""A message that comes later than this after its hour says so."""

GONE_FOR_GOOD_AFTER = timedelta(hours=1)
"""How long a deadline may be missing from the content before its alerts end: somebody may have removed it by mistake."""

NOTICE_LASTS = timedelta(days=7)
"""How long after a change a notice of it is still worth sending."""


NOTICES = frozenset({AlertKind.MOVED, AlertKind.CANCELLED, AlertKind.OUTCOME, AlertKind.RESTORED})


class Reason(StrEnum):
    """Why a delivery ended without a message; the ledger keeps the word, the wording says it in a sentence."""

    NEARER = "nearer"
    PAST = "past"
    OLD_NEWS = "old_news"
    MOVED = "moved"
    CHANGED_AGAIN = "changed_again"
    CANCELLED = "cancelled"
    OUTCOME = "outcome"
    GONE = "gone"
    REMOVED = "removed"
    PAUSED = "paused"
    RESTORED = "restored"
    UNKNOWN = "unknown"


_ENDS = {(AlertKind.CANCELLED, Reason.CANCELLED), (AlertKind.OUTCOME, Reason.OUTCOME)}


@dataclass(frozen=True, slots=True)
class Ruling:
    """SENDING where it is to go out now, WAITING where it cannot be told yet, or the end it has come to.

    `occurrence` is the one to speak of, `previous` the one that was told where it is another by now. `kind` is what a notice has
    become where that is another than it was made for. `due_at` (aware UTC) is the hour of an alert proper.
    """

    state: DeliveryState
    reason: Reason | None = None
    occurrence: Occurrence | None = None
    is_late: bool = False
    previous: Occurrence | None = None
    kind: AlertKind | None = None
    due_at: datetime | None = None


def find_occurrence(deadline: Deadline, key: str) -> Occurrence | None:
    """Return the occurrence of `deadline` that goes by `key`, or None where the schedule has no such one (any more)."""
    try:
        wanted = Occurrence.read(key)
    except ValueError:
        return None
    # The day the schedule counts a moment by may be the one before or after its UTC day.
    for occurrence in deadline.when.occurrences(wanted.first - timedelta(days=1)):
        if occurrence.key == key:
            return occurrence
        if occurrence.first > wanted.last:
            break
    return None


def find_only(deadline: Deadline) -> Occurrence:
    """Return the first occurrence of `deadline`: the only one, unless it recurs."""
    return next(iter(deadline.when.occurrences(deadline.when.first_day)))


def may_return(gone_at: datetime | None, now: datetime) -> bool:
    """Whether a deadline that the content has not had since `gone_at` (None: nobody has noticed yet) may come back as if nothing was."""
    return gone_at is None or now < gone_at + GONE_FOR_GOOD_AFTER


def judge(delivery: Delivery, deadline: Deadline | None, now: datetime) -> Ruling:
    """Rule on `delivery` at `now` (aware UTC); `deadline` is what the content says of it today, None where it says nothing."""
    alert = delivery.alert
    if silenced := _find_silence(delivery, now):
        return silenced
    if alert.kind is not AlertKind.ALERT and delivery.expires_at is not None and now >= delivery.expires_at:
        return Ruling(DeliveryState.EXPIRED, Reason.OLD_NEWS)
    if deadline is None:
        # News may be of a mistake that the next edit takes back: it waits for as long as it is any.
        waits = alert.kind in NOTICES or may_return(delivery.gone_at, now)
        return Ruling(DeliveryState.WAITING if waits else DeliveryState.CANCELLED, Reason.GONE)
    if alert.kind in NOTICES:
        return _judge_notice(delivery, deadline)
    occurrence = find_occurrence(deadline, alert.occurrence)
    if ended := _ended(deadline, occurrence):
        return Ruling(DeliveryState.CANCELLED, ended)
    assert occurrence is not None  # noqa: S101 - _ended has seen to it
    return _sent(occurrence) if alert.kind is AlertKind.DRILL else _judge_alert(delivery, occurrence, now)


def _find_silence(delivery: Delivery, now: datetime) -> Ruling | None:
    """Return the end that a manager has put to a delivery, or None."""
    subscription = delivery.subscription
    if subscription.status is SubscriptionStatus.REMOVED:
        return Ruling(DeliveryState.CANCELLED, Reason.REMOVED)
    if subscription.is_paused(now) and delivery.alert.kind is not AlertKind.DRILL:
        return Ruling(DeliveryState.PAUSED, Reason.PAUSED)
    return None


def _sent(occurrence: Occurrence) -> Ruling:
    return Ruling(DeliveryState.SENDING, None, occurrence)


def _ended(deadline: Deadline, occurrence: Occurrence | None) -> Reason | None:
    if deadline.outcome:
        return Reason.OUTCOME
    if deadline.status in {Status.CANCELLED, Status.SUPERSEDED}:
        return Reason.CANCELLED
    return Reason.MOVED if occurrence is None else None


def _judge_notice(delivery: Delivery, deadline: Deadline) -> Ruling:
    """Send what is true by now, to those who were told otherwise; an editor may have taken the change back, or made one more."""
    if delivery.is_being_told:
        return Ruling(DeliveryState.WAITING)
    kind, told = delivery.alert.kind, Occurrence.read(delivery.told) if delivery.told else None
    stands = find_occurrence(deadline, delivery.told) if delivery.told else None
    ended = _ended(deadline, stands)
    if told and kind is not delivery.told_by and (kind, ended) in _ENDS:
        held = None if stands or kind is AlertKind.CANCELLED or isinstance(deadline.when, Recurring) else find_only(deadline)
        return Ruling(DeliveryState.SENDING, None, held, previous=told) if held else _sent(told)
    current = find_occurrence(deadline, delivery.alert.detail or delivery.alert.occurrence)
    if told and current and kind in {AlertKind.MOVED, AlertKind.RESTORED}:
        if ended is Reason.MOVED:
            return Ruling(DeliveryState.SENDING, None, current, previous=told, kind=AlertKind.MOVED)
        if ended is None and delivery.told_by in {AlertKind.CANCELLED, AlertKind.OUTCOME}:
            return Ruling(DeliveryState.SENDING, None, stands, kind=AlertKind.RESTORED)
    return Ruling(DeliveryState.SUPERSEDED, Reason.CHANGED_AGAIN)


def _judge_alert(delivery: Delivery, occurrence: Occurrence, now: datetime) -> Ruling:
    timing = delivery.subscription.wish.timing
    if now >= occurrence.ends_in(timing.zone_info) + GRACE:
        return Ruling(DeliveryState.EXPIRED, Reason.PAST)
    if delivery.nearest_lead < delivery.alert.lead:
        return Ruling(DeliveryState.SUPERSEDED, Reason.NEARER)
    due = due_at(occurrence, delivery.alert.lead, timing)
    return Ruling(DeliveryState.SENDING, None, occurrence, is_late=now > due + LATE_AFTER, due_at=due)
