"""Cards of `/deadlines`: what comes next, month by month, and one date in detail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.chat.cards.paging import back_address, entry_back, page_buttons, topic_button, where_line
from bot.chat.layout import Card, Scene, alert_button, countdown, small, source_lines, stamp
from bot.domain.dates import PartialDate
from bot.domain.entries import Deadline, Standing, Topic
from bot.domain.managing import AskSubscribeScreen, SubscribeDeed
from bot.domain.schedules import Recurring, next_occurrences
from bot.domain.screens import AnswerScreen, DeadlineScreen, DeadlinesScreen, Screen
from bot.domain.subscriptions import EVERYTHING, Scope, Selector
from bot.services.answering import label_of
from bot.services.browsing import ENTRIES_PER_PAGE, DatedDeadline, date_deadline, deadlines_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discord import ui

_COLOURS = {Standing.AHEAD: 0xC98A2B, Standing.TENTATIVE: 0xD8B46A}
_FOLLOWING = 3


def deadlines_card(scene: Scene, screen: DeadlinesScreen) -> ui.LayoutView:
    """Return one page of the dates ahead, or passed too; raises EntryGoneError for a topic that is gone."""
    words = scene.phrases.words
    page = deadlines_page(scene.snapshot, screen, scene.now)
    title = words.deadline.title_all if screen.include_passed else words.deadline.title
    card = Card(discord.Colour(0xC98A2B)).text(title, *map(small, _filters(scene, screen)))
    here, heading = screen.on_page(page.number), ""
    for dated in page.items:
        if (new := _heading(scene, dated)) != heading:
            card.text(new)
            heading = new
        back = entry_back("deadline", dated.deadline.id, here)
        card.entry(_listed(scene, dated), words.common.open, DeadlineScreen(dated.deadline.id, back))
    card.text(small(where_line(scene, page)) if page.items else words.deadline.empty)
    card.select(words.deadline.tags, list(_tag_options(scene, screen)))
    page_buttons(card, scene, screen, page)
    label = words.deadline.show_ahead if screen.include_passed else words.deadline.show_all
    # Behind all that is ahead, at the first that has passed: the first page would look as before.
    there = 0 if screen.include_passed else page.total // ENTRIES_PER_PAGE
    other = DeadlinesScreen(there, screen.tag, include_passed=not screen.include_passed, topic=screen.topic)
    return card.buttons(
        card.button(label, other), topic_button(card, scene, screen), alert_button(card, scene, _subscribing(screen))
    ).view()


def _subscribing(screen: DeadlinesScreen) -> Screen:
    """What "Alert this channel" does on a list: it subscribes to the tag shown, or to everything; of a topic's dates it asks which."""
    if screen.topic:
        return AskSubscribeScreen(screen.topic)
    return SubscribeDeed(str(Selector(Scope.TAG, screen.tag) if screen.tag else EVERYTHING))


def _filters(scene: Scene, screen: DeadlinesScreen) -> Iterator[str]:
    words, knowledge = scene.phrases.words.deadline, scene.snapshot.knowledge
    if screen.topic:
        yield words.topic.format(title=knowledge.get(Topic, screen.topic).title)
    if screen.tag:
        yield words.tag.format(tag=scene.phrases.tag(screen.tag, knowledge))


def _heading(scene: Scene, dated: DatedDeadline) -> str:
    if not dated.is_ahead:
        return scene.phrases.words.deadline.passed
    first = dated.occurrence.first
    return f"### {scene.phrases.partial(PartialDate(first.year, first.month))}"


def _listed(scene: Scene, dated: DatedDeadline) -> str:
    deadline, phrases = dated.deadline, scene.phrases
    lines = [phrases.certainty(deadline, scene.now), phrases.words.deadline.kind[deadline.kind]]
    if isinstance(deadline.when, Recurring):
        lines.append(phrases.words.deadline.rhythm.format(rhythm=deadline.when.rhythm))
    when = f"**{phrases.occurrence(dated.occurrence, deadline)}**, {countdown(scene, dated.occurrence)}"
    return f"{when} · {deadline.title}\n{small(' · '.join(lines))}"


