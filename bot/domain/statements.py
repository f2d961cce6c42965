"""What every statement carries: an id, sources, the day it was true, and how sure it is."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, NewType

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from bot.domain.dates import DayField, SpanField

TopicId = NewType("TopicId", str)
EventId = NewType("EventId", str)
DeadlineId = NewType("DeadlineId", str)
SourceId = NewType("SourceId", str)
TermId = NewType("TermId", str)
TagId = NewType("TagId", str)
TreatyId = NewType("TreatyId", str)
CountryId = NewType("CountryId", str)

_HTTPS = r"^https://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:[0-9]{1,5})?([/?#][^\s<>()\"`\\|]*(\([^\s<>()\"`\\|]*\)[^\s<>()\"`\\|]*)*)?$"
"""An address with a plain host, no user before it and nothing that would end a link on Discord early."""

MANY = 60
"""Ids that a list may hold, several times what a card names."""

SLUG = StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=48)


def text_of(limit: int) -> StringConstraints:
    """Return what a text of 1 to `limit` characters must be."""
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=limit)


def paragraphs_of(text: str) -> str:
    """Set paragraphs apart by an empty line; folded YAML leaves a single line break."""
    return "\n\n".join(line for line in text.splitlines() if line.strip())


class Confidence(StrEnum):
    """How sure the knowledge base is of an entry."""

    CONFIRMED = "confirmed"
    REPORTED = "reported"
    UNCONFIRMED = "unconfirmed"


class Rank(StrEnum):
    """What kind of source it is.

    `party` is a government or its agency speaking for itself, `press` an agency or a paper of record, `other` what a better one should replace.
    """

    PRIMARY = "primary"
    PRESS = "press"
    RESEARCH = "research"
    PARTY = "party"
    OTHER = "other"


class Strict(BaseModel):
    """What is written in the content: it never changes, and a key nobody knows is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Unknown(Strict):
    """Where the trail ends: nothing of `what` is known here after `date`."""

    date: DayField
    what: Annotated[str, text_of(250)]


class Entry(Strict):
    """What every answer, event, deadline and term carries."""

    sources: tuple[SourceId, ...] = Field(default=(), max_length=MANY)
    as_of: DayField
    confidence: Confidence = Confidence.CONFIRMED
    caveat: Annotated[str, text_of(300)] | None = None
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


class BannedHost(Strict):
    """A host that no source may stand on, its subdomains included."""

    id: Annotated[str, SLUG]
    host: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$", max_length=100)]
    why: Annotated[str, text_of(120)]


class Source(Strict):
    """Where a statement can be checked."""

    id: Annotated[SourceId, SLUG]
    publisher: Annotated[str, text_of(60)]
    title: Annotated[str, text_of(160)]
    url: Annotated[str, StringConstraints(pattern=_HTTPS, max_length=400)]
    rank: Rank
    published: SpanField | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")] = "en"
    opened: bool = True
