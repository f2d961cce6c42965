"""What must hold of every message at the moment Discord takes it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.ledger import AlertKind
from bot.domain.subscriptions import Status
from tests.simulation import reckoning
from tests.simulation.journal import true_time
from tests.simulation.memory import WINDOW, Told

if TYPE_CHECKING:
    from datetime import datetime

    from bot.services.messaging import Item, Post
    from tests.simulation.discord_world import Message
    from tests.simulation.mirror import Key, Standing
    from tests.simulation.newsroom import Date
    from tests.simulation.oracle import Oracle

LATE_AFTER = timedelta(minutes=10)
PUNCTUAL = timedelta(seconds=60)
PACE = 36.0
"""Posts a second that a queue gets through at least."""


def examine(oracle: Oracle, message: Message, post: Post) -> None:
    """Hold a post against all that must be so."""
    of_message = oracle.memory.of_message.get(message.mark, {})
    named = {s.id for s in post.subscriptions}
    carried = _choose_told(list(of_message), post)
    if {subscription for _, subscription in carried} != named:
        oracle.fail(
            "explained", f"message {message.mark} is for {named}, the ledger has {carried}", mark=message.mark, channel=message.place
        )
    for item in post.items:
        _examine_date(oracle, message, item)
    for key, subscription in carried:
        _examine_subscription(oracle, message, key, subscription)
        _examine_once(oracle, message, key, subscription)
        if key.kind is AlertKind.ALERT:
            _examine_time(oracle, message, post, key, subscription)
        if key.kind is not AlertKind.DRILL:
            _remember(oracle, post, key, subscription)
    _examine_roles(oracle, message, post)


def _choose_told(pairs: list[tuple[Key, int]], post: Post) -> list[tuple[Key, int]]:
    """Return what of a message's deliveries the post really tells: of alerts about the same date the nearest."""
    named = {s.id for s in post.subscriptions}
    alerts = {(item.deadline.id, item.occurrence.key) for item in post.items if item.kind is AlertKind.ALERT}
    others = {(item.kind is AlertKind.DRILL, item.deadline.id) for item in post.items if item.kind is not AlertKind.ALERT}
    found: list[tuple[Key, int]] = []
    nearest: dict[tuple[int, str, str], Key] = {}
    for key, subscription in pairs:
        if subscription not in named:
            continue
        if key.kind is not AlertKind.ALERT:
            found += [(key, subscription)] if (key.kind is AlertKind.DRILL, key.deadline) in others else []
        elif (key.deadline, key.occurrence) in alerts:
            about = (subscription, key.deadline, key.occurrence)
            if about not in nearest or key.lead < nearest[about].lead:
                nearest[about] = key
    return found + [(key, subscription) for (subscription, _, _), key in nearest.items()]


def _examine_once(oracle: Oracle, message: Message, key: Key, subscription: int) -> None:
    is_certain = key.kind in {AlertKind.ALERT, AlertKind.DRILL}
    if is_certain and (key, subscription) in oracle.memory.told:
        earlier = oracle.memory.told[key, subscription]
        oracle.fail(
            "once", f"{key} was told by message {earlier} and again by {message.mark}", subscription=subscription, mark=message.mark
        )
    oracle.memory.told[key, subscription] = message.mark


def _examine_date(oracle: Oracle, message: Message, item: Item) -> None:
    """See to it that the content said so when the message was made."""
    versions = oracle.memory.contents.since(true_time() - WINDOW)
    if not any(_is_said(entry, item) for content in versions if (entry := reckoning.find(content, item.deadline.id))):
        what = f"{item.kind.name} {item.deadline.id} on {item.occurrence.key}, and the content in use says no such thing"
        oracle.fail("true dates", what, channel=message.place, mark=message.mark)


def _is_said(entry: Date, item: Item) -> bool:
    match item.kind:
        case AlertKind.CANCELLED:
            return not entry.is_expected and not entry.outcome
        case AlertKind.OUTCOME:
            return entry.outcome and (entry.when[0] == "rule" or reckoning.only(entry) == item.occurrence.key)
    return entry.is_expected and reckoning.has(entry, item.occurrence.key)


