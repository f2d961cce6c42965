"""The calendar, read by a second implementation of iCalendar: every date where the bot has it, and each entry in its right state."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from ical.calendar_stream import IcsCalendarStream
from ical.event import EventStatus

from bot.domain.entries import Deadline, Precision, Status
from bot.domain.ledger import KnownDate
from bot.domain.schedules import AtMoment, Occurrence, OnDate, Recurring
from bot.domain.statements import Confidence
from bot.services.calendaring import write_calendar

if TYPE_CHECKING:
    from ical.calendar import Calendar
    from ical.event import Event

    from bot.domain.knowledge_base import KnowledgeBase
    from bot.knowledge.snapshot import Snapshot

START, END = date(2026, 11, 22), date(2029, 11, 22)
"""Three years ahead."""


def read(knowledge: KnowledgeBase, *known: KnownDate, tags: tuple[str, ...] = ()) -> Calendar:
    """Write the calendar and read it again with the other implementation."""
    return IcsCalendarStream.calendar_from_ics(write_calendar(knowledge, known, tags).decode())


def entry(knowledge: KnowledgeBase, deadline_id: str, *known: KnownDate) -> Event:
    """Return one entry as the other implementation reads it."""
    return next(event for event in read(knowledge, *known).events if event.uid == f"{deadline_id}@detente-bot")


def changed(knowledge: KnowledgeBase, deadline_id: str, **fields: Any) -> KnowledgeBase:
    """Return the knowledge with other fields in one deadline."""
    return replace(knowledge, deadlines=tuple(d.model_copy(update=fields) if d.id == deadline_id else d for d in knowledge.deadlines))


def dates_of(calendar: Calendar) -> dict[str, set[tuple[object, object]]]:
    """Return the start of each instance within the three years, with its last day or the same moment, by deadline."""
    found: dict[str, set[tuple[object, object]]] = {}
    for event in calendar.timeline_tz(UTC).overlapping(datetime.combine(START, time(), UTC), datetime.combine(END, time(), UTC)):
        start, end = event.dtstart, event.dtend
        if isinstance(start, datetime):
            span: tuple[object, object] = (start.astimezone(UTC), start.astimezone(UTC))
        else:
            assert isinstance(end, date)
            span = (start, end - timedelta(days=1))
        found.setdefault(str(event.uid).removesuffix("@detente-bot"), set()).add(span)
    return found


def expected(deadline: Deadline) -> set[tuple[object, object]]:
    """Return the same by the bot's own reckoning."""
    spans = takewhile(lambda o: o.first < END, deadline.when.occurrences(START))
    return {(o.at, o.at) if o.at else (o.first, o.last) for o in spans}


def test_another_program_reads_every_date_of_the_real_content_as_the_bot_does(snapshot: Snapshot) -> None:
    """For three years ahead both find the same days and moments for every deadline that is not over, and nothing else."""
    knowledge = snapshot.knowledge
    told = dates_of(read(knowledge))
    reckoned = {str(d.id): expected(d) for d in knowledge.deadlines if d.status is not Status.PASSED}
    assert {name: told.get(name, set()) for name in reckoned} == reckoned
    assert len(read(knowledge).events) == len(knowledge.deadlines)


WEEKLY = {"start": "2026-03-01", "rhythm": "every week"}


