"""What managers type: lead days, hours, notes, ends of pauses, zones, and which dates are meant."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.knowledge_base import KnowledgeBase
from bot.domain.subscriptions import EVERYTHING, MAX_LEAD_DAYS, MAX_LEADS, MAX_NOTE, Scope, Selector
from bot.errors import (
    BadLeadsError,
    BadTimeError,
    BadUntilError,
    NoteTooLongError,
    UnknownSelectorError,
    UnknownZoneError,
    UserError,
)
from bot.services.ordering import (
    find_selector,
    find_zone,
    is_known,
    list_selectors,
    list_zones,
    parse_clock_time,
    parse_leads,
    parse_note,
    parse_until,
    title_of,
)
from tests.small import NOW

ANYTHING = st.text(max_size=60)


@pytest.mark.parametrize(
    ("text", "leads"),
    [
        (None, None),
        ("", None),
        ("  ", None),
        ("7", (7,)),
        ("30, 7, 1, 0", (30, 7, 1, 0)),
        ("0 1 7 30", (30, 7, 1, 0)),
        ("1; 7/30", (30, 7, 1)),
        ("7, 7, 07", (7,)),
        ("30, 7 and 1", (30, 7, 1)),
        ("365", (365,)),
        (",,7,,", (7,)),
    ],
)
def test_leads_are_read(text: str | None, leads: tuple[int, ...] | None) -> None:
    """Numbers in any order and with any separators become days, descending, each once."""
    assert parse_leads(text) == leads


@pytest.mark.parametrize("text", ["soon", "-1", "366", "1.5", "7d", "²", "٣", ",", "99999", " ".join(map(str, range(11)))])
def test_leads_that_cannot_be_read_are_refused(text: str) -> None:
    """Anything but at most ten whole numbers from 0 to 365 is refused, with the limits."""
    with pytest.raises(BadLeadsError) as caught:
        parse_leads(text)
    assert caught.value.fields == {"text": text, "most": MAX_LEADS, "days": MAX_LEAD_DAYS}


@given(st.lists(st.integers(0, MAX_LEAD_DAYS), min_size=1, max_size=MAX_LEADS))
def test_every_list_of_leads_comes_back(leads: list[int]) -> None:
    """Whatever days are written down are read again, in order and each once."""
    assert parse_leads(", ".join(map(str, leads))) == tuple(sorted(set(leads), reverse=True))


@pytest.mark.parametrize(
    ("text", "clock_time"),
    [
        (None, None),
        (" ", None),
        ("9", time(9)),
        ("09:00", time(9)),
        ("9.30", time(9, 30)),
        ("18h", time(18)),
        ("18h30", time(18, 30)),
        ("9 pm", time(21)),
        ("9:15PM", time(21, 15)),
        ("12 am", time(0)),
        ("12 pm", time(12)),
        ("0:00", time(0)),
        ("23:59", time(23, 59)),
    ],
)
def test_hours_are_read(text: str | None, clock_time: time | None) -> None:
    """Hours of both dials are read, with or without minutes."""
    assert parse_clock_time(text) == clock_time


@pytest.mark.parametrize("text", ["24:00", "9:60", "noon", "13 pm", "0 am", "9:5", "-1", "900", "9:00:00", "٩"])
def test_hours_that_cannot_be_read_are_refused(text: str) -> None:
    """What is no hour of a day is refused."""
    with pytest.raises(BadTimeError):
        parse_clock_time(text)


@given(st.times())
def test_every_minute_comes_back(moment: time) -> None:
    """Each minute of the day, written as on a clock, is read as itself."""
    minute = moment.replace(second=0, microsecond=0)
    assert parse_clock_time(f"{minute:%H:%M}") == minute
    assert parse_clock_time(f"{minute:%I:%M %p}") == minute


def test_notes_are_put_on_one_line() -> None:
    """Line breaks and double spaces become single ones; nothing is None; too long is refused with both lengths."""
    assert parse_note(" look \n\n here ") == "look here"
    assert parse_note(" \n ") is parse_note(None) is None
    assert parse_note("x" * MAX_NOTE) == "x" * MAX_NOTE
    with pytest.raises(NoteTooLongError) as caught:
        parse_note("x" * (MAX_NOTE + 1))
    assert caught.value.fields == {"length": MAX_NOTE + 1, "most": MAX_NOTE}


@pytest.mark.parametrize(
    ("text", "zone", "until"),
    [
        (None, "UTC", None),
        ("3 days", "UTC", NOW + timedelta(days=3)),
        ("1 day", "UTC", NOW + timedelta(days=1)),
        ("12h", "UTC", NOW + timedelta(hours=12)),
        ("2 Weeks", "UTC", NOW + timedelta(weeks=2)),
        ("2027-01-15", "UTC", datetime(2027, 1, 15, tzinfo=UTC)),
        ("15 January 2027", "America/New_York", datetime(2027, 1, 15, 5, tzinfo=UTC)),
        ("2027-01", "Asia/Tokyo", datetime(2026, 12, 31, 15, tzinfo=UTC)),
        # The hour after midnight that Cairo's clocks skip: the pause ends when the day does begin.
        ("2027-04-30", "Africa/Cairo", datetime(2027, 4, 29, 22, tzinfo=UTC)),
    ],
)
def test_ends_of_pauses_are_read(text: str | None, zone: str, until: datetime | None) -> None:
    """A span counts from now, a date begins where the subscription is."""
    assert parse_until(text, ZoneInfo(zone), NOW) == until


@pytest.mark.parametrize("text", ["yesterday", "0 days", "2026-11-22", "2026", "1000 days", "-3 days", "3 fortnights", "2026-13-01"])
def test_ends_that_are_past_or_unreadable_are_refused(text: str) -> None:
    """A pause cannot end before it begins."""
    with pytest.raises(BadUntilError):
        parse_until(text, ZoneInfo("UTC"), NOW)


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        (None, None),
        (" ", None),
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("washington", "America/New_York"),
        ("Geneva (Europe/Zurich)", "Europe/Zurich"),
        ("buenos aires", "America/Argentina/Buenos_Aires"),
        ("utc", "UTC"),
        ("Etc/GMT+5", "Etc/GMT+5"),
        ("the hague", "Europe/Amsterdam"),
    ],
)
def test_zones_are_found(text: str | None, zone: str | None) -> None:
    """Zones go by their name, their city, or a well-known city that shares one, whatever the case."""
    assert find_zone(text) == zone


@pytest.mark.parametrize("text", ["Atlantis", "Europe", "GMT+25", "../etc/passwd", "/", "()"])
def test_zones_that_are_none_are_refused(text: str) -> None:
    """What names no zone, or too many, is refused."""
    with pytest.raises(UnknownZoneError):
        find_zone(text)


def test_every_suggested_zone_is_understood() -> None:
    """Both what a suggestion shows and what it sends back find the zone, for each letter somebody may begin with."""
    for letter in "abcdefghijklmnopqrstuvwxyz":
        suggested = list_zones(letter)
        assert len(suggested) <= 25
        for shown, zone in suggested:
            assert find_zone(shown) == find_zone(zone) == zone
            assert zone in available_timezones()


def test_zones_are_suggested_by_city() -> None:
    """Typing a city suggests its zone; typing nothing suggests something."""
    assert list_zones("geneva") == (("Geneva (Europe/Zurich)", "Europe/Zurich"),)
    assert ("America/New_York", "America/New_York") in list_zones("new y")
    assert len(list_zones("")) == 25
    assert list_zones("zzz") == ()


@pytest.mark.parametrize(
    ("text", "selector"),
    [
        (None, EVERYTHING),
        ("", EVERYTHING),
        ("Everything", EVERYTHING),
        ("all", EVERYTHING),
        ("tag:nato", Selector(Scope.TAG, "nato")),
        ("nato", Selector(Scope.TAG, "nato")),
        ("the war", Selector(Scope.TAG, "war")),
        ("deadline:summit", Selector(Scope.DEADLINE, "summit")),
        ("A SUMMIT", Selector(Scope.DEADLINE, "summit")),
        ("vote", Selector(Scope.DEADLINE, "vote")),
    ],
)
def test_selectors_are_found(base: KnowledgeBase, text: str | None, selector: Selector) -> None:
    """Everything, a tag and a date go by their form, id or title."""
    assert find_selector(base, text) == selector
    assert is_known(base, selector)


def test_unknown_selectors_are_refused(base: KnowledgeBase) -> None:
    """What is neither a tag nor a date is refused; what has left the content keeps its form as its name."""
    with pytest.raises(UnknownSelectorError) as raised:
        find_selector(base, "cooking")
    assert raised.value.fields == {"text": "cooking", "tags": "NATO, The war"}
    for text in ("tag:gone", "deadline:gone"):
        gone = Selector.parse(text)
        assert not is_known(base, gone)
        assert title_of(base, gone, "Everything") == text


def test_selectors_are_suggested_next_first(base: KnowledgeBase) -> None:
    """Everything first, then tags, then the dates ahead by date; passed ones are left out; words narrow."""
    values = [value for _, value in list_selectors(base, "", "Everything", NOW)]
    assert values == ["all", "tag:nato", "tag:war", "deadline:summit", "deadline:inaugural"]
    assert list_selectors(base, "spee", "Everything", NOW) == (("A yearly speech", "deadline:inaugural"),)
    for title, value in list_selectors(base, "", "Everything", NOW):
        assert title_of(base, find_selector(base, value), "Everything") == title


@given(ANYTHING)
@example("9" * 40)
@example("9999 days")
@example("0001")
def test_nothing_that_is_typed_breaks_the_reading(text: str) -> None:
    """Any text is read or refused in words, never with another error."""
    for read in (parse_leads, parse_clock_time, parse_note, find_zone, lambda t: parse_until(t, ZoneInfo("Pacific/Apia"), NOW)):
        with suppress(UserError):
            read(text)
    list_zones(text)
