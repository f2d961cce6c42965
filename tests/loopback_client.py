"""A client of the real discord.py that talks to a loopback and keeps what it hears."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import discord
import pytest
import yarl
from discord import app_commands, ui
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.loopback import TOKEN, Limits, Loopback, serve

SECONDS = 5


@asynccontextmanager
async def serve_discord_py(limits: Limits | None = None) -> AsyncIterator[Loopback]:
    """Serve a Discord to which every client of this process connects."""
    async with serve(limits) as loopback:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Route, "BASE", loopback.api_url)
            patch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(loopback.gateway.url))
            yield loopback


class KeepingBot(discord.Client):
    """A client that keeps what it heard, and answers `/alerts add` and `/late`."""

    def __init__(self) -> None:
        """Take the fewest intents, and wait no longer for guilds than a loopback needs."""
        super().__init__(intents=discord.Intents(guilds=True), guild_ready_timeout=0.02, max_messages=None)
        self.heard: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.tree = app_commands.CommandTree(self)
        self.tree.add_command(_alerts())

        @self.tree.command(name="late", description="Answers later")
        async def late(interaction: discord.Interaction) -> None:
            await interaction.response.defer()
            await interaction.edit_original_response(content="edited")
            await interaction.followup.send("followed up")

    async def setup_hook(self) -> None:
        """Tell Discord the commands."""
        await self.tree.sync()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Keep each event that is about guilds."""
        super().dispatch(event, *args, **kwargs)
        if event.startswith(("guild_", "thread_", "resumed", "member_")):
            self.heard.put_nowait((event, args[-1] if args else None))

    async def hear(self, wanted: str) -> Any:
        """Wait for an event; return what it is about."""
        async with asyncio.timeout(SECONDS):
            while True:
                event, about = await self.heard.get()
                if event == wanted:
                    return about


def _alerts() -> app_commands.Group:
    group = app_commands.Group(name="alerts", description="Alerts")

    @group.command(name="add", description="Adds")
    async def add(
        interaction: discord.Interaction, channel: app_commands.AppCommandChannel, role: discord.Role, days: int, text: str
    ) -> None:
        may = channel.permissions.send_messages, interaction.permissions.manage_guild, interaction.app_permissions.embed_links
        view = ui.LayoutView(timeout=None)
        view.add_item(ui.TextDisplay(f"{channel.name} {role.name} {days} {text} {may}"))
        button: ui.Button[Any] = ui.Button(label="Again", custom_id="again")

        async def again(pressed: discord.Interaction) -> None:
            assert pressed.message is not None
            await pressed.response.edit_message(view=ui.LayoutView().add_item(ui.TextDisplay(f"pressed by {pressed.user.name}")))

        button.callback = again  # type: ignore[assignment,method-assign]
        view.add_item(ui.ActionRow(button))
        chooser: ui.ChannelSelect[Any] = ui.ChannelSelect(custom_id="choose")

        async def choose(chosen: discord.Interaction) -> None:
            await chosen.response.send_message(chooser.values[0].name, ephemeral=True)

        chooser.callback = choose  # type: ignore[assignment,method-assign]
        view.add_item(ui.ActionRow(chooser))
        await interaction.response.send_message(view=view)

    @add.autocomplete("text")
    async def suggest(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=typed.upper(), value=typed)]

    return group


@asynccontextmanager
async def logged_in(loopback: Loopback) -> AsyncIterator[KeepingBot]:
    """Log a client in; it is ready, and closed in the end."""
    async with AsyncExitStack() as stack, KeepingBot() as bot:
        await bot.login(TOKEN)
        connecting = asyncio.create_task(bot.connect())
        stack.callback(connecting.cancel)
        async with asyncio.timeout(SECONDS):
            await bot.wait_until_ready()
        yield bot


def here(bot: discord.Client, channel_id: int) -> discord.PartialMessageable:
    """Return a channel to send to, without asking for it."""
    return bot.get_partial_messageable(channel_id)
