"""When a deadline falls, in every zone and through every clock change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from time import process_time as time_spent
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bot.domain.schedules import Occurrence, Recurring, Schedule, find_last, find_next, instant, next_occurrences
from tests.domain.strategies import clock_changes, moments, recurring, times, zones

_ADAPTER: TypeAdapter[Schedule] = TypeAdapter(Schedule)

UNUSABLE = [
    ({}, "needs one of: date, or at with zone, or start with rule and rhythm"),
    ("2026", "needs one of"),
    ({"date": "2026-13"}, "month must be in 1..12"),
    ({"date": "2026-11-22", "zone": "Europe/Brussels"}, "Extra inputs"),
    ({"at": "2026-11-22T10:00"}, "Field required"),
    ({"at": "2026-11-22T25:00", "zone": "Europe/Brussels"}, "hour must be in 0..23"),
    ({"at": "2026-11-22T10:00", "zone": "Mars/Olympus"}, "is not an IANA time zone"),
    ({"at": "2026-11-22T10:00", "zone": "../../etc/passwd"}, "is not an IANA time zone"),
    ({"rule": "every year"}, "must be one RRULE"),
    ({"rule": "FREQ=SOMETIMES"}, "is not a recurrence rule"),
    ({"rule": "FREQ=YEARLY;UNTIL=20300101T000000Z"}, "is not a recurrence rule"),
    ({"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "never occurs"),
    ({"rule": "FREQ=DAILY;COUNT=0"}, "must be one RRULE"),
    ({"rule": "FREQ=DAILY;INTERVAL=0"}, "must be one RRULE"),
    ({"rule": "freq=daily;byhour=9"}, "must be one RRULE"),
    ({"rule": "DTSTART:20300101T000000\nRRULE:FREQ=YEARLY"}, "must be one RRULE"),
    ({"rule": "FREQ=YEARLY;UNTIL=20190101"}, "never occurs"),
    ({"rule": "FREQ=HOURLY"}, "must be one RRULE that counts in days or longer"),
    ({"rule": "FREQ=MINUTELY;COUNT=1"}, "must be one RRULE"),
    ({"rule": "FREQ=DAILY;BYHOUR=9,17"}, "must be one RRULE"),
    ({"rule": "RRULE:FREQ=DAILY\nEXDATE:20200101T000000"}, "must be one RRULE"),
    ({"rule": "FREQ=YEARLY;BYEASTER=260"}, "has 'BYEASTER=260', which is out of bounds"),
    ({"rule": "FREQ=MONTHLY;BYDAY=53MO"}, "has 'BYDAY=53MO', which is out of bounds"),
    ({"rule": "FREQ=YEARLY;BYMONTH=12;BYDAY=53MO"}, "out of bounds"),
    ({"rule": "FREQ=YEARLY;BYDAY=54MO"}, "out of bounds"),
    ({"rule": "FREQ=DAILY;BYEASTER=0"}, "out of bounds"),
    ({"rule": "FREQ=MONTHLY;BYWEEKNO=1"}, "out of bounds"),
    ({"rule": "FREQ=YEARLY;BYMONTH=13"}, "out of bounds"),
    ({"rule": "FREQ=YEARLY;BYMONTH=1,0"}, "out of bounds"),
    ({"rule": "FREQ=DAILY;INTERVAL=1000"}, "out of bounds"),
    ({"rule": "FREQ=DAILY;INTERVAL=-1"}, "out of bounds"),
    ({"rule": "FREQ=DAILY;COUNT=99999999999999999999"}, "out of bounds"),
    ({"rule": "FREQ=DAILY;UNTIL=99991231;BYMONTH=2;BYMONTHDAY=30"}, "out of bounds"),
    ({"rule": "FREQ=DAILY;UNTIL=soon"}, "out of bounds"),
    ({"rule": "FREQ=DAILY", "start": "0001-01-01"}, "counts from a day between 1900-01-01 and 2200-01-01"),
    ({"rule": "FREQ=DAILY", "start": "9999-12-31"}, "counts from a day between 1900-01-01 and 2200-01-01"),
    ({"rule": "FREQ=DAILY", "time": "10:00"}, "time and zone belong together"),
    ({"rule": "FREQ=DAILY", "zone": "Europe/Brussels"}, "time and zone belong together"),
]

UPCOMING = [
    ({"date": "2026-12-03/2026-12-04"}, "2026-12-04", ["2026-12-03"]),
    ({"date": "2026-12-03/2026-12-04"}, "2026-12-05", []),
    ({"date": "2026-12"}, "2026-12-31", ["2026-12-01"]),
    ({"at": "2026-11-03T23:30", "zone": "America/New_York"}, "2026-11-03", ["2026-11-03"]),
    ({"at": "2026-11-03T23:30", "zone": "America/New_York"}, "2026-11-04", []),
    ({"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"}, "2021-01-01", ["2024-02-29", "2028-02-29", "2032-02-29"]),
    ({"rule": "FREQ=MONTHLY;BYMONTHDAY=31"}, "2026-01-31", ["2026-01-31", "2026-03-31", "2026-05-31"]),
    ({"rule": "FREQ=MONTHLY;BYMONTHDAY=-1"}, "2024-02-01", ["2024-02-29", "2024-03-31", "2024-04-30"]),
    ({"rule": "FREQ=MONTHLY;BYDAY=2TU"}, "2026-11-11", ["2026-12-08", "2027-01-12", "2027-02-09"]),
    ({"rule": "FREQ=YEARLY;BYEASTER=0"}, "2026-01-01", ["2026-04-05", "2027-03-28", "2028-04-16"]),
    ({"rule": "FREQ=YEARLY;COUNT=8"}, "2026-01-01", ["2026-01-01", "2027-01-01"]),
    ({"rule": "FREQ=YEARLY;UNTIL=20270101"}, "2026-06-01", ["2027-01-01"]),
]

INSTANTS = [
    ("Europe/Brussels", "2026-03-29T02:30", "2026-03-29T01:30Z", "the hour that is skipped moves on to 03:30"),
    ("Europe/Brussels", "2026-03-29T03:00", "2026-03-29T01:00Z", "the first minute after the gap"),
    ("Europe/Brussels", "2026-10-25T02:30", "2026-10-25T00:30Z", "the first of two"),
    ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:30Z", "west of Greenwich the gap moves on too"),
    ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30Z", "the first of two"),
    ("Australia/Sydney", "2026-10-04T02:30", "2026-10-03T16:30Z", "spring in October"),
    ("Australia/Sydney", "2026-04-05T02:30", "2026-04-04T15:30Z", "autumn in April"),
    ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45Z", "a gap of thirty minutes"),
    ("America/Santiago", "2026-09-06T00:10", "2026-09-06T04:10Z", "midnight itself is skipped"),
    ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00Z", "a whole day that never was"),
    ("Asia/Kathmandu", "2026-11-22T00:00", "2026-11-21T18:15Z", "an offset of three quarters of an hour"),
]


def _schedule(value: dict[str, str]) -> Schedule:
    return _ADAPTER.validate_python({"start": "2020-01-01", "rhythm": "now and then", **value} if "rule" in value else value)


@pytest.mark.parametrize(("value", "reason"), UNUSABLE)
def test_a_schedule_that_cannot_be_kept_is_refused(value: dict[str, str], reason: str) -> None:
    """A rule that is none, never occurs or counts in hours, a bad zone and a bad date are refused with the reason."""
    with pytest.raises(ValidationError, match=reason):
        _schedule(value)


def test_a_rule_that_never_occurs_is_told_soon() -> None:
    """A rule of single days that fits none is not looked for through eight thousand years, whatever end it names."""
    began = time_spent()
    for end in ("", ";UNTIL=24001231", ";COUNT=9999"):
        with pytest.raises(ValidationError, match="never occurs"):
            _schedule({"rule": f"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30{end}", "start": "1900-01-01"})
    assert time_spent() - began < 3


@pytest.mark.parametrize(("value", "start", "expected"), UPCOMING)
def test_occurrences_follow_the_calendar(value: dict[str, str], start: str, expected: list[str]) -> None:
    """The next three occurrences that end on or after a day are those of the calendar."""
    found = next_occurrences(_schedule(value), date.fromisoformat(start), 3)
    assert [str(occurrence.first) for occurrence in found] == expected


@pytest.mark.parametrize(("zone", "local", "expected", "why"), INSTANTS, ids=[f"{i[0]} {i[1]}" for i in INSTANTS])
def test_local_times_around_clock_changes(zone: str, local: str, expected: str, why: str) -> None:
    """A local time becomes the instant that its zone's clocks show, with gaps moved forward and folds taken first."""
    wanted = datetime.fromisoformat(local)
    assert instant(wanted.date(), wanted.time(), ZoneInfo(zone)) == datetime.fromisoformat(expected), why


