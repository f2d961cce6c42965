"""Treaties in words: how two states stood through the years, all allies of one, and a treaty with its parties."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot.domain.alliance_history import Turn, list_turns
from bot.domain.alliances import Circle, Label
from bot.domain.statements import CountryId
from bot.domain.treaties import Role, Treaty
from bot.services.narrating import MAX_NAMED, Narrator, name_with_years
from tests.domain.books import suspension, treaty
from tests.services.telling import GUARANTEE, told, told_book

if TYPE_CHECKING:
    from bot.domain.treaty_wording import AllianceWords


def _turns(*treaties: Treaty, one: str = "AA", other: str = "BB") -> tuple[Turn, ...]:
    return list_turns(told_book(*treaties), CountryId(one), CountryId(other), date(1940, 1, 1), date(1970, 1, 1))


def test_a_turn_is_dated_and_names_the_treaties_that_decide(narrator: Narrator, words: AllianceWords) -> None:
    """The first holds by its year, each other from its day; the treaties that make the label stand behind it, each once."""
    first, signed, begun = _turns(treaty("AA", "BB"))
    label = words.relation.label
    assert narrator.turn(first, is_first=True) == words.turns.first.format(year=1940, label=label[Label.NONE])
    because = words.turns.because.format(label=label[Label.SIGNED], treaties="Pact")
    assert narrator.turn(signed, is_first=False) == words.turns.turn.format(day="10 January 1950", label=because)
    assert narrator.turned(begun) == words.turns.because.format(label=label[Label.TREATY_ALLIES], treaties="Pact")
    twice = _turns(treaty("AA", "BB"), treaty("AA", "BB", id="twin"), treaty("AA", "BB", id="more", short="More"))[-1]
    assert narrator.turned(twice) == words.turns.because.format(label=label[Label.TREATY_ALLIES], treaties="Pact, More")


def test_a_turn_to_no_state_names_who_was_none(narrator: Narrator, words: AllianceWords) -> None:
    """Where one of the two was no state, the turn says which."""
    turn = _turns(treaty("AA", "BB"), one="GG")[-1]
    assert narrator.turned(turn) == words.turns.no_state.format(country="Gone")


def _circle(pact: Treaty, code: str = "AA") -> Circle:
    circles = told_book(pact).list_circles(CountryId(code), date(1970, 7, 1))
    assert isinstance(circles, tuple)
    (circle,) = circles
    return circle


def test_a_circle_names_the_treaty_what_is_owed_and_the_allies(narrator: Narrator, words: AllianceWords) -> None:
    """Name, article and what it makes of them; the obligation; everybody else in it."""
    label = words.relation.label[Label.TREATY_ALLIES]
    assert narrator.circle(_circle(treaty("AA", "BB", "CC", article="Article 5"))) == [
        words.treaty.heading.format(name="A pact between states", details=f"Article 5 · {label}"),
        "Each helps the other.",
        words.circles.allies.format(names="Bland, Cland"),
    ]


def test_a_circle_says_who_pledges(narrator: Narrator, words: AllianceWords) -> None:
    """In a guarantee each of the others bears its role, and names stand as in a sentence."""
    lines = narrator.circle(_circle(treaty("AA guarantor", "BB beneficiary", **GUARANTEE), "BB"))
    assert lines[2] == words.circles.allies.format(names=f"the Aland ({words.treaty.role[Role.GUARANTOR]})")


def test_a_wide_circle_names_some_and_counts_the_rest(narrator: Narrator, words: AllianceWords) -> None:
    """More than fit a line are counted, unless all are asked for."""
    codes = [f"{one}{other}" for one in "JKLMN" for other in "ABCDE"][: MAX_NAMED + 2]
    circle = _circle(treaty("AA", *codes))
    names = [f"State {code}" for code in codes]
    assert narrator.circle(circle)[2] == words.circles.more.format(names=", ".join(names[:MAX_NAMED]), count=2)
    assert narrator.circle(circle, most=MAX_NAMED + 2)[2] == words.circles.allies.format(names=", ".join(names))


def test_parties_of_the_same_dates_stand_together(narrator: Narrator, words: AllianceWords) -> None:
    """A line for each span, with roles and notes; what does not fit is cut behind a whole name."""
    pact = treaty("AA", "BB", "CC 1955/1960")
    since = words.treaty.since.format(date="1 June 1950")
    span = words.treaty.from_until.format(first="1955", last="1960")
    text = f"- Aland, Bland: {since}\n- Cland: {span}"
    assert narrator.parties(pact, len(text)) == text
    assert narrator.parties(pact, len(text) - 1) == "- Aland…"
    role = words.treaty.detailed.format(text="Aland", details=words.treaty.role[Role.GUARANTOR])
    assert narrator.parties(treaty("AA guarantor", "BB beneficiary", **GUARANTEE), 500).startswith(f"- {role}, Bland (")


def test_the_dates_of_a_treaty(narrator: Narrator, words: AllianceWords) -> None:
    """Signed, in force or not known to be, asleep, on paper, ended: as far as each happened."""
    lines = words.treaty
    signed, begun = lines.signed.format(date="10 January 1950"), lines.in_force.format(date="1 June 1950")
    asleep, ended = lines.dormant.format(date="1960"), lines.ended.format(date="May 1970")
    assert narrator.treaty_dates(treaty("AA", "BB")) == f"{signed}, {begun}."
    assert narrator.treaty_dates(treaty("AA", "BB", in_force=None)) == f"{signed}, {lines.not_in_force}."
    assert narrator.treaty_dates(treaty("AA", "BB", practice="dormant", dormant_from="1960")) == f"{signed}, {begun}, {asleep}."
    assert narrator.treaty_dates(treaty("AA", "BB", practice="nominal")) == f"{signed}, {begun}, {lines.nominal}."
    assert narrator.treaty_dates(treaty("AA", "BB", practice="nominal", ended="1970-05")) == f"{signed}, {begun}, {ended}."


@pytest.mark.parametrize(("code", "years"), [("XX", "1900–1990"), ("GG", "–1960"), ("PP", None), ("AA", None)])
def test_a_state_that_is_gone_is_named_with_its_years(narrator: Narrator, words: AllianceWords, code: str, years: str | None) -> None:
    """Years tell a state that is gone from one that is; a beginning that nobody tells is left out."""
    there = narrator.countries[CountryId(code)]
    expected = words.gone.format(name=there.name, years=years) if years else there.name
    assert name_with_years(narrator.phrases, there) == expected


def test_changes_begin_with_how_the_year_began(narrator: Narrator, words: AllianceWords) -> None:
    """The first of the changes is no change: it is told as the beginning; of no turns nothing is told."""
    first, signed, begun = _turns(treaty("AA", "BB"))
    beginning = words.turns.beginning.format(label=words.relation.label[Label.NONE])
    assert narrator.changes((first, signed, begun)) == [
        beginning,
        narrator.turn(signed, is_first=False),
        narrator.turn(begun, is_first=False),
    ]
    assert narrator.changes(()) == []


def test_a_turn_names_the_state_of_its_time(narrator: Narrator) -> None:
    """Where the state had another name than the one asked for, it stands behind the label."""
    turn = _turns(treaty("AA", "XX"), other="XY")[-1]
    assert narrator.turn(turn, is_first=False, asked_for=(CountryId("AA"), CountryId("XY"))).endswith("(the Old Land)")
    assert "Old Land" not in narrator.turn(turn, is_first=False, asked_for=(CountryId("AA"), CountryId("XX")))


def test_what_holds_between_two_names_them_on_the_card_of_the_treaty(narrator: Narrator, words: AllianceWords) -> None:
    """A suspension between one and all others names the one and says all others."""
    (remark,) = treaty("AA", "BB", suspensions=(suspension("AA", "all", "1960/"),)).suspensions
    span = words.treaty.since.format(date="1960")
    assert narrator.remark_of(remark) == words.treaty.remark_of.format(
        one="the Aland", other=words.treaty.others, text="They quarrelled", span=span
    )


def test_an_ally_with_a_reservation_is_marked(narrator: Narrator, words: AllianceWords) -> None:
    """Something told between the two, or a date that leaves open whether it held, marks the ally; what is contested follows."""
    flagged = _circle(treaty("AA", "BB", "CC", suspensions=(suspension("AA", "BB", "", "flag"),), contested="Some deny it."))
    names = f"{words.treaty.detailed.format(text='Bland', details=words.circles.reserved)}, Cland"
    assert narrator.circle(flagged)[2:] == [words.circles.allies.format(names=names), words.treaty.contested.format(text="Some deny it.")]
    unsure = _circle(treaty("AA", "BB", ended="1970"))
    assert words.circles.reserved in narrator.circle(unsure)[2]


def test_a_status_is_told_with_the_state(narrator: Narrator, words: AllianceWords) -> None:
    """Who recognises a state is told wherever two are related, and a signed treaty bears the day of each late signature."""
    pact = treaty("AA", "BB", in_force=None)
    late = pact.parties[1].model_copy(update={"signed": pact.signed})
    relation = told(pact.model_copy(update={"parties": (pact.parties[0], late)}))
    disputed = replace(relation, other=relation.other.model_copy(update={"status": "Few recognise it."}))
    assert words.relation.status.format(country="Bland", status="Few recognise it.") in narrator.explain(
        disputed, (CountryId("AA"), CountryId("BB"))
    )
    assert narrator.tie(relation.ties[0])[2] == "Signed 10 January 1950; Bland: 10 January 1950."
