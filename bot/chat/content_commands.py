"""The commands of `/content`: one call at the desk each. They show where administrators can use them, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
import structlog
from discord import app_commands

from bot.domain.content_screens import PreviewScreen, ReloadDeed, RollbackDeed, StatusScreen, UsesScreen

if TYPE_CHECKING:
    from bot.chat.administering import ContentDesk
    from bot.domain.content_card_wording import ContentCommandWords

Interaction = discord.Interaction[Any]
PageNumber = app_commands.Range[int, 1, 100_000]

_log = structlog.get_logger(__name__)


def add_content_commands(
    tree: app_commands.CommandTree[Any], desk: ContentDesk, words: ContentCommandWords, guild_id: int | None = None
) -> None:
    """Add `/content` to `tree`, served by `desk`: for one server, or for the administrators of every server to see."""
    group = app_commands.Group(
        name="content",
        description=words.content,
        # A hint to Discord's menus only: the desk checks again.
        default_permissions=discord.Permissions.none(),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )
    _add_looks(group, desk, words)
    _add_changes(group, desk, words)
    tree.add_command(group, guild=discord.Object(guild_id) if guild_id else None)


def _add_looks(group: app_commands.Group, desk: ContentDesk, words: ContentCommandWords) -> None:
    @group.command(name="status", description=words.status)
    async def status(interaction: Interaction) -> None:
        await desk.serve(interaction, StatusScreen())

    @group.command(name="preview", description=words.preview)
    async def preview(interaction: Interaction) -> None:
        await desk.serve(interaction, PreviewScreen())

    @group.command(name="history", description=words.history)
    @app_commands.describe(page=words.page)
    async def history(interaction: Interaction, page: PageNumber = 1) -> None:
        await desk.serve(interaction, UsesScreen(page - 1))


def _add_changes(group: app_commands.Group, desk: ContentDesk, words: ContentCommandWords) -> None:
    @group.command(name="reload", description=words.reload)
    async def reload(interaction: Interaction) -> None:
        await desk.serve(interaction, ReloadDeed(""))

    @group.command(name="rollback", description=words.rollback)
    async def rollback(interaction: Interaction) -> None:
        await desk.serve(interaction, RollbackDeed(""))


async def sync_guild_commands(tree: app_commands.CommandTree[Any], guild_id: int) -> None:
    """Tell Discord the commands of one server; where the bot is no member of it, the log says what to do and the bot goes on."""
    try:
        await tree.sync(guild=discord.Object(guild_id))
    except (discord.Forbidden, discord.NotFound) as error:
        _log.error(
            "no /content: I am not in the server that ADMIN_GUILD_ID names, or was invited without the scope applications.commands. "
            "Invite me there or correct ADMIN_GUILD_ID, then start me again",
            guild=guild_id,
            reason=f"{error.text} ({error.code})",
        )
