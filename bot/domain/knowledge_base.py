"""The knowledge base as one immutable value: entries by id, in reading order, with their links resolved."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from bot.domain.countries import Country
from bot.domain.entries import Deadline, Era, Event, Tag, Term, Topic
from bot.domain.statements import BannedHost, CountryId, DeadlineId, EventId, Source, SourceId, TreatyId
from bot.domain.treaties import Treaty
from bot.domain.treaty_book import TreatyBook
from bot.errors import EntryGoneError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from bot.domain.schedules import Occurrence
    from bot.domain.wording import Wording

E = TypeVar("E", Topic, Event, Deadline, Term, Tag, Source, Treaty, Country)


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
    treaties: tuple[Treaty, ...]
    countries: tuple[Country, ...]
    terms: tuple[Term, ...]
    tags: tuple[Tag, ...]
    eras: tuple[Era, ...]
    sources: tuple[Source, ...] = field(repr=False)
    banned: tuple[BannedHost, ...] = ()

    @cached_property
    def _index(self) -> Mapping[tuple[type, str], Any]:
        everything: tuple[Any, ...] = (
            *self.topics,
            *self.events,
            *self.deadlines,
            *self.treaties,
            *self.countries,
            *self.terms,
            *self.tags,
            *self.sources,
        )
        return {(type(entry), str(entry.id)): entry for entry in everything}

    def find(self, kind: type[E], entry_id: str) -> E | None:
        """Return the entry of `kind` with this id, or None."""
        found: E | None = self._index.get((kind, entry_id))
        return found

    def get(self, kind: type[E], entry_id: str) -> E:
        """Return the entry of `kind` with this id; raises EntryGoneError where there is none (any more)."""
        found = self.find(kind, entry_id)
        if found is None:
            raise EntryGoneError(name=entry_id)
        return found

    def prepare(self) -> None:
        """Make now what is looked up later: of thousands of entries the first answer would wait for it."""
        _ = self._index, self._event_positions, self.dated, self.treaty_book

    @cached_property
    def _event_positions(self) -> Mapping[EventId, int]:
        return {event.id: number for number, event in enumerate(self.events)}

    def position_of(self, event: Event) -> int:
        """Return where `event` stands in `events`."""
        return self._event_positions[event.id]

    @cached_property
    def dated(self) -> date:
        """The day of the newest statement."""
        return max(entry.as_of for entry in (*self.topics, *self.events, *self.deadlines, *self.treaties, *self.terms))

    @cached_property
    def treaty_book(self) -> TreatyBook:
        """The treaties, arranged to compare any two countries."""
        return TreatyBook(self.countries, self.treaties)

    def list_events_of_treaty(self, treaty_id: TreatyId) -> tuple[Event, ...]:
        """Return the events that name the treaty, oldest first."""
        return tuple(event for event in self.events if treaty_id in event.treaties)

    def list_topics_of_treaty(self, treaty_id: TreatyId) -> tuple[Topic, ...]:
        """Return the topics that name the treaty, in menu order."""
        return tuple(topic for topic in self.topics if treaty_id in topic.treaties)

    def find_topic_of_pair(self, one: CountryId, other: CountryId) -> Topic | None:
        """Return the topic that answers for these two countries today, or None."""
        return next((topic for topic in self.topics if topic.pair and set(topic.pair) == {one, other}), None)

    def list_sources(self, ids: Iterable[SourceId]) -> tuple[Source, ...]:
        """Return the sources of `ids`, in that order."""
        return tuple(self.get(Source, i) for i in ids)

    def find_next_deadline(self, topic: Topic, now: datetime) -> tuple[Deadline, Occurrence] | None:
        """Return the deadline that bears on `topic` and falls due first after `now` (aware UTC), or None."""
        found = [(d, o) for d in (self.get(Deadline, i) for i in topic.deadlines) if (o := d.find_next(now))]
        return min(found, key=lambda pair: pair[1].reckoned_at, default=None)

    def list_topics_of_event(self, event_id: EventId) -> tuple[Topic, ...]:
        """Return the topics that name the event, in menu order."""
        return tuple(topic for topic in self.topics if event_id in topic.events)

    def list_topics_of_deadline(self, deadline_id: DeadlineId) -> tuple[Topic, ...]:
        """Return the topics that name the deadline, in menu order."""
        return tuple(topic for topic in self.topics if deadline_id in topic.deadlines)
