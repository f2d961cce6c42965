"""From a screen to its card; the one place that knows which card shows what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.chat.cards.about import about_card
from bot.chat.cards.answers import sources_card, suggestions_card, term_card, topic_card
from bot.chat.cards.deadlines import deadline_card, deadlines_card
from bot.chat.cards.timeline import event_card, timeline_card
from bot.domain.screens import (
    AboutScreen,
    AnswerScreen,
    DeadlineScreen,
    DeadlinesScreen,
    EventScreen,
    Screen,
    SourcesScreen,
    TermScreen,
    TimelineScreen,
)
from bot.services.answering import Suggestions, find_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from discord import ui

    from bot.chat.layout import Scene


class Renderer:
    """Draws screens; `version` is the version of the program, which only `/about` shows."""

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
            AboutScreen: lambda scene, _: about_card(scene, version),
        }

    def draw(self, scene: Scene, screen: Screen) -> ui.LayoutView:
        """Return the card of `screen`; raises UserError where it has nothing to show."""
        return self._cards[type(screen)](scene, screen)

    def answer(self, scene: Scene, text: str | None) -> ui.LayoutView:
        """Return the card for what somebody typed after `/allies`."""
        found = find_answer(scene.snapshot, text)
        if isinstance(found, Suggestions):
            return suggestions_card(scene, found)
        if not found.is_guess:
            return self.draw(scene, found.screen)
        note = scene.phrases.words.topic.closest.format(text=discord.utils.escape_markdown((text or "")[:100]))
        return self._cards[type(found.screen)](scene, found.screen, note)