def _examine_subscription(oracle: Oracle, message: Message, key: Key, subscription: int) -> None:
    """See to it that a subscription of this channel asked for it, and was neither removed nor paused when it was claimed."""
    lately = oracle.memory.list_standings(subscription, true_time() - WINDOW)
    earliest, _ = oracle.clock_range()
    fitting = [s for s in lately if s.channel == message.place and s.status != Status.REMOVED]
    if not fitting:
        oracle.fail("asked for", f"{key} in {message.place}: no subscription there", subscription=subscription, channel=message.place)
    is_heeded = key.kind is AlertKind.DRILL or any(s.paused_until is None or s.paused_until <= earliest + WINDOW for s in fitting)
    if fitting and not is_heeded:
        oracle.fail("asked for", f"{key} was posted while paused", subscription=subscription, channel=message.place)
    if key.kind is AlertKind.ALERT and not any(_asks(oracle, s, key) for s in _all_since_made(oracle, key, subscription)):
        oracle.fail("asked for", f"{key}: nobody asked for this date and lead", subscription=subscription, channel=message.place)


def _all_since_made(oracle: Oracle, key: Key, subscription: int) -> list[Standing]:
    row = oracle.memory.rows[key, subscription]
    return oracle.memory.list_standings(subscription, row.made_at - WINDOW)


def _asks(oracle: Oracle, standing: Standing, key: Key) -> bool:
    """Whether a subscription that stands so is to hear of it, by any content that had the date in the time of the lead, and longer."""
    return any(key.lead in reckoning.leads(standing, entry) for entry in oracle.memory.entries[key.deadline])


def _examine_time(oracle: Oracle, message: Message, post: Post, key: Key, subscription: int) -> None:
    """See to it that it comes neither early nor late, unless it says so, nor when it is worthless."""
    earliest, latest = oracle.clock_range()
    dues = [reckoning.due(key.occurrence, key.lead, s.zone, s.minute) for s in _all_since_made(oracle, key, subscription)]
    lately = oracle.memory.list_standings(subscription, true_time() - WINDOW)
    recent = [reckoning.due(key.occurrence, key.lead, s.zone, s.minute) for s in lately]
    about = {"subscription": subscription, "channel": message.place, "mark": message.mark}
    if dues and min(dues) > latest:
        oracle.fail("not early", f"{key} is due at {min(dues)}, not at {latest}", **about)
    item = next(i for i in post.items if (i.kind, i.deadline.id, i.occurrence.key) == (key.kind, key.deadline, key.occurrence))
    if recent and item.due_at is None and earliest - max(recent) > LATE_AFTER + WINDOW:
        oracle.fail("marked late", f"{key} was due at {max(recent)}, came at {earliest}, and does not say that it is late", **about)
    if item.due_at is not None and latest < item.due_at + LATE_AFTER:
        oracle.fail("marked late", f"{key} was due at {item.due_at}, came at {latest}, and calls itself late", **about)
    if lately and min(earliest - reckoning.worthless(key.occurrence, s.zone) for s in lately) > WINDOW:
        oracle.fail("worth telling", f"{key} was posted at {earliest}, when it was worthless", **about)
    if recent:
        _examine_punctuality(oracle, key, subscription, lately[-1], max(recent))


def _examine_punctuality(oracle: Oracle, key: Key, subscription: int, standing: Standing, due: datetime) -> None:
    """See to it that what nothing held up came within a minute, and as long as it takes to post what was due before."""
    now, shown = true_time(), oracle.clock_range()[0]
    if not oracle.calm.is_calm(oracle.scopes(standing, subscription, key.deadline), due - PUNCTUAL, now):
        return
    oracle.punctual += 1
    if shown - due <= PUNCTUAL:
        return
    before = sum(1 for message in oracle.year.list_posts_since(due))
    if shown - due > PUNCTUAL + timedelta(seconds=before / PACE):
        oracle.fail("punctual", f"{key} was due at {due}, and nothing held it up; {before} posts came before it", subscription=subscription)


def _examine_roles(oracle: Oracle, message: Message, post: Post) -> None:
    wished = {s.role for sub in post.subscriptions for s in oracle.memory.list_standings(sub.id, true_time() - WINDOW)}
    if not set(post.role_ids) <= wished:
        oracle.fail("asked for", f"message {message.mark} mentions {post.role_ids}, wished for was {wished}", channel=message.place)


def _remember(oracle: Oracle, post: Post, key: Key, subscription: int) -> None:
    """Take note of what the subscription believes from now on."""
    for item in post.items:
        is_it = item.deadline.id == key.deadline and (item.kind is AlertKind.ALERT) == (key.kind is AlertKind.ALERT)
        if is_it and item.kind is not AlertKind.DRILL and (item.kind is not AlertKind.ALERT or item.occurrence.key == key.occurrence):
            oracle.memory.beliefs[subscription][key.deadline] = Told(item.kind.name, item.occurrence.key, true_time())
