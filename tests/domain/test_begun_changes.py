"""A change of the content that some were told of when the planner was cut off, held against the content that comes next."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.domain.changes import Comparison, compare
from tests.domain.strategies import deadline

if TYPE_CHECKING:
    from bot.domain.entries import Deadline
    from bot.domain.ledger import KnownDate

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY, YEARLY = "2026-12-03", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=3"

SAID = [
    *(deadline(day) for day in (DAY, "2026-12-10", "2026-11-25")),
    *(deadline(day, status="cancelled") for day in (DAY, "2026-12-10")),
    *(deadline(day, status="passed", outcome="They met.") for day in (DAY, "2026-12-10")),
    deadline(YEARLY),
]


@pytest.mark.parametrize("first", SAID)
@pytest.mark.parametrize("begun", SAID)
def test_a_change_that_was_begun_counts_as_known(first: Deadline, begun: Deadline) -> None:
    """Cut off while it is told, a change is told to its end where it still holds; else what is told comes after it, as if it had been noted."""
    known = _note({}, compare((), {"summit": deadline(DAY)}, NOW))
    known = _note(known, compare(known.values(), {"summit": first}, NOW))
    half_done = compare(known.values(), {"summit": begun}, NOW)
    noted = _note(known, half_done)
    for last in SAID:
        resumed = compare(known.values(), {"summit": last}, NOW, begun=half_done.notices)
        as_if_noted = compare(noted.values(), {"summit": last}, NOW)
        if half_done.notices and resumed.notices == half_done.notices:
            assert compare(known.values(), {"summit": last}, NOW).notices == half_done.notices
        elif half_done.notices:
            assert resumed.notices == as_if_noted.notices
            assert _note(known, resumed) == _note(noted, as_if_noted)
        after = _note(noted, as_if_noted)
        assert compare(after.values(), {"summit": last}, NOW, begun=half_done.notices) == Comparison((), ())


def _note(known: dict[str, KnownDate], found: Comparison) -> dict[str, KnownDate]:
    """Return what is known once it was written down what a comparison found."""
    return known | {date.deadline: date for date in found.dates}
