"""What no single entry can tell: links that lead nowhere, sources nobody uses, dates that went by."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from bot.domain.entries import Entry, Status
from bot.knowledge.loading import KINDS
from bot.knowledge.problems import Problem, Severity
from bot.knowledge.searching import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from bot.domain.knowledge_base import KnowledgeBase
    from bot.knowledge.loading import Loaded
    from bot.knowledge.parsing import Parsed

FIRST_TOPIC = "verdict"
"""The topic that `/allies` answers with when none is named."""

_LINKS = {
    "sources": "sources",
    "tags": "tags",
    "events": "events",
    "deadlines": "deadlines",
    "related": "topics",
    "related_topics": "topics",
    "superseded_by": "deadlines",
}
_MENTION = re.compile(r"@(?=everyone|here)|<[@#:]")


def check(loaded: Loaded, now: datetime) -> tuple[Problem, ...]:
    """Return every problem of the loaded content at `now` (aware UTC), those of reading it included, in file order."""
    found = [*loaded.problems, *_links(loaded), *_texts(loaded)]
    if loaded.knowledge is not None:
        found += [*_sources(loaded, loaded.knowledge), *_dates(loaded, loaded.knowledge, now), *_shape(loaded, loaded.knowledge)]
    return tuple(sorted(set(found)))


def _links(loaded: Loaded) -> Iterator[Problem]:
    for (kind, entry_id), parsed in loaded.entries.items():
        for keys, target_kind, target in _references(parsed.value):
            if (target_kind, target) not in loaded.entries:
                yield Problem(parsed.locate(keys), f"there is no {target!r} in {target_kind}")
            elif (target_kind, target) == (kind, entry_id):
                yield Problem(parsed.locate(keys), f"{target!r} names itself")


def _references(value: dict[str, Any], path: tuple[int | str, ...] = ()) -> Iterator[tuple[tuple[int | str, ...], str, str]]:
    for key, inner in value.items():
        if key in _LINKS and inner:
            targets = inner if isinstance(inner, list) else [inner]
            for number, target in enumerate(targets):
                yield (*path, key, number), _LINKS[key], target
        elif key in {"facts", "positions"}:
            for number, item in enumerate(inner):
                yield from _references(item, (*path, key, number))


def _texts(loaded: Loaded) -> Iterator[Problem]:
    for parsed in loaded.entries.values():
        for keys, text in _strings(parsed.value):
            if "url" not in keys and _MENTION.search(text):
                yield Problem(parsed.locate(keys), "this would read as a mention or an emoji on Discord: write it in words")


def _strings(value: Any, path: tuple[int | str, ...] = ()) -> Iterator[tuple[tuple[int | str, ...], str]]:  # noqa: ANN401 - YAML
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _strings(inner, (*path, key))


def _sources(loaded: Loaded, knowledge: KnowledgeBase) -> Iterator[Problem]:
    used = {target for p in loaded.entries.values() for _, kind, target in _references(p.value) if kind == "sources"}
    urls = Counter(source.url for source in knowledge.sources)
    for source in knowledge.sources:
        parsed = loaded.entries["sources", source.id]
        if source.id not in used:
            yield Problem(parsed.locate(("id",)), f"no entry uses the source {source.id!r}")
        if urls[source.url] > 1:
            yield Problem(parsed.locate(("url",)), "another source has the same address: keep one of them")


def _dates(loaded: Loaded, knowledge: KnowledgeBase, now: datetime) -> Iterator[Problem]:
    today = now.date()
    for parsed, entry in _entries(loaded, knowledge):
        if entry.as_of > today:
            yield Problem(parsed.locate(("as_of",)), f"as_of lies in the future ({entry.as_of})")
        if entry.review_by and entry.review_by < today:
            yield Problem(parsed.locate(("review_by",)), f"was to be reviewed by {entry.review_by}", Severity.WARNING)
    for deadline in knowledge.deadlines:
        parsed = loaded.entries["deadlines", deadline.id]
        if deadline.status in {Status.SCHEDULED, Status.TENTATIVE} and deadline.find_next(now) is None:
            message = "the date has passed: set status passed, with its outcome or unknown_after"
            yield Problem(parsed.locate(("when",)), message, Severity.WARNING)
    for event in knowledge.events:
        if event.date.first > today:
            yield Problem(loaded.entries["events", event.id].locate(("date",)), "an event lies in the past; this one is a deadline")


def _entries(loaded: Loaded, knowledge: KnowledgeBase) -> Iterable[tuple[Parsed, Entry]]:
    kinds: dict[str, tuple[Any, ...]] = {
        "topics": knowledge.topics,
        "events": knowledge.events,
        "deadlines": knowledge.deadlines,
        "glossary": knowledge.terms,
    }
    return ((loaded.entries[kind, entry.id], entry) for kind, entries in kinds.items() for entry in entries)


def _shape(loaded: Loaded, knowledge: KnowledgeBase) -> Iterator[Problem]:
    if FIRST_TOPIC not in knowledge.topics_by_id:
        where = next(iter(loaded.entries.values())).locate()
        yield Problem(where, f"there is no topic {FIRST_TOPIC!r}: /allies without a topic answers with it")
    yield from _names(loaded, knowledge)


def _names(loaded: Loaded, knowledge: KnowledgeBase) -> Iterator[Problem]:
    """Names and aliases of answers that lead elsewhere, because another answer bears them first."""
    answers: list[tuple[str, str, tuple[str, ...], tuple[str, ...]]] = [
        ("topics", t.id, (t.title, t.menu, t.id), t.aliases) for t in knowledge.topics
    ]
    answers += [("glossary", t.id, (t.term, t.id), t.aliases) for t in knowledge.terms]
    owners: dict[str, str] = {}
    for aliases_turn in (False, True):
        for kind, entry_id, names, aliases in answers:
            for name in aliases if aliases_turn else names:
                owner = owners.setdefault(normalize(name), entry_id)
                if owner != entry_id:
                    where = loaded.entries[kind, entry_id].locate(("aliases",) if aliases_turn else ())
                    yield Problem(where, f"{name!r} leads to {owner!r} already: take it out here")


__all__ = ["FIRST_TOPIC", "KINDS", "check"]
