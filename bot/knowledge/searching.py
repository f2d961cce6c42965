"""Search that forgives typos: prefixes by bisection, corrections against the vocabulary.

A set of documents is one int with a bit for each, so that thousands of entries are intersected in microseconds.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import chain, islice
from operator import and_, or_
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MIN_SIMILARITY = 70.0
"""Least rapidfuzz ratio (0 to 100) at which a word counts as a misspelling of another."""

_SHORT_NAME, _LONG_NAME = 7, 18
"""Letters of the longest name in which one slip counts, and of the shortest in which three do; two are allowed between."""

_CORRECTIONS = 4
_LONG_WORD = 9
_MAX_REACH = 2
_SIMILAR_NAME = 80.0
_TITLE_POINTS, _NAME_POINTS, _TEXT_POINTS = 4, 3, 1
_NAMED_WORDS = 2
"""Words of a question that a document's names hold and that are enough for it to be meant, whatever else is asked."""

_WORD = re.compile(r"[^\W_]+")
_STOP_WORDS = frozenset(
    [
        "a",
        "about",
        "an",
        "and",
        "are",
        "as",
        "at",
        "between",
        "by",
        "did",
        "do",
        "does",
        "for",
        "from",
        "has",
        "have",
        "how",
        "in",
        "is",
        "it",
        "its",
        "of",
        "on",
        "or",
        "s",
        "the",
        "their",
        "they",
        "to",
        "was",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "will",
        "with",
    ]
)


def normalize(text: str) -> str:
    """Return `text` in lower case without accents, its words separated by single spaces."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(_WORD.findall(text.casefold()))


def most_slips(name: str) -> int:
    """Return how many letters of a word or a name may be wrong, left out, added or swapped."""
    return 1 if len(name) <= _SHORT_NAME else 2 if len(name) < _LONG_NAME else 3


@dataclass(frozen=True, slots=True)
class Document:
    """What is searched: `phrases` are names of the thing, `aliases` other ways to ask for it, `text` what is said about it."""

    phrases: tuple[str, ...]
    text: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Phrases and aliases."""
        return (*self.phrases, *self.aliases)


class _Words:
    """Words in order, each with the set of documents it stands in."""

    def __init__(self, words_of: Iterable[set[str]]) -> None:
        places: defaultdict[str, list[int]] = defaultdict(list)
        for number, words in enumerate(words_of):
            for word in words:
                places[word].append(number)
        self.vocabulary = sorted(places)
        self._sets = [_set_of(places[word]) for word in self.vocabulary]
        # A typo hardly changes the length of a word, so only words of about its length are compared with it.
        # Nor does it change both of the first letters, beyond swapping, dropping or adding one.
        self._near: defaultdict[tuple[int, int, str], list[str]] = defaultdict(list)
        for word in self.vocabulary:
            for length in range(len(word) - _MAX_REACH, len(word) + _MAX_REACH + 1):
                if abs(len(word) - length) <= (1 if length < _LONG_WORD else _MAX_REACH):
                    self._near[length, 0, word[0]].append(word)
                    self._near[length, 1, word[1:2]].append(word)
        # One and two letters match thousands of words; their unions are made once.
        self._short: dict[str, int] = defaultdict(int)
        for word, found in zip(self.vocabulary, self._sets, strict=True):
            for length in (1, 2):
                self._short[word[:length]] |= found

    def starting_with(self, prefix: str) -> int:
        if len(prefix) <= 2:  # noqa: PLR2004 - see _short
            return self._short.get(prefix, 0)
        low = bisect_left(self.vocabulary, prefix)
        high = bisect_left(self.vocabulary, prefix + "\uffff")
        return reduce(or_, self._sets[low:high], 0)

    def exactly(self, words: Iterable[str]) -> int:
        """Return the documents that hold any of `words`."""
        places = ((word, bisect_left(self.vocabulary, word)) for word in words)
        return reduce(or_, (self._sets[at] for word, at in places if self.vocabulary[at : at + 1] == [word]), 0)

    def list_resembling(self, word: str) -> tuple[str, ...]:
        """Return the words most like a misspelt one, best first."""
        places = ((len(word), place, letter) for place in (0, 1) for letter in dict.fromkeys((word[0], word[1:2])))
        near = dict.fromkeys(chain.from_iterable(self._near.get(place, ()) for place in places))
        matches = process.extract(word, near.keys(), scorer=fuzz.ratio, score_cutoff=MIN_SIMILARITY, limit=_CORRECTIONS)
        return tuple(found for found, _, _ in matches)


