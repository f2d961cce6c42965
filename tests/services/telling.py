"""Made-up countries, and what a narrator is asked to tell about them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from bot.domain.alliances import Relation
from bot.domain.statements import CountryId
from bot.services.narrating import Narrator
from bot.services.phrasing import Phrases
from tests.domain.books import book, country

if TYPE_CHECKING:
    from bot.domain.treaties import Treaty
    from bot.domain.treaty_book import TreatyBook
    from bot.knowledge.snapshot import Snapshot

TODAY = date(2026, 11, 22)
KNOWN = date(2026, 7, 4)
"""The day to which made-up treaties are known."""

COUNTRIES = (
    country("AA", name="Aland", in_sentences="the Aland"),
    country("BB", name="Bland"),
    country("CC", name="Cland"),
    country("XX", "1900/1990", name="Old Land", in_sentences="the Old Land", successors=("XY",)),
    country("XY", "1990/", name="New Land", continues="XX"),
    country("PP", "1920-05/1930", "1950-02-03/", name="Pland", successors=("BB",)),
    country("GG", "/1960-02-03", name="Gone", successors=("AA", "BB")),
)
GUARANTEE: dict[str, Any] = {"kind": "one-way-guarantee"}


def narrator_of(snapshot: Snapshot) -> Narrator:
    """Return one that tells about the made-up countries in the wording of a snapshot."""
    return Narrator(Phrases(snapshot.knowledge.wording), {there.id: there for there in COUNTRIES}, TODAY)


def told_book(*treaties: Treaty) -> TreatyBook:
    """Return a book of `treaties` between the made-up countries."""
    return book(*treaties, countries=COUNTRIES)


def told(*treaties: Treaty, one: str = "AA", other: str = "BB", on: str = "1970-07-01") -> Relation:
    """Return what two made-up countries, both of which exist, are to each other."""
    outcome = told_book(*treaties).relate(CountryId(one), CountryId(other), date.fromisoformat(on))
    assert isinstance(outcome, Relation)
    return outcome
