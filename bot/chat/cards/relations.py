"""Cards of `/allies` about two countries: what they are to each other, how that changed, and which country was meant."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import discord

from bot.chat.cards.paging import entry_back, page_buttons, where_line
from bot.chat.layout import Card, Scene, as_text, fitting, packed_sources, small
from bot.domain.alliance_history import Turn, list_turns
from bot.domain.alliances import Absence, Label, Relation
from bot.domain.countries import FIRST_YEAR, Country
from bot.domain.screens import AnswerScreen, CirclesScreen, EventScreen, RelationScreen, Screen, TreatyScreen, TurnsScreen
from bot.services.answering import MAX_CHOICES, label_of
from bot.services.browsing import Page
from bot.services.narrating import Narrator
from bot.services.relating import list_changes, relate

if TYPE_CHECKING:
    from discord import ui

    from bot.chat.controls import GoButton
    from bot.domain.alliances import Tie
    from bot.services.relating import Which

COLOURS = {
    Label.TREATY_ALLIES: 0x3A8F5C,
    Label.ON_PAPER: 0x7FA36B,
    Label.WARTIME_COALITION: 0x3A8F5C,
    Label.ONE_SIDED_PLEDGE: 0x5BA37A,
    Label.SIGNED: 0xC98A2B,
    Label.PARTNERS: 0x5B7C99,
    Label.NONE: 0x7A6C9A,
}
_ROOM_AFTER_TIES = 1300
"""Characters kept free below the treaties: for what came before, the changes, the caution, the sources, the line that counts the rest."""

_ROOM_FOR_PAST = 450
_ROOM_FOR_SOURCES = 900
_TURNS_PER_PAGE = 12
_BUTTONS = 5
_MAX_TIES = 8
"""Treaties with a text and a rule each; forty parts fit into a card."""


def relation_card(scene: Scene, screen: RelationScreen) -> ui.LayoutView:
    """Return what two countries are to each other; raises EntryGoneError or SameCountryError."""
    today = scene.now.date()
    outcome = relate(scene.snapshot.knowledge, screen, today)
    narrator = Narrator.of(scene.snapshot, scene.phrases, today)
    if isinstance(outcome, Absence):
        return _absence_card(scene, screen, outcome, narrator)
    words = scene.phrases.words.alliances
    one, other = (scene.snapshot.knowledge.get(Country, code) for code in (screen.one, screen.other))
    card = Card(discord.Colour(COLOURS[outcome.label])).text(words.relation.title.format(one=one.name, other=other.spoken))
    card.text(narrator.verdict(outcome, screen.asked), *narrator.explain(outcome, (one.id, other.id))).rule()
    _add_ties(card, narrator, outcome)
    card.text(fitting(scene, narrator.past(outcome), _ROOM_FOR_PAST))
    _add_changes(card, scene, screen, narrator)
    card.text(*map(small, narrator.cautions(outcome)))
    named = dict.fromkeys(source for treaty in outcome.treaties for source in treaty.sources)
    card.text(packed_sources(scene, named, min(card.text_left(), _ROOM_FOR_SOURCES), scene.phrases.words.common.more) if named else None)
    card.select(words.relation.events, _touching(scene, screen, outcome))
    return card.buttons(*_buttons(card, scene, screen)).view()


def _add_ties(card: Card, narrator: Narrator, relation: Relation) -> None:
    """Add the treaties, those that decide first, as many as leave room for the rest of the card."""
    for number, tie in enumerate(relation.strongest_first):
        text = _tie_text(narrator, tie)
        if number == _MAX_TIES or len(text) + _ROOM_AFTER_TIES > card.text_left():
            card.text(small(narrator.phrases.words.alliances.relation.more_ties.format(count=len(relation.ties) - number)))
            return
        card.text(text).rule()


def _tie_text(narrator: Narrator, tie: Tie) -> str:
    heading, obligation, members, *rest = narrator.tie(tie)
    return "\n".join((heading, obligation, small(members), *rest))


def _add_changes(card: Card, scene: Scene, screen: RelationScreen, narrator: Narrator) -> None:
    changes = list_changes(scene.snapshot.knowledge, screen, scene.now.date())
    if changes and screen.asked:
        heading = scene.phrases.words.alliances.relation.changed.format(span=scene.phrases.partial(screen.asked))
        lines = [f"- {line}" for line in narrator.changes(changes)]
        card.text(fitting(scene, [heading, *lines], card.text_left() // 2))


def _touching(scene: Scene, screen: RelationScreen, relation: Relation) -> list[tuple[str, Screen]]:
    """The treaties between the two, then the answers and the events that name them."""
    knowledge = scene.snapshot.knowledge
    found: dict[Screen, str] = {TreatyScreen(t.id, entry_back("treaty", t.id, screen)): t.name for t in relation.treaties}
    pair = knowledge.find_topic_of_pair(relation.one.id, relation.other.id)
    topics = [*([pair] if pair else []), *(topic for t in relation.treaties for topic in knowledge.list_topics_of_treaty(t.id))]
    found |= {AnswerScreen(topic.id): label_of(topic) for topic in topics}
    events = (event for t in relation.treaties for event in knowledge.list_events_of_treaty(t.id))
    found |= {EventScreen(e.id, entry_back("event", e.id, screen)): f"{scene.phrases.span(e.date)}: {e.title}" for e in events}
    return [(label, there) for there, label in found.items()][:MAX_CHOICES]


def _buttons(card: Card, scene: Scene, screen: RelationScreen) -> list[GoButton]:
    words, knowledge = scene.phrases.words.alliances, scene.snapshot.knowledge
    buttons = [card.button(words.turns_button, TurnsScreen(screen.one, screen.other), primary=True)]
    for code in (screen.one, screen.other):
        name = knowledge.get(Country, code).spoken
        buttons.append(card.button(words.allies_button.format(country=name), CirclesScreen(code, screen.on)))
    return [*buttons, card.button(words.today_button, RelationScreen(screen.one, screen.other))] if screen.on else buttons


def _absence_card(scene: Scene, screen: RelationScreen, absence: Absence, narrator: Narrator) -> ui.LayoutView:
    """Say which of the two was no state, and offer those that stood in its place."""
    words, knowledge = scene.phrases.words.alliances, scene.snapshot.knowledge
    one, other = (knowledge.get(Country, code) for code in (screen.one, screen.other))
    card = Card().text(words.relation.title.format(one=one.name, other=other.spoken))
    card.text(narrator.absence(absence, screen.asked), *narrator.status(absence.country), absence.country.note)
    kept = other if absence.country.id == one.id else one
    _add_changes(card, scene, screen, narrator)
    card.text(*narrator.instead(absence, kept))
    pairs = [(there, other) if kept is other else (one, there) for there in absence.instead if there.id != kept.id]
    add_choices(card, scene, [(f"{a.name} – {b.name}", RelationScreen(a.id, b.id, screen.on)) for a, b in pairs])  # noqa: RUF001
    return card.buttons(*_buttons(card, scene, screen)).view()


def add_choices(card: Card, scene: Scene, options: list[tuple[str, Screen]]) -> None:
    """Add a button for each of a few screens, a select for more."""
    if len(options) > _BUTTONS:
        card.select(scene.phrases.words.alliances.choose, options)
    else:
        card.buttons(*(card.button(label[:80], there, primary=True) for label, there in options))


def turns_card(scene: Scene, screen: TurnsScreen) -> ui.LayoutView:
    """Return how two countries stood to each other through the years; raises EntryGoneError or SameCountryError."""
    knowledge, words, today = scene.snapshot.knowledge, scene.phrases.words.alliances, scene.now.date()
    one, other = knowledge.get(Country, screen.one), knowledge.get(Country, screen.other)
    relate(knowledge, RelationScreen(one.id, other.id), today)
    turns = list_turns(knowledge.treaty_book, one.id, other.id, date(FIRST_YEAR, 1, 1), today)
    page: Page[Turn] = Page.of(turns, screen.page, _TURNS_PER_PAGE)
    narrator = Narrator.of(scene.snapshot, scene.phrases, today)
    card = Card().text(words.turns.title.format(one=one.name, other=other.spoken)).rule()
    card.text("\n".join(narrator.turn(turn, is_first=turn is turns[0], asked_for=(one.id, other.id)) for turn in page.items))
    card.text(small(f"{words.turns.method} {narrator.caution(knowledge.treaty_book.as_of or today)}"))
    if page.count > 1:
        card.text(small(where_line(scene, page)))
    card.buttons(card.button(words.today_button, RelationScreen(one.id, other.id)))
    return page_buttons(card, scene, screen, page).view()


def which_card(scene: Scene, which: Which) -> ui.LayoutView:
    """Return the question which country was meant."""
    card = Card().text(scene.phrases.which(which).format(text=as_text(which.text[:100])))
    add_choices(card, scene, list(which.screens))
    return card.view()
