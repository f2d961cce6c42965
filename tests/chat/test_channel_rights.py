"""What the bot and a person may do in a channel, asked of discord.py's own objects."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import discord
import pytest

from bot.chat.permissions import Place, can_ping, check_place, find_channel, get_managed_guild, list_missing, may_manage, place_of
from bot.domain.alert_wording import Permission
from bot.errors import CannotPublishError, NotManagerError, UserError

if TYPE_CHECKING:
    from bot.chat.layout import Scene
    from tests.chat.alerting import Harbor

NEEDED = discord.Permissions(view_channel=True, embed_links=True, read_message_history=True)
IN_CHANNEL = NEEDED | discord.Permissions(send_messages=True)
IN_THREAD = NEEDED | discord.Permissions(send_messages_in_threads=True)
MANAGING = IN_THREAD | discord.Permissions(manage_threads=True)
VIEW, HISTORY, EMBED = Permission.VIEW_CHANNEL, Permission.READ_MESSAGE_HISTORY, Permission.EMBED_LINKS


def _interaction(
    harbor: Harbor, guild_id: int | None, *, asker: discord.Permissions, bot: discord.Permissions | None = None
) -> discord.Interaction[Any]:
    """Return what Discord sends when ann does something in the harbor's channel, with these permissions there."""
    user = {"id": str(harbor.ann.actor.id), "username": "ann", "discriminator": "0", "avatar": None, "global_name": None}
    told: dict[str, Any] = {
        "id": "1",
        "application_id": "2",
        "type": 2,
        "token": "token",
        "version": 1,
        "channel_id": str(harbor.channel.id),
        "channel": {"id": str(harbor.channel.id), "type": 0, "name": "general", "position": 0, "permissions": "0"},
        "data": {"id": "3", "name": "alerts", "type": 1},
        "app_permissions": str((bot or discord.Permissions.none()).value),
        "entitlements": [],
        "authorizing_integration_owners": {},
        "attachment_size_limit": 0,
        "locale": "en-US",
    }
    if guild_id is None:
        told["user"] = user
    else:
        told["guild_id"] = str(guild_id)
        told["member"] = {
            "user": user,
            "roles": [],
            "permissions": str(asker.value),
            "joined_at": None,
            "flags": 0,
            "deaf": False,
            "mute": False,
        }
    return discord.Interaction(data=told, state=harbor.bot._connection)  # type: ignore[arg-type] # as much of a payload as is read


@pytest.mark.parametrize(
    ("where", "rights", "expected"),
    [
        ("here", discord.Permissions.none(), False),
        ("here", discord.Permissions(manage_guild=True), True),
        ("here", discord.Permissions(administrator=True), True),
        ("here", ~discord.Permissions(manage_guild=True, administrator=True), False),
        ("where the bot is no member", discord.Permissions.all(), False),
        ("in direct messages", discord.Permissions.all(), False),
    ],
)
async def test_who_may_manage_a_server(harbor: Harbor, where: str, rights: discord.Permissions, *, expected: bool) -> None:
    """Manage Server or Administrator, each alone, and no other right; in a server of the bot, and nowhere else."""
    guild_id = {"here": harbor.guild.id, "where the bot is no member": 999}.get(where)
    interaction = _interaction(harbor, guild_id, asker=rights)
    assert may_manage(interaction) is expected
    if expected:
        assert get_managed_guild(interaction).id == harbor.guild.id
    else:
        with pytest.raises(NotManagerError):
            get_managed_guild(interaction)


async def test_what_discord_says_of_the_channel_itself_is_believed(harbor: Harbor) -> None:
    """Of the channel where it happens Discord says what the bot may do; of every other channel the bot reckons it."""
    await harbor.env.settle()
    guild, here = harbor.bot.get_guild(harbor.guild.id), harbor.bot.get_channel(harbor.channel.id)
    assert guild is not None
    assert isinstance(here, discord.TextChannel)
    there = await guild.create_text_channel("there")
    interaction = _interaction(harbor, guild.id, asker=discord.Permissions.none(), bot=discord.Permissions(send_polls=True))
    assert place_of(interaction, here, guild).bot == discord.Permissions(send_polls=True)
    assert place_of(interaction, there, guild).bot == discord.abc.GuildChannel.permissions_for(there, guild.me)
    assert place_of(interaction, there, guild).bot != discord.Permissions(send_polls=True)


