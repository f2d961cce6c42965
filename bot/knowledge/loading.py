"""A content folder to a knowledge base: everything is read, and everything that is wrong is told at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from bot.domain.countries import Country
from bot.domain.entries import Deadline, Era, Event, Tag, Term, Topic
from bot.domain.knowledge_base import KnowledgeBase
from bot.domain.statements import BannedHost, Source
from bot.domain.treaties import Treaty
from bot.domain.wording import Wording
from bot.knowledge.files import SCHEMA, read_files
from bot.knowledge.gaps import Gap
from bot.knowledge.guessing import guess, list_keys
from bot.knowledge.parsing import Parsed, parse_document, parse_entries
from bot.knowledge.problems import MAX_PROBLEMS, Location, Problem, Severity
from bot.knowledge.searching import normalize

if TYPE_CHECKING:
    from pathlib import Path

    from bot.knowledge.files import ContentFiles

KINDS: dict[str, type[BaseModel]] = {
    "topics": Topic,
    "events": Event,
    "deadlines": Deadline,
    "treaties": Treaty,
    "countries": Country,
    "glossary": Term,
    "tags": Tag,
    "eras": Era,
    "sources": Source,
    "banned": BannedHost,
}
"""Folder (or file) name under content/ to the model of its entries."""

WORDING_FILE = "wording/en.yaml"
MAX_ENTRIES = 50_000
"""Entries of one kind; a hundred times what the bot's own content has."""

_FOLDERS = KINDS.keys() | {"wording", SCHEMA}
_UNION_TAGS = {"OnDate", "AtMoment", "Recurring"}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a folder held.

    `knowledge` is there only where nothing is wrong; `valid` holds the entries that are right by themselves, by kind and id;
    `written` holds every entry that has an id, right or wrong, as it stands in its file; `wording` the file of the wording; `gaps` what
    could not be read at all.
    """

    knowledge: KnowledgeBase | None
    problems: tuple[Problem, ...]
    valid: dict[str, dict[str, Any]] = field(repr=False)
    written: dict[tuple[str, str], Parsed] = field(repr=False)
    wording: Parsed | None = field(repr=False)
    gaps: tuple[Gap, ...] = field(default=(), repr=False)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep the content from being used."""
        return tuple(p for p in self.problems if p.severity is Severity.ERROR)


def load(folder: Path) -> Loaded:
    """Read `folder`."""
    return load_files(read_files(folder))


def load_files(files: ContentFiles) -> Loaded:
    """Read what a content folder held; nothing is kept busy for long at a time, so that it may run in a thread beside the event loop."""
    return _Reading(files).read()


