"""Somebody uses a command, types into an option or presses a button; the bot answers, and may edit and follow up."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.loopback.answers import RefusedError
from tests.loopback.messages import EPHEMERAL, Message
from tests.loopback.permissions import channel_permissions
from tests.loopback.places import ANN, BOT, Channel, Role, User, member_payload, moment_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.loopback.places import Guild, Snowflakes

_NEW_MESSAGE, _DEFERRED, _DEFERRED_UPDATE, _UPDATE = 4, 5, 6, 7
ORIGINAL = "@original"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who uses the bot, and where: somebody with `roles` in a `channel`, where `permissions`, if given, replace what follows from them."""

    channel: Channel | None = None
    permissions: int | None = None
    user: User = ANN
    roles: tuple[int, ...] = ()
    locale: str = "en-US"


class Answer(dict[str, Any]):
    """The body of the bot's callback; what it edits or adds later arrives in `later`, each with the id of its message."""

    def __init__(self, body: Mapping[str, Any], interaction: Interaction) -> None:
        """Keep the body as it came."""
        super().__init__(body)
        self._interaction = interaction
        self.later = interaction.later

    @property
    def message(self) -> Message:
        """The message that the answer made or changed, as it is now, to be pressed."""
        return self._interaction.message(ORIGINAL)


@dataclass(slots=True, eq=False)
class Interaction:
    """One use of the bot, known by its token."""

    id: int
    channel: Channel
    answered: asyncio.Future[Answer]
    pressed: Message | None = None
    callback: dict[str, Any] | None = None
    messages: dict[str, Message] = field(default_factory=dict)
    later: asyncio.Queue[tuple[str, dict[str, Any]]] = field(default_factory=asyncio.Queue)

    @property
    def token(self) -> str:
        """What the bot answers with."""
        return f"token-{self.id}"

    def take(self, body: dict[str, Any]) -> dict[str, Any]:
        """Take the bot's callback; return what Discord answers.

        Raises:
            RefusedError: It was answered already.
        """
        if self.callback is not None:
            raise RefusedError(40060)
        self.callback = body
        if body["type"] == _UPDATE and self.pressed is not None:
            self.pressed.change(body.get("data", {}))
        if not self.answered.done():
            self.answered.set_result(Answer(body, self))
        return {"interaction": {"id": str(self.id), "type": 2 if self.pressed is None else 3, "response_message_id": str(self.id)}}

    def message(self, which: str) -> Message:
        """Return its original message or a followup.

        Raises:
            RefusedError: There is none.
        """
        if which in {ORIGINAL, str(self.id)} and self.callback is not None:
            if self.callback["type"] in {_UPDATE, _DEFERRED_UPDATE} and self.pressed is not None:
                return self.pressed
            # Made only when somebody asks, so that a benchmark of answers measures the bot.
            if ORIGINAL not in self.messages and self.callback["type"] in {_NEW_MESSAGE, _DEFERRED}:
                self.messages[ORIGINAL] = (
                    self._deferred() if self.callback["type"] == _DEFERRED else self._made(self.id, self.callback["data"])
                )
            which = ORIGINAL
        if which not in self.messages:
            raise RefusedError(10008)
        return self.messages[which]

    def edit(self, which: str, body: dict[str, Any]) -> Message:
        """Change its original message or a followup."""
        message = self.message(which)
        message.change(body)
        self.later.put_nowait((which, body))
        return message

    def follow_up(self, identifier: int, body: dict[str, Any]) -> Message:
        """Add a message; to an answer that was only promised, the first one keeps the promise, as Discord has it."""
        if self.callback is None:
            raise RefusedError(10015)
        if self.callback["type"] == _DEFERRED and ORIGINAL not in self.messages:
            self.messages[ORIGINAL] = self._deferred()
            return self.edit(ORIGINAL, body)
        message = self.messages[str(identifier)] = self._made(identifier, body)
        self.later.put_nowait((str(identifier), body))
        return message

    def _deferred(self) -> Message:
        flags = int((self.callback or {}).get("data", {}).get("flags", 0))
        return Message(self.id, self.channel, flags=flags & EPHEMERAL)

    def _made(self, identifier: int, body: Mapping[str, Any]) -> Message:
        message = Message(identifier, self.channel)
        message.change(body)
        return message


