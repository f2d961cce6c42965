"""What a new version of the content changes for those who were told the old one. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.entries import Status
from bot.domain.judging import find_occurrence, find_only, may_return
from bot.domain.ledger import Alert, AlertKind, KnownDate
from bot.domain.schedules import Occurrence, Recurring

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from bot.domain.entries import Deadline

_OFF = {Status.CANCELLED, Status.SUPERSEDED}

MISTAKE_LASTS = timedelta(hours=1)
"""What fell due in this time before a deadline is on again comes late: somebody may have called it off by mistake."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What to remember from now on, and the notices that whoever was told the old date is owed.

    `corrections` are moves from one day that has passed to another: nobody is told of them, but what becomes of the date is owed to
    whoever was told the old day. `returned` holds the deadlines that were missing or off for a while, each with the instant (aware UTC)
    after which their alerts may not have been fanned out.
    """

    dates: tuple[KnownDate, ...]
    notices: tuple[Alert, ...]
    corrections: tuple[Alert, ...] = ()
    returned: Mapping[str, datetime] = field(default_factory=dict)


def compare(
    known: Iterable[KnownDate],
    deadlines: Mapping[str, Deadline],
    now: datetime,
    planned_to: datetime | None = None,
    begun: Iterable[Alert] = (),
) -> Comparison:
    """Hold what was known against `deadlines` (by id) at `now` (aware UTC); `dates` are only those that changed.

    `planned_to` is up to when everything due was fanned out, None where that is now. `begun` are notices, in their order, of which
    somebody may have heard though what they tell of was not noted as known: where another content has come meanwhile, it is held
    against what they say.
    """
    noted = {date.deadline: date for date in known}
    before = _take_up(noted, begun, deadlines, now)
    changed, notices, corrections, returned = [], [], [], {}
    for deadline_id in sorted(before.keys() | deadlines.keys()):
        old, deadline = before.get(deadline_id), deadlines.get(deadline_id)
        if deadline is None:
            assert old is not None  # noqa: S101 - the id comes from one of the two
            new = old if old.gone_at else replace(old, gone_at=now, planned_to=min(planned_to or now, now))
        else:
            new = _date(deadline, old, now)
            if old and (since := _find_absence(old, new, now)):
                returned[deadline_id] = since
            notice = _find_notice(old, new, deadline, now) if old else None
            if old and notice and not _is_correction(notice, now):
                new = replace(new, changes=old.changes + 1)
                notices.append(replace(notice, lead=new.changes))
            elif notice:
                corrections.append(notice)
        if new != noted.get(deadline_id):
            changed.append(new)
    return Comparison(tuple(changed), tuple(notices), tuple(corrections), returned)


def _take_up(
    noted: Mapping[str, KnownDate], begun: Iterable[Alert], deadlines: Mapping[str, Deadline], now: datetime
) -> dict[str, KnownDate]:
    """Return what is known by id, for all that somebody may have heard."""
    before = dict(noted)
    for heard in begun:
        if (deadline := deadlines.get(heard.deadline)) and heard.deadline in before:
            before[heard.deadline] = _catch_up(before[heard.deadline], heard, deadline, now)
    return before


def _catch_up(old: KnownDate, begun: Alert, deadline: Deadline, now: datetime) -> KnownDate:
    """Return what is known once somebody has heard `begun`; where that is what has to be told now, it is told to the others too."""
    notice = _find_notice(old, _date(deadline, old, now), deadline, now)
    if begun.lead <= old.changes or (notice and replace(notice, lead=old.changes + 1) == begun):
        return old
    return replace(
        old,
        occurrence=begun.detail or old.occurrence,
        has_outcome=begun.kind is AlertKind.OUTCOME,
        is_off=begun.kind is AlertKind.CANCELLED,
        changes=begun.lead,
    )


def _find_absence(old: KnownDate, new: KnownDate, now: datetime) -> datetime | None:
    """Return since when a deadline was missing or off that is back soon enough to be treated as if it never had been, or None."""
    if old.gone_at:
        return (old.planned_to or old.gone_at) if may_return(old.gone_at, now) else None
    return now - MISTAKE_LASTS if _is_over_with(old) and not _is_over_with(new) else None


def _is_over_with(date: KnownDate) -> bool:
    return date.is_off or date.has_outcome


def _date(deadline: Deadline, old: KnownDate | None, now: datetime) -> KnownDate:
    is_off = deadline.status in _OFF
    if old and (is_off or deadline.outcome is not None):
        occurrence = old.occurrence  # whoever was told that it is off, or how it ended, was told of this date
    elif isinstance(deadline.when, Recurring):
        following = deadline.find_next(now)
        # What has passed stays known until the next one or its outcome comes.
        occurrence = following.key if following else old.occurrence if old else ""
    else:
        occurrence = find_only(deadline).key
    return KnownDate(
        deadline=deadline.id,
        occurrence=occurrence,
        has_outcome=deadline.outcome is not None,
        is_off=is_off,
        changes=old.changes if old else 0,
    )


def _find_notice(old: KnownDate, new: KnownDate, deadline: Deadline, now: datetime) -> Alert | None:
    if not old.occurrence:
        return None
    if new.has_outcome:
        return None if old.has_outcome else Alert(kind=AlertKind.OUTCOME, deadline=old.deadline, occurrence=old.occurrence)
    if new.is_off:
        return None if old.is_off else Alert(kind=AlertKind.CANCELLED, deadline=old.deadline, occurrence=old.occurrence)
    was_over = _is_past(old.occurrence, now)
    if new.occurrence == old.occurrence or find_occurrence(deadline, old.occurrence):
        is_on_again = _is_over_with(old) and not was_over
        return Alert(kind=AlertKind.RESTORED, deadline=old.deadline, occurrence=old.occurrence) if is_on_again else None
    if was_over and isinstance(deadline.when, Recurring):
        return None
    return Alert(kind=AlertKind.MOVED, deadline=old.deadline, occurrence=old.occurrence, detail=new.occurrence)


def _is_correction(notice: Alert, now: datetime) -> bool:
    """Whether what has passed is put right, which is no news."""
    return notice.kind is AlertKind.MOVED and _is_past(notice.occurrence, now) and _is_past(notice.detail, now)


def _is_past(occurrence: str, now: datetime) -> bool:
    return Occurrence.read(occurrence).is_over(now)
