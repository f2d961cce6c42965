"""Dates as precise as they are known."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bot.domain.dates import DateSpan, DayField, PartialDate, SpanField
from tests.domain.strategies import partial_dates, spans

READABLE = [
    ("1991", PartialDate(1991)),
    ("1991-12", PartialDate(1991, 12)),
    ("1991-12-25", PartialDate(1991, 12, 25)),
    ("1991-2-5", PartialDate(1991, 2, 5)),
    ("  1991-12-25\n", PartialDate(1991, 12, 25)),
    ("December 1991", PartialDate(1991, 12)),
    ("dec 1991", PartialDate(1991, 12)),
    ("DEC. 1991", PartialDate(1991, 12)),
    ("December, 1991", PartialDate(1991, 12)),
    ("25 December 1991", PartialDate(1991, 12, 25)),
    ("25. December 1991", PartialDate(1991, 12, 25)),
    ("25 dec. 1991", PartialDate(1991, 12, 25)),
    ("December 25, 1991", PartialDate(1991, 12, 25)),
    ("December 25 1991", PartialDate(1991, 12, 25)),
    ("dec. 25, 1991", PartialDate(1991, 12, 25)),
    ("29 February 2024", PartialDate(2024, 2, 29)),
    ("may 2026", PartialDate(2026, 5)),
]

UNREADABLE = [
    ("", "is not a year, month or day"),
    ("yesterday", "is not a year, month or day"),
    ("91", "is not a year, month or day"),
    ("19910", "is not a year, month or day"),
    ("1991/12/25", "is not a year, month or day"),
    ("25.12.1991", "is not a year, month or day"),
    ("1991-12-25T10:00", "is not a year, month or day"),
    ("25 Smarch 1991", "is not a year, month or day"),
    ("١٩٩١", "is not a year, month or day"),
    ("1991-13", "month must be in 1..12"),
    ("1991-02-30", "day is out of range for month"),
    ("29 February 2026", "day is out of range for month"),
    ("February 30, 2024", "day is out of range for month"),
    ("1991-00-05", "count from 1"),
    ("1991-00", "count from 1"),
    ("1991-12-00", "count from 1"),
    ("0 December 1991", "count from 1"),
    ("0000", "count from 1"),
]

ENDS = [
    ("1991", date(1991, 1, 1), date(1991, 12, 31)),
    ("1991-02", date(1991, 2, 1), date(1991, 2, 28)),
    ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
    ("1900-02", date(1900, 2, 1), date(1900, 2, 28)),
    ("1991-12", date(1991, 12, 1), date(1991, 12, 31)),
    ("1991-12-25", date(1991, 12, 25), date(1991, 12, 25)),
    ("9999", date(9999, 1, 1), date.max),
]


@pytest.mark.parametrize(("text", "expected"), READABLE)
def test_what_people_write_is_read(text: str, expected: PartialDate) -> None:
    """ISO dates and dates with an English month are read as precisely as they are written."""
    assert PartialDate.parse(text) == expected


@pytest.mark.parametrize(("text", "reason"), UNREADABLE)
def test_anything_else_is_refused_with_a_reason(text: str, reason: str) -> None:
    """A text that is no date, or names a day that never was, is refused and the reason said."""
    with pytest.raises(ValueError, match=reason):
        PartialDate.parse(text)


@pytest.mark.parametrize(("text", "first", "last"), ENDS)
def test_a_partial_date_covers_all_it_can_mean(text: str, first: date, last: date) -> None:
    """The first and last day of a year, a month and a day are those of the calendar."""
    value = PartialDate.parse(text)
    assert (value.first, value.last) == (first, last)


@given(partial_dates())
def test_a_partial_date_survives_its_text(value: PartialDate) -> None:
    """Writing a date out and reading it back gives the same date at the same precision."""
    assert PartialDate.parse(str(value)) == value


@given(st.dates(date(1000, 1, 1)))
def test_every_spelling_of_a_day_means_that_day(day: date) -> None:
    """The English spellings of a day, and its month alone, are read as that day and that month."""
    name, short = calendar.month_name[day.month], calendar.month_abbr[day.month]
    for text in (f"{day.day} {name} {day.year}", f"{name} {day.day}, {day.year}", f"{day.day} {short.upper()}. {day.year}"):
        assert PartialDate.parse(text) == PartialDate.of(day)
    assert PartialDate.parse(f"{short} {day.year}") == PartialDate(day.year, day.month)


@given(partial_dates())
def test_the_ends_of_a_partial_date_have_its_known_parts(value: PartialDate) -> None:
    """Both ends share every part that is known, and the days just outside do not."""

    def means(day: date) -> bool:
        return (day.year, day.month if value.month else 0, day.day if value.day else 0) == (value.year, value.month, value.day)

    assert means(value.first)
    assert means(value.last)
    assert value.first == date.min or not means(value.first - timedelta(days=1))
    assert value.last == date.max or not means(value.last + timedelta(days=1))


@given(spans())
def test_a_span_survives_its_text(span: DateSpan) -> None:
    """Writing a span out and reading it back gives the same span."""
    assert DateSpan.parse(str(span)) == span
    assert ("/" in str(span)) is not span.is_single


@given(spans(date(1990, 1, 1), date(1992, 12, 31)), st.dates(date(1989, 6, 1), date(1993, 6, 1)), st.integers(0, 500))
def test_overlap_is_sharing_a_day(span: DateSpan, first: date, length: int) -> None:
    """A span overlaps a stretch of days exactly if one of its days lies in the stretch."""
    last = first + timedelta(days=length)
    days = (span.first + timedelta(days=number) for number in range((span.last - span.first).days + 1))
    assert span.overlaps(first, last) is any(first <= day <= last for day in days)


@pytest.mark.parametrize(
    ("first", "last", "overlaps"),
    [
        ("1991-12-01", "1991-12-24", False),
        ("1991-12-01", "1991-12-25", True),
        ("1991-12-26", "1991-12-26", True),
        ("1991-12-27", "1992-01-01", True),
        ("1991-12-28", "1992-01-01", False),
        ("1991-01-01", "1992-01-01", True),
    ],
)
def test_touching_by_one_day_is_overlapping(first: str, last: str, *, overlaps: bool) -> None:
    """The first and the last day of a span belong to it, and those of the stretch to the stretch."""
    span = DateSpan.parse("1991-12-25/1991-12-27")
    assert span.overlaps(date.fromisoformat(first), date.fromisoformat(last)) is overlaps


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1945/1941", "1941 lies before 1945"),
        ("1991-12-25/1991-12-24", "1991-12-24 lies before 1991-12-25"),
        ("1991/", "'' is not a year"),
        ("/1991", "'' is not a year"),
        ("1991/1992/1993", "'1992/1993' is not a year"),
        ("1991-13/1992", "month must be in 1..12"),
    ],
)
def test_a_span_that_is_none_is_refused(text: str, reason: str) -> None:
    """A span that runs backwards, lacks an end or holds no date is refused and the reason said."""
    with pytest.raises(ValueError, match=reason):
        DateSpan.parse(text)


@pytest.mark.parametrize("text", ["1991/1991-06", "1991-06/1991", "1991-12-25/1991-12", "1941-11-07/1945-09-20"])
def test_ends_of_a_span_may_be_known_unequally(text: str) -> None:
    """A span is fine as long as its end can lie on or after its start."""
    assert str(DateSpan.parse(text)) == text


@pytest.mark.parametrize("text", ["2026", "2026-11", "2026-13-01", "soon"])
def test_a_field_for_a_day_wants_a_full_day(text: str) -> None:
    """A year, a month or no date at all is refused where a day is needed."""
    with pytest.raises(ValidationError, match=r"must be a full day|month must be in|is not a year"):
        TypeAdapter(DayField).validate_python(text)


def test_fields_of_content_read_text_and_bare_years() -> None:
    """A span field takes a text or a bare YAML year, a day field a text; both are written out as text again."""
    span = TypeAdapter[DateSpan](SpanField)
    assert span.validate_python(1991) == DateSpan.parse("1991")
    assert span.dump_python(span.validate_python("1941/1945-09")) == "1941/1945-09"
    assert TypeAdapter(DayField).validate_python("2026-11-22") == date(2026, 11, 22)
