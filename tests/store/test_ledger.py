"""Claiming and finishing, on both databases."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.ledger import MAX_TOGETHER, Alert, AlertKind, DeliveryState, KnownDate, MessageKind, Outcome, Settled
from bot.domain.subscriptions import ChannelId, GuildPreferences, Obstacle, Scope, Selector, Status, Timing, Wish
from bot.errors import StaleContentError
from bot.store.ledger import AT_ONCE
from bot.store.tables import alerts
from tests.store.making import (
    ALERT,
    GUILD,
    LATER,
    LEASE,
    MANAGER,
    NINE,
    NOW,
    OTHER_GUILD,
    claim,
    fan_out,
    find_wish_id,
    obstructed,
    only_states,
    sent,
    states,
    subscribe,
    use,
)

MOVED = replace(ALERT, kind=AlertKind.MOVED, lead=1, detail="2026-12-05")
BACK = replace(ALERT, kind=AlertKind.MOVED, lead=2, occurrence="2026-12-05", detail="2026-12-01")
OFF = replace(ALERT, kind=AlertKind.CANCELLED, lead=1)
ON = replace(ALERT, kind=AlertKind.RESTORED, lead=2)

if TYPE_CHECKING:
    from bot.store.database import Database
    from bot.store.store import Store


async def test_tasks_never_share_a_delivery(store: Store, database: Database) -> None:
    """Six workers that claim at the same time get each delivery once, all of them together."""
    for channel in range(60):
        await subscribe(store, channel)
    await fan_out(database, store)
    claims = await asyncio.gather(*(claim(store, f"worker {i}", limit=7) for i in range(12)))
    claimed = Counter(d.subscription.id for messages in claims for message in messages for d in message.deliveries)
    assert len(claimed) == 60
    assert set(claimed.values()) == {1}


async def test_dead_ones_claim_comes_back_unchanged(store: Store, database: Database) -> None:
    """When the lease ends another takes the same message with the same content; what the first says late changes nothing."""
    await subscribe(store)
    await fan_out(database, store)
    (first,) = await claim(store, "dead")
    assert await claim(store, "other", NOW + LEASE - timedelta(seconds=1)) == ()
    (second,) = await claim(store, "other", NOW + LEASE)
    assert (second.id, second.deliveries, second.attempts, second.first_attempt_at) == (first.id, first.deliveries, 2, NOW)
    assert await store.ledger.finish("dead", [sent(first, reason="late")], NOW + LEASE) == frozenset()
    assert await only_states(database) == [DeliveryState.SENDING]
    assert await store.ledger.finish("other", [sent(second)], NOW + LEASE) == {second.id}
    assert await store.ledger.finish("other", [Outcome(message_id=second.id, retry_at=NOW)], NOW) == frozenset()
    assert await only_states(database) == [DeliveryState.SENT]


async def test_the_first_try_is_dated_as_the_caller_says(store: Store, database: Database) -> None:
    """By another clock than the one that claims go by, where the caller knows it; later tries leave that date as it was."""
    await subscribe(store)
    await fan_out(database, store)
    elsewhere = NOW - timedelta(hours=1)
    (first,) = await store.ledger.claim("me", now=NOW, lease=LEASE, limit=9, tried_at=elsewhere)
    assert first.first_attempt_at == elsewhere
    untried = Outcome(message_id=first.id, retry_at=NOW, is_untried=True)
    assert await store.ledger.finish("me", [untried], NOW) == {first.id}
    (second,) = await store.ledger.claim("me", now=NOW, lease=LEASE, limit=9, tried_at=elsewhere + timedelta(minutes=1))
    assert (second.attempts, second.first_attempt_at) == (1, elsewhere + timedelta(minutes=1))
    (third,) = await store.ledger.claim("other", now=NOW + LEASE, lease=LEASE, limit=9, tried_at=NOW)
    assert (third.attempts, third.first_attempt_at) == (2, elsewhere + timedelta(minutes=1))


async def test_one_channel_gets_few_messages(store: Store, database: Database) -> None:
    """Deliveries of a channel share messages of at most eight; another channel's are never among them."""
    tags = [Selector(Scope.TAG, f"tag-{i}") for i in range(10)]
    for tag in tags:
        await subscribe(store, 1, selector=tag)
        await fan_out(database, store, wish_id=await find_wish_id(database, Wish(tag, None, NINE)))
    await subscribe(store, 2)
    await fan_out(database, store)
    messages = await claim(store)
    assert [len(message.deliveries) for message in messages] == [MAX_TOGETHER, 2, 1]
    assert [len({d.subscription.order.channel_id for d in message.deliveries}) for message in messages] == [1, 1, 1]
    assert {message.channel_id for message in messages} == {d.subscription.order.channel_id for m in messages for d in m.deliveries}


