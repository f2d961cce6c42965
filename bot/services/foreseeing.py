"""What a change of the content would send, and to how many, before anything is sent."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.changes import compare
from bot.domain.ledger import AlertKind
from bot.domain.planning import due_at, list_overtaken_by_move, list_upcoming
from bot.domain.schedules import Occurrence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from bot.domain.comparing import ContentDiff
    from bot.domain.entries import Deadline
    from bot.domain.knowledge_base import KnowledgeBase
    from bot.domain.ledger import Alert
    from bot.domain.subscriptions import Wish, WishId
    from bot.store.store import Store

MOST_UPCOMING = 5
"""Alerts ahead that are told of; the next few show whether a date was meant so."""

MOST_DATES = 200
"""Deadlines whose alerts ahead are looked for: beyond that it is another content, and the next few alerts tell nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeseenNotice:
    """A notice that would be posted at once: `new` is the new date of a MOVED one. `messages` is how many at most."""

    kind: AlertKind
    deadline: Deadline
    old: Occurrence
    new: Occurrence | None
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeseenAlert:
    """An alert of a deadline whose date changed; due before now where it would be posted at once."""

    due_at: datetime
    deadline: Deadline
    occurrence: Occurrence
    lead: int
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """Whom a change touches: subscriptions to a deadline whose date changed, the notices and late alerts at once, the next alerts."""

    subscriptions: int = 0
    servers: int = 0
    notices: tuple[ForeseenNotice, ...] = ()
    at_once: tuple[ForeseenAlert, ...] = ()
    upcoming: tuple[ForeseenAlert, ...] = ()

    @property
    def messages(self) -> int:
        """How many messages would be posted at once, at most."""
        return sum(n.messages for n in self.notices) + sum(a.messages for a in self.at_once)


async def foresee(store: Store, diff: ContentDiff, new: KnowledgeBase, now: datetime) -> Impact:
    """Return what putting `new` to use at `now` (aware UTC) would send; `diff` is what it changes."""
    _, known = await store.plan.read()
    deadlines: dict[str, Deadline] = {deadline.id: deadline for deadline in new.deadlines}
    notices = await asyncio.to_thread(lambda: compare(known, deadlines, now).notices)
    wishes = {i: wish for i, wish in (await store.subscriptions.list_wishes()).items() if wish.timing.is_known}
    counts = await store.subscriptions.count_by_wish()
    touched = [i for i, wish in wishes.items() if any(_selects(wish, d) for change in diff.dates for d in (change.before, change.after))]
    subscriptions, servers = await store.subscriptions.count_reach(touched)
    ahead = [change.after for change in diff.dates if change.after][:MOST_DATES]
    foreseen = [_foreseen(n, deadlines[n.deadline], await store.plan.count_notice(n, n.occurrence)) for n in notices]
    return Impact(
        subscriptions=subscriptions,
        servers=servers,
        notices=tuple(notice for notice in foreseen if notice.messages),
        at_once=await asyncio.to_thread(_list_at_once, notices, deadlines, wishes, counts, now),
        upcoming=await asyncio.to_thread(_list_upcoming, ahead, {i: wishes[i] for i in touched}, counts, now),
    )


def _selects(wish: Wish, deadline: Deadline | None) -> bool:
    return deadline is not None and wish.selector.selects(deadline)


def _foreseen(notice: Alert, deadline: Deadline, messages: int) -> ForeseenNotice:
    new = Occurrence.read(notice.detail) if notice.kind is AlertKind.MOVED else None
    return ForeseenNotice(kind=notice.kind, deadline=deadline, old=Occurrence.read(notice.occurrence), new=new, messages=messages)


def _list_at_once(
    notices: Iterable[Alert], deadlines: Mapping[str, Deadline], wishes: Mapping[WishId, Wish], counts: Mapping[WishId, int], now: datetime
) -> tuple[ForeseenAlert, ...]:
    """Return the alerts whose hour was ahead and lies behind for the new date."""
    found: dict[tuple[str, int], ForeseenAlert] = {}
    for notice in notices:
        if notice.kind is not AlertKind.MOVED:
            continue
        deadline, old, new = deadlines[notice.deadline], Occurrence.read(notice.occurrence), Occurrence.read(notice.detail)
        for wish_id, wish in wishes.items():
            for alert in list_overtaken_by_move(deadline, old, new, wish, now)[-1:]:  # of several only the nearest is sent
                due = due_at(new, alert.lead, wish.timing)
                earlier = found.get((deadline.id, alert.lead))
                messages = counts.get(wish_id, 0) + (earlier.messages if earlier else 0)
                found[deadline.id, alert.lead] = ForeseenAlert(
                    due_at=due, deadline=deadline, occurrence=new, lead=alert.lead, messages=messages
                )
    return tuple(alert for alert in found.values() if alert.messages)


def _list_upcoming(
    deadlines: Iterable[Deadline], wishes: Mapping[WishId, Wish], counts: Mapping[WishId, int], now: datetime
) -> tuple[ForeseenAlert, ...]:
    messages: defaultdict[tuple[datetime, str, str, int], int] = defaultdict(int)
    told: dict[tuple[datetime, str, str, int], tuple[Deadline, Occurrence]] = {}
    for wish_id, wish in wishes.items():
        for due, deadline, occurrence, lead in list_upcoming(deadlines, wish, now, MOST_UPCOMING):
            key = (due, deadline.id, occurrence.key, lead)
            messages[key] += counts.get(wish_id, 0)
            told[key] = (deadline, occurrence)
    return tuple(
        ForeseenAlert(due_at=key[0], deadline=told[key][0], occurrence=told[key][1], lead=key[3], messages=messages[key])
        for key in sorted(messages)[:MOST_UPCOMING]
    )
