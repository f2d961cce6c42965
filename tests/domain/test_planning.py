"""Which alerts fall due when, against the calendar and against a slow, obvious plan."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.entries import Deadline
from bot.domain.ledger import Alert, AlertKind
from bot.domain.planning import GRACE, HORIZON, PLAN_LASTS, DueAlert, Plan, due_at, expires_at, list_upcoming
from bot.domain.schedules import Occurrence
from bot.domain.subscriptions import DEFAULT_LEADS, MAX_LEAD_DAYS, Wish, WishId
from tests.domain.strategies import ZONES, calendars, deadline, schedule, wish, wishes, zones

START = datetime(2027, 3, 10, 12, tzinfo=UTC)
"""Clocks change in the weeks after it, in America, Europe and Australia."""

DUE = [
    ("2027-01-03", 0, "Pacific/Kiritimati", "09:00", "2027-01-02T19:00Z", "a day is that day, fourteen hours east of Greenwich"),
    ("2027-01-03", 0, "Pacific/Pago_Pago", "09:00", "2027-01-03T20:00Z", "and eleven hours west"),
    ("2027-01-03", 7, "Pacific/Pago_Pago", "00:00", "2026-12-27T11:00Z", "a lead is counted on the local calendar"),
    ("2027-01-03", 3, "Pacific/Kiritimati", "23:59", "2026-12-31T09:59Z", "across the year"),
    ("2027-01-03/2027-01-09", 1, "Europe/Brussels", "09:00", "2027-01-02T08:00Z", "a span is counted from its first day"),
    ("2027-01-03T20:00 America/New_York", 0, "America/New_York", "09:00", "2027-01-03T14:00Z", "a moment on the day of its own zone"),
    ("2027-01-03T20:00 America/New_York", 0, "Europe/Brussels", "09:00", "2027-01-04T08:00Z", "is tomorrow in Brussels"),
    ("2027-01-03T20:00 America/New_York", 1, "Asia/Tokyo", "09:00", "2027-01-03T00:00Z", "and the eve of it in Tokyo"),
    ("2027-01-03T00:30 Pacific/Kiritimati", 0, "Pacific/Pago_Pago", "09:00", "2027-01-01T20:00Z", "and two days ago in Pago Pago"),
    ("2027-03-28", 0, "Europe/Berlin", "02:30", "2027-03-28T01:30Z", "02:30 does not exist and moves to 03:30"),
    ("2027-04-04", 7, "Europe/Berlin", "02:30", "2027-03-28T01:30Z", "the gap counts on the lead day"),
    ("2027-03-28", 7, "Europe/Berlin", "02:30", "2027-03-21T01:30Z", "and not on the day itself"),
    ("2027-03-14", 0, "America/New_York", "02:30", "2027-03-14T07:30Z", "03:30 in the east of America"),
    ("2026-10-04", 0, "Australia/Sydney", "02:30", "2026-10-03T16:30Z", "spring in October"),
    ("2026-10-04", 0, "Australia/Lord_Howe", "02:15", "2026-10-03T15:45Z", "a gap of half an hour"),
    ("2026-10-04", 0, "Australia/Lord_Howe", "02:30", "2026-10-03T15:30Z", "and the end of it"),
    ("2026-10-25", 0, "Europe/Berlin", "02:30", "2026-10-25T00:30Z", "the first of two"),
    ("2026-11-01", 0, "America/New_York", "01:30", "2026-11-01T05:30Z", "the first of two"),
    ("2027-04-04", 0, "Australia/Sydney", "02:30", "2027-04-03T15:30Z", "the first of two"),
    ("2027-04-04", 0, "Australia/Lord_Howe", "01:45", "2027-04-03T14:45Z", "the first of two, half an hour apart"),
    ("2027-03-28", 0, "America/Nuuk", "23:30", "2027-03-29T00:30Z", "the eve of Greenland's gap still exists"),
]

KEYS = [
    ("2026-12-03", "2026-12-03"),
    ("2026-12-03/2026-12-04", "2026-12-03/2026-12-04"),
    ("2026-12", "2026-12-01/2026-12-31"),
    ("2026-12-03T23:30 America/New_York", "2026-12-04T04:30Z"),
    ("2026-12-03T01:00 Pacific/Kiritimati", "2026-12-02T11:00Z"),
    ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=3", "2026-12-03"),
    ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=3 10:00 Europe/Brussels", "2026-12-03T09:00Z"),
]

_days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
_minutes = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - hypothesis adds the zone
    lambda moment: moment.replace(second=0, microsecond=0)
)
_occurrences = st.one_of(
    st.builds(lambda day, more: Occurrence(day, day + timedelta(days=more)), _days, st.integers(0, 40)),
    st.builds(lambda at, zone: Occurrence(at.astimezone(zone).date(), at.astimezone(zone).date(), at), _minutes, zones),
)
_calendars = calendars(START.date())
_wishes = st.lists(wishes(), max_size=4).map(lambda drawn: {WishId(number): each for number, each in enumerate(drawn, 1)})
_offsets = st.integers(0, int(PLAN_LASTS.total_seconds())).map(lambda seconds: timedelta(seconds=seconds))


def _first(when: str) -> Occurrence:
    return next(schedule(when).occurrences(date(2026, 1, 1)))


def _search(deadlines: tuple[Deadline, ...], wanted: dict[WishId, Wish], after: datetime, until: datetime) -> list[DueAlert]:
    """Try everything: the plan that is slow and obvious."""
    found = []
    for entry in deadlines:
        upcoming = takewhile(lambda o: o.first <= date(2028, 9, 1), entry.when.occurrences(date(2027, 2, 1)))
        for occurrence in upcoming if entry.status in {"scheduled", "tentative"} else ():
            for wish_id, each in wanted.items():
                leads = (entry.lead_days or DEFAULT_LEADS) if each.leads is None else each.leads
                for lead in leads if each.selector.selects(entry) else ():
                    due = due_at(occurrence, lead, each.timing)
                    if after < due <= until:
                        found.append(DueAlert(due, entry, occurrence, lead, wish_id))
    return sorted(found, key=lambda due: (due.due_at, -due.lead, due.deadline.id, due.wish_id))


@pytest.mark.parametrize(("when", "lead", "zone", "hour", "expected", "why"), DUE, ids=[" ".join(map(str, row[:4])) for row in DUE])
def test_when_an_alert_is_due(when: str, lead: int, zone: str, hour: str, expected: str, why: str) -> None:
    """An alert is due at the local hour of the day so many days earlier, through every clock change."""
    assert due_at(_first(when), lead, wish(zone, hour).timing) == datetime.fromisoformat(expected), why


@given(_days, st.integers(0, MAX_LEAD_DAYS), wishes())
def test_a_day_is_never_shifted(day: date, lead: int, wanted: Wish) -> None:
    """In every zone the alert for a day comes on the local date so many days earlier, at the hour or just after a gap."""
    local = due_at(Occurrence(day, day), lead, wanted.timing).astimezone(wanted.timing.zone_info)
    asked = datetime.combine(day - timedelta(days=lead), wanted.timing.clock_time)
    assert timedelta() <= local.replace(tzinfo=None) - asked <= timedelta(hours=24 if wanted.timing.zone == "Pacific/Apia" else 1)


@given(_minutes, st.integers(0, MAX_LEAD_DAYS), wishes())
def test_a_moment_is_looked_up_on_the_local_calendar(at: datetime, lead: int, wanted: Wish) -> None:
    """The alert for a moment comes as that for the day it falls on there, whatever day its own zone calls it."""
    local = at.astimezone(wanted.timing.zone_info).date()
    moment = Occurrence(at.date(), at.date(), at)
    assert moment.day_in(wanted.timing.zone_info) == local
    assert due_at(moment, lead, wanted.timing) == due_at(Occurrence(local, local), lead, wanted.timing)


@pytest.mark.parametrize(("when", "key"), KEYS)
def test_keys_once_written_stay(when: str, key: str) -> None:
    """The ledger's key of an occurrence is its day, its span or its moment in UTC."""
    found = next(schedule(when).occurrences(date(2026, 11, 22)))
    assert found.key == key
    assert Occurrence.read(key).key == key


