"""The kinds of content, each defined once: what its fields are and what makes one valid."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field, field_validator, model_validator

from bot.domain.dates import SpanField
from bot.domain.schedules import Occurrence, Schedule, find_last, find_next
from bot.domain.statements import (
    MANY,
    SLUG,
    CountryId,
    DeadlineId,
    Entry,
    EventId,
    SourceId,
    Strict,
    TagId,
    TermId,
    TopicId,
    TreatyId,
    paragraphs_of,
    text_of,
)

if TYPE_CHECKING:
    from datetime import datetime


class Stance(StrEnum):
    """What an event shows between the two states: our reading, and labelled as such."""

    ALLIED = "allied"
    COOPERATIVE = "cooperative"
    COMPETITIVE = "competitive"
    HOSTILE = "hostile"
    MIXED = "mixed"


class State(StrEnum):
    """Whether a topic is history, still moving, or over."""

    SETTLED = "settled"
    DEVELOPING = "developing"
    ENDED = "ended"


class DeadlineKind(StrEnum):
    """What falls due."""

    DEADLINE = "deadline"
    RENEWAL = "renewal"
    MEETING = "meeting"
    ELECTION = "election"
    PUBLICATION = "publication"
    ANNIVERSARY = "anniversary"
    HANDOVER = "handover"


class Status(StrEnum):
    """What an editor knows of a deadline."""

    SCHEDULED = "scheduled"
    TENTATIVE = "tentative"
    PASSED = "passed"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


class Precision(StrEnum):
    """How exactly the day is known: a legal moment, a confirmed day, or one expected or counted."""

    EXACT = "exact"
    DAY = "day"
    EXPECTED = "expected"


class Fact(Strict):
    """One key fact of a topic."""

    text: Annotated[str, text_of(180)]
    sources: tuple[SourceId, ...] = Field(min_length=1, max_length=MANY)


class Position(Strict):
    """What one side says, in its own name."""

    who: Annotated[str, text_of(40)]
    says: Annotated[str, text_of(200)]
    sources: tuple[SourceId, ...] = Field(min_length=1, max_length=MANY)


class Topic(Entry):
    """One answer of `/allies`."""

    id: Annotated[TopicId, SLUG]
    title: Annotated[str, text_of(70)]
    menu: Annotated[str, text_of(45)]
    aliases: tuple[Annotated[str, text_of(60)], ...] = Field(default=(), max_length=12)
    tags: tuple[TagId, ...] = Field(default=(), max_length=MANY)
    answer: Annotated[str, text_of(260)]
    body: Annotated[str, text_of(1000), AfterValidator(paragraphs_of)]
    facts: tuple[Fact, ...] = Field(min_length=1, max_length=6)
    positions: tuple[Position, ...] = Field(default=(), max_length=4)
    state: State
    events: tuple[EventId, ...] = Field(default=(), max_length=MANY)
    deadlines: tuple[DeadlineId, ...] = Field(default=(), max_length=MANY)
    treaties: tuple[TreatyId, ...] = Field(default=(), max_length=MANY)
    pair: tuple[CountryId, CountryId] | None = None
    related: tuple[TopicId, ...] = Field(default=(), max_length=8)
    order: int = 1000

    @property
    def all_sources(self) -> tuple[SourceId, ...]:
        """Every source it names, those of the whole first, each once."""
        named = (*self.sources, *(i for f in self.facts for i in f.sources), *(i for p in self.positions for i in p.sources))
        return tuple(dict.fromkeys(named))


class Event(Entry):
    """One dated entry of `/timeline`."""

    id: Annotated[EventId, SLUG]
    date: SpanField
    title: Annotated[str, text_of(90)]
    summary: Annotated[str, text_of(500)]
    tags: tuple[TagId, ...] = Field(min_length=1, max_length=MANY)
    treaties: tuple[TreatyId, ...] = Field(default=(), max_length=MANY)
    stance: Stance | None = None


class Standing(StrEnum):
    """Where a deadline stands on a given day, as far as this knowledge base can say."""

    AHEAD = "ahead"
    TENTATIVE = "tentative"
    ENDED = "ended"
    OUTCOME_UNKNOWN = "outcome_unknown"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


class Deadline(Entry):
    """A dated thing ahead: once or recurring; later also how it ended."""

    id: Annotated[DeadlineId, SLUG]
    title: Annotated[str, text_of(90)]
    kind: DeadlineKind
    when: Schedule
    status: Status
    precision: Precision
    summary: Annotated[str, text_of(450)]
    why: Annotated[str, text_of(300)]
    history: Annotated[str, text_of(400)] | None = None
    change: Annotated[str, text_of(250)] | None = None
    outcome: Annotated[str, text_of(300)] | None = None
    moved_from: SpanField | None = None
    superseded_by: DeadlineId | None = None
    lead_days: tuple[Annotated[int, Field(ge=0, le=365)], ...] = Field(default=(), max_length=10)
    tags: tuple[TagId, ...] = Field(min_length=1, max_length=MANY)

    @field_validator("lead_days")
    @classmethod
    def _descends(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if list(value) != sorted(set(value), reverse=True):
            msg = "lead days must descend and not repeat, such as [30, 7, 1, 0]"
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _agrees(self) -> Deadline:
        if self.outcome and self.status is not Status.PASSED:
            msg = "only a passed deadline has an outcome"
            raise ValueError(msg)
        if self.status is Status.PASSED and not (self.outcome or self.unknown_after):
            msg = "a passed deadline says how it ended (outcome) or since when that is not known (unknown_after)"
            raise ValueError(msg)
        if (self.status is Status.SUPERSEDED) != (self.superseded_by is not None):
            msg = "status superseded and superseded_by belong together"
            raise ValueError(msg)
        return self

    def find_next(self, now: datetime) -> Occurrence | None:
        """Return the occurrence under way or next at `now` (aware UTC), or None where none is expected any more."""
        return find_next(self.when, now) if self.status in {Status.SCHEDULED, Status.TENTATIVE} else None

    def find_last(self, now: datetime) -> Occurrence | None:
        """Return the latest occurrence that is over at `now` (aware UTC), or None."""
        return find_last(self.when, now)

    def standing(self, now: datetime, occurrence: Occurrence | None = None) -> Standing:
        """Say where it stands at `now` (aware UTC), or where one occurrence does; a date gone by unnoticed is never called certain."""
        if self.status is Status.CANCELLED:
            return Standing.CANCELLED
        if self.status is Status.SUPERSEDED:
            return Standing.SUPERSEDED
        if self.find_next(now) is None or (occurrence is not None and occurrence.is_over(now)):
            return Standing.ENDED if self.outcome else Standing.OUTCOME_UNKNOWN
        return Standing.TENTATIVE if self.status is Status.TENTATIVE else Standing.AHEAD


class Term(Entry):
    """One word of the glossary."""

    id: Annotated[TermId, SLUG]
    term: Annotated[str, text_of(60)]
    aliases: tuple[Annotated[str, text_of(60)], ...] = Field(default=(), max_length=12)
    definition: Annotated[str, text_of(500)]
    related_topics: tuple[TopicId, ...] = Field(default=(), max_length=8)


class Tag(Strict):
    """One word of the closed list that sorts events and deadlines."""

    id: Annotated[TagId, SLUG]
    title: Annotated[str, text_of(30)]


class Era(Strict):
    """A stretch of the timeline to jump to."""

    id: Annotated[str, SLUG]
    title: Annotated[str, text_of(60)]
    date: SpanField
