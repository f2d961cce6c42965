"""Relations in words: every kind of line, from made-up treaties and the real wording."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.alliances import Absence, Force, Label
from bot.domain.dates import PartialDate
from bot.domain.statements import CountryId
from bot.domain.treaties import Binding, Membership, Role, TreatyKind
from bot.services.narrating import Narrator
from bot.services.phrasing import Phrases
from tests.domain.books import suspension, treaty
from tests.services.telling import COUNTRIES, GUARANTEE, KNOWN, TODAY, told, told_book

if TYPE_CHECKING:
    from bot.domain.treaty_wording import AllianceWords
    from bot.knowledge.snapshot import Snapshot


def _absent(one: str, on: str, other: str = "CC") -> Absence:
    outcome = told_book(treaty("AA", "BB")).relate(CountryId(one), CountryId(other), date.fromisoformat(on))
    assert isinstance(outcome, Absence)
    return outcome


def _tell(narrator: Narrator, *parties: str, **changes: Any) -> list[str]:
    """Return the lines about the one treaty between two of the countries in the middle of 1970."""
    one, other = (party.split()[0] for party in parties[:2])
    (tie,) = told(treaty(*parties, **changes), one=one, other=other).ties
    return narrator.tie(tie)


def test_without_a_date_an_answer_is_dated_to_what_is_known(narrator: Narrator, words: AllianceWords) -> None:
    """Today's answer bears the day to which it is known, never a later one."""
    assert narrator.when(None, TODAY, KNOWN) == words.relation.as_of.format(day="4 July 2026")
    assert narrator.when(None, date(2026, 3, 1), KNOWN) == words.relation.as_of.format(day="1 March 2026")
    assert narrator.when(None, TODAY) == words.relation.as_of.format(day="22 November 2026")


def test_a_day_a_month_and_a_year_are_named(narrator: Narrator, words: AllianceWords) -> None:
    """A day stands alone; a month or a year is told for one of its days."""
    day = date(1943, 7, 1)
    assert narrator.when(PartialDate(1943, 7, 1), day, KNOWN) == words.relation.on_day.format(day="1 July 1943")
    assert narrator.when(PartialDate(1943, 7), day) == words.relation.in_span.format(span="July 1943", day="1 July 1943")
    assert narrator.when(PartialDate(1943), day) == words.relation.in_span.format(span="1943", day="1 July 1943")


def test_a_day_later_than_what_is_known_says_so(narrator: Narrator, words: AllianceWords) -> None:
    """A day after the newest statement is told with the day to which it is known; the last known day is not."""
    told = words.relation.on_day.format(day="1 August 2026")
    assert narrator.when(PartialDate(2026, 8, 1), date(2026, 8, 1), KNOWN) == words.relation.as_known.format(when=told, day="4 July 2026")
    assert narrator.when(PartialDate(2026, 7, 4), KNOWN, KNOWN) == words.relation.on_day.format(day="4 July 2026")


@pytest.mark.parametrize(
    ("changes", "label", "was"),
    [
        ({}, Label.TREATY_ALLIES, None),
        ({"practice": "nominal"}, Label.ON_PAPER, None),
        ({"kind": "wartime-coalition"}, Label.WARTIME_COALITION, None),
        ({"in_force": None}, Label.SIGNED, None),
        ({"kind": "consultation"}, Label.PARTNERS, None),
        ({"kind": "non-aggression"}, Label.NONE, None),
        ({"ended": "1960"}, Label.NONE, Label.TREATY_ALLIES),
        ({"kind": "wartime-coalition", "ended": "1960"}, Label.NONE, Label.WARTIME_COALITION),
    ],
)
def test_the_verdict_bears_label_and_day(
    narrator: Narrator, words: AllianceWords, changes: dict[str, Any], label: Label, was: Label | None
) -> None:
    """Label and day, and that they were allies or in one coalition before; then what the label means."""
    relation, asked = told(treaty("AA", "BB", **changes)), PartialDate(1970)
    kinds = {None: words.relation.verdict, Label.TREATY_ALLIES: words.relation.verdict_former}
    line = kinds.get(was, words.relation.verdict_coalition)
    assert narrator.verdict(relation, asked) == line.format(label=words.relation.label[label], when=narrator.when(asked, relation.day))
    assert narrator.explain(relation, (CountryId("AA"), CountryId("BB")))[0] == words.relation.meaning[label]


