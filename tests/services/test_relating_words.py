"""Words in a terminal: a topic, or countries and a date."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from bot.services.asking import ENGLISH
from bot.services.relating import Question, find_question

if TYPE_CHECKING:
    from bot.knowledge.snapshot import Snapshot

ASKED: list[tuple[str, Question | None]] = [
    ("", None),
    ("verdict", None),
    ("new start", None),
    ("china", None),
    ("lend-lease", None),
    ("new strat", None),
    ("chna", None),
    ("sanctions", None),
    ("us sanctions", None),
    ("us cold", None),
    ("1943", None),
    ("zzzz qqqq", None),
    ("japan", Question("japan")),
    ("japan 1955", Question("japan", None, "1955")),
    ("united states", Question("united states")),
    ("united states|1990-05", Question("united states", None, "1990-05")),
    ("china 1950", Question("china", None, "1950")),
    ("austria|france", Question("austria", "france")),
    ("Austria|Hungary", Question("Austria", "Hungary")),
    ("Austria-Hungary", Question("Austria-Hungary")),
    ("Austria-Hungary|Germany|1900", Question("Austria-Hungary", "Germany", "1900")),
    ("new zealand united states 1990", Question("new zealand", "united states", "1990")),
    ("New Zealand|US|1 July 1990", Question("New Zealand", "US", "1 July 1990")),
    ("Korea|Congo", Question("Korea", "Congo")),
    ("france|germany|19xx", Question("france", "germany", "19xx")),
    ("france|germany|1700", Question("france", "germany", "1700")),
    ("france|germny", Question("france", "germny")),
    ("frnace|germany|1955", Question("frnace", "germany", "1955")),
    ("Jpan", Question("Jpan")),
    ("Jpan 1955", Question("Jpan", None, "1955")),
]
"""Arguments in a terminal, and the question they ask; None where they are about a topic. A bar keeps words together."""


@pytest.mark.parametrize(("text", "question"), ASKED)
def test_arguments_are_read_as_a_topic_or_as_countries(snapshot: Snapshot, text: str, question: Question | None) -> None:
    """A topic's exact name wins, then exact names of countries, then misspelt ones that are like no topic; the rest is a topic."""
    words = text.split("|") if "|" in text else text.split()
    assert find_question(snapshot, words) == question


SENTENCES: list[tuple[str, Question | None]] = [
    ("Are Austria and France allies?", Question("Austria", "France")),
    ("are japan and the us allies", Question("japan", "us")),
    ("ARE JAPAN AND THE US ALLIES?", Question("japan", "us")),
    ("Is Japan an ally of the U.S.?", Question("Japan", "U.S")),
    ("is russia allied with belarus", Question("russia", "belarus")),
    ("was the Soviet Union friends with China in 1955?", Question("Soviet Union", "China", "1955")),
    ("did france and germany", Question("france", "germany")),
    ("is japan allied", Question("japan")),
    ("japan vs. china", Question("japan", "china")),
    ("Japan versus China", Question("Japan", "China")),
    ("japan & korea, in March 1955", Question("japan", "korea", "March 1955")),
    ("Austria - France", Question("Austria", "France")),
    ("japan/us", Question("japan", "us")),
    ("japan us 1955", Question("japan", "us", "1955")),
    ("japan us 19xx", Question("japan", "us", "19xx")),
    ("trinidad and tobago with antigua and barbuda", Question("trinidad and tobago", "antigua and barbuda")),
    ("Austria-Hungary and Germany", Question("Austria-Hungary", "Germany")),
    ("austria hungary", Question("austria hungary")),
    ("are japn and the us allies", Question("japn", "us")),
    ("soth korea and frnace", Question("soth korea", "frnace")),
    ("republic of irelnd", Question("republic of irelnd")),
    ("are Russia and the US allies?", None),
    ("is russia allied with iran?", None),
    ("china and russia", None),
    ("why did russia and iran sign a pact", None),
    ("did russia and iran sign a pact", None),
    ("us russia sanctions", None),
    ("russia ukraine war", None),
    ("north korea pact", None),
    ("when did the us and russia stop being allies", None),
    ("japan and " * 6 + "france", None),
    ("are the allies", None),
]
"""What is typed as one text, as in the chat, and the question it asks; None where it is about a topic."""

