"""JSON Schema files for editors: completion and checks while an entry is being written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, TypeAdapter

from bot.domain.wording import Wording
from bot.knowledge.loading import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FILE_NAMES = {
    "topics": "topic",
    "events": "event",
    "deadlines": "deadline",
    "treaties": "treaty",
    "countries": "country",
    "glossary": "term",
    "tags": "tag",
    "eras": "era",
    "sources": "source",
    "banned": "banned",
}


def list_schemas() -> Iterator[tuple[str, str]]:
    """Yield (file name, text) of every schema; a file of entries is an array of them."""
    for kind, model in KINDS.items():
        adapter: TypeAdapter[Any] = TypeAdapter(list[model])  # type: ignore[valid-type]
        yield f"{_FILE_NAMES[kind]}.json", _text(adapter.json_schema(), f"content/{kind}: a list of entries")
    yield "wording.json", _text(_schema(Wording), "content/wording: what the bot says")


def write_schemas(folder: Path) -> Iterator[Path]:
    """Write every schema into `folder`; yield the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in list_schemas():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        yield path


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _text(schema: dict[str, Any], title: str) -> str:
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": title}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"
