"""From what somebody typed to the answer that fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.screens import AnswerScreen, Screen, TermScreen, TreatyScreen
from bot.knowledge.searching import normalize
from bot.services.answering import MAX_CHOICES, Found, Suggestions, find_answer, id_of, label_of, list_choices

if TYPE_CHECKING:
    from bot.domain.entries import Term, Topic
    from bot.knowledge.snapshot import CurrentSnapshot, Snapshot

ASKED = [
    (None, AnswerScreen("verdict"), False),
    ("", AnswerScreen("verdict"), False),
    ("  \n", AnswerScreen("verdict"), False),
    ("verdict", AnswerScreen("verdict"), False),
    ("Are Russia and the US allies?", AnswerScreen("verdict"), False),
    ("SHORT ANSWER!", AnswerScreen("verdict"), False),
    ("the verdict", AnswerScreen("verdict"), False),
    ("world war two", AnswerScreen("wartime"), False),
    ("Lend-Lease", AnswerScreen("wartime"), False),
    ("ally", TermScreen("ally"), False),
    ("Treaty Ally", TermScreen("ally"), False),
    ("lend", AnswerScreen("wartime"), True),
    ("coaliton", AnswerScreen("wartime"), True),
    ("what was the coalition about", AnswerScreen("wartime"), True),
    ("arctic", None, False),
    ("binds arctic", None, False),
    ("xyzzyq", None, False),
    ("!?", None, False),
]

REAL = [
    ("are they allies now", "verdict"),
    ("new start", "new-start"),
    ("did new start expire", "new-start"),
    ("nato article 5", "nato-article-5"),
    ("lend lease", "lend-lease"),
    ("cold war", "cold-war"),
    ("china", "china"),
    ("sanctions", "sanctions"),
    ("cyber", "cyber"),
    ("inspections", "inspections"),
]


def _ids(answers: tuple[Topic | Term, ...]) -> list[str]:
    return [id_of(answer) for answer in answers]


@pytest.mark.parametrize(("text", "screen", "is_guess"), ASKED)
def test_what_somebody_asked_is_answered(small: Snapshot, text: str | None, screen: Screen | None, *, is_guess: bool) -> None:
    """No text gives the verdict, a name its answer, a rough name the one clear best, anything else suggestions."""
    found = find_answer(small, text)
    if screen is None:
        assert isinstance(found, Suggestions)
        assert found.text == text
    else:
        assert found == Found(screen, is_guess)


def test_equally_good_answers_are_suggested_in_menu_order(small: Snapshot) -> None:
    """Where two answers fit equally well, both are offered and neither is taken for the other."""
    found = find_answer(small, "arctic binds")
    assert isinstance(found, Suggestions)
    assert _ids(found.answers) == ["verdict", "wartime"]


def test_nonsense_is_met_with_the_first_three(small: Snapshot) -> None:
    """Where nothing resembles the text, the first answers of the menu are offered."""
    found = find_answer(small, "xyzzyq")
    assert isinstance(found, Suggestions)
    assert _ids(found.answers) == ["verdict", "wartime", "ally"]


@pytest.mark.parametrize(("text", "topic"), REAL)
def test_plain_questions_find_their_topic(snapshot: Snapshot, text: str, topic: str) -> None:
    """What people call the things of the real content leads to them without a guess."""
    assert find_answer(snapshot, text) == Found(AnswerScreen(topic))


def test_every_real_topic_goes_by_its_names(snapshot: Snapshot) -> None:
    """The id that an autocomplete choice sends back, the title, the menu text and every alias lead to their topic."""
    for topic in snapshot.knowledge.topics:
        for name in (id_of(topic), label_of(topic), topic.title, *topic.aliases):
            assert find_answer(snapshot, name) == Found(AnswerScreen(topic.id)), name


def test_a_real_name_that_several_bear_leads_to_the_first(snapshot: Snapshot) -> None:
    """Where a topic and a term of the glossary share a name, it leads to the topic; every other name to its term."""
    topics = {normalize(name) for t in snapshot.knowledge.topics for name in (t.title, label_of(t), id_of(t), *t.aliases)}
    for term in snapshot.knowledge.terms:
        for name in (id_of(term), label_of(term), *term.aliases):
            found = find_answer(snapshot, name)
            assert isinstance(found, Found)
            assert not found.is_guess
            assert isinstance(found.screen, AnswerScreen) is (normalize(name) in topics), name


@given(text=st.text())
def test_any_text_has_an_answer_or_up_to_three_suggestions(knowledge: CurrentSnapshot, text: str) -> None:
    """Whatever is typed, there is an answer, or between one and three suggestions without repeats."""
    found = find_answer(knowledge.current, text)
    if isinstance(found, Suggestions):
        assert 1 <= len(found.answers) <= 3
        assert len(set(_ids(found.answers))) == len(found.answers)
    else:
        is_named = isinstance(found.screen, TreatyScreen) or knowledge.current.answer_index.find_exact(text) is not None
        assert found.is_guess is (bool(text.strip()) and not is_named)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", ["verdict", "wartime"]), (" ", ["verdict", "wartime"]), ("al", ["verdict", "ally"]), ("lnd", ["wartime"]), ("xyzzyq", [])],
)
def test_choices_follow_what_is_typed(small: Snapshot, text: str, expected: list[str]) -> None:
    """Topics in menu order before anything is typed, then whatever the text may become."""
    assert _ids(list_choices(small, text)) == expected


def test_choices_fall_back_to_what_comes_closest(small: Snapshot) -> None:
    """Words that no answer has together still offer the answers that have some of them."""
    assert set(_ids(list_choices(small, "coalition verdict"))) == {"verdict", "wartime"}


def test_choices_fit_what_discord_shows(snapshot: Snapshot) -> None:
    """Never more than 25 choices, whatever is typed, and each with a name that fits."""
    for text in ("", "a", "r", "the", "russia", "united states"):
        choices = list_choices(snapshot, text)
        assert 0 < len(choices) <= MAX_CHOICES == 25
        assert all(0 < len(label_of(answer)) <= 60 for answer in choices)
