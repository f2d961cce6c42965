"""What is printed from a plate is, to the letter, what would have been drawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.chat.cards.posts import post_card
from bot.chat.printing import MAX_KEPT, Printer
from bot.domain.judging import find_only
from bot.domain.ledger import AlertKind, MessageId
from bot.domain.schedules import Occurrence
from bot.domain.subscriptions import GuildId, RoleId
from bot.knowledge.snapshot import Snapshot
from bot.services.messaging import Item, Post
from bot.services.phrasing import Phrases
from tests.conftest import NOW
from tests.domain.strategies import ZONES, subscription, wish

if TYPE_CHECKING:
    from bot.chat.layout import Scene
    from bot.domain.entries import Deadline
    from bot.domain.subscriptions import Subscription

ROLES = st.none() | st.sampled_from([GUILD := 10, 71, 72, 2**62])
NOTES = st.none() | st.sampled_from(["Hello.", "*Bold* lines", "x" * 200, "y" * 200])


def drawn(scene: Scene, post: Post) -> list[dict[str, Any]]:
    """Return what Discord would be sent of the card, drawn for this post alone."""
    components: list[dict[str, Any]] = post_card(scene, post).to_components()  # type: ignore[no-untyped-call]
    return components


def _subscribed(number: int, role_id: int | None, note: str | None, zone: str) -> Subscription:
    made = subscription(number, wish(zone), role_id)
    return replace(made, order=replace(made.order, note=note))


@st.composite
def posts(draw: st.DrawFn, deadlines: tuple[Deadline, ...]) -> Post:
    """Draw posts about one or a few dates, for one or a few subscriptions."""
    about = draw(st.lists(st.sampled_from(deadlines), min_size=1, max_size=4, unique_by=lambda d: d.id))
    late_at = draw(st.sampled_from([None, NOW - timedelta(days=1)]))
    items = tuple(
        Item(
            kind=draw(st.sampled_from(AlertKind)),
            deadline=deadline,
            occurrence=find_only(deadline),
            due_at=late_at,
            previous=draw(st.sampled_from([None, Occurrence(date(2026, 11, 1), date(2026, 11, 2))])),
        )
        for deadline in about
    )
    zone = draw(st.sampled_from(ZONES))
    subscribers = draw(st.lists(st.tuples(ROLES, NOTES), min_size=1, max_size=8))
    return Post(
        message_id=MessageId(draw(st.integers(1, 2**62))),
        guild_id=GuildId(GUILD),
        channel_id=subscription().order.channel_id,
        items=items,
        subscriptions=tuple(_subscribed(n, role, note, zone) for n, (role, note) in enumerate(subscribers, 1)),
    )


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data(), seconds=st.integers(0, 59))
def test_every_print_is_what_would_be_drawn(scene: Scene, data: st.DataObject, seconds: int) -> None:
    """Whatever was printed before it, and at whatever second of the minute, a post has the components that `post_card` makes for it."""
    deadlines = scene.snapshot.knowledge.deadlines[:6]
    printer, now = Printer(), replace(scene, now=NOW + timedelta(seconds=seconds))
    for post in data.draw(st.lists(posts(deadlines), min_size=1, max_size=4)):
        other = replace(post, message_id=MessageId(data.draw(st.integers(1, 2**62))), subscriptions=_as_long(post.subscriptions))
        assert printer.print(scene, post) == drawn(now, post)
        plates = len(printer._plates)
        assert printer.print(now, other) == drawn(now, other)
        assert len(printer._plates) == plates


def _as_long(subscribed: tuple[Subscription, ...]) -> tuple[Subscription, ...]:
    """Return subscriptions of others whose roles and notes take as much room."""
    other = {RoleId(71): RoleId(81), RoleId(72): RoleId(82), RoleId(2**62): RoleId(2**62 + 1)}
    return tuple(
        replace(
            s,
            order=replace(
                s.order, role_id=other.get(s.order.role_id or RoleId(0), s.order.role_id), note=s.order.note and s.order.note[::-1]
            ),
        )
        for s in subscribed
    )


def _post(scene: Scene, note: str | None = None) -> Post:
    deadline = scene.snapshot.knowledge.deadlines[0]
    item = Item(kind=AlertKind.ALERT, deadline=deadline, occurrence=find_only(deadline))
    subscribers = (_subscribed(1, None, note, "Europe/Brussels"),)
    return Post(
        message_id=MessageId(1),
        guild_id=GuildId(GUILD),
        channel_id=subscribers[0].order.channel_id,
        items=(item,),
        subscriptions=subscribers,
    )


def test_days_are_counted_anew_each_minute(scene: Scene) -> None:
    """What was drawn before midnight is not printed after it."""
    printer, post = Printer(), _post(scene)
    first = find_only(post.items[0].deadline).first
    for minutes in range(3):
        late = replace(scene, now=datetime.combine(first - timedelta(days=9), time(22, 59), UTC) + timedelta(minutes=minutes))
        assert printer.print(late, post) == drawn(late, post)
    assert drawn(late, post) != drawn(replace(late, now=late.now - timedelta(minutes=2)), post)


def test_each_zone_counts_its_own_days(scene: Scene) -> None:
    """At a moment that is one day in Brussels and another in New York, both are told how many days are left there."""
    printer, post = Printer(), _post(scene)
    (subscribed,) = post.subscriptions
    overseas = replace(post, subscriptions=(replace(subscribed, wish=wish("America/New_York")),))
    first = find_only(post.items[0].deadline).first
    night = replace(scene, now=datetime.combine(first - timedelta(days=9), time(1), UTC))
    assert drawn(night, post) != drawn(night, overseas)
    for told in (post, overseas, post):
        assert printer.print(night, told) == drawn(night, told)


def test_new_content_is_printed_at_once(scene: Scene) -> None:
    """A plate of an earlier content is never used again, also for a post that was composed from it."""
    printer, post = Printer(), _post(scene)
    printer.print(scene, post)
    base = scene.snapshot.knowledge
    wording = base.wording.model_copy(update={"posts": base.wording.posts.model_copy(update={"heading": "NEW {title}"})})
    snapshot = Snapshot.of(replace(base, wording=wording))
    reloaded = replace(scene, snapshot=snapshot, phrases=Phrases(wording))
    assert "NEW" in str(printer.print(reloaded, post))


def test_an_edited_date_has_a_plate_of_its_own(scene: Scene) -> None:
    """Posts composed before and after an edit of the same date are told apart, though they are printed in the same minute."""
    printer, post = Printer(), _post(scene)
    edited = replace(post, items=(replace(post.items[0], deadline=post.items[0].deadline.model_copy(update={"title": "Another"})),))
    for told in (post, edited, post):
        assert printer.print(scene, told) == drawn(scene, told)


def test_plates_are_bounded(scene: Scene) -> None:
    """However many channels have lines of their own, only so many plates are kept."""
    printer = Printer()
    for length in range(MAX_KEPT * 2 + 1):
        printer.print(scene, _post(scene, "x" * (length % 500 + 1)))
        assert len(printer._plates) <= MAX_KEPT