def test_allies_by_one_treaty_only_are_told_so(narrator: Narrator, words: AllianceWords) -> None:
    """One treaty that makes allies is named as the only one; of two, or of one that makes partners, nothing is said."""
    asked = CountryId("AA"), CountryId("BB")
    only = words.relation.only_one.format(treaty="A pact between states")
    assert only in narrator.explain(told(treaty("AA", "BB")), asked)
    assert only in narrator.explain(told(treaty("AA", "BB", practice="nominal")), asked)
    assert len(narrator.explain(told(treaty("AA", "BB"), treaty("AA", "BB", id="other")), asked)) == 1
    assert len(narrator.explain(told(treaty("AA", "BB", kind="consultation")), asked)) == 1


def test_a_state_under_another_name_is_told(narrator: Narrator, words: AllianceWords) -> None:
    """Where a country was told as another one on that day, both are named as in a sentence."""
    relation = told(treaty("AA", "XX"), other="XY")
    lines = narrator.explain(relation, (CountryId("AA"), CountryId("XY")))
    assert words.relation.told_as.format(asked="New Land", state="the Old Land") in lines


@pytest.mark.parametrize(
    ("changes", "kind", "force"),
    [
        ({"article": "Article 5"}, TreatyKind.MUTUAL_DEFENCE, Force.IN_FORCE),
        ({"practice": "nominal"}, TreatyKind.MUTUAL_DEFENCE, Force.ON_PAPER),
        ({"in_force": None}, TreatyKind.MUTUAL_DEFENCE, Force.SIGNED),
        ({"practice": "dormant", "dormant_from": "1960-01-01"}, TreatyKind.MUTUAL_DEFENCE, Force.DORMANT),
        ({"suspensions": (suspension("AA", "BB"),)}, TreatyKind.MUTUAL_DEFENCE, Force.SUSPENDED),
        ({"kind": "status"}, TreatyKind.STATUS, Force.IN_FORCE),
        ({"binding": "executive"}, Binding.EXECUTIVE, Force.IN_FORCE),
        ({"binding": "political", "kind": "consultation"}, Binding.POLITICAL, Force.IN_FORCE),
    ],
)
def test_a_treaty_is_headed_by_what_it_is(
    narrator: Narrator, words: AllianceWords, changes: dict[str, Any], kind: TreatyKind | Binding, force: Force
) -> None:
    """Name, article, kind (or what binds it, where that is no treaty) and force, unless a word in force would puzzle; then what is owed."""
    lines = _tell(narrator, "AA", "BB", **changes)
    named = words.treaty.binding[kind] if isinstance(kind, Binding) else words.treaty.kind[kind]
    article = [changes["article"]] if "article" in changes else []
    said = [] if kind is Binding.POLITICAL else [words.treaty.force[force]]
    said = [words.treaty.dormant.format(date="1 January 1960")] if force is Force.DORMANT else said
    details = " · ".join([*article, named, *said])
    assert lines[0] == words.treaty.heading.format(name="A pact between states", details=details)
    assert lines[1] == "Each helps the other."


def test_an_article_that_the_name_has_is_not_said_twice(narrator: Narrator) -> None:
    """Article 42(7) of a treaty named by it stands once."""
    assert "Article 9" not in _tell(narrator, "AA", "BB", name="A pact, Article 9", article="Article 9")[0].partition("·")[2]


