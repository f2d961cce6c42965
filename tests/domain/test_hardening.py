"""Dates, schedules and addresses that once slipped through."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from bot.domain.dates import DayField, PartialDate
from bot.domain.schedules import AtMoment, Recurring, find_next
from bot.domain.screens import EventScreen, TimelineScreen, read_address
from tests.small import NOW


def _rule(rule: str, **more: str) -> Recurring:
    return Recurring.model_validate({"start": "2020-01-01", "rhythm": "x", "rule": rule, **more})


@pytest.fixture
def at_most_two_seconds() -> Iterator[None]:
    """End a test that would hang."""

    def stop(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(2)
    yield
    signal.alarm(0)


@pytest.mark.parametrize("text", ["1991-00", "1991-12-00", "1991-00-00", "0 December 1991"])
def test_month_and_day_zero_are_refused(text: str) -> None:
    """Month and day zero are refused."""
    with pytest.raises(ValueError):
        PartialDate.parse(text)


def test_years_below_1000_survive_their_text() -> None:
    """Years below 1000 survive their text."""
    assert PartialDate.parse(str(PartialDate(800))) == PartialDate(800)


@pytest.mark.parametrize("screen", [TimelineScreen(search="0"), EventScreen("0"), EventScreen("x", "0")])
def test_a_text_0_survives_in_an_address(screen: Any) -> None:
    """A text 0 survives in an address."""
    assert read_address(screen.address()) == screen


@pytest.mark.parametrize("rule", ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"])
def test_a_daily_moment_east_of_greenwich_has_a_next(rule: str) -> None:
    """A daily moment east of greenwich has a next."""
    for zone, time in (("Europe/Moscow", "01:00"), ("Pacific/Kiritimati", "00:00")):
        found = find_next(_rule(rule, time=time, zone=zone), datetime(2026, 11, 22, 23, tzinfo=UTC))
        assert found is not None


@pytest.mark.parametrize("rule", ["freq=hourly", "FREQ=DAILY;byhour=9,17", "FREQ=DAILY;ByMinute=1"])
def test_lower_case_sub_daily_rules_are_refused(rule: str) -> None:
    """Lower case sub daily rules are refused."""
    with pytest.raises(ValidationError, match="days or longer"):
        _rule(rule)


@pytest.mark.usefixtures("at_most_two_seconds")
def test_interval_zero_is_refused_or_ends() -> None:
    """Interval zero is refused or ends."""
    with pytest.raises(ValidationError):
        find_next(_rule("FREQ=DAILY;INTERVAL=0"), NOW)


@pytest.mark.parametrize("rule", ["DTSTART:20300101T000000\nRRULE:FREQ=YEARLY", "DTSTART:20300101T000000Z\nRRULE:FREQ=YEARLY"])
def test_a_dtstart_in_the_rule_is_refused(rule: str) -> None:
    """A dtstart in the rule is refused."""
    with pytest.raises(ValidationError):
        next(_rule(rule).occurrences(date(2020, 1, 1)))


@pytest.mark.parametrize("at", ["2026-02-05T00:00+00:00", "2026-02-05T00:00Z", "2026-02-05", 2026])
def test_a_moment_with_an_offset_or_without_time_is_refused(at: object) -> None:
    """A moment with an offset or without time is refused."""
    with pytest.raises(ValidationError):
        AtMoment.model_validate({"at": at, "zone": "Europe/Moscow"})


def test_a_time_with_an_offset_is_refused() -> None:
    """A time with an offset is refused."""
    with pytest.raises(ValidationError):
        _rule("FREQ=DAILY", time="10:00+05:00", zone="Europe/Moscow")


@pytest.mark.parametrize("number", [0, 86400])
def test_a_number_is_no_day(number: int) -> None:
    """A number is no day."""
    with pytest.raises(ValidationError):
        TypeAdapter(DayField).validate_python(number)
