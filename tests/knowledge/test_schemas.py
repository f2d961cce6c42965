"""The JSON Schema files that editors use: up to date, and at one with the content."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bot.knowledge.parsing import parse_document, parse_entries
from bot.knowledge.schemas import list_schemas, write_schemas
from tests.conftest import CONTENT

SCHEMA_OF = {
    "topics": "topic.json",
    "events": "event.json",
    "deadlines": "deadline.json",
    "glossary": "term.json",
    "tags": "tag.json",
    "eras": "era.json",
    "sources": "source.json",
    "treaties": "treaty.json",
    "countries": "country.json",
    "banned": "banned.json",
    "wording": "wording.json",
}

FILES = [path.relative_to(CONTENT).as_posix() for path in sorted(CONTENT.rglob("*.yaml"))]


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((CONTENT / "schema" / name).read_text(encoding="utf-8")))


def _schema_of(file: str) -> str:
    return SCHEMA_OF[Path(file).parts[0].removesuffix(".yaml")]


def _plain(file: str) -> Any:
    """Return what a file holds as plain values."""
    text = (CONTENT / file).read_text(encoding="utf-8")
    if file.startswith("wording/"):
        document = parse_document(text, file, [])
        return document.value if document else None
    return [parsed.value for entries in parse_entries(text, file, []) for parsed in entries]


def test_the_schema_files_are_up_to_date() -> None:
    """The files in content/schema are exactly those that the models give; `detente schema` writes them."""
    written = {path.name: path.read_text(encoding="utf-8") for path in (CONTENT / "schema").iterdir()}
    assert written == dict(list_schemas())
    assert set(written) == set(SCHEMA_OF.values())


def test_schemas_are_written_where_asked(tmp_path: Path) -> None:
    """Writing makes the folder and one file for each schema."""
    paths = list(write_schemas(tmp_path / "new" / "schema"))
    assert {path.name: path.read_text(encoding="utf-8") for path in paths} == dict(list_schemas())


@pytest.mark.parametrize("name", SCHEMA_OF.values())
def test_every_schema_is_one(name: str) -> None:
    """Each file is valid JSON Schema, draft 2020-12."""
    Draft202012Validator.check_schema(_validator(name).schema)


@pytest.mark.parametrize("file", FILES)
def test_the_content_agrees_with_its_schema(file: str) -> None:
    """Every file of the real content is valid by the schema that editors check it with."""
    errors = [f"{error.json_path}: {error.message}" for error in _validator(_schema_of(file)).iter_errors(_plain(file))]
    assert errors == []


@pytest.mark.parametrize("file", FILES)
def test_every_file_names_its_schema(file: str) -> None:
    """The first line of each file tells editors the schema, by a path that leads to it."""
    first = (CONTENT / file).read_text(encoding="utf-8").splitlines()[0]
    mark, _, path = first.partition("$schema=")
    assert mark == "# yaml-language-server: "
    assert ((CONTENT / file).parent / path).resolve() == (CONTENT / "schema" / _schema_of(file)).resolve()


@pytest.mark.parametrize("folder", SCHEMA_OF)
def test_a_schema_refuses_what_the_models_refuse(folder: str) -> None:
    """An unknown key and a missing one are wrong to editors as well."""
    value = _plain(next(file for file in FILES if file.startswith(folder)))
    validator, entry = _validator(SCHEMA_OF[folder]), value if folder == "wording" else value[0]
    assert validator.is_valid(value)
    entry["colour"] = "red"
    assert not validator.is_valid(value)
    del entry["colour"]
    del entry["about" if folder == "wording" else "id"]
    assert not validator.is_valid(value)


def _unbounded(node: Any, path: tuple[str, ...] = ()) -> list[tuple[str, tuple[str, ...]]]:
    """Return (type, path) of all texts and lists in a schema that may be of any length."""
    if isinstance(node, list):
        return [found for inner in node for found in _unbounded(inner, path)]
    if not isinstance(node, dict):
        return []
    bounds = {"string": {"maxLength", "enum", "const", "pattern"}, "array": {"maxItems"}}.get(str(node.get("type")))
    own = [(str(node["type"]), path)] if bounds is not None and not bounds & node.keys() else []
    return own + [found for key, inner in node.items() for found in _unbounded(inner, (*path, key))]


@pytest.mark.parametrize("name", sorted(set(SCHEMA_OF.values())))
def test_no_text_and_no_list_is_without_end(name: str) -> None:
    """Every text and list has a greatest length, but for ids and zones, which must be known ones, and the list of entries itself."""
    known = {"sources", "tags", "events", "deadlines", "related", "related_topics", "superseded_by", "zone", "treaties", "pair", "between"}
    found = _unbounded(json.loads((CONTENT / "schema" / name).read_text(encoding="utf-8")))
    assert [path for kind, path in found if path and (kind == "array" or not known & set(path[-3:]))] == []