def test_both_parties_stand_together_where_nothing_sets_them_apart(narrator: Narrator, words: AllianceWords) -> None:
    """The same dates are told once; another date, a role or a note tells each party by itself."""
    since = words.treaty.since.format(date="1 June 1950")
    assert _tell(narrator, "AA", "BB")[2] == words.treaty.both.format(span=since)
    assert _tell(narrator, "AA", "BB 1955/")[2] == f"Aland {since}; Bland since 1955."
    assert _tell(narrator, "AA guarantor", "BB beneficiary", kind="one-way-guarantee")[2].startswith(f"Aland {since} (")


def test_remarks_and_doubts_follow_the_parties(narrator: Narrator, words: AllianceWords) -> None:
    """What holds between the two, with its dates, then what is contested and not confirmed."""
    remark = suspension("BB", "AA", "1960-05/", "flag")
    lines = _tell(narrator, "AA", "BB", suspensions=(remark,), contested="Some deny it.", caveat="From memory.")
    assert lines[3:] == [
        words.treaty.remark.format(text="They quarrelled", span=words.treaty.since.format(date="May 1960")),
        words.treaty.contested.format(text="Some deny it."),
        narrator.phrases.words.common.caveat.format(text="From memory."),
    ]


def test_a_date_that_is_not_known_to_the_day_is_told_only_where_it_matters(narrator: Narrator, words: AllianceWords) -> None:
    """A treaty that ends some day in that year may not have held; one that ends later held; a signed one needs no such word."""
    assert _tell(narrator, "AA", "BB", ended="1970")[-1] == words.treaty.unsure
    assert words.treaty.unsure not in _tell(narrator, "AA", "BB", ended="1971")
    assert words.treaty.unsure not in _tell(narrator, "AA", "BB", in_force=None)


@pytest.mark.parametrize(
    ("fields", "kind", "dates"),
    [
        ({"from": "1994-01-22"}, "since", {"date": "22 January 1994"}),
        ({"until": "1999-04"}, "until", {"date": "April 1999"}),
        ({"from": "1994", "until": "1999-04-02"}, "from_until", {"first": "1994", "last": "2 April 1999"}),
    ],
)
def test_a_party_has_its_dates(narrator: Narrator, words: AllianceWords, fields: dict[str, str], kind: str, dates: dict[str, str]) -> None:
    """Since, until, or both, as precise as they are known."""
    member = Membership.model_validate({"country": "AA", **fields})
    span = getattr(words.treaty, kind).format(**dates)
    assert narrator.period(member) == span
    assert narrator.member(member) == words.treaty.member.format(country="Aland", span=span)


def test_a_party_without_dates_is_only_named(narrator: Narrator) -> None:
    """A party whose dates are not told leaves no gap behind its name."""
    member = Membership.model_validate({"country": "AA"})
    assert narrator.period(member) == ""
    assert narrator.member(member) == "Aland"


def test_a_party_has_its_role_and_note(narrator: Narrator, words: AllianceWords) -> None:
    """Who pledges, who is protected, and what is noted about a party stand behind it."""
    role = words.treaty.role[Role.GUARANTOR]
    both = Membership.model_validate({"country": "AA", "role": "guarantor", "note": "until further notice"})
    noted = Membership.model_validate({"country": "AA", "note": "neutral"})
    assert narrator.member(both) == words.treaty.detailed.format(text="Aland", details=f"{role}, until further notice")
    assert narrator.member(noted) == words.treaty.detailed.format(text="Aland", details="neutral")
    assert words.treaty.role[Role.BENEFICIARY] in _tell(narrator, "AA guarantor", "BB beneficiary", **GUARANTEE)[2]


def test_what_bound_two_states_before_is_named_with_its_years(narrator: Narrator, words: AllianceWords) -> None:
    """Treaties that ended, the latest first, with the years in which both were parties; a note tells why one left."""
    left = treaty("AA", "BB 1952/1958", id="left", short="Left")
    noted = left.model_copy(update={"parties": (left.parties[0], left.parties[1].model_copy(update={"note": "walked out"}))})
    lines = narrator.past(told(treaty("AA", "BB", ended="1955"), noted))
    assert lines == [
        words.relation.past,
        "- " + words.treaty.named.format(short="Left", details="1952 to 1958; Bland: walked out"),
        "- " + words.treaty.named.format(short="Pact", details="1950 to 1955"),
    ]