@given(st.deferred(lambda: st.sampled_from(clock_changes())), times)
def test_instants_on_the_days_clocks_change(change: tuple[ZoneInfo, date], clock_time: time) -> None:
    """A local time that exists gives its first instant; one that a gap skips moves forward by exactly the gap."""
    zone, day = change
    local = datetime.combine(day, clock_time)
    found = instant(day, clock_time, zone)
    offsets = {datetime.combine(day + timedelta(days=n), time(), zone).utcoffset() or timedelta() for n in (-1, 0, 1, 2)}
    candidates = [(local - offset).replace(tzinfo=UTC) for offset in offsets]
    real = [candidate for candidate in candidates if candidate.astimezone(zone).replace(tzinfo=None) == local]
    if real:
        assert found == min(real)
    else:
        assert found.astimezone(zone).replace(tzinfo=None) - local == max(offsets) - min(offsets)


@given(st.dates(date(1995, 1, 1), date(2035, 1, 1)), times, zones)
def test_an_instant_is_never_before_the_hour_asked_for(day: date, clock_time: time, zone: ZoneInfo) -> None:
    """At the instant of a local time the clocks of its zone show that time or, only where it does not exist, a later one."""
    shown = instant(day, clock_time, zone).astimezone(zone).replace(tzinfo=None)
    assert shown >= datetime.combine(day, clock_time)
    assert shown == datetime.combine(day, clock_time) or shown - datetime.combine(day, clock_time) <= timedelta(days=1)


