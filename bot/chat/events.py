"""What happens to servers, passed on to the alerts: they come and go, and their channels and roles change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.subscriptions import GuildId

if TYPE_CHECKING:
    import discord

    from bot.services.watching import Watcher


def watch_guilds(client: discord.Client, watcher: Watcher) -> None:
    """Tell `watcher` of everything that can end or mend a subscription. discord.py logs what goes wrong in here."""

    async def on_guild_join(guild: discord.Guild) -> None:
        await watcher.note_joined(GuildId(guild.id))

    async def on_guild_remove(guild: discord.Guild) -> None:
        await watcher.note_left(GuildId(guild.id))

    async def on_guild_available(guild: discord.Guild) -> None:
        await watcher.note_available(GuildId(guild.id))

    async def on_shard_heard(guilds: tuple[discord.Guild, ...]) -> None:
        await watcher.note_heard([GuildId(guild.id) for guild in guilds if not guild.unavailable])

    for listener in (on_guild_join, on_guild_remove, on_guild_available, on_shard_heard):
        client.event(listener)
    _watch_changes(client, watcher)


def _watch_changes(client: discord.Client, watcher: Watcher) -> None:
    """Look again at a server's suspended subscriptions whenever a change may have mended one."""

    async def on_guild_channel_create(channel: discord.abc.GuildChannel) -> None:
        await watcher.recheck(GuildId(channel.guild.id))

    async def on_guild_channel_update(_: Any, channel: discord.abc.GuildChannel) -> None:  # noqa: ANN401 - the channel as it was
        await watcher.recheck(GuildId(channel.guild.id))

    async def on_thread_update(_: discord.Thread, thread: discord.Thread) -> None:
        await watcher.recheck(GuildId(thread.guild.id))

    async def on_guild_role_update(_: discord.Role, role: discord.Role) -> None:
        await watcher.recheck(GuildId(role.guild.id))

    async def on_member_update(_: discord.Member, member: discord.Member) -> None:
        if member == member.guild.me:
            await watcher.recheck(GuildId(member.guild.id))

    for listener in (on_guild_channel_create, on_guild_channel_update, on_thread_update, on_guild_role_update, on_member_update):
        client.event(listener)
