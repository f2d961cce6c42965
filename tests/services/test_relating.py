"""From the countries and the date somebody typed to the screen that answers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.alliances import Absence, Label, Relation
from bot.domain.dates import PartialDate
from bot.domain.screens import AnswerScreen, CirclesScreen, RelationScreen, Screen
from bot.errors import BadDateError, EntryGoneError, SameCountryError, UnknownCountryError, YearOutOfRangeError
from bot.services.answering import MAX_CHOICES
from bot.services.relating import (
    Question,
    Which,
    day_of,
    find_circles,
    find_relation,
    list_changes,
    list_countries,
    relate,
)
from tests.domain.strategies import partial_dates

if TYPE_CHECKING:
    from bot.knowledge.snapshot import Snapshot

TODAY = date(2026, 11, 22)

FOUND: list[tuple[Question, Screen]] = [
    (Question(), RelationScreen("US", "RU")),
    (Question(when="1943"), RelationScreen("US", "RU", "1943")),
    (Question("Japan"), RelationScreen("JP", "US")),
    (Question(None, "Japan"), RelationScreen("JP", "US")),
    (Question("", "Japan"), RelationScreen("JP", "US")),
    (Question("Japan", ""), RelationScreen("JP", "US")),
    (Question("Japan", when=" 1 july 1955 "), RelationScreen("JP", "US", "1955-07-01")),
    (Question("Japan", when="  "), RelationScreen("JP", "US")),
    (Question("   "), RelationScreen("US", "RU")),
    (Question(" ", "Japan", "1955"), RelationScreen("JP", "US", "1955")),
    (Question("Japan", "\t"), RelationScreen("JP", "US")),
    (Question("Austria", "France"), RelationScreen("AT", "FR")),
    (Question("france", "AUT", "2006-07"), RelationScreen("FR", "AT", "2006-07")),
    (Question("US", "Japan"), RelationScreen("US", "JP")),
    (Question("Soviet Union", "Russia"), RelationScreen("SU", "RU")),
    (Question("United States"), CirclesScreen("US")),
    (Question(None, "the US", "1990"), CirclesScreen("US", "1990")),
    (Question("Russia"), AnswerScreen("verdict")),
    (Question("USA", "Russia"), AnswerScreen("verdict")),
    (Question("USSR"), AnswerScreen("verdict")),
    (Question("Soviet Union", "USA"), AnswerScreen("verdict")),
    (Question("Soviet Union", "USA", "2026"), RelationScreen("SU", "US", "2026")),
    (Question("Russia", "USA", "2026"), RelationScreen("RU", "US", "2026")),
]
"""What was typed, and the screen that answers."""

UNCLEAR: list[tuple[Question, str, bool, list[str]]] = [
    (Question("Korea"), "Korea", True, ["relation:KP:US", "relation:KR:US"]),
    (Question("Korea", when="1990"), "Korea", True, ["relation:KP:US:1990", "relation:KR:US:1990"]),
    (Question("Japan", "Korea"), "Korea", True, ["relation:JP:KP", "relation:JP:KR"]),
    (Question("Korea", "Japan"), "Korea", True, ["relation:KP:JP", "relation:KR:JP"]),
    (Question("Korea", "Korea"), "Korea", True, ["relation:KP:KR", "relation:KR:KP"]),
    (Question("South Korea", "Korea"), "Korea", True, ["relation:KR:KP"]),
    (Question("Congo", "Korea"), "Congo", True, ["relation:CD:KP", "relation:CD:KR", "relation:CG:KP", "relation:CG:KR"]),
    (Question("Jpan"), "Jpan", False, ["relation:JP:US"]),
    (Question("France", "Jpan"), "Jpan", False, ["relation:FR:JP"]),
    (Question("Jpan", "France"), "Jpan", False, ["relation:JP:FR"]),
    (Question("Korea", "Jpan"), "Jpan", False, ["relation:KP:JP", "relation:KR:JP"]),
    (Question("Jpan", "Korea"), "Jpan", False, ["relation:JP:KP", "relation:JP:KR"]),
    (Question("Jpan", "Frnace"), "Jpan", False, ["relation:JP:FR"]),
    (Question("Untied States"), "Untied States", False, ["allies:US"]),
    (Question("Untied States", "Russia"), "Untied States", False, ["topic:verdict"]),
    (Question("republic of irelnd", "kingdom of norway"), "republic of irelnd", False, ["relation:IE:NO"]),
]
"""What was typed, the text that is unclear, whether it names countries, and the addresses that are offered."""

REFUSED: list[tuple[Question, type[Exception], str]] = [
    (Question("zzzzqq"), UnknownCountryError, "text='zzzzqq'"),
    (Question("France", "zzzzqq"), UnknownCountryError, "text='zzzzqq'"),
    (Question("zzzzqq", "France"), UnknownCountryError, "text='zzzzqq'"),
    (Question("Western Sahara"), UnknownCountryError, "text='Western Sahara'"),
    (Question("Japan", "Gaza"), UnknownCountryError, "text='Gaza'"),
    (Question("Japan", "Jpan"), SameCountryError, "names='Japan'"),
    (Question("Jpan", "Japan"), SameCountryError, "names='Japan'"),
    (Question("Japan", "JPN"), SameCountryError, "names='Japan'"),
    (Question("US", "America"), SameCountryError, "names='United States'"),
    (Question("Japan", when="soon"), BadDateError, "text='soon'"),
    (Question("zzzzqq", when="soon"), BadDateError, "text='soon'"),
    (Question("Japan", when="1814"), YearOutOfRangeError, "text='1814', first=1815"),
]
"""What was typed, how it is refused, and what the refusal names."""

DAYS: list[tuple[PartialDate | None, date]] = [
    (None, TODAY),
    (PartialDate(1943), date(1943, 7, 1)),
    (PartialDate(1943, 2), date(1943, 2, 15)),
    (PartialDate(1943, 2, 28), date(1943, 2, 28)),
    (PartialDate(2025), date(2025, 7, 1)),
    (PartialDate(2026), TODAY),
    (PartialDate(2026, 10), date(2026, 10, 15)),
    (PartialDate(2026, 11), TODAY),
    (PartialDate(2026, 11, 22), TODAY),
    (PartialDate(2026, 11, 21), date(2026, 11, 21)),
]


@pytest.mark.parametrize(("question", "screen"), FOUND)
def test_a_clear_question_leads_to_its_screen(snapshot: Snapshot, question: Question, screen: Screen) -> None:
    """Two countries, one with the United States, the United States alone, none, and the topic where one answers for today."""
    assert find_relation(snapshot, question, TODAY) == screen


def test_without_a_pair_the_first_topic_is_about_russia_and_the_united_states(small: Snapshot) -> None:
    """A date alone asks about Russia and the United States also where the content names no pair."""
    assert find_relation(small, Question(when="1943"), TODAY) == RelationScreen("RU", "US", "1943")


@pytest.mark.parametrize(("question", "text", "is_known", "addresses"), UNCLEAR)
def test_an_unclear_question_offers_what_may_be_meant(
    snapshot: Snapshot, question: Question, text: str, addresses: list[str], *, is_known: bool
) -> None:
    """Ambiguous and misspelt names are asked back, by the name that is unclear, with a screen for each pair that may be meant."""
    found = find_relation(snapshot, question, TODAY)
    assert isinstance(found, Which)
    assert (found.text, found.is_known) == (text, is_known)
    assert sorted(screen.address() for _, screen in found.screens) == addresses


def test_what_is_offered_is_named(snapshot: Snapshot) -> None:
    """A pair is named by both countries, a country that was asked about alone by itself."""
    pair, alone = (find_relation(snapshot, question, TODAY) for question in (Question("Jpan", "France"), Question("Jpan")))
    assert isinstance(pair, Which)
    assert isinstance(alone, Which)
    assert [label for label, _ in (*pair.screens, *alone.screens)] == ["Japan – France", "Japan"]


@pytest.mark.parametrize(("question", "error", "fields"), REFUSED)
def test_a_question_without_an_answer_is_refused(snapshot: Snapshot, question: Question, error: type[Exception], fields: str) -> None:
    """Unknown names, one state twice, and bad dates are refused by name."""
    with pytest.raises(error) as caught:
        find_relation(snapshot, question, TODAY)
    assert fields in str(caught.value)


@pytest.mark.parametrize(
    ("question", "is_asked"),
    [
        (Question(), False),
        (Question("", "", ""), False),
        (Question(" ", "\t", "  "), False),
        (Question("x"), True),
        (Question(other="x"), True),
        (Question(when="x"), True),
    ],
)
def test_a_question_is_one_when_anything_was_typed(question: Question, *, is_asked: bool) -> None:
    """Any of its three parts makes a question."""
    assert bool(question) is is_asked


@pytest.mark.parametrize(("asked", "day"), DAYS)
def test_the_day_an_answer_is_told_for(asked: PartialDate | None, day: date) -> None:
    """Today where it lies in what was asked for, else the day itself, the 15th of a month, or 1 July of a year."""
    assert day_of(asked, TODAY) == day


@given(asked=partial_dates(date(1815, 1, 1), TODAY), today=st.dates(date(1900, 1, 1), date(2026, 12, 31)))
def test_the_day_lies_in_what_was_asked_for(asked: PartialDate, today: date) -> None:
    """An answer is never told for a day outside the year or month that was asked for, nor for one to come."""
    assume(asked.first <= today)
    day = day_of(asked, today)
    assert asked.first <= day <= min(asked.last, today)


def test_a_relation_is_told_for_its_day(snapshot: Snapshot) -> None:
    """The day of the screen decides: signed, then in force."""
    labels = {on: relate(snapshot.knowledge, RelationScreen("KR", "US", on), TODAY) for on in ("1954-11-16", "1954-11-17", "")}
    assert [found.label for found in labels.values() if isinstance(found, Relation)] == [
        Label.SIGNED,
        Label.TREATY_ALLIES,
        Label.TREATY_ALLIES,
    ]
    assert [found.day for found in labels.values()] == [date(1954, 11, 16), date(1954, 11, 17), TODAY]


def test_a_state_that_did_not_exist_is_no_relation(snapshot: Snapshot) -> None:
    """Ukraine in 1970 is answered as absent, with the Soviet Union in its place."""
    found = relate(snapshot.knowledge, RelationScreen("UA", "US", "1970"), TODAY)
    assert isinstance(found, Absence)
    assert (found.country.id, [there.id for there in found.instead]) == ("UA", ["SU"])


@pytest.mark.parametrize("on", ["", "1943", "2000"])
def test_two_names_of_one_state_are_refused(snapshot: Snapshot, on: str) -> None:
    """Russia and the Soviet Union are one state on every day."""
    with pytest.raises(SameCountryError):
        relate(snapshot.knowledge, RelationScreen("RU", "SU", on), TODAY)


@pytest.mark.parametrize("screen", [RelationScreen("ZZ", "US"), RelationScreen("US", "ZZ")])
def test_a_country_that_is_gone_from_the_content_is_named(snapshot: Snapshot, screen: RelationScreen) -> None:
    """An old button about a country that the content no longer has leads to a refusal."""
    with pytest.raises(EntryGoneError) as caught:
        relate(snapshot.knowledge, screen, TODAY)
    assert caught.value.fields == {"name": "ZZ"}


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("1954", [(date(1954, 1, 1), Label.SIGNED), (date(1954, 11, 17), Label.TREATY_ALLIES)]),
        ("1954-11", [(date(1954, 11, 1), Label.SIGNED), (date(1954, 11, 17), Label.TREATY_ALLIES)]),
        ("1954-10", []),
        ("1954-11-17", []),
        ("1960", []),
        ("2026", []),
        ("", []),
    ],
)
def test_changes_are_told_within_what_was_asked_for(snapshot: Snapshot, on: str, expected: list[tuple[date, Label]]) -> None:
    """A year or month in which something changed has its turns, the one it began with first; all others have none."""
    turns = list_changes(snapshot.knowledge, RelationScreen("KR", "US", on), TODAY)
    assert [(turn.since, turn.label) for turn in turns] == expected


def test_changes_to_come_are_not_told(snapshot: Snapshot) -> None:
    """What changes later in the year than today is not told yet."""
    screen, day = RelationScreen("KR", "US", "1954"), date(1954, 11, 17)
    assert list_changes(snapshot.knowledge, screen, day - timedelta(days=1)) == ()
    assert len(list_changes(snapshot.knowledge, screen, day)) == 2


def test_all_allies_of_one_country(snapshot: Snapshot) -> None:
    """One name and a date lead to the screen of all its allies."""
    assert find_circles(snapshot, "the US", None, TODAY) == CirclesScreen("US")
    assert find_circles(snapshot, "japan", "July 1955", TODAY) == CirclesScreen("JP", "1955-07")


@pytest.mark.parametrize(
    ("text", "is_known", "addresses"), [("Korea", True, ["allies:KP:1990", "allies:KR:1990"]), ("Jpan", False, ["allies:JP:1990"])]
)
def test_all_allies_of_an_unclear_name_are_asked_back(snapshot: Snapshot, text: str, addresses: list[str], *, is_known: bool) -> None:
    """An ambiguous or misspelt name is asked back with the date that was given."""
    found = find_circles(snapshot, text, "1990", TODAY)
    assert isinstance(found, Which)
    assert (found.text, found.is_known) == (text, is_known)
    assert sorted(screen.address() for _, screen in found.screens) == addresses


@pytest.mark.parametrize(
    ("text", "when", "error"),
    [("zzzzqq", None, UnknownCountryError), ("Japan", "soon", BadDateError), ("Japan", "2027", YearOutOfRangeError)],
)
def test_all_allies_of_nobody_are_refused(snapshot: Snapshot, text: str, when: str | None, error: type[Exception]) -> None:
    """An unknown name or a bad date is refused."""
    with pytest.raises(error):
        find_circles(snapshot, text, when, TODAY)


def test_suggestions_for_a_country_fit_a_menu(snapshot: Snapshot) -> None:
    """What is suggested while a country is typed fits what Discord shows."""
    assert len(list_countries(snapshot, "")) == MAX_CHOICES
    assert [there.id for there in list_countries(snapshot, "jap")] == ["JP"]
