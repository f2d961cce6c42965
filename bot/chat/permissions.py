"""Who may manage alerts, and where the bot can post: checked in code each time, whatever Discord's menus let through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord

from bot.domain.alert_wording import Permission
from bot.errors import CannotPublishError, ChannelRefusedError, EveryoneRefusedError, NotManagerError, RoleRefusedError, WrongChannelError

if TYPE_CHECKING:
    from bot.domain.wording import Wording

    Channel = discord.abc.GuildChannel | discord.Thread

_NEEDED = (Permission.VIEW_CHANNEL, Permission.EMBED_LINKS, Permission.READ_MESSAGE_HISTORY)
_SENDING = (Permission.SEND_MESSAGES, Permission.SEND_MESSAGES_IN_THREADS)

LEAST_PERMISSIONS = discord.Permissions(**dict.fromkeys((*_NEEDED, *_SENDING), True))
"""What the bot asks for where it is invited: what alerts need in a channel and in a thread, and nothing more."""


def may_manage(interaction: discord.Interaction[Any]) -> bool:
    """Whether the person may manage the server, and the bot is a member of it and not only installed by the person."""
    is_member = interaction.guild_id is not None and interaction.client.get_guild(interaction.guild_id) is not None
    return is_member and (interaction.permissions.manage_guild or interaction.permissions.administrator)


def get_managed_guild(interaction: discord.Interaction[Any]) -> discord.Guild:
    """Return the server, which the person may manage; raises NotManagerError."""
    guild: discord.Guild | None = interaction.client.get_guild(interaction.guild_id) if may_manage(interaction) else None
    if guild is None:
        raise NotManagerError
    return guild


@dataclass(frozen=True, slots=True)
class Place:
    """A channel as alerts see it: what the bot may do there, and the person who asked."""

    channel: Channel
    bot: discord.Permissions
    asker: discord.Permissions

    @property
    def shown(self) -> str:
        """How a private reply names it."""
        return f"<#{self.channel.id}>"

    @property
    def is_announcing(self) -> bool:
        """Whether messages there can be published."""
        return self.channel.type is discord.ChannelType.news


def place_of(interaction: discord.Interaction[Any], channel: Channel, guild: discord.Guild) -> Place:
    """Return `channel` with what the bot and the person may do there; for the channel of the interaction Discord says what the bot may."""
    bot = interaction.app_permissions if channel.id == interaction.channel_id else _permissions_of_bot(channel, guild.me)
    asker = interaction.user if isinstance(interaction.user, discord.Member) else guild.default_role
    return Place(channel, bot, _permissions(channel, asker))


def _permissions_of_bot(channel: Channel, bot: discord.Member) -> discord.Permissions:
    if isinstance(channel, discord.abc.GuildChannel):
        # Not the channel's own method: where sending is off that also denies Embed Links, which nobody has to switch on.
        return discord.abc.GuildChannel.permissions_for(channel, bot)
    return _permissions(channel, bot)


def _permissions(channel: Channel, somebody: discord.Member | discord.Role) -> discord.Permissions:
    """Return what somebody may do, with all that follows from it: who may not send may mention nobody."""
    try:
        return channel.permissions_for(somebody)
    except discord.ClientException:  # a thread whose parent nobody may see
        return discord.Permissions.none()


async def find_channel(guild: discord.Guild, channel_id: int) -> Channel | None:
    """Return a channel or thread of the server, asking Discord for one that is not at hand (an archived thread); None where it is gone."""
    if found := guild.get_channel_or_thread(channel_id):
        return found
    try:
        return await guild.fetch_channel(channel_id)
    except (discord.NotFound, discord.Forbidden, discord.InvalidData):
        return None


def list_missing(channel: Channel, permissions: discord.Permissions) -> tuple[Permission, ...]:
    """Return everything the bot lacks to post alerts in `channel` and to find them again."""
    is_thread = isinstance(channel, discord.Thread)
    sending = _SENDING[is_thread]
    missing = [p for p in (_NEEDED[0], sending, *_NEEDED[1:]) if not getattr(permissions, p)]
    if isinstance(channel, discord.Thread) and not permissions.manage_threads:
        if channel.locked:
            missing.append(Permission.MANAGE_THREADS)
        if channel.is_private() and channel.me is None:
            missing.append(Permission.MEMBERSHIP)
    return tuple(missing)


def name_missing(words: Wording, missing: tuple[Permission, ...]) -> str:
    """Return the permissions as Discord's settings call them."""
    return ", ".join(words.alerts.permission[permission] for permission in missing)


def check_place(place: Place, words: Wording, *, publish: bool = False) -> None:
    """Raise WrongChannelError, ChannelRefusedError (naming all that is missing) or CannotPublishError where alerts could not be posted."""
    if not isinstance(place.channel, discord.TextChannel | discord.Thread):
        raise WrongChannelError(channel=place.shown)
    if missing := list_missing(place.channel, place.bot):
        raise ChannelRefusedError(channel=place.shown, missing=name_missing(words, missing))
    if publish and not place.is_announcing:
        raise CannotPublishError(channel=place.shown)


def can_ping(role: discord.Role, permissions: discord.Permissions) -> bool:
    """Whether somebody with `permissions` in a channel can ping `role` there."""
    return permissions.mention_everyone or (role.mentionable and not role.is_default())


def check_asker(role: discord.Role, place: Place) -> None:
    """Raise EveryoneRefusedError where the person could not ping `role`: the bot does not lend a right."""
    if not can_ping(role, place.asker):
        raise EveryoneRefusedError


def check_role(role: discord.Role, place: Place) -> None:
    """Raise EveryoneRefusedError where the person could not ping `role`, RoleRefusedError where the bot could not."""
    check_asker(role, place)
    if not can_ping(role, place.bot):
        raise RoleRefusedError(role=role.name if role.is_default() else f"@{role.name}", channel=place.shown)


def list_administrators(application: discord.AppInfo) -> frozenset[int]:
    """Return the ids of those who administer the application: its owner, or its team without invitations and read-only members."""
    return _list_team(application, discord.TeamMemberRole.admin, discord.TeamMemberRole.developer)


def list_owners(application: discord.AppInfo) -> frozenset[int]:
    """Return the ids of those who answer for the application: its owner, or its team's owner and admins."""
    return _list_team(application, discord.TeamMemberRole.admin)


def _list_team(application: discord.AppInfo, *roles: discord.TeamMemberRole) -> frozenset[int]:
    """Return the team's owner, who has no role, and its members of these roles; where there is no team, the owner."""
    team = application.team
    if team is None:
        return frozenset({application.owner.id})
    accepted = [member for member in team.members if member.membership_state is discord.TeamMembershipState.accepted]
    return frozenset(member.id for member in accepted if member.role in roles or member.id == team.owner_id)
