"""What is remembered of the dates: in which order, and where there is no next one, or the old one stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.domain.changes import Comparison, compare
from bot.domain.entries import Deadline
from bot.domain.ledger import AlertKind, KnownDate
from tests.domain.strategies import deadline

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY, LATER = "2026-12-03", "2026-12-10"


def _known(entry: Deadline) -> tuple[KnownDate, ...]:
    return compare((), {"summit": entry}, NOW).dates


def test_changes_are_found_in_the_order_of_their_names() -> None:
    """Two bots that compare the same contents find the same list, in one order."""
    names = [f"summit-{number:02}" for number in range(12)]
    first, second = ({name: deadline(day, id=name) for name in reversed(names)} for day in (DAY, LATER))
    known = compare((), first, NOW)
    moved = compare(known.dates, second, NOW)
    assert [date.deadline for date in known.dates] == names
    assert [date.deadline for date in moved.dates] == [notice.deadline for notice in moved.notices] == names


def test_what_went_before_the_plan_was_noted_returns_from_when_it_went() -> None:
    """Where nobody noted how far the plan had come, what is back was not planned since it was found missing."""
    gone = KnownDate(deadline="summit", occurrence=DAY, gone_at=NOW)
    back = compare((gone,), {"summit": deadline(DAY)}, NOW + timedelta(minutes=5))
    assert back.returned == {"summit": NOW}


def test_an_outcome_is_kept_with_the_day_that_was_told() -> None:
    """Where the outcome comes with another date, the day that was announced stays the one that is known."""
    found = compare(_known(deadline(DAY)), {"summit": deadline(LATER, status="passed")}, NOW)
    assert found.dates == (KnownDate(deadline="summit", occurrence=DAY, has_outcome=True, changes=1),)
    assert [(notice.kind, notice.occurrence) for notice in found.notices] == [(AlertKind.OUTCOME, DAY)]


def test_the_last_date_of_a_rule_stays_known() -> None:
    """When a rule has no date ahead any more, the last one waits for its outcome; a rule that never had one is known without."""
    ending = deadline("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=3;UNTIL=20270101")
    known = _known(ending)
    assert [date.occurrence for date in known] == [DAY]
    assert compare(known, {"summit": ending}, NOW + timedelta(days=100)) == Comparison((), ())
    over = deadline("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=3;UNTIL=20260101")
    assert _known(over) == (KnownDate(deadline="summit", occurrence=""),)


def test_a_rule_that_ends_early_has_not_moved() -> None:
    """Where the date that was told drops out of the rule and none follows, there is no other one to name."""
    over = deadline("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=3;UNTIL=20260101")
    assert compare(_known(deadline(DAY)), {"summit": over}, NOW) == Comparison((), ())