DATED: list[tuple[str, Question]] = [
    ("austria france 25 December 1991", Question("austria", "france", "25 December 1991")),
    ("austria france December 25, 1991", Question("austria", "france", "December 25 1991")),
    ("austria france december 1991", Question("austria", "france", "december 1991")),
    ("austria france 1991-12", Question("austria", "france", "1991-12")),
    ("25 December 1991 austria france", Question("austria", "france", "25 December 1991")),
    ("december 1991 austria france", Question("austria", "france", "december 1991")),
    ("1991 austria", Question("austria", None, "1991")),
    ("in 1943 were the us and the ussr allies?", Question("us", "ussr", "1943")),
    ("japan on 1 July 1955", Question("japan", None, "1 July 1955")),
    ("japan mar 1955", Question("japan", None, "mar 1955")),
    ("JPN MAR 1955", Question("JPN", "MAR", "1955")),
]

CODES: list[tuple[str, Question | None]] = [
    ("are", Question("are")),
    ("AND", Question("AND")),
    ("no 1955", Question("no", None, "1955")),
    ("JP US", Question("JP", "US")),
    ("AND US", Question("AND", "US")),
    ("CAN PER 1955", Question("CAN", "PER", "1955")),
    ("US IN 1955", Question("US", "IN", "1955")),
    ("Japan CAN", Question("Japan", "CAN")),
    ("are japan", Question("japan")),
    ("Are Japan", Question("Japan")),
    ("and us", Question("us")),
    ("us in 1955", Question("us", None, "1955")),
    ("in 1990", None),
    ("can japan", None),
    ("so japan", None),
    ("CAN JAPAN", None),
    ("me and us", None),
]
"""Codes of countries that are words of English, and what they ask."""


@pytest.mark.parametrize(("text", "question"), [*SENTENCES, *DATED, *CODES])
def test_one_text_is_read_as_its_words(snapshot: Snapshot, text: str, question: Question | None) -> None:
    """A sentence about two names asks about them, its date in any form at either end, and a word of English in it is no code."""
    assert find_question(snapshot, [text]) == question


@pytest.mark.parametrize(("text", "question"), [*SENTENCES, *DATED, *CODES])
def test_words_in_a_terminal_ask_the_same_as_one_text(snapshot: Snapshot, text: str, question: Question | None) -> None:
    """It does not matter whether the words are quoted, but for a name that holds two."""
    expected = Question("austria", "hungary") if text == "austria hungary" else question
    assert find_question(snapshot, text.split()) == expected


@pytest.mark.parametrize("words", [["japan us", "1955"], ["japan", "us 1955"], ["  japan ", " us", "1955 "]])
def test_half_quoted_words_are_words(snapshot: Snapshot, words: list[str]) -> None:
    """Blanks within and around arguments part words like any others."""
    assert find_question(snapshot, words) == Question("japan", "us", "1955")


@pytest.mark.parametrize("text", ["", "  ", "?", "the", "and", "1955", "allies"])
def test_what_names_nothing_asks_nothing_about_countries(snapshot: Snapshot, text: str) -> None:
    """Blanks, marks, joining words and dates alone are no question about countries; `and` alone is a code."""
    assert find_question(snapshot, [text]) == (Question("and") if text == "and" else None)


def test_each_word_of_english_is_the_code_of_a_country(snapshot: Snapshot) -> None:
    """Nothing is left out of questions that could not be mistaken for a country."""
    assert [word for word in ENGLISH if not snapshot.countries.find(word)] == []
    assert "us" not in ENGLISH


def test_a_long_text_is_read_at_once(snapshot: Snapshot) -> None:
    """Ten thousand words are no question about countries, and are not compared with every name."""
    assert find_question(snapshot, ["japn"] * 10_000) is None


def test_every_exact_name_of_a_topic_stays_a_topic(snapshot: Snapshot) -> None:
    """No name of a topic or term is taken for countries, however it is split into arguments."""
    for answer in snapshot.answers:
        for name in (answer.id, *answer.aliases):
            assert find_question(snapshot, name.split()) is None, name
            assert find_question(snapshot, [name]) is None, name


def test_any_two_countries_are_understood_in_separate_words(snapshot: Snapshot) -> None:
    """The names of two countries, their words not kept together, ask about those two."""
    countries = snapshot.knowledge.countries
    for one, other in pairwise(countries):
        question = find_question(snapshot, [*one.name.split(), *other.name.split(), "1990"])
        assert question is not None, (one.name, other.name)
        assert one in snapshot.countries.find(question.country or "")
        assert other in snapshot.countries.find(question.other or "")
        assert question.when == "1990"
