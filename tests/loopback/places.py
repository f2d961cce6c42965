"""Who and what a Discord consists of, users, roles, channels and guilds, and the JSON that Discord sends for each."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, ClassVar

from tests.loopback.permissions import Overwrite, channel_permissions

_EPOCH = 1_420_070_400_000


class ChannelType(IntEnum):
    """The kinds of channels that the loopback has."""

    TEXT = 0
    DIRECT = 1
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    THREAD = 11
    FORUM = 15


class Snowflakes:
    """Ids in Discord's form: they hold the time, and each is greater than the one before.

    `ahead` is by how many seconds their clock is ahead of this machine's.
    """

    def __init__(self) -> None:
        """Start with the present moment."""
        self._last = 0
        self.ahead = 0.0

    def next(self) -> int:
        """Return a new id, made now."""
        now = int((time.time() + self.ahead) * 1000) - _EPOCH
        self._last = max(self._last + 1, now << 22)
        return self._last


def moment_of(snowflake: int) -> str:
    """Return when a snowflake was made, as Discord writes moments."""
    return datetime.fromtimestamp(((snowflake >> 22) + _EPOCH) / 1000, UTC).isoformat()


@dataclass(frozen=True, slots=True)
class User:
    """Somebody, or a bot."""

    id: int
    name: str
    bot: bool = False

    def payload(self) -> dict[str, Any]:
        """Return the user as Discord sends it."""
        shown = None if self.bot else self.name.title()
        return {
            "id": str(self.id),
            "username": self.name,
            "discriminator": "0",
            "avatar": None,
            "global_name": shown,
            "bot": self.bot,
            "flags": 0,
            "public_flags": 0,
            "primary_guild": None,
        }


@dataclass(frozen=True, slots=True)
class Team:
    """A team that an application belongs to: (role, whether the invitation was accepted) of its members; OWNER owns it."""

    id: int
    members: dict[User, tuple[str, bool]]

    @property
    def as_user(self) -> User:
        """The user that Discord names as the owner of the application instead of a person."""
        return User(self.id, f"team{self.id}")

    def payload(self) -> dict[str, Any]:
        """Return the team as Discord sends it."""
        members = [
            {"membership_state": 2 if accepted else 1, "role": role, "permissions": ["*"], "team_id": str(self.id), "user": user.payload()}
            for user, (role, accepted) in self.members.items()
        ]
        return {"id": str(self.id), "name": "Team", "icon": None, "owner_user_id": str(OWNER.id), "members": members}


BOT = User(1, "detente", bot=True)
OWNER = User(2, "owner")
ANN = User(3, "ann")


@dataclass(slots=True)
class Role:
    """A role of a guild; the one with the guild's id is @everyone."""

    id: int
    name: str
    permissions: int = 0
    mentionable: bool = False
    position: int = 0

    @property
    def mention(self) -> str:
        """What pings it."""
        return f"<@&{self.id}>"

    def payload(self) -> dict[str, Any]:
        """Return the role as Discord sends it."""
        return {
            "id": str(self.id),
            "name": self.name,
            "permissions": str(int(self.permissions)),
            "mentionable": self.mentionable,
            "position": self.position,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": False,
            "icon": None,
            "unicode_emoji": None,
            "flags": 0,
        }


