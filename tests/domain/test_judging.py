"""What becomes of a delivery at the moment it could go out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.entries import Deadline
from bot.domain.judging import LATE_AFTER, Reason, Ruling, find_occurrence, judge
from bot.domain.ledger import Alert, AlertId, AlertKind, Delivery, DeliveryState
from bot.domain.planning import GRACE, due_at, expires_at
from bot.domain.schedules import Occurrence
from bot.domain.subscriptions import Status, Wish
from tests.domain.strategies import deadline, schedule, subscription, whens, wishes

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
"""Nine in Brussels, a week before the summit."""

GONE_AT = NOW - timedelta(hours=1)
DAY, SPAN, MOMENT = "2026-12-03", "2026-12-03/2026-12-05", "2026-12-03T18:00 Europe/Brussels"
SENDING, SUPERSEDED, EXPIRED = DeliveryState.SENDING, DeliveryState.SUPERSEDED, DeliveryState.EXPIRED
CANCELLED, PAUSED = DeliveryState.CANCELLED, DeliveryState.PAUSED
ON_TIME, LATE = (SENDING, None, False), (SENDING, None, True)

ALERTS: list[tuple[str, str, int, int, str, tuple[DeliveryState, Reason | None, bool]]] = [
    ("on the minute", DAY, 7, 7, "2026-11-26T08:00Z", ON_TIME),
    ("a little before, its hour having moved", DAY, 7, 7, "2026-11-26T07:00Z", ON_TIME),
    ("ten minutes after", DAY, 7, 7, "2026-11-26T08:10Z", ON_TIME),
    ("later than that", DAY, 7, 7, "2026-11-26T08:10:01Z", LATE),
    ("two days later, no nearer lead in the ledger", DAY, 7, 7, "2026-11-28T08:00Z", LATE),
    ("a nearer lead is in the ledger", DAY, 7, 1, "2026-12-02T08:00Z", (SUPERSEDED, Reason.NEARER, False)),
    ("the nearest itself", DAY, 1, 1, "2026-12-02T08:00Z", ON_TIME),
    ("the nearest, late", DAY, 0, 0, "2026-12-03T20:00Z", LATE),
    ("the day is over in Brussels", DAY, 0, 0, "2026-12-03T23:00Z", LATE),
    ("past for a little less than 48 hours", DAY, 0, 0, "2026-12-05T22:59:59Z", LATE),
    ("past for 48 hours", DAY, 0, 0, "2026-12-05T23:00Z", (EXPIRED, Reason.PAST, False)),
    ("past for long, and a nearer lead", DAY, 7, 0, "2027-01-01T00:00Z", (EXPIRED, Reason.PAST, False)),
    ("past for less, and a nearer lead", DAY, 7, 0, "2026-12-04T00:00Z", (SUPERSEDED, Reason.NEARER, False)),
    ("a span is past after its last day", SPAN, 0, 0, "2026-12-07T22:59Z", LATE),
    ("a span has been past for 48 hours", SPAN, 0, 0, "2026-12-07T23:00Z", (EXPIRED, Reason.PAST, False)),
    ("a moment on its day", MOMENT, 0, 0, "2026-12-03T08:00Z", ON_TIME),
    ("past a moment", MOMENT, 0, 0, "2026-12-05T16:59Z", LATE),
    ("48 hours past a moment", MOMENT, 0, 0, "2026-12-05T17:00Z", (EXPIRED, Reason.PAST, False)),
    ("a recurring day", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=3", 7, 7, "2026-11-26T08:00Z", ON_TIME),
    ("a recurring moment", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=3 18:00 Europe/Brussels", 7, 7, "2026-11-26T08:00Z", ON_TIME),
]

CHANGED: list[tuple[str, Deadline | None, Reason | None]] = [
    ("nothing", deadline(DAY), None),
    ("a typo", deadline(DAY, title="A typo put right"), None),
    ("tentative", deadline(DAY, status="tentative"), None),
    ("moved", deadline("2026-12-04"), Reason.MOVED),
    ("the day became days", deadline(SPAN), Reason.MOVED),
    ("the day got an hour", deadline(MOMENT), Reason.MOVED),
    ("another rule", deadline("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=4"), Reason.MOVED),
    ("a rule that has the day too", deadline("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=3"), None),
    ("cancelled", deadline(DAY, status="cancelled"), Reason.CANCELLED),
    ("cancelled and moved", deadline("2026-12-04", status="cancelled"), Reason.CANCELLED),
    ("superseded", deadline(DAY, status="superseded"), Reason.CANCELLED),
    ("outcome known", deadline(DAY, status="passed"), Reason.OUTCOME),
    ("outcome not known", deadline(DAY, status="passed", outcome=None, unknown_after={"date": "2026-12-03", "what": "x"}), None),
    ("gone", None, Reason.GONE),
]

NOTICES: list[tuple[AlertKind, str, Deadline | None, tuple[DeliveryState, Reason | None, str | None]]] = [
    (AlertKind.MOVED, "2026-12-10", deadline("2026-12-10"), (SENDING, None, "2026-12-10")),
    (AlertKind.MOVED, "2026-12-10", deadline("2026-12-17"), (SUPERSEDED, Reason.CHANGED_AGAIN, None)),
    (AlertKind.MOVED, "2026-12-10", deadline(DAY), (SUPERSEDED, Reason.CHANGED_AGAIN, None)),
    (AlertKind.MOVED, "2026-12-10", deadline("2026-12-10", status="cancelled"), (SUPERSEDED, Reason.CHANGED_AGAIN, None)),
    (AlertKind.MOVED, "2026-12-10", deadline("2026-12-10", status="passed"), (SUPERSEDED, Reason.CHANGED_AGAIN, None)),
    (AlertKind.MOVED, "2026-12-10", None, (DeliveryState.WAITING, Reason.GONE, None)),
    (AlertKind.MOVED, "", deadline(DAY), (SUPERSEDED, Reason.CHANGED_AGAIN, None)),
    (AlertKind.CANCELLED, "", deadline(DAY), (SUPERSEDED, Reason.CHANGED_AGAIN, None)),
    (AlertKind.OUTCOME, "", deadline(DAY), (SUPERSEDED, Reason.CHANGED_AGAIN, None)),
    (AlertKind.CANCELLED, "", deadline(DAY, status="cancelled"), (SENDING, None, DAY)),
    (AlertKind.CANCELLED, "", deadline("2026-12-10", status="superseded"), (SENDING, None, DAY)),
    (AlertKind.CANCELLED, "", None, (DeliveryState.WAITING, Reason.GONE, None)),
    (AlertKind.OUTCOME, "", deadline(DAY, status="passed"), (SENDING, None, DAY)),
    (AlertKind.OUTCOME, "", None, (DeliveryState.WAITING, Reason.GONE, None)),
    (AlertKind.RESTORED, "", deadline(DAY), (SUPERSEDED, Reason.CHANGED_AGAIN, None)),
    (AlertKind.RESTORED, "", deadline(DAY, status="cancelled"), (SUPERSEDED, Reason.CHANGED_AGAIN, None)),
    (AlertKind.RESTORED, "", deadline("2026-12-10"), (SUPERSEDED, Reason.CHANGED_AGAIN, None)),
    (AlertKind.RESTORED, "", None, (DeliveryState.WAITING, Reason.GONE, None)),
    (AlertKind.DRILL, "1", deadline(DAY), (SENDING, None, DAY)),
    (AlertKind.DRILL, "1", deadline("2026-12-10"), (CANCELLED, Reason.MOVED, None)),
    (AlertKind.DRILL, "1", deadline(DAY, status="cancelled"), (CANCELLED, Reason.CANCELLED, None)),
    (AlertKind.DRILL, "1", deadline(DAY, status="passed"), (CANCELLED, Reason.OUTCOME, None)),
    (AlertKind.DRILL, "1", None, (CANCELLED, Reason.GONE, None)),
]

FOUND = [
    (DAY, DAY, True),
    (DAY, "2026-12-04", False),
    (DAY, "2026-12-03/2026-12-04", False),
    (DAY, "2026-12-03T00:00Z", False),
    (SPAN, SPAN, True),
    (SPAN, "2026-12-03", False),
    (SPAN, "2026-12-04/2026-12-05", False),
    (MOMENT, "2026-12-03T17:00Z", True),
    (MOMENT, "2026-12-03T18:00Z", False),
    (MOMENT, "2026-12-03", False),
    ("2026-12-03T23:30 America/New_York", "2026-12-04T04:30Z", True),
    ("2026-12-03T01:00 Pacific/Kiritimati", "2026-12-02T11:00Z", True),
    ("FREQ=DAILY", "2031-02-28", True),
    ("FREQ=DAILY", "2019-12-31", False),
    ("FREQ=DAILY;COUNT=3", "2020-01-04", False),
    ("FREQ=WEEKLY 23:30 America/New_York", "2026-11-26T04:30Z", True),
    ("FREQ=WEEKLY 01:00 Pacific/Kiritimati", "2026-11-24T11:00Z", True),
    ("FREQ=DAILY 01:00 Pacific/Kiritimati", "2026-11-24T11:00Z", True),
    ("FREQ=DAILY 23:30 America/New_York", "2026-11-26T04:30Z", True),
    ("FREQ=WEEKLY 01:00 Pacific/Kiritimati", "2026-11-25T11:00Z", False),
    (DAY, "", False),
    (DAY, "soon", False),
]


def _delivery(alert: Alert, nearest_lead: int = 0, wanted: Wish | None = None, **changes: Any) -> Delivery:
    entry = subscription(1, wanted, **changes)
    return Delivery(alert_id=AlertId(1), alert=alert, subscription=entry, nearest_lead=nearest_lead, gone_at=GONE_AT, told=alert.occurrence)


def _alert(kind: AlertKind = AlertKind.ALERT, occurrence: str = DAY, lead: int = 0, detail: str = "") -> Alert:
    return Alert(kind=kind, deadline="summit", occurrence=occurrence, lead=lead, detail=detail)


@pytest.mark.parametrize(("case", "when", "lead", "nearest", "now", "expected"), ALERTS, ids=[row[0] for row in ALERTS])
def test_an_alert_whose_date_stands(
    case: str, when: str, lead: int, nearest: int, now: str, expected: tuple[DeliveryState, Reason | None, bool]
) -> None:
    """It is sent, marked late after ten minutes, gives way to a nearer one, and ends 48 hours after its date."""
    occurrence = next(schedule(when).occurrences(date(2026, 11, 22)))
    ruling = judge(_delivery(_alert(occurrence=occurrence.key, lead=lead), nearest), deadline(when), datetime.fromisoformat(now))
    assert (ruling.state, ruling.reason, ruling.is_late) == expected, case
    assert ruling.occurrence == (occurrence if ruling.state is SENDING else None)


@pytest.mark.parametrize(("change", "entry", "reason"), CHANGED, ids=[row[0] for row in CHANGED])
def test_an_alert_whose_deadline_changed(change: str, entry: Deadline | None, reason: Reason | None) -> None:
    """It ends where its date no longer stands, and says why; a change that leaves the date leaves the alert."""
    ruling = judge(_delivery(_alert(lead=7), 7), entry, NOW)
    assert (ruling.state, ruling.reason) == ((CANCELLED, reason) if reason else (SENDING, None)), change


@pytest.mark.parametrize(("kind", "detail", "entry", "expected"), NOTICES)
def test_notices_and_drills(
    kind: AlertKind, detail: str, entry: Deadline | None, expected: tuple[DeliveryState, Reason | None, str | None]
) -> None:
    """A notice speaks of the date it is about and is never late; one of a move gives way to a further move, and none goes out for a change that was taken back."""
    for now in (NOW, NOW + timedelta(days=9)):
        ruling = judge(_delivery(_alert(kind, DAY, 0, detail)), entry, now)
        assert (ruling.state, ruling.reason, ruling.occurrence and ruling.occurrence.key) == expected
        assert not ruling.is_late


@pytest.mark.parametrize("kind", [kind for kind in AlertKind if kind is not AlertKind.ALERT])
def test_old_news_is_told_to_nobody(kind: AlertKind) -> None:
    """A notice or a drill ends when it is worth nothing any more, also where its date is gone; an alert goes by its own date."""
    delivery = replace(_delivery(_alert(kind)), expires_at=NOW)
    for entry in (deadline(DAY), deadline(DAY, status="cancelled"), None):
        assert judge(delivery, entry, NOW) == Ruling(EXPIRED, Reason.OLD_NEWS)
        assert judge(delivery, entry, NOW - timedelta(seconds=1)).state is not EXPIRED
    assert judge(replace(_delivery(_alert(AlertKind.ALERT)), expires_at=NOW), deadline(DAY), NOW).state is SENDING


def test_a_notice_names_the_date_that_was_told() -> None:
    """Told of the 3rd and never of the 10th, a channel hears that the 3rd became the 17th; told of nothing, it hears nothing."""
    notice = Alert(kind=AlertKind.MOVED, deadline="summit", occurrence="2026-12-10", detail="2026-12-17")
    entry = deadline("2026-12-17")
    told = judge(replace(_delivery(notice), told=DAY), entry, NOW)
    assert (told.state, told.previous, told.occurrence) == (SENDING, Occurrence.read(DAY), Occurrence.read("2026-12-17"))
    assert judge(replace(_delivery(notice), told=None), entry, NOW) == Ruling(SUPERSEDED, Reason.CHANGED_AGAIN)
    assert judge(replace(_delivery(notice), told="2026-12-17"), entry, NOW) == Ruling(SUPERSEDED, Reason.CHANGED_AGAIN)
    assert judge(replace(_delivery(notice), is_being_told=True), entry, NOW).state is DeliveryState.WAITING


@pytest.mark.parametrize("kind", list(AlertKind))
def test_what_is_missing_waits_for_an_hour(kind: AlertKind) -> None:
    """An alert and a drill wait while their deadline is missing for less than an hour, and end when that is over; news waits on."""
    delivery = _delivery(_alert(kind))
    waits, ended = Ruling(DeliveryState.WAITING, Reason.GONE), Ruling(CANCELLED, Reason.GONE)
    assert judge(delivery, None, NOW - timedelta(seconds=1)) == waits
    assert judge(delivery, None, NOW) == (ended if kind in {AlertKind.ALERT, AlertKind.DRILL} else waits)
    assert judge(replace(delivery, gone_at=None), None, NOW) == waits


TOLD: list[tuple[str, AlertKind, AlertKind, str, str, Deadline, tuple[AlertKind | None, str] | None]] = [
    ("cancelled, on again", AlertKind.RESTORED, AlertKind.CANCELLED, DAY, "", deadline(DAY), (AlertKind.RESTORED, DAY)),
    ("over too early, on again", AlertKind.RESTORED, AlertKind.OUTCOME, DAY, "", deadline(DAY), (AlertKind.RESTORED, DAY)),
    ("never told that it was off", AlertKind.RESTORED, AlertKind.ALERT, DAY, "", deadline(DAY), None),
    ("told already that it is on", AlertKind.RESTORED, AlertKind.RESTORED, DAY, "", deadline(DAY), None),
    ("told already that it is off", AlertKind.CANCELLED, AlertKind.CANCELLED, DAY, "", deadline(DAY, status="cancelled"), None),
    ("told that it was on again", AlertKind.CANCELLED, AlertKind.RESTORED, DAY, "", deadline(DAY, status="cancelled"), (None, DAY)),
    ("told already how it ended", AlertKind.OUTCOME, AlertKind.OUTCOME, DAY, "", deadline(DAY, status="passed"), None),
    ("told that it was off", AlertKind.OUTCOME, AlertKind.CANCELLED, DAY, "", deadline(DAY, status="passed"), (None, DAY)),
    ("off, on again on another day", AlertKind.MOVED, AlertKind.CANCELLED, DAY, "2026-12-10", deadline("2026-12-10"), (AlertKind.MOVED, "2026-12-10")),
    ("moved back, told only that it is off", AlertKind.MOVED, AlertKind.CANCELLED, DAY, DAY, deadline(DAY), (AlertKind.RESTORED, DAY)),
    ("on again, told an older day", AlertKind.RESTORED, AlertKind.ALERT, "2026-12-01", "", deadline(DAY), (AlertKind.MOVED, DAY)),
    ("told that it moved already", AlertKind.MOVED, AlertKind.MOVED, "2026-12-10", "2026-12-10", deadline("2026-12-10"), None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "told_by", "told", "detail", "entry", "expected"), [row[1:] for row in TOLD], ids=[row[0] for row in TOLD]
)
def test_a_notice_tells_whoever_was_told_otherwise(
    kind: AlertKind, told_by: AlertKind, told: str, detail: str, entry: Deadline, expected: tuple[AlertKind | None, str] | None
) -> None:
    """By what was told last, a notice says what is true by now, or nothing where that has been told."""
    ruling = judge(replace(_delivery(_alert(kind, DAY, 1, detail)), told=told, told_by=told_by), entry, NOW)
    said = (ruling.kind, ruling.occurrence.key) if ruling.occurrence else None
    assert said == expected
    assert ruling.state is (SENDING if expected else SUPERSEDED)
    assert (ruling.previous is not None) == (ruling.kind is AlertKind.MOVED)


ENDED_ELSEWHEN: list[tuple[Deadline, tuple[str | None, str]]] = [
    (deadline(DAY, status="passed"), (None, DAY)),
    (deadline("2026-12-02", status="passed"), (DAY, "2026-12-02")),
    (deadline("2026-12-02T18:00 UTC", status="passed"), (DAY, "2026-12-02T18:00Z")),
    (deadline("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=4", status="passed"), (None, DAY)),
]


@pytest.mark.parametrize(("entry", "expected"), ENDED_ELSEWHEN)
def test_an_outcome_names_the_day_that_was_told_and_the_one_that_holds(entry: Deadline, expected: tuple[str | None, str]) -> None:
    """Where they differ both stand in it; of what recurs it is not known which of its days became of the one that was told."""
    outcome = Alert(kind=AlertKind.OUTCOME, deadline="summit", occurrence=DAY, lead=1)
    ruling = judge(replace(_delivery(outcome), told=DAY, told_by=AlertKind.ALERT), entry, NOW)
    assert ruling.state is SENDING
    assert ruling.occurrence is not None
    assert (ruling.previous and ruling.previous.key, ruling.occurrence.key) == expected


@pytest.mark.parametrize("kind", list(AlertKind))
def test_what_a_manager_silenced_stays_silent(kind: AlertKind) -> None:
    """For a removed subscription nothing goes out, for a paused one only the drill that somebody asks for."""
    day = "2026-12-10" if kind is AlertKind.MOVED else DAY
    entry = deadline(day, status={AlertKind.CANCELLED: "cancelled", AlertKind.OUTCOME: "passed"}.get(kind, "scheduled"))
    alert = _alert(kind, DAY, 0, day if kind is AlertKind.MOVED else "")
    told_by = AlertKind.CANCELLED if kind is AlertKind.RESTORED else AlertKind.ALERT
    became = kind if kind in {AlertKind.MOVED, AlertKind.RESTORED} else None
    paused_until = NOW + timedelta(seconds=1)
    paused = Ruling(PAUSED, Reason.PAUSED)
    previous = Occurrence.read(DAY) if kind is AlertKind.MOVED else None
    due = due_at(Occurrence.read(DAY), 0, subscription(1).wish.timing) if kind is AlertKind.ALERT else None
    sent = Ruling(SENDING, None, Occurrence.read(day), previous=previous, kind=became, due_at=due)
    told = {until: replace(_delivery(alert, paused_until=until), told_by=told_by) for until in (paused_until, NOW)}
    assert judge(told[paused_until], entry, NOW) == (sent if kind is AlertKind.DRILL else paused)
    assert judge(told[NOW], entry, NOW) == sent
    removed = Ruling(CANCELLED, Reason.REMOVED)
    assert judge(_delivery(alert, status=Status.REMOVED, paused_until=paused_until), entry, NOW) == removed
    assert judge(_delivery(alert, status=Status.REMOVED), None, NOW) == removed


@pytest.mark.parametrize(("when", "key", "expected"), FOUND)
def test_an_occurrence_is_found_by_its_key(when: str, key: str, *, expected: bool) -> None:
    """A key finds the one occurrence it names, on whatever day its schedule counts it, and nothing else."""
    found = find_occurrence(deadline(when), key)
    assert (found is not None) is expected
    assert found is None or found.key == key


@given(whens(NOW.date()), st.integers(0, 20))
def test_every_occurrence_is_found_by_its_own_key(when: str, number: int) -> None:
    """Whatever the schedule, each occurrence comes back whole from its key."""
    entry = deadline(when)
    for index, occurrence in enumerate(entry.when.occurrences(date(2026, 1, 1))):
        assert find_occurrence(entry, occurrence.key) == occurrence
        if index == number:
            break


@settings(max_examples=80)
@given(whens(NOW.date()), wishes(), st.sampled_from([0, 1, 7, 30]), st.integers(-5, 60 * 24 * 80))
def test_the_life_of_an_alert(when: str, wanted: Wish, lead: int, minutes: int) -> None:
    """From its hour on an alert is sent, on time or marked late, until 48 hours after its date, and never again."""
    entry = deadline(when)
    occurrence = next(entry.when.occurrences(date(2026, 11, 1)))
    due = due_at(occurrence, lead, wanted.timing)
    now = due + timedelta(minutes=minutes)
    ruling = judge(_delivery(_alert(occurrence=occurrence.key, lead=lead), lead, wanted), entry, now)
    end = occurrence.ends_in(wanted.timing.zone_info) + GRACE
    if now < end:
        assert ruling == Ruling(SENDING, None, occurrence, now - due > LATE_AFTER, due_at=due)
    else:
        assert ruling == Ruling(EXPIRED, Reason.PAST)
    assert now < expires_at(occurrence) or ruling.state is EXPIRED