def _tag_options(scene: Scene, screen: DeadlinesScreen) -> Iterator[tuple[str, Screen]]:
    yield scene.phrases.words.deadline.all_tags, DeadlinesScreen(include_passed=screen.include_passed)
    for tag in scene.snapshot.knowledge.tags:
        yield tag.title, DeadlinesScreen(tag=tag.id, include_passed=screen.include_passed)


def deadline_card(scene: Scene, screen: DeadlineScreen) -> ui.LayoutView:
    """Return one date: what happens, why it matters, what would change it, how it ended; raises EntryGoneError."""
    knowledge, words = scene.snapshot.knowledge, scene.phrases.words
    deadline = knowledge.get(Deadline, screen.deadline)
    standing = deadline.standing(scene.now)
    card = Card(discord.Colour(_COLOURS.get(standing, 0x7A7F87)))
    card.text(f"## {deadline.title}", *_when_lines(scene, deadline)).rule()
    card.text(words.deadline.summary, deadline.summary).text(words.deadline.why, deadline.why)
    card.text(*_more(scene, deadline, standing)).rule()
    card.text(*map(small, scene.phrases.ground(deadline, scene.now)))
    card.text(words.common.sources if deadline.sources else None, source_lines(scene, knowledge.list_sources(deadline.sources)))
    card.select(words.common.read_on, [(label_of(t), AnswerScreen(t.id)) for t in knowledge.list_topics_of_deadline(deadline.id)])
    replaced = DeadlineScreen(deadline.superseded_by) if deadline.superseded_by else None
    return card.buttons(
        card.button(words.common.back, back_address(screen.back, DeadlinesScreen(include_passed=standing not in _COLOURS))),
        card.button(words.common.open, replaced, primary=True) if replaced else None,
        alert_button(card, scene, SubscribeDeed(str(Selector(Scope.DEADLINE, deadline.id)))) if standing in _COLOURS else None,
    ).view()


def _when_lines(scene: Scene, deadline: Deadline) -> Iterator[str]:
    words, phrases = scene.phrases.words.deadline, scene.phrases
    dated = date_deadline(deadline, scene.now)
    kind = words.kind[deadline.kind]
    yield f"**{phrases.occurrence(dated.occurrence, deadline)}** · {stamp(scene, dated.occurrence)}"
    yield small(f"{kind[0].upper()}{kind[1:]} · {phrases.certainty(deadline, scene.now)}")
    if isinstance(deadline.when, Recurring):
        yield small(f"{words.rhythm.format(rhythm=deadline.when.rhythm)} {_following(scene, deadline, dated)}")
    if deadline.moved_from:
        yield small(words.moved_from.format(date=phrases.span(deadline.moved_from)))


def _following(scene: Scene, deadline: Deadline, dated: DatedDeadline) -> str:
    occurrences = next_occurrences(deadline.when, dated.occurrence.first, _FOLLOWING + 1)[1:] if dated.is_ahead else ()
    dates = ", ".join(scene.phrases.day(o.first) for o in occurrences)
    return scene.phrases.words.deadline.following.format(dates=dates) if dates else ""


def _more(scene: Scene, deadline: Deadline, standing: Standing) -> Iterator[str]:
    words = scene.phrases.words.deadline
    outcome = deadline.outcome
    if standing is Standing.OUTCOME_UNKNOWN:
        known_to = deadline.unknown_after.date if deadline.unknown_after else deadline.as_of
        outcome = words.outcome_unknown.format(date=scene.phrases.day(known_to))
    for heading, body in ((words.change, deadline.change), (words.history, deadline.history), (words.outcome, outcome)):
        if body:
            yield heading
            yield body
    if deadline.superseded_by:
        yield words.superseded_by.format(title=scene.snapshot.knowledge.get(Deadline, deadline.superseded_by).title)
