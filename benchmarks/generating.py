"""A made-up knowledge base of any size: valid entries whose words are as many, as long and as unevenly used as real ones."""

from __future__ import annotations

import random
import re
import shutil
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import yaml

from bot.domain.entries import DeadlineKind, Precision, Stance, State
from bot.domain.statements import Confidence, Rank

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.knowledge_base import KnowledgeBase

    Values = dict[str, Any]

SEED = 20261122
VOCABULARY = 20_000
"""Different words to draw from; prose of a million words holds about as many."""

ENTRIES_PER_FILE = 1_000
_AS_OF = date(2026, 11, 22)
_LETTERS = re.compile(r"[a-z]{2,}")
_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """How many entries of each kind to make."""

    topics: int
    events: int
    deadlines: int
    terms: int
    sources: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.topics + self.events + self.deadlines + self.terms + self.sources


def write_knowledge(folder: Path, content: Path, real: KnowledgeBase, mix: Mix) -> None:
    """Write a knowledge base of `mix` into `folder`, with the wording, tags and eras of `content`; `real` lends its words."""
    maker = _Maker(Words(_prose(real), random.Random(SEED)), tuple(tag.id for tag in real.tags))
    shutil.copytree(content / "wording", folder / "wording")
    for name in ("tags.yaml", "eras.yaml"):
        shutil.copy(content / name, folder / name)
    for kind, entries in maker.make(mix).items():
        (folder / kind).mkdir()
        for number, start in enumerate(range(0, len(entries), ENTRIES_PER_FILE)):
            text = yaml.dump(entries[start : start + ENTRIES_PER_FILE], Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
            (folder / kind / f"{kind}-{number:02}.yaml").write_text(text, encoding="utf-8")


def _prose(real: KnowledgeBase) -> str:
    texts = [f"{t.title} {t.answer} {t.body} {' '.join(f.text for f in t.facts)}" for t in real.topics]
    texts += [f"{e.title} {e.summary}" for e in real.events]
    texts += [f"{d.title} {d.summary} {d.why}" for d in real.deadlines]
    return " ".join((*texts, *(f"{t.term} {t.definition}" for t in real.terms)))


class Words:
    """Real words as often as they are used, and a long tail of rare ones spelt like them."""

    def __init__(self, prose: str, rng: random.Random) -> None:
        """Learn words and spelling from `prose`."""
        self.rng = rng
        counts = Counter(_LETTERS.findall(prose.lower()))
        self._followers: defaultdict[str, list[str]] = defaultdict(list)
        for word in counts:
            for position, letter in enumerate(f"{word}$"):
                self._followers[f"^^{word}"[position : position + 2]].append(letter)
        while len(counts) < VOCABULARY:
            counts.setdefault(self._spell(), 0)
        # Zipf: the n-th most used word is used 1/n times as often as the first.
        self.all = sorted(counts, key=lambda word: (-counts[word], word))
        self._weights = list(accumulate(1 / rank for rank in range(1, len(self.all) + 1)))
        self._title_weights = list(accumulate(rank**-0.5 if rank > 60 else 0.01 for rank in range(1, len(self.all) + 1)))

    def _spell(self) -> str:
        while True:
            word = "^^"
            while not word.endswith("$") and len(word) < 16:
                word += self.rng.choice(self._followers[word[-2:]])
            if 4 <= len(word.strip("^$")) <= 12:
                return word.strip("^$")

    def text(self, least: int, most: int) -> str:
        """Return sentences of `least` to `most` characters in all."""
        parts: list[str] = []
        limit = self.rng.randint(least, most)
        while sum(map(len, parts)) + len(parts) < limit:
            parts.append(" ".join(self.rng.choices(self.all, cum_weights=self._weights, k=self.rng.randint(8, 18))).capitalize() + ".")
        return " ".join(parts)[:limit].rsplit(" ", 1)[0] + "."

    def title(self, least: int, most: int) -> str:
        """Return `least` to `most` words that carry meaning."""
        chosen = self.rng.choices(self.all, cum_weights=self._title_weights, k=self.rng.randint(least, most))
        return " ".join(chosen).capitalize()


class _Maker:
    """Makes entries that pass every check."""

    def __init__(self, words: Words, tags: tuple[str, ...]) -> None:
        self._words, self._rng, self._tags = words, words.rng, tags
        self._taken: set[str] = set()

    def make(self, mix: Mix) -> dict[str, list[Values]]:
        """Return the entries of each kind, linked with each other."""
        sources = [self._source() for _ in range(mix.sources)]
        ids = [source["id"] for source in sources]
        self._rng.shuffle(ids)
        self._source_ids, self._next_source = ids, 0
        events = [self._event() for _ in range(mix.events)]
        deadlines = [self._deadline() for _ in range(mix.deadlines)]
        titles = ["Verdict", *(self._new_title(3, 6, 44) for _ in range(mix.topics - 1))]
        names = [_slug(title) for title in titles]
        topics = [self._topic(title, names, _ids(events), _ids(deadlines)) for title in titles]
        terms = [self._term(names) for _ in range(mix.terms)]
        return {"sources": sources, "events": events, "deadlines": deadlines, "topics": topics, "glossary": terms}

    def _new_title(self, least: int, most: int, limit: int) -> str:
        while True:
            title = self._words.title(least, most)[:limit].strip()
            if _slug(title) not in self._taken:
                self._taken.add(_slug(title))
                return title

    def _cite(self, count: int) -> list[str]:
        """Return ids of sources in turn, so that none stays unused."""
        start, size = self._next_source, len(self._source_ids)
        self._next_source += count
        return [self._source_ids[(start + number) % size] for number in range(count)]

    def _day(self, first: int, last: int) -> str:
        return str(date(self._rng.randint(first, last), self._rng.randint(1, 12), self._rng.randint(1, 28)))

    def _some(self, values: list[str], most: int) -> list[str]:
        return self._rng.sample(values, min(most, len(values)))

    def _ground(self) -> Values:
        return {"sources": self._cite(self._rng.randint(1, 4)), "as_of": str(_AS_OF), "confidence": Confidence.CONFIRMED.value}

    def _source(self) -> Values:
        title = self._new_title(4, 9, 90)
        return {
            "id": _slug(title),
            "publisher": self._words.title(1, 3)[:60],
            "title": title,
            "url": f"https://www.example.org/{len(self._taken)}/{_slug(title)}",
            "rank": self._rng.choice(list(Rank)).value,
            "published": self._day(1990, 2025),
        }

    def _event(self) -> Values:
        title = self._new_title(3, 8, 90)
        return {
            "id": _slug(title),
            "date": self._day(1800, 2025),
            "title": title,
            "summary": self._words.text(150, 450),
            "tags": self._some(list(self._tags), self._rng.randint(1, 3)),
            "stance": self._rng.choice(list(Stance)).value,
            **self._ground(),
        }

    def _deadline(self) -> Values:
        title, day = self._new_title(3, 8, 90), _AS_OF + timedelta(days=self._rng.randint(30, 2000))
        recurring = {"start": str(day), "rule": f"FREQ=YEARLY;BYMONTH={day.month};BYMONTHDAY={min(day.day, 28)}", "rhythm": "every year"}
        return {
            "id": _slug(title),
            "title": title,
            "kind": self._rng.choice(list(DeadlineKind)).value,
            "when": recurring if self._rng.random() < 0.4 else {"date": str(day)},
            "status": "scheduled",
            "precision": Precision.DAY.value,
            "summary": self._words.text(150, 400),
            "why": self._words.text(80, 250),
            "lead_days": [30, 7, 1],
            "tags": self._some(list(self._tags), self._rng.randint(1, 3)),
            **self._ground(),
        }

    def _topic(self, title: str, topics: list[str], events: list[str], deadlines: list[str]) -> Values:
        return {
            "id": _slug(title),
            "title": title,
            "menu": title,
            "aliases": [self._new_title(1, 3, 60) for _ in range(self._rng.randint(1, 4))],
            "tags": self._some(list(self._tags), 2),
            "state": self._rng.choice(list(State)).value,
            "answer": self._words.text(120, 240),
            "body": self._words.text(400, 950),
            "facts": [{"text": self._words.text(60, 170), "sources": self._cite(1)} for _ in range(4)],
            "events": self._some(events, 5),
            "deadlines": self._some(deadlines, 2),
            "related": [name for name in self._some(topics, 4) if name != _slug(title)],
            **self._ground(),
        }

    def _term(self, topics: list[str]) -> Values:
        term = self._new_title(2, 4, 60)
        return {
            "id": _slug(term),
            "term": term,
            "aliases": [self._new_title(1, 3, 60) for _ in range(self._rng.randint(0, 3))],
            "definition": self._words.text(150, 450),
            "related_topics": self._some(topics, 2),
            **self._ground(),
        }


def _ids(entries: list[Values]) -> list[str]:
    return [entry["id"] for entry in entries]


def _slug(title: str) -> str:
    return "-".join(title.lower().split())[:48].strip("-")
