"""Laws that hold for any treaties between any states: both sides say the same, more treaties never bind less, histories tell the truth."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import combinations, pairwise, product
from typing import Any

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from bot.domain.alliance_history import list_turns
from bot.domain.alliances import PLEDGES, Absence, Force, Label, Relation
from bot.domain.countries import Period
from bot.domain.dates import PartialDate
from bot.domain.statements import CountryId
from bot.domain.treaties import Membership, Role, Treaty, TreatyKind
from bot.domain.treaty_book import TreatyBook
from tests.domain.books import FIRST, LAST, Drawn, books, dated_books, pacts

ORDER = list(Label)
ALLIED = {Label.TREATY_ALLIES, Label.ON_PAPER, Label.WARTIME_COALITION}
STANDING = {Force.IN_FORCE, Force.ON_PAPER}


def _labels(pacts: TreatyBook, ids: tuple[CountryId, ...], day: date) -> dict[tuple[CountryId, CountryId], int | None]:
    """Return how weak the label of each two is, None where one of them was no state."""
    outcomes = {pair: pacts.relate(*pair, day) for pair in combinations(ids, 2)}
    return {pair: ORDER.index(outcome.label) if isinstance(outcome, Relation) else None for pair, outcome in outcomes.items()}


def _assert_no_weaker(before: Drawn, after: Drawn, when: list[date]) -> None:
    """Raise AssertionError where two states were more to each other in the first book than in the second."""
    for day in when:
        was, now = _labels(before.book, before.ids, day), _labels(after.book, before.ids, day)
        assert {pair for pair in was if was[pair] is None} == {pair for pair in now if now[pair] is None}
        weaker = {pair for pair, label in was.items() if label is not None and (now[pair] or 0) > label}
        assert not weaker, day
        event("a label became stronger" if was != now else "no label changed")


def _joined(drawn: Drawn, treaty: Treaty, parties: list[dict[str, Any]]) -> Drawn:
    """Return the book with other parties to this treaty of it."""
    changed = Treaty.model_validate({**treaty.model_dump(), "parties": parties})
    return Drawn(drawn.countries, tuple(changed if other is treaty else other for other in drawn.treaties))


@given(dated_books)
def test_both_sides_say_the_same(dated: tuple[Drawn, date]) -> None:
    """Asked the other way round, the answer is the same with the two turned, guarantor and beneficiary with them."""
    drawn, day = dated
    for one, other in combinations(drawn.ids, 2):
        there, back = drawn.book.relate(one, other, day), drawn.book.relate(other, one, day)
        if isinstance(there, Absence) or isinstance(back, Absence):
            assert isinstance(there, Absence)
            assert isinstance(back, Absence)
            assert {there.country.id, back.country.id} == {code for code in (one, other) if drawn.book.find_state(code, day) is None}
            continue
        turned = [replace(tie, one=tie.other, other=tie.one) for tie in back.ties]
        assert sorted(map(repr, there.ties)) == sorted(map(repr, turned))
        assert (there.label, there.is_former, there.as_of) == (back.label, back.is_former, back.as_of)
        assert {old.treaty.id for old in there.past} == {old.treaty.id for old in back.past}
        assert (there.one, there.other) == (back.other, back.one)


@given(dated_books)
def test_there_is_no_answer_about_what_was_no_state(dated: tuple[Drawn, date]) -> None:
    """Exactly where both, or the same states under another code, were there on the day, the two are related, and by their own memberships."""
    drawn, day = dated
    existing = {there.id for there in drawn.countries if there.exists(day)}
    kin = {there.id: {there.id, there.continues} for there in drawn.countries}
    same = {code: {other for other in kin if code in kin[other] or other in kin[code]} for code in kin}
    for one, other in product(drawn.ids, drawn.ids):
        outcome = drawn.book.relate(one, other, day)
        if isinstance(outcome, Absence):
            assert outcome.country.id in {one, other}
            assert not same[outcome.country.id] & existing
            instead = [there.id for there in outcome.instead]
            assert set(instead) <= existing
            assert len(instead) == len(set(instead))
        else:
            assert outcome.one.id in same[one] & existing
            assert outcome.other.id in same[other] & existing
            assert {(tie.one.country, tie.other.country) for tie in outcome.ties} <= {(outcome.one.id, outcome.other.id)}


def _is_bounded(treaty: Treaty, party: Membership) -> bool:
    """Whether it could have come earlier or stayed longer without being a party twice on a day."""
    is_alone = [other.country for other in treaty.parties].count(party.country) == 1
    return is_alone and bool(party.until or party.reach.first > treaty.reach.first)


@given(books(), pacts("another"), st.data())
def test_another_treaty_never_weakens_a_label(drawn: Drawn, treaty: Treaty, data: st.DataObject) -> None:
    """Whatever treaty of whatever kind is added, suspended or not, no two are less to each other on any day."""
    more = Drawn(drawn.countries, (*drawn.treaties, treaty))
    _assert_no_weaker(drawn, more, data.draw(st.lists(more.days, min_size=2, max_size=2)))


@given(books(), st.data())
def test_another_party_never_weakens_a_label(drawn: Drawn, data: st.DataObject) -> None:
    """Whoever joins a treaty or comes back to it, whoever its hub is and whatever is suspended, no two are less to each other."""
    treaty = data.draw(st.sampled_from(drawn.treaties))
    bound = {party.country: party.reach.over for party in sorted(treaty.parties, key=lambda party: party.reach)}
    newcomer = data.draw(st.sampled_from([code for code in drawn.ids if bound.get(code, FIRST) < LAST]))
    role = data.draw(st.sampled_from(Role)) if treaty.kind is TreatyKind.ONE_WAY_GUARANTEE else None
    later = st.dates(bound.get(newcomer, FIRST), LAST)
    since = data.draw(later if newcomer in bound else st.just(treaty.reach.first) | later)
    party = {"country": newcomer, "role": role, "since": PartialDate.of(since)}
    more = _joined(drawn, treaty, [*(party.model_dump() for party in treaty.parties), party])
    _assert_no_weaker(drawn, more, [since, *data.draw(st.lists(more.days, min_size=2, max_size=2))])


@given(books(), st.data())
def test_a_longer_membership_never_weakens_a_label(drawn: Drawn, data: st.DataObject) -> None:
    """A party that stays longer, or comes earlier though not before the treaty took effect, is nobody's weaker ally on any day.

    Only whoever is said to have been a party before there was a treaty is no founder, and has not signed what is not yet in force.
    """
    bounded = [(treaty, party) for treaty in drawn.treaties for party in treaty.parties if _is_bounded(treaty, party)]
    assume(bounded)
    treaty, chosen = data.draw(st.sampled_from(bounded))
    since, until = chosen.since, chosen.until
    if chosen.reach.first > treaty.reach.first:
        since = PartialDate.of(data.draw(st.dates(treaty.reach.first, chosen.reach.first)))
    if until:
        until = data.draw(st.none() | st.dates(chosen.reach.over, date.max).map(PartialDate.of))
    longer = {**chosen.model_dump(), "since": since, "until": until}
    more = _joined(drawn, treaty, [longer if party is chosen else party.model_dump() for party in treaty.parties])
    new_days = [since.first if since else FIRST, min(chosen.reach.over, LAST)]
    _assert_no_weaker(drawn, more, [*new_days, *data.draw(st.lists(more.days, min_size=2, max_size=2))])


@given(books(), st.data())
def test_turns_agree_with_every_day_between_them(drawn: Drawn, data: st.DataObject) -> None:
    """On any day the last turn before it says what the two are; each turn differs from the one before it, and all lie in the span."""
    one, other = data.draw(st.sampled_from(list(combinations(drawn.ids, 2))))
    first, last = sorted((data.draw(drawn.days), data.draw(drawn.days)))
    turns = list_turns(drawn.book, one, other, first, last)
    assert turns[0].since == first
    assert turns[-1].since <= last
    for earlier, later in pairwise(turns):
        assert earlier.since < later.since
        assert _answer(earlier.outcome) != _answer(later.outcome)
    marks = [day for day in drawn.marks if first <= day <= last]
    for day in [first, last, *marks, *data.draw(st.lists(st.dates(first, last), max_size=5))]:
        turn = next(turn for turn in reversed(turns) if turn.since <= day)
        assert _answer(turn.outcome) == _answer(drawn.book.relate(one, other, day)), day


def _answer(outcome: Relation | Absence) -> tuple[object, ...]:
    """Return what a turn is about: the states, the label and what decides it, or who was no state."""
    if isinstance(outcome, Absence):
        return (outcome.country.id,)
    return outcome.one.id, outcome.other.id, outcome.label, outcome.is_former, [tie.treaty.id for tie in outcome.deciding]


@given(dated_books)
def test_circles_are_the_standing_pledges_of_every_pair(dated: tuple[Drawn, date]) -> None:
    """A country's circles hold exactly the ties by which somebody owes help between it and each state of the day, and no circle is empty."""
    drawn, day = dated
    states = [there.id for there in drawn.countries if there.exists(day)]
    for code in drawn.ids:
        circles = drawn.book.list_circles(code, day)
        if isinstance(circles, Absence):
            assert drawn.book.find_state(code, day) is None
            continue
        outcomes = [drawn.book.relate(code, other, day) for other in states]
        ties = [(tie.other.country, tie) for outcome in outcomes if isinstance(outcome, Relation) for tie in outcome.ties]
        wanted = [(code, repr(tie)) for code, tie in ties if tie.treaty.kind in PLEDGES and tie.force in STANDING]
        found = [(there.id, repr(tie)) for circle in circles for there, tie in circle.allies]
        assert sorted(found) == sorted(wanted)
        assert all(circle.allies and {tie.treaty.id for _, tie in circle.allies} == {circle.treaty.id} for circle in circles)
        assert all(circle.label == min((tie.label for _, tie in circle.allies), key=list(Label).index) for circle in circles)


