"""What a new version of the content, or of a wish, changes for those who were told the old one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.changes import Comparison, compare
from bot.domain.entries import Deadline
from bot.domain.ledger import Alert, AlertKind, KnownDate
from bot.domain.planning import due_at, list_overtaken, list_overtaken_by_move, list_unsent_by_move
from bot.domain.schedules import Occurrence
from bot.domain.subscriptions import Wish
from tests.domain.strategies import calendars, deadline, moments, schedule, wish, wishes

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY, YEARLY = "2026-12-03", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=3"

NOTICES: list[tuple[str, Deadline, Deadline, str, tuple[AlertKind, str, str] | None]] = [
    ("nothing changed", deadline(DAY), deadline(DAY), "2026-11-23", None),
    ("a typo", deadline(DAY), deadline(DAY, title="A typo put right"), "2026-11-23", None),
    ("less certain", deadline(DAY), deadline(DAY, status="tentative"), "2026-11-23", None),
    ("passed by itself", deadline(DAY), deadline(DAY), "2026-12-10", None),
    ("moved", deadline(DAY), deadline("2026-12-10"), "2026-11-23", (AlertKind.MOVED, DAY, "2026-12-10")),
    ("moved closer", deadline(DAY), deadline("2026-11-25"), "2026-11-23", (AlertKind.MOVED, DAY, "2026-11-25")),
    ("a day added", deadline(DAY), deadline("2026-12-03/2026-12-04"), "2026-11-23", (AlertKind.MOVED, DAY, "2026-12-03/2026-12-04")),
    ("an hour known", deadline(DAY), deadline("2026-12-03T18:00 UTC"), "2026-11-23", (AlertKind.MOVED, DAY, "2026-12-03T18:00Z")),
    ("moved after it passed", deadline(DAY), deadline("2027-01-10"), "2026-12-10", (AlertKind.MOVED, DAY, "2027-01-10")),
    ("put right in the past", deadline(DAY), deadline("2026-12-02"), "2026-12-10", None),
    (
        "a moment's zone corrected in name only",
        deadline("2026-12-03T18:00 Europe/Brussels"),
        deadline("2026-12-03T17:00 UTC"),
        "2026-11-23",
        None,
    ),
    ("put right into the past", deadline(DAY), deadline("2026-11-20"), "2026-11-23", (AlertKind.MOVED, DAY, "2026-11-20")),
    ("recurring rolls on", deadline(YEARLY), deadline(YEARLY), "2026-12-10", None),
    (
        "recurring moves ahead",
        deadline(YEARLY),
        deadline("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=4"),
        "2026-11-23",
        (AlertKind.MOVED, DAY, "2026-12-04"),
    ),
    ("a rule put right after the day", deadline(YEARLY), deadline("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=4"), "2026-12-10", None),
    ("a rule with earlier dates too", deadline(YEARLY), deadline("FREQ=WEEKLY;BYDAY=TH"), "2026-11-23", None),
    ("a rule for the same day", deadline(DAY), deadline(YEARLY), "2026-11-23", None),
    ("cancelled", deadline(DAY), deadline(DAY, status="cancelled"), "2026-11-23", (AlertKind.CANCELLED, DAY, "")),
    ("superseded", deadline(DAY), deadline(DAY, status="superseded"), "2026-11-23", (AlertKind.CANCELLED, DAY, "")),
    ("moved and cancelled", deadline(DAY), deadline("2026-12-10", status="cancelled"), "2026-11-23", (AlertKind.CANCELLED, DAY, "")),
    ("cancelled, then superseded", deadline(DAY, status="cancelled"), deadline(DAY, status="superseded"), "2026-11-23", None),
    ("outcome known", deadline(DAY), deadline(DAY, status="passed"), "2026-12-10", (AlertKind.OUTCOME, DAY, "")),
    ("outcome known early", deadline(DAY), deadline(DAY, status="passed"), "2026-11-23", (AlertKind.OUTCOME, DAY, "")),
    ("outcome reworded", deadline(DAY, status="passed"), deadline(DAY, status="passed", outcome="Held."), "2026-12-10", None),
    (
        "passed, nobody knows how",
        deadline(DAY),
        deadline(DAY, status="passed", outcome=None, unknown_after={"date": DAY, "what": "x"}),
        "2026-12-10",
        None,
    ),
]


def _known(entry: Deadline, now: datetime = NOW) -> tuple[KnownDate, ...]:
    """Return what was known while `entry` was the content; one called off or settled was scheduled before."""
    before = compare((), {"summit": deadline(DAY)}, now).dates if entry.status not in {"scheduled", "tentative"} else ()
    return compare(before, {"summit": entry}, now).dates


def _at(day: str) -> datetime:
    return datetime.fromisoformat(day + "T12:00Z")


@pytest.mark.parametrize(("case", "old", "new", "now", "notice"), NOTICES, ids=[row[0] for row in NOTICES])
def test_what_is_worth_a_notice(case: str, old: Deadline, new: Deadline, now: str, notice: tuple[AlertKind, str, str] | None) -> None:
    """A move ahead, a cancellation and an outcome are told, once; anything else is not."""
    known = _known(old)
    found = compare(known, {"summit": new}, _at(now))
    told = [(alert.kind, alert.occurrence, alert.detail) for alert in found.notices]
    assert told == ([notice] if notice else []), case
    kept = [(alert.kind, alert.occurrence, alert.detail) for alert in found.corrections]
    assert kept == ([(AlertKind.MOVED, DAY, "2026-12-02")] if case == "put right in the past" else []), case
    assert all((alert.deadline, alert.lead) == ("summit", 1) for alert in found.notices)
    assert compare(found.dates or known, {"summit": new}, _at(now)) == Comparison((), ())


@pytest.mark.parametrize("entry", [row[2] for row in NOTICES], ids=[row[0] for row in NOTICES])
def test_what_is_seen_first_gives_no_notice(entry: Deadline) -> None:
    """Nobody was told of a deadline that is new, so nobody is told that it changed; it is known from then on."""
    found = compare((), {"summit": entry}, NOW)
    expected = KnownDate(
        deadline="summit",
        occurrence=next(entry.when.occurrences(_at("2026-11-20").date())).key,
        has_outcome=entry.outcome is not None,
        is_off=entry.status in {"cancelled", "superseded"},
    )
    assert found == Comparison((expected,), ())


def test_a_recurring_deadline_is_known_by_the_next_date() -> None:
    """When one date has passed the next is remembered, in silence."""
    found = compare(_known(deadline(YEARLY)), {"summit": deadline(YEARLY)}, _at("2026-12-10"))
    assert found == Comparison((KnownDate(deadline="summit", occurrence="2027-12-03"),), ())


def test_a_date_that_passed_stays_known_for_its_outcome() -> None:
    """After the day nothing changes until the outcome comes, weeks later, for the day that was told."""
    known, later = _known(deadline(DAY)), _at("2027-02-01")
    assert compare(known, {"summit": deadline(DAY)}, later) == Comparison((), ())
    (notice,) = compare(known, {"summit": deadline(DAY, status="passed")}, later).notices
    assert notice == Alert(kind=AlertKind.OUTCOME, deadline="summit", occurrence=DAY, lead=1)


def test_what_is_gone_keeps_the_time_it_went() -> None:
    """The time a deadline went is that of the first look without it, gives no notice, and is cleared when it is back."""
    known, planned_to = _known(deadline(DAY)), NOW - timedelta(minutes=3)
    gone = compare(known, {}, NOW, planned_to)
    assert gone == Comparison((KnownDate(deadline="summit", occurrence=DAY, gone_at=NOW, planned_to=planned_to),), ())
    assert compare(gone.dates, {}, NOW + timedelta(days=1)) == Comparison((), ())
    assert compare(gone.dates, {"summit": deadline(DAY)}, NOW + timedelta(days=1)) == Comparison(known, ())
    back = compare(gone.dates, {"summit": deadline("2026-12-10")}, NOW + timedelta(days=1))
    assert [(alert.kind, alert.detail) for alert in back.notices] == [(AlertKind.MOVED, "2026-12-10")]
    assert back.dates == (KnownDate(deadline="summit", occurrence="2026-12-10", changes=1),)


@pytest.mark.parametrize(("minutes", "since"), [(0, -3), (59, -3), (60, None), (600, None)])
def test_what_is_back_within_the_hour_has_missed_something(minutes: int, since: int | None) -> None:
    """Back in time, a deadline tells from when on its alerts were not planned: from before it went, as far as the plan had come."""
    gone = compare(_known(deadline(DAY)), {}, NOW, NOW - timedelta(minutes=3)).dates
    back = compare(gone, {"summit": deadline(DAY)}, NOW + timedelta(minutes=minutes))
    assert back.returned == ({} if since is None else {"summit": NOW + timedelta(minutes=since)})


OFF_AND_ON: list[tuple[str, list[Deadline], str, list[tuple[AlertKind, str, str]]]] = [
    ("cancelled, on again", [deadline(DAY, status="cancelled"), deadline(DAY)], "2026-11-23", [(AlertKind.RESTORED, DAY, "")]),
    ("an outcome taken back", [deadline(DAY, status="passed"), deadline(DAY)], "2026-11-23", [(AlertKind.RESTORED, DAY, "")]),
    ("on again when it is past", [deadline(DAY, status="cancelled"), deadline(DAY)], "2026-12-10", []),
    (
        "on again on another day",
        [deadline(DAY, status="cancelled"), deadline("2026-12-10")],
        "2026-11-23",
        [(AlertKind.MOVED, DAY, "2026-12-10")],
    ),
    (
        "moved while it was off",
        [deadline(DAY, status="cancelled"), deadline("2026-12-10", status="cancelled"), deadline("2026-12-10")],
        "2026-11-23",
        [(AlertKind.MOVED, DAY, "2026-12-10")],
    ),
    (
        "moved there and back while it was off",
        [deadline("2026-12-10", status="cancelled"), deadline(DAY)],
        "2026-11-23",
        [(AlertKind.RESTORED, DAY, "")],
    ),
]


@pytest.mark.parametrize(("case", "versions", "now", "expected"), OFF_AND_ON, ids=[row[0] for row in OFF_AND_ON])
def test_what_was_off_and_is_on_again(case: str, versions: list[Deadline], now: str, expected: list[tuple[AlertKind, str, str]]) -> None:
    """Whoever was told that it is off hears that it is on, by the date that was announced, and what was due in the last hour comes."""
    known = {date.deadline: date for date in _known(deadline(DAY))}
    for entry in versions:
        found = compare(known.values(), {"summit": entry}, _at(now))
        known |= {date.deadline: date for date in found.dates}
    assert [(alert.kind, alert.occurrence, alert.detail) for alert in found.notices] == expected, case
    assert found.returned == {"summit": _at(now) - timedelta(hours=1)}


_versions = calendars(NOW.date()).map(lambda drawn: {entry.id: entry for entry in drawn})


@settings(max_examples=80)
@given(st.lists(st.tuples(_versions, st.integers(0, 60)), max_size=5))
def test_each_version_is_compared_once(versions: list[tuple[dict[str, Deadline], int]]) -> None:
    """Through any history of the content, a second look at a version finds nothing and no notice comes twice without a change."""
    known: dict[str, KnownDate] = {}
    now = NOW
    for deadlines, days in versions:
        now += timedelta(days=days)
        found = compare(known.values(), deadlines, now)
        assert {notice.deadline for notice in found.notices} <= known.keys() & deadlines.keys()
        assert {notice.deadline for notice in found.notices} <= {changed.deadline for changed in found.dates}
        known |= {changed.deadline: changed for changed in found.dates}
        assert known.keys() >= deadlines.keys()
        assert compare(known.values(), deadlines, now) == Comparison((), ())


OVERTAKEN = [
    ("nothing changed", wish(), wish(), "2026-11-26T07:30Z", []),
    ("an hour earlier, past now", wish(), wish(hour="08:00"), "2026-11-26T07:30Z", [7]),
    ("an hour earlier, to the minute", wish(), wish(hour="08:30"), "2026-11-26T07:30Z", [7]),
    ("earlier, still ahead", wish(), wish(hour="08:31"), "2026-11-26T07:30Z", []),
    ("earlier, but it had been due", wish(), wish(hour="06:00"), "2026-11-26T08:00Z", []),
    ("later", wish(), wish(hour="10:00"), "2026-11-26T07:30Z", []),
    ("a zone further east", wish("America/New_York"), wish("Asia/Tokyo"), "2026-11-26T07:30Z", [7]),
    ("a zone further west", wish("Asia/Tokyo"), wish("America/New_York"), "2026-11-26T07:30Z", []),
    ("another lead too", wish(leads=(1,)), wish(hour="08:00", leads=(7, 1)), "2026-11-26T07:30Z", []),
    ("that lead no more", wish(leads=(7, 1)), wish(hour="08:00", leads=(1,)), "2026-11-26T07:30Z", []),
    ("not wished for any more", wish(), wish(hour="08:00", what="tag:war"), "2026-11-26T07:30Z", []),
    ("on the day itself", wish(), wish(hour="08:00"), "2026-12-03T07:30Z", [0]),
    ("round the world", wish("Etc/GMT+12", "23:00"), wish("Pacific/Kiritimati", "00:00"), "2026-12-02T12:00Z", [1, 0]),
]


@pytest.mark.parametrize(("case", "before", "after", "now", "expected"), OVERTAKEN, ids=[row[0] for row in OVERTAKEN])
def test_what_a_changed_wish_would_lose(case: str, before: Wish, after: Wish, now: str, expected: list[int]) -> None:
    """Alerts that were ahead and whose hour a change puts behind are found, so that they are sent all the same."""
    found = list_overtaken([deadline(DAY)], before, after, datetime.fromisoformat(now))
    assert [each.lead for each in found] == expected, case
    assert [each.alert for each in found] == [Alert(kind=AlertKind.ALERT, deadline="summit", occurrence=DAY, lead=i) for i in expected]


@settings(max_examples=60)
@given(calendars(NOW.date()), wishes(), wishes(), st.integers(0, 60 * 24 * 28))
def test_exactly_what_was_ahead_and_is_behind_is_overtaken(
    deadlines: tuple[Deadline, ...], before: Wish, after: Wish, minutes: int
) -> None:
    """A search through every date and lead finds the same; nothing is overtaken where nothing changes."""
    now = NOW + timedelta(minutes=minutes)
    expected = {
        (entry.id, occurrence, lead)
        for entry in deadlines
        if entry.status in {"scheduled", "tentative"}
        for occurrence in _list_occurrences(entry)
        for lead in set(before.leads_for(entry)) & set(after.leads_for(entry))
        if due_at(occurrence, lead, after.timing) <= now < due_at(occurrence, lead, before.timing)
    }
    found = [(each.deadline.id, each.occurrence, each.lead) for each in list_overtaken(deadlines, before, after, now)]
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert list_overtaken(deadlines, before, before, now) == ()


def _list_occurrences(entry: Deadline) -> list[Occurrence]:
    return [o for o, _ in zip(entry.when.occurrences(date(2026, 11, 1)), range(150), strict=False)]


MOVES = [
    ("2026-11-29", "2026-11-28", "2026-11-22T08:00Z", []),
    ("2026-12-10", "2026-11-25", "2026-11-22T12:00Z", [7]),
    ("2026-12-10", "2026-11-23", "2026-11-22T12:00Z", [7, 1]),
    ("2026-12-10", "2026-11-22", "2026-11-22T12:00Z", [7, 1, 0]),
    ("2026-11-25", "2026-11-24", "2026-11-22T12:00Z", []),
    ("2026-11-25", "2026-12-10", "2026-11-22T12:00Z", []),
    ("2026-12-10", "2026-12-10", "2026-11-22T12:00Z", []),
    ("2026-12-10", "2026-11-29", "2026-11-22T08:00Z", [7]),
    ("2026-12-10", "2026-11-29", "2026-11-22T07:59Z", []),
    ("2026-12-10", "2026-11-29T03:00 Asia/Tokyo", "2026-11-22T07:00Z", [7]),
]


@pytest.mark.parametrize(("old", "new", "now", "expected"), MOVES)
def test_what_a_move_would_lose(old: str, new: str, now: str, expected: list[int]) -> None:
    """Alerts that were ahead for the old date and whose hour is past for the new one are found, for the new date."""
    first, second = (next(schedule(when).occurrences(date(2026, 11, 1))) for when in (old, new))
    found = list_overtaken_by_move(deadline(new), first, second, wish(leads=(7, 1, 0)), datetime.fromisoformat(now))
    assert [each.lead for each in found] == expected
    assert all(each.occurrence == second and each.alert.occurrence == second.key for each in found)


@given(st.dates(date(2026, 1, 1), date(2027, 1, 1)), wishes(), moments)
def test_a_move_to_the_same_day_loses_nothing(day: date, wanted: Wish, now: datetime) -> None:
    """Nothing is overtaken where the date stays or moves away."""
    here, later = Occurrence(day, day), Occurrence(day + timedelta(days=3), day + timedelta(days=3))
    assert list_overtaken_by_move(deadline(str(day)), here, here, wanted, now) == ()
    assert list_overtaken_by_move(deadline(str(later.first)), here, later, wanted, now) == ()


def test_a_move_after_a_gap_finds_what_fell_due_in_it() -> None:
    """Of a date that was missing from half past seven, the alert due at eight for the old day comes for the new one."""
    old, new = Occurrence.read("2026-11-29"), Occurrence.read("2026-11-28")
    now, since = datetime.fromisoformat("2026-11-22T08:20Z"), datetime.fromisoformat("2026-11-22T07:30Z")
    terms = deadline(str(new.first)), old, new, wish(leads=(7, 1, 0)), now
    assert [each.lead for each in list_overtaken_by_move(*terms, since)] == [7]
    assert list_overtaken_by_move(*terms) == ()


@pytest.mark.parametrize("pair", [("2026-11-28", "2026-11-29"), ("2026-11-29", "2026-11-28")])
@pytest.mark.parametrize(("now", "expected"), [("2026-11-22T07:59:59Z", []), ("2026-11-22T08:00Z", [7]), ("2026-11-28T08:00Z", [7, 1])])
def test_what_was_due_for_both_dates_follows_the_move(pair: tuple[str, str], now: str, expected: list[int]) -> None:
    """Alerts that are due, to the second, for the old date as for the new one are found, for the new date."""
    old, new = map(Occurrence.read, pair)
    found = list_unsent_by_move(deadline(pair[1]), old, new, wish(leads=(7, 1, 0)), datetime.fromisoformat(now))
    assert [each.lead for each in found] == expected
    assert all(each.occurrence == new for each in found)
