"""What hypothesis draws dates, schedules, deadlines and wishes from, and the same written by hand for tables."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from bot.domain.dates import DateSpan, PartialDate
from bot.domain.entries import Deadline
from bot.domain.schedules import AtMoment, OnDate, Recurring, Schedule
from bot.domain.subscriptions import (
    ChannelId,
    GuildId,
    Order,
    RoleId,
    Selector,
    Subscription,
    SubscriptionId,
    Timing,
    UserId,
    Wish,
)

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


def schedule(text: str) -> Schedule:
    """Read `2026-12-03`, `2026-12-03/2026-12-04`, `2026-12-03T18:00 Europe/Brussels`, `FREQ=DAILY` or `FREQ=DAILY 18:00 Europe/Brussels`."""
    first, *rest = text.split(" ")
    if first.startswith("FREQ"):
        rule = {"start": "2020-01-01", "rhythm": "now and then", "rule": first}
        return Recurring.model_validate(rule | dict(zip(("time", "zone"), rest, strict=bool(rest))))
    return AtMoment.model_validate({"at": first, "zone": rest[0]}) if rest else OnDate.model_validate({"date": first})


def deadline(when: str, **changes: Any) -> Deadline:
    """Return a valid deadline, a summit where nothing else is said."""
    values = {
        "id": "summit",
        "title": "A summit",
        "kind": "meeting",
        "status": "scheduled",
        "precision": "day",
        "summary": "They meet.",
        "why": "They may talk.",
        "tags": ("nato",),
        "sources": ("ministry",),
        "as_of": "2026-07-04",
    }
    status = {"superseded": {"superseded_by": "other"}, "passed": {"outcome": "It was held."}}.get(changes.get("status", ""), {})
    return Deadline.model_validate({**values, "when": schedule(when), **status, **changes})


def wish(zone: str = "Europe/Brussels", hour: str = "09:00", leads: tuple[int, ...] | None = None, what: str = "all") -> Wish:
    """Return a wish, by default for everything at nine in Brussels."""
    return Wish(Selector.parse(what), leads, Timing(time.fromisoformat(hour), zone))


def subscription(number: int = 1, wanted: Wish | None = None, role_id: int | None = None, **changes: Any) -> Subscription:
    """Return an active subscription of channel 20 in server 10."""
    wanted = wanted or wish()
    order = Order(channel_id=ChannelId(20), selector=wanted.selector, role_id=None if role_id is None else RoleId(role_id))
    values = {"guild_id": GuildId(10), "created_by": UserId(30), "created_at": datetime(2026, 1, 1, tzinfo=UTC)}
    return Subscription(id=SubscriptionId(number), order=order, wish=wanted, **{**values, **changes})


_statuses = st.sampled_from(["scheduled"] * 4 + ["tentative"] * 2 + ["passed", "cancelled", "superseded"])
_lead_days = st.lists(st.sampled_from([0, 1, 2, 7, 30, 365]), min_size=1, unique=True).map(lambda leads: tuple(sorted(leads, reverse=True)))


def whens(around: date) -> st.SearchStrategy[str]:
    """Draw texts for `schedule`: days, spans, moments and recurrences, most of them in the weeks after `around`."""
    days = st.one_of(st.integers(-6, 60), st.integers(-6, 430)).map(lambda number: around + timedelta(days=number))
    clocks = st.builds(lambda clock, zone: f"{clock:%H:%M} {zone}", times, st.sampled_from(ZONES))
    rules = st.one_of(
        st.sampled_from(["FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=MONTHLY;BYMONTHDAY=-1"]),
        days.map(lambda day: f"FREQ=YEARLY;BYMONTH={day.month};BYMONTHDAY={day.day}"),
    )
    return st.one_of(
        days.map(str),
        st.builds(lambda day, more: f"{day}/{day + timedelta(days=more)}", days, st.integers(1, 9)),
        st.builds(lambda day, clock: f"{day}T{clock}", days, clocks),
        rules,
        st.builds(lambda rule, clock: f"{rule} {clock}", rules, clocks),
    )


@st.composite
def calendars(draw: st.DrawFn, around: date) -> tuple[Deadline, ...]:
    """Draw a few deadlines near `around`, with ids of their own."""
    drawn = draw(st.lists(st.tuples(whens(around), _statuses, st.just(()) | _lead_days, st.sampled_from(["nato", "war"])), max_size=4))
    return tuple(
        deadline(when, id=f"d{number}", status=status, lead_days=leads, tags=(tag,))
        for number, (when, status, leads, tag) in enumerate(drawn)
    )


def wishes() -> st.SearchStrategy[Wish]:
    """Draw wishes for the deadlines of `calendars`."""
    whats = st.sampled_from(["all", "all", "tag:nato", "deadline:d0", "deadline:nowhere"])
    hours = st.one_of(st.sampled_from([time(0), time(2, 30), time(9)]), times)
    return st.builds(
        lambda what, leads, hour, zone: Wish(Selector.parse(what), leads, Timing(hour, zone)),
        whats,
        st.none() | _lead_days,
        hours,
        st.sampled_from(ZONES),
    )
