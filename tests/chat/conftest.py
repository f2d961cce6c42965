"""The real bot on the real discord.py in a simulated server, on 22 November 2026."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord
import pytest
import simcord
from discord import ui

from bot.app import build_client
from bot.demo import seams
from tests.chat.alerting import Harbor, open_harbor
from tests.chat.reading import Person
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.chat.client import DetenteClient
    from bot.knowledge.snapshot import CurrentSnapshot


@dataclass(frozen=True, slots=True)
class World:
    """A server with one channel and two people."""

    env: simcord.Env
    bot: DetenteClient
    channel: simcord.ChannelHandle
    ann: Person
    bob: Person

    async def post(self, item: ui.Item[Any]) -> discord.Message:
        """Let the bot post a message by itself that holds `item`."""
        view = ui.LayoutView(timeout=None)
        view.add_item(ui.ActionRow(item))
        return await self.bot.get_partial_messageable(self.channel.id).send(view=view)


async def open_world(knowledge: CurrentSnapshot, *, check_errors: bool = True) -> World:
    """Start the bot in a new world."""
    seams.settle_fast()
    bot = build_client(knowledge, discord.utils.utcnow)
    env = simcord.Env(bot, check_errors=check_errors)
    seams.set_clock(env, NOW)
    await env.start()
    guild = env.create_guild("Harbor")
    channel = guild.create_text_channel("general")
    ann, bob = (Person(guild.add_member(env.create_user(name)), channel) for name in ("ann", "bob"))
    return World(env, bot, channel, ann, bob)


@pytest.fixture
async def world(knowledge: CurrentSnapshot) -> AsyncIterator[World]:
    """A running bot; an error it swallowed fails the test."""
    opened = await open_world(knowledge)
    yield opened
    await opened.env.shutdown()
    opened.env.raise_errors()


@pytest.fixture
async def harbor(knowledge: CurrentSnapshot, tmp_path: Path) -> AsyncIterator[Harbor]:
    """A running bot with alerts; an error it swallowed fails the test."""
    async with open_harbor(knowledge, tmp_path) as opened:
        yield opened
