"""The options of `/alerts`: what somebody gave, as changes to an order or to the server's settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.domain.subscriptions import RoleId, SubscriptionId
from bot.errors import SubscriptionGoneError
from bot.services.ordering import find_selector, find_zone, parse_clock_time, parse_leads, parse_note

if TYPE_CHECKING:
    from bot.domain.knowledge_base import KnowledgeBase
    from bot.domain.wording import Wording

GivenChannel = app_commands.AppCommandChannel | app_commands.AppCommandThread
_RESETS = {"leads": "leads", "at": "clock_time", "zone": "zone", "role": "role_id", "note": "note"}
_MOST = 2**63 - 1


class TextPlace(app_commands.Transformer):
    """A channel option that offers where messages can be posted, threads that are not at hand included."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        """Discord's own picker of channels."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        """Text and announcement channels, threads, forum posts."""
        kinds = discord.ChannelType
        return [kinds.text, kinds.news, kinds.public_thread, kinds.private_thread, kinds.news_thread]

    async def transform(self, _: discord.Interaction[Any], value: Any, /) -> GivenChannel:  # noqa: ANN401 - discord.py's signature
        """Pass on what Discord says of the channel; it is looked up where the answer is waited for."""
        given: GivenChannel = value
        return given


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody gave to `/alerts add` or `edit`; None where they gave nothing."""

    channel: GivenChannel | None = None
    what: str | None = None
    leads: str | None = None
    at: str | None = None
    zone: str | None = None
    role: discord.Role | None = None
    publish: bool | None = None
    note: str | None = None
    reset: str | None = None

    def changes(self, knowledge: KnowledgeBase) -> dict[str, Any]:
        """Return the fields of an Order that were given, all but the channel; raises a UserError for what cannot be read."""
        read: dict[str, Any] = {
            "selector": self.what and find_selector(knowledge, self.what),
            "leads": parse_leads(self.leads),
            "clock_time": parse_clock_time(self.at),
            "zone": find_zone(self.zone),
            "role_id": self.role and RoleId(self.role.id),
            "publish": self.publish,
            "note": parse_note(self.note),
        }
        given = {name: value for name, value in read.items() if value is not None}
        return {**given, **({_RESETS[self.reset]: None} if self.reset in _RESETS else {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedSettings:
    """What somebody gave to `/alerts settings`; None where they gave nothing."""

    zone: str | None = None
    at: str | None = None
    fallback: GivenChannel | None = None
    reset: str | None = None


def list_resets(words: Wording) -> list[app_commands.Choice[str]]:
    """Return what `/alerts edit` can take back."""
    names = {key: getattr(words.alert_commands, f"reset_{key}") for key in _RESETS}
    return [app_commands.Choice(name=name, value=key) for key, name in names.items()]


def read_id(text: str) -> SubscriptionId:
    """Return the subscription that an option names; raises SubscriptionGoneError for what is no id."""
    if not (text.isascii() and text.isdigit()):
        raise SubscriptionGoneError
    return bounded_id(int(text))


def bounded_id(number: int) -> SubscriptionId:
    """Return a number as an id; raises SubscriptionGoneError for one that no database could hold."""
    if not 0 < number <= _MOST:
        raise SubscriptionGoneError
    return SubscriptionId(number)
