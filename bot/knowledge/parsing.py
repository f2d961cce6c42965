"""YAML text to plain values, each with its place, so that any problem can be told by line and column.

libyaml tells what it meets one event at a time, and nothing of it is trusted: how deep it nests is counted here, because
libyaml's own composer overflows the stack of the process. Two readings of YAML 1.1 that bite editors are closed too: a bare NO
is not false and a bare 12:30 is not a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import yaml
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from bot.knowledge.problems import Location, Problem
from bot.knowledge.texts import describe_invisible, find_invisible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ENTRIES_PER_SLICE = 15
"""Entries parsed in one go; what cannot be read in one slice does not hide the next."""

MAX_SLICE = 256 * 1024
"""Characters of a slice, or of a file that is one mapping: ten times what any needs, and what libyaml scans without a pause."""

MAX_DEPTH = 20
"""Levels of lists and mappings within each other; an entry needs five."""

_WHOLE_NUMBER = re.compile(r"[-+]?(0|[1-9]\d*)", re.ASCII)
_MAX_DIGITS = 18
_TRUE_FALSE = {word: truth for name, truth in (("true", True), ("false", False)) for word in (name, name.title(), name.upper())}
_READ_AS_TRUTH = frozenset(word for name in ("yes", "no", "on", "off") for word in (name, name.title(), name.upper()))
_NOTHING = frozenset(("", "~", "null", "Null", "NULL"))
_NO_TAGS = "tags (!) are not used here: write the value alone"
_ALIGN = "the keys of an entry begin in the same column"
_QUOTE = "a text that holds a colon or quotes stands in quotes of the other kind, or below >-"
_HINTS = {
    "found a tab": "lines are set in with blanks, never with tabs",
    "found character": "lines are set in with blanks, never with tabs; a text that begins with a mark stands in quotes",
    "mapping values": f"{_ALIGN}; {_QUOTE}",
    "did not find expected '-'": f"{_ALIGN}, and each entry with '- '",
    "did not find expected key": f"{_ALIGN}; a text that begins with a quote ends with it; {_QUOTE}",
    "did not find expected ',' or": "a list in brackets holds commas and ends with its bracket",
    "found unexpected end": "a quote is opened and not closed",
}
"""What the parser's words, by how they begin, mostly mean for who edits."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UnreadableError(Exception):
    """The rest of a slice cannot be read; carries where and why."""

    def __init__(self, mark: yaml.Mark, message: str) -> None:
        super().__init__(message)
        self.mark = mark
        self.message = message


@dataclass(frozen=True, slots=True)
class _Mapping:
    """Where a mapping begins, and where each of its keys and values does."""

    mark: yaml.Mark
    places: dict[str, tuple[yaml.Mark, _Place]]


@dataclass(frozen=True, slots=True)
class _Sequence:
    """Where a list begins, and where each of its items does."""

    mark: yaml.Mark
    places: list[_Place]


if TYPE_CHECKING:
    _Place = yaml.Mark | _Mapping | _Sequence


@dataclass(frozen=True, slots=True)
class Parsed:
    """One entry: its plain value and where everything in it stands; `first_line` is where its slice starts in the file, from 0."""

    value: Any
    place: _Place
    path: str
    first_line: int = 0

    def locate(self, keys: Sequence[int | str] = ()) -> Location:
        """Return the place of the value that `keys` lead to, or of the nearest thing that exists on the way."""
        place = self.place
        for key in keys:
            inner = _step(place, key)
            if inner is None:
                break
            place = inner
        return self._at(_mark(place))

    def locate_key(self, keys: Sequence[int | str]) -> Location:
        """Return the place of the last key itself, for a key that should not be there."""
        place: _Place | None = self.place
        for key in keys[:-1]:
            place = _step(place, key) if place is not None else None
        if isinstance(place, _Mapping) and (found := place.places.get(str(keys[-1]))):
            return self._at(found[0])
        return self.locate(keys)

    def _at(self, mark: yaml.Mark) -> Location:
        return Location(self.path, self.first_line + mark.line + 1, mark.column + 1)


def _mark(place: _Place) -> yaml.Mark:
    return place.mark if isinstance(place, _Mapping | _Sequence) else place


def _step(place: _Place, key: int | str) -> _Place | None:
    if isinstance(place, _Mapping) and isinstance(key, str):
        found = place.places.get(key)
        return found[1] if found else None
    if isinstance(place, _Sequence) and isinstance(key, int) and key < len(place.places):
        return place.places[key]
    return None


def parse_entries(text: str, path: str, problems: list[Problem]) -> Iterator[tuple[Parsed, ...]]:
    """Yield the entries of a file that holds a list, a few at a time; add what is wrong to `problems`.

    Where some cannot be read, yield nothing in their place, right after the problem that tells why.
    """
    for first_line, chunk in _slices(text):
        whole = _parse(chunk, path, first_line, problems)
        if whole is None:
            yield ()
            continue
        if not isinstance(whole.place, _Sequence):
            problems.append(Problem(Location(path, first_line + 1), "the file must hold a list of entries (lines that start with '- ')"))
            yield ()
            continue
        yield tuple(Parsed(*item, path, first_line) for item in zip(whole.value, whole.place.places, strict=True))


def parse_document(text: str, path: str, problems: list[Problem]) -> Parsed | None:
    """Return the one mapping of a file, or None after adding what is wrong to `problems`."""
    return _parse(text, path, 0, problems)


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


