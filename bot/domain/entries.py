"""The kinds of content, each defined once: what its fields are and what makes one valid."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, NewType

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from bot.domain.dates import DayField, SpanField
from bot.domain.schedules import Occurrence, Schedule, find_last, find_next

if TYPE_CHECKING:
    from datetime import datetime

TopicId = NewType("TopicId", str)
EventId = NewType("EventId", str)
DeadlineId = NewType("DeadlineId", str)
SourceId = NewType("SourceId", str)
TermId = NewType("TermId", str)
TagId = NewType("TagId", str)

_HTTPS = r"^https://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:[0-9]{1,5})?([/?#][^\s<>()\"`\\|]*(\([^\s<>()\"`\\|]*\)[^\s<>()\"`\\|]*)*)?$"
"""An address with a plain host, no user before it and nothing that would end a link on Discord early."""

_MANY = 60
"""Ids that a list may hold, several times what a card names."""

_SLUG = StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=48)


def _text(limit: int) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=limit)


def _paragraphs(text: str) -> str:
    """Set paragraphs apart by an empty line; folded YAML leaves a single line break."""
    return "\n\n".join(line for line in text.splitlines() if line.strip())


class Confidence(StrEnum):
    """How sure the knowledge base is of an entry."""

    CONFIRMED = "confirmed"
    REPORTED = "reported"
    UNCONFIRMED = "unconfirmed"


class Rank(StrEnum):
    """What kind of source it is; `party` is a government or its agency speaking for itself."""

    PRIMARY = "primary"
    PRESS = "press"
    RESEARCH = "research"
    PARTY = "party"


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


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Unknown(_Strict):
    """Where the trail ends: nothing of `what` is known here after `date`."""

    date: DayField
    what: Annotated[str, _text(250)]


class Entry(_Strict):
    """What every answer, event, deadline and term carries."""

    sources: tuple[SourceId, ...] = Field(default=(), max_length=_MANY)
    as_of: DayField
    confidence: Confidence = Confidence.CONFIRMED
    caveat: Annotated[str, _text(300)] | None = None
    unknown_after: Unknown | None = None
    review_by: DayField | None = None

    @model_validator(mode="after")
    def _has_ground(self) -> Entry:
        if self.confidence is Confidence.UNCONFIRMED and not self.caveat:
            msg = "an unconfirmed entry needs a caveat that says so"
            raise ValueError(msg)
        if self.confidence is not Confidence.UNCONFIRMED and not self.sources:
            msg = "an entry needs at least one source, or confidence: unconfirmed with a caveat"
            raise ValueError(msg)
        return self


class Source(_Strict):
    """Where a statement can be checked."""

    id: Annotated[SourceId, _SLUG]
    publisher: Annotated[str, _text(60)]
    title: Annotated[str, _text(160)]
    url: Annotated[str, StringConstraints(pattern=_HTTPS, max_length=400)]
    rank: Rank
    published: SpanField | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")] = "en"
    opened: bool = True


class Fact(_Strict):
    """One key fact of a topic."""

    text: Annotated[str, _text(180)]
    sources: tuple[SourceId, ...] = Field(min_length=1, max_length=_MANY)


class Position(_Strict):
    """What one side says, in its own name."""

    who: Annotated[str, _text(40)]
    says: Annotated[str, _text(200)]
    sources: tuple[SourceId, ...] = Field(min_length=1, max_length=_MANY)


class Topic(Entry):
    """One answer of `/allies`."""

    id: Annotated[TopicId, _SLUG]
    title: Annotated[str, _text(70)]
    menu: Annotated[str, _text(45)]
    aliases: tuple[Annotated[str, _text(60)], ...] = Field(default=(), max_length=12)
    tags: tuple[TagId, ...] = Field(default=(), max_length=_MANY)
    answer: Annotated[str, _text(260)]
    body: Annotated[str, _text(1000), AfterValidator(_paragraphs)]
    facts: tuple[Fact, ...] = Field(min_length=1, max_length=6)
    positions: tuple[Position, ...] = Field(default=(), max_length=4)
    state: State
    events: tuple[EventId, ...] = Field(default=(), max_length=_MANY)
    deadlines: tuple[DeadlineId, ...] = Field(default=(), max_length=_MANY)
    related: tuple[TopicId, ...] = Field(default=(), max_length=8)
    order: int = 1000

    @property
    def all_sources(self) -> tuple[SourceId, ...]:
        """Every source it names, those of the whole first, each once."""
        named = (*self.sources, *(i for f in self.facts for i in f.sources), *(i for p in self.positions for i in p.sources))
        return tuple(dict.fromkeys(named))


class Event(Entry):
    """One dated entry of `/timeline`."""

    id: Annotated[EventId, _SLUG]
    date: SpanField
    title: Annotated[str, _text(90)]
    summary: Annotated[str, _text(500)]
    tags: tuple[TagId, ...] = Field(min_length=1, max_length=_MANY)
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

    id: Annotated[DeadlineId, _SLUG]
    title: Annotated[str, _text(90)]
    kind: DeadlineKind
    when: Schedule
    status: Status
    precision: Precision
    summary: Annotated[str, _text(450)]
    why: Annotated[str, _text(300)]
    history: Annotated[str, _text(400)] | None = None
    change: Annotated[str, _text(250)] | None = None
    outcome: Annotated[str, _text(300)] | None = None
    moved_from: SpanField | None = None
    superseded_by: DeadlineId | None = None
    lead_days: tuple[Annotated[int, Field(ge=0, le=365)], ...] = Field(default=(), max_length=10)
    tags: tuple[TagId, ...] = Field(min_length=1, max_length=_MANY)

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

    id: Annotated[TermId, _SLUG]
    term: Annotated[str, _text(60)]
    aliases: tuple[Annotated[str, _text(60)], ...] = Field(default=(), max_length=12)
    definition: Annotated[str, _text(500)]
    related_topics: tuple[TopicId, ...] = Field(default=(), max_length=8)


class Tag(_Strict):
    """One word of the closed list that sorts events and deadlines."""

    id: Annotated[TagId, _SLUG]
    title: Annotated[str, _text(30)]


class Era(_Strict):
    """A stretch of the timeline to jump to."""

    id: Annotated[str, _SLUG]
    title: Annotated[str, _text(60)]
    date: SpanField
