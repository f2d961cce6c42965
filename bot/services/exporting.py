"""Entries as plain JSON values, with their sources written out, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.entries import Entry, Topic
    from bot.domain.knowledge_base import KnowledgeBase
    from bot.domain.schedules import Occurrence
    from bot.services.browsing import DatedDeadline

JsonObject = dict[str, Any]


def entry(value: Entry, knowledge: KnowledgeBase) -> JsonObject:
    """Return the fields of an entry; `sources` become objects."""
    dumped: JsonObject = value.model_dump(mode="json", exclude_none=True)
    fields = {"id": dumped["id"], **dumped}
    fields["sources"] = [source.model_dump(mode="json", exclude_none=True) for source in knowledge.list_sources(value.sources)]
    return fields


def topic(value: Topic, knowledge: KnowledgeBase, now: datetime) -> JsonObject:
    """Return a topic with every source it names and the next deadline that bears on it at `now` (aware UTC)."""
    fields = entry(value, knowledge)
    fields["sources"] = [source.model_dump(mode="json", exclude_none=True) for source in knowledge.list_sources(value.all_sources)]
    following = knowledge.find_next_deadline(value, now)
    fields["next_deadline"] = {"id": following[0].id, **occurrence(following[1])} if following else None
    return fields


def deadline(value: DatedDeadline, knowledge: KnowledgeBase, now: datetime) -> JsonObject:
    """Return a deadline with the occurrence that is shown and where it stands at `now` (aware UTC)."""
    fields = entry(value.deadline, knowledge)
    fields["occurrence"] = occurrence(value.occurrence)
    fields["standing"] = value.deadline.standing(now, value.occurrence).value
    return fields


def occurrence(value: Occurrence) -> JsonObject:
    """Return first and last day and, for a legal moment, the UTC instant, in ISO 8601."""
    days: JsonObject = {"first": value.first.isoformat(), "last": value.last.isoformat()}
    return days | ({"at": value.at.isoformat()} if value.at else {})
