"""Are two states allies on a day? Every rule on treaties small enough to see through."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

import pytest

from bot.domain.alliances import Force, Label, Relation
from bot.domain.statements import CountryId
from bot.domain.treaty_book import TreatyBook
from tests.domain.books import NEW, OLD, book, country, suspension, treaty

DAY = date(1970, 7, 1)
ALLIES, ON_PAPER, COALITION, PLEDGE = Label.TREATY_ALLIES, Label.ON_PAPER, Label.WARTIME_COALITION, Label.ONE_SIDED_PLEDGE
SIGNED, PARTNERS, NONE = Label.SIGNED, Label.PARTNERS, Label.NONE

PAIR, SIDES = ("AA", "BB"), ("AA guarantor", "BB beneficiary")
NOMINAL, WAR = {"practice": "nominal"}, {"kind": "wartime-coalition"}
GUARANTEE, TALKS = {"kind": "one-way-guarantee"}, {"kind": "consultation"}
ASLEEP = {"practice": "dormant", "dormant_from": "1960"}
UNSURE = {"in_force": None}
HELD = {"suspensions": (suspension("AA", "BB", "1960/"),)}
FLAGGED = {"suspensions": (suspension("AA", "BB", "1960/", "flag"),)}

LABELS: list[tuple[str, tuple[str, ...], dict[str, Any], Force | None, Label, Label | None]] = [
    ("mutual defence", PAIR, {}, Force.IN_FORCE, ALLIES, None),
    ("mutual defence on paper", PAIR, NOMINAL, Force.ON_PAPER, ON_PAPER, None),
    ("mutual defence asleep", PAIR, ASLEEP, Force.DORMANT, NONE, ALLIES),
    ("mutual defence suspended", PAIR, HELD, Force.SUSPENDED, NONE, ALLIES),
    ("mutual defence on paper, suspended", PAIR, HELD | NOMINAL, Force.SUSPENDED, NONE, ALLIES),
    ("mutual defence asleep and suspended", PAIR, HELD | ASLEEP, Force.SUSPENDED, NONE, ALLIES),
    ("mutual defence that both quarrel about", PAIR, FLAGGED, Force.IN_FORCE, ALLIES, None),
    ("mutual defence not known to be in force", PAIR, UNSURE, Force.SIGNED, SIGNED, None),
    ("mutual defence not in force, suspended all the same", PAIR, UNSURE | HELD, Force.SIGNED, SIGNED, None),
    ("mutual defence on paper, not in force", PAIR, UNSURE | NOMINAL, Force.SIGNED, SIGNED, None),
    ("mutual defence that makes partners too", PAIR, {"partners": True}, Force.IN_FORCE, ALLIES, None),
    ("mutual defence that has ended", PAIR, {"ended": "1960"}, None, NONE, ALLIES),
    ("mutual defence that ended before it took effect", PAIR, UNSURE | {"ended": "1960"}, None, NONE, None),
    ("mutual defence that one has left", ("AA", "BB 1950-06-01/1960"), {}, None, NONE, ALLIES),
    ("mutual defence that one joins later", ("AA", "BB 1980/"), {}, None, NONE, None),
    ("mutual defence that one left before the other came", ("AA 1950-06-01/1960-01-01", "BB 1960-01-01/"), {}, None, NONE, None),
    ("mutual defence of an executive", PAIR, {"binding": "executive"}, Force.IN_FORCE, ALLIES, None),
    ("a coalition", PAIR, WAR, Force.IN_FORCE, COALITION, None),
    ("a coalition on paper", PAIR, WAR | NOMINAL, Force.ON_PAPER, COALITION, None),
    ("a coalition that was suspended", PAIR, WAR | HELD, Force.SUSPENDED, NONE, COALITION),
    ("a coalition that has ended", PAIR, WAR | {"ended": "1960"}, None, NONE, COALITION),
    ("a coalition not in force", PAIR, WAR | UNSURE, Force.SIGNED, SIGNED, None),
    ("a pledge", SIDES, GUARANTEE, Force.IN_FORCE, PLEDGE, None),
    ("a pledge on paper", SIDES, GUARANTEE | NOMINAL, Force.ON_PAPER, PLEDGE, None),
    ("a pledge not in force", SIDES, GUARANTEE | UNSURE, Force.SIGNED, SIGNED, None),
    ("a pledge asleep", SIDES, GUARANTEE | ASLEEP, Force.DORMANT, NONE, None),
    ("a pledge suspended", SIDES, GUARANTEE | HELD, Force.SUSPENDED, NONE, None),
    ("a pledge that has ended", SIDES, GUARANTEE | {"ended": "1960"}, None, NONE, None),
    ("consultation", PAIR, TALKS, Force.IN_FORCE, PARTNERS, None),
    ("consultation on paper", PAIR, TALKS | NOMINAL, Force.ON_PAPER, PARTNERS, None),
    ("consultation among many", PAIR, TALKS | {"partners": False}, Force.IN_FORCE, NONE, None),
    ("consultation asleep", PAIR, TALKS | ASLEEP, Force.DORMANT, NONE, None),
    ("consultation suspended", PAIR, TALKS | HELD, Force.SUSPENDED, NONE, None),
    ("consultation not in force", PAIR, TALKS | UNSURE, Force.SIGNED, NONE, None),
    ("consultation that has ended", PAIR, TALKS | {"ended": "1960"}, None, NONE, None),
    ("a status", PAIR, {"kind": "status"}, Force.IN_FORCE, PARTNERS, None),
    ("no attack", PAIR, {"kind": "non-aggression"}, Force.IN_FORCE, NONE, None),
    ("no attack between partners", PAIR, {"kind": "non-aggression", "partners": True}, Force.IN_FORCE, PARTNERS, None),
]
"""A treaty between AA and BB, and on 1 July 1970: what it is worth, what it makes of them, what they were before."""

SHARED: list[tuple[str, tuple[str, ...], dict[str, Any], str]] = [
    ("all with all", ("AA", "BB", "CC"), {}, "AA-BB AA-CC BB-CC"),
    ("a hub", ("AA", "BB", "CC"), {"hub": "BB"}, "AA-BB BB-CC"),
    ("two guarantors", ("AA guarantor", "BB guarantor", "CC beneficiary"), GUARANTEE, "AA-CC BB-CC"),
    ("two beneficiaries", ("AA beneficiary", "BB guarantor", "CC beneficiary"), GUARANTEE, "AA-BB BB-CC"),
    ("a guarantor as hub", ("AA guarantor", "BB guarantor", "CC beneficiary"), GUARANTEE | {"hub": "AA"}, "AA-CC"),
    ("one against one", ("AA", "BB", "CC"), {"suspensions": (suspension("CC", "AA"),)}, "AA-BB BB-CC"),
    ("one against all", ("AA", "BB", "CC"), {"suspensions": (suspension("all", "CC"),)}, "AA-BB"),
    ("all against all", ("AA", "BB", "CC"), {"suspensions": (suspension("all", "all"),)}, ""),
    ("a quarrel that is only told", ("AA", "BB", "CC"), {"suspensions": (suspension("all", "all", effect="flag"),)}, "AA-BB AA-CC BB-CC"),
]
"""Parties, and the pairs among which somebody owes somebody help."""

TIMES: list[tuple[str, tuple[str, ...], dict[str, Any], str, Force | None, bool]] = [
    ("before it was signed", PAIR, {}, "1950-01-09", None, True),
    ("signed", PAIR, {}, "1950-01-10", Force.SIGNED, True),
    ("the day before it takes effect", PAIR, {}, "1950-05-31", Force.SIGNED, True),
    ("the day it takes effect", PAIR, {}, "1950-06-01", Force.IN_FORCE, True),
    ("signed, one of them only joins it later", ("AA", "BB 1955/"), {}, "1950-03-01", None, True),
    ("signed in some month, which is not over", PAIR, {"signed": "1950-01"}, "1950-01-30", None, True),
    ("signed in some month, its last day", PAIR, {"signed": "1950-01"}, "1950-01-31", Force.SIGNED, True),
    ("takes effect in some month, which begins", PAIR, {"in_force": "1950-06"}, "1950-06-01", Force.IN_FORCE, False),
    ("takes effect in some month, its last day but one", PAIR, {"in_force": "1950-06"}, "1950-06-29", Force.IN_FORCE, False),
    ("took effect in some month, by its last day", PAIR, {"in_force": "1950-06"}, "1950-06-30", Force.IN_FORCE, True),
    ("ends tomorrow", PAIR, {"ended": "1960-03-05"}, "1960-03-04", Force.IN_FORCE, True),
    ("ends today", PAIR, {"ended": "1960-03-05"}, "1960-03-05", None, True),
    ("ends next month", PAIR, {"ended": "1960-03"}, "1960-02-29", Force.IN_FORCE, True),
    ("ends this month", PAIR, {"ended": "1960-03"}, "1960-03-01", Force.IN_FORCE, False),
    ("ends this month, today at the latest", PAIR, {"ended": "1960-03"}, "1960-03-31", Force.IN_FORCE, False),
    ("ended last month", PAIR, {"ended": "1960-03"}, "1960-04-01", None, True),
    ("joined in some year, which begins", ("AA", "BB 1955/"), {}, "1955-01-01", Force.IN_FORCE, False),
    ("joined in some year, by its last day", ("AA", "BB 1955/"), {}, "1955-12-31", Force.IN_FORCE, True),
    ("leaves this year", ("AA 1950-06-01/1955", "BB"), {}, "1955-12-31", Force.IN_FORCE, False),
    ("left last year", ("AA 1950-06-01/1955", "BB"), {}, "1956-01-01", None, True),
    ("falls asleep tomorrow", PAIR, {"practice": "dormant", "dormant_from": "1960-03-05"}, "1960-03-04", Force.IN_FORCE, True),
    ("falls asleep", PAIR, {"practice": "dormant", "dormant_from": "1960-03-05"}, "1960-03-05", Force.DORMANT, True),
    ("falls asleep some day this year", PAIR, ASLEEP, "1960-12-30", Force.DORMANT, False),
    ("asleep by the year's last day", PAIR, ASLEEP, "1960-12-31", Force.DORMANT, True),
    ("suspended tomorrow", PAIR, {"suspensions": (suspension("AA", "BB", "1986-08-11/"),)}, "1986-08-10", Force.IN_FORCE, True),
    ("suspended", PAIR, {"suspensions": (suspension("AA", "BB", "1986-08-11/"),)}, "1986-08-11", Force.SUSPENDED, True),
    ("suspended some day this year", PAIR, {"suspensions": (suspension("AA", "BB", "1986/"),)}, "1986-08-11", Force.SUSPENDED, False),
    ("suspended by the year's last day", PAIR, {"suspensions": (suspension("AA", "BB", "1986/"),)}, "1986-12-31", Force.SUSPENDED, True),
    ("suspended today for the last time", PAIR, {"suspensions": (suspension("BB", "AA", "/1986-08-12"),)}, "1986-08-11", Force.SUSPENDED, True),
    ("suspended until today", PAIR, {"suspensions": (suspension("BB", "AA", "/1986-08-12"),)}, "1986-08-12", Force.IN_FORCE, True),
    ("told of this year, at some day", PAIR, {"suspensions": (suspension("AA", "BB", "1986/", "flag"),)}, "1986-08-11", Force.IN_FORCE, True),
]  # fmt: skip
"""A treaty of mutual defence, a day, what it is worth on it, and whether that is sure."""


def related(pacts: TreatyBook, one: str, other: str, day: date | str = DAY) -> Relation:
    """Return how two states, both of which exist, stand to each other."""
    outcome = pacts.relate(CountryId(one), CountryId(other), date.fromisoformat(str(day)))
    assert isinstance(outcome, Relation)
    return outcome


@pytest.mark.parametrize(("case", "parties", "changes", "force", "label", "was"), LABELS, ids=[row[0] for row in LABELS])
def test_what_a_treaty_makes_of_two_states(
    case: str, parties: tuple[str, ...], changes: dict[str, Any], force: Force | None, label: Label, was: Label | None
) -> None:
    """By its kind and what it is worth, a treaty alone gives the label, says what they once were, and whether it is a pledge that lapsed."""
    found = related(book(treaty(*parties, **changes)), "AA", "BB")
    assert [(tie.force, tie.has_lapsed) for tie in found.ties] == ([(force, was is not None)] if force else [])
    assert (found.label, found.was, found.is_former) == (label, was, was is not None)
    assert [tie.label for tie in found.deciding] == ([] if label is NONE else [label])


@pytest.mark.parametrize(("case", "parties", "changes", "expected"), SHARED, ids=[row[0] for row in SHARED])
def test_who_owes_whom(case: str, parties: tuple[str, ...], changes: dict[str, Any], expected: str) -> None:
    """A hub binds only pairs with it, two on the same side of a guarantee owe each other nothing, a suspension parts whom it names."""
    pacts = book(treaty(*parties, **changes))
    pairs = product(("AA", "BB", "CC"), repeat=2)
    bound = {(one, other) for one, other in pairs if related(pacts, one, other).label is not NONE}
    wanted = {tuple(pair.split("-")) for pair in expected.split()}
    assert bound == wanted | {(other, one) for one, other in wanted}


@pytest.mark.parametrize(("case", "parties", "changes", "day", "force", "is_sure"), TIMES, ids=[row[0] for row in TIMES])
def test_what_a_treaty_is_worth_on_a_day(
    case: str, parties: tuple[str, ...], changes: dict[str, Any], day: str, force: Force | None, *, is_sure: bool
) -> None:
    """It counts from its day to its end, only its founders have signed it before, and a date known to the month or year leaves doubt."""
    ties = related(book(treaty(*parties, **changes)), "AA", "BB", day).ties
    assert [(tie.force, tie.is_sure) for tie in ties] == ([(force, is_sure)] if force else [])


def test_the_strongest_treaty_decides() -> None:
    """Of several treaties the strongest gives the label, all that give the same decide with it, and the others are told as well."""
    ranks: list[tuple[str, dict[str, Any]]] = [
        ("d", {}),
        ("p", NOMINAL),
        ("w", WAR),
        ("g", GUARANTEE),
        ("s", UNSURE),
        ("t", TALKS),
        ("n", {"kind": "non-aggression"}),
    ]
    pacts = [treaty(*(SIDES if kind is GUARANTEE else PAIR), id=name, **kind) for name, kind in reversed(ranks)]
    for label in list(Label)[:-1]:
        found = related(book(*pacts, treaty(*PAIR, id="also", **TALKS)), "AA", "BB")
        assert found.label is label
        also = ["also"] if label is PARTNERS else []
        assert [tie.treaty.id for tie in found.deciding] == [pacts[-1].id, *also]
        assert [tie.treaty.id for tie in found.ties] == [*(pact.id for pact in pacts), "also"]
        pacts.pop()


def test_a_guarantee_tells_who_pledges() -> None:
    """Asked the other way round, the same pledge is told with the roles turned."""
    pacts = book(treaty("AA beneficiary", "BB guarantor", kind="one-way-guarantee"))
    (tie,), (turned,) = related(pacts, "AA", "BB").ties, related(pacts, "BB", "AA").ties
    assert (tie.one.country, tie.one.role, tie.other.country, tie.other.role) == ("AA", "beneficiary", "BB", "guarantor")
    assert (turned.one, turned.other) == (tie.other, tie.one)


def test_remarks_are_those_of_the_pair_and_the_day() -> None:
    """A tie carries what is suspended or told between the two on that day, and nothing about others or other days."""
    quarrels = (
        {**suspension("AA", "all", "1960/", "flag"), "note": "AA with all"},
        {**suspension("BB", "AA", "1960/1970-07-02", "flag"), "note": "the pair"},
        {**suspension("AA", "BB", "1960/1970-07-01", "flag"), "note": "over"},
        {**suspension("AA", "BB", "1970-07-02/", "flag"), "note": "not yet"},
        {**suspension("AA", "CC", "1960/", "flag"), "note": "another"},
    )
    pacts = book(treaty("AA", "BB", "CC", suspensions=quarrels))
    told = {(one, other): [remark.note for remark in related(pacts, one, other).ties[0].remarks] for one, other in (PAIR, ("CC", "BB"))}
    assert told == {PAIR: ["AA with all", "the pair"], ("CC", "BB"): []}


def test_who_came_back_is_an_ally_again() -> None:
    """Between two memberships they are former allies; in the second they are allies, by the membership of that time, and not by a past one."""
    pacts = book(treaty("AA", "BB 1950-06-01/1960-01-01", "BB 1970-01-01/"))
    assert [related(pacts, *PAIR, day).label for day in ("1955-01-01", "1965-01-01", "1975-01-01")] == [ALLIES, NONE, ALLIES]
    assert [related(pacts, *PAIR, day).is_former for day in ("1955-01-01", "1965-01-01", "1975-01-01")] == [False, True, False]
    assert [str(tie.other.since) for tie in related(pacts, *PAIR, "1975-01-01").ties] == ["1970-01-01"]
    assert [[old.treaty.id for old in related(pacts, *PAIR, day).past] for day in ("1965-01-01", "1975-01-01")] == [["pact"], []]


def test_past_treaties_are_told_newest_first() -> None:
    """Treaties that bound two states before stand beside what holds today, the one that ended last first; pledges and talks are no such past."""
    gone = [treaty(*PAIR, id=f"until-{year}", ended=year) for year in ("1955", "1965", "1960")]
    others = [treaty(*PAIR, id=kind, kind=kind, ended="1966") for kind in ("consultation", "status", "non-aggression")]
    pledge = treaty(*SIDES, id="pledge", ended="1967", **GUARANTEE)
    never = treaty(*PAIR, id="never", ended="1968", **UNSURE)
    found = related(book(*gone, *others, pledge, never), *PAIR)
    assert ([old.treaty.id for old in found.past], found.is_former) == (["until-1965", "until-1960", "until-1955"], True)
    today = related(book(*gone, treaty(*PAIR, id="new")), *PAIR)
    assert ([old.treaty.id for old in today.past], today.is_former) == (["until-1965", "until-1960", "until-1955"], False)


def test_a_past_treaty_tells_by_which_memberships_and_how_long() -> None:
    """It bound the two from the day on which the last of treaty and parties began until the first of them was over, whichever that was."""
    pacts = book(treaty("AA 1952/1965-03-04", "BB 1951-02-03/1960", "AA 1966/1968", "BB 1962-01-01/", ended="1969"))
    spans = [(str(past.since), str(past.until), str(past.one.since), str(past.other.since)) for past in related(pacts, *PAIR).past]
    assert spans == [
        ("1966-01-01", "1969-01-01", "1966", "1962-01-01"),
        ("1962-01-01", "1965-03-04", "1952", "1962-01-01"),
        ("1952-01-01", "1961-01-01", "1952", "1951-02-03"),
    ]


def test_who_was_more_than_one_thing_was_the_stronger() -> None:
    """Of a treaty of defence and a coalition, both over, the treaty is what they were to each other."""
    lapsed = (treaty(*PAIR, id="war", ended="1965", **WAR), treaty(*PAIR, id="old", ended="1960"))
    assert [related(book(*lapsed[:count]), *PAIR).was for count in (0, 1, 2)] == [None, COALITION, ALLIES]


@pytest.mark.parametrize(
    ("standing", "is_former"),
    [({}, False), (NOMINAL, False), (WAR, False), (GUARANTEE, True), (UNSURE, True), (TALKS, True), (HELD, True), (ASLEEP, True)],
)
def test_only_who_is_no_ally_is_a_former_one(standing: dict[str, Any], *, is_former: bool) -> None:
    """Whoever fights on the same side or has a treaty of defence is no former ally; partners and the protected may be."""
    parties = SIDES if standing is GUARANTEE else PAIR
    assert related(book(treaty(*PAIR, id="old", ended="1960"), treaty(*parties, id="new", **standing)), *PAIR).is_former is is_former


def test_a_party_that_was_no_state_yet_is_no_former_ally() -> None:
    """A colony that stood in the list of parties was nobody's ally, unless it became a state before the treaty ended."""
    for became, is_former in (("1947-08-15", False), ("1945-09-02", False), ("1945-09-01", True)):
        pacts = book(
            treaty(*PAIR, signed="1942-01-01", in_force="1942-01-01", ended="1945-09-02", **WAR), countries=(country("BB", f"{became}/"),)
        )
        assert related(pacts, *PAIR).is_former is is_former


