"""What the bot says: a slip in a sentence is found when it is read, not when somebody asks."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from pydantic import BaseModel, ValidationError

from bot.domain.wording import Wording
from bot.errors import UserError
from tests.small import WORDING

if TYPE_CHECKING:
    from collections.abc import Iterator

_REAL: dict[str, Any] = yaml.safe_load(WORDING)

SLIPS: list[tuple[tuple[str, ...], object, str]] = [
    (("dates", "month"), "{month} {yaer}", "uses {yaer}; it may use ['month', 'year']"),
    (("dates", "today"), "{day}", "uses {day}; it may use no field"),
    (("dates", "day"), "{} {month}", "uses {}; it may use"),
    (("dates", "day"), "{day.real}", "uses {day.real}; it may use"),
    (("dates", "day"), "{day[0]}", "uses {day[0]}; it may use"),
    (("dates", "in_days"), "in {days", "has an unmatched brace"),
    (("dates", "in_days"), "in days}", "has an unmatched brace"),
    (("dates", "months"), ["January"], "at least 12 items"),
    (("common", "confidence", "confirmed"), "{when}", "uses {when}; it may use ['date']"),
    (("common", "state", "settled"), "{date}", "uses {date}; it may use no field"),
    (("common", "rank", "gossip"), "hearsay", "Input should be 'primary', 'press', 'research', 'party' or 'other'"),
    (("common", "open"), "  ", "at least 1 character"),
    (("common", "open"), None, "valid string"),
    (("common", "shut"), "Shut", "Extra inputs are not permitted"),
    (("commands", "about"), "x" * 101, "about is 101 characters long; Discord shows at most 100"),
    (("errors", "bad_date"), "{text} {error}", "uses {error}; it may use ['text']"),
    (("greetings",), {}, "Extra inputs are not permitted"),
]


def _with(keys: tuple[str, ...], text: object) -> dict[str, Any]:
    words = copy.deepcopy(_REAL)
    inner = words
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = text
    return words


def _sentences(section: BaseModel) -> Iterator[tuple[str, str, list[str]]]:
    """Yield (name, text, fields it may use) of every sentence of a section."""
    for name, info in type(section).model_fields.items():
        extra = info.json_schema_extra
        fields = extra.get("fields", []) if isinstance(extra, dict) else []
        value = getattr(section, name)
        for text in value.values() if isinstance(value, dict) else [value]:
            if isinstance(text, str):
                yield name, text, [str(field) for field in fields] if isinstance(fields, list) else []


@pytest.mark.parametrize(("keys", "text", "reason"), SLIPS)
def test_a_slip_in_a_sentence_is_found(keys: tuple[str, ...], text: object, reason: str) -> None:
    """An unknown field, an open brace, an unknown key, an empty line and a description too long for Discord are refused."""
    with pytest.raises(ValidationError) as caught:
        Wording.model_validate(_with(keys, text))
    assert reason in str(caught.value)


@pytest.mark.parametrize("section", sorted(_REAL))
def test_a_missing_sentence_is_found(section: str) -> None:
    """A section without its first sentence is refused, and the sentence named."""
    words = copy.deepcopy(_REAL)
    name = next(iter(words[section]))
    del words[section][name]
    with pytest.raises(ValidationError) as caught:
        Wording.model_validate(words)
    assert [detail["loc"] for detail in caught.value.errors() if detail["type"] == "missing"] == [(section, name)]


def test_doubled_braces_are_text() -> None:
    """A brace that is written twice stands for itself."""
    words = Wording.model_validate(_with(("dates", "today"), "{{today}}"))
    assert words.dates.today.format() == "{today}"


@pytest.mark.parametrize("section", sorted(_REAL))
def test_every_sentence_can_be_said(section: str) -> None:
    """Every real sentence can be filled with the fields that it may use."""
    sentences = list(_sentences(getattr(Wording.model_validate(_REAL), section)))
    assert sentences
    for name, text, fields in sentences:
        said = text.format(**dict.fromkeys(fields, "7"))
        assert said.strip(), name


def test_every_complaint_has_its_words() -> None:
    """Every error that a user may read has a sentence."""
    errors = Wording.model_validate(_REAL).errors
    keys = {error.wording_key for error in UserError.__subclasses__()}
    assert keys
    assert keys <= set(type(errors).model_fields)
