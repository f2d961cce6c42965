"""The parts cards are made of, within Discord's limits: 40 components and 4,000 characters a message."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Self

import discord
from discord import ui

from bot.chat.controls import GoButton, GoSelect
from bot.services.phrasing import superscript

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bot.domain.schedules import Occurrence
    from bot.domain.screens import Screen
    from bot.domain.statements import Source, SourceId
    from bot.knowledge.snapshot import Snapshot
    from bot.services.phrasing import Phrases

_A_DAY = timedelta(days=1)
MAX_TEXT = 4000
"""Characters of all text in one message; discord.py does not check this, Discord refuses what is longer."""


_ROOM_FOR_MORE = 60
"""Characters kept free for the line that says how much is left out."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a card is drawn from: the knowledge, the words, the time (aware UTC), and whether it is for one who may manage alerts here."""

    snapshot: Snapshot
    phrases: Phrases
    now: datetime
    may_manage: bool = False


@dataclass(slots=True)
class Card:
    """A card under construction: texts and controls in one container, top to bottom."""

    colour: discord.Colour = field(default_factory=lambda: discord.Colour(0x5B7C99))
    _container: ui.Container[Any] = field(init=False)
    _slots: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Start with an empty container."""
        self._container = ui.Container(accent_colour=self.colour)

    def text(self, *lines: str | None) -> Self:
        """Add the lines that are not empty as one text."""
        if kept := [line for line in lines if line]:
            self._container.add_item(ui.TextDisplay("\n".join(kept)))
        return self

    def rule(self) -> Self:
        """Add a thin line."""
        self._container.add_item(ui.Separator())
        return self

    def entry(self, text: str, label: str, screen: Screen) -> Self:
        """Add a text with a button beside it that leads to `screen`."""
        self._container.add_item(ui.Section(ui.TextDisplay(text), accessory=self.button(label, screen)))
        return self

    def buttons(self, *buttons: GoButton | None) -> Self:
        """Add a row of at most five buttons; those that are None are left out."""
        if kept := [button for button in buttons if button is not None]:
            self._container.add_item(ui.ActionRow(*kept))
        return self

    def select(self, placeholder: str, options: Sequence[tuple[str, Screen]]) -> Self:
        """Add a select of (label, screen), unless there is nothing to choose."""
        if options:
            self._container.add_item(ui.ActionRow(GoSelect.of(placeholder, options, self._next_slot())))
        return self

    def button(self, label: str, screen: Screen, *, disabled: bool = False, primary: bool = False, danger: bool = False) -> GoButton:
        """Make a button that leads to `screen`; `danger` for what cannot be taken back."""
        style = discord.ButtonStyle.primary if primary else discord.ButtonStyle.secondary
        style = discord.ButtonStyle.danger if danger else style
        return GoButton(screen.address(), self._next_slot(), label=label, style=style, disabled=disabled)

    def text_left(self) -> int:
        """How many characters still fit."""
        return MAX_TEXT - self._container.content_length()

    def view(self) -> ui.LayoutView:
        """Return the finished card, which never times out."""
        view = ui.LayoutView(timeout=None)
        view.add_item(self._container)
        return view

    def _next_slot(self) -> int:
        self._slots += 1
        return self._slots


def countdown(scene: Scene, occurrence: Occurrence) -> str:
    """Return Discord's countdown; around a day without an hour, today, tomorrow or under way in words.

    A day is counted from noon UTC: in hours that would mislead, on the day itself it would read as past.
    """
    near = occurrence.first - _A_DAY <= scene.now.date() <= occurrence.last + _A_DAY
    if occurrence.at is None and near:
        return scene.phrases.distance(occurrence, scene.now)
    return f"<t:{int(occurrence.reckoned_at.timestamp())}:R>"


def stamp(scene: Scene, occurrence: Occurrence) -> str:
    """Return date, hour and countdown in the reader's zone for a moment, the countdown alone for a day."""
    moment = f"<t:{int(occurrence.reckoned_at.timestamp())}:F>, " if occurrence.at else ""
    return moment + countdown(scene, occurrence)


def alert_button(card: Card, scene: Scene, screen: Screen) -> GoButton | None:
    """Return the button that subscribes the channel, or asks to what; None for those who may not."""
    return card.button(scene.phrases.words.alerts.alert_here, screen) if scene.may_manage else None


def full_stamp(moment: datetime) -> str:
    """Return a moment as each reader's own date and hour."""
    return f"<t:{int(moment.timestamp())}:F>"


_TURNING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What nobody sees and what turns the direction of all that follows."""

_ACCENTS = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_PILED_UP = re.compile(f"({_ACCENTS}{{3}}){_ACCENTS}+")
"""Accents piled up until they cover the lines around; no language needs more than three on a letter."""

_MARKUP = re.compile(
    r"(?P<url>https?://[^\s<>\[\]\\`*|~]+)|(?P<mark>[\\*_~|`\[]|<(?=[@:/a-z])|^[^\S\n]*(?:#{1,3}(?=\s)|>|-|\+(?=\s)))",
    re.MULTILINE | re.IGNORECASE,
)
"""An address, which stays as it is, or a mark of Discord's; a channel may be named. Every bracket counts: discord.py's own escaping leaves a second link alive."""


def as_text(typed: str) -> str:
    """Return what somebody typed so that it reads as typed: no link in disguise, no mention, no bold, nothing that turns what follows."""
    seen = _PILED_UP.sub(r"\1", _TURNING.sub("", typed))
    return discord.utils.escape_mentions(_MARKUP.sub(_escape, seen))


def _escape(found: re.Match[str]) -> str:
    if found["url"]:
        return found["url"]
    mark = found["mark"].lstrip()
    return f"{found['mark'].removesuffix(mark)}\\{mark}"


def small(text: str) -> str:
    """Return `text` in small grey print, line by line."""
    return "\n".join(f"-# {line}" for line in text.splitlines() if line)


def link(source: Source) -> str:
    """Return a link that reads as the publisher's name."""
    return f"[{source.publisher}](<{source.url}>)"


def packed_sources(scene: Scene, ids: Iterable[SourceId], room: int, more: str) -> str:
    """Return as many numbered links as fit into `room` characters, and how many more there are in the words of `more`."""
    common = scene.phrases.words.common
    sources = scene.snapshot.knowledge.list_sources(ids)
    line = f"-# {common.sources}"
    for number, source in enumerate(sources, 1):
        addition = f" {superscript(number)} {link(source)}"
        if len(line) + len(addition) + _ROOM_FOR_MORE > min(room, MAX_TEXT):
            return f"{line} {more.format(count=len(sources) - number + 1)}"
        line += addition
    return line


def fitting(scene: Scene, lines: Sequence[str], room: int) -> str:
    """Return the first lines that fit into `room` characters, and below them how many more there are."""
    if len(whole := "\n".join(lines)) <= room:
        return whole
    lengths = accumulate((len(line) + 1 for line in lines), initial=_ROOM_FOR_MORE)
    kept = sum(length <= room for length in lengths) - 1
    return "\n".join((*lines[: max(kept, 0)], small(scene.phrases.words.common.more.format(count=len(lines) - max(kept, 0)))))


def source_lines(scene: Scene, sources: Iterable[Source], start: int = 1) -> str:
    """Return a numbered list of sources with title, rank and date, linked."""
    return "\n".join(
        f"{number}. [{source.publisher}: {source.title}](<{source.url}>) · {scene.phrases.source_details(source)}"
        for number, source in enumerate(sources, start)
    )
