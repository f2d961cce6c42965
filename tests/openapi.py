"""Discord's own description of its API, to hold every payload against where the file is at hand.

DISCORD_OPENAPI names it; otherwise a `reference/discord-openapi.json` in a folder beside the project is taken.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry
from referencing.jsonschema import DRAFT202012

_ROOT = Path(__file__).resolve().parent.parent
_URI = "urn:discord-openapi"


def find_description() -> Path | None:
    """Return the path of Discord's OpenAPI file, or None where it is not at hand."""
    if named := os.environ.get("DISCORD_OPENAPI"):
        return Path(named)
    return next(iter(sorted(_ROOT.parent.glob("*/reference/discord-openapi.json"))), None)


@cache
def _description(path: Path) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return whole


@cache
def _checker(path: Path, pointer: str) -> jsonschema_rs.Validator:
    """Return a fast yes or no; the description is large, and Python's own validator takes a tenth of a second a message."""
    registry = jsonschema_rs.Registry([(_URI, _description(path))], draft=jsonschema_rs.Draft202012)
    return jsonschema_rs.Draft202012Validator({"$ref": f"{_URI}#{quote(pointer)}"}, registry=registry)


def _explain(path: Path, pointer: str, body: Any) -> str:
    """Return which part of the body is wrong, and why."""
    registry: Registry[Any] = Registry().with_resource(_URI, DRAFT202012.create_resource(_description(path)))
    error = best_match(Draft202012Validator({"$ref": f"{_URI}#{pointer}"}, registry=registry).iter_errors(body))
    return "unknown" if error is None else f"{error.json_path}: {str(error.message)[:500]}"


def find_violation(path: Path, method: str, url: str, body: Any) -> str | None:
    """Return what is wrong with the body of a request, or None; raises LookupError for a route that does not exist."""
    template = _template(path, url)
    pointer = f"/paths/{template.replace('/', '~1')}/{method.lower()}/requestBody/content/application~1json/schema"
    if _checker(path, pointer).is_valid(body):
        return None
    return f"{method} {url}: {_explain(path, pointer, body)}"


def _template(path: Path, url: str) -> str:
    parts = url.strip("/").split("/")
    fitting: list[str] = [t for t in _description(path)["paths"] if _fits(t.strip("/").split("/"), parts)]
    if not fitting:
        raise LookupError(f"Discord describes no route {url}")
    return max(fitting, key=lambda t: len(re.sub(r"{\w+}", "", t)))


def _fits(template: list[str], parts: list[str]) -> bool:
    return len(template) == len(parts) and all(t.startswith("{") or t == p for t, p in zip(template, parts, strict=True))