async def test_limit_counts_messages(store: Store, database: Database) -> None:
    """At most `limit` messages are given, those to be tried again first."""
    for channel in range(4):
        await subscribe(store, channel)
    await fan_out(database, store)
    (first,) = await claim(store, limit=1)
    await store.ledger.finish("me", [Outcome(message_id=first.id, retry_at=NOW + timedelta(seconds=5), reason="500")], NOW)
    again = await claim(store, now=NOW + timedelta(seconds=5), limit=2)
    assert [(message.id == first.id, message.attempts) for message in again] == [(True, 2), (False, 1)]


async def test_walk_goes_on_and_round(store: Store, database: Database) -> None:
    """The walk begins behind the given subscription and comes round to the first."""
    ids = [(await subscribe(store, channel)).id for channel in range(4)]
    await fan_out(database, store)
    claimed = await claim(store, after=ids[1], limit=3)
    assert [message.deliveries[0].subscription.id for message in claimed] == [ids[2], ids[3], ids[0]]


async def test_nearest_lead_is_the_least_that_counts(store: Store, database: Database) -> None:
    """It is the least lead of the occurrence for the subscription; superseded ones and other occurrences do not count."""
    await subscribe(store)
    for alert in (ALERT, replace(ALERT, lead=1), replace(ALERT, lead=0, occurrence="2027-12-01")):
        await fan_out(database, store, alert)
    (message,) = await claim(store)
    assert [(d.alert.lead, d.nearest_lead) for d in message.deliveries] == [(7, 1), (1, 1), (0, 0)]
    by_lead = {d.alert.lead: d for d in message.deliveries if d.alert.occurrence == ALERT.occurrence}
    overtaken = Settled(alert_id=by_lead[1].alert_id, subscription_id=by_lead[1].subscription.id, state=DeliveryState.SUPERSEDED)
    await store.ledger.finish("me", [Outcome(message_id=message.id, retry_at=NOW, settled=(overtaken,))], NOW)
    (message,) = await claim(store)
    assert [(d.alert.lead, d.nearest_lead) for d in message.deliveries] == [(7, 7), (0, 0)]


async def test_notice_has_a_lead_too(store: Store, database: Database) -> None:
    """A notice or drill of an occurrence without alerts has its own lead as nearest."""
    await subscribe(store)
    await fan_out(database, store, replace(ALERT, kind=AlertKind.DRILL, lead=0, detail="1"))
    (message,) = await claim(store)
    assert message.deliveries[0].nearest_lead == 0


async def test_next_attempt(store: Store, database: Database) -> None:
    """Nothing, at once, the end of the lease, the next try, nothing."""
    assert await store.ledger.find_next_attempt(NOW) is None
    await subscribe(store)
    await fan_out(database, store)
    assert await store.ledger.find_next_attempt(NOW) == AT_ONCE
    (message,) = await claim(store)
    assert await store.ledger.find_next_attempt(NOW) == NOW + LEASE
    await store.ledger.finish("me", [Outcome(message_id=message.id, retry_at=NOW + timedelta(seconds=9))], NOW)
    assert await store.ledger.find_next_attempt(NOW) == NOW + timedelta(seconds=9)
    (message,) = await claim(store, now=NOW + timedelta(seconds=9))
    await store.ledger.finish("me", [sent(message)], NOW)
    assert await store.ledger.find_next_attempt(NOW) is None


async def test_history_tells_what_became_of_it(store: Store, database: Database) -> None:
    """A server's ledger is told newest first, with Discord's id of the message, and no other server's."""
    one = await subscribe(store)
    await subscribe(store, 2, OTHER_GUILD)
    await fan_out(database, store)
    messages = await claim(store)
    await store.ledger.finish("me", [sent(m, is_late=True, reason="the bot was away") for m in messages], NOW)
    await fan_out(database, store, replace(ALERT, lead=1))
    assert await store.ledger.count_queue(GUILD) == 1
    entries, total = await store.ledger.list_history(GUILD, 0, 10)
    assert total == 2
    waiting, done = entries
    assert (waiting.state, waiting.at, waiting.posted_id, waiting.alert.lead) == (DeliveryState.WAITING, None, None, 1)
    assert (done.state, done.at, done.is_late, done.reason) == (DeliveryState.SENT, NOW, True, "the bot was away")
    assert (done.subscription, done.posted_id, done.alert) == (one, 2**62 + messages[0].id, ALERT)
    assert await store.ledger.list_history(GUILD, 1, 10) == ((done,), 2)


