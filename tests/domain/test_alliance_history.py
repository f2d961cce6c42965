"""How two states stood to each other through the years: one turn for each day on which the answer changed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from bot.domain.alliance_history import Turn, list_turns
from bot.domain.alliances import Absence, Label
from bot.domain.statements import CountryId
from bot.domain.treaty_book import TreatyBook
from tests.domain.books import NEW, OLD, book, country, suspension, treaty

AA, BB = CountryId("AA"), CountryId("BB")
START, END = date(1900, 1, 1), date(2026, 11, 22)
STATES = (country("AA", "1920/"), country("BB", "1930-05-01/2000-01-01"))

LIVES: list[tuple[str, tuple[str, ...], dict[str, Any], list[str]]] = [
    ("nothing", ("AA", "CC"), {}, []),
    ("a treaty", ("AA", "BB"), {}, ["1950-01-10 signed-not-in-force", "1950-06-01 treaty-allies"]),
    ("one that ended", ("AA", "BB"), {"signed": "1950-06-01", "ended": "1960"}, ["1950-06-01 treaty-allies", "1961-01-01 former"]),
    ("one that one joined and left", ("AA", "BB 1955/1960-02-03"), {}, ["1955-01-01 treaty-allies", "1960-02-03 former"]),
    (
        "one that one came back to",
        ("AA 1950-06-01/1960-01-01", "BB", "AA 1970-01-01/"),
        {"signed": "1950-06-01"},
        ["1950-06-01 treaty-allies", "1960-01-01 former", "1970-01-01 treaty-allies"],
    ),
    (
        "one that was suspended for a time",
        ("AA", "BB 1955/"),
        {"suspensions": (suspension("BB", "all", "1960-03-04/1970-05"),)},
        ["1955-01-01 treaty-allies", "1960-03-04 former", "1970-06-01 treaty-allies"],
    ),
    ("one that they quarrelled about", ("AA", "BB 1955/"), {"suspensions": (suspension("AA", "all", "1960/", "flag"),)}, ["1955-01-01 treaty-allies"]),
    (
        "one that fell asleep and ended later",
        ("AA", "BB 1955/"),
        {"practice": "dormant", "dormant_from": "1960-03", "ended": "1970"},
        ["1955-01-01 treaty-allies", "1960-03-01 former"],
    ),
    ("one between others with a hub", ("AA", "BB", "CC"), {"hub": "CC"}, []),
    ("talks", ("AA", "BB 1955/1970-01-01"), {"kind": "consultation"}, ["1955-01-01 partners", "1970-01-01 no-formal-alliance"]),
    ("one never in force", ("AA", "BB"), {"in_force": None, "ended": "1960-01-01"}, ["1950-01-10 signed-not-in-force", "1960-01-01 no-formal-alliance"]),
    ("one older than both states", ("AA 1900/", "BB 1900/"), {"signed": "1900", "in_force": "1900"}, ["1930-05-01 treaty-allies"]),
]  # fmt: skip
"""A treaty between AA, a state since 1920, and BB, one from May 1930 to the end of 1999, and what it made of them from which day on."""


def _told(turn: Turn) -> str:
    if isinstance(turn.outcome, Absence):
        return f"{turn.since} without {turn.outcome.country.id}"
    return f"{turn.since} {'former' if turn.outcome.is_former else turn.outcome.label}"


def _story(pacts: TreatyBook, one: str = AA, other: str = BB, first: date = START, last: date = END) -> list[str]:
    return [_told(turn) for turn in list_turns(pacts, CountryId(one), CountryId(other), first, last)]


@pytest.mark.parametrize(("case", "parties", "changes", "turns"), LIVES, ids=[row[0] for row in LIVES])
def test_every_change_is_a_turn(case: str, parties: tuple[str, ...], changes: dict[str, Any], turns: list[str]) -> None:
    """From the first day on, each day on which the answer changed is told once: states begin and end, treaties bind, sleep and lapse."""
    begin = [] if turns and turns[0].startswith("1930-05-01") else ["1930-05-01 no-formal-alliance"]
    whole = ["1900-01-01 without AA", "1920-01-01 without BB", *begin, *turns, "2000-01-01 without BB"]
    assert _story(book(treaty(*parties, **changes), countries=STATES)) == whole


def test_a_turn_is_another_treaty_or_another_answer() -> None:
    """With the same label another deciding treaty is a turn; one that decides nothing is none, nor is a remark or a date of others."""
    pacts = book(
        treaty("AA", "BB"),
        treaty("AA", "BB", id="second", signed="1960-01-01", in_force="1960-01-01", ended="1970-01-01"),
        treaty("AA", "BB", id="talks", kind="consultation", signed="1965-01-01", in_force="1965-01-01"),
        treaty("AA", "CC", id="others", signed="1966-01-01", in_force="1966-01-01"),
    )
    turns = list_turns(pacts, AA, BB, START, END)
    named = [[tie.treaty.id for tie in turn.outcome.deciding] for turn in turns if not isinstance(turn.outcome, Absence)]
    assert [str(turn.since) for turn in turns] == ["1900-01-01", "1950-01-10", "1950-06-01", "1960-01-01", "1970-01-01"]
    assert named == [[], ["pact"], ["pact"], ["pact", "second"], ["pact"]]


def test_turns_begin_and_end_with_the_days_asked_for() -> None:
    """The first turn stands on the first day, and one on the last day is still told; one on the day after is not."""
    pacts = book(treaty("AA", "BB", signed="1950-06-01"))
    begins = date(1950, 6, 1)
    before, after = begins - timedelta(days=1), begins + timedelta(days=1)
    none, allies = Label.NONE.value, Label.TREATY_ALLIES.value
    assert _story(pacts, first=before, last=before) == [f"{before} {none}"]
    assert _story(pacts, first=before, last=begins) == [f"{before} {none}", f"{begins} {allies}"]
    assert _story(pacts, first=begins, last=begins) == [f"{begins} {allies}"]
    assert _story(pacts, first=after, last=END) == [f"{after} {allies}"]
    assert [turn.label for turn in list_turns(pacts, AA, BB, before, END)] == [Label.NONE, Label.TREATY_ALLIES]


def test_a_state_under_another_name_is_a_turn() -> None:
    """Told from either code, the history of a state is that of both, and the day of the change is in it."""
    kin = (country(OLD, "1922-12-30/1991-12-26"), country(NEW, "1991-12-26/", continues=OLD))
    pacts = book(
        treaty("AA", f"{OLD} 1950-06-01/1991-12-26", signed="1950-06-01"),
        treaty("AA", NEW, id="new", signed="1992-05-05", in_force="1992-05-05"),
        countries=kin,
    )
    expected = ["1922-12-30 no-formal-alliance", "1950-06-01 treaty-allies", "1991-12-26 former", "1992-05-05 treaty-allies"]
    for code in (OLD, NEW):
        assert _story(pacts, "AA", code) == [f"1900-01-01 without {code}", *expected]


def test_an_absence_is_told_once() -> None:
    """However often those in its place changed meanwhile, that a country was no state is one turn."""
    forebears = (country("CC", "/1930"), country("DD", "1931/1960"))
    colony = treaty("AA", "BB", signed="1925-01-01", in_force="1935-01-01", ended="1945-01-01")
    pacts = book(colony, countries=(*forebears, country("BB", "1960-01-01/", predecessors=("CC", "DD"))))
    assert _story(pacts) == ["1900-01-01 without BB", "1960-01-01 no-formal-alliance"]


def test_a_label_is_none_where_one_was_no_state() -> None:
    """A turn has no label where one of the two was no state."""
    turns = list_turns(book(countries=(country("BB", "1950-01-01/"),)), AA, BB, START, END)
    assert [turn.label for turn in turns] == [None, Label.NONE]


def test_boundaries_are_the_days_on_which_something_begins_or_ends() -> None:
    """They are the days of both states, under any code, and of what they share; what only others share is not among them."""
    pacts = book(
        treaty("AA", "BB 1955/1958-02", "CC 1956/", signed="1950-01", ended="1980-03", practice="dormant", dormant_from="1970",
               suspensions=(suspension("AA", "BB", "1957-05-05/1957-06"), suspension("CC", "all", "1959/"))),
        treaty("AA", "CC", id="others", signed="1930", in_force="1931"),
        countries=(country("AA", "1920/"), country(OLD, "1910/1912"), country("BB", "1930/", continues=OLD)),
    )  # fmt: skip
    states = "1910-01-01 1913-01-01 1920-01-01 1930-01-01"
    shared = "1950-01-31 1950-06-01 1955-01-01 1957-05-05 1957-07-01 1958-03-01 1959-01-01 1970-01-01 1980-04-01"
    assert [str(day) for day in pacts.list_boundaries(AA, BB)] == f"{states} {shared}".split()
    assert pacts.list_boundaries(AA, BB) == pacts.list_boundaries(BB, AA)
