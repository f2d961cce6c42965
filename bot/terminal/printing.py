"""How everything is printed: paragraphs of Markdown with their sources, JSON, and what went wrong."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.markdown import Markdown

from bot.knowledge.loading import load
from bot.services.phrasing import Phrases
from bot.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.domain.statements import Source
    from bot.errors import UserError


def print_lines(lines: Iterable[str], phrases: Phrases, sources: Iterable[Source]) -> None:
    """Print paragraphs of Markdown, and the sources below them with their addresses."""
    listed = "\n".join(f"{n}. {s.publisher}: {s.title}, {s.url}" for n, s in enumerate(sources, 1))
    Console().print(Markdown("\n\n".join([*lines, *([phrases.words.common.sources, listed] if listed else [])])))


def print_json(value: Any) -> None:  # noqa: ANN401 - anything JSON holds
    """Print `value` as JSON, in plain ASCII where the terminal takes no UTF-8."""
    is_unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    click.echo(json.dumps(value, ensure_ascii=not is_unicode, indent=2))


def print_suggestions(arguments: list[str]) -> None:
    """Print as JSON what to ask instead, each as the arguments of `detente allies`."""
    print_json({"kind": "suggestions", "found": None, "suggestions": arguments})


def explain(error: UserError) -> str:
    """Return what a user reads, in the words of the content in use where it can be read."""
    loaded = load(read_settings().content_dir)
    return Phrases(loaded.knowledge.wording).complaint(error) if loaded.knowledge else str(error)
