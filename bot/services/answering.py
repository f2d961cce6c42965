"""From what somebody typed to the answer that fits, or to three that may."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.entries import Term, Topic
from bot.domain.screens import AnswerScreen, Screen, TermScreen, TreatyScreen
from bot.domain.treaties import Treaty
from bot.knowledge.checking import FIRST_TOPIC
from bot.knowledge.searching import normalize

if TYPE_CHECKING:
    from bot.domain.knowledge_base import KnowledgeBase
    from bot.knowledge.snapshot import Snapshot

MAX_CHOICES = 25
"""Most choices Discord shows for an option of a command, and in a select."""

_OFFERED = 3
_BETWEEN_NAMES = re.compile(r" / |[()]")
"""What stands between the short names of a treaty: Manila Pact / SEATO, Rio Treaty (TIAR)."""


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to show; `is_guess` where the text named it only roughly."""

    screen: Screen
    is_guess: bool = False


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Nothing fits `text` well; these may be meant."""

    text: str
    answers: tuple[Topic | Term, ...]


def screen_of(answer: Topic | Term) -> Screen:
    """Return the screen that shows a topic or a term."""
    return AnswerScreen(answer.id) if isinstance(answer, Topic) else TermScreen(answer.id)


def title_of(knowledge: KnowledgeBase, screen: Screen) -> str:
    """Return what people call what `find_answer` found; `find_answer` finds it again by that."""
    match screen:
        case AnswerScreen():
            return label_of(knowledge.get(Topic, screen.topic))
        case TermScreen():
            return label_of(knowledge.get(Term, screen.term))
        case TreatyScreen():
            return knowledge.get(Treaty, screen.treaty).name
    raise TypeError(screen)


def find_answer(snapshot: Snapshot, text: str | None) -> Found | Suggestions:
    """Return the verdict for no text, the answer or the treaty that goes by `text`, the one clear best match, or up to three suggestions."""
    if not text or not text.strip():
        return Found(AnswerScreen(FIRST_TOPIC))
    index = snapshot.answer_index
    exact = index.find_exact(text)
    if exact is not None:
        return Found(screen_of(snapshot.answers[exact]))
    if treaty := _find_treaty(snapshot.knowledge, text):
        return Found(TreatyScreen(treaty.id))
    similar = index.find_similar(text)
    if similar is not None:
        return Found(screen_of(snapshot.answers[similar]), is_guess=True)
    ranked = index.list_closest(text, _OFFERED)
    if ranked and (len(ranked) == 1 or ranked[0][1] > ranked[1][1]) and index.is_meant(ranked[0][0], text):
        return Found(screen_of(snapshot.answers[ranked[0][0]]), is_guess=True)
    numbers = [number for number, _ in ranked] or range(min(_OFFERED, len(snapshot.answers)))
    return Suggestions(text, tuple(snapshot.answers[number] for number in numbers))


def _find_treaty(knowledge: KnowledgeBase, text: str) -> Treaty | None:
    """Return the one treaty that goes by `text`, by its whole name or one of its short ones: NATO, SEATO."""
    wanted = normalize(text)
    named = [treaty for treaty in knowledge.treaties if wanted in {normalize(name) for name in _names_of(treaty)}]
    return named[0] if len(named) == 1 else None


def _names_of(treaty: Treaty) -> tuple[str, ...]:
    """Return the names of a treaty; where its short name has parts with a hyphen, these name its parties."""
    parts = (part for part in _BETWEEN_NAMES.split(treaty.short) if "-" not in part)
    return treaty.name, treaty.short, *parts, *treaty.aliases


def list_choices(snapshot: Snapshot, text: str) -> tuple[Topic | Term, ...]:
    """Return what to suggest while `text` is being typed: topics only, in menu order, as long as nothing is typed."""
    if not text.strip():
        return snapshot.knowledge.topics[:MAX_CHOICES]
    numbers = snapshot.answer_index.list_matches(text, MAX_CHOICES)
    if not numbers:
        numbers = tuple(number for number, _ in snapshot.answer_index.list_closest(text, MAX_CHOICES))
    return tuple(snapshot.answers[number] for number in numbers[:MAX_CHOICES])


def label_of(answer: Topic | Term) -> str:
    """Return the short name of an answer for menus, at most 60 characters."""
    return answer.menu if isinstance(answer, Topic) else answer.term


def id_of(answer: Topic | Term) -> str:
    """Return the id that an autocomplete choice sends back; `find_answer` understands it."""
    return answer.id
