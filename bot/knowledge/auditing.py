"""What an editor looks at beyond the errors: links that age badly, entries that await a second look, and how well each kind is sourced."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from bot.domain.entries import Topic
from bot.domain.statements import Confidence, Rank
from bot.knowledge.checking import DATED_KINDS, list_entries
from bot.knowledge.problems import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

    from bot.domain.statements import Entry, Source
    from bot.knowledge.loading import Loaded

FIRST_RANK = frozenset({Rank.PRIMARY, Rank.RESEARCH, Rank.PARTY, Rank.PRESS})
"""Ranks that carry an entry; what stands on others only should be replaced."""

CLOSEST = frozenset({Rank.PRIMARY, Rank.RESEARCH})
"""Ranks that stand nearest to what happened."""

REVIEW_SOON_DAYS = 30  # days

_TRACKING = re.compile(
    r"utm_\w+|(fb|g|dc|y|tw|tt)clid|msclkid|gclsrc|[gw]braid|igshid|mc_[ce]id|mkt_tok|ref_src|guccounter|cmpid", re.IGNORECASE
)
"""Parameters of advertisers and newsletters: the page is the same without them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pile:
    """What awaits an editor for one and the same reason."""

    title: str
    items: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How the entries of one kind are sourced; each is either of first rank, on lesser sources only, or without any."""

    kind: str
    entries: int = 0
    first_rank: int = 0
    closest: int = 0
    lesser_only: int = 0
    without: int = 0
    unconfirmed: int = 0

    @property
    def percent(self) -> int | None:
        """The share with a source of first rank, rounded down, so that only all of them make a hundred; None of nothing."""
        return 100 * self.first_rank // self.entries if self.entries else None


def list_link_faults(loaded: Loaded) -> tuple[Problem, ...]:
    """Return what is wrong with the address of each source by itself, in file order; nothing is fetched."""
    found = (
        Problem(parsed.locate(("url",)), fault)
        for (kind, _), parsed in loaded.written.items()
        if kind == "sources" and isinstance(parsed.value.get("url"), str)
        for fault in _faults_of_link(parsed.value["url"])
    )
    return tuple(sorted(found))


def _faults_of_link(url: str) -> Iterator[str]:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        yield "this is not an address"
        return
    if parts.scheme != "https":
        yield f"the address begins with {parts.scheme or 'no scheme'}: only https is linked to"
    elif "." not in host.strip("."):
        yield "the address names no host"
    for name in dict.fromkeys(name for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
        if _TRACKING.fullmatch(name):
            yield f"{name!r} in the address follows readers and tells nothing of the page: take it out"


def list_awaiting(loaded: Loaded, now: datetime) -> tuple[Pile, ...]:
    """Return what is not wrong but awaits an editor at `now` (aware UTC), each pile in file order; empty piles are left out."""
    soon = now.date() + timedelta(days=REVIEW_SOON_DAYS)
    piles = (
        Pile(title="sources that nobody has opened", items=_sorted(_unopened(loaded))),
        Pile(title="unconfirmed entries", items=_sorted(_unconfirmed(loaded))),
        Pile(title=f"entries to be reviewed by now or within {REVIEW_SOON_DAYS} days", items=_sorted(_due(loaded, soon))),
        Pile(title="entries that rest on lesser sources only", items=_sorted(_on_lesser_only(loaded))),
    )
    return tuple(pile for pile in piles if pile.items)


def _sorted(items: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(items))


def _unopened(loaded: Loaded) -> Iterator[Problem]:
    for source in loaded.valid["sources"].values():
        if not source.opened:
            where = loaded.written["sources", source.id].locate(("id",))
            yield Problem(where, f"{source.id}: {source.url}", Severity.WARNING)


def _unconfirmed(loaded: Loaded) -> Iterator[Problem]:
    for _, parsed, entry in list_entries(loaded):
        if entry.confidence is Confidence.UNCONFIRMED:
            yield Problem(parsed.locate(("confidence",)), f"{parsed.value['id']}: {entry.caveat}", Severity.WARNING)


def _due(loaded: Loaded, soon: date) -> Iterator[Problem]:
    for _, parsed, entry in list_entries(loaded):
        if entry.review_by and entry.review_by <= soon:
            yield Problem(parsed.locate(("review_by",)), f"{parsed.value['id']}: by {entry.review_by}", Severity.WARNING)


def _on_lesser_only(loaded: Loaded) -> Iterator[Problem]:
    for _, parsed, entry in list_entries(loaded):
        sources = list_sources_of(entry, loaded)
        if sources and not any(source.rank in FIRST_RANK for source in sources):
            publishers = ", ".join(dict.fromkeys(source.publisher for source in sources))
            yield Problem(parsed.locate(("sources",)), f"{parsed.value['id']}: {publishers}", Severity.WARNING)


def list_sources_of(entry: Entry, loaded: Loaded) -> tuple[Source, ...]:
    """Return the sources that an entry names and that are there, those of a topic's facts and positions included."""
    named = entry.all_sources if isinstance(entry, Topic) else entry.sources
    return tuple(loaded.valid["sources"][i] for i in named if i in loaded.valid["sources"])


def count_coverage(loaded: Loaded) -> tuple[Coverage, ...]:
    """Return one row for each kind of entry, in the order the kinds are read."""
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in DATED_KINDS}
    for kind, _, entry in list_entries(loaded):
        ranks = {source.rank for source in list_sources_of(entry, loaded)}
        footing = "first_rank" if ranks & FIRST_RANK else "lesser_only" if ranks else "without"
        counts[kind].update(("entries", footing))
        counts[kind]["closest"] += bool(ranks & CLOSEST)
        counts[kind]["unconfirmed"] += entry.confidence is Confidence.UNCONFIRMED
    return tuple(Coverage(kind=kind, **count) for kind, count in counts.items())
