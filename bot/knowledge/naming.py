"""What people call a country: our names, ISO codes, and its name in the languages Babel knows it in."""

from __future__ import annotations

import re
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from bot.knowledge.searching import Document, SearchIndex, most_slips, normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.domain.countries import Country

LOCALES = ("en", "de", "es", "fr", "it", "ja", "ko", "pl", "pt", "ru", "tr", "uk", "zh")
"""Languages a country is found in; each costs about 1 MB and 10 ms at the start."""

_ISO_3 = 3
"""Letters of a code; a misspelt one may be anything, so only longer names are guessed."""

_SIMILAR_NAME = 80.0
"""Least rapidfuzz ratio (0 to 100) at which a text counts as a misspelt name."""

_NEAR_NAMES = 5
"""Names that are looked at for slips where several come close."""

_STEM = 5
"""Letters of the shortest name that a longer word may begin with: Korea in Korean."""

_ARTICLE = "the "

_FIRST_LETTER = 0x1F1E6
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
"""A flag as it is typed: its country's code of two letters, in letters of their own."""

_FORM_WORDS = """
commonwealth democratic duchy emirate empire federal federation grand islamic kingdom people principality republic s socialist state
states sultanate the union united
"""
_FORMS = frozenset(_FORM_WORDS.split())
"""Words of what a state calls itself before the name people know it by: the Kingdom of."""


class CountryNames:
    """Finds countries by name; those given first are shown first where several fit."""

    def __init__(self, countries: Iterable[Country]) -> None:
        """Index `countries` in the order in which equals should be shown."""
        self._countries = tuple(countries)
        foreign = _read_babel()
        self._index = SearchIndex([Document(_own_names(c), "", foreign.get(c.id, ())) for c in self._countries])
        self._own: dict[str, dict[str, Country]] = {}
        self._foreign: dict[str, dict[str, Country]] = {}
        for country in self._countries:
            for bearers, names in ((self._own, _own_names(country)), (self._foreign, foreign.get(country.id, ()))):
                for name in names:
                    bearers.setdefault(normalize(name), {})[country.id] = country
        self._spelt_out = [name for name in {**self._own, **self._foreign} if len(name) > _ISO_3]

    def find(self, text: str) -> tuple[Country, ...]:
        """Return the countries that go by exactly this name: several where it is ambiguous, none where nobody bears it."""
        text = spell_flags(text)
        for name in dict.fromkeys(map(normalize, (text, text.replace(".", "")))):  # U.S. is US
            bare = name.removeprefix(_ARTICLE)
            if found := self._own.get(name) or self._foreign.get(name) or self._own.get(bare):
                return tuple(found.values())
        return ()

    def resembles(self, text: str) -> bool:
        """Whether a text that is no name is nearly one, a short code aside."""
        return bool(self._find_similar(text))

    def _find_similar(self, text: str) -> tuple[Country, ...]:
        """Return the countries whose whole name is nearly `text`, best first: all that bear it, as of a misspelt Korea.

        A name with other words after it is not misspelt.
        """
        name = normalize(text)
        bare = _without_form(name)
        if bare != name and (found := self.find(bare)):
            return found
        near = process.extract(name, self._spelt_out, scorer=fuzz.ratio, score_cutoff=_SIMILAR_NAME, limit=_NEAR_NAMES)
        slipped = (self.find(like) for like, _, _ in near if OSA.distance(name, like) <= most_slips(bare))
        found = _each_once(chain.from_iterable(slipped)) or (self._find_similar(bare) if bare != name else ())
        words = name.split()
        starts = (self.find(" ".join(words[:count])) for count in range(1, len(words)))
        return () if any(start and start == found[: len(start)] for start in starts) else found

    def list_resembling(self, text: str, limit: int) -> tuple[Country, ...]:
        """Return the countries whose name comes closest to a text that is no name, best first; none where nothing is close."""
        similar = self._find_similar(text) or [country for word in normalize(text).split() for country in self._find_stem(word)]
        return _each_once(similar)[:limit]

    def _find_stem(self, word: str) -> tuple[Country, ...]:
        """Return the countries that go by a word of a longer text, or by what it begins with; codes aside."""
        if len(word) > _ISO_3 and (found := self.find(word)):
            return found
        return next((found for end in range(len(word) - 1, _STEM - 1, -1) if (found := self.find(word[:end]))), ())

    def list_matches(self, text: str, limit: int) -> tuple[Country, ...]:
        """Return what to suggest while `text` is being typed: what bears exactly this name, what is called so first, then any name."""
        typed = normalize(text)
        if not typed:
            return self._countries[:limit]
        matching = (self._countries[number] for number in self._index.list_matches(text))
        ordered = sorted(matching, key=lambda country: not normalize(country.name).startswith(typed))
        return _each_once((*self.find(text), *ordered))[:limit]


def spell_flags(text: str) -> str:
    """Return `text` with the code of its country in the place of each flag, apart from what stands beside it."""
    return _FLAG.sub(lambda flag: f" {''.join(chr(ord(letter) - _FIRST_LETTER + ord('A')) for letter in flag[0])} ", text)


def _own_names(country: Country) -> tuple[str, ...]:
    return country.name, country.id, country.spoken, *country.other_names


def _each_once(countries: Iterable[Country]) -> tuple[Country, ...]:
    return tuple({country.id: country for country in countries}.values())


def _without_form(name: str) -> str:
    """Return a normalized name without what the state calls itself: kingdom of norway is norway."""
    form, of, bare = name.partition(" of ")
    return bare.removeprefix(_ARTICLE) if of and set(form.split()) <= _FORMS else name


@cache
def _read_babel() -> Mapping[str, tuple[str, ...]]:
    """Return the names of every territory by its ISO code of two letters: in each language, and its code of three letters."""
    from babel import Locale
    from babel.core import get_global

    names: dict[str, list[str]] = {}
    for locale in LOCALES:
        for code, name in Locale.parse(locale).territories.items():
            names.setdefault(code, []).append(name)
    for code, territories in get_global("territory_aliases").items():
        if len(code) == _ISO_3 and code.isalpha() and len(territories) == 1:
            names.setdefault(territories[0], []).append(code)
    return {code: tuple(dict.fromkeys(found)) for code, found in names.items()}
