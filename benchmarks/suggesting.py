"""How fast and how forgiving autocomplete is."""

from __future__ import annotations

import gc
import random
import string
import time
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.figures import Figure, percentile
from benchmarks.generating import SEED
from bot.knowledge.loading import load
from bot.knowledge.searching import normalize
from bot.knowledge.snapshot import Snapshot
from bot.services.answering import MAX_CHOICES, label_of, list_choices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from benchmarks.figures import Ground
    from bot.domain.entries import Term, Topic

    Query = Callable[[random.Random, list[str]], str]

MAX_P99_MS = 2.0
QUERIES_PER_KIND = 1_000
_LEAST_LETTERS = 4
"""Letters a word needs before a typo is put into it; a shorter one becomes another word."""


class Seconds(NamedTuple):
    """What one query took. The aim is set on `cpu`: a query never waits, so the wall clock only adds what other processes took."""

    cpu: float
    wall: float


def measure_autocomplete(ground: Ground) -> Iterator[Figure]:
    """Yield the time of one autocomplete for each kind of query, and how often one typo is forgiven."""
    yield from _measure("10,000 answers", ground.answers, by_kind=True)
    yield from _measure("10,000 entries of all kinds", ground.mixed, by_kind=False)


def _measure(name: str, folder: Path, *, by_kind: bool) -> Iterator[Figure]:
    snapshot = _open(folder)
    rng = random.Random(SEED)
    times = {kind: _time(snapshot, list(_queries(rng, snapshot, query))) for kind, query in _QUERIES.items()}
    cpu = [pair.cpu for kind in times.values() for pair in kind]
    yield Figure(f"p50, {name}", median(cpu) * 1000, "ms CPU")
    yield Figure(f"p99, {name}", percentile(cpu, 0.99) * 1000, "ms CPU", MAX_P99_MS)
    yield Figure(f"p99 by the wall clock, {name}", percentile([pair.wall for kind in times.values() for pair in kind], 0.99) * 1000, "ms")
    if by_kind:
        for kind, pairs in times.items():
            yield Figure(f"p99, {name}: {kind}", percentile([pair.cpu for pair in pairs], 0.99) * 1000, "ms CPU")
    yield Figure(f"recall with one typo, {name}", _recall(rng, snapshot) * 100, "%")


def _open(folder: Path) -> Snapshot:
    knowledge = load(folder).knowledge
    assert knowledge is not None
    return Snapshot.of(knowledge)


def _queries(rng: random.Random, snapshot: Snapshot, query: Query) -> Iterator[str]:
    for answer in rng.choices(snapshot.answers, k=QUERIES_PER_KIND):
        yield query(rng, _words(answer))


def _words(answer: Topic | Term) -> list[str]:
    return normalize(label_of(answer)).split()


def _prefix(rng: random.Random, words: list[str]) -> str:
    title = " ".join(words)
    return title[: rng.randint(1, len(title))]


def _one_word(rng: random.Random, words: list[str]) -> str:
    return rng.choice(words)


def _two_words(rng: random.Random, words: list[str]) -> str:
    return " ".join(rng.sample(words, min(2, len(words))))


def misspell(rng: random.Random, word: str) -> str:
    """Return `word` with one letter left out, doubled, replaced, or swapped with the next."""
    at = rng.randrange(len(word) - 1)
    other = rng.choice(string.ascii_lowercase)
    swapped = word[at + 1] + word[at]
    middle, rest = rng.choice([("", at + 1), (word[at] * 2, at + 1), (other, at + 1), (swapped, at + 2)])
    return word[:at] + middle + word[rest:]


def _misspelt_word(rng: random.Random, words: list[str]) -> str:
    long = [word for word in words if len(word) >= _LEAST_LETTERS]
    return misspell(rng, rng.choice(long or ["russia"]))


def _misspelt_pair(rng: random.Random, words: list[str]) -> str:
    first, *others = rng.sample(words, min(2, len(words)))
    return " ".join([misspell(rng, first) if len(first) >= _LEAST_LETTERS else first, *others])


_QUERIES: dict[str, Query] = {
    "prefixes of titles": _prefix,
    "whole words": _one_word,
    "words with a typo": _misspelt_word,
    "two words": _two_words,
    "two words, one with a typo": _misspelt_pair,
}


def _time(snapshot: Snapshot, queries: list[str]) -> list[Seconds]:
    """Return the seconds of each query. The collector stays on, as it is in a running bot."""
    gc.collect()
    seconds = []
    for query in queries:
        wall, cpu = time.perf_counter(), time.thread_time()
        list_choices(snapshot, query)
        seconds.append(Seconds(cpu=time.thread_time() - cpu, wall=time.perf_counter() - wall))
    return seconds


def _recall(rng: random.Random, snapshot: Snapshot) -> float:
    """Return the share of titles offered for two of their words, one misspelt, among those offered for the words spelt right."""
    wanted = found = 0
    for answer in rng.choices(snapshot.answers, k=QUERIES_PER_KIND):
        words = rng.sample(_words(answer), min(2, len(_words(answer))))
        longest = max(words, key=len)
        if len(longest) < _LEAST_LETTERS or answer not in _offered(snapshot, words):
            continue
        wanted += 1
        found += answer in _offered(snapshot, [misspell(rng, word) if word == longest else word for word in words])
    return found / wanted


def _offered(snapshot: Snapshot, words: list[str]) -> tuple[Topic | Term, ...]:
    choices = list_choices(snapshot, " ".join(words))
    assert len(choices) <= MAX_CHOICES
    return choices
