"""From a claimed message to what is posted now: each delivery is judged, and what is left becomes one post."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.domain.entries import Deadline
from bot.domain.judging import Reason, judge
from bot.domain.ledger import DeliveryState, Settled
from bot.errors import NotTriedError
from bot.services.messaging import Item, Post

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.domain.judging import Ruling
    from bot.domain.knowledge_base import KnowledgeBase
    from bot.domain.ledger import Claimed, Delivery


_BY_THE_CONTENT = frozenset({Reason.MOVED, Reason.CANCELLED, Reason.OUTCOME, Reason.GONE, Reason.CHANGED_AGAIN})
"""Ends that a content brings about, which may be newer than a message."""


@dataclass(frozen=True, slots=True)
class Composed:
    """What to post, None where nothing is left to say, and how each delivery ends once that is done.

    `may_return`: something was left out because the content has no such deadline, and may have it again. `due`: when (aware UTC) each
    alert proper that is in the post was due; notices have no hour.
    """

    post: Post | None
    settled: tuple[Settled, ...]
    may_return: bool = False
    due: tuple[datetime, ...] = ()

    def as_sent(self, claimed: Claimed) -> tuple[Settled, ...]:
        """Return the ends of all deliveries of a message that was found: what was in it is sent, also where it would not be now.

        Where the content has come to speak against one of several, nobody knows whether that was before the message or after it.
        """
        ends = () if self.post is None else tuple(doubt(end) if end.reason in _BY_THE_CONTENT else end for end in self.settled)
        named = {end.delivery for end in ends}
        # Its subscription may have moved to another channel since, or the content have lost its deadline; it stood in it all the same.
        left_out = (d for d in claimed.deliveries if (d.alert_id, d.subscription.id) not in named)
        return (*ends, *(Settled(alert_id=d.alert_id, subscription_id=d.subscription.id, state=DeliveryState.SENT) for d in left_out))


def compose(claimed: Claimed, knowledge: KnowledgeBase, now: datetime) -> Composed:
    """Judge every delivery of `claimed` at `now` (aware UTC) by what the content says of its deadline today.

    A delivery whose subscription went to another channel meanwhile is left out: it has to go there; and so is one of a deadline that
    is missing but may come back. Raises NotTriedError where one of them cannot be judged yet: an earlier message has to come to its
    end, or the planner has yet to note that the deadline is missing.
    """
    items: dict[tuple[object, ...], Item] = {}
    settled, subscriptions, due, may_return = [], {}, [], False
    for delivery, deadline, ruling in _rule(claimed, knowledge, now):
        if ruling.state is DeliveryState.WAITING:
            may_return = True
            continue
        settled.append(_settle(delivery, ruling))
        if ruling.state is DeliveryState.SENDING and deadline is not None and ruling.occurrence is not None:
            item = _item(delivery, deadline, ruling)
            # Several subscriptions of one channel may ask for the same; it is said once.
            key = (item.kind, deadline.id, item.occurrence.key)
            items[key] = _later(items.get(key, item), item)
            subscriptions[delivery.subscription.id] = delivery.subscription
            due += [] if ruling.due_at is None else [ruling.due_at]
    if not items or claimed.channel_id is None:
        return Composed(None, tuple(settled), may_return)
    post = Post(
        message_id=claimed.id,
        guild_id=claimed.guild_id,
        channel_id=claimed.channel_id,
        items=tuple(sorted(items.values(), key=lambda i: (i.occurrence.reckoned_at, i.deadline.id, i.kind))),
        subscriptions=tuple(subscriptions.values()),
    )
    return Composed(post, tuple(settled), may_return, tuple(due))


def _rule(claimed: Claimed, knowledge: KnowledgeBase, now: datetime) -> Iterator[tuple[Delivery, Deadline | None, Ruling]]:
    """Yield the ruling on each delivery that goes to this channel; one that waits is of a deadline that may come back."""
    for delivery in claimed.deliveries:
        if delivery.subscription.order.channel_id != claimed.channel_id:
            continue
        deadline = knowledge.find(Deadline, delivery.alert.deadline)
        ruling = judge(delivery, deadline, now)
        if ruling.state is DeliveryState.WAITING:
            if ruling.reason is not Reason.GONE:
                raise NotTriedError("it waits for an earlier message about the same date")
            if delivery.gone_at is None:
                raise NotTriedError("the knowledge base has no such date at the moment")
        yield delivery, deadline, ruling


def _later(one: Item, other: Item) -> Item:
    """Return the one that comes late, where one of them does: what was late for somebody says so."""
    return one if one.due_at is not None else other


def _item(delivery: Delivery, deadline: Deadline, ruling: Ruling) -> Item:
    alert, occurrence = delivery.alert, ruling.occurrence
    assert occurrence is not None  # noqa: S101 - the caller has seen to it
    return Item(
        kind=ruling.kind or alert.kind,
        deadline=deadline,
        occurrence=occurrence,
        due_at=ruling.due_at if ruling.is_late else None,
        previous=ruling.previous,
    )


def doubt(end: Settled) -> Settled:
    """Return the end of what may have been told, for all that anybody knows: whoever heard it is owed what follows."""
    return replace(end, state=DeliveryState.EXPIRED, reason=str(Reason.UNKNOWN))


def _settle(delivery: Delivery, ruling: Ruling) -> Settled:
    return Settled(
        alert_id=delivery.alert_id,
        subscription_id=delivery.subscription.id,
        state=DeliveryState.SENT if ruling.state is DeliveryState.SENDING else ruling.state,
        is_late=ruling.is_late,
        reason=str(ruling.reason or ""),
    )
