"""The words of a question about countries: which of them name a country, which a date, and which only make a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.dates import PartialDate
from bot.knowledge.naming import spell_flags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_DATE_WORDS = (3, 2, 1)
"""Words a date may have: 25 December 1991."""

_LONGEST_CODE = 3
"""Letters of an ISO code, or of a short form such as USA."""

_APART = str.maketrans(dict.fromkeys("?!,;:/–—", " "))  # noqa: RUF001 - dashes between two names
"""Marks between words; a dot may belong to a name (U.S.) and a hyphen does (Austria-Hungary)."""

_OPENING = frozenset(["are", "is", "was", "were", "do", "did"])
_CLOSING = frozenset(["ally", "allies", "allied", "friend", "friends", "still", "now", "today", "ever"])
_JOINING = _CLOSING | {"the", "a", "an", "and", "with", "vs", "versus", "&", "-", "of", "to"}
_BEFORE_DATE = frozenset(["in", "on"])

_CODE_WORDS = """
ad ago am and are arm at be bra by cad can car cod cog col com cub do fin gab geo gin guy id in is it jam lie ma mar me my no nor pa pan
per so to ton vat
"""
ENGLISH = frozenset(_CODE_WORDS.split())
"""Words of English that are codes of countries too; `us` is not among them, for who types it means the country."""


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody typed, in words, its date apart from them; `is_single` where it was one word, which may be any code."""

    kept: tuple[str, ...]
    when: str | None = None
    is_single: bool = False

    @property
    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every way to read two names in them, without the words that join these."""
        for at in range(1, len(self.kept)):
            one, other = self._name(self.kept[:at]), self._name(self.kept[at:])
            if one and other:
                yield one, other

    @property
    def whole(self) -> str:
        """The one name in them; empty where they are none."""
        return self._name(self.kept)

    def _name(self, words: Sequence[str]) -> str:
        """Return the name in `words` without what joins it to others; empty where it is a word of English rather than a code."""
        if not self.is_single:
            words = _stripped(words, _JOINING, _JOINING)
        is_english = len(words) == 1 and _plain(words[0]) in ENGLISH
        return "" if is_english and not self.is_single else " ".join(words)


def split(text: str, is_name: Callable[[str], bool]) -> Words:
    """Return the words of `text` and the date at their end or beginning; `is_name` tells what names a country exactly."""
    typed = _calm(spell_flags(text).rstrip(" .?!")).translate(_APART).split()
    words, when = _take_date([part for word in typed for part in _parts_of(word, is_name)], is_name)
    if when:
        words = _stripped(words, _BEFORE_DATE, _BEFORE_DATE)
    if len(words) == 1:
        return Words(tuple(words), when, is_single=True)
    return Words(tuple(_stripped(words, _OPENING, _CLOSING)), when)


def _parts_of(word: str, is_name: Callable[[str], bool]) -> list[str]:
    """Return the two countries of US-Russia; else the word itself, as Austria-Hungary is one."""
    parts = word.split("-")
    return parts if len(parts) > 1 and not is_name(word) and all(map(is_name, parts)) else [word]


def looks_like_date(word: str) -> bool:
    """Whether a word was meant as a date, right or wrong."""
    return any(letter.isdigit() for letter in word)


def _calm(text: str) -> str:
    """Return a text that is in capitals throughout in small letters: there they do not tell a code from a word."""
    is_shouted = text.isupper() and any(len(word) > _LONGEST_CODE and word.isalpha() for word in text.split())
    return text.lower() if is_shouted else text


def _plain(word: str) -> str:
    """Return what is compared with words of English; a code in capitals is none of them."""
    return word if word.isupper() else word.lower().rstrip(".")


def _stripped(words: Sequence[str], opening: frozenset[str], closing: frozenset[str]) -> Sequence[str]:
    """Return `words` without those of `opening` at their beginning and those of `closing` at their end."""
    first, last = 0, len(words)
    while first < last and _plain(words[first]) in opening:
        first += 1
    while first < last and _plain(words[last - 1]) in closing:
        last -= 1
    return words[first:last]


def _take_date(words: Sequence[str], is_name: Callable[[str], bool]) -> tuple[Sequence[str], str | None]:
    """Return what is left of `words` without a date at their end, or else at their beginning, and the date."""
    for count in _DATE_WORDS:
        if len(words) > count and _is_date(words[-count:], is_name):
            return words[:-count], " ".join(words[-count:])
    start = int(bool(words) and _plain(words[0]) in _BEFORE_DATE)
    for count in _DATE_WORDS:
        if len(words) > start + count and _is_date(words[start : start + count], is_name):
            return words[start + count :], " ".join(words[start : start + count])
    return words, None


def _is_date(words: Sequence[str], is_name: Callable[[str], bool]) -> bool:
    """Whether `words` are a date; MAR 1955 is Morocco and a year, not March."""
    if words[0].isupper() and is_name(words[0]):
        return False
    try:
        PartialDate.parse(" ".join(words))
    except ValueError:
        return False
    return True
