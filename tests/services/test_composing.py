"""From a claimed message to one post, and how each of its deliveries ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.judging import Reason
from bot.domain.ledger import Alert, AlertId, AlertKind, Claimed, Delivery, DeliveryState, MessageId, MessageKind, Settled
from bot.domain.schedules import Occurrence
from bot.domain.subscriptions import ChannelId, GuildId
from bot.errors import NotTriedError
from bot.services.composing import Composed, compose
from tests.domain.strategies import deadline, subscription, wish

if TYPE_CHECKING:
    from bot.domain.entries import Deadline
    from bot.domain.knowledge_base import KnowledgeBase
    from bot.domain.subscriptions import Subscription

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
"""Nine in Brussels, a week before the summit."""

DAY = "2026-12-03"
SUMMIT = deadline(DAY)
SENT = DeliveryState.SENT
GONE_AT = NOW - timedelta(hours=1)


def _delivery(number: int, subscribed: Subscription, nearest_lead: int | None = None, **alert: Any) -> Delivery:
    known = Alert(**{"kind": AlertKind.ALERT, "deadline": "summit", "occurrence": DAY, "lead": 7, **alert})
    nearest = known.lead if nearest_lead is None else nearest_lead
    return Delivery(
        alert_id=AlertId(number), alert=known, subscription=subscribed, nearest_lead=nearest, gone_at=GONE_AT, told=known.occurrence
    )


def _compose(base: KnowledgeBase, deliveries: tuple[Delivery, ...], *deadlines: Deadline, now: datetime = NOW) -> Composed:
    claimed = Claimed(
        id=MessageId(99),
        kind=MessageKind.DELIVERIES,
        guild_id=GuildId(10),
        channel_id=ChannelId(20),
        recipient_id=None,
        attempts=1,
        first_attempt_at=now,
        deliveries=deliveries,
    )
    return compose(claimed, replace(base, deadlines=deadlines), now)


def _settled(composed: Composed) -> list[tuple[int, int, DeliveryState, str, bool]]:
    return [(s.alert_id, s.subscription_id, s.state, s.reason, s.is_late) for s in composed.settled]


def test_what_two_subscriptions_ask_for_is_said_once(base: KnowledgeBase) -> None:
    """The same date for two subscriptions of a channel is one item of one post that names both roles, and both are sent."""
    first, second = subscription(1, role_id=71), subscription(2, role_id=72)
    composed = _compose(base, (_delivery(1, first), _delivery(1, second)), SUMMIT)
    assert composed.post is not None
    (item,) = composed.post.items
    assert (item.kind, item.deadline, item.occurrence.key, item.due_at, item.previous) == (AlertKind.ALERT, SUMMIT, DAY, None, None)
    assert composed.post.role_ids == (71, 72)
    assert composed.post.subscriptions == (first, second)
    assert (composed.post.message_id, composed.post.guild_id, composed.post.channel_id) == (99, 10, 20)
    assert composed.settled == tuple(Settled(alert_id=AlertId(1), subscription_id=s.id, state=SENT) for s in (first, second))


def test_a_role_two_subscriptions_share_is_named_once(base: KnowledgeBase) -> None:
    """Roles and notes are named once each; a subscription without is nothing."""
    several = [subscription(number, role_id=role) for number, role in ((1, 71), (2, None), (3, 71))]
    several = [replace(s, order=replace(s.order, note=note)) for s, note in zip(several, ("Hello.", None, "Hello."), strict=True)]
    post = _compose(base, tuple(_delivery(1, s) for s in several), SUMMIT).post
    assert post is not None
    assert (post.role_ids, post.notes, post.publish, len(post.subscriptions)) == ((71,), ("Hello.",), False, 3)
    several[1] = replace(several[1], order=replace(several[1].order, publish=True))
    post = _compose(base, tuple(_delivery(1, s) for s in several), SUMMIT).post
    assert post is not None
    assert post.publish


ENDED: list[tuple[str, dict[str, Any], tuple[Deadline, ...], str, DeliveryState, Reason]] = [
    ("gone", {}, (), "2026-11-26T08:00Z", DeliveryState.CANCELLED, Reason.GONE),
    ("cancelled", {}, (deadline(DAY, status="cancelled"),), "2026-11-26T08:00Z", DeliveryState.CANCELLED, Reason.CANCELLED),
    ("outcome known", {}, (deadline(DAY, status="passed"),), "2026-11-26T08:00Z", DeliveryState.CANCELLED, Reason.OUTCOME),
    ("moved", {}, (deadline("2026-12-04"),), "2026-11-26T08:00Z", DeliveryState.CANCELLED, Reason.MOVED),
    ("past", {}, (SUMMIT,), "2026-12-09T08:00Z", DeliveryState.EXPIRED, Reason.PAST),
    ("a nearer one", {"nearest_lead": 1}, (SUMMIT,), "2026-12-02T08:00Z", DeliveryState.SUPERSEDED, Reason.NEARER),
    (
        "moved back again",
        {"kind": AlertKind.MOVED, "lead": 0, "detail": "2026-12-10"},
        (SUMMIT,),
        "2026-11-26T08:00Z",
        DeliveryState.SUPERSEDED,
        Reason.CHANGED_AGAIN,
    ),
]


@pytest.mark.parametrize(("change", "deadlines", "now", "state", "reason"), [row[1:] for row in ENDED], ids=[row[0] for row in ENDED])
def test_where_everything_has_ended_nothing_is_posted(
    base: KnowledgeBase, change: dict[str, Any], deadlines: tuple[Deadline, ...], now: str, state: DeliveryState, reason: Reason
) -> None:
    """Without anything left to say there is no post, and each delivery has its end and the reason."""
    deliveries = tuple(_delivery(1, subscription(number, role_id=70 + number), **change) for number in (1, 2))
    composed = _compose(base, deliveries, *deadlines, now=datetime.fromisoformat(now))
    assert composed.post is None
    assert _settled(composed) == [(1, 1, state, reason, False), (1, 2, state, reason, False)]


def test_what_is_left_is_posted_without_what_ended(base: KnowledgeBase) -> None:
    """Only subscriptions with something left to say are mentioned; paused and removed ones are settled on the side."""
    paused = subscription(2, role_id=72, paused_until=datetime(2027, 1, 1, tzinfo=UTC))
    deliveries = (
        _delivery(1, subscription(1, role_id=71)),
        _delivery(1, paused),
        _delivery(2, subscription(3, role_id=73), deadline="gone"),
    )
    composed = _compose(base, deliveries, SUMMIT)
    assert composed.post is not None
    assert composed.post.role_ids == (71,)
    assert [item.deadline.id for item in composed.post.items] == ["summit"]
    assert _settled(composed) == [
        (1, 1, SENT, "", False),
        (1, 2, DeliveryState.PAUSED, "paused", False),
        (2, 3, DeliveryState.CANCELLED, "gone", False),
    ]


def test_what_may_come_back_is_left_out(base: KnowledgeBase) -> None:
    """Of a date that is missing for less than an hour nothing is settled; the others of its message go out."""
    back = replace(_delivery(2, subscription(3, role_id=73), deadline="gone"), gone_at=NOW - timedelta(minutes=59))
    composed = _compose(base, (_delivery(1, subscription(1, role_id=71)), back), SUMMIT)
    assert composed.post is not None
    assert (composed.post.role_ids, composed.may_return) == ((71,), True)
    assert _settled(composed) == [(1, 1, SENT, "", False)]
    assert _compose(base, (back,), SUMMIT) == Composed(None, (), may_return=True)


def test_what_the_planner_has_not_missed_yet_is_tried_later(base: KnowledgeBase) -> None:
    """Where nobody has noted yet that a date is missing, its message is not tried."""
    with pytest.raises(NotTriedError):
        _compose(base, (replace(_delivery(2, subscription(3), deadline="gone"), gone_at=None),), SUMMIT)


def test_items_stand_in_the_order_of_their_dates(base: KnowledgeBase) -> None:
    """Whatever the order of the deliveries, the nearest date comes first, then by id, an alert before its notice."""
    whens = {
        "later": "2026-12-10",
        "b": "2026-12-03",
        "a": "2026-12-03",
        "evening": "2026-12-03T20:00 UTC",
        "span": "2026-12-02/2026-12-30",
    }
    deadlines = tuple(deadline(when, id=name) for name, when in whens.items())
    keys = {entry.id: next(entry.when.occurrences(NOW.date())).key for entry in deadlines}
    deliveries = [_delivery(n, subscription(1), deadline=name, occurrence=key) for n, (name, key) in enumerate(keys.items())]
    moved = _delivery(9, subscription(1), kind=AlertKind.MOVED, deadline="a", occurrence="2026-12-01", detail=DAY, lead=0)
    for given in ((moved, *deliveries), (*reversed(deliveries), moved)):
        post = _compose(base, given, *deadlines).post
        assert post is not None
        assert [(i.deadline.id, i.kind) for i in post.items] == [
            ("span", AlertKind.ALERT),
            ("a", AlertKind.ALERT),
            ("a", AlertKind.MOVED),
            ("b", AlertKind.ALERT),
            ("evening", AlertKind.ALERT),
            ("later", AlertKind.ALERT),
        ]


def test_a_late_item_says_when_it_was_due(base: KnowledgeBase) -> None:
    """What comes more than ten minutes late carries its hour and is settled as late."""
    composed = _compose(base, (_delivery(1, subscription()),), SUMMIT, now=datetime(2026, 11, 28, tzinfo=UTC))
    assert composed.post is not None
    assert composed.post.items[0].due_at == NOW
    assert _settled(composed) == [(1, 1, SENT, "", True)]


@pytest.mark.parametrize(
    ("alert", "entry", "shown", "previous"),
    [
        ({"kind": AlertKind.MOVED, "detail": "2026-12-10"}, deadline("2026-12-10"), "2026-12-10", DAY),
        ({"kind": AlertKind.CANCELLED}, deadline(DAY, status="cancelled"), DAY, None),
        ({"kind": AlertKind.OUTCOME}, deadline(DAY, status="passed"), DAY, None),
        ({"kind": AlertKind.DRILL, "detail": "5"}, SUMMIT, DAY, None),
    ],
)
def test_notices_and_drills_become_items(
    base: KnowledgeBase, alert: dict[str, Any], entry: Deadline, shown: str, previous: str | None
) -> None:
    """A move shows the new date and the old one, the others the date that was told; none is late."""
    composed = _compose(base, (_delivery(1, subscription(), **alert, lead=0),), entry, now=datetime(2026, 11, 29, tzinfo=UTC))
    assert composed.post is not None
    (item,) = composed.post.items
    assert (item.kind, item.occurrence, item.due_at) == (alert["kind"], Occurrence.read(shown), None)
    assert item.previous == (Occurrence.read(previous) if previous else None)
    assert _settled(composed) == [(1, 1, SENT, "", False)]


def test_an_alert_and_a_drill_of_one_date_are_two_items(base: KnowledgeBase) -> None:
    """A drill does not stand in for the alert of the same date."""
    drill = _delivery(2, subscription(), kind=AlertKind.DRILL, lead=0, detail="5")
    post = _compose(base, (_delivery(1, subscription()), drill), SUMMIT).post
    assert post is not None
    assert [item.kind for item in post.items] == [AlertKind.ALERT, AlertKind.DRILL]


def test_two_zones_of_one_channel_are_said_once(base: KnowledgeBase) -> None:
    """Subscriptions that differ in zone, hour and lead but meet in one message still share the item."""
    early = subscription(1, wish("Asia/Tokyo", "17:00", (7,)), role_id=71)
    late = subscription(2, wish("America/New_York", "03:00", (7,)), role_id=72)
    composed = _compose(base, (_delivery(1, early), _delivery(1, late)), SUMMIT)
    assert composed.post is not None
    assert len(composed.post.items) == 1
    assert composed.post.role_ids == (71, 72)