async def test_obstacle_suspends_holds_and_reports_once(store: Store, database: Database) -> None:
    """The first time somebody is told, in private where there is no fallback; the next time only the wait grows."""
    one = await subscribe(store)
    await fan_out(database, store)
    await fan_out(database, store, replace(ALERT, lead=1))
    (message,) = await claim(store)
    await store.ledger.finish("me", [obstructed(message, Obstacle.CANNOT_SEND)], NOW)
    assert await only_states(database) == [DeliveryState.HELD, DeliveryState.HELD]
    suspended = await store.subscriptions.get(GUILD, one.id)
    assert (suspended.status, suspended.obstacle) == (Status.SUSPENDED, Obstacle.CANNOT_SEND)
    (report,) = await claim(store)
    assert (report.kind, report.channel_id, report.recipient_id) == (MessageKind.REPORT, None, MANAGER)
    assert (report.subscription, report.attempts, report.first_attempt_at) == (suspended, 1, NOW)
    await store.ledger.finish("me", [sent(report)], NOW)
    await store.subscriptions.resume([one.id], NOW)
    (again,) = await claim(store)
    assert again.id > message.id
    await store.ledger.finish("me", [obstructed(again, Obstacle.CANNOT_SEND)], NOW)
    assert await claim(store) == ()
    await store.subscriptions.resume([one.id], NOW)
    await store.ledger.finish("me", [sent(m) for m in await claim(store)], NOW)
    await fan_out(database, store, replace(ALERT, lead=0))
    (new,) = await claim(store)
    await store.ledger.finish("me", [obstructed(new, Obstacle.CANNOT_SEND)], NOW)
    assert [m.kind for m in await claim(store)] == [MessageKind.REPORT]  # a success wiped the slate


async def test_report_goes_to_the_fallback_channel_unless_that_failed(store: Store, database: Database) -> None:
    """The fallback channel is told, but not of its own failure: then the person is."""
    first = await subscribe(store, 1)
    fallback = ChannelId(first.order.channel_id + 1)
    await subscribe(store, 2)
    chosen = GuildPreferences(guild_id=GUILD, timing=Timing(time(9), "UTC"), fallback_channel_id=fallback)
    await store.subscriptions.set_preferences(chosen, {}, NOW)
    await fan_out(database, store)
    messages = await claim(store)
    await store.ledger.finish("me", [obstructed(m, Obstacle.CANNOT_SEND) for m in messages], NOW)
    reports = await claim(store)
    assert [(r.channel_id, r.recipient_id) for r in reports] == [(fallback, None), (None, MANAGER)]


async def test_obstacle_of_one_lets_the_others_wait_again(store: Store, database: Database) -> None:
    """Where only one subscription of a message is in the way, as with a lost role, the others' deliveries go on in a new one."""
    one = await subscribe(store, 1)
    other = await subscribe(store, 1, selector=Selector(Scope.TAG, "nato"))
    await fan_out(database, store)
    await fan_out(database, store, wish_id=await find_wish_id(database, other.wish))
    (message,) = await claim(store)
    outcome = Outcome(message_id=message.id, obstacle=Obstacle.ROLE_GONE, suspended=(one.id,), reason="role")
    await store.ledger.finish("me", [outcome], NOW)
    assert dict(row[:2] for row in await states(database)) == {one.id: DeliveryState.HELD, other.id: DeliveryState.WAITING}


async def test_obstacle_settles_what_is_settled_and_cancels_the_removed(store: Store, database: Database) -> None:
    """What the outcome settles stays settled; what was removed meanwhile is cancelled."""
    one = await subscribe(store, 1)
    other = await subscribe(store, 1, selector=Selector(Scope.TAG, "nato"))
    await fan_out(database, store)
    await fan_out(database, store, wish_id=await find_wish_id(database, other.wish))
    (message,) = await claim(store)
    await store.subscriptions.remove(GUILD, other.id, NOW)
    settled = Settled(alert_id=message.deliveries[0].alert_id, subscription_id=one.id, state=DeliveryState.EXPIRED)
    await store.ledger.finish("me", [replace(obstructed(message, Obstacle.CHANNEL_GONE), settled=(settled,))], NOW)
    assert dict(row[:2] for row in await states(database)) == {one.id: DeliveryState.EXPIRED, other.id: DeliveryState.CANCELLED}


