"""The card of `/about`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.chat.layout import Card, Scene, small
from bot.domain.screens import AnswerScreen, DeadlinesScreen, TimelineScreen
from bot.knowledge.checking import FIRST_TOPIC

if TYPE_CHECKING:
    from discord import ui


def about_card(scene: Scene, version: str) -> ui.LayoutView:
    """Return what the bot is, how it decides, what it keeps, its version and the date of its content."""
    words, knowledge = scene.phrases.words, scene.snapshot.knowledge
    about = words.about
    card = Card().text(about.title, about.what).text(about.how).text(about.data).text(about.commands).rule()
    card.text(
        small(
            about.version.format(
                version=version,
                content=knowledge.version,
                date=scene.phrases.day(knowledge.dated),
                topics=len(knowledge.topics),
                events=len(knowledge.events),
                deadlines=len(knowledge.deadlines),
                treaties=len(knowledge.treaties),
                sources=len(knowledge.sources),
            )
        )
    )
    return card.buttons(
        card.button(knowledge.topics[0].menu[:80], AnswerScreen(FIRST_TOPIC), primary=True),
        card.button(words.common.timeline, TimelineScreen()),
        card.button(words.common.deadlines, DeadlinesScreen()),
    ).view()
