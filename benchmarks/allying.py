"""How long it takes to say what two states are to each other, on the real treaties."""

from __future__ import annotations

import gc
import random
import time
from datetime import date, timedelta
from itertools import combinations
from typing import TYPE_CHECKING

from benchmarks.figures import CONTENT, NOW, Figure, median_seconds, percentile
from benchmarks.generating import SEED
from bot.domain.alliance_history import list_turns
from bot.domain.countries import FIRST_YEAR
from bot.knowledge.loading import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from benchmarks.figures import Ground
    from bot.domain.knowledge_base import KnowledgeBase
    from bot.domain.statements import CountryId

    Pair = tuple[CountryId, CountryId]

QUESTIONS = 20_000
MAX_P99_US = 1_000.0
MAX_ALL_PAIRS_SECONDS = 2.0
_FIRST, _TODAY = date(FIRST_YEAR, 1, 1), NOW.date()


def measure_allying(_: Ground) -> Iterator[Figure]:
    """Yield the time of one answer, against merely finding the treaties that two states share; of all pairs on a day; of a history."""
    knowledge = load(CONTENT).knowledge
    assert knowledge is not None
    book = knowledge.treaty_book
    pairs, days = _draw(knowledge, random.Random(SEED))
    shared = _floor(knowledge)
    floor = _seconds(lambda number: shared(pairs[number]), range(QUESTIONS))
    answers = _seconds(lambda number: book.relate(*pairs[number], days[number]), range(QUESTIONS))
    turns = _seconds(lambda number: list_turns(book, *pairs[number], _FIRST, _TODAY), range(QUESTIONS // 5))
    yield Figure("mean, the treaties two states share, and no more (floor)", _mean(floor) * 1e6, "µs CPU")
    yield Figure("p50, any pair on any day since 1815", percentile(answers, 0.5) * 1e6, "µs CPU")
    yield Figure("p99, any pair on any day since 1815", percentile(answers, 0.99) * 1e6, "µs CPU", MAX_P99_US)
    yield Figure("mean against the floor", _mean(answers) / _mean(floor), "times")
    yield from _all_pairs(knowledge)
    yield Figure("p50, history of a pair from 1815 to today", percentile(turns, 0.5) * 1e6, "µs CPU")
    yield Figure("p99, history of a pair from 1815 to today", percentile(turns, 0.99) * 1e6, "µs CPU")


def _draw(knowledge: KnowledgeBase, rng: random.Random) -> tuple[list[Pair], list[date]]:
    """Return pairs of any two countries, and a day for each."""
    ids = [country.id for country in knowledge.countries]
    drawn = [rng.sample(ids, 2) for _ in range(QUESTIONS)]
    return [(one, other) for one, other in drawn], [_FIRST + timedelta(days=rng.randint(0, (_TODAY - _FIRST).days)) for _ in drawn]


def _floor(knowledge: KnowledgeBase) -> Callable[[Pair], object]:
    """Return what finds the treaties of two countries in sets made beforehand."""
    treaties: dict[CountryId, set[str]] = {country.id: set() for country in knowledge.countries}
    for treaty in knowledge.treaties:
        for party in treaty.parties:
            treaties[party.country].add(treaty.id)
    return lambda pair: sorted(treaties[pair[0]] & treaties[pair[1]])


def _all_pairs(knowledge: KnowledgeBase) -> Iterator[Figure]:
    """Yield the time of every pair of countries on one day."""
    book, pairs = knowledge.treaty_book, list(combinations([country.id for country in knowledge.countries], 2))
    seconds = median_seconds(lambda: [book.relate(one, other, _TODAY) for one, other in pairs], 5)
    yield Figure(f"all {len(pairs):,} pairs on one day", seconds, "s", MAX_ALL_PAIRS_SECONDS)


def _seconds(work: Callable[[int], object], numbers: Iterable[int]) -> list[float]:
    """Return the seconds of each call. They never wait, so their own CPU time is what counts; the collector stays on."""
    gc.collect()
    seconds = []
    for number in numbers:
        start = time.thread_time()
        work(number)
        seconds.append(time.thread_time() - start)
    return seconds


def _mean(seconds: list[float]) -> float:
    return sum(seconds) / len(seconds)