async def test_in_a_thread_whose_parent_is_hidden_nobody_may_do_anything(harbor: Harbor) -> None:
    """What cannot be reckoned is not granted: neither to the bot nor to the person."""
    guild = harbor.bot.get_guild(harbor.guild.id)
    assert guild is not None
    interaction = _interaction(harbor, guild.id, asker=discord.Permissions.all())
    orphan = _thread(harbor)
    orphan.parent_id = 4
    assert place_of(interaction, orphan, guild) == Place(orphan, discord.Permissions.none(), discord.Permissions.none())


@pytest.mark.parametrize(
    ("kind", "publish", "refusal"), [(0, False, None), (0, True, CannotPublishError), (5, False, None), (5, True, None)]
)
async def test_only_an_announcement_channel_publishes(
    harbor: Harbor, scene: Scene, kind: int, *, publish: bool, refusal: type[UserError] | None
) -> None:
    """Publishing is refused in a plain channel, and alerts are taken in both."""
    guild = harbor.bot.get_guild(harbor.guild.id)
    assert guild is not None
    told: dict[str, Any] = {"id": "5", "type": kind, "name": "news", "position": 0, "permission_overwrites": []}
    channel = discord.TextChannel(guild=guild, state=guild._state, data=told)  # type: ignore[arg-type] # as much of a payload as is read
    place = Place(channel, IN_CHANNEL, discord.Permissions.none())
    assert place.is_announcing is (kind == 5)
    with pytest.raises(refusal) if refusal else nullcontext():
        check_place(place, scene.phrases.words, publish=publish)


def _thread(harbor: Harbor, *, is_private: bool = False, is_locked: bool = False, is_member: bool = True) -> discord.Thread:
    """Return a thread as Discord would tell of it."""
    guild = harbor.bot.get_guild(harbor.guild.id)
    assert guild is not None
    told: dict[str, Any] = {
        "id": "5",
        "guild_id": str(guild.id),
        "parent_id": str(harbor.channel.id),
        "owner_id": "6",
        "name": "thread",
        "type": 12 if is_private else 11,
        "last_message_id": None,
        "message_count": 0,
        "member_count": 1,
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": 60,
            "archive_timestamp": "2026-11-22T12:00:00+00:00",
            "locked": is_locked,
        },
    }
    if is_member:
        told["member"] = {"id": "5", "user_id": str(guild.me.id), "join_timestamp": "2026-11-22T12:00:00+00:00", "flags": 0}
    return discord.Thread(guild=guild, state=guild._state, data=told)  # type: ignore[arg-type] # as much of a payload as is read


@pytest.mark.parametrize(
    ("rights", "is_mentionable", "is_everyone", "expected"),
    [
        (0, False, False, False),
        (0, True, False, True),
        (0, False, True, False),
        (0, True, True, False),
        (discord.Permissions.mention_everyone.flag, False, False, True),
        (discord.Permissions.mention_everyone.flag, False, True, True),
        (discord.Permissions.administrator.flag, False, False, False),
        (discord.Permissions.manage_roles.flag, False, True, False),
    ],
)
async def test_who_can_ping_a_role(harbor: Harbor, rights: int, *, is_mentionable: bool, is_everyone: bool, expected: bool) -> None:
    """A role that anybody may mention, and with the right to mention everyone any role; @everyone only so, whatever its own flag says."""
    guild = harbor.bot.get_guild(harbor.guild.id)
    assert guild is not None
    told: dict[str, Any] = {"id": str(guild.id if is_everyone else 77), "name": "role", "mentionable": is_mentionable}
    told |= {"color": 0, "colors": {}, "hoist": False, "position": 0, "permissions": "0", "managed": False, "flags": 0}
    role = discord.Role(guild=guild, state=guild._state, data=told)  # type: ignore[arg-type] # as much of a payload as is read
    assert can_ping(role, discord.Permissions(rights)) is expected


