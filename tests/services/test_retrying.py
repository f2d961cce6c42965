"""When a message that could not be sent is tried again, and when no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.judging import Reason
from bot.domain.ledger import Alert, AlertId, AlertKind, Claimed, Delivery, DeliveryState, MessageId, MessageKind, Outcome, Settled
from bot.domain.subscriptions import ChannelId, GuildId, Obstacle, SubscriptionId
from bot.errors import DeliveryError, NotTriedError
from bot.knowledge.snapshot import CurrentSnapshot
from bot.services.leasing import LeaseOverError
from bot.services.messaging import UndeliverableError
from bot.services.reach import OutOfReachError
from bot.services.retrying import GIVEN_UP_AFTER, LONGEST_PAUSE, Retrying
from tests.domain.strategies import deadline, subscription

if TYPE_CHECKING:
    from bot.domain.entries import Deadline
    from bot.knowledge.snapshot import Snapshot

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
"""Nine in Brussels, a week before the summit."""

QUEUE_NOW = datetime(2026, 11, 26, 8, 1, tzinfo=UTC)
DAY = "2026-12-03"
SUMMIT = deadline(DAY)
FIRST_PAUSE = timedelta(seconds=5)


class Alike:
    """A lottery that always draws the same."""

    def __init__(self, drawn: float) -> None:
        """Draw `drawn`."""
        self.drawn = drawn
        self.asked: list[tuple[float, float]] = []

    def uniform(self, least: float, most: float) -> float:
        """Draw."""
        self.asked.append((least, most))
        return self.drawn


def _delivery(number: int = 1, channel: int = 20, **changes: Any) -> Delivery:
    alert = Alert(kind=AlertKind.ALERT, deadline="summit", occurrence=DAY, lead=7)
    subscribed = subscription(number)
    subscribed = replace(subscribed, order=replace(subscribed.order, channel_id=ChannelId(channel)))
    return Delivery(**{"alert_id": AlertId(number), "alert": alert, "subscription": subscribed, "nearest_lead": 7, **changes})


def _claimed(*deliveries: Delivery, attempts: int = 1, first: datetime = NOW) -> Claimed:
    return Claimed(
        id=MessageId(99),
        kind=MessageKind.DELIVERIES,
        guild_id=GuildId(10),
        channel_id=ChannelId(20),
        recipient_id=None,
        attempts=attempts,
        first_attempt_at=first,
        deliveries=deliveries,
    )


def _retrying(small: Snapshot, *deadlines: Deadline, now: datetime = NOW, drawn: float = 1.0) -> Retrying:
    """Return what decides, with a clock of its own beside the one that all processes share."""
    knowledge = CurrentSnapshot(replace(small, knowledge=replace(small.knowledge, deadlines=deadlines)))
    made = Retrying(knowledge, clock=lambda: now, queue_clock=lambda: QUEUE_NOW, first_pause=FIRST_PAUSE)
    made._jitter = Alike(drawn)  # type: ignore[assignment] # all of random.Random that is used
    return made


def _pause(outcome: Outcome) -> timedelta:
    assert outcome.retry_at is not None
    return outcome.retry_at - QUEUE_NOW


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 5), (2, 10), (3, 20), (7, 320), (8, 600), (17, 600), (18, 600), (30_000, 600)])
def test_each_pause_is_twice_the_last_up_to_ten_minutes(small: Snapshot, attempts: int, seconds: int) -> None:
    """After 5 seconds, then twice as long each time, at most ten minutes, however often it was tried."""
    claimed = _claimed(_delivery(), attempts=attempts)
    assert _pause(_retrying(small, SUMMIT).retry(claimed, DeliveryError("busy"))) == timedelta(seconds=seconds)


@pytest.mark.parametrize("drawn", [0.8, 1.2])
def test_pauses_are_spread_by_a_fifth(small: Snapshot, drawn: float) -> None:
    """What failed together comes back a little apart, a fifth earlier or later; the longest pause too."""
    retrying = _retrying(small, SUMMIT, drawn=drawn)
    assert _pause(retrying.retry(_claimed(_delivery()), DeliveryError("busy"))) == FIRST_PAUSE * drawn
    assert _pause(retrying.retry(_claimed(_delivery(), attempts=20), DeliveryError("busy"))) == LONGEST_PAUSE * drawn
    assert _pause(retrying.retry(_claimed(_delivery()), NotTriedError("an outage"))) == timedelta(seconds=20) * drawn
    assert set(retrying._jitter.asked) == {(0.8, 1.2)}  # type: ignore[attr-defined] # Alike


def test_the_real_pauses_differ(small: Snapshot) -> None:
    """Two messages that fail in one moment are not tried again in one moment."""
    knowledge = CurrentSnapshot(replace(small, knowledge=replace(small.knowledge, deadlines=(SUMMIT,))))
    retrying = Retrying(knowledge, clock=lambda: NOW, queue_clock=lambda: QUEUE_NOW, first_pause=FIRST_PAUSE)
    pauses = {_pause(retrying.retry(_claimed(_delivery()), DeliveryError("busy"))) for _ in range(20)}
    assert len(pauses) > 1
    assert min(pauses) >= FIRST_PAUSE * 0.8
    assert max(pauses) <= FIRST_PAUSE * 1.2


@pytest.mark.parametrize(("asked", "seconds"), [(None, 5), (0, 5), (4.9, 5), (30, 30), (3600, 3600)])
def test_discord_may_ask_for_a_longer_pause_and_not_for_a_shorter(small: Snapshot, asked: float | None, seconds: int) -> None:
    """Where Discord names a time, nothing is tried before it."""
    outcome = _retrying(small, SUMMIT).retry(_claimed(_delivery()), DeliveryError("busy", asked))
    assert _pause(outcome) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("error", "reason"), [(DeliveryError("busy"), "busy"), (TimeoutError(), "TimeoutError"), (ValueError("odd"), "odd")]
)
def test_the_ledger_is_told_why(small: Snapshot, error: Exception, reason: str) -> None:
    """The reason is what the error says, or what it is called; the try counts as one, and the message stays whole."""
    outcome = _retrying(small, SUMMIT).retry(_claimed(_delivery()), error)
    assert outcome == Outcome(message_id=MessageId(99), retry_at=QUEUE_NOW + FIRST_PAUSE, reason=reason)


@pytest.mark.parametrize(("error", "seconds"), [(NotTriedError("an outage"), 20), (LeaseOverError(), 0)])
def test_what_was_not_tried_does_not_count(small: Snapshot, error: NotTriedError, seconds: int) -> None:
    """A try that was none is not counted, whatever has become of the date, and is made at once where only the lease was over."""
    for deadlines in ((SUMMIT,), (deadline(DAY, status="cancelled"),)):
        outcome = _retrying(small, *deadlines).retry(_claimed(_delivery(), attempts=9), error)
        assert outcome == Outcome(
            message_id=MessageId(99), retry_at=QUEUE_NOW + timedelta(seconds=seconds), reason=str(error), is_untried=True
        )


@pytest.mark.parametrize(
    ("away", "seconds"), [(0, 20), (39, 20), (41, 20.5), (600, 300), (1_200, 600), (1_201, 600), (30 * 86_400, 600), (-3_600, 20)]
)
def test_a_server_that_is_away_for_long_is_looked_at_seldom(small: Snapshot, away: float, seconds: float) -> None:
    """It rests for half the time that it has been away, from twenty seconds to ten minutes, a little spread, and that is no try."""
    for drawn in (1.0, 0.8):
        retrying = _retrying(small, SUMMIT, drawn=drawn)
        outcome = retrying.retry(_claimed(_delivery(), attempts=9), OutOfReachError(timedelta(seconds=away)))
        assert _pause(outcome) == timedelta(seconds=seconds) * drawn
        assert set(retrying._jitter.asked) == {(0.8, 1.2)}  # type: ignore[attr-defined] # Alike
        assert outcome.is_untried
        assert outcome.reason == "the server is in an outage, or gone"


def test_what_has_become_worthless_ends(small: Snapshot) -> None:
    """A message of which nobody knows whether it was posted ends once nothing in it is worth telling, and says so."""
    outcome = _retrying(small, deadline(DAY, status="cancelled")).retry(_claimed(_delivery()), DeliveryError("busy"))
    settled = Settled(alert_id=AlertId(1), subscription_id=SubscriptionId(1), state=DeliveryState.EXPIRED, reason=str(Reason.UNKNOWN))
    assert outcome == Outcome(message_id=MessageId(99), settled=(settled,), reason="given up: busy")


def test_after_thirty_days_even_what_is_worth_telling_ends(small: Snapshot) -> None:
    """What would still be sent is then written down as past; an instant earlier it is tried again."""
    far = deadline("2027-03-01", lead_days=[7])
    alert = Alert(kind=AlertKind.ALERT, deadline="summit", occurrence="2027-03-01", lead=7)
    retrying = _retrying(small, far, now=NOW)
    first = NOW - GIVEN_UP_AFTER
    assert timedelta(days=30) == GIVEN_UP_AFTER
    earlier = retrying.retry(_claimed(_delivery(alert=alert), first=first + timedelta(seconds=1)), DeliveryError("busy"))
    assert earlier.retry_at is not None
    ended = retrying.retry(_claimed(_delivery(alert=alert), first=first), DeliveryError("busy"))
    settled = Settled(alert_id=AlertId(1), subscription_id=SubscriptionId(1), state=DeliveryState.EXPIRED, reason=str(Reason.UNKNOWN))
    assert ended == Outcome(message_id=MessageId(99), settled=(settled,), reason="given up: busy")


def test_what_was_not_in_the_message_keeps_its_own_end(small: Snapshot) -> None:
    """Of what was silent at the first try and is so now, nobody need wonder whether it was posted."""
    paused = _delivery(2)
    paused = replace(paused, subscription=replace(paused.subscription, paused_until=NOW + timedelta(days=99)))
    retrying = _retrying(small, SUMMIT, now=NOW + timedelta(days=30))
    ended = retrying.retry(_claimed(_delivery(1), paused), DeliveryError("busy"))
    assert [(end.state, end.reason) for end in ended.settled] == [
        (DeliveryState.EXPIRED, Reason.UNKNOWN),
        (DeliveryState.PAUSED, Reason.PAUSED),
    ]


def test_what_moved_to_another_channel_is_given_back_when_the_message_ends(small: Snapshot) -> None:
    """Giving a message up does not end the delivery of a subscription that goes elsewhere by now."""
    claimed = _claimed(_delivery(1), _delivery(2, channel=21))
    outcome = _retrying(small, deadline(DAY, status="cancelled")).retry(claimed, DeliveryError("busy"))
    assert [end.subscription_id for end in outcome.settled] == [1]
    assert outcome.gives_back


def test_what_may_come_back_is_not_given_up(small: Snapshot) -> None:
    """While a date is missing for less than an hour, and while nobody has noted it, its message is tried again."""
    for gone_at in (NOW - timedelta(minutes=59), None):
        outcome = _retrying(small).retry(_claimed(_delivery(gone_at=gone_at)), DeliveryError("busy"))
        assert _pause(outcome) == FIRST_PAUSE
    over = _retrying(small).retry(_claimed(_delivery(gone_at=NOW - timedelta(hours=1))), DeliveryError("busy"))
    assert over.retry_at is None


def test_a_report_is_tried_again(small: Snapshot) -> None:
    """A message without deliveries has nothing that could become worthless."""
    report = replace(_claimed(first=NOW - GIVEN_UP_AFTER * 2), kind=MessageKind.REPORT)
    assert _pause(_retrying(small).retry(report, DeliveryError("busy"))) == FIRST_PAUSE


def test_an_obstacle_holds_what_it_names(small: Snapshot) -> None:
    """Subscriptions that are named are suspended, else all of the message; it is done, and what was in it waits."""
    claimed = _claimed(_delivery(1), _delivery(2))
    retrying = _retrying(small, SUMMIT)
    named = UndeliverableError(Obstacle.ROLE_GONE, (SubscriptionId(2),), "no such role")
    held = Outcome(message_id=MessageId(99), obstacle=Obstacle.ROLE_GONE, suspended=(SubscriptionId(2),), reason="no such role")
    assert retrying.hold(claimed, named) == held
    everybody = retrying.hold(claimed, UndeliverableError(Obstacle.CANNOT_SEND))
    assert everybody == Outcome(message_id=MessageId(99), obstacle=Obstacle.CANNOT_SEND, suspended=(SubscriptionId(1), SubscriptionId(2)))


def test_what_may_be_posted_is_looked_for_when_the_channel_is_back(small: Snapshot) -> None:
    """A message that may be there already stays one message for as long as it is worth something; a report is not looked for."""
    error = UndeliverableError(Obstacle.CANNOT_SEND, reason="403")
    error.may_be_posted = True
    claimed = _claimed(_delivery())
    kept = _retrying(small, SUMMIT).hold(claimed, error)
    suspended = (SubscriptionId(1),)
    assert kept == Outcome(
        message_id=MessageId(99),
        retry_at=QUEUE_NOW + timedelta(minutes=10),
        obstacle=Obstacle.CANNOT_SEND,
        suspended=suspended,
        reason="403",
    )
    ended = _retrying(small, deadline(DAY, status="cancelled")).hold(claimed, error)
    assert (ended.retry_at, ended.obstacle, ended.reason) == (None, None, f"given up: {error}")
    assert [(end.state, end.reason) for end in ended.settled] == [(DeliveryState.EXPIRED, Reason.UNKNOWN)]
    assert _retrying(small).hold(_claimed(), error).retry_at is None