@dataclass(slots=True, eq=False)
class Channel:
    """A channel of a guild, a thread below one, or a direct channel with `recipient`."""

    id: int
    type: ChannelType
    name: str = ""
    guild: Guild | None = None
    parent: Channel | None = None
    recipient: User | None = None
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    position: int = 0
    archived: bool = False
    locked: bool = False
    deleted: bool = False
    last_message_id: int | None = None

    @property
    def is_thread(self) -> bool:
        """Whether it is a thread, a forum's post included."""
        return self.type in {ChannelType.THREAD, ChannelType.ANNOUNCEMENT_THREAD}

    @property
    def of_guild(self) -> Guild:
        """The guild of a channel that is not a direct one."""
        if self.guild is None:
            raise ValueError("a direct channel belongs to no guild")
        return self.guild

    def payload(self) -> dict[str, Any]:
        """Return the channel as Discord sends it."""
        common = {
            "id": str(self.id),
            "type": int(self.type),
            "flags": 0,
            "last_message_id": self.last_message_id and str(self.last_message_id),
        }
        if self.guild is None:
            return {**common, "recipients": [self.recipient.payload()] if self.recipient else []}
        common |= {
            "guild_id": str(self.guild.id),
            "name": self.name,
            "parent_id": str(self.parent.id) if self.parent else None,
            "rate_limit_per_user": 0,
        }
        return {**common, **(self._as_thread() if self.is_thread else self._as_channel())}

    def _as_channel(self) -> dict[str, Any]:
        guild = self.of_guild
        return {
            "position": self.position,
            "topic": None,
            "nsfw": False,
            "permission_overwrites": [
                {"id": str(target), "type": int(target not in guild.roles), "allow": str(int(o.allow)), "deny": str(int(o.deny))}
                for target, o in self.overwrites.items()
            ],
        }

    def _as_thread(self) -> dict[str, Any]:
        made = moment_of(self.id)
        return {
            "owner_id": str(OWNER.id),
            "message_count": 0,
            "member_count": 1,
            "total_message_sent": 0,
            "thread_metadata": {
                "archived": self.archived,
                "locked": self.locked,
                "auto_archive_duration": 1440,
                "archive_timestamp": made,
                "create_timestamp": made,
            },
        }


@dataclass(slots=True, eq=False)
class Guild:
    """A server: its roles, channels and threads, and the roles that the bot has in it.

    Attributes:
        is_fleeting: Whether its JSON is written while it is sent, and not before.
    """

    is_fleeting: ClassVar[bool] = False
    id: int
    name: str
    roles: dict[int, Role] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    bot_roles: list[int] = field(default_factory=list)
    owner: int = OWNER.id
    joined: bool = True
    unavailable: bool = False
    _text: str | None = None

    @property
    def everyone(self) -> Role:
        """The role that everybody has."""
        return self.roles[self.id]

    @property
    def bot_role(self) -> Role:
        """The role that came with the bot."""
        return self.roles[self.bot_roles[0]]

    def bot_permissions(self, channel: Channel) -> int:
        """Return what the bot may do in a channel of this guild."""
        return channel_permissions(channel, self.bot_roles, BOT.id)

    def bot_member(self) -> dict[str, Any]:
        """Return the bot's own member."""
        return member_payload(BOT, self.bot_roles, moment_of(self.id))

    def forget_text(self) -> None:
        """Say that something of it has changed, so that its JSON is written anew when somebody needs it."""
        self._text = None

    def text(self) -> str:
        """Return what GUILD_CREATE tells, as JSON; kept until something changes, so that many clients cost little."""
        if self._text is None:
            self._text = json.dumps(self._payload(), separators=(",", ":"))
        return self._text

    def brief(self) -> dict[str, Any]:
        """Return the guild as REST sends it."""
        return {
            "id": str(self.id),
            "name": self.name,
            "owner_id": str(self.owner),
            "preferred_locale": "en-US",
            "afk_timeout": 300,
            **dict.fromkeys(("features", "emojis", "stickers"), ()),
            **dict.fromkeys(("verification_level", "default_message_notifications", "explicit_content_filter"), 0),
            **dict.fromkeys(("premium_tier", "nsfw_level", "mfa_level", "system_channel_flags"), 0),
            **dict.fromkeys(("icon", "splash", "banner", "description", "system_channel_id", "afk_channel_id", "discovery_splash"), None),
            "roles": [role.payload() for role in self.roles.values()],
        }

    def _payload(self) -> dict[str, Any]:
        lists = ("voice_states", "presences", "stage_instances", "guild_scheduled_events", "soundboard_sounds")
        places = list(self.channels.values())
        return {
            **self.brief(),
            "joined_at": moment_of(self.id),
            "large": False,
            "member_count": 2,
            "members": [self.bot_member()],
            "channels": [place.payload() for place in places if not place.is_thread],
            "threads": [place.payload() for place in places if place.is_thread and not place.archived],
            **dict.fromkeys(lists, ()),
        }


def member_payload(user: User, roles: list[int], joined: str) -> dict[str, Any]:
    """Return a user as a member of a guild."""
    return {
        "user": user.payload(),
        "roles": [str(role) for role in roles],
        "nick": None,
        "avatar": None,
        "joined_at": joined,
        "premium_since": None,
        "communication_disabled_until": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
    }
