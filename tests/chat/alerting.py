"""A server whose managers set up alerts: the real bot over a real SQLite file, with an owner of rights and somebody without."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import discord
import simcord

from bot.app import build_client
from bot.demo import seams
from bot.domain.subscriptions import GuildId
from bot.services.subscribing import Subscribing
from bot.store.store import Store, open_store
from tests.chat.reading import Answer, Person, labels_of
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.chat.client import DetenteClient
    from bot.domain.subscriptions import Subscription
    from bot.knowledge.snapshot import CurrentSnapshot

LIMIT = 25


@dataclass(slots=True)
class Harbor:
    """A server where ann may manage, bob may not, and both see every command; eve manages another server."""

    env: simcord.Env
    bot: DetenteClient
    store: Store
    subscribing: Subscribing
    guild: simcord.GuildHandle
    channel: simcord.ChannelHandle
    ann: Person
    bob: Person
    eve: Person
    folder: Path
    changes: list[str] = field(default_factory=list)

    @property
    def guild_id(self) -> GuildId:
        """The server's id."""
        return GuildId(self.guild.id)

    async def list_subscriptions(self) -> tuple[Subscription, ...]:
        """What is kept of the server."""
        return await self.subscribing.list_all(self.guild_id)

    async def add(self, **options: Any) -> Answer:
        """Let ann subscribe a channel."""
        return await self.ann.slash("alerts add", **options)

    async def subscribe(self, **options: Any) -> Subscription:
        """Let ann subscribe a channel and return what is kept of it."""
        await self.add(**options)
        return (await self.list_subscriptions())[-1]

    async def forbid(self, channel: simcord.ChannelHandle, **permissions: bool) -> None:
        """Overwrite what the bot may do in a channel."""
        real = self.bot.get_channel(channel.id)
        assert isinstance(real, discord.TextChannel)
        await real.set_permissions(real.guild.me, overwrite=discord.PermissionOverwrite(**permissions))
        await self.env.settle()


@asynccontextmanager
async def open_harbor(knowledge: CurrentSnapshot, folder: Path, *, check_errors: bool = True) -> AsyncIterator[Harbor]:
    """Start the bot in a new world with a new database."""
    seams.settle_fast()
    async with open_store(f"sqlite+aiosqlite:///{folder / 'alerts.sqlite'}") as store:
        changes: list[str] = []
        subscribing = Subscribing(store, knowledge, discord.utils.utcnow, lambda: changes.append("changed"), LIMIT)
        bot = build_client(knowledge, discord.utils.utcnow, subscribing)
        env = simcord.Env(bot, check_errors=check_errors)
        seams.set_clock(env, NOW)
        await env.start()
        guild = env.create_guild("Harbor")
        channel = guild.create_text_channel("general")
        managers = guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
        ann = Person(guild.add_member(env.create_user("ann"), roles=[managers]), channel)
        bob = Person(guild.add_member(env.create_user("bob")), channel)
        other = env.create_guild("Elsewhere")
        there = other.create_text_channel("general")
        chiefs = other.create_role("Chiefs", permissions=discord.Permissions(manage_guild=True))
        eve = Person(other.add_member(env.create_user("eve"), roles=[chiefs]), there)
        yield Harbor(env, bot, store, subscribing, guild, channel, ann, bob, eve, folder, changes)
        await env.shutdown()
        if check_errors:
            env.raise_errors()


def button(answer: Answer, label: str) -> str:
    """Return the custom_id of a button."""
    custom_id: str = labels_of(answer)[label]["custom_id"]
    return custom_id
