"""Buttons and selects that carry the address of the screen they lead to, so that none of them ever expires.

Every control is a DynamicItem: discord.py finds it again by its custom_id after a restart. A view that mixed these with
ordinary components would take the pattern down for the whole bot when it ends, so cards hold nothing else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self

import discord
from discord import ui

from bot.services.answering import MAX_CHOICES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.domain.screens import Screen

_GO = re.compile(r"v1:go:(?P<address>[^;]*)(?:;(?P<slot>\d+))?", re.DOTALL)
_PICK = re.compile(r"v1:pick(?:;(?P<slot>\d+))?")
# Whatever looks like a control of ours and is none of the two above.
_OUTDATED = re.compile(r"(?!v1:go:[^;]*(?:;\d+)?$|v1:pick(?:;\d+)?$)v\d+:.*", re.DOTALL)


class GoButton(ui.DynamicItem[ui.Button[Any]], template=_GO):
    """A button that leads to a screen. `slot` tells apart two that lead to the same one within a message."""

    def __init__(self, address: str, slot: int = 0, **look: Any) -> None:  # noqa: ANN401 - ui.Button's own options
        """Make the button; `look` is passed to `ui.Button` (label, style, disabled)."""
        self.address = address
        super().__init__(ui.Button(custom_id=f"v1:go:{address};{slot}", **look))

    @classmethod
    async def from_custom_id(cls, _: discord.Interaction, __: ui.Item[Any], match: re.Match[str]) -> Self:
        """Rebuild the button from its custom_id."""
        return cls(match["address"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Follow the address."""
        await interaction.client.follow(interaction, self.address)


class GoSelect(ui.DynamicItem[ui.Select[Any]], template=_PICK):
    """A select each of whose options leads to a screen."""

    def __init__(self, select: ui.Select[Any]) -> None:
        """Wrap a select whose option values are addresses."""
        super().__init__(select)

    @classmethod
    def of(cls, placeholder: str, options: Iterable[tuple[str, Screen]], slot: int) -> Self:
        """Make a select of (label, screen); at most 25 are kept."""
        choices = [
            discord.SelectOption(label=label[:100], value=f"{screen.address()};{number}") for number, (label, screen) in enumerate(options)
        ]
        return cls(ui.Select(custom_id=f"v1:pick;{slot}", placeholder=placeholder, options=choices[:MAX_CHOICES]))

    @classmethod
    async def from_custom_id(cls, _: discord.Interaction, item: ui.Item[Any], __: re.Match[str]) -> Self:
        """Rebuild the select around the item that was used."""
        return cls(item)  # type: ignore[arg-type]

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Follow the address of the option that was picked."""
        address, _, _ = next(iter(self.item.values), "").rpartition(";")
        await interaction.client.follow(interaction, address)


class OutdatedControl(ui.DynamicItem[ui.Button[Any]], template=_OUTDATED):
    """Any control of a form this version does not know: it answers kindly instead of failing."""

    @classmethod
    async def from_custom_id(cls, _: discord.Interaction, item: ui.Item[Any], __: re.Match[str]) -> Self:
        """Rebuild the control around the item that was used."""
        return cls(item)  # type: ignore[arg-type]

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Follow an address that leads nowhere, which says so."""
        await interaction.client.follow(interaction, "")


CONTROLS: tuple[type[ui.DynamicItem[Any]], ...] = (GoButton, GoSelect, OutdatedControl)