@given(_occurrences)
def test_a_key_is_read_back(occurrence: Occurrence) -> None:
    """A key gives back the days or the instant, and the same key again."""
    found = Occurrence.read(occurrence.key)
    assert (found.key, found.at) == (occurrence.key, occurrence.at)
    assert occurrence.at or found == occurrence


@pytest.mark.parametrize("key", ["", "soon", "2026-13-01", "2026-12-03/x", "Z", "2026-12-03T25:00Z"])
def test_what_is_no_key_is_refused(key: str) -> None:
    """A text that is no day, no span and no moment is a ValueError."""
    with pytest.raises(ValueError):
        Occurrence.read(key)


@given(_occurrences, zones)
def test_an_occurrence_ends_with_its_last_local_day(occurrence: Occurrence, zone: ZoneInfo) -> None:
    """A day ends at the first instant of the next one there, a moment at once."""
    end = occurrence.ends_in(zone)
    if occurrence.at:
        assert end == occurrence.at
        return
    assert end.astimezone(zone).date() == occurrence.last + timedelta(days=1)
    assert (end - timedelta(seconds=1)).astimezone(zone).date() == occurrence.last


@given(_occurrences, st.sampled_from([*ZONES, "Etc/GMT+12", "Pacific/Pago_Pago"]))
def test_nobody_is_told_after_the_grace_of_the_last_place(occurrence: Occurrence, zone: str) -> None:
    """What expires has been past for 48 hours in every zone, and in the last place on Earth for exactly these."""
    assert expires_at(occurrence) >= occurrence.ends_in(ZoneInfo(zone)) + GRACE
    assert expires_at(occurrence) == occurrence.ends_in(ZoneInfo("Etc/GMT+12")) + GRACE
    assert timedelta(hours=48) == GRACE


