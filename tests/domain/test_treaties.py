"""Treaties: what cannot be true of one is refused, and what follows from its fields."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from bot.domain.countries import Reach
from bot.domain.treaties import Binding, Practice, Role, Suspension, Treaty, TreatyKind
from tests.domain.books import suspension, treaty

PARTIES = ("AA", "BB")

FAULTS: list[tuple[str, tuple[str, ...], dict[str, Any], str]] = [
    ("dormant since nobody knows when", PARTIES, {"practice": "dormant"}, "belong together"),
    ("active, and dormant from a day", PARTIES, {"dormant_from": "1960"}, "belong together"),
    ("nominal, and dormant from a day", PARTIES, {"practice": "nominal", "dormant_from": "1960"}, "belong together"),
    ("a guarantee without roles", PARTIES, {"kind": "one-way-guarantee"}, "has a role"),
    ("a guarantee with one role", ("AA guarantor", "BB"), {"kind": "one-way-guarantee"}, "has a role"),
    ("mutual defence with roles", ("AA guarantor", "BB beneficiary"), {}, "no party of another kind"),
    ("consultation with one role", ("AA", "BB beneficiary"), {"kind": "consultation"}, "no party of another kind"),
    ("a role nobody knows", ("AA protector", "BB"), {"kind": "one-way-guarantee"}, "guarantor"),
    ("ended before it took effect", PARTIES, {"ended": "1950-05"}, "ended lies before"),
    ("ended before it was signed, never in force", PARTIES, {"in_force": None, "ended": "1949"}, "ended lies before"),
    ("a suspension with a stranger", PARTIES, {"suspensions": (suspension("AA", "CC"),)}, "names CC, which is no party"),
    ("a suspension between strangers", PARTIES, {"suspensions": (suspension("CC", "DD"),)}, "names CC, DD, which is no party"),
    ("a suspension between three", PARTIES, {"suspensions": ({**suspension("AA", "BB"), "between": ["AA", "BB", "all"]},)}, "at most 2"),
    ("a suspension of one", PARTIES, {"suspensions": ({**suspension("AA", "BB"), "between": ["AA"]},)}, "at least 2"),
    ("a suspension that ends first", PARTIES, {"suspensions": (suspension("AA", "BB", "1960/1959"),)}, "lies before from"),
    ("a suspension without a note", PARTIES, {"suspensions": ({**suspension("AA", "BB"), "note": ""},)}, "at least 1 character"),
    ("a suspension of no known effect", PARTIES, {"suspensions": (suspension("AA", "BB", effect="pauses"),)}, "suspends"),
    ("eleven suspensions", PARTIES, {"suspensions": (suspension("AA", "BB"),) * 11}, "at most 10"),
    ("a hub that is no party", PARTIES, {"hub": "CC"}, "the hub CC is no party"),
    ("a party twice", ("AA", "BB", "AA"), {}, "AA is a party twice on the same day"),
    ("a party back before it left", ("AA 1950-06/1960", "BB", "AA 1959/"), {}, "AA is a party twice"),
    ("a party back in the year it left", ("AA 1961/", "BB", "AA 1950-06/1961"), {}, "AA is a party twice"),
    ("a party that left before it joined", ("AA 1960/1955", "BB"), {}, "until 1955 lies before from 1960"),
    ("one party", ("AA",), {}, "at least 2 items"),
    ("a party that is everybody", ("AA", "all"), {}, "match pattern"),
    ("a kind nobody knows", PARTIES, {"kind": "friendship"}, "mutual-defence"),
    ("no signature", PARTIES, {"signed": ""}, "is not a year, month or day"),
    ("an id with a space", PARTIES, {"id": "a pact"}, "match pattern"),
    ("no obligation", PARTIES, {"obligation": " "}, "at least 1 character"),
    ("an obligation that is too long", PARTIES, {"obligation": "a" * 301}, "at most 300"),
    ("a name that is too long", PARTIES, {"name": "a" * 141}, "at most 140"),
    ("a short name that is too long", PARTIES, {"short": "a" * 51}, "at most 50"),
    ("a key nobody knows", PARTIES, {"codes": "AA"}, "Extra inputs"),
]

SOUND: list[tuple[str, tuple[str, ...], dict[str, Any]]] = [
    ("dormant from a day", PARTIES, {"practice": "dormant", "dormant_from": "1960"}),
    ("a guarantee by two", ("AA guarantor", "BB guarantor", "CC beneficiary"), {"kind": "one-way-guarantee"}),
    ("ended in the month it took effect", PARTIES, {"ended": "1950-06"}),
    ("ended on the day it took effect", PARTIES, {"ended": "1950-06-01"}),
    ("in force before it was signed", PARTIES, {"in_force": "1949"}),
    ("a suspension between one and all others", PARTIES, {"suspensions": (suspension("AA", "all", "1960/"),)}),
    ("a suspension between all", PARTIES, {"suspensions": (suspension("all", "all", "/1960", "flag"),)}),
    ("a hub", PARTIES, {"hub": "BB"}),
    ("a party that came back the day after", ("AA 1955-03-02/", "BB", "AA 1950-06-01/1955-03-02"), {}),
    ("a party back in the following year", ("AA 1961/", "BB", "AA 1950-06/1960"), {}),
]

PARTNERS = [
    (TreatyKind.MUTUAL_DEFENCE, None, False),
    (TreatyKind.WARTIME_COALITION, None, False),
    (TreatyKind.ONE_WAY_GUARANTEE, None, False),
    (TreatyKind.NON_AGGRESSION, None, False),
    (TreatyKind.CONSULTATION, None, True),
    (TreatyKind.STATUS, None, True),
    *((kind, wanted, wanted) for kind in TreatyKind for wanted in (True, False)),
]

CONCERNED = [
    (("AA", "BB"), "AA BB", True),
    (("AA", "BB"), "BB AA", True),
    (("AA", "BB"), "AA CC", False),
    (("AA", "BB"), "CC BB", False),
    (("AA", "BB"), "AA AA", False),
    (("AA", "all"), "AA CC", True),
    (("AA", "all"), "CC AA", True),
    (("all", "AA"), "CC AA", True),
    (("AA", "all"), "BB CC", False),
    (("all", "all"), "BB CC", True),
]


def _with_roles(kind: TreatyKind) -> tuple[str, ...]:
    return ("AA guarantor", "BB beneficiary") if kind is TreatyKind.ONE_WAY_GUARANTEE else PARTIES


@pytest.mark.parametrize(("fault", "parties", "changes", "reason"), FAULTS, ids=[row[0] for row in FAULTS])
def test_a_treaty_that_cannot_be_is_refused(fault: str, parties: tuple[str, ...], changes: dict[str, Any], reason: str) -> None:
    """Each thing that cannot be true of a treaty is refused when it is read, and the reason said."""
    with pytest.raises(ValidationError, match=reason):
        treaty(*parties, **changes)


@pytest.mark.parametrize(("case", "parties", "changes"), SOUND, ids=[row[0] for row in SOUND])
def test_a_treaty_next_to_what_is_refused_is_taken(case: str, parties: tuple[str, ...], changes: dict[str, Any]) -> None:
    """What lies just on the right side of each rule is read as it stands."""
    assert [party.country for party in treaty(*parties, **changes).parties] == [party.split()[0] for party in parties]


def test_what_is_left_out_is_the_common_case() -> None:
    """Nothing said, a treaty is an active one, binding as such, without hub or suspensions."""
    pact = treaty("AA", "BB")
    assert (pact.binding, pact.practice, pact.hub, pact.suspensions) == (Binding.TREATY, Practice.ACTIVE, None, ())
    assert (pact.dormant_from, pact.ended, pact.partners, pact.contested, pact.article) == (None,) * 5
    assert [party.role for party in pact.parties] == [None, None]
    assert [party.role for party in treaty(*_with_roles(TreatyKind.ONE_WAY_GUARANTEE), kind="one-way-guarantee").parties] == list(Role)


@pytest.mark.parametrize(("kind", "wanted", "expected"), PARTNERS)
def test_whether_a_treaty_makes_partners(kind: TreatyKind, *, wanted: bool | None, expected: bool) -> None:
    """Consultation and status make partners unless the entry says no; another kind only where it says so."""
    assert treaty(*_with_roles(kind), kind=kind, partners=wanted).makes_partners is expected


@pytest.mark.parametrize(("between", "pair", "expected"), CONCERNED)
def test_whom_a_suspension_concerns(between: tuple[str, str], pair: str, *, expected: bool) -> None:
    """A suspension concerns its two in either order, and where it names everybody, every other party."""
    assert Suspension.model_validate(suspension(*between)).concerns(*pair.split()) is expected


REACHES: list[tuple[dict[str, Any], tuple[date, date]]] = [
    ({}, (date(1950, 6, 1), date.max)),
    ({"ended": "1955-05-14"}, (date(1950, 6, 1), date(1955, 5, 14))),
    ({"in_force": "1951", "ended": "1955"}, (date(1951, 1, 1), date(1956, 1, 1))),
    ({"in_force": None}, (date(1950, 1, 10), date.max)),
    ({"in_force": None, "ended": "1950-03"}, (date(1950, 1, 10), date(1950, 4, 1))),
]


@pytest.mark.parametrize(("changes", "expected"), REACHES)
def test_a_treaty_reaches_from_its_effect_to_its_end(changes: dict[str, Any], expected: tuple[date, date]) -> None:
    """It counts from the day it took effect, or was signed where it is not known to have done so, until it ended."""
    reach = treaty(*PARTIES, **changes).reach
    assert (reach.first, reach.over) == expected


def test_a_treaty_sleeps_from_its_day_for_good() -> None:
    """A dormant treaty sleeps from `dormant_from`, surely once the month is over; one that is not dormant never does."""
    asleep: Treaty = treaty(*PARTIES, practice="dormant", dormant_from="1977-06")
    assert asleep.sleep == Reach(date(1977, 6, 1), date(1977, 6, 30), date.max, date.max)
    assert treaty(*PARTIES, practice="nominal").sleep is None
