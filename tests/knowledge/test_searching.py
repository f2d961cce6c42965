"""Search: what is there is found by the beginning of any of its words, and mostly in spite of a typo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.entries import Topic
from bot.knowledge.searching import Document, SearchIndex, normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.knowledge.snapshot import Snapshot

_words = st.text("abcé", min_size=1, max_size=5)
_names = st.lists(_words, min_size=1, max_size=3).map(" ".join)
_documents = st.lists(st.builds(Document, st.tuples(_names), _names), min_size=1, max_size=12)

SMALL = SearchIndex(
    [
        Document(("New START", "nuclear treaty"), "Expired in February."),
        Document(("Lend-Lease",), "Supplies crossed the Arctic to Murmansk."),
        Document(("Détente", "thaw"), "A treaty or two, and a visit."),
        Document(("Treaty",), "A text."),
    ]
)


def _named(snapshot: Snapshot) -> Iterator[tuple[SearchIndex, int, str]]:
    """Yield (index, document number, word) for every word of every name of the real content."""
    for number, answer in enumerate(snapshot.answers):
        names = (answer.title, answer.menu) if isinstance(answer, Topic) else (answer.term,)
        for word in set(normalize(" ".join((*names, answer.id, *answer.aliases))).split()):
            yield snapshot.answer_index, number, word
    for number, event in enumerate(snapshot.knowledge.events):
        for word in set(normalize(event.title).split()):
            yield snapshot.events, number, word


def _typos(word: str) -> Iterator[str]:
    """Yield `word` with one letter left out, doubled, swapped with the next, or replaced, at every second place."""
    for place in range(1, len(word), 2):
        yield word[:place] + word[place + 1 :]
        yield word[:place] + word[place] + word[place:]
        yield word[:place] + ("q" if word[place] != "q" else "x") + word[place + 1 :]
        if word[place : place + 2] != word[place : place + 2][::-1]:
            yield word[:place] + word[place : place + 2][::-1] + word[place + 2 :]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("New START", "new start"),
        ("  Lend-Lease (1941)  ", "lend lease 1941"),
        ("Détente", "detente"),
        ("Gorbačëv", "gorbacev"),
        ("Straße", "strasse"),
        ("Горбачёв", "горбачев"),
        ("U.S.", "u s"),
        ("a_b", "a b"),
        ("—…", ""),
    ],
)
def test_words_are_compared_without_case_and_accents(text: str, expected: str) -> None:
    """Case, accents and punctuation make no difference."""
    assert normalize(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("treaty", (0, 3, 2)),
        ("TREATY", (0, 3, 2)),
        ("trea", (0, 3, 2)),
        ("the treaty", (0, 3, 2)),
        ("treaty visit", (2,)),
        ("nuclear treaty", (0,)),
        ("murmansk", (1,)),
        ("murmnask", (1,)),
        ("detent", (2,)),
        ("nuklear", (0,)),
        ("zzzzzz", ()),
        ("treaty zzzzzz", ()),
        ("", (0, 1, 2, 3)),
        ("?!", (0, 1, 2, 3)),
    ],
)
def test_matches_have_every_word_names_first(text: str, expected: tuple[int, ...]) -> None:
    """All words must stand or begin a word; names come before texts; only a word that stands nowhere is corrected."""
    assert SMALL.list_matches(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("treaty", ((0, 4), (3, 4), (2, 1))),
        ("nuclear treaty zzzzzz", ((0, 8), (3, 4), (2, 1))),
        ("why did lend lease help", ((1, 8),)),
        ("zzzzzz", ()),
    ],
)
def test_the_closest_are_ranked_by_their_words(text: str, expected: tuple[tuple[int, int], ...]) -> None:
    """A word in a title counts four, in an alias three, in a text one; equals keep their order."""
    assert SMALL.list_closest(text, 5) == expected
    assert SMALL.list_closest(text, 1) == expected[:1]


def test_a_word_that_stands_in_a_text_is_not_misspelt() -> None:
    """Who types armx, which stands in a text, means no army, be it in a title; who types armq, which stands nowhere, means either."""
    index = SearchIndex([Document(("An army",), ""), Document(("War",), "Of the armx.")])
    assert index.list_closest("armx", 3) == ((1, 1),)
    assert [number for number, _ in index.list_closest("armq", 3)] == [0, 1]


@pytest.mark.parametrize(
    ("number", "text", "expected"),
    [
        (1, "why did lend lease xyzzy", True),
        (1, "lend", True),
        (1, "lend xyzzy", False),
        (1, "murmansk", False),
        (1, "arctic murmansk", True),
        (0, "lend", False),
    ],
)
def test_what_says_enough_is_meant(number: int, text: str, *, expected: bool) -> None:
    """Two words of the names are enough beside any others; with fewer, nothing may be said that the document lacks."""
    assert SMALL.is_meant(number, text) is expected


@pytest.mark.parametrize(("text", "expected"), [("lend lease", 1), ("THAW", 2), ("lend", None), ("", None), ("treaty", 3)])
def test_an_exact_name_is_known(text: str, expected: int | None) -> None:
    """A whole name, whatever its case and punctuation, names its document; a part of one does not."""
    assert SMALL.find_exact(text) == expected


@given(_documents, st.lists(_words, min_size=1, max_size=3))
def test_matches_are_what_looking_at_every_document_finds(documents: list[Document], words: list[str]) -> None:
    """Where any document has all words, exactly those that do are found, each once."""
    wanted = normalize(" ".join(words)).split()
    content = [word for word in wanted if word != "a"] or wanted
    texts = [normalize(" ".join((*document.phrases, document.text))).split() for document in documents]
    expected = {n for n, text in enumerate(texts) if all(any(word.startswith(w) for word in text) for w in content)}
    found = SearchIndex(documents).list_matches(" ".join(words))
    assert len(set(found)) == len(found)
    assert not expected or set(found) == expected


@given(_documents)
def test_every_document_is_found_by_every_beginning_of_its_words(documents: list[Document]) -> None:
    """Any beginning of any word of a name finds the document."""
    index = SearchIndex(documents)
    for number, document in enumerate(documents):
        for word in normalize(document.phrases[0]).split():
            assert all(number in index.list_matches(word[:length]) for length in range(1, len(word) + 1))


def test_everything_real_is_found_while_it_is_typed(snapshot: Snapshot) -> None:
    """Every topic, term and event is found by every beginning of every word of its names."""
    missed = [
        word[:length]
        for index, number, word in _named(snapshot)
        for length in range(1, len(word) + 1)
        if number not in index.list_matches(word[:length])
    ]
    assert missed == []


def test_most_of_what_is_real_is_found_with_a_typo(snapshot: Snapshot) -> None:
    """With one letter wrong in a word of five letters or more, at least nineteen in twenty still find the document."""
    tried = [number in index.list_matches(typo) for index, number, word in _named(snapshot) if len(word) > 4 for typo in _typos(word)]
    assert len(tried) > 1000
    assert sum(tried) / len(tried) >= 0.95


def test_titles_come_before_aliases_and_aliases_before_texts() -> None:
    """A word in the title of a later document outranks the same word in an alias or a text of an earlier one."""
    index = SearchIndex([Document(("A",), "ukraine"), Document(("B",), "", ("why ukraine",)), Document(("Ukraine: the war",))])
    assert index.list_matches("ukrian") == (2, 1, 0)
    assert [number for number, _ in index.list_closest("ukraine", 3)] == [2, 1, 0]