@settings(max_examples=80)
@given(_calendars, _wishes, _offsets, _offsets)
@example((deadline("2027-03-28"),), {WishId(1): wish("Europe/Berlin", "02:30")}, timedelta(), PLAN_LASTS)
@example((deadline("FREQ=WEEKLY 23:30 America/New_York"),), {WishId(1): wish("Pacific/Kiritimati", "00:00")}, timedelta(), PLAN_LASTS)
@example((deadline("2028-04-06", lead_days=[365]),), {WishId(1): wish()}, timedelta(), PLAN_LASTS)
def test_a_plan_is_what_trying_everything_finds(
    deadlines: tuple[Deadline, ...], wanted: dict[WishId, Wish], one: timedelta, other: timedelta
) -> None:
    """In any stretch of its four weeks a plan lists exactly what a search through every pair finds, in the same order."""
    after, until = START + min(one, other), START + max(one, other)
    assert list(Plan(deadlines, wanted, START).list_due(after, until)) == _search(deadlines, wanted, after, until)


@settings(max_examples=60)
@given(_calendars, _wishes, st.data())
def test_a_stretch_may_be_cut_anywhere(deadlines: tuple[Deadline, ...], wanted: dict[WishId, Wish], data: st.DataObject) -> None:
    """However a stretch is cut, at the hour of an alert or between, nothing is lost and nothing comes twice."""
    plan = Plan(deadlines, wanted, START)
    whole = plan.list_due(START, plan.ends_at)
    instants = _offsets.map(lambda offset: START + offset)
    if whole:
        near = st.sampled_from([timedelta(), timedelta(microseconds=-1), timedelta(seconds=1)])
        instants |= st.builds(lambda due, offset: due.due_at + offset, st.sampled_from(whole), near)
    cuts = data.draw(st.lists(instants, max_size=6))
    edges = [START, *sorted(min(max(cut, START), plan.ends_at) for cut in cuts), plan.ends_at]
    assert tuple(due for after, until in pairwise(edges) for due in plan.list_due(after, until)) == whole


