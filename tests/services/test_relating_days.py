"""What is asked about a day: only states of that day are meant, and only days that are told."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot.domain.countries import FIRST_YEAR
from bot.domain.dates import PartialDate
from bot.domain.screens import RelationScreen
from bot.errors import BadDateError, YearOutOfRangeError
from bot.services.relating import Question, Which, day_of, find_relation, parse_when, relate

if TYPE_CHECKING:
    from bot.knowledge.snapshot import Snapshot

TODAY = date(2026, 11, 22)

WHEN: list[tuple[str | None, PartialDate | None]] = [
    (None, None),
    ("", None),
    (" \t", None),
    ("1815", PartialDate(1815)),
    ("1815-01-01", PartialDate(1815, 1, 1)),
    (" December 1991 ", PartialDate(1991, 12)),
    ("2026", PartialDate(2026)),
    ("2026-11", PartialDate(2026, 11)),
    ("2026-11-22", PartialDate(2026, 11, 22)),
]


def test_of_several_that_bear_a_name_the_states_of_the_day_are_meant(snapshot: Snapshot) -> None:
    """Korea is one state in 1900 and one of two today."""
    assert find_relation(snapshot, Question("Korea", "Japan", "1900"), TODAY) == RelationScreen("X-KO", "JP", "1900")
    which = find_relation(snapshot, Question("Korea", "Japan"), TODAY)
    assert isinstance(which, Which)
    assert {screen for _, screen in which.screens} == {RelationScreen("KP", "JP"), RelationScreen("KR", "JP")}


@pytest.mark.parametrize("on", ["1814-12-31", "2027", "2026-11-23"])
def test_an_address_with_a_day_that_is_not_told_is_refused(snapshot: Snapshot, on: str) -> None:
    """A forged date is refused like a typed one."""
    with pytest.raises(YearOutOfRangeError):
        relate(snapshot.knowledge, RelationScreen("JP", "US", on), TODAY)
    with pytest.raises(YearOutOfRangeError):
        day_of(PartialDate.parse(on), TODAY)


@pytest.mark.parametrize(("text", "when"), WHEN)
def test_a_date_is_read(text: str | None, when: PartialDate | None) -> None:
    """A year, month or day from 1815 to today; nothing typed is no date."""
    assert parse_when(text, TODAY) == when


@pytest.mark.parametrize("text", ["1814", "1814-12-31", "0001", "2027", "2026-12", "2026-11-23", "9999"])
def test_a_date_outside_what_is_told_is_refused(text: str) -> None:
    """Before 1815 and after today nothing is known; the refusal names the bounds."""
    with pytest.raises(YearOutOfRangeError) as caught:
        parse_when(text, TODAY)
    assert caught.value.fields == {"text": text, "first": FIRST_YEAR, "last": PartialDate.of(TODAY)}


@pytest.mark.parametrize("text", ["soon", "1991-13", "1991-00", "1991-02-30", "19911225", "-5", "0", "１９９１"])
def test_what_is_no_date_is_refused(text: str) -> None:
    """What no calendar has, and what nobody can read, is named and refused."""
    with pytest.raises(BadDateError) as caught:
        parse_when(text, TODAY)
    assert caught.value.fields == {"text": text}
