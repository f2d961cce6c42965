"""What a new content changes against an old one, told by kind and id. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bot.domain.countries import Country
from bot.domain.entries import Term
from bot.domain.schedules import Recurring, find_next
from bot.domain.statements import BannedHost, Source
from bot.domain.treaties import Treaty

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bot.domain.entries import Deadline
    from bot.domain.knowledge_base import KnowledgeBase
    from bot.domain.schedules import Occurrence


class ContentKind(StrEnum):
    """The kinds of content by the names of their folders."""

    TOPICS = "topics"
    EVENTS = "events"
    DEADLINES = "deadlines"
    TREATIES = "treaties"
    COUNTRIES = "countries"
    GLOSSARY = "glossary"
    TAGS = "tags"
    ERAS = "eras"
    SOURCES = "sources"
    BANNED = "banned"
    WORDING = "wording"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindChanges:
    """The ids of one kind that were added, changed or removed, each in order; `kind` is the folder's name.

    `titles` has what people call them: as they are now, of what was removed as it was. A line of the wording is its own name.
    """

    kind: str
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __bool__(self) -> bool:
        """Whether there is any difference."""
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True, kw_only=True)
class DateChange:
    """A deadline whose date, status or outcome is another now; `before` or `after` is None where it was added or removed.

    `old` and `new` are the occurrences ahead (of one that is past or off, the last one that is known).
    """

    before: Deadline | None
    after: Deadline | None
    old: Occurrence | None
    new: Occurrence | None

    @property
    def deadline(self) -> Deadline:
        """The deadline as it is now, or was."""
        deadline = self.after or self.before
        assert deadline is not None  # noqa: S101 - one of the two is always there
        return deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentDiff:
    """Everything that differs; kinds without a difference are left out."""

    kinds: tuple[KindChanges, ...]
    dates: tuple[DateChange, ...]

    def __bool__(self) -> bool:
        """Whether there is any difference."""
        return bool(self.kinds)


def compare_contents(old: KnowledgeBase, new: KnowledgeBase, now: datetime) -> ContentDiff:
    """Hold `new` against `old` at `now` (aware UTC); `dates` are sorted by the new date, those of removed deadlines by the old one."""
    before, after = _by_kind(old), _by_kind(new)
    kinds = {kind: _compare(kind, before[kind], after[kind]) for kind in ContentKind}
    deadlines = kinds[ContentKind.DEADLINES]
    dates = _date_changes(deadlines, before[ContentKind.DEADLINES], after[ContentKind.DEADLINES], now)
    return ContentDiff(kinds=tuple(filter(None, kinds.values())), dates=tuple(sorted(dates, key=_reckoned)))


def _by_kind(knowledge: KnowledgeBase) -> dict[ContentKind, dict[str, Any]]:
    """Return what there is by kind and id; of the wording every line by its dotted key."""
    listed: dict[ContentKind, tuple[Any, ...]] = {
        ContentKind.TOPICS: knowledge.topics,
        ContentKind.EVENTS: knowledge.events,
        ContentKind.DEADLINES: knowledge.deadlines,
        ContentKind.TREATIES: knowledge.treaties,
        ContentKind.COUNTRIES: knowledge.countries,
        ContentKind.GLOSSARY: knowledge.terms,
        ContentKind.TAGS: knowledge.tags,
        ContentKind.ERAS: knowledge.eras,
        ContentKind.SOURCES: knowledge.sources,
        ContentKind.BANNED: knowledge.banned,
    }
    entries = {kind: {entry.id: entry for entry in found} for kind, found in listed.items()}
    return {**entries, ContentKind.WORDING: dict(_lines(knowledge.wording.model_dump()))}


def _lines(words: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in words.items():
        if isinstance(value, dict):
            yield from _lines(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _compare(kind: ContentKind, before: Mapping[str, Any], after: Mapping[str, Any]) -> KindChanges:
    added = tuple(i for i in after if i not in before)
    # Most entries of a content that was read again are equal, many the very same: those are not looked into.
    changed = tuple(i for i, entry in after.items() if i in before and before[i] is not entry and before[i] != entry)
    removed = tuple(i for i in before if i not in after)
    titles = {**_titles(before, removed), **_titles(after, (*added, *changed))}
    return KindChanges(kind=kind, added=added, changed=changed, removed=removed, titles=titles)


def _titles(entries: Mapping[str, Any], ids: Iterable[str]) -> dict[str, str]:
    return {i: _title(i, entries[i]) for i in ids}


def _title(entry_id: str, entry: Any) -> str:  # noqa: ANN401 - an entry of any kind, or a line
    match entry:
        case str() | tuple():
            return entry_id
        case Term():
            return entry.term
        case Source():
            return f"{entry.publisher}: {entry.title}"
        case Treaty() | Country():
            return entry.name
        case BannedHost():
            return entry.host
    return str(entry.title)


def _date_changes(
    changes: KindChanges, before: Mapping[str, Deadline], after: Mapping[str, Deadline], now: datetime
) -> Iterator[DateChange]:
    for deadline_id in (*changes.added, *changes.changed, *changes.removed):
        was, now_is = before.get(deadline_id), after.get(deadline_id)
        if was is None or now_is is None or _what_counts(was) != _what_counts(now_is):
            yield DateChange(before=was, after=now_is, old=_find_known(was, now), new=_find_known(now_is, now))


def _what_counts(deadline: Deadline) -> tuple[object, ...]:
    """Return what of a deadline is more than text: when it falls, and what became of it."""
    when = deadline.when
    schedule = (when.start, when.rule, when.time, when.zone) if isinstance(when, Recurring) else when
    return schedule, deadline.status, deadline.outcome


def _find_known(deadline: Deadline | None, now: datetime) -> Occurrence | None:
    """Return the occurrence that is spoken of at `now`: the one ahead, though it may be off, else the last one."""
    return None if deadline is None else find_next(deadline.when, now) or deadline.find_last(now)


def _reckoned(change: DateChange) -> tuple[datetime, str]:
    occurrence = change.new or change.old
    return occurrence.reckoned_at if occurrence else datetime.max.replace(tzinfo=UTC), change.deadline.id
