"""The world of the loopback: guilds, their channels and roles, and everything that may happen to them while the bot looks on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tests.loopback.copies import Copy, copies
from tests.loopback.gateway import Gateway
from tests.loopback.permissions import USUAL, Overwrite
from tests.loopback.places import ANN, BOT, OWNER, Channel, ChannelType, Guild, Role, Snowflakes, Team, User
from tests.loopback.store import MessageStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.loopback.messages import Message


class World:
    """Everything there is; each change reaches the connected clients as Discord's event."""

    def __init__(self) -> None:
        """Start without a guild."""
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.users: dict[int, User] = {user.id: user for user in (BOT, OWNER, ANN)}
        self.refusing: set[User] = set()
        """Who takes no direct messages."""
        self.team: Team | None = None
        """The team that the application belongs to; without one it is OWNER's."""
        self.snowflakes = Snowflakes()
        self.store = MessageStore(self.snowflakes)
        self.gateway = Gateway(self.guilds, self.changed)
        self._direct: dict[int, Channel] = {}
        self._copied = 0
        self._waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []

    def add_guild(self, name: str = "Guild", *, everyone: int = USUAL, bot: int = 0) -> Guild:
        """Add the bot to a new guild without channels, where everybody may do `everyone` and the bot's own role adds `bot`."""
        guild = Guild(self.snowflakes.next(), name)
        guild.roles[guild.id] = Role(guild.id, "@everyone", everyone)
        own = Role(self.snowflakes.next(), BOT.name, bot, position=1)
        guild.roles[own.id] = own
        guild.bot_roles.append(own.id)
        self.guilds[guild.id] = guild
        self.gateway.announce_guild(guild, new=True)
        return guild

    def add_copies(self, guild: Guild, count: int, **more: Any) -> tuple[Copy, ...]:
        """Add the bot to `count` guilds that look like one does now, each with ids of its own; `more` are further fields of their JSON.

        They take little memory here: what is in them is known to the gateway alone, and only as GUILD_CREATE tells it.
        """
        made = tuple(copies(guild, range(self._copied, self._copied + count), more))
        self._copied += count
        for copy in made:
            self.guilds[copy.id] = copy
            self.gateway.announce_guild(copy, new=True)
        return made

    def remove_guild(self, guild: Guild) -> None:
        """Let the bot be removed from a guild; from then on it sees none of its channels."""
        self.gateway.announce(guild, "GUILD_DELETE", lambda: {"id": str(guild.id)})
        guild.joined = False

    def return_to_guild(self, guild: Guild) -> None:
        """Let the bot be added again to a guild that it was removed from."""
        guild.joined = True
        self.gateway.announce_guild(guild, new=True)

    def make_unavailable(self, guild: Guild) -> None:
        """Let a guild have an outage: the bot is told, and REST is as before (see `Fault` for that)."""
        self.gateway.announce(guild, "GUILD_DELETE", lambda: {"id": str(guild.id), "unavailable": True})
        guild.unavailable = True

    def make_available(self, guild: Guild) -> None:
        """End the outage of a guild."""
        guild.unavailable = False
        self.gateway.announce_guild(guild, new=False)

    def add_channel(
        self,
        guild: Guild,
        name: str = "general",
        kind: ChannelType = ChannelType.TEXT,
        *,
        overwrites: Mapping[int, Overwrite] | None = None,
    ) -> Channel:
        """Create a channel."""
        channel = Channel(self.snowflakes.next(), kind, name, guild, overwrites=dict(overwrites or {}), position=len(guild.channels))
        return self._add(channel, "CHANNEL_CREATE")

    def add_thread(self, parent: Channel, name: str = "thread") -> Channel:
        """Open a thread below a channel, or a post in a forum."""
        announced = parent.type is ChannelType.ANNOUNCEMENT
        kind = ChannelType.ANNOUNCEMENT_THREAD if announced else ChannelType.THREAD
        return self._add(Channel(self.snowflakes.next(), kind, name, parent.of_guild, parent), "THREAD_CREATE")

    def direct_channel(self, user: User) -> Channel:
        """Return the direct channel between the bot and somebody, opening it where there is none."""
        if user.id not in self._direct:
            channel = Channel(self.snowflakes.next(), ChannelType.DIRECT, recipient=user)
            self._direct[user.id] = self.channels[channel.id] = channel
        return self._direct[user.id]

    def change_channel(self, channel: Channel, **changes: Any) -> None:
        """Change fields of a channel or a thread, such as `name`, `type`, `archived` or `overwrites`."""
        for name, value in changes.items():
            setattr(channel, name, value)
        self._tell(channel, "UPDATE")

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel with its threads, or a thread."""
        guild = channel.of_guild
        for gone in [channel, *(place for place in guild.channels.values() if place.parent is channel and place.is_thread)]:
            gone.deleted = True
            del guild.channels[gone.id]
        self._tell(channel, "DELETE")

    def forbid(self, channel: Channel, permissions: int) -> None:
        """Deny the bot something in a channel, by an overwrite for its own member."""
        self._overwrite(channel, deny=permissions)

    def allow(self, channel: Channel, permissions: int) -> None:
        """Allow the bot something in a channel, by an overwrite for its own member."""
        self._overwrite(channel, allow=permissions)

    def add_role(self, guild: Guild, name: str = "role", *, permissions: int = 0, mentionable: bool = False) -> Role:
        """Create a role."""
        role = Role(self.snowflakes.next(), name, permissions, mentionable, len(guild.roles))
        guild.roles[role.id] = role
        self._tell_role(guild, "GUILD_ROLE_CREATE", role)
        return role

    def change_role(self, guild: Guild, role: Role, **changes: Any) -> None:
        """Change fields of a role: `name`, `permissions`, `mentionable`."""
        for name, value in changes.items():
            setattr(role, name, value)
        self._tell_role(guild, "GUILD_ROLE_UPDATE", role)

    def delete_role(self, guild: Guild, role: Role) -> None:
        """Delete a role, and with it what channels allowed or denied to it."""
        del guild.roles[role.id]
        guild.bot_roles = [own for own in guild.bot_roles if own != role.id]
        for channel in guild.channels.values():
            channel.overwrites.pop(role.id, None)
        guild.forget_text()
        self.gateway.announce(guild, "GUILD_ROLE_DELETE", lambda: {"guild_id": str(guild.id), "role_id": str(role.id)})

    def give_bot(self, guild: Guild, *roles: Role) -> None:
        """Give the bot roles of a guild."""
        guild.bot_roles.extend(role.id for role in roles)
        guild.forget_text()
        self.gateway.announce(guild, "GUILD_MEMBER_UPDATE", lambda: {"guild_id": str(guild.id), **guild.bot_member()})

    def add_user(self, name: str, *, refuses: bool = False) -> User:
        """Let there be somebody more, who may refuse direct messages."""
        user = User(self.snowflakes.next(), name)
        self.users[user.id] = user
        if refuses:
            self.refusing.add(user)
        return user

    def set_team(self, members: Mapping[User, tuple[str, bool]]) -> None:
        """Let the application belong to OWNER's team of these members, each with a role and whether the invitation was accepted."""
        self.team = Team(self.snowflakes.next(), {OWNER: ("", True), **members})

    def say(self, channel: Channel, content: str, user: User = ANN) -> Message:
        """Let somebody write a message."""
        message = self.store.post(channel, {"content": content}, user)
        self.changed()
        return message

    def delete_message(self, message: Message) -> None:
        """Let a moderator delete a message."""
        self.store.delete(message)

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds; it is looked at whenever a request was answered or a client came or went."""
        waiting = (condition, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        try:
            self.changed()
            await waiting[1]
        finally:
            self._waiting.remove(waiting)

    def changed(self) -> None:
        """Look again at the conditions that somebody waits for."""
        for condition, future in self._waiting:
            if not future.done() and condition():
                future.set_result(None)

    def _add(self, channel: Channel, event: str) -> Channel:
        guild = channel.of_guild
        guild.channels[channel.id] = self.channels[channel.id] = channel
        guild.forget_text()
        self.gateway.announce(guild, event, channel.payload)
        return channel

    def _overwrite(self, channel: Channel, allow: int = 0, deny: int = 0) -> None:
        had = channel.overwrites.get(BOT.id, Overwrite())
        now = Overwrite(had.allow & ~deny | allow, had.deny & ~allow | deny)
        self.change_channel(channel, overwrites={**channel.overwrites, BOT.id: now})

    def _tell(self, channel: Channel, what: str) -> None:
        channel.of_guild.forget_text()
        self.gateway.announce(channel.of_guild, f"{'THREAD' if channel.is_thread else 'CHANNEL'}_{what}", channel.payload)

    def _tell_role(self, guild: Guild, event: str, role: Role) -> None:
        guild.forget_text()
        self.gateway.announce(guild, event, lambda: {"guild_id": str(guild.id), "role": role.payload()})