@pytest.mark.parametrize(
    "when",
    [
        Recurring(rule="FREQ=WEEKLY;BYDAY=SU", time=time(2, 30), zone=ZoneInfo("Europe/Brussels"), **WEEKLY),
        Recurring(rule="FREQ=WEEKLY;BYDAY=SU", time=time(3, 15), zone=ZoneInfo("Europe/Brussels"), **WEEKLY),
        Recurring(rule="FREQ=WEEKLY;BYDAY=SU;UNTIL=20280305", time=time(1, 30), zone=ZoneInfo("America/New_York"), **WEEKLY),
        Recurring(rule="FREQ=DAILY;INTERVAL=3;COUNT=200", time=time(23, 45), zone=ZoneInfo("Australia/Lord_Howe"), **WEEKLY),
        Recurring(rule="FREQ=MONTHLY;BYMONTHDAY=-1", time=time(9), zone=ZoneInfo("Asia/Kathmandu"), **WEEKLY),
        Recurring(rule="FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", start="1931-05-02", rhythm="on the last working day"),
        Recurring(rule="RRULE:freq=yearly;byweekday=-2mo;bymonth=1", start="2026-03-01", rhythm="late in January"),
        Recurring(rule="FREQ=YEARLY;BYWEEKNO=20", start="2026-03-01", rhythm="all of the twentieth week"),
        Recurring(rule="FREQ=YEARLY;BYEASTER=-2", start="2020-01-01", rhythm="on Good Friday"),
        Recurring(
            rule="FREQ=YEARLY;BYEASTER=1", time=time(10), zone=ZoneInfo("Europe/Rome"), start="2020-01-01", rhythm="on Easter Monday"
        ),
        Recurring(rule="FREQ=YEARLY;INTERVAL=2;BYMONTH=6", start="2021-06-16", rhythm="every other year", time=None),
        Recurring(rule="FREQ=DAILY;UNTIL=20270110T120000", start="2026-12-28", rhythm="every day"),
        AtMoment(at="2027-03-28T02:30", zone="Europe/Brussels"),
        OnDate(date="2027-02"),
        OnDate(date="2028"),
        OnDate(date="2027-03-30/2027-04-02"),
    ],
)
def test_rules_zones_and_spans_mean_the_same_to_another_program(base: KnowledgeBase, when: Any) -> None:
    """Hours that the clock skips or repeats, rules that dateutil reads in its own way, and dates of a month or a year, come out the same."""
    known = changed(base, "summit", when=when)
    (deadline,) = (d for d in known.deadlines if d.id == "summit")
    assert dates_of(read(known))["summit"] == expected(deadline)


@pytest.mark.parametrize("name", ["Europe/Brussels", "America/New_York", "Australia/Lord_Howe"])
def test_the_table_of_a_zone_changes_the_clock_at_the_right_minute(base: KnowledgeBase, name: str) -> None:
    """Each change stands in the local time before it, as RFC 5545 has it: one minute earlier the old offset holds, then the new one."""
    zone = ZoneInfo(name)
    when = Recurring(rule="FREQ=WEEKLY", time=time(9), zone=zone, **WEEKLY)
    written: Any = icalendar.Calendar.from_ical(write_calendar(changed(base, "summit", when=when)))
    (table,) = written.timezones
    changes = [
        ((local - part.TZOFFSETFROM).replace(tzinfo=UTC), part.TZOFFSETFROM, part.TZOFFSETTO)
        for part in table.subcomponents
        if "RDATE" in part
        for local in (part.DTSTART, *(each.dt for each in part["RDATE"].dts))
        if part.TZOFFSETFROM != part.TZOFFSETTO
    ]
    assert len(changes) > 100
    for at, before, after in changes:
        assert ((at - timedelta(minutes=1)).astimezone(zone).utcoffset(), at.astimezone(zone).utcoffset()) == (before, after)


@pytest.mark.parametrize(
    ("fields", "status", "summary"),
    [
        ({}, EventStatus.CONFIRMED, "A summit"),
        ({"status": Status.TENTATIVE}, EventStatus.TENTATIVE, "A summit (tentative)"),
        ({"status": Status.CANCELLED}, EventStatus.CANCELLED, "Cancelled: A summit"),
        ({"status": Status.SUPERSEDED, "superseded_by": "vote"}, EventStatus.CANCELLED, "Replaced: A summit"),
        ({"when": OnDate(date="2027-03")}, EventStatus.TENTATIVE, "A summit (some time in March 2027)"),
        ({"status": Status.PASSED, "outcome": "They met."}, EventStatus.CONFIRMED, "A summit"),
        ({"status": Status.PASSED}, EventStatus.CONFIRMED, "A summit (outcome not known here)"),
        ({"as_of": date(2026, 12, 6)}, EventStatus.CONFIRMED, "A summit (outcome not known here)"),
        ({"as_of": date(2026, 12, 6), "precision": Precision.EXPECTED}, EventStatus.TENTATIVE, "A summit (tentative)"),
        ({"as_of": date(2026, 12, 6), "status": Status.TENTATIVE}, EventStatus.TENTATIVE, "A summit (tentative)"),
        ({"status": Status.PASSED, "confidence": Confidence.UNCONFIRMED}, EventStatus.TENTATIVE, "A summit (tentative)"),
    ],
)
def test_an_entry_says_how_certain_it_is(base: KnowledgeBase, fields: dict[str, Any], status: EventStatus, summary: str) -> None:
    """The status and the title tell what is tentative, off, or known to the month only, the title also what ended unknown; the UID stays."""
    event = entry(changed(base, "summit", **fields), "summit")
    assert (event.status, event.summary, event.uid) == (status, summary, "summit@detente-bot")