@settings(max_examples=60)
@given(dated_books)
def test_who_was_an_ally_is_a_former_one_afterwards(dated: tuple[Drawn, date]) -> None:
    """Two who were allies on an earlier day, under whatever codes, are allies or former ones on any later day on which both are states.

    So it is as long as no membership outlasts its code, which a test of the content sees to.
    """
    drawn, day = dated
    marks = [mark for mark in drawn.marks if mark < day]
    for one, other in combinations(drawn.ids, 2):
        now = drawn.book.relate(one, other, day)
        before = [drawn.book.relate(one, other, mark) for mark in marks]
        if isinstance(now, Relation) and any(isinstance(then, Relation) and then.label in ALLIED for then in before):
            assert now.label in ALLIED or now.is_former


@given(dated_books, st.data())
def test_what_is_sure_holds_whatever_the_dates_mean(dated: tuple[Drawn, date], data: st.DataObject) -> None:
    """Let each date known to the month or year be any of its days: what was sure is as before, and nothing is so that was not told."""
    drawn, day = dated
    sharp = Drawn(drawn.countries, tuple(_sharpen(treaty, data) for treaty in drawn.treaties))
    for one, other in combinations(drawn.ids, 2):
        vague, exact = drawn.book.relate(one, other, day), sharp.book.relate(one, other, day)
        if isinstance(vague, Absence) or isinstance(exact, Absence):
            assert isinstance(vague, Absence)
            assert isinstance(exact, Absence)
            continue
        told = {tie.treaty.id: tie.force for tie in vague.ties}
        found = {tie.treaty.id: tie.force for tie in exact.ties}
        sure = {tie.treaty.id: tie.force for tie in vague.ties if tie.is_sure and tie.force is not Force.SIGNED}
        assert sure.items() <= found.items()
        assert {name for name, force in found.items() if force is not Force.SIGNED} <= told.keys()


def _sharpen(treaty: Treaty, data: st.DataObject) -> Treaty:
    """Return the treaty with every date known to the day: one it may have meant, the same for the same date."""
    meant: dict[PartialDate, PartialDate] = {}

    def sharp(when: PartialDate | None) -> PartialDate | None:
        if when is not None and when not in meant:
            meant[when] = PartialDate.of(data.draw(st.dates(when.first, when.last)))
        return None if when is None else meant[when]

    def bounds(period: Period) -> dict[str, Any]:
        return {**period.model_dump(), "since": sharp(period.since), "until": sharp(period.until)}

    own = {key: sharp(getattr(treaty, key)) for key in ("signed", "in_force", "ended", "dormant_from")}
    nested = {"parties": [bounds(party) for party in treaty.parties], "suspensions": [bounds(pause) for pause in treaty.suspensions]}
    return Treaty.model_validate({**treaty.model_dump(), **own, **nested})
