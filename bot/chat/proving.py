"""Every card of a knowledge base, drawn once, to prove before anybody sees it that Discord will take it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from discord import ui

from bot.chat.cards.posts import post_card
from bot.chat.layout import MAX_TEXT, Scene
from bot.chat.rendering import MAX_NOTE
from bot.domain.judging import find_only
from bot.domain.ledger import MAX_TOGETHER, AlertKind, MessageId
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
from bot.domain.subscriptions import (
    EVERYTHING,
    ChannelId,
    GuildId,
    Order,
    RoleId,
    Subscription,
    SubscriptionId,
    Timing,
    UserId,
    Wish,
)
from bot.domain.subscriptions import MAX_NOTE as MAX_NOTE_OF_ORDER
from bot.services.browsing import ENTRIES_PER_PAGE
from bot.services.messaging import Item, Post

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bot.chat.rendering import Renderer
    from bot.domain.entries import Deadline, Event


_FULLEST = 50
"""Pairs of countries drawn, those with most treaties between them: all of them would be tens of thousands."""


def list_screens(scene: Scene) -> Iterator[tuple[Screen, str, str]]:
    """Yield every screen there is, with the kind and id of the entry it shows ("" where it is a page)."""
    knowledge = scene.snapshot.knowledge
    for topic in knowledge.topics:
        yield AnswerScreen(topic.id), "topics", topic.id
        yield TimelineScreen(topic=topic.id), "topics", topic.id
        yield DeadlinesScreen(topic=topic.id, include_passed=True), "topics", topic.id
        for page in range(-(-len(topic.all_sources) // ENTRIES_PER_PAGE)):
            yield SourcesScreen(topic.id, page), "topics", topic.id
    yield from ((EventScreen(event.id), "events", event.id) for event in knowledge.events)
    yield from ((DeadlineScreen(deadline.id), "deadlines", deadline.id) for deadline in knowledge.deadlines)
    yield from ((TreatyScreen(treaty.id), "treaties", treaty.id) for treaty in knowledge.treaties)
    yield from ((CirclesScreen(country.id), "countries", country.id) for country in knowledge.countries)
    yield from ((TermScreen(term.id), "glossary", term.id) for term in knowledge.terms)
    for tag in ("", *(tag.id for tag in knowledge.tags)):
        for page in range(_pages(knowledge.events, tag)):
            yield TimelineScreen(page, tag=tag), "", ""
        for page in range(_pages(knowledge.deadlines, tag)):
            yield DeadlinesScreen(page, tag, include_passed=True), "", ""
            yield DeadlinesScreen(page, tag), "", ""
    for pair, _ in knowledge.treaty_book.count_pairs().most_common(_FULLEST):
        yield RelationScreen(*pair), "countries", pair[0]
        yield TurnsScreen(*pair), "countries", pair[0]
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
    yield from _list_post_misfits(scene)


def _list_post_misfits(scene: Scene) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong with posts: each deadline alone, and the longest of them together, with every note and role there can be."""
    items = [_item(scene, deadline) for deadline in scene.snapshot.knowledge.deadlines]
    longest = sorted(items, key=lambda item: len(item.deadline.title) + len(item.deadline.why), reverse=True)[:MAX_TOGETHER]
    for held in (*((item,) for item in items), tuple(longest)):
        post = _post(held)
        for complaint in _faults_of_drawing(lambda post=post: post_card(scene, post)):  # type: ignore[misc]
            yield "deadlines", held[0].deadline.id, f"the alert about {len(held)} of them {complaint}"


def _item(scene: Scene, deadline: Deadline) -> Item:
    occurrence = find_only(deadline)
    return Item(kind=AlertKind.MOVED, deadline=deadline, occurrence=occurrence, due_at=scene.now, previous=occurrence)


def _post(items: tuple[Item, ...]) -> Post:
    """Return a post as long as one can be: late, moved, for as many subscriptions as share a message, each with a note and a role."""
    most = 2**63 - 1
    wish = Wish(EVERYTHING, None, Timing(time(9), "UTC"))
    subscriptions = tuple(
        Subscription(
            id=SubscriptionId(number),
            guild_id=GuildId(most),
            order=Order(
                channel_id=ChannelId(most),
                selector=EVERYTHING,
                role_id=RoleId(most - number),
                note=str(number) + "*" * (MAX_NOTE_OF_ORDER - 1),
            ),
            wish=wish,
            created_by=UserId(most),
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        for number in range(1, MAX_TOGETHER + 1)
    )
    return Post(message_id=MessageId(most), guild_id=GuildId(most), channel_id=ChannelId(most), items=items, subscriptions=subscriptions)


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