async def test_nobody_suspends_anothers(store: Store, database: Database) -> None:
    """An outcome that names a subscription of another server leaves that alone."""
    await subscribe(store, 1)
    theirs = await subscribe(store, 2, OTHER_GUILD)
    await fan_out(database, store)
    message = next(m for m in await claim(store) if m.guild_id == GUILD)
    await store.ledger.finish("me", [Outcome(message_id=message.id, obstacle=Obstacle.REFUSED, suspended=(theirs.id,))], NOW)
    assert (await store.subscriptions.get(OTHER_GUILD, theirs.id)).status is Status.ACTIVE


async def test_counts_what_is_on_the_way(store: Store, database: Database) -> None:
    """The metrics count what waits, is held and is being sent."""
    for channel in range(3):
        await subscribe(store, channel)
    await fan_out(database, store)
    (message,) = await claim(store, limit=1)
    await store.ledger.finish("me", [obstructed(message, Obstacle.REFUSED)], NOW)
    await claim(store, limit=2)  # the report, and one more
    counted = await store.ledger.count_states()
    assert counted == {DeliveryState.WAITING: 1, DeliveryState.HELD: 1, DeliveryState.SENDING: 1}
    assert await store.ledger.count_queue(GUILD) == 3


async def test_prune_leaves_what_is_young_or_open(store: Store, database: Database) -> None:
    """Only closed alerts and messages older than the moment are deleted."""
    await subscribe(store)
    await fan_out(database, store)
    await store.ledger.finish("me", [sent(m) for m in await claim(store)], NOW)
    await fan_out(database, store, replace(ALERT, lead=1), expires_at=LATER + timedelta(days=9))
    await store.plan.close_expired(LATER)
    assert await store.ledger.prune(NOW) == 0
    assert await store.ledger.prune(LATER + timedelta(days=1)) == 3
    assert await only_states(database) == [DeliveryState.WAITING]


async def test_tried_again_it_keeps_its_content_in_spite_of_an_obstacle(store: Store, database: Database) -> None:
    """A message that may have been posted already is not taken apart; its subscription is suspended all the same."""
    one = await subscribe(store)
    await fan_out(database, store)
    (message,) = await claim(store)
    again_at = NOW + timedelta(minutes=5)
    await store.ledger.finish("me", [replace(obstructed(message, Obstacle.CANNOT_VIEW), retry_at=again_at)], NOW)
    assert await only_states(database) == [DeliveryState.SENDING]
    assert (await store.subscriptions.get(GUILD, one.id)).status is Status.SUSPENDED
    assert message.id in [m.id for m in await claim(store, now=again_at)]


async def test_outage_over_all_is_tried_now(store: Store, database: Database) -> None:
    """What a server's outage put off is tried at once, another server's and what is being sent are not."""
    await subscribe(store, 1)
    await subscribe(store, 2, OTHER_GUILD)
    await fan_out(database, store)
    again_at = NOW + timedelta(hours=1)
    await store.ledger.finish("me", [Outcome(message_id=m.id, retry_at=again_at) for m in await claim(store)], NOW)
    assert await store.ledger.hasten({GUILD}, NOW)
    (message,) = await claim(store)
    assert message.guild_id == GUILD
    assert not await store.ledger.hasten({GUILD}, NOW)
    assert await claim(store, "other") == ()


async def test_message_knows_whom_it_was_for(store: Store, database: Database) -> None:
    """A button on a message leads to its subscriptions, in its own server, as long as they are not removed."""
    one = await subscribe(store)
    await fan_out(database, store)
    (message,) = await claim(store)
    await store.ledger.finish("me", [sent(message)], NOW)
    assert await store.ledger.list_subscriptions_of(GUILD, message.id) == (one,)
    assert await store.ledger.list_subscriptions_of(OTHER_GUILD, message.id) == ()
    await store.subscriptions.remove(GUILD, one.id, NOW)
    assert await store.ledger.list_subscriptions_of(GUILD, message.id) == ()


async def test_what_waits_for_a_date_that_may_come_back_is_left_alone(store: Store, database: Database) -> None:
    """Of a deadline that is missing for less than an hour nothing is claimed or to be done; others of the channel are, and later it is."""
    await subscribe(store)
    other = replace(ALERT, deadline="other")
    for alert in (ALERT, other):
        await fan_out(database, store, alert)
    await store.plan.save_dates(
        [KnownDate(deadline=name, occurrence="", gone_at=gone) for name, gone in (("expiry", NOW), ("other", None))]
    )
    (message,) = await claim(store)
    assert [d.alert for d in message.deliveries] == [other]
    await store.ledger.finish("me", [sent(message)], NOW)
    end = NOW + timedelta(hours=1)
    assert await store.ledger.find_next_attempt(end - timedelta(seconds=1)) is None
    assert await claim(store, now=end - timedelta(seconds=1)) == ()
    assert await store.ledger.find_next_attempt(end) == AT_ONCE
    (message,) = await claim(store, now=end)
    assert [(d.alert, d.gone_at) for d in message.deliveries] == [(ALERT, NOW)]


