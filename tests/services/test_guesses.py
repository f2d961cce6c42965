"""What is taken for an answer although nobody named it, what is only suggested, and what is no country."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.domain.screens import AnswerScreen, TermScreen, TreatyScreen
from bot.errors import UnknownCountryError
from bot.services.answering import Found, Suggestions, find_answer, title_of
from bot.services.relating import Question, Which, find_circles, find_relation
from tests.small import NOW

if TYPE_CHECKING:
    from bot.domain.screens import Screen
    from bot.knowledge.snapshot import Snapshot

TODAY = NOW.date()

GUESSED = [
    ("why did lend lease matter so much to moscow", "lend-lease"),
    ("war in ukraine", "ukraine-war-and-talks"),
    ("ukraine peace", "ukraine-war-and-talks"),
    ("stalin", "wartime-alliance"),
    ("hackers", "cyber"),
    ("elections", "cyber"),
    ("sanktions", "sanctions"),
    ("arms controll", "new-start"),
    ("prisonr exchange", "prisoner-exchanges"),
    ("north korea troops", "pacts-north-korea-iran"),
    ("trump putin summit", "anchorage-and-calls"),
    ("apollo soyuz", "space-cooperation"),
]
"""What people type, and the answer that is clearly meant."""

UNKNOWN = [
    *("nixon", "brics", "bitcoin", "reagan", "football world cup", "world bank", "weather tomorrow", "oil price"),
    *("osce", "gas", "pizza", "who is winning", "soviet film festival"),
]
"""What no answer is about, though a word of it stands in one or looks like one that does."""

NO_COUNTRIES = [
    ("NATO", TreatyScreen("nato")),
    ("nato", TreatyScreen("nato")),
    ("EU", TreatyScreen("eu-42-7")),
    ("European Union", TreatyScreen("eu-42-7")),
    ("Warsaw Pact", TreatyScreen("warsaw-pact")),
    ("ally", TermScreen("ally")),
    ("New START", AnswerScreen("new-start")),
]
"""What bears a name here and is no country, and what tells of it."""


@pytest.mark.parametrize(("text", "topic"), GUESSED)
def test_what_is_clearly_meant_is_answered(snapshot: Snapshot, text: str, topic: str) -> None:
    """Two words of its names, or every word that was typed, lead to the answer; typos are forgiven."""
    assert find_answer(snapshot, text) == Found(AnswerScreen(topic), is_guess=True)


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_nobody_answers_is_not_guessed(snapshot: Snapshot, text: str) -> None:
    """A word among others, one that is only mentioned, or one that merely looks alike is no reason to answer something else."""
    assert isinstance(find_answer(snapshot, text), Suggestions)


def test_of_two_that_fit_alike_neither_is_guessed(snapshot: Snapshot) -> None:
    """Where one word is in the names of several answers, all are offered, and none is taken for the answer."""
    found = find_answer(snapshot, "article")
    assert isinstance(found, Suggestions)
    assert {answer.id for answer in found.answers} > {"nato-article-5", "mutual-defence-clause"}


@pytest.mark.parametrize(("text", "screen"), NO_COUNTRIES)
@pytest.mark.parametrize("when", [None, "1955"])
def test_what_is_no_country_is_offered_as_what_it_is(snapshot: Snapshot, text: str, screen: Screen, when: str | None) -> None:
    """In the place of either country, and for a list of allies, it is named as what it is, with the one way to it."""
    questions = (Question(text, when=when), Question("Japan", text, when), Question(text, "Japan", when), Question("Korea", text, when))
    for found in (*(find_relation(snapshot, question, TODAY) for question in questions), find_circles(snapshot, text, when, TODAY)):
        assert isinstance(found, Which)
        assert (found.text, found.is_country) == (text, False)
        assert [there for _, there in found.screens] == [screen]


@pytest.mark.parametrize("text", ["nixon", "lend", "hackers"])
def test_a_guess_is_offered_for_no_country(snapshot: Snapshot, text: str) -> None:
    """Only what exactly bears the name is offered in the place of a country."""
    with pytest.raises(UnknownCountryError):
        find_relation(snapshot, Question(text), TODAY)


def test_a_countrys_name_is_a_country(snapshot: Snapshot) -> None:
    """China is also an answer of its own; asked for as a country it is one."""
    assert find_answer(snapshot, "china") == Found(AnswerScreen("china"))
    assert not isinstance(find_relation(snapshot, Question("China", "Japan"), TODAY), Which)


def test_every_title_leads_back(snapshot: Snapshot) -> None:
    """What is found goes by a title that finds it again; of treaties, whose names are their own."""
    names = [treaty.name for treaty in snapshot.knowledge.treaties]
    for text in [*(treaty.short for treaty in snapshot.knowledge.treaties), "verdict", "ally"]:
        found = find_answer(snapshot, text)
        if isinstance(found, Found) and not found.is_guess:
            title = title_of(snapshot.knowledge, found.screen)
            assert find_answer(snapshot, title) == found or names.count(title) > 1, text
