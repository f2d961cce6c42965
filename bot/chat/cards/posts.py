"""What the bot posts by itself: alerts, notices of a change, drills, and the news that a subscription is suspended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.chat.layout import Card, Scene, as_text, small, source_lines, stamp
from bot.domain.entries import Deadline
from bot.domain.ledger import AlertKind
from bot.domain.managing import PausePostDeed, ReportedScreen, StopPostDeed
from bot.domain.screens import DeadlineScreen
from bot.domain.statements import Confidence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from discord import ui

    from bot.domain.schedules import Occurrence
    from bot.domain.statements import Source
    from bot.services.messaging import Item, Post

_COLOURS = {
    AlertKind.ALERT: 0xC98A2B,
    AlertKind.MOVED: 0x7A6C9A,
    AlertKind.CANCELLED: 0x7A7F87,
    AlertKind.OUTCOME: 0x5B7C99,
    AlertKind.DRILL: 0x8A8A8A,
    AlertKind.RESTORED: 0x6B8F5E,
}
_ROOM_FOR_BUTTONS = 200
_ROOM_FOR_NOTES = 600
_FEW = 3
"""Up to so many items in one message each say why they matter; of more, their own cards do."""


def post_card(scene: Scene, post: Post) -> ui.LayoutView:
    """Return the message for everybody in a channel; the mentions stand in a text, where they ring."""
    card = Card(discord.Colour(_COLOURS[post.items[0].kind]))
    for text in headings(scene, post):
        card.text(text)
    words, single = scene.phrases.words.posts, len(post.items) == 1
    if single:
        _add_whole(card, scene, post, post.items[0])
    else:
        _add_several(card, scene, post)
    return card.buttons(
        card.button(words.details, DeadlineScreen(post.items[0].deadline.id), primary=True) if single else None,
        card.button(words.pause, PausePostDeed(post.message_id)),
        card.button(words.stop, StopPostDeed(post.message_id)),
    ).view()


def headings(scene: Scene, post: Post) -> tuple[str, ...]:
    """Return the texts above what the message is about: whom it mentions, and the subscriptions' own lines; none is empty."""
    mentions = "\n".join(_mention(role, post.guild_id) for role in post.role_ids)
    return tuple(text for text in (mentions, "\n".join(_notes(scene, post))) if text)


def _notes(scene: Scene, post: Post) -> Iterator[str]:
    """Yield the subscriptions' own lines, as many as leave room for what the message is about."""
    room = _ROOM_FOR_NOTES
    for note in post.notes:
        line = scene.phrases.words.posts.note.format(text=as_text(note))
        room -= len(line)
        if room >= 0:
            yield line


def _add_several(card: Card, scene: Scene, post: Post) -> None:
    words = scene.phrases.words.posts
    near = all(item.kind is AlertKind.ALERT for item in post.items)
    card.text((words.several if near else words.several_news).format(count=len(post.items)))
    for left, item in zip(range(len(post.items), 0, -1), post.items, strict=True):
        # Each gets its share of what is left; what does not fit, the reasons first, stands behind Details.
        share = (card.text_left() - _ROOM_FOR_BUTTONS) // left
        text = _brief(scene, post, item)
        card.entry(text if len(text) <= share else f"{text[: share - 1]}…", words.details, DeadlineScreen(item.deadline.id))


def _mention(role_id: int, guild_id: int) -> str:
    # The role everyone has goes by the server's own id, and is written otherwise.
    return "@everyone" if role_id == guild_id else f"<@&{role_id}>"


def _add_whole(card: Card, scene: Scene, post: Post, item: Item) -> None:
    words, deadline = scene.phrases.words, item.deadline
    card.text(words.posts.heading.format(title=deadline.title), *_news(scene, item), *_when(scene, post, item)).rule()
    card.text(words.deadline.summary, deadline.summary).text(words.deadline.why, deadline.why)
    if item.kind is AlertKind.OUTCOME:
        card.text(words.deadline.outcome, deadline.outcome)
    elif deadline.change:
        card.text(words.deadline.change, deadline.change)
    card.rule().text(*map(small, scene.phrases.ground(deadline, scene.now)))
    card.text(_sources(scene, scene.snapshot.knowledge.list_sources(deadline.sources), card.text_left() - _ROOM_FOR_BUTTONS))