def test_a_moved_date_is_the_same_entry_in_a_later_revision(base: KnowledgeBase) -> None:
    """The UID stays, the dates follow, the sequence is the number of changes that the database knows of."""
    moved = changed(base, "summit", when=OnDate(date="2026-12-10"), moved_from=OnDate(date="2026-12-03/2026-12-04").date)
    before = entry(base, "summit", KnownDate(deadline="summit", occurrence="2026-12-03/2026-12-04"))
    after = entry(moved, "summit", KnownDate(deadline="summit", occurrence="2026-12-10", changes=1))
    assert (before.uid, before.sequence, before.dtstart, before.dtend) == (after.uid, 0, date(2026, 12, 3), date(2026, 12, 5))
    assert (after.sequence, after.dtstart, after.dtend) == (1, date(2026, 12, 10), date(2026, 12, 11))
    assert "Moved from 3 to 4 December 2026." in str(after.description)


def test_a_date_that_the_content_lost_while_it_was_ahead_stays_as_cancelled(base: KnowledgeBase) -> None:
    """It keeps its day and the number of its revision; one that had passed by then is gone, and so is one with tags asked for."""
    gone_at = datetime(2026, 11, 1, tzinfo=UTC)
    lost = KnownDate(deadline="talks", occurrence="2026-12-24", gone_at=gone_at, changes=2)
    over = KnownDate(deadline="old", occurrence="2026-05-01", gone_at=gone_at)
    moment = KnownDate(deadline="call", occurrence="2026-12-24T17:00Z", gone_at=gone_at)
    events = {str(e.uid): e for e in read(base, lost, over, moment).events}
    told = events["talks@detente-bot"]
    assert (told.status, told.dtstart, told.sequence) == (EventStatus.CANCELLED, date(2026, 12, 24), 2)
    assert events["call@detente-bot"].dtstart == datetime(2026, 12, 24, 17, tzinfo=UTC)
    assert "old@detente-bot" not in events
    assert len(read(base, lost, tags=("nato",)).events) == 2


def test_an_entry_tells_why_how_certain_and_by_which_sources(base: KnowledgeBase) -> None:
    """The description is plain text with the as-of date and every source's address, the URL the first of them, the categories the tags."""
    event = entry(base, "inaugural")
    for said in (
        "It comes every year on 20 January: tentative",
        "It may name the other side.",
        "4 July 2026",
        "https://example.org/ministry",
    ):
        assert said in str(event.description)
    assert "*" not in str(event.description)
    assert str(event.url) == "https://example.org/ministry"
    assert event.categories == ["The war"]


def test_only_the_tags_asked_for_are_told(base: KnowledgeBase) -> None:
    """Any of several tags is enough; without one everything is told."""
    assert [str(e.uid) for e in read(base, tags=("war",)).events] == ["inaugural@detente-bot"]
    assert len(read(base, tags=("war", "nato")).events) == len(read(base).events) == 3


def test_the_bytes_depend_on_nothing_but_the_content_and_its_changes(base: KnowledgeBase) -> None:
    """Written twice it is the same, with lines of 75 bytes at most that end as RFC 5545 demands."""
    written = write_calendar(base)
    assert written == write_calendar(replace(base, deadlines=tuple(reversed(base.deadlines))))
    lines = written.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert not any(b"\n" in line for line in lines)


def test_a_rhythm_that_is_over_is_told_once(base: KnowledgeBase) -> None:
    """Nothing is expected any more of a passed one: only its last instance is left."""
    over = changed(base, "inaugural", status=Status.PASSED, outcome="It ended.")
    assert entry(over, "inaugural").dtstart == date(2026, 1, 20)
    assert entry(over, "inaugural").rrule is None


@pytest.mark.parametrize("text", ["9999", "9998-12-31", "0001"])
def test_the_ends_of_the_calendar_can_be_told(base: KnowledgeBase, text: str) -> None:
    """A date at the end of time leaves room for the day behind it, and one at its beginning keeps its four digits."""
    event = entry(changed(base, "summit", when=OnDate(date=text)), "summit")
    assert event.dtstart is not None
    assert event.dtend is not None
    assert event.dtend > event.dtstart
    assert Occurrence(OnDate(date=text).date.first, OnDate(date=text).date.last).first >= event.dtstart
