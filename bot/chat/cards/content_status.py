"""Cards of the content in use: how things stand, and who did what with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.chat.cards.contents import BLUE, RED, inert
from bot.chat.cards.paging import page_buttons, where_line
from bot.chat.layout import Card, Scene, full_stamp, small
from bot.chat.sheets import Sheet
from bot.domain.content_screens import AskRollbackScreen, PreviewScreen, StatusScreen, UsesScreen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.editions import Editor, Use
    from bot.services.browsing import Page
    from bot.services.proposing import ContentStatus

_MAX_REASON = 800
_MAX_DETAIL = 200


def status_sheet(scene: Scene, status: ContentStatus) -> Sheet:
    """Return what is in use, since when and by whom, what the folder holds, and what stands in the way."""
    words = scene.phrases.words.content_cards
    has_trouble = bool(status.failure) or _lags(status)
    card = Card(RED if has_trouble else BLUE).text(words.status_title).text(*_lines(scene, status)).rule()
    card.text(small(_counts(scene)))
    earlier = status.edition.returns_to if status.edition else None
    card.buttons(
        card.button(words.preview, PreviewScreen(), primary=status.in_folder != status.in_use),
        card.button(words.roll_back, AskRollbackScreen(), disabled=earlier is None),
        card.button(words.history, UsesScreen()),
    )
    return Sheet.of(card)


def uses_sheet(scene: Scene, screen: UsesScreen, page: Page[Use]) -> Sheet:
    """Return one page of the audit trail, newest first."""
    words, here = scene.phrases.words.content_cards, screen.on_page(page.number)
    card = Card(BLUE).text(words.history_title).text(*(_row(scene, use) for use in page.items))
    card.text(small(where_line(scene, page)) if page.items else words.history_empty)
    page_buttons(card, scene, here, page)
    return Sheet.of(card.buttons(card.button(words.status, StatusScreen()), card.button(words.preview, PreviewScreen())))


def _lags(status: ContentStatus) -> bool:
    """Whether this process works with another content than every process shall."""
    return status.edition is not None and status.edition.version != status.in_use


def _lines(scene: Scene, status: ContentStatus) -> Iterator[str]:
    words, edition = scene.phrases.words.content_cards, status.edition
    yield words.in_use.format(version=status.in_use)
    if edition is None:
        yield small(words.never_recorded)
    elif _lags(status):
        yield words.behind.format(version=edition.version)
    if edition is not None:
        yield small(words.since.format(when=full_stamp(edition.since), who=_who(scene, edition.by)))
    if status.failure:
        yield words.failure.format(reason=inert(status.failure[:_MAX_REASON]))
    same = status.in_folder == status.in_use
    yield words.folder_same if same else words.folder_other.format(version=status.in_folder)
    yield small(words.watched if status.is_watching else words.not_watched)
    has_earlier = edition is not None and edition.returns_to is not None
    yield words.earlier.format(version=edition.returns_to) if edition and has_earlier else words.no_earlier


def _counts(scene: Scene) -> str:
    knowledge = scene.snapshot.knowledge
    names = ("topics", "events", "deadlines", "treaties", "countries", "terms", "tags", "eras", "sources")
    counts = {name: len(getattr(knowledge, name)) for name in names}
    return scene.phrases.words.content_cards.counts.format(**counts, date=scene.phrases.day(knowledge.dated))


def _who(scene: Scene, editor: Editor) -> str:
    words = scene.phrases.words.content_cards
    return words.who[editor.origin].format(member=f"<@{editor.user_id}>" if editor.user_id else words.somebody)


def _row(scene: Scene, use: Use) -> str:
    words = scene.phrases.words.content_cards
    result = words.result[use.result]
    if use.detail:
        detail = inert(use.detail[:_MAX_DETAIL])
        result = scene.phrases.words.common.with_reason.format(text=result, reason=detail)
    return words.history_row.format(
        when=full_stamp(use.at),
        action=words.action[use.action],
        who=_who(scene, use.by),
        version=f"`{use.version}`" if use.version else words.no_version,
        result=result,
    )
