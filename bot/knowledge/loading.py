"""A content folder to a knowledge base: everything is read, and everything that is wrong is told at once."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from bot.domain.entries import Deadline, Era, Event, Source, Tag, Term, Topic
from bot.domain.knowledge_base import KnowledgeBase
from bot.domain.wording import Wording
from bot.knowledge.parsing import Parsed, parse_document, parse_entries
from bot.knowledge.problems import Location, Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS: dict[str, type[BaseModel]] = {
    "topics": Topic,
    "events": Event,
    "deadlines": Deadline,
    "glossary": Term,
    "tags": Tag,
    "eras": Era,
    "sources": Source,
}
"""Folder (or file) name under content/ to the model of its entries."""

WORDING_FILE = "wording/en.yaml"
_NOT_CONTENT = {"schema", "wording"}
_UNION_TAGS = {"OnDate", "AtMoment", "Recurring"}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a folder held.

    `knowledge` is there only where nothing is wrong; `valid` holds the entries that are right by themselves, by kind and id;
    `written` holds every entry that has an id, right or wrong, as it stands in its file; `wording` the file of the wording.
    """

    knowledge: KnowledgeBase | None
    problems: tuple[Problem, ...]
    valid: dict[str, dict[str, Any]] = field(repr=False)
    written: dict[tuple[str, str], Parsed] = field(repr=False)
    wording: Parsed | None = field(repr=False)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep the content from being used."""
        return tuple(p for p in self.problems if p.severity is Severity.ERROR)


def load(folder: Path) -> Loaded:
    """Read `folder` in one go."""
    reading = _Reading(folder)
    for _ in reading.steps():
        pass
    return reading.finish()


async def load_in_slices(folder: Path) -> Loaded:
    """Read `folder` about a hundred entries at a time, letting the event loop run in between.

    The garbage collector rests meanwhile: its passes over the growing pile would stall the loop for longer than a slice.
    """
    reading = _Reading(folder)
    collected = gc.isenabled()
    gc.disable()
    try:
        for _ in reading.steps():
            await asyncio.sleep(0.001)
        return reading.finish()
    finally:
        # What was read stays; were it not set aside, the first pass of the collector would walk all of it at once.
        gc.freeze()
        if collected:
            gc.enable()


class _Reading:
    """One pass over a content folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._problems: list[Problem] = []
        self._values: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
        self._written: dict[tuple[str, str], Parsed] = {}
        self._wording: Wording | None = None
        self._wording_file: Parsed | None = None
        self._digest = hashlib.sha256()

    def steps(self) -> Iterator[None]:
        """Read everything, pausing after each slice."""
        if not self._folder.is_dir():
            self._problems.append(Problem(Location(str(self._folder)), "there is no such content folder"))
            return
        for path in sorted(self._folder.rglob("*")):
            if path.is_file() and not any(part.startswith(".") for part in path.relative_to(self._folder).parts):
                yield from self._read(path)
        if not (self._folder / WORDING_FILE).is_file():
            self._problems.append(Problem(self._name(self._folder / WORDING_FILE), "the file is missing: it holds what the bot says"))

    def finish(self) -> Loaded:
        """Build the knowledge base from what was read, unless something is wrong."""
        problems = tuple(sorted(self._problems))
        knowledge = None if problems or self._wording is None else self._build(self._wording)
        return Loaded(knowledge, problems, self._values, self._written, self._wording_file)

    def _build(self, wording: Wording) -> KnowledgeBase:
        values = {kind: tuple(entries.values()) for kind, entries in self._values.items()}
        return KnowledgeBase(
            version=self._digest.hexdigest()[:12],
            wording=wording,
            topics=tuple(sorted(values["topics"], key=lambda t: (t.order, t.id))),
            events=tuple(sorted(values["events"], key=lambda e: (e.date.first, e.date.last, e.id))),
            deadlines=values["deadlines"],
            terms=tuple(sorted(values["glossary"], key=lambda t: t.term.casefold())),
            tags=values["tags"],
            eras=tuple(sorted(values["eras"], key=lambda e: e.date)),
            sources=values["sources"],
        )

    def _name(self, path: Path) -> Location:
        """Return the place of a file as somebody in the current folder would name it."""
        here = Path.cwd()
        name = str(path.relative_to(here) if path.is_relative_to(here) else path)
        return Location(name.encode(errors="backslashreplace").decode())

    def _read(self, path: Path) -> Iterator[None]:
        where = self._name(path)
        kind = path.relative_to(self._folder).parts[0].removesuffix(".yaml")
        if kind == "schema":
            return
        if path.suffix != ".yaml" or kind not in KINDS.keys() | _NOT_CONTENT:
            folders = ", ".join(sorted(KINDS.keys() | _NOT_CONTENT))
            self._problems.append(Problem(where, f"this is not content: expected .yaml files in {folders}"))
            return
        try:
            raw = path.read_bytes()
            text = raw.decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self._problems.append(Problem(where, f"the file cannot be read as UTF-8 text: {error}"))
            return
        self._digest.update(os.fsencode(path.relative_to(self._folder)) + f"\0{len(raw)}\0".encode() + raw)
        if kind == "wording":
            self._read_wording(text, where.path)
            return
        yield
        for entries in parse_entries(text, where.path, self._problems):
            for parsed in entries:
                self._keep(kind, parsed)
            yield

    def _read_wording(self, text: str, path: str) -> None:
        if path.endswith(WORDING_FILE) and (parsed := parse_document(text, path, self._problems)):
            self._wording_file = parsed
            self._wording = self._validated(Wording, parsed)

    def _keep(self, kind: str, parsed: Parsed) -> None:
        entry = self._validated(KINDS[kind], parsed)
        entry_id = parsed.value.get("id") if isinstance(parsed.value, dict) else None
        if not isinstance(entry_id, str):
            return
        if earlier := self._written.get((kind, entry_id)):
            self._problems.append(Problem(parsed.locate(("id",)), f"the id {entry_id!r} stands already at {earlier.locate(('id',))}"))
            return
        self._written[kind, entry_id] = parsed
        if entry is not None:
            self._values[kind][entry_id] = entry

    def _validated(self, model: type[BaseModel], parsed: Parsed) -> Any:  # noqa: ANN401 - an instance of `model`, or None
        try:
            return model.model_validate(parsed.value)
        except ValidationError as error:
            self._problems.extend(_problem(parsed, detail) for detail in error.errors(include_url=False))
            return None


def _problem(parsed: Parsed, detail: Any) -> Problem:  # noqa: ANN401 - pydantic's ErrorDetails
    keys = tuple(key for key in detail["loc"] if key not in _UNION_TAGS)
    name = ".".join(map(str, keys))
    match detail["type"]:
        case "extra_forbidden":
            return Problem(parsed.locate_key(keys), f"unknown key {name!r}")
        case "missing":
            return Problem(parsed.locate(keys[:-1]), f"the key {name!r} is missing")
        case "value_error":
            message = str(detail["ctx"]["error"])
        case "string_too_long":
            message = f"is {len(detail['input'])} characters long; at most {detail['ctx']['max_length']} fit"
        case _:
            message = detail["msg"][0].lower() + detail["msg"][1:]
    return Problem(parsed.locate(keys), f"{name}: {message}" if name else message)
