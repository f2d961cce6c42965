"""What a new version of the content changes for those who were told the old one. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.domain.entries import Status
from bot.domain.judging import find_occurrence, find_only
from bot.domain.ledger import Alert, AlertKind, KnownDate
from bot.domain.schedules import Occurrence, Recurring

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from bot.domain.entries import Deadline

_OFF = {Status.CANCELLED, Status.SUPERSEDED}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What to remember from now on, and the notices that whoever was told the old date is owed."""

    dates: tuple[KnownDate, ...]
    notices: tuple[Alert, ...]


def compare(known: Iterable[KnownDate], deadlines: Mapping[str, Deadline], now: datetime) -> Comparison:
    """Hold what was known against `deadlines` (by id) at `now` (aware UTC); `dates` are only those that changed."""
    before = {date.deadline: date for date in known}
    changed, notices = [], []
    for deadline_id in sorted(before.keys() | deadlines.keys()):
        old, deadline = before.get(deadline_id), deadlines.get(deadline_id)
        if deadline is None:
            assert old is not None  # noqa: S101 - the id comes from one of the two
            new = replace(old, gone_at=old.gone_at or now)
        else:
            new = _date(deadline, old, now)
            if old and (notice := _find_notice(old, new, deadline, now)):
                new = replace(new, changes=old.changes + 1)
                notices.append(replace(notice, lead=new.changes))
        if new != old:
            changed.append(new)
    return Comparison(tuple(changed), tuple(notices))


def _date(deadline: Deadline, old: KnownDate | None, now: datetime) -> KnownDate:
    if isinstance(deadline.when, Recurring):
        following = deadline.find_next(now)
        # What has passed stays known until the next one or its outcome comes.
        occurrence = following.key if following else old.occurrence if old else ""
    else:
        occurrence = find_only(deadline).key
    return KnownDate(
        deadline=deadline.id,
        occurrence=occurrence,
        has_outcome=deadline.outcome is not None,
        is_off=deadline.status in _OFF,
        changes=old.changes if old else 0,
    )


def _find_notice(old: KnownDate, new: KnownDate, deadline: Deadline, now: datetime) -> Alert | None:
    if not old.occurrence:
        return None
    if new.has_outcome:
        return None if old.has_outcome else Alert(kind=AlertKind.OUTCOME, deadline=old.deadline, occurrence=old.occurrence)
    if new.is_off:
        return None if old.is_off else Alert(kind=AlertKind.CANCELLED, deadline=old.deadline, occurrence=old.occurrence)
    if new.occurrence == old.occurrence or find_occurrence(deadline, old.occurrence):
        return None
    was_over = Occurrence.read(old.occurrence).is_over(now)
    if was_over and (isinstance(deadline.when, Recurring) or Occurrence.read(new.occurrence).is_over(now)):
        return None  # what has passed is put right without a message
    return Alert(kind=AlertKind.MOVED, deadline=old.deadline, occurrence=old.occurrence, detail=new.occurrence)