class _Reading:
    """One pass over a content folder."""

    def __init__(self, files: ContentFiles) -> None:
        self._files = files
        self._problems = list(files.problems)
        self._values: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
        self._written: dict[tuple[str, str], Parsed] = {}
        self._entries = dict.fromkeys(KINDS, 0)
        self._gaps = [Gap(_kind_of(files, problem), problem.location) for problem in files.problems]
        self._wording: Wording | None = None
        self._wording_file: Parsed | None = None

    def read(self) -> Loaded:
        """Read everything, and build the knowledge base from it unless something is wrong."""
        for path, raw in self._files.files:
            self._read(path, raw)
            if len(self._problems) > MAX_PROBLEMS:
                self._problems.append(Problem(self._files.locate(path), f"more than {MAX_PROBLEMS:,} problems: the rest was not read"))
                break
        if all(path != WORDING_FILE for path, _ in self._files.files) and not self._files.problems:
            self._problems.append(Problem(self._files.locate(WORDING_FILE), "the file is missing: it holds what the bot says"))
        problems = tuple(sorted(self._problems))
        knowledge = None if problems or self._wording is None else self._build(self._wording)
        return Loaded(knowledge, problems, self._values, self._written, self._wording_file, tuple(self._gaps))

    def _build(self, wording: Wording) -> KnowledgeBase:
        values = {kind: tuple(entries.values()) for kind, entries in self._values.items()}
        return KnowledgeBase(
            version=self._files.version,
            wording=wording,
            topics=tuple(sorted(values["topics"], key=lambda t: (t.order, t.id))),
            events=tuple(sorted(values["events"], key=lambda e: (e.date.first, e.date.last, e.id))),
            deadlines=values["deadlines"],
            treaties=values["treaties"],
            countries=tuple(sorted(values["countries"], key=lambda c: (normalize(c.name), c.id))),
            terms=tuple(sorted(values["glossary"], key=lambda t: t.term.casefold())),
            tags=values["tags"],
            eras=tuple(sorted(values["eras"], key=lambda e: e.date)),
            sources=values["sources"],
            banned=values["banned"],
        )

    def _read(self, path: str, raw: bytes) -> None:
        where = self._files.locate(path)
        kind = path.split("/", maxsplit=1)[0].removesuffix(".yaml")
        if not path.endswith(".yaml") or kind not in _FOLDERS:
            self._refuse(path, raw, where)
            return
        text = self._decoded(raw, where.path)
        if text is None:
            self._gaps.append(Gap(kind, where, raw.decode(errors="replace")))
            return
        if path == WORDING_FILE and (parsed := parse_document(text, where.path, self._problems)):
            self._wording_file = parsed
            self._wording = self._validated(Wording, parsed)
        if kind not in KINDS:
            return
        for entries in parse_entries(text, where.path, self._problems):
            if not entries:
                self._gaps.append(Gap(kind, self._problems[-1].location if self._problems else where, text))
            self._entries[kind] += len(entries)
            if self._entries[kind] > MAX_ENTRIES or len(self._problems) > MAX_PROBLEMS:
                break
            for parsed in entries:
                self._keep(kind, parsed)
        if self._entries[kind] > MAX_ENTRIES:
            self._problems.append(Problem(where, f"there are more than {MAX_ENTRIES:,} entries in {kind}: the rest was not read"))

    def _refuse(self, path: str, raw: bytes, where: Location) -> None:
        """Say why a file is no content; one whose name only ends in another way than it should may hold what others name."""
        stem, dot, ending = path.rpartition(".")
        kind = path.split("/", maxsplit=1)[0].removesuffix(dot + ending)
        if ending.lower() in {"yml", "yaml"} and kind in _FOLDERS:
            name = f"{stem.rpartition('/')[2]}.yaml"
            self._problems.append(Problem(where, f"this is not read, for its name ends in .{ending}: call it {name}"))
            self._gaps.append(Gap(kind, where, raw.decode(errors="replace")))
            return
        self._problems.append(Problem(where, f"this is not content: expected .yaml files in {', '.join(sorted(_FOLDERS))}"))

    def _decoded(self, raw: bytes, path: str) -> str | None:
        """Return the text of a file, each line ended by one line feed, or None after saying why it is none."""
        try:
            text = raw.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            self._problems.append(Problem(Location(path), f"the file cannot be read as UTF-8 text: {error}"))
            return None
        if text and not text.endswith("\n"):
            where = Location(path, text.count("\n") + 1, len(text) - text.rfind("\n"))
            self._problems.append(Problem(where, "the file does not end with a line break: it may be half written"))
        return text

    def _keep(self, kind: str, parsed: Parsed) -> None:
        entry = self._validated(KINDS[kind], parsed)
        entry_id = parsed.value.get("id") if isinstance(parsed.value, dict) else None
        if not isinstance(entry_id, str):
            self._gaps.append(Gap(kind, parsed.locate(), str(parsed.value)))
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
            self._problems.extend(_problem(model, parsed, detail) for detail in error.errors(include_url=False))
            return None


def _kind_of(files: ContentFiles, problem: Problem) -> str:
    """Return the kind of what a file or folder holds that could not be read; "" where it may be any."""
    kind = problem.location.path.removeprefix(files.place).lstrip("/").split("/", maxsplit=1)[0].removesuffix(".yaml")
    return kind if kind in KINDS else ""


def _problem(model: type[BaseModel], parsed: Parsed, detail: Any) -> Problem:  # noqa: ANN401 - pydantic's ErrorDetails
    keys = tuple(key for key in detail["loc"] if key not in _UNION_TAGS)
    name = ".".join(map(str, keys))
    match detail["type"]:
        case "extra_forbidden":
            return Problem(parsed.locate_key(keys), f"unknown key {name!r}{guess(str(keys[-1]), list_keys(model, keys[:-1]))}")
        case "missing":
            return Problem(parsed.locate(keys[:-1]), f"the key {name!r} is missing")
        case "value_error":
            message = str(detail["ctx"]["error"])
        case "string_too_long":
            message = f"is {len(detail['input'])} characters long; at most {detail['ctx']['max_length']} fit"
        case "string_pattern_mismatch" if keys[-1:] == ("url",):
            message = "must be an address that begins with https:// and holds no user name, no spaces and only brackets that pair"
        case _:
            message = detail["msg"][0].lower() + detail["msg"][1:]
    return Problem(parsed.locate(keys), f"{name}: {message}" if name else message)