class SearchIndex:
    """An immutable index over documents; results are document numbers, those that come first in the list first."""

    def __init__(self, documents: Sequence[Document]) -> None:
        """Index `documents` in the order in which equals should be shown."""
        self._exact: dict[str, int] = {}
        for number, document in enumerate(documents):
            for phrase in document.phrases:
                self._exact.setdefault(normalize(phrase), number)
        # Only then the aliases: what bears a name comes before what is also asked for by it.
        for number, document in enumerate(documents):
            for alias in document.aliases:
                self._exact.setdefault(normalize(alias), number)
        titles, names, everything = (_Words(map(read, documents)) for read in (_title_words, _name_words, _all_words))
        self._all = everything
        self._tiers = ((_TITLE_POINTS, titles), (_NAME_POINTS, names), (_TEXT_POINTS, everything))
        # Several questions about one text, and the next keystroke, correct the same word again.
        self._corrections = lru_cache(maxsize=1024)(self._all.list_resembling)
        self._everything = (1 << len(documents)) - 1

    def find_exact(self, text: str) -> int | None:
        """Return the document with exactly this name, or None."""
        return self._exact.get(normalize(text))

    def find_similar(self, text: str) -> int | None:
        """Return the document whose whole name is nearly `text`, or None; for what autocomplete did not catch.

        One word that stands in any text is not misspelt: peace is no space.
        """
        if self._all.exactly((normalize(text),)):
            return None
        found = process.extractOne(normalize(text), self._exact.keys(), scorer=fuzz.ratio, score_cutoff=_SIMILAR_NAME)
        return None if found is None else self._exact[found[0]]

    def list_matches(self, text: str, limit: int | None = None) -> tuple[int, ...]:
        """Return every document in which all words of `text` stand or begin a word; titles first, then names, then texts.

        Words that stand nowhere are corrected. An empty text matches everything.
        """
        words = _content_words(text)
        if not words:
            return tuple(islice(_numbers(self._everything), limit))
        found = reduce(and_, map(self._all.starting_with, words)) or reduce(and_, map(self._loosely, words))
        return tuple(islice(chain.from_iterable(self._by_tier(found, words)), limit))

    def _by_tier(self, found: int, words: Sequence[str]) -> Iterator[Iterator[int]]:
        for _, tier in self._tiers[:-1]:
            here = found & reduce(and_, (self._in(tier, word) for word in words))
            yield _numbers(here)
            found &= ~here
        yield _numbers(found)

    def list_closest(self, text: str, limit: int) -> tuple[tuple[int, int], ...]:
        """Return at most `limit` pairs (document, points), best first; a word counts most in a title, least in a text.

        A word that stands in any text is not misspelt: Stalin is no station, though only the latter is in a title. Nor is one that
        no slip or two of the hand make another: Nixon is no union.
        """
        points: defaultdict[int, int] = defaultdict(int)
        for word in _content_words(text):
            seen = 0
            for worth, tier in self._tiers:
                here = self._meant(tier, word) & ~seen
                for number in _numbers(here):
                    points[number] += worth
                seen |= here
        return tuple(sorted(points.items(), key=lambda pair: (-pair[1], pair[0]))[:limit])

    def is_meant(self, number: int, text: str) -> bool:
        """Whether `text` says enough to be taken for the document: two words of its names, or no word that it lacks.

        One word alone must stand in a name: what is only mentioned in a text is not what the text is about.
        """
        (_, _), (_, names), (_, everything) = self._tiers
        words = _content_words(text)
        named = sum(self._meant(names, word) >> number & 1 for word in words)
        if named >= _NAMED_WORDS:
            return True
        return (named > 0 or len(words) > 1) and all(self._meant(everything, word) >> number & 1 for word in words)

    def _meant(self, tier: _Words, word: str) -> int:
        """Return the documents of a tier that hold what a word begins or is; where it stands nowhere, what it is a slip of."""
        found = tier.starting_with(word)
        if found or self._all.exactly((word,)):
            return found
        return tier.exactly(like for like in self._corrections(word) if OSA.distance(word, like) <= most_slips(word))

    def _loosely(self, word: str) -> int:
        return self._in(self._all, word)

    def _in(self, tier: _Words, word: str) -> int:
        return tier.starting_with(word) or tier.exactly(self._corrections(word))


def _title_words(document: Document) -> set[str]:
    return set(normalize(" ".join(document.phrases)).split())


def _name_words(document: Document) -> set[str]:
    return set(normalize(" ".join(document.names)).split())


def _all_words(document: Document) -> set[str]:
    return set(normalize(" ".join((*document.names, document.text))).split())


def _content_words(text: str) -> list[str]:
    words = normalize(text).split()
    return [word for word in words if word not in _STOP_WORDS] or words


def _numbers(found: int) -> Iterator[int]:
    bits = bin(found)[:1:-1]
    at = bits.find("1")
    while at >= 0:
        yield at
        at = bits.find("1", at + 1)


def _set_of(numbers: list[int]) -> int:
    """Return the set of ascending `numbers`; setting bits in a growing int would copy it each time."""
    bits = bytearray((numbers[-1] >> 3) + 1)
    for number in numbers:
        bits[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(bits, "little")
