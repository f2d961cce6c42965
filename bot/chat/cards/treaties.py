"""Cards about treaties: all allies of a country, and one treaty with its parties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.chat.cards.paging import back_address, entry_back, page_buttons, where_line
from bot.chat.cards.relations import COLOURS, add_choices
from bot.chat.layout import Card, Scene, fitting, small, source_lines
from bot.domain.alliances import Absence
from bot.domain.countries import Country
from bot.domain.screens import AnswerScreen, CirclesScreen, EventScreen, Screen, TreatyScreen
from bot.domain.treaties import Treaty
from bot.knowledge.checking import FIRST_TOPIC
from bot.services.answering import MAX_CHOICES, label_of
from bot.services.browsing import ENTRIES_PER_PAGE, Page
from bot.services.narrating import MAX_NAMED, Narrator
from bot.services.relating import day_of

if TYPE_CHECKING:
    from discord import ui

    from bot.domain.alliances import Circle

_WITHOUT_DOUBTS = 3
"""Lines of a treaty on such a page that are not about what is contested or not confirmed."""

_ROOM_FOR_SOURCES = 1000
_ROOM_BELOW = 150
"""Characters kept free for headings, or for the caution and the page below a list."""


def circles_card(scene: Scene, screen: CirclesScreen) -> ui.LayoutView:
    """Return a page of the treaties by which a country has allies on a day; raises EntryGoneError."""
    knowledge, words, today = scene.snapshot.knowledge, scene.phrases.words.alliances.circles, scene.now.date()
    country = knowledge.get(Country, screen.country)
    narrator, day = Narrator.of(scene.snapshot, scene.phrases, today), day_of(screen.asked, today)
    circles = knowledge.treaty_book.list_circles(country.id, day)
    if isinstance(circles, Absence):
        return _absence_card(scene, screen, circles, narrator)
    page: Page[Circle] = Page.of(circles, screen.page)
    card = Card(discord.Colour(COLOURS[circles[0].label])) if circles else Card()
    when = narrator.when(screen.asked, day, knowledge.treaty_book.as_of)
    state = knowledge.treaty_book.find_state(country.id, day) or country
    intro = (words.intro if circles else words.none).format(count=len(circles), when=when)
    card.text(words.title.format(country=country.spoken), intro, *narrator.told_as(country.id, state), *narrator.status(state)).rule()
    here, room = screen.on_page(page.number), (card.text_left() - _ROOM_BELOW) // ENTRIES_PER_PAGE
    for circle in page.items:
        there = TreatyScreen(circle.treaty.id, entry_back("treaty", circle.treaty.id, here))
        card.entry(_circle_in(room, narrator, circle), scene.phrases.words.common.open, there)
    card.text(small(narrator.caution(knowledge.treaty_book.as_of or today)))
    if page.count > 1:
        card.text(small(where_line(scene, page)))
    return page_buttons(card, scene, screen, page).view()


def _circle_in(room: int, narrator: Narrator, circle: Circle) -> str:
    """Return what a treaty is to a country in at most `room` characters: fewer allies by name, at least one, then without its doubts."""
    for lines in (None, _WITHOUT_DOUBTS):
        for most in range(MAX_NAMED, 0, -1):
            text = "\n".join(narrator.circle(circle, most)[:lines])
            if len(text) <= room:
                return text
    return text


def _absence_card(scene: Scene, screen: CirclesScreen, absence: Absence, narrator: Narrator) -> ui.LayoutView:
    words = scene.phrases.words.alliances
    card = Card().text(words.circles.title.format(country=absence.country.spoken))
    card.text(
        narrator.absence(absence, screen.asked),
        *narrator.status(absence.country),
        absence.country.note,
        *narrator.instead(absence, absence.country),
    )
    add_choices(card, scene, [(there.name, CirclesScreen(there.id, screen.on)) for there in absence.instead])
    return card.view()


def treaty_card(scene: Scene, screen: TreatyScreen) -> ui.LayoutView:
    """Return one treaty: what it says, its dates and parties, what is contested, and its sources; raises EntryGoneError."""
    knowledge, words = scene.snapshot.knowledge, scene.phrases.words.alliances.treaty
    treaty = knowledge.get(Treaty, screen.treaty)
    narrator = Narrator.of(scene.snapshot, scene.phrases, scene.now.date())
    details = " · ".join(filter(None, (treaty.article, words.kind[treaty.kind], words.binding[treaty.binding])))
    card = Card().text(f"## {treaty.name}", small(f"{details}\n{narrator.treaty_dates(treaty)}"), treaty.obligation)
    hub = words.hub.format(country=narrator.countries[treaty.hub].spoken) if treaty.hub else None
    doubts = [line for line in narrator.doubts(treaty) if line != scene.phrases.words.common.caveat.format(text=treaty.caveat)]
    ground = [small(line) for line in scene.phrases.ground(treaty, scene.now)]
    sources = source_lines(scene, knowledge.list_sources(treaty.sources)).splitlines()
    kept = sum(map(len, filter(None, (hub, *doubts, treaty.note, *ground)))) + min(sum(map(len, sources)), _ROOM_FOR_SOURCES)
    room = card.text_left() - kept - _ROOM_BELOW
    remarks = [narrator.remark_of(remark) for remark in treaty.suspensions]
    told = fitting(scene, remarks, room // 2)
    card.text(hub, *doubts, told, treaty.note).rule()
    count = words.parties.format(count=len({party.country for party in treaty.parties}))
    card.text(count, narrator.parties(treaty, room - len(told))).rule().text(*ground)
    common = scene.phrases.words.common
    card.text(common.sources if sources else None, fitting(scene, sources, card.text_left() - len(common.sources) - 1))
    card.select(scene.phrases.words.common.read_on, _naming(scene, treaty))
    return card.buttons(card.button(scene.phrases.words.common.back, back_address(screen.back, AnswerScreen(FIRST_TOPIC)))).view()


def _naming(scene: Scene, treaty: Treaty) -> list[tuple[str, Screen]]:
    """The answers and events that name the treaty."""
    knowledge = scene.snapshot.knowledge
    topics: list[tuple[str, Screen]] = [(label_of(t), AnswerScreen(t.id)) for t in knowledge.list_topics_of_treaty(treaty.id)]
    here = TreatyScreen(treaty.id)
    events = knowledge.list_events_of_treaty(treaty.id)
    named = [(f"{scene.phrases.span(e.date)}: {e.title}", EventScreen(e.id, entry_back("event", e.id, here))) for e in events]
    return [*topics, *named][:MAX_CHOICES]