def test_a_recurring_local_time_keeps_its_hour_through_clock_changes() -> None:
    """A meeting at ten in Brussels is at nine UTC in winter and at eight in summer."""
    weekly = _schedule({"rule": "FREQ=WEEKLY", "time": "10:00", "zone": "Europe/Brussels"})
    found = next_occurrences(weekly, date(2026, 3, 25), 2)
    assert [o.at for o in found] == [datetime(2026, 3, 25, 9, tzinfo=UTC), datetime(2026, 4, 1, 8, tzinfo=UTC)]


@given(st.dates(date(1995, 1, 1), date(2035, 1, 1)), moments)
def test_a_day_is_over_when_it_has_ended_everywhere(day: date, now: datetime) -> None:
    """A day without a moment is over exactly when the last place on Earth (UTC-12) has left it."""
    for moment in (
        now,
        datetime.combine(day + timedelta(days=1), time(12), UTC),
        datetime.combine(day + timedelta(days=1), time(11, 59), UTC),
    ):
        assert Occurrence(day, day).is_over(moment) is (moment.astimezone(ZoneInfo("Etc/GMT+12")).date() > day)


@given(moments)
def test_a_moment_is_over_once_it_has_passed(now: datetime) -> None:
    """A legal moment is not over while it strikes and over a second later."""
    occurrence = Occurrence(now.date(), now.date(), now)
    assert not occurrence.is_over(now)
    assert occurrence.is_over(now + timedelta(seconds=1))
    assert occurrence.reckoned_at == now


@settings(max_examples=50)
@given(recurring(), moments)
def test_the_next_occurrence_is_the_first_that_is_not_over(schedule: Recurring, now: datetime) -> None:
    """What comes next is not over, everything before it is, and nothing comes next only where everything is over."""
    found = find_next(schedule, now)
    horizon = found.first if found else date(2070, 1, 1)
    earlier = takewhile(lambda o: o.first < horizon, schedule.occurrences(schedule.start))
    assert all(occurrence.is_over(now) for occurrence in earlier)
    assert found is None or not found.is_over(now)


@settings(max_examples=50)
@given(recurring(), moments)
def test_the_last_occurrence_is_the_latest_that_is_over(schedule: Recurring, now: datetime) -> None:
    """What came last is over, and nothing after it is."""
    found = find_last(schedule, now)
    later = schedule.occurrences(found.first + timedelta(days=1) if found else schedule.start)
    following = next(later, None)
    assert found is None or found.is_over(now)
    assert following is None or not following.is_over(now)


@pytest.mark.parametrize(
    ("value", "now", "ahead", "over"),
    [
        ({"date": "2026-12-03/2026-12-04"}, "2026-11-22T12:00Z", True, False),
        ({"date": "2026-12-03/2026-12-04"}, "2026-12-05T11:59Z", True, False),
        ({"date": "2026-12-03/2026-12-04"}, "2026-12-05T12:00Z", False, True),
        ({"at": "2026-11-03T18:00", "zone": "America/New_York"}, "2026-11-03T23:00Z", True, False),
        ({"at": "2026-11-03T18:00", "zone": "America/New_York"}, "2026-11-03T23:01Z", False, True),
        ({"rule": "FREQ=YEARLY;COUNT=1"}, "2019-12-31T00:00Z", True, False),
        ({"rule": "FREQ=YEARLY;COUNT=1"}, "2020-01-02T12:00Z", False, True),
        ({"rule": "FREQ=DAILY"}, "2026-11-22T12:00Z", True, True),
    ],
)
def test_what_is_ahead_and_what_is_over(value: dict[str, str], now: str, *, ahead: bool, over: bool) -> None:
    """Something lies ahead until it is over, and only then behind."""
    schedule, moment = _schedule(value), datetime.fromisoformat(now)
    assert (find_next(schedule, moment) is not None, find_last(schedule, moment) is not None) == (ahead, over)
