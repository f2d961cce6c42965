"""What no single entry can tell: links that lead nowhere, sources nobody uses, dates that went by."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from itertools import chain, islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bot.domain.entries import Status
from bot.knowledge.gaps import Gaps
from bot.knowledge.guessing import MOST_GUESSES, guess
from bot.knowledge.problems import MAX_PROBLEMS, Location, Problem, Severity
from bot.knowledge.searching import normalize
from bot.knowledge.texts import list_faults, list_faults_of_wording

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.domain.statements import BannedHost, Entry
    from bot.knowledge.loading import Loaded
    from bot.knowledge.parsing import Parsed

FIRST_TOPIC = "verdict"
"""The topic that `/allies` answers with when none is named."""

MAX_TAGS = 24
"""One less than the options of a select, which also offers everything."""

_LINKS = {
    "sources": "sources",
    "tags": "tags",
    "events": "events",
    "deadlines": "deadlines",
    "related": "topics",
    "related_topics": "topics",
    "superseded_by": "deadlines",
    "treaties": "treaties",
    "pair": "countries",
    "country": "countries",
    "hub": "countries",
    "continues": "countries",
    "predecessors": "countries",
    "successors": "countries",
}
DATED_KINDS = ("topics", "events", "deadlines", "treaties", "countries", "glossary")
"""Kinds of entries that carry sources, the day they were true and how sure they are."""

_NESTED = {"facts", "positions", "parties"}
"""Keys of lists whose items name other entries."""


def check(loaded: Loaded, now: datetime) -> tuple[Problem, ...]:
    """Return every problem of the loaded content at `now` (aware UTC), those of reading it included, in file order."""
    if len(loaded.problems) > MAX_PROBLEMS:
        return loaded.problems  # not everything was read, so nothing can be called missing
    gaps, follow_on = Gaps(loaded.gaps), Counter[Location]()
    found = chain(
        _links(loaded, gaps, follow_on),
        _texts(loaded),
        _sources(loaded, gaps, follow_on),
        _banned(loaded),
        _dates(loaded, now),
        _first_topic(loaded, gaps),
        _names(loaded),
        _tags(loaded),
        _countries(loaded),
    )
    told = {*loaded.problems, *islice(found, MAX_PROBLEMS)}
    return tuple(sorted({*told, *(_hidden(where, count) for where, count in follow_on.items())}))


def _hidden(where: Location, count: int) -> Problem:
    many = f"{count} problems are" if count > 1 else "1 problem is"
    return Problem(where, f"what may only follow from this is not told until it can be read: {many} left out", Severity.WARNING)


def _links(loaded: Loaded, gaps: Gaps, follow_on: Counter[Location]) -> Iterator[Problem]:
    """Yield links that lead nowhere, but for those that may lead into a gap; these are counted in `follow_on`."""
    guesses = _Guesses(loaded)
    for (kind, entry_id), parsed in loaded.written.items():
        named: set[tuple[object, ...]] = set()
        for keys, target_kind, target in _references(parsed.value):
            if (*keys[:-1], target) in named:
                yield Problem(parsed.locate(keys), f"{target!r} is named twice")
            named.add((*keys[:-1], target))
            if (target_kind, target) not in loaded.written:
                if gap := gaps.find_holder(target_kind, target):
                    follow_on[gap.location] += 1
                else:
                    yield Problem(parsed.locate(keys), f"there is no {target!r} in {target_kind}{guesses.guess(target_kind, target)}")
            elif (target_kind, target) == (kind, entry_id):
                yield Problem(parsed.locate(keys), f"{target!r} names itself")


class _Guesses:
    """What may be meant by ids that are none, each looked for once, and not more than anybody reads."""

    def __init__(self, loaded: Loaded) -> None:
        self._ids: defaultdict[str, list[str]] = defaultdict(list)
        for kind, entry_id in loaded.written:
            self._ids[kind].append(entry_id)
        self._made: dict[tuple[str, str], str] = {}

    def guess(self, kind: str, target: str) -> str:
        if (kind, target) not in self._made and len(self._made) < MOST_GUESSES:
            self._made[kind, target] = guess(target, self._ids[kind])
        return self._made.get((kind, target), "")


def _references(value: dict[str, Any], path: tuple[int | str, ...] = ()) -> Iterator[tuple[tuple[int | str, ...], str, str]]:
    """Yield (keys, kind, id) of everything an entry names; it may be broken, so nothing is taken for granted."""
    for key, inner in value.items():
        items = inner if isinstance(inner, list) else [inner]
        for number, item in enumerate(items):
            if key in _LINKS and isinstance(item, str):
                yield (*path, key, number), _LINKS[key], item
            elif key in _NESTED and isinstance(item, dict):
                yield from _references(item, (*path, key, number))


def _texts(loaded: Loaded) -> Iterator[Problem]:
    for parsed in loaded.written.values():
        for keys, message in list_faults(parsed.value):
            yield Problem(parsed.locate(keys), message)
    if loaded.wording is not None:
        for keys, message in list_faults_of_wording(loaded.wording.value):
            yield Problem(loaded.wording.locate(keys), message)


def _sources(loaded: Loaded, gaps: Gaps, follow_on: Counter[Location]) -> Iterator[Problem]:
    used = {target for parsed in loaded.written.values() for _, kind, target in _references(parsed.value) if kind == "sources"}
    addresses = Counter(_same_page(source.url) for source in loaded.valid["sources"].values())
    for source in loaded.valid["sources"].values():
        parsed = loaded.written["sources", source.id]
        if source.id not in used:
            if gap := gaps.find_user(source.id):
                follow_on[gap.location] += 1
            else:
                yield Problem(parsed.locate(("id",)), f"no entry uses the source {source.id!r}")
        if addresses[_same_page(source.url)] > 1:
            yield Problem(parsed.locate(("url",)), "another source has the same address: keep one of them")


def _banned(loaded: Loaded) -> Iterator[Problem]:
    """Sources on a host that the content bans, or on a part of one; and hosts banned twice."""
    banned: dict[str, BannedHost] = {}
    for host in loaded.valid["banned"].values():
        if (earlier := banned.setdefault(host.host.removeprefix("www."), host)) is not host:
            yield Problem(loaded.written["banned", host.id].locate(("host",)), f"{earlier.id!r} bans this host already: keep one of them")
    for source in loaded.valid["sources"].values():
        if found := next((banned[host] for host in _hosts_over(source.url) if host in banned), None):
            message = f"{found.host} is no source here ({found.why}): find another, or take the statement back"
            yield Problem(loaded.written["sources", source.id].locate(("url",)), message)


def _hosts_over(url: str) -> Iterator[str]:
    """Yield the host of an address and every host it is a part of: a.b.org, b.org, org."""
    labels = (urlsplit(url).hostname or "").removeprefix("www.").rstrip(".").split(".")
    return (".".join(labels[start:]) for start in range(len(labels)))


def _same_page(url: str) -> tuple[str, str, str]:
    """Return what two addresses of one page have in common, whatever the scheme, the port or a leading www."""
    parts = urlsplit(url)
    return (parts.hostname or "").removeprefix("www."), parts.path.rstrip("/"), parts.query


def _dates(loaded: Loaded, now: datetime) -> Iterator[Problem]:
    today = now.date()
    tomorrow = today + timedelta(days=1)  # where it is that day already, east of Greenwich, an editor may write so
    for _, parsed, entry in list_entries(loaded):
        if entry.as_of > tomorrow:
            yield Problem(parsed.locate(("as_of",)), f"as_of lies in the future ({entry.as_of})")
        if entry.review_by and entry.review_by < today:
            yield Problem(parsed.locate(("review_by",)), f"was to be reviewed by {entry.review_by}", Severity.WARNING)
    for deadline in loaded.valid["deadlines"].values():
        if deadline.status in {Status.SCHEDULED, Status.TENTATIVE} and deadline.find_next(now) is None:
            message = "the date has passed: set status passed, with its outcome or unknown_after"
            yield Problem(loaded.written["deadlines", deadline.id].locate(("when",)), message, Severity.WARNING)
    for event in loaded.valid["events"].values():
        if event.date.first > tomorrow:
            yield Problem(loaded.written["events", event.id].locate(("date",)), "an event lies in the past; this one is a deadline")


def list_entries(loaded: Loaded) -> Iterator[tuple[str, Parsed, Entry]]:
    """Yield every sound entry that carries sources, with its kind and as it stands in its file."""
    for kind in DATED_KINDS:
        for entry_id, entry in loaded.valid[kind].items():
            yield kind, loaded.written[kind, entry_id], entry


def _first_topic(loaded: Loaded, gaps: Gaps) -> Iterator[Problem]:
    if ("topics", FIRST_TOPIC) not in loaded.written and not gaps.find_holder("topics", FIRST_TOPIC):
        where = next((parsed.locate() for parsed in loaded.written.values()), Location("content"))
        yield Problem(where, f"there is no topic {FIRST_TOPIC!r}: /allies without a topic answers with it")


def _tags(loaded: Loaded) -> Iterator[Problem]:
    titles: dict[str, str] = {}
    for number, tag in enumerate(loaded.valid["tags"].values(), 1):
        where = loaded.written["tags", tag.id]
        if number > MAX_TAGS:
            yield Problem(where.locate(), f"there are more than {MAX_TAGS} tags: a select on Discord holds no more")
        if (owner := titles.setdefault(tag.title.casefold(), tag.id)) != tag.id:
            yield Problem(where.locate(("title",)), f"the tag {owner!r} has this title already")


def _countries(loaded: Loaded) -> Iterator[Problem]:
    """Two countries with one name, and a chain of countries each of which continues another: only one step is followed."""
    countries = loaded.valid["countries"]
    names: dict[str, str] = {}
    for country in countries.values():
        parsed = loaded.written["countries", country.id]
        if (owner := names.setdefault(normalize(country.name), country.id)) != country.id:
            yield Problem(parsed.locate(("name",)), f"the country {owner!r} has this name already")
        if country.continues in countries and countries[country.continues].continues:
            yield Problem(
                parsed.locate(("continues",)), f"{country.continues!r} continues another country itself: only one step is followed"
            )


def _names(loaded: Loaded) -> Iterator[Problem]:
    """Names and aliases of answers that lead elsewhere, because another answer bears them first."""
    topics, terms = loaded.valid["topics"].values(), loaded.valid["glossary"].values()
    answers: list[tuple[tuple[str, str], tuple[str, ...], tuple[str, ...]]] = [
        *((("topics", t.id), (t.title, t.menu, t.id), t.aliases) for t in sorted(topics, key=lambda t: (t.order, t.id))),
        *((("glossary", t.id), (t.term, t.id), t.aliases) for t in terms),
    ]
    owners: dict[str, tuple[str, str]] = {}
    for aliases_turn in (False, True):
        for answer, names, aliases in answers:
            for name in aliases if aliases_turn else names:
                owner = owners.setdefault(normalize(name), answer)
                if owner != answer:
                    where = loaded.written[answer].locate(("aliases",) if aliases_turn else ())
                    yield Problem(where, f"{name!r} leads to {owner[1]!r} in {owner[0]} already: take it out here")
