"""What several treaties, parties or remarks between two states come to, in which order, and with which dates."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import pytest

from bot.domain.alliances import Absence, Force, Label, Relation
from bot.domain.statements import CountryId
from bot.domain.treaties import Treaty
from tests.domain.books import book, suspension, treaty

AA, BB = CountryId("AA"), CountryId("BB")
DAY = date(1970, 7, 1)


def _relate(*pacts: Treaty, on: date = DAY) -> Relation:
    outcome = book(*pacts).relate(AA, BB, on)
    assert isinstance(outcome, Relation)
    return outcome


def _signing_late(late: str, signed: str) -> Treaty:
    """Return the pact of 1950 between AA and BB where `late` signed it on a day of its own."""
    pact = treaty("AA", "BB")
    when = treaty("AA", "BB", signed=signed).signed
    parties = tuple(party.model_copy(update={"signed": when}) if party.country == late else party for party in pact.parties)
    return pact.model_copy(update={"parties": parties})


def test_ties_stand_in_the_order_of_the_content() -> None:
    """However many treaties there are beside those that two states share."""
    pacts = [treaty(*(("AA", "BB") if number in {1, 8, 33} else ("CC", "DD")), id=f"pact-{number}") for number in range(40)]
    assert [tie.treaty.id for tie in _relate(*pacts).ties] == ["pact-1", "pact-8", "pact-33"]


@pytest.mark.parametrize("late", ["AA", "BB"])
def test_the_last_signature_counts_whoever_gave_it(late: str) -> None:
    """Before it nothing is signed between the two; from it on there is, and that day is one on which the answer may change."""
    pact = _signing_late(late, "1950-03")
    assert [_relate(pact, on=day).label for day in (date(1950, 3, 30), date(1950, 3, 31))] == [Label.NONE, Label.SIGNED]
    boundaries = book(pact).list_boundaries(AA, BB)
    assert str(boundaries[date(1950, 3, 31)]) == "1950-03"
    assert date(1950, 3, 1) not in boundaries


def test_a_treaty_that_ended_on_its_first_day_is_nothing_then() -> None:
    """Signed before, it is signed until that day, and on it neither in force nor awaited."""
    pact = treaty("AA", "BB", ended="1950-06-01")
    assert _relate(pact, on=date(1950, 5, 31)).label is Label.SIGNED
    assert _relate(pact, on=date(1950, 6, 1)).ties == ()


@pytest.mark.parametrize("known", list(permutations(["1950", "1950-01", "1950-01-01"])))
def test_of_dates_that_begin_on_one_day_the_most_exact_is_told(known: tuple[str, ...]) -> None:
    """A day before a month and a month before a year, in whatever order the content has them."""
    dates = set(known)
    while dates:
        pacts = [treaty("AA", "BB", id=f"pact-{n}", signed="1949", in_force=told) for n, told in enumerate(known) if told in dates]
        assert str(book(*pacts).list_boundaries(AA, BB)[date(1950, 1, 1)]) == max(dates, key=len)
        dates.remove(max(dates, key=len))


def test_one_remark_that_is_sure_is_enough() -> None:
    """Of two suspensions one may have been over; the other was not, so that the treaty was suspended surely."""
    spans = ("1960/1970", "1960/")
    for several in (spans, spans[::-1]):
        (tie,) = _relate(treaty("AA", "BB", suspensions=tuple(suspension("AA", "BB", span) for span in several))).ties
        assert (tie.force, tie.is_sure) == (Force.SUSPENDED, True)
    (tie,) = _relate(treaty("AA", "BB", suspensions=(suspension("AA", "BB", spans[0]),))).ties
    assert (tie.force, tie.is_sure) == (Force.SUSPENDED, False)


def test_what_is_signed_comes_before_what_has_lapsed() -> None:
    """A pledge that may come counts for the answer, one that is suspended only explains it."""
    lapsed = treaty("AA", "BB", id="lapsed", suspensions=(suspension("AA", "BB"),))
    awaited = treaty("AA", "BB", id="awaited", signed="1965", in_force=None)
    assert [tie.treaty.id for tie in _relate(lapsed, awaited).strongest_first] == ["awaited", "lapsed"]


def test_the_treaties_of_an_answer_are_those_that_hold_and_then_those_that_held() -> None:
    """Each is named once, the strongest first, and what bound the two before comes after."""
    talks = treaty("AA", "BB", id="talks", kind="consultation")
    over = treaty("AA", "BB 1950-06-01/1955", "BB 1957/1960", id="over")
    assert [pact.id for pact in _relate(over, talks, treaty("AA", "BB")).treaties] == ["pact", "talks", "over"]


def test_a_circle_is_as_firm_as_its_firmest_tie() -> None:
    """Where a treaty is on paper with one ally only, it is in force for the circle."""
    circles = book(treaty("AA", "BB", "CC", suspensions=(suspension("AA", "BB", effect="nominal"),))).list_circles(AA, DAY)
    assert not isinstance(circles, Absence)
    assert [circle.label for circle in circles] == [Label.TREATY_ALLIES]
    assert {tie.label for _, tie in circles[0].allies} == {Label.TREATY_ALLIES, Label.ON_PAPER}
