"""Keeping the plan: what falls due is fanned out once, and a change of the content reaches those who were told otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from bot.domain.changes import compare
from bot.domain.judging import NOTICE_LASTS, Reason
from bot.domain.ledger import AlertKind
from bot.domain.planning import Plan, expires_at, list_overtaken_by_move, list_unsent_by_move
from bot.domain.schedules import Occurrence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bot.domain.entries import Deadline
    from bot.domain.ledger import Alert, KnownDate
    from bot.domain.planning import DueAlert, OvertakenAlert
    from bot.domain.subscriptions import SubscriptionId, Wish, WishId
    from bot.knowledge.snapshot import CurrentSnapshot, Snapshot
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
    known: dict[str, KnownDate]
    snapshot: Snapshot
    wishes: Mapping[WishId, Wish]
    last_wish: WishId | None
    plan: Plan
    due_next: datetime
    look_at: datetime
    tidy_at: datetime
    mark: object | None = None

    def replan(self, start: datetime) -> None:
        """Make the plan anew from `start` on."""
        self.plan = Plan(self.snapshot.knowledge.deadlines, self.wishes, start)
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

    async def step(self) -> timedelta:
        """Do what is due and return how long to rest."""
        now = self._clock()
        state = self._state
        if state is None:
            state = self._state = await self._start(now)
        elif state.snapshot is self._knowledge.current and state.planned_to <= now < min(state.due_next, state.look_at):
            return min(state.due_next, state.look_at) - now
        await self._look(state, now)
        await self._plan(state, now)
        return max(min(state.due_next, state.look_at) - now, timedelta(0))

    async def _start(self, now: datetime) -> _State:
        """Take up where the last run ended; a first run begins now."""
        planned_to, known = await self._store.plan.read()
        if planned_to is None:
            await self._store.plan.advance(now)  # from now on nothing is missed, also when the bot stops before anything was due
        snapshot, start = self._knowledge.current, min(planned_to or now, now)
        state = _State(start, {date.deadline: date for date in known}, snapshot, {}, None, Plan((), {}, start), start, now, now)
        await self._look(state, now, force=True)
        return state

    async def _look(self, state: _State, now: datetime, *, force: bool = False) -> None:
        """Take up new wishes and new content; hold the content against what was known of it."""
        # After the clock was put back, what lies ahead again is planned again; the ledger lets nothing through twice.
        state.planned_to = min(state.planned_to, now)
        is_new = force or state.snapshot is not self._knowledge.current
        mark = self._store.plan.find_mark()
        if not is_new and now < state.tidy_at and mark is not None and mark == state.mark:
            state.look_at = now + self._look_again
            return
        state.mark = mark
        last_wish = await self._store.subscriptions.find_last_wish_id()
        if is_new or last_wish != state.last_wish or now >= state.plan.ends_at - timedelta(days=1):
            state.snapshot, state.last_wish = self._knowledge.current, last_wish
            state.wishes = {i: wish for i, wish in (await self._store.subscriptions.list_wishes()).items() if _can_be_reckoned(wish)}
            state.replan(state.planned_to)
        if is_new or now >= state.tidy_at:
            await self._compare(state, now)
            await self._store.plan.close_expired(now)
            state.tidy_at = now + TIDY_EVERY
        if is_new:
            _log.info("planned", content=state.snapshot.knowledge.version, wishes=len(state.wishes), next=state.due_next.isoformat())
        state.look_at = now + self._look_again

    async def _plan(self, state: _State, now: datetime) -> None:
        """Fan out everything due up to now; a long absence in several stretches."""
        while state.planned_to < now:
            until = min(now, state.plan.ends_at)
            for due in state.plan.list_due(state.planned_to, until):
                await self._fan_out(due, due.wish_id, due.due_at, now)
            if until >= state.due_next or until < now:
                await self._store.plan.advance(until)
            state.planned_to = until
            if until < now:
                state.replan(until)
        if now >= state.due_next:
            state.due_next = state.plan.find_next(now)

    async def _fan_out(self, due: DueAlert | OvertakenAlert, wish_id: WishId, due_at: datetime | None, now: datetime) -> None:
        after: SubscriptionId | None = None
        while True:
            after = await self._store.plan.fan_out(
                due.alert, expires_at=expires_at(due.occurrence), wish_id=wish_id, due_at=due_at, now=now, after=after
            )
            self._planned()
            if after is None:
                return

    async def _compare(self, state: _State, now: datetime) -> None:
        """Tell those who were told a date that it changed, and remember what is known now."""
        deadlines: dict[str, Deadline] = {d.id: d for d in state.snapshot.knowledge.deadlines}
        found = compare(state.known.values(), deadlines, now)
        for notice in found.notices:
            _log.info("date changed", deadline=notice.deadline, kind=notice.kind.name, old=notice.occurrence, new=notice.detail or None)
            await self._notify(state, deadlines[notice.deadline], notice, now)
        await self._store.plan.save_dates(found.dates)
        state.known |= {date.deadline: date for date in found.dates}

    async def _notify(self, state: _State, deadline: Deadline, notice: Alert, now: datetime) -> None:
        ends_at = now + NOTICE_LASTS
        if notice.kind is AlertKind.MOVED:
            old, new = Occurrence.read(notice.occurrence), Occurrence.read(notice.detail)
            ends_at = max(expires_at(new), ends_at)
            for wish_id, wish in state.wishes.items():
                for due in list_overtaken_by_move(deadline, old, new, wish, state.planned_to):
                    await self._fan_out(due, wish_id, None, now)
                for due in list_unsent_by_move(deadline, old, new, wish, state.planned_to):
                    before = replace(due.alert, occurrence=old.key)
                    await self._store.plan.follow(before, due.alert, wish_id=wish_id, expires_at=expires_at(new), now=now)
        await self._store.plan.cancel(notice.deadline, notice.occurrence, reason=_REASONS[notice.kind], now=now)
        await self._store.plan.fan_out_notice(notice, announced=notice.occurrence, expires_at=ends_at, now=now)
        self._planned()


def _can_be_reckoned(wish: Wish) -> bool:
    """Whether the zone is known on this machine; one that is not must not stop the plan of all others. The doctor tells of it too."""
    try:
        _ = wish.timing.zone_info
    except (KeyError, ValueError, OSError):
        _log.error("unknown zone", zone=wish.timing.zone)
        return False
    return True
