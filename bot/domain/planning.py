"""Which alerts fall due when. Pure: (deadlines, wishes, a stretch of time) -> due alerts, and the next instant to look again."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING

from bot.domain.entries import Status
from bot.domain.ledger import Alert, AlertKind
from bot.domain.schedules import LAST_DAY
from bot.domain.subscriptions import DEFAULT_LEADS, MAX_LEAD_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from bot.domain.entries import Deadline
    from bot.domain.schedules import Occurrence
    from bot.domain.subscriptions import Timing, Wish, WishId

HORIZON = timedelta(days=MAX_LEAD_DAYS + 31)
"""How far ahead of the first look occurrences are kept; the plan is made anew before it runs out."""

PLAN_LASTS = timedelta(days=28)
GRACE = timedelta(hours=48)
"""How long after a date a late message is still worth sending."""

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DueAlert:
    """An alert that falls due at `due_at` (aware UTC) for everybody with the wish."""

    due_at: datetime
    deadline: Deadline
    occurrence: Occurrence
    lead: int
    wish_id: WishId

    @property
    def alert(self) -> Alert:
        """What the ledger calls it."""
        return Alert(kind=AlertKind.ALERT, deadline=self.deadline.id, occurrence=self.occurrence.key, lead=self.lead)


@lru_cache(maxsize=65_536)
def _at(timing: Timing, day: date) -> datetime:
    return timing.on(day)


@dataclass(frozen=True, slots=True)
class OvertakenAlert:
    """An alert whose hour was ahead a moment ago and, after a change, is past."""

    deadline: Deadline
    occurrence: Occurrence
    lead: int

    @property
    def alert(self) -> Alert:
        """What the ledger calls it."""
        return Alert(kind=AlertKind.ALERT, deadline=self.deadline.id, occurrence=self.occurrence.key, lead=self.lead)


def expires_at(occurrence: Occurrence) -> datetime:
    """Return when (aware UTC) nobody anywhere is to be told of `occurrence` any more."""
    # The last place on Earth to leave a date is UTC-12.
    return (occurrence.at or datetime.combine(min(occurrence.last, LAST_DAY) + _A_DAY, time(12), UTC)) + GRACE


def due_at(occurrence: Occurrence, lead: int, timing: Timing) -> datetime:
    """Return when (aware UTC) an alert `lead` days before `occurrence` is due: at the local hour of the day that is so much earlier."""
    return _at(timing, occurrence.day_in(timing.zone_info) - timedelta(days=lead))


def list_upcoming(
    deadlines: Iterable[Deadline], wish: Wish, now: datetime, limit: int
) -> tuple[tuple[datetime, Deadline, Occurrence, int], ...]:
    """Return the next alerts of one wish after `now` as (due at, deadline, occurrence, lead), earliest first."""
    found = [
        (due, deadline, occurrence, lead)
        for deadline in deadlines
        if (leads := wish.leads_for(deadline))
        for occurrence in _occurrences(deadline, now)
        for lead in leads
        if (due := due_at(occurrence, lead, wish.timing)) > now
    ]
    return tuple(sorted(found, key=lambda f: (f[0], f[2].reckoned_at, f[1].id))[:limit])


def list_overtaken(deadlines: Iterable[Deadline], before: Wish, after: Wish, now: datetime) -> tuple[OvertakenAlert, ...]:
    """Return the alerts that were ahead at `now` under one wish and lie behind under another, which nobody else would send."""
    return tuple(
        OvertakenAlert(deadline, occurrence, lead)
        for deadline in deadlines
        if (leads := set(before.leads_for(deadline)).intersection(after.leads_for(deadline)))
        for occurrence in _occurrences(deadline, now)
        for lead in sorted(leads, reverse=True)
        if due_at(occurrence, lead, after.timing) <= now < due_at(occurrence, lead, before.timing)
    )


def list_overtaken_by_move(
    deadline: Deadline, old: Occurrence, new: Occurrence, wish: Wish, now: datetime, since: datetime | None = None
) -> tuple[OvertakenAlert, ...]:
    """Return the alerts that lie behind at `now` for the new date and were ahead, at `since` or now, for the old one, for one wish."""
    return tuple(
        OvertakenAlert(deadline, new, lead)
        for lead in wish.leads_for(deadline)
        if due_at(new, lead, wish.timing) <= now and (since or now) < due_at(old, lead, wish.timing)
    )


def list_unsent_by_move(deadline: Deadline, old: Occurrence, new: Occurrence, wish: Wish, now: datetime) -> tuple[OvertakenAlert, ...]:
    """Return the alerts that were due for the old date and are due for the new one: who has not got the one yet is to get the other."""
    return tuple(
        OvertakenAlert(deadline, new, lead)
        for lead in wish.leads_for(deadline)
        if due_at(new, lead, wish.timing) <= now and due_at(old, lead, wish.timing) <= now
    )


def _occurrences(deadline: Deadline, start: datetime) -> Iterator[Occurrence]:
    """Yield the occurrences that alerts after `start` can be about; none where the deadline is no longer expected."""
    if deadline.status in {Status.SCHEDULED, Status.TENTATIVE}:
        last = (start + HORIZON).date()
        # A few days back: what was missed while the bot was down is still told within the grace.
        yield from takewhile(lambda o: o.first <= last, deadline.when.occurrences(start.date() - GRACE - 2 * _A_DAY))


class Plan:
    """The alert calendar: a few dozen (deadline, lead) pairs against each timing that somebody wishes for.

    It holds nothing per subscription, so it costs the same for ten of them as for a million.
    """

    def __init__(self, deadlines: Iterable[Deadline], wishes: Mapping[WishId, Wish], start: datetime) -> None:
        """Plan from `start` (aware UTC) on."""
        self.ends_at = start + PLAN_LASTS
        self._wishes: defaultdict[Timing, list[tuple[WishId, Wish]]] = defaultdict(list)
        self._leads: set[int] = set()
        for wish_id, wish in wishes.items():
            self._add(wish_id, wish)
        self._occurrences = [(d, tuple(_occurrences(d, start))) for d in deadlines]
        for deadline, _ in self._occurrences:
            self._leads.update(deadline.lead_days or DEFAULT_LEADS)
        self._days = self._list_days()

    def _add(self, wish_id: WishId, wish: Wish) -> None:
        self._wishes[wish.timing].append((wish_id, wish))
        self._leads.update(wish.leads or ())

    def _list_days(self) -> list[date]:
        """Every local day on which somebody may have to be told something; of a moment the days around it count too."""
        days = {
            day - timedelta(days=lead)
            for _, occurrences in self._occurrences
            for occurrence in occurrences
            for day in _possible_days(occurrence)
            for lead in self._leads
        }
        return sorted(days)

    def find_next(self, after: datetime) -> datetime:
        """Return the first instant after `after` at which something may be due; the end of the plan where nothing is."""
        return min((self._next_of(timing, after) for timing in self._wishes), default=self.ends_at)

    def _next_of(self, timing: Timing, after: datetime) -> datetime:
        # A day back: where a skipped hour is the last of a day, the alert of that day comes after midnight.
        position = bisect_left(self._days, timing.date_at(after) - _A_DAY)
        for day in self._days[position : position + 3]:
            if (due := _at(timing, day)) > after:
                return min(due, self.ends_at)
        return self.ends_at

    def list_due(self, after: datetime, until: datetime) -> tuple[DueAlert, ...]:
        """Return what falls due after `after` and not later than `until`, for each wish, earliest first."""
        found = [due for timing, wishes in self._wishes.items() for due in self._due_for(timing, wishes, after, until)]
        return tuple(sorted(found, key=lambda due: (due.due_at, -due.lead, due.deadline.id, due.wish_id)))

    def _due_for(self, timing: Timing, wishes: list[tuple[WishId, Wish]], after: datetime, until: datetime) -> Iterator[DueAlert]:
        first, last = timing.date_at(after), timing.date_at(until)
        for deadline, occurrences in self._occurrences:
            for occurrence in occurrences:
                day = occurrence.day_in(timing.zone_info)
                # Most pairs are far from the stretch; comparing days keeps zones and hours out of it.
                near = range((day - last).days, (day - first).days + 2)
                for lead in self._leads.intersection(near):
                    due = _at(timing, day - timedelta(days=lead))
                    if after < due <= until:
                        yield from (DueAlert(due, deadline, occurrence, lead, i) for i, w in wishes if lead in w.leads_for(deadline))


def _possible_days(occurrence: Occurrence) -> tuple[date, ...]:
    if occurrence.at is None:
        return (occurrence.first,)
    day = occurrence.at.date()
    return (day - _A_DAY, day, day + _A_DAY)
