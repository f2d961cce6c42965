"""Controls: whose message turns, what happens after a restart, and what old ones answer."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import discord
import pytest
from discord import ui

from bot.app import build_client
from bot.chat.controls import CONTROLS, GoButton
from bot.knowledge.snapshot import CurrentSnapshot, Snapshot
from tests.chat.conftest import World, open_world
from tests.chat.reading import labels_of, text_of

if TYPE_CHECKING:
    from bot.domain.knowledge_base import KnowledgeBase


async def test_the_asker_turns_the_page_for_everybody(world: World) -> None:
    """Next, pressed by the one who asked, changes the message in place."""
    result = await world.ann.slash("timeline")
    message, before = result.id, text_of(result)
    turned = await world.ann.click(result, label="Next")
    assert turned.id == message
    assert text_of(turned) != before


async def test_somebody_else_gets_a_private_copy(world: World) -> None:
    """A click by another person leaves the message alone and shows them the next page privately, which then is theirs."""
    result = await world.ann.slash("timeline")
    before = text_of(result)
    copy_for_bob = await world.bob.click(result, label="Next")
    assert copy_for_bob.is_private
    assert copy_for_bob.id != result.id
    assert text_of(result) == before
    private = copy_for_bob.id
    turned = await world.bob.click(copy_for_bob, label="Next")
    assert turned.id == private


async def test_a_message_that_nobody_asked_for_belongs_to_nobody(world: World) -> None:
    """On a message the bot posted by itself every click gives a private copy."""
    posted = await world.post(GoButton("about", label="About"))
    clicked = await world.ann.click(posted, label="About")
    assert clicked.is_private


async def test_controls_work_after_a_restart(world: World, knowledge: CurrentSnapshot) -> None:
    """A button of a message sent before the bot was restarted still leads where it says."""
    result = await world.ann.slash("deadlines")
    before = text_of(result)
    await world.env.restart_bot(build_client(knowledge, discord.utils.utcnow))
    turned = await world.ann.click(result, label="Next")
    assert text_of(turned) != before
    assert not turned.is_private


@pytest.mark.parametrize(
    ("custom_id", "said"),
    [
        ("v1:go:event:no-such-event;1", "no longer in the knowledge base"),
        ("v1:go:topic:gone", "no longer in the knowledge base"),
        ("v1:go:term:gone", "no longer in the knowledge base"),
        ("v1:go:sources:gone", "no longer in the knowledge base"),
        ("v1:go:deadline:gone", "no longer in the knowledge base"),
        ("v1:go:timeline:0:::::gone", "no longer in the knowledge base"),
        ("v1:go:deadlines:0::0:gone", "no longer in the knowledge base"),
        ("v1:go:nowhere", "leads nowhere now"),
        ("v1:go:timeline:x", "leads nowhere now"),
        ("v1:go:timeline:0:1991-13", "leads nowhere now"),
        ("v1:go:topic", "leads nowhere now"),
        ("v1:go:", "leads nowhere now"),
        ("v7:jump:somewhere", "leads nowhere now"),
        ("v1:other:thing", "leads nowhere now"),
        ("v1:go:about;x", "leads nowhere now"),
        ("v1:pick;x", "leads nowhere now"),
    ],
)
async def test_a_control_whose_entry_is_gone_answers_kindly(world: World, knowledge: CurrentSnapshot, custom_id: str, said: str) -> None:
    """Old, forged and future controls get a private sentence instead of a failure."""
    posted = await world.post(ui.Button(label="old", custom_id=custom_id))
    await world.env.restart_bot(build_client(knowledge, discord.utils.utcnow))
    clicked = await world.ann.click(posted, label="old")
    assert clicked.is_private
    assert said in clicked.content


async def test_a_page_that_no_longer_exists_shows_the_nearest(world: World) -> None:
    """A page number past the end shows the last page."""
    posted = await world.post(GoButton("timeline:999", label="far"))
    assert labels_of(await world.ann.click(posted, label="far"))["Last"]["disabled"]


async def test_a_topic_removed_by_a_reload_answers_kindly(knowledge: CurrentSnapshot) -> None:
    """A card drawn before a topic was removed keeps its buttons; they say that the entry is gone."""
    current = CurrentSnapshot(knowledge.current)
    world = await open_world(current)
    result = await world.ann.slash("allies", topic="china")
    current.current = _without_topic(current.current.knowledge, "china")
    clicked = await world.ann.click(result, label="All sources")
    assert "(`china`) is no longer in the knowledge base" in clicked.content
    await world.env.shutdown()


def _without_topic(knowledge: KnowledgeBase, topic: str) -> Snapshot:
    smaller = copy.copy(knowledge)
    kept = tuple(t.model_copy(update={"related": tuple(i for i in t.related if i != topic)}) for t in knowledge.topics if t.id != topic)
    object.__setattr__(smaller, "topics", kept)
    smaller.__dict__.pop("_index", None)
    terms = tuple(t.model_copy(update={"related_topics": ()}) for t in knowledge.terms)
    object.__setattr__(smaller, "terms", terms)
    return Snapshot.of(smaller)


async def test_a_view_that_ends_takes_no_pattern_down(world: World) -> None:
    """After cards were sent, edited and stopped, every pattern is still registered."""
    result = await world.ann.slash("allies")
    for label in ("Timeline", "Next", "Back"):
        result = await world.ann.click(result, label=label)
    store = world.bot._connection._view_store
    assert {item.__discord_ui_compiled_template__ for item in CONTROLS} == set(store._dynamic_items)
    assert not store._synced_message_views
