"""Messages as they are kept: what they hold, whom they really ping, and the JSON that Discord answers with."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from tests.loopback.answers import RefusedError
from tests.loopback.permissions import Permission
from tests.loopback.places import BOT, ChannelType, User, moment_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.loopback.places import Channel

CROSSPOSTED = 1 << 0
EPHEMERAL = 1 << 6
COMPONENTS_V2 = 1 << 15
_TEXT_DISPLAY = 10
_FILE = 13
_UPLOADED = "attachment://"
_ONE_CHOICE = {"min_values": 1, "max_values": 1}
_FILLED_IN: dict[int, dict[str, Any]] = {
    **dict.fromkeys((3, 5, 6, 7, 8), _ONE_CHOICE),
    11: {"description": None, "spoiler": False},
    13: {"spoiler": False},
    14: {"spacing": 1, "divider": True},
    17: {"accent_color": None, "spoiler": False},
}
"""What Discord adds to components of these types where it was left out."""
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_MENTION = re.compile(r"<@(&?)!?(\d+)>|@(everyone|here)\b")
_LONGEST = 2000


@dataclass(slots=True, eq=False)
class Message:
    """A message of a channel.

    Attributes:
        pings: Whom it really pinged when it was posted, as written: `<@&role>`, `<@user>`, `@everyone`, `@here`.
        mention_roles: The ids of the roles among them.
        uploads: The bytes of the files that came with it, by name.
        posted_at: When it was stored, by `time.monotonic()`.
    """

    id: int
    channel: Channel
    author: User = BOT
    content: str = ""
    embeds: list[dict[str, Any]] = field(default_factory=list)
    components: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    uploads: dict[str, bytes] = field(default_factory=dict)
    nonce: str | int | None = None
    flags: int = 0
    allowed_mentions: dict[str, Any] | None = None
    reference: dict[str, Any] | None = None
    edited: str | None = None
    pings: list[str] = field(default_factory=list)
    posted_at: float = field(default_factory=time.monotonic)

    @property
    def crossposted(self) -> bool:
        """Whether it went out to the channels that follow."""
        return bool(self.flags & CROSSPOSTED)

    @property
    def mention_roles(self) -> list[int]:
        """The ids of the roles that it pinged."""
        return [int(ping[3:-1]) for ping in self.pings if ping.startswith("<@&")]

    @property
    def text(self) -> str:
        """Everything that it says in text: its content and its text displays."""
        return "\n".join([self.content, *(c["content"] for c in walk(self.components) if c["type"] == _TEXT_DISPLAY)])

    def change(self, body: Mapping[str, Any]) -> None:
        """Take over what a request's body says, as a post or an edit does: a key that is not there changes nothing."""
        content = str(body.get("content", self.content) or "")
        embeds = list(body.get("embeds", self.embeds) or [])
        components = _numbered(body["components"] or [], count(1)) if "components" in body else self.components
        attachments = [_attachment(a) for a in body["attachments"] or []] if "attachments" in body else self.attachments
        uploads = {**self.uploads, **body.get("uploads", {})}
        names = {str(attachment["filename"]) for attachment in attachments}
        flags = (self.flags & (CROSSPOSTED | EPHEMERAL)) | int(body.get("flags", self.flags) or 0)
        if not (content or embeds or components or attachments):
            raise RefusedError(50006)
        if any(file.removeprefix(_UPLOADED) not in names for file in _shown_files(components)):
            raise RefusedError(50035)
        if len(content) > _LONGEST or (flags & COMPONENTS_V2 and (content or embeds)):
            raise RefusedError(50035)
        self.content, self.embeds, self.components, self.attachments, self.flags = content, embeds, components, attachments, flags
        self.uploads = {name: raw for name, raw in uploads.items() if name in names}
        self.allowed_mentions = body.get("allowed_mentions", self.allowed_mentions)

    def component(self, custom_id: str) -> dict[str, Any]:
        """Return the button or select that can be used under a custom id.

        Raises:
            LookupError: The message has none, or it is disabled.
        """
        for component in walk(self.components):
            if component.get("custom_id") == custom_id and not component.get("disabled"):
                return component
        raise LookupError(f"nothing that can be pressed has the custom id {custom_id!r}")

    def payload(self) -> dict[str, Any]:
        """Return the message as Discord answers with it."""
        return {
            "id": str(self.id),
            "channel_id": str(self.channel.id),
            "type": 0 if self.reference is None else 19,
            "author": self.author.payload(),
            "content": self.content,
            "timestamp": moment_of(self.id),
            "edited_timestamp": self.edited,
            "tts": False,
            "pinned": False,
            "mention_everyone": "@everyone" in self.pings or "@here" in self.pings,
            "mentions": [],
            "mention_roles": [str(role) for role in self.mention_roles],
            "embeds": self.embeds,
            "components": self.components,
            "attachments": self.attachments,
            "flags": self.flags,
            **({} if self.nonce is None else {"nonce": self.nonce}),
            **({} if self.reference is None else {"message_reference": self.reference}),
        }


def walk(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield components and everything inside them, in order."""
    for component in components:
        yield component
        yield from walk(component.get("components", []))
        if "accessory" in component:
            yield from walk([component["accessory"]])


def _numbered(components: list[dict[str, Any]], numbers: Iterator[int]) -> list[dict[str, Any]]:
    """Return components as Discord keeps them: each has an id, and what was left out is filled in."""
    numbered = []
    for component in components:
        copy = {**_FILLED_IN.get(component["type"], {}), **component, "id": component.get("id") or next(numbers)}
        if "components" in copy:
            copy["components"] = _numbered(copy["components"], numbers)
        if "accessory" in copy:
            copy["accessory"] = _numbered([copy["accessory"]], numbers)[0]
        numbered.append(copy)
    return numbered


def _shown_files(components: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the addresses of the files that a message shows and brings along itself."""
    addresses = (str(c["file"]["url"]) for c in walk(components) if c["type"] == _FILE)
    return (address for address in addresses if address.startswith(_UPLOADED))


def _attachment(told: Mapping[str, Any]) -> dict[str, Any]:
    name = str(told.get("filename", "file"))
    address = f"https://cdn.discordapp.com/attachments/1/{told.get('id', 0)}/{name}"
    return {"size": 0, "url": address, "proxy_url": address, **told, "filename": name, "id": str(told.get("id", 0))}


def resolve_pings(message: Message) -> list[str]:
    """Return whom a message pings: whom its text names outside of code, whom it may, and who lets himself be pinged by the bot."""
    found = dict.fromkeys(match.group() for match in _MENTION.finditer(_CODE.sub("", message.text)))
    return [written for written in found if _pings(message, written)]


def _pings(message: Message, written: str) -> bool:
    guild = message.channel.guild
    kind = "roles" if written.startswith("<@&") else "users" if written.startswith("<@") else "everyone"
    target = "".join(filter(str.isdigit, written))
    allowed = message.allowed_mentions
    if allowed is not None and kind not in allowed.get("parse", []) and target not in map(str, allowed.get(kind) or []):
        return False
    if kind == "users":
        return True
    if guild is None or message.channel.type is ChannelType.DIRECT:
        return False
    may = bool(guild.bot_permissions(message.channel) & Permission.MENTION_EVERYONE)
    if kind == "everyone" or target == str(guild.id):
        return may and kind == "everyone"
    role = guild.roles.get(int(target))
    return role is not None and (role.mentionable or may)
