"""What is wrong with the content, and where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


MAX_PROBLEMS = 10_000
"""How many are looked for; nobody reads more, and a file made for it could give millions."""

MAX_MESSAGE = 400
"""Characters of a message that are kept, for it may quote what stands in a file."""

_MAX_PATH = 4096


class Severity(StrEnum):
    """An error keeps the content from being used; a warning asks an editor to look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file; `line` and `column` count from 1."""

    path: str
    line: int = 1
    column: int = 1

    def __post_init__(self) -> None:
        """Make the path, which a file's name is part of, fit to be shown on a terminal."""
        object.__setattr__(self, "path", _shown(self.path, _MAX_PATH))

    def __str__(self) -> str:
        """path:line:column, the form editors and terminals make clickable."""
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing an editor should mend."""

    location: Location
    message: str
    severity: Severity = Severity.ERROR

    def __post_init__(self) -> None:
        """Make what is quoted from a file fit to be shown on a terminal: short, on one line, without control characters."""
        object.__setattr__(self, "message", _shown(self.message, MAX_MESSAGE))

    def __str__(self) -> str:
        """Return "content/x.yaml:12:5: message"; warnings say so."""
        mark = "warning: " if self.severity is Severity.WARNING else ""
        return f"{self.location}: {mark}{self.message}"


def list_errors(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems that keep content from being used."""
    return [problem for problem in problems if problem.severity is Severity.ERROR]


def _shown(text: str, limit: int) -> str:
    short = text if len(text) <= limit else f"{text[: limit - 1]}…"
    if short.isprintable():
        return short
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in short)
