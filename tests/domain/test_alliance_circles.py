"""Who are a country's allies, and who stood in the place of one that was no state."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.domain.alliances import Absence, Label
from bot.domain.statements import CountryId
from bot.domain.treaty_book import TreatyBook
from tests.domain.books import NEW, OLD, book, country, suspension, treaty

AA = CountryId("AA")
DAY = date(1970, 7, 1)
GUARANTEE = {"kind": "one-way-guarantee"}

CIRCLES: list[tuple[str, tuple[str, ...], dict[str, Any], str]] = [
    ("mutual defence", ("AA", "BB", "CC"), {}, "BB CC"),
    ("on paper", ("AA", "BB", "CC"), {"practice": "nominal"}, "BB CC"),
    ("a coalition", ("AA", "BB", "CC"), {"kind": "wartime-coalition"}, "BB CC"),
    ("whom it protects", ("AA guarantor", "BB guarantor", "CC beneficiary"), GUARANTEE, "CC"),
    ("who protects it", ("AA beneficiary", "BB guarantor", "CC beneficiary"), GUARANTEE, "BB"),
    ("not in force", ("AA", "BB"), {"in_force": None}, ""),
    ("asleep", ("AA", "BB"), {"practice": "dormant", "dormant_from": "1960"}, ""),
    ("over", ("AA", "BB"), {"ended": "1960"}, ""),
    ("talks", ("AA", "BB"), {"kind": "consultation"}, ""),
    ("no attack, and partners", ("AA", "BB"), {"kind": "non-aggression", "partners": True}, ""),
    ("another is the hub", ("AA", "BB", "CC"), {"hub": "BB"}, "BB"),
    ("it is the hub", ("AA", "BB", "CC"), {"hub": "AA"}, "BB CC"),
    ("suspended with one", ("AA", "BB", "CC"), {"suspensions": (suspension("BB", "AA"),)}, "CC"),
    ("one left, one is to come", ("AA", "BB 1950-06-01/1960", "CC 1980/", "DD"), {}, "DD"),
    ("one came back", ("AA", "BB 1950-06-01/1960-01-01", "BB 1965/"), {}, "BB"),
    ("it came back", ("AA 1950-06-01/1960-01-01", "AA 1965/", "BB"), {}, "BB"),
    ("one is no state", ("AA", "BB", "FF"), {}, "BB"),
    ("it left", ("AA 1950-06-01/1960", "BB", "CC"), {}, ""),
]
"""A treaty, and the allies that AA has by it on 1 July 1970, when FF is no state."""

LINE = (
    country("AA", "/1850", successors=("BB", "EE")),
    country("BB", "1850/1900", predecessors=("AA",), successors=("CC", "DD")),
    country("CC", "1901/1950", predecessors=("BB",), successors=("DD", "AA")),
    country("DD", "1951/", predecessors=("CC", "BB")),
    country("EE", "1851/", predecessors=("AA",)),
)

ABSENCES: list[tuple[str, str, str]] = [
    ("DD", "1925-01-01", "CC"),
    ("DD", "1875-01-01", "BB"),
    ("DD", "1825-01-01", "AA"),
    ("EE", "1825-01-01", "AA"),
    ("AA", "1875-01-01", "BB EE"),
    ("AA", "1925-01-01", "EE CC"),
    ("AA", "2026-11-22", "EE DD"),
    ("BB", "2026-11-22", "DD EE"),
    ("CC", "2026-11-22", "DD EE"),
    ("CC", "1825-01-01", "AA"),
    ("BB", "1925-01-01", "CC"),
]
"""One in the line above that was no state on a day, and those in its place, the nearest first."""


@pytest.mark.parametrize(("case", "parties", "changes", "expected"), CIRCLES, ids=[row[0] for row in CIRCLES])
def test_a_circle_is_those_bound_by_one_treaty(case: str, parties: tuple[str, ...], changes: dict[str, Any], expected: str) -> None:
    """It holds every state that owes the country help or is owed it by this treaty on the day, each once with its tie, and none else."""
    pact = treaty(*parties, **changes)
    circles = book(pact, countries=(country("FF", "1980/"),)).list_circles(AA, DAY)
    assert not isinstance(circles, Absence)
    assert [(circle.treaty, " ".join(there.id for there, _ in circle.allies)) for circle in circles] == (
        [(pact, expected)] if expected else []
    )
    assert all((tie.one.country, tie.other.country) == (AA, there.id) for circle in circles for there, tie in circle.allies)


def test_circles_stand_in_order_of_force_and_width() -> None:
    """The firmest label comes first, among equals the circle of more allies, and then the order of the content."""
    pacts = (
        treaty("AA guarantor", "BB beneficiary", "CC beneficiary", id="pledge", **GUARANTEE),
        treaty("AA", "BB", id="narrow"),
        treaty("AA", "BB", "CC", id="war", kind="wartime-coalition"),
        treaty("AA", "BB", "CC", "DD", id="paper", practice="nominal"),
        treaty("AA", "DD", id="narrow-too"),
        treaty("AA", "BB", "CC", id="wide"),
    )
    circles = book(*pacts).list_circles(AA, DAY)
    assert not isinstance(circles, Absence)
    assert [circle.treaty.id for circle in circles] == ["wide", "narrow", "narrow-too", "paper", "war", "pledge"]
    labels = [Label.TREATY_ALLIES] * 3 + [Label.ON_PAPER, Label.WARTIME_COALITION, Label.ONE_SIDED_PLEDGE]
    assert [circle.label for circle in circles] == labels


def test_circles_of_a_state_are_those_of_its_name_then() -> None:
    """Asked by either code, the allies are those of the state as it was called on the day; one that was no state has none."""
    kin = (country(OLD, "1922/1991-12-26"), country(NEW, "1991-12-26/", continues=OLD, predecessors=("FF",)), country("FF", "/1910"))
    pacts = book(treaty("AA", f"{OLD} 1950-06-01/1991-12-26"), treaty("BB", NEW, id="new", signed="1992", in_force="1992"), countries=kin)
    for code in (OLD, NEW):
        for day, expected in ((DAY, ["AA"]), (date(1991, 12, 25), ["AA"]), (date(1991, 12, 26), []), (date(1995, 1, 1), ["BB"])):
            circles = pacts.list_circles(CountryId(code), day)
            assert not isinstance(circles, Absence)
            assert [there.id for circle in circles for there, _ in circle.allies] == expected
    assert pacts.list_circles(CountryId(NEW), date(1905, 1, 1)) == Absence(kin[1], date(1905, 1, 1), (kin[2],))


def test_absence_names_the_country_that_was_no_state() -> None:
    """Where one of two was no state on the day, the answer names that one, in whatever order they were asked; where neither was, the first."""
    pacts = book(countries=(country("BB", "1980/"), country("CC", "/1960")))
    for one, other, missing in (("AA", "BB", "BB"), ("BB", "AA", "BB"), ("CC", "AA", "CC"), ("BB", "CC", "BB"), ("CC", "BB", "CC")):
        assert pacts.relate(CountryId(one), CountryId(other), DAY) == Absence(
            country(missing, "1980/" if missing == "BB" else "/1960"), DAY, ()
        )


@pytest.mark.parametrize(("code", "day", "expected"), ABSENCES)
def test_those_in_the_place_of_a_state_are_found_step_by_step(code: str, day: str, expected: str) -> None:
    """Before its time its forebears are asked and after it its heirs, on and on past those that were no states either, and no further."""
    outcome = book(countries=LINE).relate(CountryId("FF"), CountryId(code), date.fromisoformat(day))
    assert isinstance(outcome, Absence)
    assert (outcome.country.id, " ".join(there.id for there in outcome.instead)) == (code, expected)


def test_between_two_lives_the_heirs_stand_in_its_place() -> None:
    """A state that was gone for some years was in the hands of its successors, whoever came before it."""
    lands = (country("AA", "1918/1938-03-13", "1945-04-27/", predecessors=("BB",), successors=("CC",)), country("BB", "/1950"))
    absence = book(countries=lands).relate(AA, CountryId("DD"), date(1940, 1, 1))
    assert isinstance(absence, Absence)
    assert [there.id for there in absence.instead] == ["CC"]
    early = book(countries=lands).relate(AA, CountryId("DD"), date(1900, 1, 1))
    assert isinstance(early, Absence)
    assert [there.id for there in early.instead] == ["BB"]


def test_nobody_is_offered_twice() -> None:
    """One that is both the forebear and the same state under another code stands once in the place of what came later."""
    kin = (country(OLD, "1922/1991", predecessors=(NEW,)), country(NEW, "/1921", "1992/", continues=OLD))
    absence = book(countries=(*kin, country("AA", "1991-08-20/", predecessors=(OLD, OLD)))).relate(AA, CountryId("BB"), date(1900, 1, 1))
    assert isinstance(absence, Absence)
    assert [there.id for there in absence.instead] == [NEW]


def test_nobody_may_be_left_in_its_place() -> None:
    """A country of which neither forebear nor heir is told, or only such as were no states either, is just absent."""
    lands = (country("AA", "1960/", predecessors=("BB",)), country("BB", "1900/1950"), country("CC", "1960/"))
    pacts: TreatyBook = book(countries=lands)
    for code, day in (("AA", "1955-01-01"), ("AA", "1850-01-01"), ("CC", "1950-01-01"), ("BB", "1960-01-01")):
        outcome = pacts.relate(CountryId(code), CountryId("DD"), date.fromisoformat(day))
        assert isinstance(outcome, Absence)
        assert outcome.instead == ()
