"""What the bot says, apart from the facts: every sentence with the fields it may use, so that a slip is found at load."""

from __future__ import annotations

from string import Formatter
from typing import Annotated, Any, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator, model_validator

from bot.domain.entries import Confidence, DeadlineKind, Precision, Rank, Stance, Standing, State

_Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1200)]


def _says(*fields: str) -> Any:  # noqa: ANN401 - pydantic's Field is Any by design
    """Declare a sentence that may use `fields` in braces."""
    return Field(json_schema_extra={"fields": list(fields)})


class _Section(BaseModel):
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


def _check_fields(text: str, allowed: set[str]) -> None:
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"has an unmatched brace: {error}") from None
    for _, name, form, conversion in parts:
        if name is not None and (name not in allowed or form or conversion):
            written = name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
            raise ValueError(f"uses {{{written}}}; it may use {sorted(allowed) or 'no field'}, with nothing else in the braces")


class Dates(_Section):
    """How dates are written."""

    months: Annotated[tuple[str, ...], Field(min_length=12, max_length=12)]
    day: _Line = _says("day", "month", "year")
    month: _Line = _says("month", "year")
    day_of_month: _Line = _says("day", "month")
    span: _Line = _says("first", "last")
    moment: _Line = _says("day", "time", "zone")
    today: _Line
    tomorrow: _Line
    under_way: _Line
    yesterday: _Line
    in_days: _Line = _says("days")
    days_ago: _Line = _says("days")


class Common(_Section):
    """Lines that several cards share."""

    confirmed_to: _Line = _says("date")
    confidence: dict[Confidence, _Line] = _says("date")
    state: dict[State, _Line]
    caveat: _Line = _says("text")
    unknown_after: _Line = _says("date", "what")
    review_due: _Line = _says("date")
    sources: _Line
    more_sources: _Line = _says("count")
    rank: dict[Rank, _Line]
    language: _Line = _says("language")
    not_opened: _Line
    published: _Line = _says("date")
    open: _Line
    first: _Line
    previous: _Line
    next: _Line
    last: _Line
    where: _Line = _says("first", "last", "total", "page", "pages")
    more_answers: _Line
    read_on: _Line
    timeline: _Line
    deadlines: _Line
    sources_button: _Line
    back: _Line


class TopicWords(_Section):
    """The card of `/allies`."""

    facts: _Line
    positions: _Line
    position: _Line = _says("who", "says")
    next_deadline: _Line = _says("title", "when", "certainty")
    no_next_deadline: _Line
    next_button: _Line
    closest: _Line = _says("text")
    suggestions: _Line = _says("text")
    suggestions_hint: _Line
    term: _Line


class TimelineWords(_Section):
    """The pages of `/timeline`."""

    title: _Line
    filtered: _Line = _says("filters")
    everything: _Line
    from_date: _Line = _says("date")
    to_date: _Line = _says("date")
    tag: _Line = _says("tag")
    search: _Line = _says("text")
    topic: _Line = _says("title")
    empty: _Line
    eras: _Line
    stance: dict[Stance, _Line]
    our_reading: _Line = _says("stance")
    tags: _Line = _says("tags")


class DeadlineWords(_Section):
    """The pages of `/deadlines` and the card of one."""

    title: _Line
    title_all: _Line
    tag: _Line = _says("tag")
    topic: _Line = _says("title")
    empty: _Line
    passed: _Line
    tags: _Line
    all_tags: _Line
    kind: dict[DeadlineKind, _Line]
    standing: dict[Standing, _Line]
    precision: dict[Precision, _Line]
    rhythm: _Line = _says("rhythm")
    moved_from: _Line = _says("date")
    summary: _Line
    why: _Line
    change: _Line
    history: _Line
    outcome: _Line
    outcome_unknown: _Line = _says("date")
    following: _Line = _says("dates")
    superseded_by: _Line = _says("title")
    show_all: _Line
    show_ahead: _Line


class AboutWords(_Section):
    """The card of `/about`."""

    title: _Line
    what: _Line
    how: _Line
    data: _Line
    commands: _Line
    version: _Line = _says("version", "content", "date", "topics", "events", "deadlines", "sources")


class CommandWords(_Section):
    """What Discord shows beside the commands; at most 100 characters each."""

    allies: _Line
    allies_topic: _Line
    private: _Line
    timeline: _Line
    timeline_from: _Line
    timeline_to: _Line
    timeline_tag: _Line
    timeline_search: _Line
    deadlines: _Line
    deadlines_tag: _Line
    deadlines_all: _Line
    about: _Line

    @model_validator(mode="after")
    def _fits_discord(self) -> Self:
        for name, text in self:
            if len(text) > 100:  # noqa: PLR2004 - Discord's limit for descriptions
                msg = f"{name} is {len(text)} characters long; Discord shows at most 100"
                raise ValueError(msg)
        return self


class ErrorWords(_Section):
    """What somebody reads when something cannot be answered."""

    bad_date: _Line = _says("text")
    empty_range: _Line = _says("first", "last")
    unknown_tag: _Line = _says("text", "tags")
    entry_gone: _Line = _says("name")
    stale_control: _Line
    search_too_long: _Line
    unexpected: _Line = _says("error_id")


class Wording(BaseModel):
    """Everything the bot says in one language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dates: Dates
    common: Common
    topic: TopicWords
    timeline: TimelineWords
    deadline: DeadlineWords
    about: AboutWords
    commands: CommandWords
    errors: ErrorWords
