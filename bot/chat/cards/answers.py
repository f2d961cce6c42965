"""Cards of `/allies`: an answer, its sources, a word of the glossary, suggestions."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import discord

from bot.chat.cards.paging import entry_back
from bot.chat.layout import Card, Scene, alert_button, as_text, packed_sources, small, source_lines, stamp
from bot.domain.entries import State, Term, Topic
from bot.domain.managing import AskSubscribeScreen
from bot.domain.screens import AnswerScreen, DeadlineScreen, DeadlinesScreen, SourcesScreen, TimelineScreen, TreatyScreen, TurnsScreen
from bot.domain.treaties import Treaty
from bot.services.answering import MAX_CHOICES, Suggestions, label_of, screen_of
from bot.services.browsing import ENTRIES_PER_PAGE, Page, find_search
from bot.services.phrasing import superscript

if TYPE_CHECKING:
    from discord import ui

    from bot.chat.controls import GoButton
    from bot.domain.entries import Deadline
    from bot.domain.schedules import Occurrence
    from bot.domain.screens import Screen, TermScreen
    from bot.domain.statements import Source, SourceId

_COLOURS = {State.SETTLED: 0x5B7C99, State.DEVELOPING: 0xC98A2B, State.ENDED: 0x7A6C9A}


def topic_card(scene: Scene, screen: AnswerScreen, note: str | None = None) -> ui.LayoutView:
    """Return one answer of `/allies`; raises EntryGoneError."""
    topic = scene.snapshot.knowledge.get(Topic, screen.topic)
    words = scene.phrases.words
    numbers = {source: number for number, source in enumerate(topic.all_sources, 1)}
    card = Card(discord.Colour(_COLOURS[topic.state]))
    card.text(note and small(note), f"## {topic.title}", f"**{topic.answer}**").rule().text(topic.body)
    card.text(words.topic.facts, *(f"- {fact.text}{_marks(fact.sources, numbers)}" for fact in topic.facts))
    if topic.positions:
        said = (f"- {words.topic.position.format(who=p.who, says=p.says)}{_marks(p.sources, numbers)}" for p in topic.positions)
        card.text(words.topic.positions, *said)
    card.rule().text(*_status_lines(scene, topic))
    following = scene.snapshot.knowledge.find_next_deadline(topic, scene.now)
    card.text(_next_line(scene, following))
    card.text(packed_sources(scene, topic.all_sources, card.text_left(), words.common.more_sources))
    card.select(words.common.read_on, _other_answers(scene, topic))
    card.buttons(
        _next_button(card, scene, screen, following[0]) if following else None,
        card.button(words.common.timeline, TimelineScreen(topic=topic.id if topic.events else "")),
        card.button(words.common.deadlines, DeadlinesScreen(topic=topic.id if following else "")),
        card.button(words.common.sources_button, SourcesScreen(topic.id)),
        alert_button(card, scene, AskSubscribeScreen(topic.id)) if following else None,
    )
    return card.view()


def _marks(sources: tuple[SourceId, ...], numbers: dict[SourceId, int]) -> str:
    return " " + "·".join(superscript(numbers[source]) for source in sources)


def _status_lines(scene: Scene, topic: Topic) -> list[str]:
    first, *others = scene.phrases.ground(topic, scene.now)
    state = scene.phrases.words.common.state[topic.state]
    return [small(f"{first} {state}"), *map(small, others)]


def _next_line(scene: Scene, found: tuple[Deadline, Occurrence] | None) -> str:
    words = scene.phrases.words.topic
    if found is None:
        return ""
    deadline, occurrence = found
    when = f"{scene.phrases.occurrence(occurrence, deadline)}, {stamp(scene, occurrence)}"
    return words.next_deadline.format(title=deadline.title, when=when, certainty=scene.phrases.certainty(deadline, scene.now))


def _next_button(card: Card, scene: Scene, screen: AnswerScreen, deadline: Deadline) -> GoButton:
    there = DeadlineScreen(deadline.id, entry_back("deadline", deadline.id, screen))
    return card.button(scene.phrases.words.topic.next_button, there)


def _other_answers(scene: Scene, topic: Topic) -> list[tuple[str, Screen]]:
    """The related answers and the treaties it is about first, then the rest of the menu, as many as a select holds."""
    knowledge = scene.snapshot.knowledge
    related = [knowledge.get(Topic, i) for i in topic.related]
    shown = {topic.id, *topic.related}
    rest = [other for other in islice(knowledge.topics, MAX_CHOICES + len(shown)) if other.id not in shown]
    answers: list[tuple[str, Screen]] = [(label_of(other), AnswerScreen(other.id)) for other in (*related, *rest)]
    pair = [(scene.phrases.words.alliances.pair_button, TurnsScreen(*topic.pair))] if topic.pair else []
    treaties = [(treaty.name, TreatyScreen(treaty.id)) for treaty in (knowledge.get(Treaty, i) for i in topic.treaties)]
    return [*pair, *answers[: len(related)], *treaties, *answers[len(related) :]][:MAX_CHOICES]


def sources_card(scene: Scene, screen: SourcesScreen) -> ui.LayoutView:
    """Return all sources of an answer, with titles, a page at a time; raises EntryGoneError."""
    topic = scene.snapshot.knowledge.get(Topic, screen.topic)
    common = scene.phrases.words.common
    page: Page[Source] = Page.of(scene.snapshot.knowledge.list_sources(topic.all_sources), screen.page)
    card = Card().text(f"### {topic.title}", common.sources)
    card.text(source_lines(scene, page.items, page.number * ENTRIES_PER_PAGE + 1))
    card.text(*map(small, scene.phrases.ground(topic, scene.now)))
    card.buttons(
        card.button(common.back, AnswerScreen(topic.id), primary=True),
        card.button(common.previous, SourcesScreen(topic.id, page.number - 1), disabled=page.number == 0) if page.count > 1 else None,
        card.button(common.next, SourcesScreen(topic.id, page.number + 1), disabled=page.number + 1 == page.count)
        if page.count > 1
        else None,
    )
    return card.view()


def term_card(scene: Scene, screen: TermScreen, note: str | None = None) -> ui.LayoutView:
    """Return one word of the glossary; raises EntryGoneError."""
    knowledge, words = scene.snapshot.knowledge, scene.phrases.words
    term = knowledge.get(Term, screen.term)
    card = Card().text(note and small(note), small(words.topic.term), f"## {term.term}", term.definition).rule()
    card.text(*map(small, scene.phrases.ground(term, scene.now)))
    card.text(words.common.sources if term.sources else None, source_lines(scene, knowledge.list_sources(term.sources)))
    topics = [knowledge.get(Topic, i) for i in term.related_topics] or list(knowledge.topics[:MAX_CHOICES])
    return card.select(words.common.read_on, [(label_of(t), AnswerScreen(t.id)) for t in topics]).view()


def suggestions_card(scene: Scene, suggestions: Suggestions) -> ui.LayoutView:
    """Return up to three answers that may be meant, and the way to what the timeline has of it."""
    words = scene.phrases.words.topic
    card = Card().text(words.suggestions.format(text=as_text(suggestions.text[:100])), words.suggestions_hint)
    search = find_search(scene.snapshot, suggestions.text)
    return card.buttons(
        *(card.button(name_of(answer), screen_of(answer), primary=True) for answer in suggestions.answers),
        card.button(words.in_timeline, search) if search else None,
    ).view()


def name_of(answer: Topic | Term) -> str:
    """Return the label of an answer, cut to what a button shows."""
    return label_of(answer)[:80]
