"""Walking the timeline and the dates ahead, page by page."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Generic, TypeVar

from dateutil.relativedelta import relativedelta

from bot.domain.dates import PartialDate
from bot.domain.entries import Topic
from bot.domain.screens import DeadlinesScreen, TimelineScreen
from bot.errors import BadDateError, EmptyRangeError, SearchTooLongError, UnknownTagError
from bot.knowledge.searching import normalize
from bot.services.answering import MAX_CHOICES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.entries import Deadline, Era, Event, Tag
    from bot.domain.knowledge_base import KnowledgeBase
    from bot.domain.schedules import Occurrence
    from bot.knowledge.snapshot import Snapshot

ENTRIES_PER_PAGE = 5
MAX_ADDRESS = 90
"""Longest address, in characters, that fits into a custom_id with its prefix and slot."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; `number` counts from 0, `offset` is the position of its first item."""

    items: tuple[T, ...]
    number: int
    count: int
    total: int
    size: int = ENTRIES_PER_PAGE

    @property
    def offset(self) -> int:
        """How many items come before this page."""
        return self.number * self.size

    @classmethod
    def of(cls, items: Sequence[T], number: int, size: int = ENTRIES_PER_PAGE) -> Page[T]:
        """Cut page `number` of `size` items out of `items`; a number past either end gives the nearest page."""
        count = max(1, -(-len(items) // size))
        number = min(max(number, 0), count - 1)
        return cls(tuple(items[number * size :][:size]), number, count, len(items), size)


@dataclass(frozen=True, slots=True)
class DatedDeadline:
    """A deadline with the occurrence that a list shows: the next one, or the last where none is ahead."""

    deadline: Deadline
    occurrence: Occurrence
    is_ahead: bool


def parse_timeline(snapshot: Snapshot, first: str | None, last: str | None, tag: str | None, search: str | None) -> TimelineScreen:
    """Return the first page of the timeline under the filters somebody typed.

    Raises BadDateError, EmptyRangeError, UnknownTagError or SearchTooLongError.
    """
    start, end = parse_span(first, last)
    screen = TimelineScreen(0, str(start or ""), str(end or ""), find_tag(snapshot.knowledge, tag), _words_of(search))
    if len(screen.on_page(9999).address()) > MAX_ADDRESS:
        raise SearchTooLongError
    return screen


def find_search(snapshot: Snapshot, text: str) -> TimelineScreen | None:
    """Return the timeline's entries with the words of `text`; None where there are none, or where the text is no search."""
    screen = TimelineScreen(search=_words_of(text))
    is_search = screen.search and len(screen.on_page(9999).address()) <= MAX_ADDRESS
    return screen if is_search and list_events(snapshot, screen) else None


def _words_of(search: str | None) -> str:
    """Return the search with single spaces, or nothing where it holds no word at all."""
    return " ".join(search.split()) if search and normalize(search) else ""


def parse_span(first: str | None, last: str | None) -> tuple[PartialDate | None, PartialDate | None]:
    """Return the two dates somebody typed; raises BadDateError or EmptyRangeError."""
    start, end = _date(first), _date(last)
    if start and end and end.last < start.first:
        raise EmptyRangeError(first=start, last=end)
    return start, end


def _date(text: str | None) -> PartialDate | None:
    try:
        return PartialDate.parse(text) if text else None
    except ValueError:
        raise BadDateError(text=text) from None


def find_tag(knowledge: KnowledgeBase, text: str | None) -> str:
    """Return the id of the tag that `text` names by id or title, "" for no text; raises UnknownTagError."""
    if not text:
        return ""
    wanted = text.strip().casefold()
    for tag in knowledge.tags:
        if wanted in {tag.id, tag.title.casefold()}:
            return tag.id
    raise UnknownTagError(text=text, tags=", ".join(tag.title for tag in knowledge.tags))


def list_tags(knowledge: KnowledgeBase, text: str) -> tuple[Tag, ...]:
    """Return the tags that have a word starting with `text`, all of them for an empty text."""
    typed = text.strip().casefold()
    fitting = (tag for tag in knowledge.tags if any(w.startswith(typed) for w in (tag.id, *tag.title.casefold().split())))
    return tuple(islice(fitting, MAX_CHOICES))


def list_events(snapshot: Snapshot, screen: TimelineScreen) -> tuple[Event, ...]:
    """Return the events under the filters of `screen`, oldest first; raises EntryGoneError for a topic that is gone."""
    knowledge = snapshot.knowledge
    start, end = screen.span
    first, last = (start.first if start else date.min), (end.last if end else date.max)
    events = _searched(snapshot, screen.search)
    if start or end:
        events = [event for event in events if event.date.overlaps(first, last)]
    if screen.tag:
        events = [event for event in events if screen.tag in event.tags]
    if screen.topic:
        named = set(knowledge.get(Topic, screen.topic).events)
        events = [event for event in events if event.id in named]
    return tuple(events)


def _searched(snapshot: Snapshot, search: str) -> Sequence[Event]:
    events = snapshot.knowledge.events
    return [events[number] for number in sorted(snapshot.events.list_matches(search))] if search else events


def timeline_page(snapshot: Snapshot, screen: TimelineScreen) -> Page[Event]:
    """Return the page of events that `screen` names."""
    return Page.of(list_events(snapshot, screen), screen.page)


def list_era_pages(snapshot: Snapshot, screen: TimelineScreen) -> tuple[tuple[Era, int], ...]:
    """Return the eras that have events under the filters of `screen`, each with the page it starts on."""
    events = list_events(snapshot, screen)
    starts: list[tuple[Era, int]] = []
    for era in snapshot.knowledge.eras:
        position = bisect_left(events, era.date.first, key=lambda event: event.date.first)
        if position < len(events) and events[position].date.first <= era.date.last:
            starts.append((era, position // ENTRIES_PER_PAGE))
    return tuple(starts)


def find_event_page(snapshot: Snapshot, event: Event) -> TimelineScreen:
    """Return the page of the whole timeline on which `event` stands."""
    return TimelineScreen(snapshot.knowledge.position_of(event) // ENTRIES_PER_PAGE)


def deadlines_page(snapshot: Snapshot, screen: DeadlinesScreen, now: datetime) -> Page[DatedDeadline]:
    """Return the page of deadlines that `screen` names: those ahead by date, then, if asked for, those passed, latest first."""
    return Page.of(list_deadlines(snapshot, screen, now), screen.page)


def list_deadlines(snapshot: Snapshot, screen: DeadlinesScreen, now: datetime) -> tuple[DatedDeadline, ...]:
    """Return every deadline under the filters of `screen`, in reading order at `now` (aware UTC)."""
    knowledge = snapshot.knowledge
    named = set(knowledge.get(Topic, screen.topic).deadlines) if screen.topic else None
    dated = [
        date_deadline(deadline, now)
        for deadline in knowledge.deadlines
        if (not screen.tag or screen.tag in deadline.tags) and (named is None or deadline.id in named)
    ]
    ahead = sorted((d for d in dated if d.is_ahead), key=lambda d: (d.occurrence.reckoned_at, d.deadline.id))
    passed = sorted((d for d in dated if not d.is_ahead), key=lambda d: (d.occurrence.reckoned_at, d.deadline.id), reverse=True)
    return (*ahead, *passed) if screen.include_passed else tuple(ahead)


def list_occurrences(
    snapshot: Snapshot, screen: DeadlinesScreen, span: tuple[PartialDate | None, PartialDate | None], now: datetime
) -> tuple[DatedDeadline, ...]:
    """Return every occurrence in the span, by date; without a start from today on, or from a last date that lies back, without an end for five years."""
    first = span[0].first if span[0] else min(now.date(), span[1].first if span[1] else date.max)
    last = span[1].last if span[1] else date.max if first.year > date.max.year - 5 else first + relativedelta(years=5)
    found = [
        DatedDeadline(dated.deadline, occurrence, is_ahead=not occurrence.is_over(now))
        for dated in list_deadlines(snapshot, replace(screen, include_passed=True), now)
        for occurrence in takewhile(lambda o: o.first <= last, dated.deadline.when.occurrences(first))
    ]
    return tuple(sorted(found, key=lambda d: (d.occurrence.reckoned_at, d.deadline.id)))


def date_deadline(deadline: Deadline, now: datetime) -> DatedDeadline:
    """Return the deadline with its next occurrence after `now` (aware UTC), else with its last, else with its first."""
    if following := deadline.find_next(now):
        return DatedDeadline(deadline, following, is_ahead=True)
    occurrence = deadline.find_last(now) or next(deadline.when.occurrences(deadline.when.first_day))
    return DatedDeadline(deadline, occurrence, is_ahead=False)
