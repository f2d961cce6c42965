"""The card of a server's ledger: what was sent, what was not, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.chat.cards.paging import entry_back, page_buttons, where_line
from bot.chat.cards.subscriptions import lead_of, where_of
from bot.chat.layout import Card, Scene, as_text, full_stamp, small
from bot.domain.alert_wording import Fate
from bot.domain.entries import Deadline
from bot.domain.judging import Reason, find_occurrence
from bot.domain.ledger import FOUND, AlertKind, DeliveryState
from bot.domain.managing import DoctorScreen, HistoryScreen, SubscriptionsScreen
from bot.domain.schedules import Occurrence
from bot.domain.screens import DeadlineScreen

if TYPE_CHECKING:
    from discord import ui

    from bot.domain.ledger import LedgerEntry
    from bot.services.browsing import Page

_FATES = {
    DeliveryState.WAITING: Fate.ON_THE_WAY,
    DeliveryState.SENDING: Fate.ON_THE_WAY,
    DeliveryState.HELD: Fate.HELD,
    DeliveryState.SENT: Fate.SENT,
    DeliveryState.SUPERSEDED: Fate.SUPERSEDED,
    DeliveryState.EXPIRED: Fate.EXPIRED,
    DeliveryState.CANCELLED: Fate.CANCELLED,
    DeliveryState.PAUSED: Fate.PAUSED,
}
_IMPLIED = {Fate.EXPIRED: Reason.PAST, Fate.PAUSED: Reason.PAUSED, Fate.SUPERSEDED: Reason.NEARER}
_MAX_REASON = 100


def history_card(scene: Scene, screen: HistoryScreen, page: Page[LedgerEntry]) -> ui.LayoutView:
    """Return one page of the ledger, newest first; a row whose date is still known opens it."""
    words = scene.phrases.words
    card = Card().text(words.alerts.history_title)
    here = screen.on_page(page.number)
    for entry in page.items:
        deadline = scene.snapshot.knowledge.find(Deadline, entry.alert.deadline)
        if deadline is None:
            card.text(_row(scene, entry, None))
        else:
            back = entry_back("deadline", deadline.id, here)
            card.entry(_row(scene, entry, deadline), words.common.open, DeadlineScreen(deadline.id, back))
    card.text(small(where_line(scene, page)) if page.items else words.alerts.history_empty)
    page_buttons(card, scene, here, page)
    return card.buttons(
        card.button(words.alerts.all, SubscriptionsScreen()),
        card.button(words.alerts.doctor, DoctorScreen()),
    ).view()


def _row(scene: Scene, entry: LedgerEntry, deadline: Deadline | None) -> str:
    return scene.phrases.words.alerts.history_row.format(
        when=full_stamp(entry.at) if entry.at else "…",
        title=deadline.title if deadline else entry.alert.deadline,
        kind=_kind(scene, entry),
        date=_date(scene, entry.alert.occurrence, deadline),
        channel=where_of(entry.subscription),
        fate=_fate(scene, entry),
    )


def _kind(scene: Scene, entry: LedgerEntry) -> str:
    words = scene.phrases.words.alerts
    named = {
        AlertKind.DRILL: words.history_drill,
        AlertKind.MOVED: words.history_moved,
        AlertKind.CANCELLED: words.history_cancelled,
        AlertKind.OUTCOME: words.history_outcome,
        AlertKind.RESTORED: words.history_restored,
    }
    return named.get(entry.alert.kind) or lead_of(scene, entry.alert.lead)


def _date(scene: Scene, key: str, deadline: Deadline | None) -> str:
    occurrence = deadline and find_occurrence(deadline, key)
    if deadline and occurrence:
        return scene.phrases.occurrence(occurrence, deadline)
    try:
        return scene.phrases.day(Occurrence.read(key).first)
    except ValueError:
        return key


def _fate(scene: Scene, entry: LedgerEntry) -> str:
    words = scene.phrases.words.alerts
    fate = Fate.SENT_LATE if entry.state is DeliveryState.SENT and entry.is_late else _FATES[entry.state]
    said = words.fate[fate].format(reason=_reason(scene, entry, fate))
    more = _aside(scene, entry)
    return scene.phrases.words.common.with_reason.format(text=said, reason=more) if more else said


def _aside(scene: Scene, entry: LedgerEntry) -> str:
    """What to add about a row that is kept, still being tried, or posted with something amiss."""
    obstacle = entry.subscription.obstacle
    if entry.state is DeliveryState.HELD:
        return scene.phrases.words.posts.obstacle[obstacle] if obstacle else ""
    told = entry.state in {DeliveryState.SENT, DeliveryState.SENDING} and entry.reason != FOUND
    return as_text(entry.reason[:_MAX_REASON]) if told else ""


def _reason(scene: Scene, entry: LedgerEntry, fate: Fate) -> str:
    """The reason in a sentence; where the ledger holds another word, as Discord's own, that word."""
    words = scene.phrases.words.alerts
    is_news = fate is Fate.EXPIRED and entry.alert.kind is not AlertKind.ALERT  # its date may be ahead
    implied = Reason.OLD_NEWS if is_news else _IMPLIED.get(fate)
    known = entry.reason if entry.reason in set(Reason) else implied if not entry.reason else None
    return words.reason[Reason(known)] if known else entry.reason[:_MAX_REASON] or words.no_reason