@settings(max_examples=60)
@given(_calendars, _wishes, _offsets)
@example((deadline("2027-03-20T02:00 UTC"),), {WishId(1): wish("America/New_York")}, timedelta())
@example((deadline("2027-03-20T22:00 UTC", lead_days=[2]),), {WishId(1): wish("Pacific/Kiritimati")}, timedelta())
def test_looking_again_when_told_misses_nothing(deadlines: tuple[Deadline, ...], wanted: dict[WishId, Wish], offset: timedelta) -> None:
    """From any instant the next one to look at lies ahead, nothing is due before it, and step by step every alert is met."""
    plan = Plan(deadlines, wanted, START)
    after = START + offset
    met: list[DueAlert] = []
    expected = plan.list_due(after, plan.ends_at)
    while after < plan.ends_at:
        following = plan.find_next(after)
        assert after < following <= plan.ends_at
        found = plan.list_due(after, following)
        assert {due.due_at for due in found} <= {following}
        met.extend(found)
        after = following
    assert tuple(met) == expected


@pytest.mark.parametrize("zone", ["America/Nuuk", "America/Scoresbysund"])
def test_an_hour_that_a_gap_moves_past_midnight_is_kept(zone: str) -> None:
    """Where 23:30 does not exist and becomes 00:30 of the next day, somebody who looks from midnight on still meets it."""
    plan = Plan((deadline("2027-03-27"),), {WishId(1): wish(zone, "23:30", (0,))}, START)
    due, midnight = datetime(2027, 3, 28, 1, 30, tzinfo=UTC), datetime(2027, 3, 28, 1, tzinfo=UTC)
    assert [found.due_at for found in plan.list_due(START, plan.ends_at)] == [due]
    assert [found.due_at for found in plan.list_due(midnight, plan.ends_at)] == [due]
    assert plan.find_next(midnight) == due


def test_a_plan_without_anything_ends_after_four_weeks() -> None:
    """With no deadlines, no wishes or neither, the next instant to look at is the end of the plan."""
    for deadlines, wanted in (((), {}), ((deadline("2027-03-20"),), {}), ((), {WishId(1): wish()})):
        plan = Plan(deadlines, wanted, START)
        assert plan.find_next(START) == plan.ends_at == START + timedelta(days=28)
        assert plan.list_due(START, plan.ends_at) == ()


@pytest.mark.parametrize("lead", [0, MAX_LEAD_DAYS])
def test_the_last_instant_of_a_plan_is_still_its_own(lead: int) -> None:
    """What falls due as the plan ends is listed by it, however far ahead it is, and what comes a minute later is not."""
    end = START + PLAN_LASTS
    when = str(end.date() + timedelta(days=lead))
    at_end, later = wish("UTC", f"{end:%H:%M}", (lead,)), wish("UTC", f"{end + timedelta(minutes=1):%H:%M}", (lead,))
    plan = Plan((deadline(when),), {WishId(1): at_end, WishId(2): later}, START)
    assert [(due.due_at, due.wish_id) for due in plan.list_due(START, plan.ends_at)] == [(end, 1)]
    assert plan.find_next(end - timedelta(minutes=1)) == end
    assert PLAN_LASTS + timedelta(days=MAX_LEAD_DAYS + 1) < HORIZON


@pytest.mark.parametrize("status", ["passed", "cancelled", "superseded"])
def test_what_is_expected_no_more_is_not_planned(status: str) -> None:
    """A deadline that has passed, was cancelled or was replaced has no alerts."""
    plan = Plan((deadline("2027-03-20", status=status),), {WishId(1): wish()}, START)
    assert plan.list_due(START, plan.ends_at) == ()
    assert plan.find_next(START) == plan.ends_at


def test_an_alert_carries_its_name_for_the_ledger() -> None:
    """A due alert names its deadline, its occurrence by key, and its lead."""
    plan = Plan((deadline("2027-03-20/2027-03-21"),), {WishId(1): wish(leads=(1,))}, START)
    (due,) = plan.list_due(START, plan.ends_at)
    assert due.alert == Alert(kind=AlertKind.ALERT, deadline="summit", occurrence="2027-03-20/2027-03-21", lead=1)
    assert due.due_at == datetime.combine(date(2027, 3, 19), time(8), UTC)


