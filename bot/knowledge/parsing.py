"""YAML text to plain values, keeping the nodes so that any problem can be told by line and column.

Two readings of YAML 1.1 that bite editors are closed here: a bare NO is not false and a bare 12:30 is not a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import yaml

from bot.knowledge.problems import Location, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ENTRIES_PER_SLICE = 15
"""Entries parsed in one go; keeps the event loop free while a large file is read."""

_WHOLE_NUMBER = re.compile(r"[-+]?(0|[1-9]\d*)", re.ASCII)
_MAX_DIGITS = 18
# No entry nests brackets or dashes forty deep; libyaml's composer would overflow the stack of the process on thousands.
_TOO_DEEP = re.compile(r"(?:[\[{][^\]}\n]*){40}|(?:- +){40}|^ {200}", re.MULTILINE)
_TRUE_FALSE = {"true": True, "false": False}
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Parsed:
    """One entry: its plain value and the node it came from; `first_line` is where its slice starts in the file, from 0."""

    value: Any
    node: yaml.Node
    path: str
    first_line: int = 0

    def locate(self, keys: Sequence[int | str] = ()) -> Location:
        """Return the place of the value that `keys` lead to, or of the nearest thing that exists on the way."""
        node = self.node
        for key in keys:
            inner = _step(node, key)
            if inner is None:
                break
            node = inner
        return self._at(node.start_mark)

    def locate_key(self, keys: Sequence[int | str]) -> Location:
        """Return the place of the last key itself, for a key that should not be there."""
        node: yaml.Node | None = self.node
        for key in keys[:-1]:
            node = _step(node, key) if node is not None else None
        if isinstance(node, yaml.MappingNode):
            for name, _ in node.value:
                if name.value == keys[-1]:
                    return self._at(name.start_mark)
        return self.locate(keys)

    def _at(self, mark: yaml.Mark) -> Location:
        return Location(self.path, self.first_line + mark.line + 1, mark.column + 1)


def _step(node: yaml.Node, key: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for name, value in node.value if name.value == key), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        inner: yaml.Node = node.value[key]
        return inner
    return None


def parse_entries(text: str, path: str, problems: list[Problem]) -> Iterator[tuple[Parsed, ...]]:
    """Yield the entries of a file that holds a list, about a hundred at a time; add what is wrong to `problems`."""
    for first_line, chunk in _slices(text):
        node = _compose(chunk, path, first_line, problems)
        if node is None:
            continue
        if not isinstance(node, yaml.SequenceNode):
            problems.append(Problem(Location(path, first_line + 1), "the file must hold a list of entries (lines that start with '- ')"))
            continue
        seen: set[int] = set()
        yield tuple(_parsed(item, path, first_line, problems, seen) for item in node.value)


def parse_document(text: str, path: str, problems: list[Problem]) -> Parsed | None:
    """Return the one mapping of a file, or None after adding what is wrong to `problems`."""
    node = _compose(text, path, 0, problems)
    if node is None:
        return None
    return _parsed(node, path, 0, problems, set())


def _slices(text: str) -> Iterator[tuple[int, str]]:
    """Cut the text before every ENTRIES_PER_SLICE-th top-level list item; yield (first line from 0, text)."""
    starts = [0] if text.startswith("- ") else []
    at = text.find("\n- ")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n- ", at + 1)
    first_line = 0
    for begin, end in pairwise([0, *starts[ENTRIES_PER_SLICE::ENTRIES_PER_SLICE], len(text)]):
        yield first_line, text[begin:end]
        first_line += text.count("\n", begin, end)


def _compose(text: str, path: str, first_line: int, problems: list[Problem]) -> yaml.Node | None:
    if _TOO_DEEP.search(text):
        problems.append(Problem(Location(path, first_line + 1), "this is nested too deeply"))
        return None
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Location(path, first_line + mark.line + 1, mark.column + 1) if mark else Location(path)
        problems.append(Problem(where, f"this is not valid YAML: {error.problem or error}"))
        return None
    except yaml.YAMLError as error:
        problems.append(Problem(Location(path, first_line + 1), f"this is not valid YAML: {error}"))
        return None
    if node is None:
        problems.append(Problem(Location(path, first_line + 1), "the file is empty"))
    return node


def _parsed(node: yaml.Node, path: str, first_line: int, problems: list[Problem], seen: set[int]) -> Parsed:
    """Return the entry at `node`; `seen` holds the nodes met so far, so that one met again is told as an alias."""

    def complain(at: yaml.Node, message: str) -> None:
        mark = at.start_mark
        problems.append(Problem(Location(path, first_line + mark.line + 1, mark.column + 1), message))

    return Parsed(_plain(node, complain, seen), node, path, first_line)


def _plain(node: yaml.Node, complain: Any, seen: set[int]) -> Any:  # noqa: ANN401 - YAML holds anything
    if id(node) in seen:
        complain(node, "anchors and aliases (& and *) are not used here: write the value out")
        return None
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, complain)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, complain, seen) for item in node.value]
    mapping: dict[str, Any] = {}
    for name, value in node.value:
        if not isinstance(name, yaml.ScalarNode):
            complain(name, "a key must be plain text")
        elif name.value in mapping:
            complain(name, f"the key {name.value!r} stands twice")
        else:
            mapping[name.value] = _plain(value, complain, seen)
    return mapping


def _scalar(node: yaml.ScalarNode, complain: Any) -> Any:  # noqa: ANN401 - YAML holds anything
    tag, text = node.tag.rpartition(":")[2], node.value
    if tag == "bool":
        if text.lower() in _TRUE_FALSE:
            return _TRUE_FALSE[text.lower()]
        complain(node, f'a bare {text} is read as true or false in YAML: write "{text}" in quotes')
        return text
    if tag == "null":
        return None
    if tag == "int" and len(text) <= _MAX_DIGITS and _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    return text