def _sources(scene: Scene, sources: tuple[Source, ...], room: int) -> str | None:
    """Return as many sources as fit; the card behind Details has them all."""
    while sources and len(text := f"{scene.phrases.words.common.sources}\n{source_lines(scene, sources)}") > room:
        sources = sources[:-1]
    return text if sources else None


def _brief(scene: Scene, post: Post, item: Item) -> str:
    deadline = item.deadline
    lines = [f"**{deadline.title}**", *_when(scene, post, item)]
    if deadline.confidence is not Confidence.CONFIRMED:
        lines.append(small(scene.phrases.ground(deadline, scene.now)[0]))
    lines += _news(scene, item)
    if item.kind is AlertKind.OUTCOME:
        lines.append(deadline.outcome or "")
    elif len(post.items) <= _FEW:
        lines.append(deadline.why)
    return "\n".join(lines)


def _news(scene: Scene, item: Item) -> Iterator[str]:
    """Yield what is special about the item: a change, a drill, that it comes late."""
    words, phrases, deadline = scene.phrases.words.posts, scene.phrases, item.deadline
    date = phrases.occurrence(item.occurrence, deadline)
    match item.kind:
        case AlertKind.MOVED if item.previous is not None:
            yield words.moved.format(title=deadline.title, old=phrases.occurrence(item.previous, deadline), new=date)
        case AlertKind.CANCELLED if deadline.superseded_by:
            other = scene.snapshot.knowledge.find(Deadline, deadline.superseded_by)
            yield words.replaced.format(title=deadline.title, date=date, other=other.title if other else deadline.superseded_by)
        case AlertKind.CANCELLED:
            yield words.cancelled.format(title=deadline.title, date=date)
        case AlertKind.RESTORED:
            yield words.restored.format(title=deadline.title, date=date)
        case AlertKind.OUTCOME if item.previous is not None:
            yield words.outcome_otherwise.format(title=deadline.title, old=phrases.occurrence(item.previous, deadline), new=date)
        case AlertKind.OUTCOME:
            yield words.outcome.format(title=deadline.title, date=date)
        case AlertKind.DRILL:
            yield words.drill
    if item.due_at is not None:
        yield small(words.late.format(when=f"<t:{int(item.due_at.timestamp())}:f>"))


def _when(scene: Scene, post: Post, item: Item) -> Iterator[str]:
    """Yield the days left, the date as written and in the reader's own zone, and how certain it is."""
    if item.kind in {AlertKind.CANCELLED, AlertKind.OUTCOME}:
        return
    date = scene.phrases.occurrence(item.occurrence, item.deadline)
    kind = scene.phrases.words.deadline.kind[item.deadline.kind]
    yield " · ".join((_distance(scene, post, item.occurrence, date), date, *_reader_stamp(scene, item.occurrence)))
    yield small(f"{kind[0].upper()}{kind[1:]} · {scene.phrases.certainty(item.deadline, scene.now, item.occurrence)}")


def _reader_stamp(scene: Scene, occurrence: Occurrence) -> Iterator[str]:
    """Yield what counts on after the message was posted; about a day that is near the words say it all."""
    told = stamp(scene, occurrence)
    if told.startswith("<t:"):
        yield told


def _distance(scene: Scene, post: Post, occurrence: Occurrence, date: str) -> str:
    words, zone = scene.phrases.words.posts, post.zone
    if _is_past(occurrence, scene.now):
        return words.was_due.format(date=date)
    days = (occurrence.day_in(zone) - scene.now.astimezone(zone).date()).days
    if days > 1:
        return words.days_left.format(days=days)
    if days < 0:
        return words.under_way if occurrence.first != occurrence.last else words.was_due.format(date=date)
    return words.tomorrow if days == 1 else words.today


def _is_past(occurrence: Occurrence, now: datetime) -> bool:
    return occurrence.at is not None and occurrence.at < now


def report_card(scene: Scene, message_id: int, *, server: str, channel: str, what: str, reason: str) -> ui.LayoutView:
    """Return the news that a subscription is suspended, with the remedy."""
    words = scene.phrases.words.posts
    card = Card(discord.Colour(0xB5533C)).text(words.report.format(server=as_text(server), channel=channel, what=what, reason=reason))
    return card.text(small(words.report_after)).buttons(card.button(words.details, ReportedScreen(message_id))).view()
