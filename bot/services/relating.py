"""From the countries and the year somebody typed to the screen that answers, or to those that may be meant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import TYPE_CHECKING

from bot.domain.alliance_history import Turn, list_turns
from bot.domain.alliances import Absence, Relation
from bot.domain.countries import FIRST_YEAR, Country
from bot.domain.dates import PartialDate
from bot.domain.entries import Topic
from bot.domain.screens import AnswerScreen, CirclesScreen, RelationScreen, Screen
from bot.domain.statements import CountryId
from bot.errors import BadDateError, SameCountryError, UnknownCountryError, YearOutOfRangeError
from bot.knowledge.checking import FIRST_TOPIC
from bot.services.answering import MAX_CHOICES, Suggestions, find_answer, title_of
from bot.services.asking import Words, looks_like_date, split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.knowledge_base import KnowledgeBase
    from bot.knowledge.naming import CountryNames
    from bot.knowledge.snapshot import Snapshot

HOME = CountryId("US")
"""The country that another one is asked about with when only one is named."""

_RESEMBLING = 3
_MOST_WORDS = 12
"""Words of the longest question about countries; looking for misspelt ones in more takes too long."""

_MIDDLE_OF_YEAR, _MIDDLE_OF_MONTH = (7, 1), 15


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody typed: two countries and a date, any of which may be left out; blanks alone are nothing."""

    country: str | None = None
    other: str | None = None
    when: str | None = None

    def __bool__(self) -> bool:
        """Whether anything was typed."""
        return bool(self.names) or not _is_blank(self.when)

    @property
    def names(self) -> tuple[str, ...]:
        """The names that were typed, none, one or two."""
        return tuple(name for name in (self.country, self.other) if name and not _is_blank(name))


@dataclass(frozen=True, slots=True)
class Which:
    """`text` names no single country; `screens` answer for those that may be meant, `is_known` where it names each of them.

    Where `is_country` is False, it names what is no country, and the one screen tells of that.
    """

    text: str
    is_known: bool
    screens: tuple[tuple[str, Screen], ...]
    is_country: bool = True


def find_question(snapshot: Snapshot, words: Sequence[str]) -> Question | None:
    """Return what `words` ask about one or two countries and a date before or after them; None where they are about a topic.

    A topic's exact name wins; after it what is only names of countries, two of which may be misspelt, and last one misspelt name that is
    like no topic's name.
    """
    text, countries = " ".join(words), snapshot.countries
    if _is_blank(text) or snapshot.answer_index.find_exact(text) is not None:
        return None
    if len(words) == 1 and countries.find(text):  # one name may hold two: Austria-Hungary
        return Question(text)
    asked = split(text, lambda word: bool(countries.find(word)))
    if len(asked.kept) > _MOST_WORDS:
        return None
    if question := _find_named(countries, asked) or _find_misspelt(countries, asked):
        return question
    is_topic = snapshot.answer_index.find_similar(text) is not None
    return None if is_topic or not countries.resembles(asked.whole) else Question(asked.whole, None, asked.when)


def _find_named(countries: CountryNames, asked: Words) -> Question | None:
    """Return the question about what exactly bears the names in `asked`; a last word that was meant as a date is refused as one later."""
    for one, other in asked.pairs:
        if countries.find(one) and countries.find(other):
            return Question(one, other, asked.when)
    if countries.find(asked.whole):
        return Question(asked.whole, None, asked.when)
    if asked.when is None and asked.kept and looks_like_date(asked.kept[-1]):
        return _find_named(countries, Words(asked.kept[:-1], asked.kept[-1]))
    return None


def _find_misspelt(countries: CountryNames, asked: Words) -> Question | None:
    """Return the question about what is nearly the two names in `asked`."""
    for one, other in asked.pairs:
        if all(countries.find(name) or countries.resembles(name) for name in (one, other)):
            return Question(one, other, asked.when)
    return None


def _is_blank(text: str | None) -> bool:
    return not text or text.isspace()


def find_relation(snapshot: Snapshot, question: Question, today: date) -> Screen | Which:
    """Return the screen that answers `question` on `today`; one country alone is asked about with the United States.

    Raises BadDateError, YearOutOfRangeError, UnknownCountryError or SameCountryError.
    """
    when = parse_when(question.when, today)
    on, day = str(when or ""), day_of(when, today)
    if not question.names:
        one, other = snapshot.knowledge.get(Topic, FIRST_TOPIC).pair or (CountryId("RU"), HOME)
        return RelationScreen(one, other, on)
    if no_country := next(filter(None, (_find_other(snapshot, name) for name in question.names)), None):
        return no_country
    first, second = question.names[0], question.names[1] if len(question.names) > 1 else None
    ones, is_known = _candidates(snapshot, first, day)
    others, is_other_known = _candidates(snapshot, second, day) if second else ((), True)
    if len(ones) == 1 and len(others) <= 1 and is_known and is_other_known:
        return _screen(snapshot.knowledge, (ones[0], others[0] if others else None), on, day)
    pairs = [(one, other) for one, other in product(ones, others or (None,)) if one is not other][:MAX_CHOICES]
    if not pairs:  # a name, and a misspelt one that is like it alone
        raise SameCountryError(names=ones[0].name)
    screens = tuple((_names_of(*pair), _screen(snapshot.knowledge, pair, on, day)) for pair in pairs)
    is_first_clear = is_known and (len(ones) == 1 or not is_other_known)
    return Which(second if second and is_first_clear else first, is_known and is_other_known, screens)


