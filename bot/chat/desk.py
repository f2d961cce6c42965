"""The desk where alerts are managed: checks who asks, does the work, and answers privately, however long the database takes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import discord
import structlog

from bot.chat.cards.subscriptions import elsewhere_card, what_of
from bot.chat.following import open_screen
from bot.chat.permissions import Place, find_channel, get_managed_guild, name_missing, place_of
from bot.domain.alert_wording import Permission
from bot.domain.managing import ReportedScreen
from bot.domain.subscriptions import GuildId, UserId
from bot.errors import ChannelRefusedError, UserError, WrongChannelError
from bot.services.answering import MAX_CHOICES
from bot.services.ordering import list_selectors

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from discord import ui

    from bot.chat.alert_options import GivenChannel
    from bot.chat.layout import Scene
    from bot.chat.replying import Responder
    from bot.domain.managing import ManagedScreen
    from bot.domain.subscriptions import Subscription
    from bot.services.subscribing import Subscribing

    Work = Callable[["Visit"], Coroutine[Any, Any, ui.LayoutView]]

T = TypeVar("T")

_log = structlog.get_logger(__name__)
PATIENCE = 2.0
"""Seconds of work after which Discord is told that the answer takes longer; it waits three."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who may manage the server, and what they are served with."""

    interaction: discord.Interaction[Any]
    guild: discord.Guild
    scene: Scene
    subscribing: Subscribing

    @property
    def guild_id(self) -> GuildId:
        """The server; everything is looked up together with it."""
        return GuildId(self.guild.id)

    @property
    def user_id(self) -> UserId:
        """The person."""
        return UserId(self.interaction.user.id)

    async def get_place(self, given: GivenChannel | None) -> Place:
        """Return the channel that was given, else the one where this happens; raises WrongChannelError, ChannelRefusedError."""
        if given is not None:
            return await self.get_place_of(given.id)
        here = self.interaction.channel
        if not isinstance(here, discord.abc.GuildChannel | discord.Thread):
            raise WrongChannelError(channel=f"<#{self.interaction.channel_id}>")
        return place_of(self.interaction, here, self.guild)

    async def get_place_of(self, channel_id: int) -> Place:
        """Return a channel of the server; raises ChannelRefusedError where it is gone or hidden from the bot."""
        place = await self.find_place_of(channel_id)
        if place is None:
            missing = name_missing(self.scene.phrases.words, (Permission.VIEW_CHANNEL,))
            raise ChannelRefusedError(channel=f"<#{channel_id}>", missing=missing)
        return place

    async def find_place_of(self, channel_id: int) -> Place | None:
        """Return a channel of the server; None where it is gone or hidden from the bot."""
        channel = await find_channel(self.guild, channel_id)
        return place_of(self.interaction, channel, self.guild) if channel else None

    async def list_subscriptions(self) -> tuple[Subscription, ...]:
        """Return the server's subscriptions."""
        return await self.subscribing.list_all(self.guild_id)


class Desk:
    """Serves managers one at a time; whoever is no manager is told so."""

    def __init__(self, responder: Responder, subscribing: Subscribing) -> None:
        """Work with `subscribing`; what fails is put into words by `responder`."""
        self._responder = responder
        self._subscribing = subscribing

    async def serve(self, interaction: discord.Interaction[Any], work: Work) -> None:
        """Do the work for somebody who may manage the server, and show the page it returns to nobody else."""
        try:
            guild = get_managed_guild(interaction)
            visit = Visit(interaction, guild, self._responder.scene(interaction), self._subscribing)
            await _show(interaction, await wait_for(interaction, work(visit)))
        except Exception as error:  # noqa: BLE001 - the edge: an error here must end in a reply
            await self._responder.apologize(interaction, error)

    async def follow(self, interaction: discord.Interaction[Any], screen: ManagedScreen) -> None:
        """Open the page, or do the deed, that a control names."""
        if isinstance(screen, ReportedScreen) and interaction.guild_id is None:
            await self._responder.reply(interaction, elsewhere_card, private=True)
            return
        await self.serve(interaction, lambda visit: open_screen(visit, screen))

    def list_selectors(self, typed: str) -> tuple[tuple[str, str], ...]:
        """Return (title, value) of what can be subscribed and fits what is being typed."""
        scene = self._responder.scene()
        return list_selectors(scene.snapshot.knowledge, typed, scene.phrases.words.alerts.everything, scene.now)

    async def list_labels(self, interaction: discord.Interaction[Any], typed: str) -> tuple[tuple[str, str], ...]:
        """Return (label, value) of the server's subscriptions that fit what is being typed; none for somebody who may not manage it."""
        try:
            guild = get_managed_guild(interaction)
            found = await self._subscribing.list_all(GuildId(guild.id))
            labels = ((label_of(self._responder.scene(), guild, s), str(s.id)) for s in found)
            return tuple((name, value) for name, value in labels if typed.strip().casefold() in name.casefold())[:MAX_CHOICES]
        except UserError:
            return ()
        except Exception:  # noqa: BLE001 - the edge: a failure here must not keep anybody from sending the command
            _log.exception("autocomplete failed")
            return ()


def label_of(scene: Scene, guild: discord.Guild, subscription: Subscription) -> str:
    """Return "#channel · what"; the id where the channel is not at hand."""
    channel = guild.get_channel_or_thread(subscription.order.channel_id)
    return f"#{channel.name if channel else subscription.order.channel_id} · {what_of(scene, subscription)}"


async def wait_for(interaction: discord.Interaction[Any], work: Awaitable[T]) -> T:
    """Wait for the work; if it takes long, tell Discord in time that the answer will come."""
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait((task,), timeout=PATIENCE)
    if not done:
        await promise(interaction)
    return await task


async def promise(interaction: discord.Interaction[Any]) -> None:
    """Tell Discord that the answer will come: a new private one, or on the private page where a control was pressed."""
    if is_private_page(interaction):
        await interaction.response.defer()
    else:
        await interaction.response.defer(ephemeral=True, thinking=True)


async def _show(interaction: discord.Interaction[Any], view: ui.LayoutView) -> None:
    """Turn the private page where the control was pressed, or answer with a new one."""
    if interaction.response.is_done():
        await interaction.edit_original_response(view=view)
    elif is_private_page(interaction):
        await interaction.response.edit_message(view=view)
    else:
        await interaction.response.send_message(view=view, ephemeral=True)


def is_private_page(interaction: discord.Interaction[Any]) -> bool:
    """Whether a control was pressed on a message that only this person sees."""
    return interaction.message is not None and interaction.message.flags.ephemeral
