"""What can be shown, as addresses: every control names the screen it leads to, so it works after a restart and years later.

An address is `<name>:<argument>:…`; it must stay readable for ever, so fields are only ever added at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import ClassVar, Self
from urllib.parse import unquote

from bot.domain.dates import PartialDate
from bot.errors import StaleControlError

_ESCAPES = str.maketrans({"%": "%25", ":": "%3A", ";": "%3B"})


@dataclass(frozen=True, slots=True)
class Screen:
    """Base of all screens; every field is a str, an int or a bool."""

    name: ClassVar[str]
    known: ClassVar[dict[str, type[Screen]]] = {}

    def __init_subclass__(cls) -> None:
        """Make the screen's name known, so that its address can be read."""
        if "name" in cls.__dict__:
            Screen.known[cls.name] = cls

    def address(self) -> str:
        """Return the address that `read_address` turns back into this screen."""
        values = [getattr(self, field.name) for field in fields(self)]
        while values and not values[-1]:
            values.pop()
        return ":".join((self.name, *(str(int(v)) if isinstance(v, int) else v.translate(_ESCAPES) for v in values)))

    @classmethod
    def from_arguments(cls, arguments: list[str]) -> Self:
        """Build the screen from the arguments of an address; missing ones keep their default."""
        values: dict[str, str | int | bool] = {}
        for field, text in zip(fields(cls), arguments, strict=False):
            values[field.name] = int(text or "0") if field.type in {"int", "bool"} else unquote(text)
            if field.type == "bool":
                values[field.name] = bool(values[field.name])
        return cls(**values)


@dataclass(frozen=True, slots=True)
class AnswerScreen(Screen):
    """One topic."""

    name = "topic"
    topic: str


@dataclass(frozen=True, slots=True)
class TermScreen(Screen):
    """One word of the glossary."""

    name = "term"
    term: str


@dataclass(frozen=True, slots=True)
class SourcesScreen(Screen):
    """All sources of one topic."""

    name = "sources"
    topic: str
    page: int = 0


@dataclass(frozen=True, slots=True)
class TimelineScreen(Screen):
    """One page of the timeline under its filters; dates are ISO texts, empty where open."""

    name = "timeline"
    page: int = 0
    first: str = ""
    last: str = ""
    tag: str = ""
    search: str = ""
    topic: str = ""

    def on_page(self, page: int) -> Self:
        """Return the same filters at another page."""
        return replace(self, page=page)

    @property
    def span(self) -> tuple[PartialDate | None, PartialDate | None]:
        """The bounds as dates."""
        return (PartialDate.parse(self.first) if self.first else None, PartialDate.parse(self.last) if self.last else None)


@dataclass(frozen=True, slots=True)
class EventScreen(Screen):
    """One event; `back` is the address of the page it was opened from."""

    name = "event"
    event: str
    back: str = ""


@dataclass(frozen=True, slots=True)
class DeadlinesScreen(Screen):
    """One page of the dates ahead under its filters."""

    name = "deadlines"
    page: int = 0
    tag: str = ""
    include_passed: bool = False
    topic: str = ""

    def on_page(self, page: int) -> Self:
        """Return the same filters at another page."""
        return replace(self, page=page)


@dataclass(frozen=True, slots=True)
class DeadlineScreen(Screen):
    """One deadline; `back` is the address of the page it was opened from."""

    name = "deadline"
    deadline: str
    back: str = ""


@dataclass(frozen=True, slots=True)
class RelationScreen(Screen):
    """What two countries are to each other by treaty; `on` is an ISO date, month or year, empty for today."""

    name = "relation"
    one: str
    other: str
    on: str = ""

    @property
    def asked(self) -> PartialDate | None:
        """The date as it was asked for; None for today."""
        return PartialDate.parse(self.on) if self.on else None


@dataclass(frozen=True, slots=True)
class TurnsScreen(Screen):
    """How two countries stood to each other since the treaties are known, a page at a time."""

    name = "turns"
    one: str
    other: str
    page: int = 0

    def on_page(self, page: int) -> Self:
        """Return the same two at another page."""
        return replace(self, page=page)


@dataclass(frozen=True, slots=True)
class CirclesScreen(Screen):
    """All allies of a country by treaty, a page at a time; `on` as in a relation."""

    name = "allies"
    country: str
    on: str = ""
    page: int = 0

    def on_page(self, page: int) -> Self:
        """Return the same country at another page."""
        return replace(self, page=page)

    @property
    def asked(self) -> PartialDate | None:
        """The date as it was asked for; None for today."""
        return PartialDate.parse(self.on) if self.on else None


@dataclass(frozen=True, slots=True)
class TreatyScreen(Screen):
    """One treaty with its parties; `back` is the address of the page it was opened from."""

    name = "treaty"
    treaty: str
    back: str = ""


@dataclass(frozen=True, slots=True)
class AboutScreen(Screen):
    """What the bot is."""

    name = "about"


def read_address(address: str) -> Screen:
    """Return the screen an address names; raises StaleControlError for one of no known form."""
    name, *arguments = address.split(":")
    try:
        screen = Screen.known[name].from_arguments(arguments)
        if isinstance(screen, TimelineScreen):
            _ = screen.span
        if isinstance(screen, RelationScreen | CirclesScreen):
            _ = screen.asked
    except (KeyError, ValueError, TypeError):
        raise StaleControlError from None
    return screen
