"""Every card of a knowledge base, drawn once, to prove before anybody sees it that Discord will take it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from discord import ui

from bot.chat.layout import MAX_TEXT, Scene
from bot.chat.rendering import MAX_NOTE
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
from bot.services.browsing import ENTRIES_PER_PAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bot.chat.rendering import Renderer
    from bot.domain.entries import Deadline, Event


def list_screens(scene: Scene) -> Iterator[tuple[Screen, str, str]]:
    """Yield every screen there is, with the kind and id of the entry it shows ("" where it is a page)."""
    knowledge = scene.snapshot.knowledge
    for topic in knowledge.topics:
        yield AnswerScreen(topic.id), "topics", topic.id
        yield TimelineScreen(topic=topic.id), "topics", topic.id
        yield DeadlinesScreen(topic=topic.id, include_passed=True), "topics", topic.id
        for page in range(-(-len(topic.all_sources) // ENTRIES_PER_PAGE)):
            yield SourcesScreen(topic.id, page), "topics", topic.id
    for event in knowledge.events:
        yield EventScreen(event.id), "events", event.id
    for deadline in knowledge.deadlines:
        yield DeadlineScreen(deadline.id), "deadlines", deadline.id
    for term in knowledge.terms:
        yield TermScreen(term.id), "glossary", term.id
    for tag in ("", *(tag.id for tag in knowledge.tags)):
        for page in range(_pages(knowledge.events, tag)):
            yield TimelineScreen(page, tag=tag), "", ""
        for page in range(_pages(knowledge.deadlines, tag)):
            yield DeadlinesScreen(page, tag, include_passed=True), "", ""
            yield DeadlinesScreen(page, tag), "", ""
    yield AboutScreen(), "", ""


def _pages(entries: Sequence[Event | Deadline], tag: str) -> int:
    """Return how many pages the entries with `tag` fill ("" for all); the page past the last would only draw the last again."""
    return max(1, -(-sum(not tag or tag in entry.tags for entry in entries) // ENTRIES_PER_PAGE))


def list_misfits(scene: Scene, renderer: Renderer) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, id, what is wrong) for every screen that would break a limit of Discord; answers also at their longest, as a guess and overdue."""
    scene = replace(scene, may_manage=True)  # such a card holds one button more, and nothing else is different
    for screen, kind, entry_id in list_screens(scene):
        for complaint in _faults_of_drawing(lambda screen=screen: renderer.draw(scene, screen)):  # type: ignore[misc]
            yield kind, entry_id, f"the card {screen.address()!r} {complaint}"
    for topic in scene.snapshot.knowledge.topics:
        late = replace(scene, now=datetime.combine(topic.review_by, time(), UTC) + timedelta(days=2)) if topic.review_by else scene
        for complaint in _faults_of_drawing(lambda late=late, topic=topic: renderer.guess(late, AnswerScreen(topic.id), "*" * MAX_NOTE)):  # type: ignore[misc]
            yield "topics", topic.id, f"the card 'topic:{topic.id}' as a guess, overdue for review, {complaint}"


def _faults_of_drawing(draw: Callable[[], ui.LayoutView]) -> Iterator[str]:
    try:
        view = draw()
    except ValueError as error:  # discord.py refuses some limits while a view is being built
        yield f"cannot be drawn: {error}"
        return
    yield from find_faults(view)


def find_faults(view: ui.LayoutView) -> Iterator[str]:
    """Yield what Discord would refuse about a view."""
    if (length := view.content_length()) > MAX_TEXT:
        yield f"has {length} characters; Discord takes at most {MAX_TEXT}"
    ids = [item.custom_id for item in view.walk_children() if isinstance(item, ui.DynamicItem)]
    for custom_id in ids:
        if len(custom_id) > 100:  # noqa: PLR2004 - Discord's limit
            yield f"has a control id of {len(custom_id)} characters; at most 100 fit"
    if len(set(ids)) < len(ids):
        yield "has two controls with the same id"
    for item in view.walk_children():
        yield from _faults_of(item)


def _faults_of(item: ui.Item[Any]) -> Iterator[str]:
    inner = item.item if isinstance(item, ui.DynamicItem) else item
    if isinstance(inner, ui.Button) and len(inner.label or "") > 80:  # noqa: PLR2004 - Discord's limit
        yield f"has a button label of {len(inner.label or '')} characters; at most 80 fit"
    if isinstance(inner, ui.Select):
        values = [option.value for option in inner.options]
        if len(set(values)) < len(values):
            yield "has a select with two equal options"
        if any(len(value) > 100 for value in values):  # noqa: PLR2004 - Discord's limit
            yield "has a select option whose address is longer than 100 characters"
    if isinstance(inner, ui.TextDisplay) and not inner.content.strip():
        yield "has an empty text"
