"""Countries: on which days they were states, as far as those days are known."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from bot.domain.countries import Country, Period, Reach
from bot.domain.dates import PartialDate
from tests.domain.books import country
from tests.domain.strategies import partial_dates

OPEN = (date.min, date.min, date.max, date.max)

REACHES = [
    ("", OPEN),
    ("1949-08-24/", (date(1949, 8, 24), date(1949, 8, 24), *OPEN[2:])),
    ("1949-08/", (date(1949, 8, 1), date(1949, 8, 31), *OPEN[2:])),
    ("1949/", (date(1949, 1, 1), date(1949, 12, 31), *OPEN[2:])),
    ("/1991-12-26", (*OPEN[:2], date(1991, 12, 26), date(1991, 12, 26))),
    ("/1991-12", (*OPEN[:2], date(1991, 12, 1), date(1992, 1, 1))),
    ("/1991", (*OPEN[:2], date(1991, 1, 1), date(1992, 1, 1))),
    ("1939/1945-05-08", (date(1939, 1, 1), date(1939, 12, 31), date(1945, 5, 8), date(1945, 5, 8))),
    ("1957-06/1957", (date(1957, 6, 1), date(1957, 6, 30), date(1957, 1, 1), date(1958, 1, 1))),
]
"""A period, and its days: possible from, certain from, certain until, over from."""

CODES = [
    ("US", True),
    ("X-OT", True),
    ("us", False),
    ("USA", False),
    ("U", False),
    ("X-O", False),
    ("X-ot", False),
    ("XOT", False),
    ("Y-OT", False),
    ("US\n", False),
    ("all", False),
    ("", False),
]

FAULTS: list[tuple[str, dict[str, Any], str]] = [
    ("periods that overlap", {"periods": ({"until": "1950"}, {"from": "1940"})}, "without overlapping"),
    ("periods that may overlap within a year", {"periods": ({"until": "1950"}, {"from": "1950"})}, "without overlapping"),
    ("periods in the wrong order", {"periods": ({"from": "1990"}, {"until": "1950"})}, "without overlapping"),
    ("an endless period before another", {"periods": ({"from": "1900"}, {"from": "1990"})}, "without overlapping"),
    ("a period that ends before it begins", {"periods": ({"from": "1950", "until": "1949"},)}, "until 1949 lies before from 1950"),
    ("no period", {"periods": ()}, "at least 1 item"),
    ("seven periods", {"periods": tuple({"from": f"19{n}1", "until": f"19{n}5"} for n in range(7))}, "at most 6 items"),
    ("a code that is none, continued", {"continues": "Soviet Union"}, "match pattern"),
    ("a code that is none, before it", {"predecessors": ("su",)}, "match pattern"),
    ("a code that is none, after it", {"successors": ("all",)}, "match pattern"),
    ("seven predecessors", {"predecessors": ("AA",) * 7}, "at most 6 items"),
    ("sixteen successors", {"successors": ("AA",) * 16}, "at most 15 items"),
    ("thirteen other names", {"other_names": ("Name",) * 13}, "at most 12 items"),
    ("an empty other name", {"other_names": (" ",)}, "at least 1 character"),
    ("a name that is too long", {"name": "a" * 61}, "at most 60 characters"),
    ("no name", {"name": ""}, "at least 1 character"),
    ("a note that is too long", {"note": "a" * 301}, "at most 300 characters"),
    ("no source", {"sources": ()}, "at least one source"),
    ("a key nobody knows", {"capital": "Paris"}, "Extra inputs"),
    ("a date that never was", {"periods": ({"from": "1950-02-30"},)}, "day is out of range"),
]

EXISTENCE = [
    ("", "1815-01-01", True, False),
    ("1918-11-12/1938-03-13 1945-04-27/", "1918-11-11", False, True),
    ("1918-11-12/1938-03-13 1945-04-27/", "1918-11-12", True, False),
    ("1918-11-12/1938-03-13 1945-04-27/", "1938-03-12", True, False),
    ("1918-11-12/1938-03-13 1945-04-27/", "1938-03-13", False, False),
    ("1918-11-12/1938-03-13 1945-04-27/", "1945-04-27", True, False),
    ("1918-05/1920-12", "1918-04-30", False, True),
    ("1918-05/1920-12", "1918-05-01", True, False),
    ("1918-05/1920-12", "1920-12-31", True, False),
    ("1918-05/1920-12", "1921-01-01", False, False),
    ("/1938-03-13 1938-03-13/", "1938-03-13", True, False),
]
"""Periods, a day, whether it existed, and whether the day lies before it began."""


def _read(span: str) -> Period:
    since, _, until = span.partition("/")
    return Period.model_validate({"from": since or None, "until": until or None})


@pytest.mark.parametrize(("span", "reach"), REACHES)
def test_a_period_reaches_as_far_as_its_dates_may_mean(span: str, reach: tuple[date, ...]) -> None:
    """A month or year means every day of it: possible from its first, certain from its last; a day known to the day is both."""
    assert _read(span).reach == Reach(*reach)


@given(partial_dates(date(1800, 1, 1), date(2100, 1, 1)), partial_dates(date(1800, 1, 1), date(2100, 1, 1)))
def test_what_is_certain_is_possible(one: PartialDate, other: PartialDate) -> None:
    """Around every bound: a day surely in a period is in it; a bound known to the day is sure and parts the days exactly."""
    since, until = sorted((one, other))
    if until.last < since.first:
        since, until = until, since
    reach = Period(since=since, until=until).reach
    around = [bound + timedelta(days=step) for bound in (since.first, since.last, until.first, until.last) for step in (-1, 0, 1)]
    for day in around:
        assert reach.covers(day) >= reach.surely_covers(day)
        assert reach.covers(day) <= (since.first <= day <= until.last)
        if since.day and until.day:
            assert reach.covers(day) == reach.surely_covers(day) == (since.first <= day < until.first)


def test_a_period_may_be_written_either_way() -> None:
    """`from` in the content and `since` in the code are the same."""
    assert Period.model_validate({"from": "1950"}) == Period(since=PartialDate(1950))


@pytest.mark.parametrize(("code", "good"), CODES)
def test_codes_are_iso_or_our_own(code: str, *, good: bool) -> None:
    """A code is two capitals, or X- and two capitals, and nothing else."""
    if good:
        assert country(code).id == code
        return
    with pytest.raises(ValidationError, match="match pattern"):
        country(code)


@pytest.mark.parametrize(("fault", "changes", "reason"), FAULTS, ids=[row[0] for row in FAULTS])
def test_a_country_that_cannot_be_is_refused(fault: str, changes: dict[str, Any], reason: str) -> None:
    """Each thing that cannot be true of a country is refused and the reason said."""
    with pytest.raises(ValidationError, match=reason):
        country("AA", **changes)


@pytest.mark.parametrize(("periods", "day", "exists", "is_before"), EXISTENCE)
def test_a_country_exists_in_its_periods(periods: str, day: str, *, exists: bool, is_before: bool) -> None:
    """It is a state from the first day of a period to the day before its end, and none between two; before it is only before the first."""
    there = country("AA", *periods.split())
    assert there.exists(date.fromisoformat(day)) is exists
    assert there.is_before(date.fromisoformat(day)) is is_before


def test_a_country_without_periods_is_older_than_anything_told() -> None:
    """Nothing said, it has always been a state and still is."""
    there = Country.model_validate({"id": "AA", "name": "A", "sources": ("archive",), "as_of": "2026-07-04"})
    assert there.exists(date.min)
    assert there.exists(date(2026, 11, 22))
    assert not there.is_before(date.min)
