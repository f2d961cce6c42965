"""Cards of `/timeline`: a page of events, and one event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.chat.cards.paging import back_address, entry_back, page_buttons, topic_button, where_line
from bot.chat.layout import Card, Scene, as_text, small, source_lines
from bot.domain.entries import Event, Stance
from bot.domain.screens import AnswerScreen, EventScreen, TimelineScreen, TreatyScreen
from bot.domain.treaties import Treaty
from bot.services.answering import MAX_CHOICES, label_of
from bot.services.browsing import find_event_page, list_era_pages, timeline_page

if TYPE_CHECKING:
    from discord import ui

    from bot.domain.screens import Screen


_SUMMARY = 160
_COLOURS = {
    Stance.ALLIED: 0x3A8F5C,
    Stance.COOPERATIVE: 0x5BA37A,
    Stance.MIXED: 0xC98A2B,
    Stance.COMPETITIVE: 0xC06A45,
    Stance.HOSTILE: 0xA8434A,
    None: 0x5B7C99,
}


def timeline_card(scene: Scene, screen: TimelineScreen) -> ui.LayoutView:
    """Return one page of the timeline; raises EntryGoneError for a topic that is gone."""
    words, snapshot = scene.phrases.words, scene.snapshot
    page = timeline_page(snapshot, screen)
    card = Card().text(words.timeline.title, small(_escaped_filters(scene, screen))).rule()
    if not page.items:
        return card.text(words.timeline.empty).buttons(card.button(words.common.timeline, TimelineScreen(), primary=True)).view()
    here = screen.on_page(page.number)
    for event in page.items:
        card.entry(_listed(scene, event), words.common.open, EventScreen(event.id, entry_back("event", event.id, here)))
    card.text(small(f"{where_line(scene, page)} · {_reach(page.items)}"))
    card.select(words.timeline.eras, [(era.title, screen.on_page(number)) for era, number in list_era_pages(snapshot, screen)])
    return page_buttons(card, scene, screen, page).buttons(topic_button(card, scene, screen)).view()


def _escaped_filters(scene: Scene, screen: TimelineScreen) -> str:
    return as_text(scene.phrases.timeline_filters(screen, scene.snapshot.knowledge))


def _listed(scene: Scene, event: Event) -> str:
    summary = event.summary if len(event.summary) <= _SUMMARY else event.summary[: _SUMMARY - 1].rsplit(" ", 1)[0] + "…"
    return f"**{scene.phrases.span(event.date)}** · {event.title}\n{small(summary)}"


def _reach(events: tuple[Event, ...]) -> str:
    first, last = events[0].date.start.year, events[-1].date.start.year
    return str(first) if first == last else f"{first} – {last}"  # noqa: RUF001 - a span of years


def event_card(scene: Scene, screen: EventScreen) -> ui.LayoutView:
    """Return one event with its sources; raises EntryGoneError."""
    knowledge, words = scene.snapshot.knowledge, scene.phrases.words
    event = knowledge.get(Event, screen.event)
    card = Card(discord.Colour(_COLOURS[event.stance]))
    card.text(f"## {event.title}", f"**{scene.phrases.span(event.date)}**").text(event.summary).rule()
    stance = words.timeline.our_reading.format(stance=words.timeline.stance[event.stance]) if event.stance else None
    tags = words.timeline.tags.format(tags=", ".join(scene.phrases.tag(t, knowledge) for t in event.tags))
    card.text(*map(small, filter(None, (*scene.phrases.ground(event, scene.now), stance, tags))))
    card.text(words.common.sources if event.sources else None, source_lines(scene, knowledge.list_sources(event.sources)))
    answers: list[tuple[str, Screen]] = [(label_of(t), AnswerScreen(t.id)) for t in knowledge.list_topics_of_event(event.id)]
    here = EventScreen(event.id)
    treaties = [(knowledge.get(Treaty, i).name, TreatyScreen(i, entry_back("treaty", i, here))) for i in event.treaties]
    card.select(words.common.read_on, [*answers, *treaties][:MAX_CHOICES])
    return card.buttons(card.button(words.common.back, back_address(screen.back, find_event_page(scene.snapshot, event)))).view()
