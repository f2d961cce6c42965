"""From a screen to its card; the one place that knows which card shows what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.chat.cards.about import about_card
from bot.chat.cards.answers import sources_card, suggestions_card, term_card, topic_card
from bot.chat.cards.deadlines import deadline_card, deadlines_card
from bot.chat.cards.relations import relation_card, turns_card, which_card
from bot.chat.cards.timeline import event_card, timeline_card
from bot.chat.cards.treaties import circles_card, treaty_card
from bot.chat.keeping import Drawn
from bot.chat.layout import as_text
from bot.domain.screens import (
    AboutScreen,
    AnswerScreen,
    CirclesScreen,
    DeadlineScreen,
    DeadlinesScreen,
    EventScreen,
    RelationScreen,
    Screen,
    SourcesScreen,
    TermScreen,
    TimelineScreen,
    TreatyScreen,
    TurnsScreen,
)
from bot.errors import TopicAndCountryError
from bot.services.answering import Suggestions, find_answer
from bot.services.relating import Which, find_question, find_relation

if TYPE_CHECKING:
    from collections.abc import Callable

    from discord import ui

    from bot.chat.layout import Scene
    from bot.services.relating import Question


MAX_NOTE = 60
"""Characters of what somebody typed that a card repeats; escaping may double them."""

MAX_KEPT = 256
"""Cards kept at most; most questions in a busy minute are the same few."""


class Renderer:
    """Draws screens; `version` is the version of the program, which only `/about` shows. A card is kept for the minute it was drawn in."""

    def __init__(self, version: str) -> None:
        """Remember the version and which card draws which screen."""
        self._cards: dict[type[Screen], Callable[..., ui.LayoutView]] = {
            AnswerScreen: topic_card,
            TermScreen: term_card,
            SourcesScreen: sources_card,
            TimelineScreen: timeline_card,
            EventScreen: event_card,
            DeadlinesScreen: deadlines_card,
            DeadlineScreen: deadline_card,
            RelationScreen: relation_card,
            TurnsScreen: turns_card,
            CirclesScreen: circles_card,
            TreatyScreen: treaty_card,
            AboutScreen: lambda scene, _: about_card(scene, version),
        }
        self._kept: Drawn[tuple[Screen, bool], ui.LayoutView] = Drawn(MAX_KEPT)

    def draw(self, scene: Scene, screen: Screen) -> ui.LayoutView:
        """Return the card of `screen`, which may be shared with another message; raises UserError where nothing is to show."""
        kept, key = self._kept.at(scene), (screen, scene.may_manage)
        if key not in kept:
            kept[key] = self._cards[type(screen)](scene, screen)
        return kept[key]

    def answer(self, scene: Scene, text: str | None, question: Question) -> ui.LayoutView:
        """Return the card for what somebody typed after `/allies`: a topic, or a question about countries; raises UserError.

        The name of a country leads to the country also where a topic was asked for, unless an answer goes by it.
        """
        typed = (text or "").strip()
        if question and typed:
            raise TopicAndCountryError
        asked = question or find_question(scene.snapshot, (typed,))
        if asked:
            return self._relation(scene, asked)
        found = find_answer(scene.snapshot, typed)
        if isinstance(found, Suggestions):
            return suggestions_card(scene, found)
        if not found.is_guess:
            return self.draw(scene, found.screen)
        return self.guess(scene, found.screen, typed)

    def _relation(self, scene: Scene, question: Question) -> ui.LayoutView:
        found = find_relation(scene.snapshot, question, scene.now.date())
        return which_card(scene, found) if isinstance(found, Which) else self.draw(scene, found)

    def guess(self, scene: Scene, screen: Screen, typed: str) -> ui.LayoutView:
        """Return the card of the answer that comes closest to what somebody typed, saying so."""
        note = scene.phrases.words.topic.closest.format(text=as_text(typed[:MAX_NOTE]))
        return self._cards[type(screen)](scene, screen, note)