async def test_what_is_missing_in_a_channel_is_listed_in_the_order_of_the_settings(harbor: Harbor) -> None:
    """In a channel it is Send Messages that counts; what threads alone need is not asked for."""
    channel = harbor.bot.get_channel(harbor.channel.id)
    assert isinstance(channel, discord.TextChannel)
    assert list_missing(channel, IN_CHANNEL) == ()
    assert list_missing(channel, IN_THREAD) == (Permission.SEND_MESSAGES,)
    assert list_missing(channel, discord.Permissions.none()) == (VIEW, Permission.SEND_MESSAGES, EMBED, HISTORY)


async def test_what_is_missing_in_a_thread(harbor: Harbor) -> None:
    """A locked thread takes messages only from who manages threads, a private one from them or its members; an open one from all."""
    assert list_missing(_thread(harbor), IN_THREAD) == ()
    assert list_missing(_thread(harbor), IN_CHANNEL) == (Permission.SEND_MESSAGES_IN_THREADS,)
    assert list_missing(_thread(harbor, is_member=False), IN_THREAD) == ()
    assert list_missing(_thread(harbor, is_locked=True), IN_THREAD) == (Permission.MANAGE_THREADS,)
    assert list_missing(_thread(harbor, is_private=True), IN_THREAD) == ()
    stranger = _thread(harbor, is_private=True, is_member=False)
    assert list_missing(stranger, IN_THREAD) == (Permission.MEMBERSHIP,)
    shut = _thread(harbor, is_private=True, is_locked=True, is_member=False)
    assert list_missing(shut, NEEDED) == (Permission.SEND_MESSAGES_IN_THREADS, Permission.MANAGE_THREADS, Permission.MEMBERSHIP)
    assert list_missing(shut, MANAGING) == ()


async def test_a_thread_takes_alerts(harbor: Harbor, scene: Scene) -> None:
    """Where the bot may do all that is needed there, nothing is refused."""
    check_place(Place(_thread(harbor), IN_THREAD, discord.Permissions.none()), scene.phrases.words)


@pytest.mark.parametrize("status", [403, 404])
async def test_a_channel_that_discord_does_not_show_is_none(harbor: Harbor, status: int) -> None:
    """A channel that is not at hand is asked for; hidden or gone, it is as good as none."""
    guild = harbor.bot.get_guild(harbor.guild.id)
    assert guild is not None
    harbor.env.inject_error("GET", "/channels/5", status=status, times=1)
    assert await find_channel(guild, 5) is None


async def test_a_channel_that_is_at_hand_is_not_asked_for(harbor: Harbor) -> None:
    """While Discord fails, a channel that the gateway told of is found all the same."""
    guild = harbor.bot.get_guild(harbor.guild.id)
    assert guild is not None
    harbor.env.inject_error("GET", f"/channels/{harbor.channel.id}", status=404)
    found = await find_channel(guild, harbor.channel.id)
    assert found is not None
    assert found.id == harbor.channel.id


async def test_an_archived_thread_is_asked_for(harbor: Harbor) -> None:
    """The gateway says no more of a thread once it is archived; it is there all the same, and alerts may go to it."""
    await harbor.env.settle()
    guild, channel = harbor.bot.get_guild(harbor.guild.id), harbor.bot.get_channel(harbor.channel.id)
    assert guild is not None
    assert isinstance(channel, discord.TextChannel)
    thread = await channel.create_thread(name="old", type=discord.ChannelType.public_thread)
    await thread.edit(archived=True)
    await harbor.env.settle()
    assert guild.get_channel_or_thread(thread.id) is None
    found = await find_channel(guild, thread.id)
    assert isinstance(found, discord.Thread)
    assert found.id == thread.id


async def test_a_channel_of_another_server_is_none(harbor: Harbor) -> None:
    """Whoever knows the id of a channel elsewhere gets nothing by it."""
    guild = harbor.bot.get_guild(harbor.guild.id)
    assert guild is not None
    assert await find_channel(guild, harbor.eve.channel.id) is None
    found = await find_channel(guild, harbor.channel.id)
    assert found is not None
    assert found.id == harbor.channel.id
