"""The real treaties: hand-checked answers across two centuries, and what must hold for every pair of states."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from bot.domain.alliances import Absence, Force, Label, Relation
from bot.domain.countries import FIRST_YEAR
from bot.domain.statements import CountryId
from bot.domain.treaties import Effect

if TYPE_CHECKING:
    from bot.domain.knowledge_base import KnowledgeBase
    from bot.domain.treaties import Membership, Treaty
    from bot.domain.treaty_book import TreatyBook
    from bot.knowledge.snapshot import Snapshot

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("allies_cases.yaml").read_text(encoding="utf-8"))
TODAY = date(2026, 11, 22)
RU, US, AT, FR, NZ, AM, AU = map(CountryId, ("RU", "US", "AT", "FR", "NZ", "AM", "AU"))


@pytest.fixture
def base(snapshot: Snapshot) -> KnowledgeBase:
    """The real content."""
    return snapshot.knowledge


@pytest.fixture
def pacts(base: KnowledgeBase) -> TreatyBook:
    """Its treaties."""
    return base.treaty_book


def _related(pacts: TreatyBook, one: CountryId, other: CountryId, day: date) -> Relation:
    outcome = pacts.relate(one, other, day)
    assert isinstance(outcome, Relation), f"{outcome.country.name} was no state on {day}"
    return outcome


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['a']}-{case['b']}-{case['on']}")
def test_a_case_checked_by_hand(case: dict[str, Any], pacts: TreatyBook) -> None:
    """The label, whether they were allies before, and every treaty that was named by hand stand in the answer."""
    found = _related(pacts, case["a"], case["b"], date.fromisoformat(case["on"]))
    assert (found.label, found.is_former) == (case["label"], case["former"]), case["why"]
    named = {tie.treaty.id for tie in found.ties} | {past.treaty.id for past in found.past}
    assert set(case["treaties"]) <= named, case["why"]
    assert {tie.treaty.id for tie in found.deciding} <= set(case["treaties"]) or found.label is Label.PARTNERS, case["why"]


def test_the_cases_are_many_and_span_two_centuries() -> None:
    """There are at least sixty, of every label, from 1815 to this year, none told twice."""
    assert len(CASES) >= 60
    assert {case["label"] for case in CASES} == set(Label)
    years = {int(case["on"][:4]) for case in CASES}
    assert (min(years), max(years)) == (FIRST_YEAR, TODAY.year)
    assert len({(frozenset((case["a"], case["b"])), case["on"]) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("year", range(1815, 2026, 10))
def test_every_pair_of_states_has_an_answer(year: int, base: KnowledgeBase, pacts: TreatyBook) -> None:
    """On 1 July of the year any two countries are related, or one was no state, and asked the other way round it is the same."""
    day = date(year, 7, 1)
    labels = set()
    for one, other in combinations([country.id for country in base.countries], 2):
        there, back = pacts.relate(one, other, day), pacts.relate(other, one, day)
        if isinstance(there, Relation) and isinstance(back, Relation):
            labels.add(there.label)
            assert _summary(there) == _summary(back)
        else:
            assert isinstance(there, Absence)
            assert isinstance(back, Absence)
    assert Label.TREATY_ALLIES in labels


def _summary(relation: Relation) -> tuple[object, ...]:
    ties = sorted((tie.treaty.id, tie.force, *sorted((tie.one.country, tie.other.country))) for tie in relation.ties)
    return relation.label, relation.was, relation.as_of, ties, sorted(past.treaty.id for past in relation.past)


def test_every_treaty_binds_somebody_some_day(base: KnowledgeBase, pacts: TreatyBook) -> None:
    """Each treaty of the content is a tie of two of its parties on some day on which anything between them begins or ends."""
    assert [treaty.id for treaty in base.treaties if not any(_is_tie(pacts, treaty, *two) for two in combinations(treaty.parties, 2))] == []


def _is_tie(pacts: TreatyBook, treaty: Treaty, one: Membership, other: Membership) -> bool:
    outcomes = (pacts.relate(one.country, other.country, day) for day in pacts.list_boundaries(one.country, other.country))
    return any(treaty.id in {tie.treaty.id for tie in outcome.ties} for outcome in outcomes if isinstance(outcome, Relation))


def test_no_membership_outlasts_the_code_of_a_state(base: KnowledgeBase) -> None:
    """A state that is told under two codes leaves a treaty under the one before it joins under the other; what ended then is past, not forgotten."""
    twice = {code for country in base.countries if country.continues for code in (country.id, country.continues)}
    assert twice
    lives = {country.id: [period.reach for period in country.periods] for country in base.countries if country.id in twice}
    assert [
        (treaty.id, party.country)
        for treaty in base.treaties
        for party in treaty.parties
        if party.country in twice
        and not any(
            max(party.reach.first, treaty.reach.first) < life.over and min(party.reach.over, treaty.reach.over) <= life.over
            for life in lives[party.country]
        )
    ] == []


def test_no_state_is_told_under_three_codes(base: KnowledgeBase) -> None:
    """A country continues one that continues no other, for kinship is not followed any further."""
    continued = {country.continues for country in base.countries if country.continues}
    assert [country.id for country in base.countries if country.id in continued and country.continues] == []


def test_russia_and_the_us_fought_on_one_side_in_1943(pacts: TreatyBook) -> None:
    """In 1943 the Declaration by United Nations alone makes them a coalition, told of the Soviet Union, and today they are former allies."""
    then = _related(pacts, RU, US, date(1943, 7, 1))
    assert (then.one.id, then.label) == ("SU", Label.WARTIME_COALITION)
    assert [tie.treaty.id for tie in then.deciding] == ["un-declaration-1942"]
    today = _related(pacts, RU, US, TODAY)
    assert (today.one.id, today.label, today.was) == ("RU", Label.NONE, Label.WARTIME_COALITION)
    assert "un-declaration-1942" in {past.treaty.id for past in today.past}


def test_austria_and_france_are_allies_only_through_the_european_union(pacts: TreatyBook) -> None:
    """Article 42(7) alone decides, and not before it took effect."""
    today = _related(pacts, AT, FR, TODAY)
    assert (today.label, [tie.treaty.id for tie in today.deciding]) == (Label.TREATY_ALLIES, ["eu-42-7"])
    assert _related(pacts, AT, FR, date(2009, 11, 30)).label is Label.SIGNED


def test_the_suspension_of_1986_parts_new_zealand_and_the_us(pacts: TreatyBook) -> None:
    """ANZUS binds them until 10 August 1986, is suspended between these two from the day after, and goes on with Australia."""
    for day, force in ((date(1986, 8, 10), Force.IN_FORCE), (date(1986, 8, 11), Force.SUSPENDED), (TODAY, Force.SUSPENDED)):
        (tie,) = [tie for tie in _related(pacts, NZ, US, day).ties if tie.treaty.id == "anzus"]
        assert (tie.force, [remark.effect for remark in tie.remarks]) == (force, [Effect.SUSPENDS] if force is Force.SUSPENDED else [])
    assert _related(pacts, NZ, US, TODAY).was is Label.TREATY_ALLIES
    assert _related(pacts, NZ, AU, TODAY).label is _related(pacts, AU, US, TODAY).label is Label.TREATY_ALLIES


def test_what_armenia_froze_is_told_and_still_binds(pacts: TreatyBook) -> None:
    """The freeze of 2024 stands as a remark beside the treaty of collective security, which goes on binding Armenia and Russia."""
    (tie,) = [tie for tie in _related(pacts, AM, RU, TODAY).ties if tie.treaty.id == "csto"]
    assert (tie.force, [remark.effect for remark in tie.remarks]) == (Force.IN_FORCE, [Effect.FLAG])
    (before,) = [tie for tie in _related(pacts, AM, RU, date(2024, 2, 21)).ties if tie.treaty.id == "csto"]
    assert (before.force, before.remarks) == (Force.IN_FORCE, ())
