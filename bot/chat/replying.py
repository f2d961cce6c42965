"""The edge where Discord meets the bot: everything somebody does gets an answer, whatever happens inside."""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import structlog
from discord import app_commands

from bot.chat.layout import Scene, as_text
from bot.chat.permissions import may_manage
from bot.errors import StoreError, UserError
from bot.services.phrasing import Phrases

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from discord import ui

    from bot.chat.rendering import Renderer
    from bot.domain.screens import Screen
    from bot.knowledge.snapshot import CurrentSnapshot, Snapshot
    from bot.services.relating import Question

    Draw = Callable[[Scene], ui.LayoutView]
    Choose = Callable[[Snapshot], Screen]

LOST = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError, TimeoutError)
_log = structlog.get_logger(__name__)


class Responder:
    """Draws cards and sends them; the only place where an exception inside a command or a control ends."""

    def __init__(self, knowledge: CurrentSnapshot, renderer: Renderer, clock: Callable[[], datetime]) -> None:
        """Answer from `knowledge`, as of `clock()` (aware UTC)."""
        self._knowledge = knowledge
        self._renderer = renderer
        self.clock = clock
        self.offers_alerts = False

    def scene(self, interaction: discord.Interaction[Any] | None = None) -> Scene:
        """Return what a card is drawn from at this moment, for the person of the interaction."""
        snapshot = self._knowledge.current
        manages = self.offers_alerts and interaction is not None and may_manage(interaction)
        return Scene(snapshot, Phrases(snapshot.knowledge.wording), self.clock(), manages)

    async def reply(self, interaction: discord.Interaction[Any], draw: Draw, *, private: bool) -> None:
        """Answer a command with the card that `draw` returns, to everybody or only to the one who asked."""
        try:
            await interaction.response.send_message(view=draw(self.scene(interaction)), ephemeral=private)
        except Exception as error:  # noqa: BLE001 - the edge: an error here must end in a reply
            await self.apologize(interaction, error)

    async def show(self, interaction: discord.Interaction[Any], choose: Choose, *, private: bool) -> None:
        """Answer a command with the screen that `choose` makes of its options."""
        await self.reply(interaction, lambda scene: self._renderer.draw(scene, choose(scene.snapshot)), private=private)

    async def answer(self, interaction: discord.Interaction[Any], text: str | None, question: Question, *, private: bool) -> None:
        """Answer `/allies`: a topic, or a question about countries."""
        await self.reply(interaction, lambda scene: self._renderer.answer(scene, text, question), private=private)

    async def follow(self, interaction: discord.Interaction[Any], screen: Screen) -> None:
        """Turn the message to `screen` for the person it answers; anybody else gets a private copy."""
        try:
            view = self._renderer.draw(self.scene(interaction), screen)
            if _belongs_to(interaction.message, interaction.user):
                await interaction.response.edit_message(view=view)
            else:
                await interaction.response.send_message(view=view, ephemeral=True)
        except Exception as error:  # noqa: BLE001 - the edge: an error here must end in a reply
            await self.apologize(interaction, error)

    async def apologize(self, interaction: discord.Interaction[Any], error: Exception) -> None:
        """Say privately what went wrong; what nobody expected is logged with the id the person is given."""
        phrases = Phrases(self._knowledge.current.knowledge.wording)
        error = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        if isinstance(error, UserError):
            # Not its text: that repeats what somebody typed.
            _log.info("refused", reason=type(error).__name__, interaction=interaction.id, user=interaction.user.id)
            text = phrases.complaint(error, as_text)
        else:
            error_id = secrets.token_hex(4)
            is_known = isinstance(error, StoreError)
            if is_known:
                _log.error("database unusable", error_id=error_id, interaction=interaction.id, reason=str(error))
            else:
                _log.error("failed", error_id=error_id, interaction=interaction.id, exc_info=error)
            errors = phrases.words.errors
            text = (errors.store if is_known else errors.unexpected).format(error_id=error_id)
        await _say(interaction, text)

    async def refuse(self, interaction: discord.Interaction[Any], error: UserError) -> None:
        """Say privately why somebody is not served, without a log line; what is being typed gets no suggestions."""
        if interaction.type is discord.InteractionType.autocomplete:
            with contextlib.suppress(*LOST):
                await interaction.response.autocomplete([])
            return
        await _say(interaction, Phrases(self._knowledge.current.knowledge.wording).complaint(error, as_text))


async def _say(interaction: discord.Interaction[Any], text: str) -> None:
    try:
        send = interaction.followup.send if interaction.response.is_done() else interaction.response.send_message
        await send(text[:2000], ephemeral=True)
    except LOST as lost:
        _log.warning("reply lost", interaction=interaction.id, reason=str(lost) or type(lost).__name__)


def _belongs_to(message: discord.Message | None, user: discord.abc.User) -> bool:
    """Whether `message` answers something that `user` did; a message the bot posted by itself belongs to nobody."""
    metadata = message.interaction_metadata if message else None
    return metadata is not None and metadata.user.id == user.id