async def test_everything_may_be_missing_at_once(store: Store, database: Database) -> None:
    """Where a whole content is gone, with more alerts than a statement may have parameters, claiming still works."""
    rows = [
        {
            "kind": 0,
            "deadline": "expiry",
            "occurrence": str(n),
            "lead": 0,
            "detail": "",
            "created_at": 0,
            "expires_at": 2**40,
            "closed": False,
        }
        for n in range(33_000)
    ]
    async with database.writing() as connection:
        await connection.execute(alerts.insert(), rows)
    await subscribe(store)
    await fan_out(database, store, replace(ALERT, deadline="other"))
    await store.plan.save_dates([KnownDate(deadline="expiry", occurrence="", gone_at=NOW)])
    assert await store.ledger.find_next_attempt(NOW) == AT_ONCE
    assert len(await claim(store)) == 1


async def test_nothing_is_claimed_by_an_older_content(store: Store, database: Database) -> None:
    """Only a process that has the content in use claims; any does where none was ever put to use, and what is claimed may be finished."""
    await subscribe(store)
    await subscribe(store, 2)
    await fan_out(database, store)
    terms = {"now": NOW, "lease": LEASE, "limit": 1}
    (first,) = await store.ledger.claim("me", version="a", **terms)  # type: ignore[arg-type] # as they are named
    await store.contents.apply(use("b"), b"", instead_of=None)
    with pytest.raises(StaleContentError):
        await store.ledger.claim("me", version="a", **terms)  # type: ignore[arg-type] # as they are named
    assert await only_states(database) == [DeliveryState.SENDING, DeliveryState.WAITING]
    assert await store.ledger.finish("me", [sent(first)], NOW) == {first.id}
    assert len(await store.ledger.claim("me", version="b", **terms)) == 1  # type: ignore[arg-type] # as they are named


TOLD = [
    ("told by an alert", [(ALERT, 0)], ("2026-12-01", AlertKind.ALERT)),
    ("told that it moved", [(ALERT, 0), (MOVED, 1)], ("2026-12-05", AlertKind.MOVED)),
    ("moved and back", [(ALERT, 0), (MOVED, 1), (BACK, 2)], ("2026-12-01", AlertKind.MOVED)),
    ("told in the same second", [(ALERT, 0), (OFF, 0)], ("2026-12-01", AlertKind.CANCELLED)),
    ("off and on again", [(ALERT, 0), (OFF, 1), (ON, 2)], ("2026-12-01", AlertKind.RESTORED)),
    ("a later date of what recurs", [(ALERT, 0), (replace(ALERT, occurrence="2027-12-01"), 1)], ("2026-12-01", AlertKind.ALERT)),
    ("only another date", [(replace(ALERT, occurrence="2027-12-01"), 1)], ("2027-12-01", AlertKind.ALERT)),
    ("only a drill", [(replace(ALERT, kind=AlertKind.DRILL, detail="1"), 1)], (None, None)),
    ("another deadline", [(replace(ALERT, deadline="other"), 1)], (None, None)),
]


@pytest.mark.parametrize(("messages", "expected"), [row[1:] for row in TOLD], ids=[row[0] for row in TOLD])
async def test_a_notice_knows_what_was_told_last(
    store: Store, database: Database, messages: list[tuple[Alert, int]], expected: tuple[str | None, AlertKind | None]
) -> None:
    """It is the date and the kind of the message sent last about the deadline; alerts of its other dates count only where nothing else was."""
    await subscribe(store)
    for alert, seconds in messages:
        await fan_out(database, store, alert)
        now = NOW + timedelta(seconds=seconds)
        await store.ledger.finish("me", [sent(message) for message in await claim(store, now=now)], now)
    await fan_out(database, store, replace(MOVED, lead=9, detail="2026-12-09"))
    (message,) = await claim(store, now=NOW + timedelta(seconds=9))
    assert [(d.told, d.told_by) for d in message.deliveries] == [expected]


async def test_a_notice_waits_for_every_earlier_one_on_its_way(store: Store, database: Database) -> None:
    """While a cancellation is being sent, nobody knows whether it was told; what takes it back says so."""
    await subscribe(store)
    await fan_out(database, store, OFF)
    await claim(store)
    await fan_out(database, store, ON)
    (message,) = await claim(store)
    assert [d.is_being_told for d in message.deliveries] == [True]
