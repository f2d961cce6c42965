"""What somebody may do in a channel, computed in the order in which Discord does it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from tests.loopback.places import Channel, Guild


class Permission(IntFlag):
    """The permissions that the loopback asks for or that tests give; any other bit may be given as a number."""

    MANAGE_CHANNELS = 1 << 4
    ADMINISTRATOR = 1 << 3
    MANAGE_GUILD = 1 << 5
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    SEND_MESSAGES_IN_THREADS = 1 << 38


EVERYTHING = (1 << 53) - 1
"""What the owner of a guild and an administrator may do."""

USUAL = int(
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
)
"""What everybody may do in a new guild of the loopback; nobody may ping @everyone."""

_NEEDS_SENDING = Permission.EMBED_LINKS | Permission.ATTACH_FILES | Permission.MENTION_EVERYONE


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel allows and denies to one role or one member."""

    allow: int = 0
    deny: int = 0

    def applied_to(self, permissions: int) -> int:
        """Return `permissions` without what is denied and with what is allowed."""
        return permissions & ~self.deny | self.allow


def guild_permissions(guild: Guild, roles: Collection[int], member: int) -> int:
    """Return what a member with `roles` may do in the guild, before any channel speaks."""
    permissions = guild.everyone.permissions
    for role in roles:
        if role in guild.roles:
            permissions |= guild.roles[role].permissions
    return EVERYTHING if member == guild.owner or permissions & Permission.ADMINISTRATOR else permissions


def channel_permissions(channel: Channel, roles: Collection[int], member: int) -> int:
    """Return what a member with `roles` may do in a channel of a guild; a thread has the overwrites of its parent."""
    guild = channel.of_guild
    permissions = guild_permissions(guild, roles, member)
    if permissions == EVERYTHING:
        return permissions
    overwrites = (channel.parent or channel if channel.is_thread else channel).overwrites
    of_roles = [overwrites[role] for role in roles if role in overwrites and role != guild.id]
    for overwrite in (
        overwrites.get(guild.id, Overwrite()),
        # All the roles speak at once: what one of them allows wins over what another denies.
        Overwrite(_union(o.allow for o in of_roles), _union(o.deny for o in of_roles)),
        overwrites.get(member, Overwrite()),
    ):
        permissions = overwrite.applied_to(permissions)
    return _without_what_depends(channel, permissions)


def _union(masks: Iterable[int]) -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union


def _without_what_depends(channel: Channel, permissions: int) -> int:
    """Return `permissions` without those that mean nothing where the channel is hidden or mute."""
    if not permissions & Permission.VIEW_CHANNEL:
        return 0
    sending = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
    return permissions if permissions & sending else permissions & ~_NEEDS_SENDING
