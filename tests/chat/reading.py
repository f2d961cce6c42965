"""Somebody who uses the bot, and what they see: texts, buttons and selects, read from the payloads the bot sent."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import discord
import simcord
from discord import ui
from simcord.results import InteractionResult, ResponseMessage

Component = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """A message as it was right after a command or click; it does not change when the message is edited later."""

    id: int
    is_private: bool
    content: str
    components: list[Component]
    message: ResponseMessage | discord.Message

    @classmethod
    def of(cls, result: InteractionResult) -> Answer:
        """Read the answer out of what simcord returns."""
        message = result.response
        assert message is not None
        return cls(message.id, result.ephemeral, message.content or "", copy.deepcopy(message.components), message)


@dataclass(frozen=True, slots=True)
class Person:
    """A member in the one channel of the test's server."""

    actor: simcord.MemberActor
    channel: simcord.ChannelHandle

    async def slash(self, name: str, /, **options: Any) -> Answer:
        """Use a command."""
        return Answer.of(await self.actor.slash(self.channel, name, **options))

    async def suggestions(self, name: str, option: str, typed: str) -> list[str]:
        """Type into an option; return the values that are suggested."""
        return [choice["value"] for choice in await self.actor.autocomplete(self.channel, name, option, typed)]

    async def click(self, target: Answer | discord.Message, label: str) -> Answer:
        """Press the button with this label."""
        return Answer.of(await self.actor.click(_message(target), label=label))

    async def press(self, target: Answer, custom_id: str) -> Answer:
        """Press the button with this custom_id."""
        return Answer.of(await self.actor.click(target.message, custom_id=custom_id))

    async def pick(self, target: Answer, option: Component) -> Answer:
        """Choose an option of the select."""
        return Answer.of(await self.actor.select(_message(target), values=[option["value"]]))


def _message(target: Answer | discord.Message) -> ResponseMessage | discord.Message:
    return target.message if isinstance(target, Answer) else target


def walk(components: list[Component]) -> Iterator[Component]:
    """Yield every component, those within others included."""
    for component in components:
        yield component
        yield from walk(component.get("components", []))
        if accessory := component.get("accessory"):
            yield accessory


def text_of(answer: Answer) -> str:
    """Return everything that can be read in an answer."""
    return "\n".join([answer.content, *(c["content"] for c in walk(answer.components) if "content" in c)])


def text_in(view: ui.LayoutView) -> str:
    """Return everything that can be read in a card that was drawn but not sent."""
    return "\n".join(item.content for item in view.walk_children() if isinstance(item, ui.TextDisplay))


def labels_in(view: ui.LayoutView) -> dict[str, bool]:
    """Return the labels of the buttons of a card that was not sent, and whether each is switched off."""
    buttons = (item.item for item in view.walk_children() if isinstance(item, ui.DynamicItem))
    return {str(button.label): button.disabled for button in buttons if isinstance(button, ui.Button)}


def labels_of(answer: Answer) -> dict[str, Component]:
    """Return the buttons by label."""
    return {c["label"]: c for c in walk(answer.components) if c["type"] == 2}


def open_buttons(answer: Answer) -> list[str]:
    """Return the custom_ids of the buttons that open an entry."""
    return [c["custom_id"] for c in walk(answer.components) if c.get("label") == "Open"]


def options_of(answer: Answer) -> list[Component]:
    """Return the options of the first select."""
    options: list[Component] = next(c["options"] for c in walk(answer.components) if c["type"] == 3)
    return options