@settings(max_examples=60)
@given(_calendars, wishes(), _offsets)
def test_what_comes_next_is_what_the_plan_will_send(deadlines: tuple[Deadline, ...], wanted: Wish, offset: timedelta) -> None:
    """The preview of a subscription lists in order, and only ahead, what the plan lists for its wish."""
    now = START + offset
    found = list_upcoming(deadlines, wanted, now, 10_000)
    plan = Plan(deadlines, {WishId(1): wanted}, now)
    assert [f[0] for f in found] == sorted(f[0] for f in found if f[0] > now)
    near = {(due, entry.id, occurrence, lead) for due, entry, occurrence, lead in found if due <= plan.ends_at}
    assert near == {(due.due_at, due.deadline.id, due.occurrence, due.lead) for due in plan.list_due(now, plan.ends_at)}
    assert list_upcoming(deadlines, wanted, now, 3) == found[:3]


@pytest.mark.parametrize(
    ("when", "changes", "expected"),
    [
        ("2027-03-12", {}, ["2027-03-11T08:00Z 1", "2027-03-12T08:00Z 0"]),
        ("2027-03-12", {"lead_days": [2]}, []),
        ("2027-03-10", {}, []),
        ("2027-03-10T23:00 America/New_York", {}, ["2027-03-11T08:00Z 0"]),
        ("2027-03-12", {"status": "tentative"}, ["2027-03-11T08:00Z 1", "2027-03-12T08:00Z 0"]),
        ("2027-03-12", {"status": "cancelled"}, []),
        ("2027-03-12", {"status": "superseded"}, []),
        ("2027-03-12", {"status": "passed"}, []),
        ("2027-03-12", {"tags": ["war"]}, []),
        ("FREQ=WEEKLY;COUNT=377", {}, ["2027-03-16T08:00Z 1", "2027-03-17T08:00Z 0"]),
    ],
)
def test_what_comes_next(when: str, changes: dict[str, object], expected: list[str]) -> None:
    """Only alerts ahead are shown, and none of what is expected no more or not wished for."""
    found = list_upcoming([deadline(when, **changes)], wish(what="tag:nato"), START, 5)
    assert [f"{due:%Y-%m-%dT%H:%MZ} {lead}" for due, _, _, lead in found] == expected


def test_what_comes_at_one_hour_is_shown_by_its_dates_and_then_by_id() -> None:
    """Of several dates told at the same hour the nearest stands first, whatever it is called; those of one day are in the order of their ids."""
    days = {"c": "2027-03-12", "b": "2027-03-12", "a": "2027-03-19", "d": "2027-03-11"}
    found = list_upcoming([deadline(day, id=name) for name, day in days.items()], wish(leads=(7, 0)), START, 4)
    assert [(entry.id, lead) for _, entry, _, lead in found] == [("d", 0), ("b", 0), ("c", 0), ("a", 7)]


@pytest.mark.parametrize(
    ("start", "when", "zone", "due"),
    [
        ("2027-03-10T02:00Z", "2027-03-09", "America/New_York", "2027-03-10T03:00Z"),
        ("2027-03-10T07:00Z", "2027-03-08T23:30 Pacific/Pago_Pago", "Pacific/Kiritimati", "2027-03-10T08:00Z"),
    ],
)
def test_a_plan_begins_where_the_day_is_not_over_yet(start: str, when: str, zone: str, due: str) -> None:
    """On the evening of a day that is over in UTC, and even two days after the day it is counted by, an alert on the day itself is planned."""
    plan = Plan((deadline(when),), {WishId(1): wish(zone, "22:00", (0,))}, datetime.fromisoformat(start))
    assert [found.due_at for found in plan.list_due(datetime.fromisoformat(start), plan.ends_at)] == [datetime.fromisoformat(due)]
