"""First, previous, next, last; where a page stands; and the way back from an entry to the page it was opened from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.screens import (
    AnswerScreen,
    CirclesScreen,
    DeadlineScreen,
    DeadlinesScreen,
    EventScreen,
    Screen,
    TimelineScreen,
    TreatyScreen,
    TurnsScreen,
    read_address,
)
from bot.errors import StaleControlError
from bot.services.browsing import MAX_ADDRESS

if TYPE_CHECKING:
    from bot.chat.controls import GoButton
    from bot.chat.layout import Card, Scene
    from bot.domain.content_screens import UsesScreen
    from bot.domain.managing import DoctorScreen, HistoryScreen, SubscriptionsScreen
    from bot.services.browsing import Page

    Turning = (
        TimelineScreen | DeadlinesScreen | SubscriptionsScreen | HistoryScreen | DoctorScreen | UsesScreen | CirclesScreen | TurnsScreen
    )


_ENTRIES = {screen.name: screen for screen in (EventScreen, DeadlineScreen, TreatyScreen)}


def page_buttons(card: Card, scene: Scene, screen: Turning, page: Page[Any]) -> Card:
    """Add the row that turns pages, unless there is only one."""
    if page.count == 1:
        return card
    common = scene.phrases.words.common
    at_start, at_end = page.number == 0, page.number + 1 == page.count
    return card.buttons(
        card.button(common.first, screen.on_page(0), disabled=at_start),
        card.button(common.previous, screen.on_page(max(page.number - 1, 0)), disabled=at_start, primary=True),
        card.button(common.next, screen.on_page(min(page.number + 1, page.count - 1)), disabled=at_end, primary=True),
        card.button(common.last, screen.on_page(page.count - 1), disabled=at_end),
    )


def topic_button(card: Card, scene: Scene, screen: TimelineScreen | DeadlinesScreen) -> GoButton | None:
    """Return the button back to the answer whose dates are shown, or None."""
    return card.button(scene.phrases.words.common.back, AnswerScreen(screen.topic)) if screen.topic else None


def where_line(scene: Scene, page: Page[Any]) -> str:
    """Say which entries of how many are shown, and which page of how many."""
    first = page.offset + 1
    return scene.phrases.words.common.where.format(
        first=first, last=first + len(page.items) - 1, total=page.total, page=page.number + 1, pages=page.count
    )


def entry_back(kind: str, entry_id: str, here: Screen) -> str:
    """Return the address to come back to, or "" where it would not fit into the entry's own address; `kind` is the name of its screen."""
    back = here.address()
    whole = _ENTRIES[kind](entry_id, back).address()
    return back if len(whole) <= MAX_ADDRESS else ""


def back_address(back: str, otherwise: Screen) -> Screen:
    """Return the screen that `back` names, or `otherwise` where it names none."""
    try:
        return read_address(back) if back else otherwise
    except StaleControlError:
        return otherwise
