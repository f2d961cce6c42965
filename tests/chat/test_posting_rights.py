"""What is refused where alerts could not be posted, or could not ping, and how the refusal names it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
import pytest

from bot.chat.permissions import LEAST_PERMISSIONS, Place, check_place, check_role
from bot.domain.alert_wording import Permission
from bot.errors import CannotPublishError, ChannelRefusedError, EveryoneRefusedError, RoleRefusedError, WrongChannelError

if TYPE_CHECKING:
    from bot.chat.layout import Scene
    from tests.chat.alerting import Harbor

NONE = discord.Permissions.none()
POSTING = discord.Permissions(view_channel=True, embed_links=True, read_message_history=True, send_messages=True)
PINGING = discord.Permissions(mention_everyone=True)


def _guild(harbor: Harbor) -> discord.Guild:
    guild = harbor.bot.get_guild(harbor.guild.id)
    assert guild is not None
    return guild


def _place(harbor: Harbor, bot: discord.Permissions, asker: discord.Permissions = NONE) -> Place:
    channel = harbor.bot.get_channel(harbor.channel.id)
    assert isinstance(channel, discord.TextChannel)
    return Place(channel, bot, asker)


def _role(guild: discord.Guild, *, is_everyone: bool = False, is_mentionable: bool = False) -> discord.Role:
    told: dict[str, Any] = {"id": str(guild.id if is_everyone else 77), "name": "@everyone" if is_everyone else "watch"}
    told |= {"color": 0, "colors": {}, "hoist": False, "position": 0, "permissions": "0", "managed": False, "flags": 0}
    told["mentionable"] = is_mentionable
    return discord.Role(guild=guild, state=guild._state, data=told)  # type: ignore[arg-type] # as much of a payload as is read


async def test_a_channel_that_takes_no_messages_is_refused(harbor: Harbor, scene: Scene) -> None:
    """A forum is refused by its kind, whatever the bot may do there; the refusal links to it."""
    guild = _guild(harbor)
    told: dict[str, Any] = {"id": "5", "type": 15, "name": "forum", "position": 0, "permission_overwrites": [], "available_tags": []}
    told["default_reaction_emoji"] = told["default_sort_order"] = None
    forum: Any = discord.ForumChannel(guild=guild, state=guild._state, data=told)  # type: ignore[arg-type] # as much as is read
    with pytest.raises(WrongChannelError) as refusal:
        check_place(Place(forum, discord.Permissions.all(), NONE), scene.phrases.words)
    assert refusal.value.fields == {"channel": "<#5>"}


async def test_a_refusal_names_the_channel_and_all_that_is_missing(harbor: Harbor, scene: Scene) -> None:
    """The permissions are called what Discord's settings call them."""
    shown = f"<#{harbor.channel.id}>"
    check_place(_place(harbor, POSTING), scene.phrases.words)
    with pytest.raises(ChannelRefusedError) as refusal:
        check_place(_place(harbor, discord.Permissions(view_channel=True, send_messages=True)), scene.phrases.words)
    words = scene.phrases.words.alerts.permission
    missing = f"{words[Permission.EMBED_LINKS]}, {words[Permission.READ_MESSAGE_HISTORY]}"
    assert refusal.value.fields == {"channel": shown, "missing": missing}
    with pytest.raises(CannotPublishError) as plain:
        check_place(_place(harbor, POSTING), scene.phrases.words, publish=True)
    assert plain.value.fields == {"channel": shown}


@pytest.mark.parametrize("is_everyone", [True, False])
async def test_a_role_is_pinged_where_both_could(harbor: Harbor, *, is_everyone: bool) -> None:
    """The person is asked first, for the bot lends no right; then the bot, and the refusal names the role once with its sign."""
    role = _role(_guild(harbor), is_everyone=is_everyone)
    check_role(role, _place(harbor, PINGING, PINGING))
    for bot in (PINGING, NONE):
        with pytest.raises(EveryoneRefusedError):
            check_role(role, _place(harbor, bot, NONE))
    with pytest.raises(RoleRefusedError) as refusal:
        check_role(role, _place(harbor, NONE, PINGING))
    assert refusal.value.fields == {"role": "@everyone" if is_everyone else "@watch", "channel": f"<#{harbor.channel.id}>"}


async def test_a_role_that_anybody_may_mention_needs_no_right(harbor: Harbor) -> None:
    """Neither of the two is asked for one."""
    check_role(_role(_guild(harbor), is_mentionable=True), _place(harbor, NONE, NONE))


def test_the_bot_asks_for_what_alerts_need_and_nothing_more() -> None:
    """Where it is invited it wants to see, write, link and read, in channels and threads."""
    assert POSTING | discord.Permissions(send_messages_in_threads=True) == LEAST_PERMISSIONS
