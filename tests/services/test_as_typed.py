"""What people really type after `/allies`: flags, two names with a hyphen, names of people and things."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.domain.entries import Topic
from bot.domain.screens import AnswerScreen, TimelineScreen, TreatyScreen
from bot.services.answering import Found, find_answer
from bot.services.browsing import find_search
from bot.services.relating import Question, find_question

if TYPE_CHECKING:
    from bot.knowledge.snapshot import Snapshot

PAIRS = [
    ("🇷🇺🇺🇸", Question("RU", "US")),
    ("🇯🇵 and 🇺🇸 1955", Question("JP", "US", "1955")),
    ("🇯🇵", Question("🇯🇵")),
    ("US-Russia", Question("US", "Russia")),
    ("france-germany 1955", Question("france", "germany", "1955")),
    ("Austria-Hungary", Question("Austria-Hungary")),
    ("Guinea-Bissau", Question("Guinea-Bissau")),
    ("new-start", None),
    ("🐻🦅", None),
]


@pytest.mark.parametrize(("text", "question"), PAIRS)
def test_flags_and_hyphens_name_countries(snapshot: Snapshot, text: str, question: Question | None) -> None:
    """A flag is the country it stands for, a hyphen between two countries keeps them apart, and one within a name does not."""
    assert find_question(snapshot, (text,)) == question


def test_a_flag_is_a_name(snapshot: Snapshot) -> None:
    """A flag alone finds its country; one that no country has finds none."""
    assert [country.id for country in snapshot.countries.find("🇯🇵")] == ["JP"]
    assert snapshot.countries.find("🇽🇽") == ()


@pytest.mark.parametrize(
    ("text", "wrong"), [("stalin", "space-cooperation"), ("peace", "space-cooperation"), ("gas", "normalization-versus-alliance")]
)
def test_a_word_that_is_spelt_right_is_not_corrected(snapshot: Snapshot, text: str, wrong: str) -> None:
    """A word that stands in an answer leads there, and not to a title with a word that looks like it."""
    assert snapshot.knowledge.find(Topic, wrong) is not None
    found = find_answer(snapshot, text)
    assert not isinstance(found, Found) or found.screen != AnswerScreen(wrong)


@pytest.mark.parametrize(
    ("text", "treaty"),
    [("nato", "nato"), ("CSTO", "csto"), ("Seato", "seato"), ("north atlantic treaty", "nato"), ("TIAR", "rio")],
)
def test_a_treaty_goes_by_each_of_its_names(snapshot: Snapshot, text: str, treaty: str) -> None:
    """The whole name, the short one and each part of it lead to the treaty itself, and not to an answer that only speaks of it."""
    assert find_answer(snapshot, text) == Found(TreatyScreen(treaty))


def test_what_several_treaties_are_called_is_none_of_them(snapshot: Snapshot) -> None:
    """A name that three treaties have in common names none; the names of parties are none of their treaty's."""
    for text in ("compact", "UK-Germany"):
        found = find_answer(snapshot, text)
        assert not isinstance(found, Found) or not isinstance(found.screen, TreatyScreen)


def test_the_timeline_is_offered_where_it_has_the_words(snapshot: Snapshot) -> None:
    """A text that no answer goes by is searched in the timeline; one that is nowhere, no word, or too long for a button is not offered."""
    assert find_search(snapshot, "  open   skies ") == TimelineScreen(search="open skies")
    for text in ("zzzz qqqq", "", "🐻", "open " * 40):
        assert find_search(snapshot, text) is None
