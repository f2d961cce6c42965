"""Dates known only to the year, late signatures and treaties on paper for a time: nothing is said earlier or surer than it is known."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.alliance_history import list_turns
from bot.domain.alliances import Force, Label, Relation
from bot.domain.statements import CountryId
from tests.domain.books import book, suspension, treaty

if TYPE_CHECKING:
    from bot.domain.treaties import Treaty

AA, BB = CountryId("AA"), CountryId("BB")


def _related(pact: Treaty, on: str) -> Relation:
    outcome = book(pact).relate(AA, BB, date.fromisoformat(on))
    assert isinstance(outcome, Relation)
    return outcome


def _known(*treaties: Treaty) -> list[str]:
    turns = list_turns(book(*treaties), AA, BB, date(1940, 1, 1), date(1970, 1, 1))
    return [f"{turn.known} {turn.label}" for turn in turns[1:]]


@pytest.mark.parametrize(
    ("on", "label", "is_sure"),
    [
        ("1950-03-10", Label.NONE, None),
        ("1950-03-11", Label.TREATY_ALLIES, False),
        ("1950-12-30", Label.TREATY_ALLIES, False),
        ("1950-12-31", Label.TREATY_ALLIES, True),
    ],
)
def test_in_the_year_of_its_signature_no_treaty_binds_before_it(on: str, label: Label, *, is_sure: bool | None) -> None:
    """A treaty signed on 11 March and in force some day of that year binds nobody on 10 March, and surely only from the year's last day."""
    relation = _related(treaty("AA", "BB", signed="1950-03-11", in_force="1950"), on)
    assert (relation.label, relation.ties[0].is_sure if relation.ties else None) == (label, is_sure)


def test_a_treaty_may_reach_back_before_its_signature() -> None:
    """Where both days are known, the day it took effect is believed: a law signed in April may hold from January."""
    assert _related(treaty("AA", "BB", signed="1950-04-10", in_force="1950-01-01"), "1950-02-01").label is Label.TREATY_ALLIES


def test_a_turn_is_dated_as_exactly_as_it_is_known() -> None:
    """A year stays a year, in the order of the days; where a day is known too, the day is told."""
    assert _known(treaty("AA", "BB", signed="1950-03-11", in_force="1950", ended="1960")) == [
        "1950 treaty-allies",
        "1960 no-formal-alliance",
    ]
    assert _known(treaty("AA", "BB", signed="1950-06", in_force="1951-02-03")) == [
        "1950-06 signed-not-in-force",
        "1951-02-03 treaty-allies",
    ]
    twins = treaty("AA", "BB", signed="1950-01-01", in_force="1950-01-01"), treaty("AA", "BB", id="twin", signed="1949", in_force="1950")
    assert _known(*twins) == ["1949 signed-not-in-force", "1950-01-01 treaty-allies"]


@pytest.mark.parametrize(("on", "label"), [("1950-05-01", Label.NONE), ("1950-05-02", Label.SIGNED), ("1950-06-01", Label.TREATY_ALLIES)])
def test_nobody_has_signed_before_both_have(on: str, label: Label) -> None:
    """Of two founders, one of which signed later, nothing is signed between them before that day."""
    pact = treaty("AA", "BB")
    late = pact.parties[1].model_copy(update={"signed": treaty("AA", "BB", signed="1950-05-02").signed})
    assert _related(pact.model_copy(update={"parties": (pact.parties[0], late)}), on).label is label


@pytest.mark.parametrize(
    ("on", "force", "is_sure"),
    [
        ("1960-12-31", Force.IN_FORCE, True),
        ("1961-12-10", Force.ON_PAPER, False),
        ("1962-01-01", Force.ON_PAPER, True),
        ("1968-09-13", Force.IN_FORCE, True),
    ],
)
def test_a_treaty_may_stand_on_paper_between_two_for_a_time(on: str, force: Force, *, is_sure: bool) -> None:
    """Between the two it is on paper from some day of December 1961 until September 1968, and in force before and after."""
    paper: dict[str, Any] = {"suspensions": (suspension("AA", "all", "1961-12/1968-09-13", "nominal"),)}
    (tie,) = _related(treaty("AA", "BB", **paper), on).ties
    assert (tie.force, tie.is_sure) == (force, is_sure)


def test_pledges_that_lapsed_come_before_what_makes_partners() -> None:
    """Of a suspended pact and talks that hold, the pact is told first, since it explains more; a pledge in force comes before both."""
    talks = treaty("AA", "BB", id="talks", kind="consultation")
    pact = treaty("AA", "BB", suspensions=(suspension("AA", "BB"),))
    firm = treaty("AA", "BB", id="firm")
    outcome = book(talks, pact, firm).relate(AA, BB, date(1970, 7, 1))
    assert isinstance(outcome, Relation)
    assert [tie.treaty.id for tie in outcome.strongest_first] == ["firm", "pact", "talks"]


def test_pairs_are_counted_by_the_treaties_they_share() -> None:
    """Each two parties of a treaty count once for it, in whatever order they are named and however often one came back."""
    pairs = book(treaty("BB", "AA"), treaty("AA", "BB 1950-06-01/1955", "BB 1960/", "CC", id="other")).count_pairs()
    assert pairs == {("AA", "BB"): 2, ("AA", "CC"): 1, ("BB", "CC"): 1}
