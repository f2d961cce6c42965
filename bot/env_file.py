"""The file .env as people write it: lines that set nothing, and names that are nearly those of settings. No value is ever repeated."""

from __future__ import annotations

import logging
from difflib import get_close_matches
from typing import TYPE_CHECKING

from dotenv.parser import parse_stream

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from dotenv.parser import Binding

_NEARLY = 0.8
"""Least share (0 to 1) of letters in common at which a name counts as a misspelt one."""


def is_readable(path: Path) -> bool:
    """Whether the file can be read as text, or there is none."""
    return not isinstance(_read(path), Exception)


def list_faults(path: Path) -> tuple[str, ...]:
    """Return a sentence for each line that sets nothing, or one that says why the file cannot be read; none where there is no file."""
    folder, bindings = path.absolute().parent, _read(path)
    if isinstance(bindings, Exception):
        return (f"{path} cannot be read as UTF-8 text: {bindings}. Mend or remove the file {path} in {folder}.",)
    return tuple(
        f"{path}, line {_line_of(binding)}, sets nothing: a line is NAME=value, a comment that begins with #, or empty, and a quote that is "
        f"opened is closed. Correct it, or put # before it (the file is in {folder})."
        for binding in bindings
        if binding.error or (binding.key and binding.value is None)
    )


def list_slips(path: Path, names: Collection[str]) -> tuple[str, ...]:
    """Return a sentence for each variable that is none of `names` (in capitals) but nearly one; none where the file cannot be read."""
    bindings = _read(path)
    return tuple(
        f"{path}, line {_line_of(binding)}: {binding.key} is no setting of the bot; did you mean {meant}?"
        for binding in (() if isinstance(bindings, Exception) else bindings)
        if binding.key and (meant := _find_meant(binding.key.upper(), names))
    )


def _read(path: Path) -> tuple[Binding, ...] | OSError | UnicodeDecodeError:
    """Return what the lines set, or why they cannot be read."""
    # What it says of a broken line names no file, and comes again whenever the settings are read.
    logging.getLogger("dotenv.main").setLevel(logging.CRITICAL)
    if not path.exists():
        return ()
    try:
        with path.open(encoding="utf-8") as file:
            return tuple(parse_stream(file))
    except (OSError, UnicodeDecodeError) as error:
        return error


def _line_of(binding: Binding) -> int:
    """Return the line on which it begins: the parser counts empty lines before it as its own."""
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")


def _find_meant(name: str, names: Collection[str]) -> str | None:
    if name in names:
        return None
    ending = (whole for whole in names if whole.endswith(f"_{name}"))
    return next(iter(get_close_matches(name, names, 1, _NEARLY)), None) or next(ending, None)
