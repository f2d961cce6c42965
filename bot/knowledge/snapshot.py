"""The knowledge in use: one immutable snapshot, swapped whole, so that a reader sees the old or the new, never a mixture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.knowledge.naming import CountryNames
from bot.knowledge.searching import Document, SearchIndex

if TYPE_CHECKING:
    from bot.domain.entries import Term, Topic
    from bot.domain.knowledge_base import KnowledgeBase


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A knowledge base with its indexes; `answers` are the things `/allies` can show, in the order of their index."""

    knowledge: KnowledgeBase
    answers: tuple[Topic | Term, ...]
    answer_index: SearchIndex
    events: SearchIndex
    countries: CountryNames

    @classmethod
    def of(cls, knowledge: KnowledgeBase) -> Snapshot:
        """Index `knowledge`: topics before glossary terms, events by title and summary, countries with many treaties first."""
        knowledge.prepare()
        topics = [Document((t.title, t.menu, t.id), _said_about(t), t.aliases) for t in knowledge.topics]
        terms = [Document((t.term, t.id), t.definition, t.aliases) for t in knowledge.terms]
        events = [Document((e.title,), f"{e.summary} {e.date}") for e in knowledge.events]
        return cls(
            knowledge=knowledge,
            answers=(*knowledge.topics, *knowledge.terms),
            answer_index=SearchIndex([*topics, *terms]),
            events=SearchIndex(events),
            countries=CountryNames(sorted(knowledge.countries, key=lambda c: -knowledge.treaty_book.count_treaties(c.id))),
        )


def _said_about(topic: Topic) -> str:
    return " ".join((topic.answer, topic.body, *(fact.text for fact in topic.facts), *(f"{p.who} {p.says}" for p in topic.positions)))


@dataclass(slots=True)
class CurrentSnapshot:
    """Holds the snapshot in use; readers take `.current` once per answer."""

    current: Snapshot
