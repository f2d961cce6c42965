"""Made-up states and treaties: a few written by hand in short, and whole books drawn by hypothesis."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import combinations
from typing import Any

from hypothesis import strategies as st

from bot.domain.alliances import DEFENCE
from bot.domain.countries import Country
from bot.domain.dates import PartialDate
from bot.domain.statements import CountryId
from bot.domain.treaties import EVERYBODY, Effect, Practice, Role, Treaty, TreatyKind
from bot.domain.treaty_book import TreatyBook

GROUND = {"sources": ("archive",), "as_of": "2026-07-04"}
FIRST, LAST = date(1900, 1, 1), date(1930, 12, 31)
"""The days that books are drawn for."""

CODES = ("AA", "BB", "CC", "DD")
OLD, NEW = "XX", "XY"
"""One state under two codes, the second continuing the first."""

CHANGED = PartialDate(1915, 6)
"""When it changed its code in the books that are drawn."""


def country(code: str, *periods: str, **changes: Any) -> Country:
    """Return a country whose periods are written `1918-11/1939`, either end left out where it is open; older than anything without."""
    spans = {"periods": tuple(_period(span) for span in periods)} if periods else {}
    return Country.model_validate({"id": code, "name": f"State {code}", **GROUND, **spans, **changes})


def _period(span: str) -> dict[str, str]:
    since, _, until = span.partition("/")
    return {key: value for key, value in (("from", since), ("until", until)) if value}


def treaty(*parties: str, **changes: Any) -> Treaty:
    """Return a treaty of mutual defence of 1950 between `AA`, `BB 1955/1960` or `CC guarantor`; a party without a span founded it."""
    values: dict[str, Any] = {
        "id": "pact",
        "name": "A pact between states",
        "short": "Pact",
        "kind": "mutual-defence",
        "signed": "1950-01-10",
        "in_force": "1950-06-01",
        "obligation": "Each helps the other.",
        **GROUND,
        **changes,
    }
    values = {key: value for key, value in values.items() if value is not None}
    founded = str(values.get("in_force", values["signed"]))
    return Treaty.model_validate({**values, "parties": tuple(_party(text, founded) for text in parties)})


def _party(text: str, founded: str) -> dict[str, str]:
    code, *rest = text.split()
    span = next((part for part in rest if "/" in part), f"{founded}/")
    roles = [part for part in rest if "/" not in part]
    return {"country": code, **_period(span), **({"role": roles[0]} if roles else {})}


def suspension(one: str, other: str, span: str = "", effect: str = "suspends") -> dict[str, Any]:
    """Return what holds only between two parties, as it stands in the content."""
    return {"between": (one, other), "effect": effect, "note": "They quarrelled.", **_period(span)}


def book(*treaties: Treaty, countries: tuple[Country, ...] = ()) -> TreatyBook:
    """Return a book of `treaties` between `countries`, and as many others, older than anything, as it takes."""
    known = {there.id for there in countries}
    named = {party.country for pact in treaties for party in pact.parties} | set(map(CountryId, (*CODES, "EE", "FF")))
    return TreatyBook((*countries, *(country(code) for code in sorted(named - known))), treaties)


@dataclass(frozen=True)
class Drawn:
    """What a book was made of, so that it can be made again with something changed."""

    countries: tuple[Country, ...]
    treaties: tuple[Treaty, ...]

    @cached_property
    def book(self) -> TreatyBook:
        """The book."""
        return TreatyBook(self.countries, self.treaties)

    @property
    def ids(self) -> tuple[CountryId, ...]:
        """The codes of all countries."""
        return tuple(there.id for there in self.countries)

    @cached_property
    def marks(self) -> list[date]:
        """The days on which anything begins or ends, and the first and the last day."""
        marks = {day for pair in combinations(self.ids, 2) for day in self.book.list_boundaries(*pair)}
        return sorted(marks | {FIRST, LAST})

    @property
    def days(self) -> st.SearchStrategy[date]:
        """Draw days on which, before which or between which something begins or ends."""
        near = st.builds(lambda mark, step: mark + timedelta(days=step), st.sampled_from(self.marks), st.sampled_from([0, -1, 1, 200]))
        return near | st.dates(FIRST, LAST)


_ETERNAL = {code: country(code) for code in CODES}
_PARTS = [(), (1,), (6,), (12,), (1, 1), (6, 15), (12, 31)]


class _Maker:
    """Makes up states and treaties of every kind; from one seed, since a book drawn field by field takes a hundred times as long."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def _moments(self, count: int) -> list[PartialDate | None]:
        """Return dates in different years, in order, each known to the year, the month or the day."""
        years = self._rng.sample(range(FIRST.year, LAST.year + 1), count)
        return [PartialDate(year, *self._rng.choice(_PARTS)) for year in sorted(years)]

    def _periods(self, most: int) -> list[dict[str, Any]]:
        """Return up to `most` periods that follow each other, the first and the last of them perhaps open."""
        ends = self._moments(2 * self._rng.randint(1, most))
        for end in self._rng.choice([(), (0,), (-1,), (-1,), (0, -1)]):
            ends[end] = None
        return [{"since": since, "until": until} for since, until in zip(ends[::2], ends[1::2], strict=True)]

    def lands(self) -> tuple[Country, ...]:
        """Return states that came and went or were always there, and one that went on under another code."""
        began = self._rng.choice(["1915-07", "1918-02-03"])
        old, new = country(OLD, f"/{CHANGED}", successors=(NEW,)), country(NEW, f"{began}/", continues=OLD, predecessors=(OLD,))
        mortal = {code: self._mortal(code) for code in self._rng.sample(CODES, self._rng.randint(0, 2))}
        return (*(_ETERNAL | mortal).values(), old, new)

    def _mortal(self, code: str) -> Country:
        near = [self._rng.choices((*CODES, OLD), k=self._rng.randint(0, 2)) for _ in range(2)]
        return country(code, periods=self._periods(2), predecessors=near[0], successors=near[1])

    def _parties(self, kind: TreatyKind, founded: PartialDate | None) -> list[dict[str, Any]]:
        """Return parties: some founded it, some came and left, perhaps to come back; each has a role where only one side pledges."""
        codes = self._rng.sample((*CODES, OLD, NEW), self._rng.randint(2, 5))
        roles = {code: self._rng.choice(list(Role)) if kind is TreatyKind.ONE_WAY_GUARANTEE else None for code in codes}
        spans = {code: self._rng.choice([[{"since": founded}], self._periods(2)]) for code in codes}
        spans[OLD] = [
            {"since": founded if founded and founded.year < CHANGED.year else None, "until": CHANGED}
        ]  # no membership outlasts its code
        return [{"country": code, "role": roles[code], **span} for code in codes for span in spans[code]]

    def _suspensions(self, codes: list[str]) -> list[dict[str, Any]]:
        spans = [self._periods(1)[0] for _ in range(self._rng.choice([0, 0, 1, 2]))]
        sides = [self._rng.choices([*codes, EVERYBODY], k=2) for _ in spans]
        effects = [self._rng.choice(list(Effect)) for _ in spans]
        return [{"between": sides[n], "effect": effects[n], "note": "They quarrelled.", **span} for n, span in enumerate(spans)]

    def pact(self, name: str) -> Treaty:
        """Return a treaty of any kind."""
        kind, practice = self._rng.choice([*TreatyKind, *DEFENCE]), self._rng.choice(list(Practice))
        signed, began, slept, ended = self._moments(4)
        in_force = self._rng.choice([began, began, signed, None])
        parties = self._parties(kind, in_force or signed)
        codes = sorted({party["country"] for party in parties})
        values = {
            "kind": kind,
            "practice": practice,
            "dormant_from": slept if practice is Practice.DORMANT else None,
            "signed": signed,
            "in_force": in_force,
            "ended": self._rng.choice([None, ended]),
            "hub": self._rng.choice([None, None, None, *codes]),
            "partners": self._rng.choice([None, True, False]),
            "suspensions": self._suspensions(codes),
        }
        wording = {"id": name, "name": name, "short": name, "obligation": "Each helps the other."}
        return Treaty.model_validate({**wording, **GROUND, **values, "parties": parties})


_makers = st.builds(_Maker, st.randoms(use_true_random=True))


def pacts(name: str) -> st.SearchStrategy[Treaty]:
    """Draw a treaty of any kind, of this id."""
    return _makers.map(lambda maker: maker.pact(name))


def books() -> st.SearchStrategy[Drawn]:
    """Draw a book of a few treaties of every kind."""
    counts = st.integers(1, 6)
    return st.builds(lambda maker, count: Drawn(maker.lands(), tuple(maker.pact(f"pact-{n}") for n in range(count))), _makers, counts)


dated_books = books().flatmap(lambda drawn: st.tuples(st.just(drawn), drawn.days))
"""Draw a book and a day that means something in it."""
