"""What a sentence of the wording is: a line that names the fields it may use, so that a slip is found when it is read."""

from __future__ import annotations

from string import Formatter
from typing import Annotated, Any, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator, model_validator

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1200)]


def says(*fields: str) -> Any:  # noqa: ANN401 - pydantic's Field is Any by design
    """Declare a sentence that may use `fields` in braces."""
    return Field(json_schema_extra={"fields": list(fields)})


class Section(BaseModel):
    """A group of sentences."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*")
    @classmethod
    def _can_be_said(cls, value: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 - one line, or a table of lines
        field = cls.model_fields[str(info.field_name)]
        allowed = set((field.json_schema_extra or {}).get("fields", ()))  # type: ignore[union-attr,arg-type]
        if isinstance(value, dict):
            kinds = get_args(field.annotation)[0]
            if missing := [kind.value for kind in kinds if kind not in value]:
                raise ValueError(f"lacks words for {', '.join(missing)}")
        for text in value.values() if isinstance(value, dict) else (value,):
            if isinstance(text, str):
                _check_fields(text, allowed)
        return value


class Descriptions(Section):
    """What Discord shows beside commands and their options; at most 100 characters each."""

    @model_validator(mode="after")
    def _fits_discord(self) -> Self:
        for name, text in self:
            if len(text) > 100:  # noqa: PLR2004 - Discord's limit for descriptions
                msg = f"{name} is {len(text)} characters long; Discord shows at most 100"
                raise ValueError(msg)
        return self


def _check_fields(text: str, allowed: set[str]) -> None:
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"has an unmatched brace: {error}") from None
    for _, name, form, conversion in parts:
        if name is not None and (name not in allowed or form or conversion):
            written = name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
            raise ValueError(f"uses {{{written}}}; it may use {sorted(allowed) or 'no field'}, with nothing else in the braces")