KIN = (country(OLD, "1922-12-30/1991-12-26", successors=(NEW,)), country(NEW, "/1922-12-30", "1991-12-26/", continues=OLD))


def test_a_state_is_found_under_the_code_of_its_time() -> None:
    """Asked by either code, the answer is about the state as it was called then, with the treaties it had then."""
    pacts = book(
        treaty("AA", OLD, signed="1942-01-01", in_force="1942-01-01", ended="1945-09-02", **WAR),
        treaty("AA", NEW, id="new", signed="1992-01-01", in_force="1992-01-01", ended="2000-01-01"),
        countries=KIN,
    )
    for code in (OLD, NEW):
        for day, name, label, is_former in (
            ("1900-01-01", NEW, NONE, False),
            ("1943-07-01", OLD, COALITION, False),
            ("1991-12-25", OLD, NONE, True),
            ("1991-12-26", NEW, NONE, True),
            ("1995-01-01", NEW, ALLIES, False),
            ("2026-11-22", NEW, NONE, True),
        ):
            found = related(pacts, code, "AA", day)
            assert (found.one.id, found.label, found.is_former) == (name, label, is_former)
    assert [old.treaty.id for old in related(pacts, NEW, "AA", "2026-11-22").past] == ["new", "pact"]


@pytest.mark.parametrize(("one", "other"), [("AA", "AA"), (OLD, OLD), (OLD, NEW), (NEW, OLD)])
def test_a_state_owes_itself_nothing(one: str, other: str) -> None:
    """No state is its own ally, partner or former ally, by whatever two codes it is asked for."""
    pacts = book(treaty("AA", OLD), treaty("AA", OLD, id="gone", ended="1960"), treaty("AA", OLD, id="talks", **TALKS), countries=KIN)
    for day in (DAY, date(1995, 1, 1)):
        found = related(pacts, one, other, day)
        assert (found.one, found.ties, found.past, found.label, found.is_former) == (found.other, (), (), NONE, False)


def test_as_of_is_the_oldest_of_what_the_answer_rests_on() -> None:
    """An answer is as old as the oldest entry that decides it; a no is as old as the oldest treaty that has not ended."""
    old = treaty(*PAIR, id="old", as_of="2026-01-02")
    talks = treaty(*PAIR, id="talks", as_of="2026-01-01", **TALKS)
    idle = treaty(*PAIR, id="idle", as_of="2025-01-01", kind="non-aggression")
    gone = treaty("CC", "DD", id="gone", as_of="2024-01-01", ended="1960")
    pacts = book(treaty(*PAIR, as_of="2026-01-03"), old, talks, idle, gone)
    assert (pacts.as_of, related(pacts, *PAIR).as_of) == (date(2025, 1, 1), date(2026, 1, 2))
    assert related(book(talks, idle), *PAIR).as_of == date(2026, 1, 1)
    assert related(pacts, "AA", "CC").as_of == date(2025, 1, 1)
    assert related(book(gone), *PAIR).as_of == DAY
    assert book(gone).as_of is None
