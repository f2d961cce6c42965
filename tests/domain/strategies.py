"""What hypothesis draws dates, zones and schedules from."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from bot.domain.dates import DateSpan, PartialDate
from bot.domain.schedules import Recurring

ZONES = (
    "Europe/Brussels",
    "Europe/Dublin",
    "Europe/Moscow",
    "Africa/Casablanca",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",
    "America/Asuncion",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "Etc/GMT+12",
    "Pacific/Kiritimati",
)
"""Both hemispheres, half hours, a DST step of thirty minutes, a country that skipped a day, and both ends of the Earth's day."""

RULES = (
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=9",
    "FREQ=YEARLY;BYEASTER=0",
    "FREQ=YEARLY;INTERVAL=2;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
    "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FREQ=MONTHLY;INTERVAL=6;BYDAY=-1FR",
    "FREQ=WEEKLY;BYDAY=MO,TH",
    "FREQ=WEEKLY;INTERVAL=2;COUNT=30",
    "FREQ=MONTHLY;UNTIL=20200101",
)

times = st.times().map(lambda t: t.replace(second=0, microsecond=0, fold=0))
zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.datetimes(datetime(1995, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


def partial_dates(first: date = date(1000, 1, 1), last: date = date.max) -> st.SearchStrategy[PartialDate]:
    """Draw dates known to the year, the month or the day."""
    known = st.integers(1, 3)
    return st.builds(lambda day, parts: PartialDate(*(day.year, day.month, day.day)[:parts]), st.dates(first, last), known)


def spans(first: date = date(1000, 1, 1), last: date = date.max) -> st.SearchStrategy[DateSpan]:
    """Draw single dates and spans."""
    pairs = st.tuples(partial_dates(first, last), partial_dates(first, last)).map(sorted)
    return pairs.filter(lambda pair: pair[0].first <= pair[1].last).map(lambda pair: DateSpan(*pair))


def recurring(rules: tuple[str, ...] = RULES) -> st.SearchStrategy[Recurring]:
    """Draw recurrences, half of them with a local time."""
    clocks = st.one_of(st.just((None, None)), st.tuples(times, zones))
    return st.builds(
        lambda start, rule, clock: Recurring(start=start, rule=rule, rhythm="now and then", time=clock[0], zone=clock[1]),
        st.dates(date(1990, 1, 1), date(2018, 1, 1)),
        st.sampled_from(rules),
        clocks,
    )


@cache
def clock_changes() -> tuple[tuple[ZoneInfo, date], ...]:
    """Return (zone, day) for every day from 2010 to 2013 on which a zone changes its offset."""
    days = [date(2010, 1, 1) + timedelta(days=number) for number in range(365 * 4)]
    return tuple(
        (zone, day)
        for zone in map(ZoneInfo, ZONES)
        for day in days
        if datetime.combine(day, time(), zone).utcoffset() != datetime.combine(day + timedelta(days=1), time(), zone).utcoffset()
    )