def find_circles(snapshot: Snapshot, text: str, when: str | None, today: date) -> CirclesScreen | Which:
    """Return the screen of all allies of the country that `text` names; raises BadDateError, YearOutOfRangeError or UnknownCountryError."""
    asked = parse_when(when, today)
    if no_country := _find_other(snapshot, text):
        return no_country
    found, is_known = _candidates(snapshot, text, day_of(asked, today))
    screens = tuple((country.name, CirclesScreen(country.id, str(asked or ""))) for country in found)
    return screens[0][1] if is_known and len(screens) == 1 else Which(text, is_known, screens)


def parse_when(text: str | None, today: date) -> PartialDate | None:
    """Return the date somebody typed, None for none; raises BadDateError, or YearOutOfRangeError before 1815 and after `today`."""
    if text is None or _is_blank(text):
        return None
    try:
        when = PartialDate.parse(text)
    except ValueError:
        raise BadDateError(text=text) from None
    day_of(when, today)
    return when


def day_of(asked: PartialDate | None, today: date) -> date:
    """Return the day an answer is told for: today where it lies in the year or month that was asked for, else its middle.

    Raises YearOutOfRangeError before 1815 and after `today`.
    """
    if asked and (asked.year < FIRST_YEAR or asked.first > today):
        raise YearOutOfRangeError(text=str(asked), first=FIRST_YEAR, last=PartialDate.of(today))
    if asked is None or asked.first <= today <= asked.last:
        return today
    if asked.day:
        return asked.first
    return date(asked.year, asked.month, _MIDDLE_OF_MONTH) if asked.month else date(asked.year, *_MIDDLE_OF_YEAR)


def relate(knowledge: KnowledgeBase, screen: RelationScreen, today: date) -> Relation | Absence:
    """Return what a relation screen shows on `today`; raises EntryGoneError, and SameCountryError for two names of one state."""
    one, other = knowledge.get(Country, screen.one), knowledge.get(Country, screen.other)
    outcome = knowledge.treaty_book.relate(one.id, other.id, day_of(screen.asked, today))
    if isinstance(outcome, Relation) and outcome.one.id == outcome.other.id:
        raise SameCountryError(names=f"{one.name}, {other.name}")
    return outcome


def list_changes(knowledge: KnowledgeBase, screen: RelationScreen, today: date) -> tuple[Turn, ...]:
    """Return the turns within the year or month that was asked for, the one it began with included; none where nothing changed in it."""
    asked = screen.asked
    if asked is None or asked.day:
        return ()
    turns = list_turns(knowledge.treaty_book, CountryId(screen.one), CountryId(screen.other), asked.first, min(asked.last, today))
    return turns if len(turns) > 1 else ()


def list_countries(snapshot: Snapshot, text: str) -> tuple[Country, ...]:
    """Return what to suggest while the name of a country is being typed."""
    return snapshot.countries.list_matches(text, MAX_CHOICES)


def _candidates(snapshot: Snapshot, text: str, day: date) -> tuple[tuple[Country, ...], bool]:
    """Return the countries that `text` names and True, else those whose name is like it and False; raises UnknownCountryError.

    Of several that bear the name, those that were states on `day` are meant: Korea in 1900 is none of the two of today.
    """
    if found := snapshot.countries.find(text):
        book = snapshot.knowledge.treaty_book
        return tuple(c for c in found if book.find_state(c.id, day)) or found, True
    if resembling := snapshot.countries.list_resembling(text, _RESEMBLING):
        return resembling, False
    raise UnknownCountryError(text=text)


def _find_other(snapshot: Snapshot, text: str) -> Which | None:
    """Return what to show for a text that names no country but a treaty, an alliance, a word or an answer; None where it names none."""
    if snapshot.countries.find(text):
        return None
    found = find_answer(snapshot, text)
    if isinstance(found, Suggestions) or found.is_guess:
        return None
    return Which(text, is_known=False, screens=((title_of(snapshot.knowledge, found.screen), found.screen),), is_country=False)


def _names_of(one: Country, other: Country | None) -> str:
    return one.name if other is None else f"{one.name} – {other.name}"  # noqa: RUF001 - a dash between two names


def _screen(knowledge: KnowledgeBase, pair: tuple[Country, Country | None], on: str, day: date) -> Screen:
    """Return the topic that answers for the two today, their relation, or all allies of the country that would be asked about with itself."""
    one, other = pair
    if other is None and one.id == HOME:
        return CirclesScreen(one.id, on)
    partner = other.id if other else HOME
    if one.id == partner:
        raise SameCountryError(names=one.name)
    topic = None if on else _find_topic(knowledge, one.id, partner, day)
    return AnswerScreen(topic.id) if topic else RelationScreen(one.id, partner, on)


def _find_topic(knowledge: KnowledgeBase, one: CountryId, other: CountryId, day: date) -> Topic | None:
    """Return the topic that answers for what the two are on `day`: that of Russia also for the Soviet Union."""
    told = [state for code in (one, other) if (state := knowledge.treaty_book.find_state(code, day))]
    return knowledge.find_topic_of_pair(told[0].id, told[1].id) if len(told) > 1 else None
