"""A card together with the text files that stand below it, for what is longer than a message."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord
from discord import ui

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.chat.layout import Card

MAX_FILE = 8_000_000
"""Bytes of a file at most; Discord takes 10 MiB from everybody."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A finished card, and (name, text) of each file that it shows."""

    view: ui.LayoutView
    files: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, card: Card, files: Mapping[str, str] | None = None) -> Sheet:
        """Finish `card` and put `files` (text by name) below it."""
        view = card.view()
        for name in files or {}:
            view.add_item(ui.File[Any](f"attachment://{name}"))
        return cls(view, tuple((files or {}).items()))

    def attachments(self) -> list[discord.File]:
        """Return the files as UTF-8, made anew for each try to send them; what is too large is cut."""
        return [discord.File(io.BytesIO(_encode(text)), name) for name, text in self.files]

    def without_files(self) -> Sheet:
        """Return the card alone, for where Discord does not take the files."""
        for item in list(self.view.children):
            if isinstance(item, ui.File):
                self.view.remove_item(item)
        return Sheet(self.view)


def _encode(text: str) -> bytes:
    raw = text.encode(errors="backslashreplace")
    return raw if len(raw) <= MAX_FILE else raw[:MAX_FILE].rpartition(b"\n")[0] + "\n…\n".encode()
