"""The knowledge base as one immutable value: entries by id, in reading order, with their links resolved."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from bot.domain.entries import Deadline, DeadlineId, Era, Event, EventId, Source, SourceId, Tag, TagId, Term, TermId, Topic, TopicId

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping
    from datetime import date, datetime

    from bot.domain.schedules import Occurrence
    from bot.domain.wording import Wording

_K = TypeVar("_K", bound="Hashable")
_E = TypeVar("_E")


def _by_id(entries: Iterable[_E], _kind: type[_K]) -> Mapping[_K, _E]:
    return MappingProxyType({entry.id: entry for entry in entries})  # type: ignore[attr-defined]


@dataclass(frozen=True, kw_only=True)
class KnowledgeBase:
    """All entries; topics in menu order, events and eras by date, the others as written.

    `version` is a hash of the files it was read from.
    """

    version: str
    wording: Wording
    topics: tuple[Topic, ...]
    events: tuple[Event, ...]
    deadlines: tuple[Deadline, ...]
    terms: tuple[Term, ...]
    tags: tuple[Tag, ...]
    eras: tuple[Era, ...]
    sources: tuple[Source, ...] = field(repr=False)

    @cached_property
    def topics_by_id(self) -> Mapping[TopicId, Topic]:
        """Topics by id."""
        return _by_id(self.topics, TopicId)

    @cached_property
    def events_by_id(self) -> Mapping[EventId, Event]:
        """Events by id."""
        return _by_id(self.events, EventId)

    @cached_property
    def _event_positions(self) -> Mapping[EventId, int]:
        return {event.id: number for number, event in enumerate(self.events)}

    def position_of(self, event: Event) -> int:
        """Return where `event` stands in `events`."""
        return self._event_positions[event.id]

    @cached_property
    def deadlines_by_id(self) -> Mapping[DeadlineId, Deadline]:
        """Deadlines by id."""
        return _by_id(self.deadlines, DeadlineId)

    @cached_property
    def terms_by_id(self) -> Mapping[TermId, Term]:
        """Glossary terms by id."""
        return _by_id(self.terms, TermId)

    @cached_property
    def sources_by_id(self) -> Mapping[SourceId, Source]:
        """Sources by id."""
        return _by_id(self.sources, SourceId)

    @cached_property
    def tags_by_id(self) -> Mapping[TagId, Tag]:
        """Tags by id."""
        return _by_id(self.tags, TagId)

    @cached_property
    def dated(self) -> date:
        """The day of the newest statement."""
        return max(entry.as_of for entry in (*self.topics, *self.events, *self.deadlines, *self.terms))

    def list_sources(self, ids: Iterable[SourceId]) -> tuple[Source, ...]:
        """Return the sources of `ids`, in that order."""
        return tuple(self.sources_by_id[i] for i in ids)

    def find_next_deadline(self, topic: Topic, now: datetime) -> tuple[Deadline, Occurrence] | None:
        """Return the deadline that bears on `topic` and falls due first after `now` (aware UTC), or None."""
        found = [(d, o) for d in map(self.deadlines_by_id.__getitem__, topic.deadlines) if (o := d.find_next(now))]
        return min(found, key=lambda pair: pair[1].reckoned_at, default=None)

    def list_topics_of_event(self, event_id: EventId) -> tuple[Topic, ...]:
        """Return the topics that name the event, in menu order."""
        return tuple(topic for topic in self.topics if event_id in topic.events)

    def list_topics_of_deadline(self, deadline_id: DeadlineId) -> tuple[Topic, ...]:
        """Return the topics that name the deadline, in menu order."""
        return tuple(topic for topic in self.topics if deadline_id in topic.deadlines)
