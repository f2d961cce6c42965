"""Entries as plain JSON values, with their sources written out, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.alliances import Relation
from bot.domain.countries import Country

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from bot.domain.alliance_history import Turn
    from bot.domain.alliances import Absence, Circle, Past, Tie
    from bot.domain.countries import Period
    from bot.domain.entries import Term, Topic
    from bot.domain.knowledge_base import KnowledgeBase
    from bot.domain.schedules import Occurrence
    from bot.domain.screens import CirclesScreen, RelationScreen
    from bot.domain.statements import Entry
    from bot.domain.treaties import Membership, Treaty
    from bot.services.browsing import DatedDeadline
    from bot.services.narrating import Narrator

JsonObject = dict[str, Any]


def entry(value: Entry, knowledge: KnowledgeBase) -> JsonObject:
    """Return the fields of an entry; `sources` become objects."""
    dumped: JsonObject = value.model_dump(mode="json", exclude_none=True)
    fields = {"id": dumped["id"], **dumped}
    fields["sources"] = [source.model_dump(mode="json", exclude_none=True) for source in knowledge.list_sources(value.sources)]
    return fields


def topic(value: Topic, knowledge: KnowledgeBase, now: datetime, *, is_guess: bool) -> JsonObject:
    """Return a topic with every source it names and the next deadline that bears on it at `now` (aware UTC)."""
    fields = {"kind": "topic", "is_guess": is_guess, **entry(value, knowledge)}
    fields["sources"] = [source.model_dump(mode="json", exclude_none=True) for source in knowledge.list_sources(value.all_sources)]
    following = knowledge.find_next_deadline(value, now)
    fields["next_deadline"] = {"id": following[0].id, **occurrence(following[1])} if following else None
    return fields


def term(value: Term, knowledge: KnowledgeBase, *, is_guess: bool) -> JsonObject:
    """Return a term of the glossary."""
    return {"kind": "term", "is_guess": is_guess, **entry(value, knowledge)}


def treaty(value: Treaty, knowledge: KnowledgeBase) -> JsonObject:
    """Return a treaty with all its parties; as it has a kind of its own, it stands within."""
    return {"kind": "treaty", "treaty": {**_treaty(value, knowledge), "parties": [_member(party) for party in value.parties]}}


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


def relation(value: Relation, screen: RelationScreen, turns: Iterable[Turn], knowledge: KnowledgeBase, narrator: Narrator) -> JsonObject:
    """Return what two states are to each other, the treaties that decide it first; `turns` are the changes within the time asked for."""
    words, was = narrator.phrases.words.alliances.relation, value.was
    topic = knowledge.find_topic_of_pair(value.one.id, value.other.id)
    asked_for = ((knowledge.get(Country, code), state) for code, state in ((screen.one, value.one), (screen.other, value.other)))
    return {
        "kind": "relation",
        "countries": [{**_country(country), **_told_as(country, state)} for country, state in asked_for],
        **_when(screen, value.day),
        "label": value.label.value,
        "label_text": words.label[value.label],
        "former": was.value if was else None,
        "treaties": [_tie(tie, value, knowledge) for tie in value.strongest_first],
        "past": [_past(past, knowledge) for past in value.past],
        "changes": [_turn(turn, narrator, is_start=number == 0) for number, turn in enumerate(turns)],
        "topic": topic.id if topic else None,
        "as_of": value.as_of.isoformat(),
        "caution": " ".join(narrator.cautions(value)),
    }


def absence(value: Absence, screen: RelationScreen | CirclesScreen, narrator: Narrator) -> JsonObject:
    """Return which country was no state, and those that stood in its place."""
    return {
        "kind": "absence",
        **_when(screen, value.day),
        "absent": _country(value.country),
        "text": narrator.absence(value, screen.asked).replace("**", ""),
        "note": value.country.note,
        "instead": [_country(there) for there in value.instead],
    }


def circles(value: Iterable[Circle], screen: CirclesScreen, day: date, knowledge: KnowledgeBase, narrator: Narrator) -> JsonObject:
    """Return every treaty by which a country has allies on `day`, and each of them."""
    labels, known = narrator.phrases.words.alliances.relation.label, knowledge.treaty_book.as_of or day
    country = knowledge.get(Country, screen.country)
    return {
        "kind": "allies",
        "country": {**_country(country), **_told_as(country, knowledge.treaty_book.find_state(country.id, day) or country)},
        **_when(screen, day),
        "treaties": [
            {
                **_treaty(circle.treaty, knowledge),
                "label": circle.label.value,
                "label_text": labels[circle.label],
                "allies": [
                    {**_country(ally), "role": tie.other.role, "remarks": _remarks(tie), "is_sure": tie.is_sure}
                    for ally, tie in circle.allies
                ],
            }
            for circle in value
        ],
        "as_of": known.isoformat(),
        "caution": narrator.caution(known),
    }


def _country(value: Country) -> JsonObject:
    return {"id": value.id, "name": value.name, "status": value.status}


def _told_as(asked: Country, state: Country) -> JsonObject:
    """Return the state that a country is told as on a day, null for itself."""
    return {"told_as": None if asked.id == state.id else _country(state)}


def _when(screen: RelationScreen | CirclesScreen, day: date) -> JsonObject:
    """Return the date that was asked for, null for today, and the day the answer is told for."""
    return {"asked": screen.on or None, "day": day.isoformat()}


def _span(value: Period) -> JsonObject:
    return {"from": str(value.since) if value.since else None, "until": str(value.until) if value.until else None}


def _treaty(value: Treaty, knowledge: KnowledgeBase) -> JsonObject:
    """Return a treaty without its parties; dates are as long as they are known."""
    dumped = value.model_dump(mode="json", exclude={"parties", "suspensions", "sources", "partners", "hub", "practice", "unknown_after"})
    sources = [source.model_dump(mode="json", exclude_none=True) for source in knowledge.list_sources(value.sources)]
    return {"id": dumped["id"], **dumped, "sources": sources}


def _member(value: Membership) -> JsonObject:
    signed = str(value.signed) if value.signed else None
    return {"country": value.country, "signed": signed, **_span(value), "role": value.role, "note": value.note}


def _past(value: Past, knowledge: KnowledgeBase) -> JsonObject:
    """Return a treaty that bound two states, with the dates from which and until which it did, as exactly as they are known."""
    edges = (edge for dated in (value.treaty, value.one, value.other) for edge in dated.edges)
    known = dict(sorted(((day, str(told)) for day, told in edges), key=lambda edge: len(edge[1])))  # the most exact of one day stays
    bound = {"since": known[value.since], "until": known[value.until]}
    return {**_treaty(value.treaty, knowledge), **bound, "members": [_member(value.one), _member(value.other)]}


def _tie(value: Tie, between: Relation, knowledge: KnowledgeBase) -> JsonObject:
    """Return a treaty as it stands between two states."""
    return {
        **_treaty(value.treaty, knowledge),
        "force": value.force.value,
        "deciding": value in between.deciding,
        "members": [_member(value.one), _member(value.other)],
        "remarks": _remarks(value),
        "is_sure": value.is_sure,
    }


def _remarks(value: Tie) -> list[JsonObject]:
    """Return what is suspended or told between the two."""
    return [{"text": remark.note, "effect": remark.effect.value, **_span(remark)} for remark in value.remarks]


def _turn(value: Turn, narrator: Narrator, *, is_start: bool) -> JsonObject:
    """Return what holds from a day on, as exactly as it is known; at the start that is the first day asked for.

    The label is null where one of the two was no state.
    """
    known = value.outcome if isinstance(value.outcome, Relation) else None
    return {
        "is_start": is_start,
        "since": str(value.known),
        "label": value.label.value if value.label else None,
        "text": narrator.turned(value),
        "treaties": list(dict.fromkeys(tie.treaty.id for tie in known.deciding)) if known else [],
    }