class Interactions:
    """All the interactions there were, and how each is told to the bot."""

    def __init__(self, snowflakes: Snowflakes) -> None:
        """Start with none."""
        self._snowflakes = snowflakes
        self._by_token: dict[str, Interaction] = {}

    def find(self, token: str, unknown: int = 10015) -> Interaction:
        """Return the interaction with a token.

        Raises:
            RefusedError: There is none; it has the code `unknown`.
        """
        if token not in self._by_token:
            raise RefusedError(unknown)
        return self._by_token[token]

    def begin(self, channel: Channel, pressed: Message | None = None) -> Interaction:
        """Begin an interaction in a channel."""
        interaction = Interaction(self._snowflakes.next(), channel, asyncio.get_running_loop().create_future(), pressed)
        self._by_token[interaction.token] = interaction
        return interaction


def event(interaction: Interaction, kind: int, data: Mapping[str, Any], by: Visitor) -> dict[str, Any]:
    """Return what INTERACTION_CREATE tells."""
    guild, channel = interaction.channel.guild, interaction.channel
    told: dict[str, Any] = {
        "id": str(interaction.id),
        "application_id": str(BOT.id),
        "type": kind,
        "token": interaction.token,
        "version": 1,
        "channel_id": str(channel.id),
        "channel": channel.payload(),
        "data": data,
        "locale": by.locale,
        "entitlements": [],
        "attachment_size_limit": 10_485_760,
    }
    if interaction.pressed is not None:
        told["message"] = interaction.pressed.payload()
    return {**told, **(_in_guild(guild, channel, by) if guild is not None else _in_private(by))}


def _in_private(by: Visitor) -> dict[str, Any]:
    return {
        "user": by.user.payload(),
        "authorizing_integration_owners": {str(BOT.id): str(by.user.id)},
        "context": 1,
        "app_permissions": "0",
    }


def _in_guild(guild: Guild, channel: Channel, by: Visitor) -> dict[str, Any]:
    permissions = channel_permissions(channel, by.roles, by.user.id) if by.permissions is None else by.permissions
    member = {**member_payload(by.user, list(by.roles), moment_of(guild.id)), "permissions": str(int(permissions))}
    # Where the bot is no member, somebody brought it along as an app of his own.
    owners = {"0": str(guild.id)} if guild.joined else {"1": str(by.user.id)}
    may = guild.bot_permissions(channel) if guild.joined else channel_permissions(channel, (), BOT.id)
    return {
        "guild_id": str(guild.id),
        "guild": {"id": str(guild.id), "locale": "en-US", "features": []},
        "guild_locale": "en-US",
        "member": member,
        "authorizing_integration_owners": owners,
        "context": 0,
        "app_permissions": str(int(may)),
    }


def command_data(identifier: str, command: str, options: Mapping[str, Any], by: Visitor, focused: str | None = None) -> dict[str, Any]:
    """Return the data of a command, its subcommands after blanks, with its options and whatever they point to."""
    name, *path = command.split()
    given = [_option(key, value, focused=key == focused) for key, value in options.items()]
    for depth, part in enumerate(reversed(path)):
        given = [{"name": part, "type": 1 if depth == 0 else 2, "options": given}]
    data: dict[str, Any] = {"id": identifier, "name": name, "type": 1, "options": given}
    resolved = _resolved(list(options.values()), by)
    return {**data, "resolved": resolved} if resolved else data


def press_data(component: Mapping[str, Any], values: Sequence[Any], by: Visitor) -> dict[str, Any]:
    """Return the data of a button or a select that was used."""
    data: dict[str, Any] = {"id": component.get("id", 0), "custom_id": component["custom_id"], "component_type": component["type"]}
    if component["type"] != 2:
        data["values"] = [str(getattr(value, "id", value)) for value in values]
    resolved = _resolved(values, by)
    return {**data, "resolved": resolved} if resolved else data


def _option(name: str, value: Any, *, focused: bool) -> dict[str, Any]:
    # A bool is an int to Python, so it is asked first.
    kinds = {bool: 5, str: 3, int: 4, float: 10, User: 6, Channel: 7, Role: 8}
    kind = next(kind for type_, kind in kinds.items() if isinstance(value, type_))
    option = {"name": name, "type": kind, "value": str(value.id) if isinstance(value, User | Channel | Role) else value}
    return {**option, "focused": True} if focused else option


def _resolved(values: Sequence[Any], by: Visitor) -> dict[str, Any]:
    """Return the users, channels and roles that are among values, as Discord sends them along."""
    resolved: dict[str, dict[str, Any]] = {}
    for value in values:
        if isinstance(value, Channel):
            may = channel_permissions(value, by.roles, by.user.id) if by.permissions is None else by.permissions
            resolved.setdefault("channels", {})[str(value.id)] = {**value.payload(), "permissions": str(int(may))}
        elif isinstance(value, Role):
            resolved.setdefault("roles", {})[str(value.id)] = value.payload()
        elif isinstance(value, User):
            resolved.setdefault("users", {})[str(value.id)] = value.payload()
    return resolved
