"""Treaties whose dates are known only to the month or year, and books in which an order matters."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from pydantic import ValidationError

from bot.domain.alliances import Absence
from bot.domain.countries import Reach
from bot.domain.statements import CountryId
from bot.domain.treaty_book import TreatyBook
from tests.domain.books import NEW, OLD, book, country, treaty

MANY = tuple("".join(letters) for letters in product("ABCDEFGHI", repeat=2))
"""Codes of 81 states."""


@pytest.mark.parametrize(
    "changes",
    [
        {"ended": "1950"},
        {"in_force": "1950", "ended": "1950-03"},
        {"in_force": None, "signed": "1950", "ended": "1950-03"},
    ],
)
def test_a_treaty_may_have_ended_in_the_year_it_began(changes: dict[str, Any]) -> None:
    """Where one of the two days is known only to the year, it may have been the earlier or the later one."""
    assert str(treaty("AA", "BB", **changes).ended) == changes["ended"]


def test_eighty_parties_are_taken_and_not_one_more() -> None:
    """A treaty of all the world is a mistake."""
    assert len(treaty(*MANY[:80]).parties) == 80
    with pytest.raises(ValidationError, match="at most 80"):
        treaty(*MANY)


@pytest.mark.parametrize(
    ("signed", "in_force", "first"),
    [
        ("1950-06", "1950", date(1950, 6, 1)),
        ("1950-12-31", "1950", date(1950, 12, 31)),
        ("1951-01-01", "1950", date(1950, 1, 1)),
        ("1950-05-01", "1950-05-20", date(1950, 5, 20)),
    ],
)
def test_a_treaty_binds_from_the_first_day_it_may_have_been_signed(signed: str, in_force: str, first: date) -> None:
    """In the year or month of both not before the signature; where it was signed later, it was meant to reach back."""
    reach = treaty("AA", "BB", signed=signed, in_force=in_force).reach
    assert reach == Reach(first, reach.sure, date.max, date.max)


EDGES: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["1950-01-10 1950-01-10", "1950-06-01 1950-06-01"]),
    ({"signed": "1950-01"}, ["1950-01-31 1950-01", "1950-06-01 1950-06-01"]),
    ({"signed": "1950-05", "in_force": "1950-05-20"}, ["1950-05-20 1950-05-20"]),
    ({"signed": "1950-05-31"}, ["1950-05-31 1950-05-31", "1950-06-01 1950-06-01"]),
    ({"signed": "1950-06-01"}, ["1950-06-01 1950-06-01"]),
    ({"signed": "1950-03", "in_force": "1950", "ended": "1960"}, ["1950-03-01 1950", "1961-01-01 1960"]),
]


@pytest.mark.parametrize(("changes", "expected"), EDGES)
def test_the_days_of_a_treaty(changes: dict[str, Any], expected: list[str]) -> None:
    """It was surely signed at the end of the month that is known; a signature on or after the first day of effect is no day of its own."""
    assert [f"{day} {told}" for day, told in treaty("AA", "BB", **changes).edges] == expected


def test_each_pair_is_counted_once_in_the_order_of_the_codes() -> None:
    """However a treaty names its parties, two of them are one pair, the lower code first."""
    parties = MANY[:12]
    pairs = book(treaty(*reversed(parties)), treaty(*parties, id="other")).count_pairs()
    assert dict(pairs) == {(one, other): 2 for one, other in product(parties, repeat=2) if one < other}


def _instead(pacts: TreatyBook, code: str, day: date) -> list[str]:
    outcome = pacts.list_circles(CountryId(code), day)
    assert isinstance(outcome, Absence)
    return [there.id for there in outcome.instead]


def test_those_in_its_place_are_told_nearest_first() -> None:
    """Heirs stand before the heirs of heirs, and both in the order of the content."""
    pacts = book(
        countries=(
            country("AA", "/1920", successors=("FF", "BB", "EE")),
            country("BB", "1920/1930", successors=("DD",)),
            country("FF", "1920/1930", successors=("CC",)),
        )
    )
    assert _instead(pacts, "AA", date(1950, 1, 1)) == ["EE", "CC", "DD"]


@pytest.mark.parametrize("code", [OLD, NEW])
def test_the_heirs_of_a_state_are_found_under_either_of_its_codes(code: str) -> None:
    """A state that ended under its second code left heirs that stand in the place of the first one too, and the other way about."""
    pacts = book(
        countries=(
            country(OLD, "1910/1918-01-01", predecessors=("AA",)),
            country(NEW, "1918-01-01/1939", continues=OLD, successors=("BB",)),
        )
    )
    assert _instead(pacts, code, date(1950, 1, 1)) == ["BB"]
    assert _instead(pacts, code, date(1900, 1, 1)) == ["AA"]


def test_a_state_is_asked_for_under_its_own_code_first() -> None:
    """On a day on which both codes may have been used, since one day of the change is not known, the one that was named is meant."""
    pacts = book(countries=(country(OLD, "/1918"), country(NEW, "1918/", continues=OLD)))
    day = date(1918, 6, 1)
    assert [found.id for code in (OLD, NEW) if (found := pacts.find_state(CountryId(code), day))] == [OLD, NEW]
    after, before = day + timedelta(days=365), day - timedelta(days=365)
    assert [found.id for when in (before, after) if (found := pacts.find_state(CountryId(OLD), when))] == [OLD, NEW]


def test_a_country_counts_the_treaties_it_was_ever_a_party_to() -> None:
    """A treaty counts once, however often the country joined it, and when it is over too; one of others does not."""
    pacts = book(
        treaty("AA 1950-06-01/1955", "BB", "AA 1960/"),
        treaty("AA", "CC", id="over", ended="1960"),
        treaty("BB", "CC", id="others"),
    )
    assert [pacts.count_treaties(CountryId(code)) for code in ("AA", "BB", "DD")] == [2, 2, 0]
