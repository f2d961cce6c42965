"""What an editor may have meant by a name that is none: the keys of a model, and what comes nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel
from rapidfuzz import fuzz, process

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_SIMILAR = 60.0
"""Least rapidfuzz ratio (0 to 100) at which a name counts as a misspelling of another."""

MOST_GUESSES = 100
"""Names that are compared with all others in one check; beyond that something larger is wrong than a slip."""


def guess(name: str, names: Iterable[str]) -> str:
    """Return " (did you mean …?)" with the nearest of `names`, or nothing where none is near."""
    found = process.extractOne(name, list(names), scorer=fuzz.ratio, processor=str.casefold, score_cutoff=_SIMILAR)
    return f" (did you mean {found[0]!r}?)" if found else ""


def list_keys(model: type[BaseModel], path: Sequence[int | str]) -> tuple[str, ...]:
    """Return the keys that may stand in a `model`, or in what `path` leads to within it; none where that holds no keys of its own."""
    models = [model]
    for key in path:
        if isinstance(key, str):
            fields = (inner.model_fields[key] for inner in models if key in inner.model_fields)
            models = [inner for field in fields for inner in _list_models(field.annotation)]
    return tuple(dict.fromkeys(key for inner in models for key in _list_written(inner)))


def _list_written(model: type[BaseModel]) -> Iterator[str]:
    return (field.alias or name for name, field in model.model_fields.items())


def _list_models(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - whatever a field is declared as
    """Yield the models that a field may hold: by itself, in a list, or as one of several."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _list_models(part)
