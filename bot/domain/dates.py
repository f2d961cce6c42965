"""Dates as precise as they are known: a year, a month, a day, or a span of such."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Self

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_ISO = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_MONTHS = {name.lower(): number for number in range(1, 13) for name in (calendar.month_name[number], calendar.month_abbr[number])}
_DAY_MONTH_YEAR = re.compile(r"(?:(\d{1,2})\.?\s+)?([a-z]{3,9})\.?,?\s+(\d{4})", re.ASCII)
_MONTH_DAY_YEAR = re.compile(r"([a-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})", re.ASCII)
_ISO_SHAPE = r"\d{4}(-\d{2}(-\d{2})?)?"


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A calendar date known to the year, the month or the day; `month` and `day` are 0 where unknown."""

    year: int
    month: int = 0
    day: int = 0

    def __post_init__(self) -> None:
        """Raise ValueError where no such date exists."""
        if self.day and not self.month:
            msg = "a day needs a month"
            raise ValueError(msg)
        date(self.year, self.month or 1, self.day or 1)

    @property
    def first(self) -> date:
        """The earliest day it can mean."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last(self) -> date:
        """The latest day it can mean."""
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    def __str__(self) -> str:
        """ISO 8601, as long as it is known: 1991, 1991-12 or 1991-12-25."""
        return "-".join([f"{self.year:04}", *(f"{part:02}" for part in (self.month, self.day) if part)])

    @classmethod
    def of(cls, day: date) -> Self:
        """Return `day`, known to the day."""
        return cls(day.year, day.month, day.day)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read 1991, 1991-12, 1991-12-25, "December 1991", "25 December 1991" or "December 25, 1991".

        Raises ValueError with a reason for anything else.
        """
        cleaned = text.strip()
        if match := _ISO.fullmatch(cleaned):
            return cls(*_counted(match.groups()))
        day, month, year = _named_month(cleaned.lower())
        return cls(*_counted((year, month, day)))


def _counted(parts: tuple[str | int | None, ...]) -> list[int]:
    """Return year, month and day as far as they are given; a zero that somebody wrote is no month and no day."""
    given = [int(part) for part in parts if part is not None]
    if 0 in given:
        raise ValueError("years, months and days count from 1")
    return given


def _named_month(text: str) -> tuple[str | None, int, str]:
    """Read a date written with the English name of a month, as (day or None, month, year)."""
    if match := _DAY_MONTH_YEAR.fullmatch(text):
        day, name, year = match.groups()
    elif match := _MONTH_DAY_YEAR.fullmatch(text):
        name, day, year = match.groups()
    else:
        name, day, year = "", None, "0"
    if name not in _MONTHS:
        msg = f"{text!r} is not a year, month or day such as 1991, 1991-12 or 1991-12-25"
        raise ValueError(msg)
    return day, _MONTHS[name], year


@dataclass(frozen=True, slots=True, order=True)
class DateSpan:
    """From one partial date to another, both included; `start == end` for a single date."""

    start: PartialDate
    end: PartialDate

    def __post_init__(self) -> None:
        """Raise ValueError where the end lies before the start."""
        if self.end.last < self.start.first:
            msg = f"{self.end} lies before {self.start}"
            raise ValueError(msg)

    @property
    def first(self) -> date:
        """The earliest day of the span."""
        return self.start.first

    @property
    def last(self) -> date:
        """The latest day of the span."""
        return self.end.last

    @property
    def is_single(self) -> bool:
        """Whether it is one date rather than a span."""
        return self.start == self.end

    def overlaps(self, first: date, last: date) -> bool:
        """Whether any day of it lies between `first` and `last`, both included."""
        return self.first <= last and self.last >= first

    def __str__(self) -> str:
        """ISO 8601 interval: 1941-11-07/1945-09-20, or the one date."""
        return str(self.start) if self.is_single else f"{self.start}/{self.end}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "1991-12-25" or "1941-11-07/1945-09-20"; raises ValueError with a reason."""
        start, slash, end = text.partition("/")
        first = PartialDate.parse(start)
        return cls(first, PartialDate.parse(end) if slash else first)


def _read_span(value: object) -> object:
    return DateSpan.parse(str(value)) if isinstance(value, str | int) else value


def _read_partial(value: object) -> object:
    return PartialDate.parse(str(value)) if isinstance(value, str | int) else value


def _read_day(value: object) -> object:
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise ValueError("must be a full day such as 2026-11-22")  # noqa: TRY004 - pydantic turns ValueErrors into problems
    parsed = PartialDate.parse(value)
    if not parsed.day:
        msg = f"{value!r} must be a full day such as 2026-11-22"
        raise ValueError(msg)
    return parsed.first


SpanField = Annotated[
    DateSpan,
    BeforeValidator(_read_span),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{_ISO_SHAPE}(/{_ISO_SHAPE})?$"}),
]
PartialField = Annotated[
    PartialDate,
    BeforeValidator(_read_partial),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{_ISO_SHAPE}$"}),
]
DayField = Annotated[
    date,
    BeforeValidator(_read_day),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}),
]