def test_a_treaty_that_ended_with_a_year_does_not_reach_into_the_next(narrator: Narrator, words: AllianceWords) -> None:
    """A day is the first on which it bound nobody, a year or month the last in which it did."""
    for ended in ("1956-01-01", "1955", "1955-12"):
        (_, line) = narrator.past(told(treaty("AA", "BB", ended=ended)))
        assert line == "- " + words.treaty.named.format(short="Pact", details="1950 to 1955")


def test_two_states_without_a_past_have_no_line_for_it(narrator: Narrator) -> None:
    """Where no defence treaty has ended there is no heading."""
    assert narrator.past(told(treaty("AA", "BB"))) == []


def test_every_answer_says_to_which_day_it_is_known(narrator: Narrator, words: AllianceWords) -> None:
    """The day, and no forecast; on a later day also that what came after is not known."""
    caution = words.relation.caution.format(date="4 July 2026")
    assert narrator.cautions(told(treaty("AA", "BB"))) == [caution]
    assert narrator.cautions(told(treaty("AA", "BB"), on="2026-07-04")) == [caution]
    assert narrator.cautions(told(treaty("AA", "BB"), on="2026-07-05")) == [
        caution,
        words.relation.not_known.format(date="4 July 2026"),
    ]


@pytest.mark.parametrize(
    ("code", "on", "kind", "name"),
    [
        ("PP", "1910-01-01", "not_yet", "Pland"),
        ("PP", "1940-01-01", "between", "Pland"),
        ("GG", "1960-02-03", "no_longer", "Gone"),
        ("XX", "1899-12-31", "not_yet", "Old Land"),
    ],
)
def test_a_country_that_was_no_state_is_told_so(narrator: Narrator, words: AllianceWords, code: str, on: str, kind: str, name: str) -> None:
    """Not yet, between two times, or no longer, with the day that was asked for."""
    asked = PartialDate.parse(on)
    line = getattr(words.absence, kind)
    assert narrator.absence(_absent(code, on), asked) == line.format(country=name, when=narrator.when(asked, asked.first))


def test_what_stood_in_its_place_is_introduced(narrator: Narrator, words: AllianceWords) -> None:
    """Others are introduced, the one that was asked about is named, and where nothing is known that is said."""
    gone = _absent("GG", "1970-01-01")
    aland, bland, cland = COUNTRIES[:3]
    assert narrator.instead(gone, cland) == [words.absence.instead]
    assert narrator.instead(gone, aland) == [words.absence.same.format(country="the Aland"), words.absence.instead]
    after = _absent("PP", "1940-01-01", other="BB")
    assert [there.id for there in after.instead] == ["BB"]
    assert narrator.instead(after, bland) == [words.absence.same.format(country="Bland")]
    assert narrator.instead(_absent("PP", "1910-01-01"), cland) == [words.absence.nothing]


def test_every_relation_of_the_real_content_can_be_told(snapshot: Snapshot) -> None:
    """Every country with the United States, today and in 1943 and 1970: no line is empty or holds a gap."""
    knowledge = snapshot.knowledge
    narrator = Narrator.of(snapshot, Phrases(knowledge.wording), TODAY)
    for there in knowledge.countries:
        for day in (TODAY, date(1943, 7, 1), date(1970, 7, 1)):
            outcome = knowledge.treaty_book.relate(there.id, CountryId("US"), day)
            if isinstance(outcome, Absence):
                lines = [narrator.absence(outcome, None), *narrator.instead(outcome, there)]
            else:
                lines = [narrator.verdict(outcome, None), *narrator.explain(outcome, (there.id, CountryId("US")))]
                lines += [line for tie in outcome.ties for line in narrator.tie(tie)] + narrator.past(outcome)
            assert all(line.strip() == line and line for line in lines), lines
            assert not [line for line in lines if "()" in line or "  " in line or "{" in line], there.name
