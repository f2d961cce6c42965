"""Keeping the plan: what falls due is fanned out once, and a change of the content reaches those who were told otherwise."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from bot.domain.changes import compare
from bot.domain.judging import NOTICE_LASTS, Reason
from bot.domain.ledger import AlertKind
from bot.domain.planning import PLAN_LASTS, Plan, expires_at, list_overtaken_by_move, list_unsent_by_move
from bot.domain.schedules import Occurrence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bot.domain.entries import Deadline
    from bot.domain.ledger import Alert
    from bot.domain.planning import DueAlert, OvertakenAlert
    from bot.domain.subscriptions import SubscriptionId, Wish, WishId
    from bot.knowledge.snapshot import CurrentSnapshot, Snapshot
    from bot.store.plan import PlanOfContent
    from bot.store.store import Store

LOOK_AGAIN = timedelta(seconds=30)
"""Longest rest: another process may have taken a new wish."""

TIDY_EVERY = timedelta(hours=1)
"""How often dates that went by are taken note of and what nobody is to be told any more is closed."""

_REASONS = {AlertKind.MOVED: Reason.MOVED, AlertKind.CANCELLED: Reason.CANCELLED, AlertKind.OUTCOME: Reason.OUTCOME}

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _State:
    """What the planner keeps in memory, so that an idle round touches no database."""

    planned_to: datetime
    snapshot: Snapshot
    stored: PlanOfContent
    wishes: Mapping[WishId, Wish]
    last_wish: WishId | None
    plan: Plan
    due_next: datetime
    look_at: datetime
    tidy_at: datetime
    mark: object | None = None

    async def replan(self, start: datetime) -> None:
        """Make the plan anew from `start` on, in a thread: of thousands of dates it takes a while."""
        self.plan = await asyncio.to_thread(Plan, self.snapshot.knowledge.deadlines, self.wishes, start)
        self.due_next = self.plan.find_next(self.planned_to)


class Planner:
    """Fans out what falls due; `step` is one round of it."""

    def __init__(
        self,
        store: Store,
        knowledge: CurrentSnapshot,
        *,
        clock: Callable[[], datetime],
        planned: Callable[[], None],
        look_again: timedelta = LOOK_AGAIN,
    ) -> None:
        """Plan in `store`; `planned` is called when there is something new to send."""
        self._store = store
        self._knowledge = knowledge
        self._clock = clock
        self._planned = planned
        self._look_again = look_again
        self._state: _State | None = None

    def refresh(self) -> None:
        """Look at the wishes again in the next round, due or not."""
        if self._state is not None:
            self._state.look_at = self._state.planned_to

    @property
    def due_next(self) -> datetime | None:
        """When (aware UTC) something may fall due next; None before the first round."""
        return self._state.due_next if self._state else None

    async def step(self) -> timedelta:
        """Do what is due and return how long to rest.

        Raises StaleContentError where the content in use is another one than this process's: what it planned would be of another day.
        """
        now, state = self._clock(), self._state
        if state and state.snapshot is self._knowledge.current and state.planned_to <= now < min(state.due_next, state.look_at):
            return min(state.due_next, state.look_at) - now
        try:
            if state is None:
                state = self._state = await self._start(now)
            await self._look(state, now)
            await self._plan(state, now)
        except BaseException:
            self._state = None  # what was left half done is taken up again from what the database knows
            raise
        # A disk that hangs may have held this round up for minutes: what fell due meanwhile must not wait as long again.
        return max(min(state.due_next, state.look_at) - self._clock(), timedelta(0))

    async def _start(self, now: datetime) -> _State:
        """Take up where the last run ended; a first run begins now."""
        snapshot = self._knowledge.current
        stored = await self._store.plan.under(snapshot.knowledge.version)
        planned_to, _ = await stored.read()
        if planned_to is None:
            await stored.advance(now)  # from now on nothing is missed, also when the bot stops before anything was due
        start = min(planned_to or now, now)
        state = _State(start, snapshot, stored, {}, None, Plan((), {}, start), start, now, now)
        await self._take_up(state, now)
        return state

    async def _look(self, state: _State, now: datetime) -> None:
        """Take up new wishes and new content; hold the content against what was known of it."""
        # After the clock was put back, what lies ahead again is planned again; the ledger lets nothing through twice.
        state.planned_to = min(state.planned_to, now)
        is_new, mark = state.snapshot is not self._knowledge.current, self._store.plan.find_mark()
        if is_new or now >= state.tidy_at or mark is None or mark != state.mark:
            state.mark, snapshot = mark, self._knowledge.current
            stored = await self._store.plan.under(snapshot.knowledge.version)
            # Back and forth, the content may be the one it was; in between, others may have told of another.
            is_new = is_new or stored.use_id != state.stored.use_id
            state.snapshot, state.stored = snapshot, stored
            if is_new:
                await self._take_up(state, now)
            elif await self._store.subscriptions.find_last_wish_id() != state.last_wish or now >= state.plan.ends_at - timedelta(days=1):
                await self._replan(state)
            if now >= state.tidy_at:
                await self._tidy(state, now)
        state.look_at = now + self._look_again

    async def _take_up(self, state: _State, now: datetime) -> None:
        """Plan by a content that is new."""
        await self._replan(state)
        await self._tidy(state, now)
        _log.info("planned", content=state.snapshot.knowledge.version, wishes=len(state.wishes), next=state.due_next.isoformat())

    async def _replan(self, state: _State) -> None:
        state.last_wish = await self._store.subscriptions.find_last_wish_id()
        found = await self._store.subscriptions.list_wishes()
        state.wishes = {i: wish for i, wish in found.items() if _can_be_reckoned(wish)}
        await state.replan(state.planned_to)

    async def _tidy(self, state: _State, now: datetime) -> None:
        await self._compare(state, now)
        await state.stored.close_expired(now)
        await state.stored.advance(state.planned_to)  # whoever takes over must not think that nothing was planned for days
        state.tidy_at = now + TIDY_EVERY

    async def _plan(self, state: _State, now: datetime) -> None:
        """Fan out everything due up to now; a long absence in several stretches."""
        while state.planned_to < now:
            until = min(now, state.plan.ends_at)
            for due in state.plan.list_due(state.planned_to, until):
                await self._fan_out(state, due, due.wish_id, due.due_at, now)
            if until >= state.due_next or until < now:
                await state.stored.advance(until)
            state.planned_to = until
            if until < now:
                await state.replan(until)
        if now >= state.due_next:
            state.due_next = state.plan.find_next(now)

    async def _fan_out(
        self, state: _State, due: DueAlert | OvertakenAlert, wish_id: WishId, due_at: datetime | None, now: datetime
    ) -> None:
        after: SubscriptionId | None = None
        while True:
            after = await state.stored.fan_out(
                due.alert, expires_at=expires_at(due.occurrence), wish_id=wish_id, due_at=due_at, now=now, after=after
            )
            self._planned()
            if after is None:
                return

    async def _compare(self, state: _State, now: datetime) -> None:
        """Tell those who were told a date that it changed, and remember what is known now."""
        deadlines: dict[str, Deadline] = {d.id: d for d in state.snapshot.knowledge.deadlines}
        # Asked each time: another process may have told of a change meanwhile.
        _, known = await state.stored.read()
        begun = await state.stored.list_begun()
        found = await asyncio.to_thread(compare, known, deadlines, now, state.planned_to, begun)
        for notice in found.notices:
            _log.info("date changed", deadline=notice.deadline, kind=notice.kind.name, old=notice.occurrence, new=notice.detail or None)
            await state.stored.keep_notice(notice, _find_end(notice, now), now)
            if notice.kind is AlertKind.MOVED:
                since = found.returned.get(notice.deadline, state.planned_to)
                await self._follow_move(state, deadlines[notice.deadline], notice, since, now)
            await self._notify(state, notice, now)
        for correction in found.corrections:
            # Nobody is told that a past day was another one, but who knows the old day is owed what follows.
            await state.stored.keep_notice(correction, now, now)
        for deadline_id, since in found.returned.items():
            await self._catch_up(state, deadlines[deadline_id], since, now)
        await state.stored.save_dates(found.dates)
        self._planned()

    async def _follow_move(self, state: _State, deadline: Deadline, notice: Alert, since: datetime, now: datetime) -> None:
        """Let alerts that were not sent follow the new date; those for the old one were fanned out up to `since`."""
        old, new = Occurrence.read(notice.occurrence), Occurrence.read(notice.detail)
        for wish_id, wish in state.wishes.items():
            for due in list_overtaken_by_move(deadline, old, new, wish, state.planned_to, since):
                await self._fan_out(state, due, wish_id, None, now)
            for due in list_unsent_by_move(deadline, old, new, wish, state.planned_to):
                before = replace(due.alert, occurrence=old.key)
                await state.stored.follow(before, due.alert, wish_id=wish_id, expires_at=expires_at(new), now=now)

    async def _notify(self, state: _State, notice: Alert, now: datetime) -> None:
        if notice.kind is AlertKind.RESTORED:
            await state.stored.revive(notice.deadline, notice.occurrence, now)
        else:
            await state.stored.cancel(notice.deadline, notice.occurrence, reason=_REASONS[notice.kind], now=now)
        await state.stored.fan_out_notice(notice, announced=notice.occurrence, expires_at=_find_end(notice, now), now=now)
        self._planned()

    async def _catch_up(self, state: _State, deadline: Deadline, since: datetime, now: datetime) -> None:
        """Fan out what fell due while a deadline was missing, or off, for a short while."""
        missed = Plan((deadline,), state.wishes, max(since, state.planned_to - PLAN_LASTS))
        for due in missed.list_due(since, state.planned_to):
            await self._fan_out(state, due, due.wish_id, due.due_at, now)


def _find_end(notice: Alert, now: datetime) -> datetime:
    """Return until when a notice is news."""
    ends_at = now + NOTICE_LASTS
    return max(expires_at(Occurrence.read(notice.detail)), ends_at) if notice.kind is AlertKind.MOVED else ends_at


def _can_be_reckoned(wish: Wish) -> bool:
    """Whether the zone is known on this machine; one that is not must not stop the plan of all others. The doctor tells of it too."""
    if not wish.timing.is_known:
        _log.error("unknown zone", zone=wish.timing.zone)
    return wish.timing.is_known