def _parse(text: str, path: str, first_line: int, problems: list[Problem]) -> Parsed | None:
    """Return what one document holds, or None after adding why it cannot be read; nothing keeps the interpreter for long."""

    def complain(line: int, column: int, message: str) -> None:
        problems.append(Problem(Location(path, first_line + line + 1, column + 1), message))

    if len(text) > MAX_SLICE:
        complain(0, 0, f"this is longer than {MAX_SLICE:,} characters; entries begin with '- ' at the start of a line and are far shorter")
        return None
    at = find_invisible(text)
    if at is not None:
        complain(text.count("\n", 0, at), at - text.rfind("\n", 0, at) - 1, describe_invisible(text[at]))
        return None
    try:
        found = _Document(text, complain).read()
    except _UnreadableError as error:
        complain(error.mark.line, error.mark.column, error.message)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        complain(mark.line if mark else 0, mark.column if mark else 0, _explain(error))
    except yaml.YAMLError as error:
        complain(0, 0, f"this is not valid YAML: {error}")
    else:
        if found is not None:
            return Parsed(*found, path, first_line)
        complain(0, 0, "the file is empty")
    return None


def _explain(error: yaml.MarkedYAMLError) -> str:
    """Return what the parser says of a text that it cannot read, and what an editor mostly has done then."""
    said = error.problem or str(error)
    hint = next((hint for begin, hint in _HINTS.items() if said.startswith(begin)), "")
    return f"this is not valid YAML: {said}{hint and f' ({hint})'}"


class _Document:
    """One document, read event by event; `complain` takes a line and a column, both from 0, and a message."""

    def __init__(self, text: str, complain: Callable[[int, int, str], None]) -> None:
        self._next: Any = _Loader(text).get_event
        self._complain = complain

    def read(self) -> tuple[Any, _Place] | None:
        """Return its value and places, or None where it holds nothing; raises _UnreadableError or YAMLError."""
        self._next()
        begin: Any = self._next()
        if begin.__class__ is StreamEndEvent:
            return None
        if begin.version or begin.tags:
            raise _UnreadableError(begin.start_mark, "directives (%YAML and %TAG) are not used here: take the line out")
        found = self._value(self._next(), MAX_DEPTH)
        end = self._next()
        if end.explicit or (end := self._next()).__class__ is not StreamEndEvent:
            raise _UnreadableError(end.start_mark, "a file holds one document: take out this line of dashes or dots")
        return found

    def _value(self, event: Any, levels: int) -> tuple[Any, _Place]:  # noqa: ANN401 - any event that begins a value
        """Return what begins with `event` and where it stands; it may nest `levels` deep."""
        mark: yaml.Mark = event.start_mark
        if event.__class__ is AliasEvent or event.anchor is not None:
            self._refuse(mark, "anchors and aliases (& and *) are not used here: write the value out")
            if event.__class__ is AliasEvent:
                return None, mark
        if event.__class__ is ScalarEvent:
            return self._scalar(event), mark
        if event.tag is not None:
            self._refuse(mark, _NO_TAGS)
        if not levels:
            raise _UnreadableError(mark, f"this is nested too deeply: at most {MAX_DEPTH} levels are read")
        return self._mapping(mark, levels - 1) if event.__class__ is MappingStartEvent else self._sequence(mark, levels - 1)

    def _mapping(self, mark: yaml.Mark, levels: int) -> tuple[dict[str, Any], _Place]:
        values: dict[str, Any] = {}
        places: dict[str, tuple[yaml.Mark, _Place]] = {}
        while (event := self._next()).__class__ is not MappingEndEvent:
            name = self._key(event, levels)
            value, place = self._value(self._next(), levels)
            if name in values:
                self._refuse(event.start_mark, f"the key {name!r} stands twice")
            elif name is not None:
                values[name], places[name] = value, (event.start_mark, place)
        return values, _Mapping(mark, places)

    def _sequence(self, mark: yaml.Mark, levels: int) -> tuple[list[Any], _Place]:
        values: list[Any] = []
        places: list[_Place] = []
        while (event := self._next()).__class__ is not SequenceEndEvent:
            value, place = self._value(event, levels)
            values.append(value)
            places.append(place)
        return values, _Sequence(mark, places)

    def _key(self, event: Any, levels: int) -> str | None:  # noqa: ANN401 - any event that begins a value
        """Return the text of a key, or None after saying why it is none."""
        is_text = event.__class__ is ScalarEvent
        if not is_text or event.anchor is not None or event.tag is not None:
            self._value(event, levels)
            if not is_text:
                self._refuse(event.start_mark, "a key must be plain text")
            return None
        if event.value == "<<" and not event.style:
            self._refuse(event.start_mark, "merge keys (<<) are not used here: write the values out")
            return None
        name: str = event.value
        return name

    def _scalar(self, event: Any) -> Any:  # noqa: ANN401 - a ScalarEvent, whose mark no stub knows, and what YAML holds
        text: str = event.value
        if event.tag is not None:
            self._refuse(event.start_mark, _NO_TAGS)
        elif not event.style:
            if text in _NOTHING:
                return None
            if text in _TRUE_FALSE:
                return _TRUE_FALSE[text]
            if text in _READ_AS_TRUTH:
                self._refuse(event.start_mark, f'a bare {text} is read as true or false in YAML: write "{text}" in quotes')
            elif len(text) <= _MAX_DIGITS and _WHOLE_NUMBER.fullmatch(text):
                return int(text)
        return text

    def _refuse(self, mark: yaml.Mark, message: str) -> None:
        self._complain(mark.line, mark.column, message)
