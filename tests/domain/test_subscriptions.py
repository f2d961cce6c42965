"""What a subscription wishes for, and when on a day it hears."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.subscriptions import DEFAULT_LEADS, EVERYTHING, MAX_LEAD_DAYS, MAX_LEADS, Scope, Selector, Timing, Wish
from tests.domain.strategies import clock_changes, deadline, moments, subscription, times, wish, wishes, zones

SELECTED = [
    ("all", {}, True),
    ("all", {"tags": ["war"]}, True),
    ("tag:nato", {}, True),
    ("tag:nato", {"tags": ["war", "nato"]}, True),
    ("tag:nato", {"tags": ["war"]}, False),
    ("tag:nat", {}, False),
    ("tag:summit", {}, False),
    ("deadline:summit", {}, True),
    ("deadline:summit", {"id": "summit-2"}, False),
    ("deadline:nato", {}, False),
]

LEADS = [
    (None, [], DEFAULT_LEADS),
    (None, [14, 2], (14, 2)),
    (None, [0], (0,)),
    ((5,), [14, 2], (5,)),
    ((5, 0), [], (5, 0)),
    ((0,), [14], (0,)),
]

_ids = st.text(min_size=1)
_selectors = st.one_of(st.just(EVERYTHING), st.builds(Selector, st.sampled_from([Scope.TAG, Scope.DEADLINE]), _ids))


@given(_selectors)
def test_a_selector_is_read_back(selector: Selector) -> None:
    """Whatever a selector names, its text gives it back."""
    assert Selector.parse(str(selector)) == selector


@pytest.mark.parametrize("text", ["all", "tag:nato", "deadline:new-start", "tag:a:b"])
def test_a_selector_keeps_its_text(text: str) -> None:
    """Texts that the database and old buttons hold are read and written the same."""
    assert str(Selector.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "all:x",
        "tag",
        "tag:",
        "deadline",
        "deadline:",
        "event:x",
        "ALL",
        "Tag:nato",
        " all",
        ":nato",
        "all:",
    ],
)
def test_what_is_no_selector_is_refused(text: str) -> None:
    """A text of any other form is a ValueError."""
    with pytest.raises(ValueError):
        Selector.parse(text)


@pytest.mark.parametrize(("what", "changes", "expected"), SELECTED)
def test_what_a_selector_selects(what: str, changes: dict[str, object], *, expected: bool) -> None:
    """All selects everything, a tag what carries it, an id that one; a part of a word is no match."""
    entry = deadline("2026-12-03", **changes)
    assert Selector.parse(what).selects(entry) is expected
    assert bool(wish(what=what).leads_for(entry)) is expected


@pytest.mark.parametrize(("leads", "own", "expected"), LEADS)
def test_leads_of_a_wish(leads: tuple[int, ...] | None, own: list[int], expected: tuple[int, ...]) -> None:
    """A wish's own leads win; without them the deadline's count, and where it has none the usual ones."""
    assert wish(leads=leads).leads_for(deadline("2026-12-03", lead_days=own)) == expected


def test_the_usual_leads_are_valid() -> None:
    """The usual leads descend, do not repeat and keep to the limits that are set for others."""
    assert list(DEFAULT_LEADS) == sorted(set(DEFAULT_LEADS), reverse=True)
    assert len(DEFAULT_LEADS) <= MAX_LEADS
    assert max(DEFAULT_LEADS) <= MAX_LEAD_DAYS


@given(st.deferred(lambda: st.sampled_from(clock_changes())), times)
def test_the_hour_comes_once_a_day(change: tuple[ZoneInfo, date], clock_time: time) -> None:
    """Around every clock change the hour of each next day comes later than that of the day before."""
    zone, day = change
    timing = Timing(clock_time, str(zone))
    instants = [timing.on(day + timedelta(days=n)) for n in range(-2, 3) if str(zone) != "Pacific/Apia" or n]
    assert instants == sorted(set(instants))


@given(wishes(), moments)
def test_the_local_date_is_that_of_the_zone(wanted: Wish, now: datetime) -> None:
    """The date at an instant lies between that of the first and the last place on Earth, and holds at its own hour."""
    timing = wanted.timing
    found = timing.date_at(now)
    assert (now - timedelta(hours=12)).date() <= found <= (now + timedelta(hours=14)).date()
    assert Timing(time(12), "UTC").date_at(now) == now.date()


@given(zones, moments)
def test_midday_lies_on_its_day(zone: ZoneInfo, now: datetime) -> None:
    """Noon of a day, seen in its zone, is on that day, except on the one that Samoa left out."""
    timing = Timing(time(12), str(zone))
    if timing.date_at(now) != date(2011, 12, 30):
        assert timing.date_at(timing.on(timing.date_at(now))) == timing.date_at(now)


@pytest.mark.parametrize(
    ("until", "expected"),
    [(None, False), (datetime(2026, 11, 22, 12, tzinfo=UTC), False), (datetime(2026, 11, 22, 12, 1, tzinfo=UTC), True)],
)
def test_a_pause_ends_by_itself(until: datetime | None, *, expected: bool) -> None:
    """A subscription is paused until the instant named and no longer."""
    assert subscription(paused_until=until).is_paused(datetime(2026, 11, 22, 12, tzinfo=UTC)) is expected
