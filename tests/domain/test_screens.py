"""Addresses of screens: what a control carries must lead back to the same screen, years later too."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.dates import PartialDate
from bot.domain.screens import (
    AboutScreen,
    AnswerScreen,
    DeadlineScreen,
    DeadlinesScreen,
    EventScreen,
    Screen,
    SourcesScreen,
    TermScreen,
    TimelineScreen,
    read_address,
)
from bot.errors import StaleControlError
from tests.domain.strategies import partial_dates

_awkward = st.text(st.sampled_from(":;%03ABab|é\u2028𐍈 \n"), min_size=1)
_texts = st.one_of(st.text(min_size=1), _awkward).filter(lambda text: text != "0")
_maybe = st.one_of(st.just(""), _texts)
_pages = st.integers(0, 9999)
_dates = st.one_of(st.just(""), partial_dates().map(str))

_SCREENS = st.one_of(
    st.builds(AnswerScreen, _texts),
    st.builds(TermScreen, _texts),
    st.builds(SourcesScreen, _texts, _pages),
    st.builds(TimelineScreen, _pages, _dates, _dates, _maybe, _maybe, _maybe),
    st.builds(EventScreen, _texts, _maybe),
    st.builds(DeadlinesScreen, _pages, _maybe, st.booleans(), _maybe),
    st.builds(DeadlineScreen, _texts, _maybe),
    st.just(AboutScreen()),
)

KEPT = [
    ("topic:new-start", AnswerScreen("new-start")),
    ("term:ally", TermScreen("ally")),
    ("sources:verdict", SourcesScreen("verdict")),
    ("sources:verdict:2", SourcesScreen("verdict", 2)),
    ("timeline", TimelineScreen()),
    ("timeline:3", TimelineScreen(3)),
    ("timeline:3:1991", TimelineScreen(3, "1991")),
    ("timeline:0:1991:2001-09-11:nato:cold%3Awar", TimelineScreen(0, "1991", "2001-09-11", "nato", "cold:war")),
    ("timeline::::nato", TimelineScreen(tag="nato")),
    ("event:elbe", EventScreen("elbe")),
    ("event:elbe:timeline%3A3%3A1991", EventScreen("elbe", "timeline:3:1991")),
    ("deadlines", DeadlinesScreen()),
    ("deadlines:1:nato:1", DeadlinesScreen(1, "nato", include_passed=True)),
    ("deadlines:1:nato:0:verdict", DeadlinesScreen(1, "nato", include_passed=False, topic="verdict")),
    ("deadline:summit", DeadlineScreen("summit")),
    ("about", AboutScreen()),
]
"""Addresses that were once sent to Discord; they stand on people's buttons and must be read for ever."""

STALE = ["", "nowhere", "topic", "term", "event", "deadline", "sources", "timeline:first", "timeline:0:1991-13", "timeline:0::soon"]


@given(_SCREENS)
def test_an_address_leads_back_to_its_screen(screen: Screen) -> None:
    """Whatever text a screen holds, colons, per cent signs and any script included, its address names exactly it."""
    assert read_address(screen.address()) == screen


@given(_SCREENS, _pages)
def test_an_address_within_an_address_survives(screen: Screen, page: int) -> None:
    """The page an event was opened from comes back whole from the address of the event."""
    event = EventScreen("elbe", screen.address())
    back = read_address(event.address())
    assert isinstance(back, EventScreen)
    assert read_address(back.back) == screen


@given(_SCREENS)
def test_an_address_does_not_hold_what_parts_a_custom_id(screen: Screen) -> None:
    """A semicolon, which parts the fields of a custom_id, never stands in an address."""
    assert ";" not in screen.address()


@pytest.mark.parametrize(("address", "screen"), KEPT)
def test_addresses_once_sent_are_read_for_ever(address: str, screen: Screen) -> None:
    """Shorter addresses of older versions lead where they led, with the default for what they do not say."""
    assert read_address(address) == screen


@pytest.mark.parametrize("screen", [screen for _, screen in KEPT], ids=repr)
def test_what_an_address_says_after_what_is_known_is_passed_over(screen: Screen) -> None:
    """An address of a newer version, with arguments added at the end, still leads to the screen."""
    missing = len(type(screen).__slots__) - screen.address().count(":")
    assert read_address(screen.address() + ":" * missing + ":later:1") == screen


@pytest.mark.parametrize("address", STALE)
def test_an_address_of_no_known_form_is_stale(address: str) -> None:
    """An unknown name, a missing argument, a page that is no number and a date that is none are told as stale."""
    with pytest.raises(StaleControlError):
        read_address(address)


@given(st.sampled_from(sorted(Screen.known)), st.one_of(st.text(), _awkward))
def test_no_text_breaks_the_reading(name: str, rest: str) -> None:
    """Whatever follows the name of a screen, it is read as that screen or told as stale; nothing else is raised."""
    try:
        screen = read_address(f"{name}:{rest}")
    except StaleControlError:
        return
    assert screen.name == name


def test_turning_the_page_keeps_the_filters() -> None:
    """Another page of a list has the same filters."""
    assert TimelineScreen(1, "1991", "1992", "nato", "x", "verdict").on_page(4) == TimelineScreen(4, "1991", "1992", "nato", "x", "verdict")
    assert DeadlinesScreen(1, "nato", include_passed=True).on_page(0) == DeadlinesScreen(0, "nato", include_passed=True)


def test_the_bounds_of_a_timeline_are_dates() -> None:
    """The bounds are read as partial dates; an open one is None."""
    assert TimelineScreen(0, "1991", "").span == (PartialDate(1991), None)
    assert TimelineScreen(0, "", "2001-09-11").span == (None, PartialDate(2001, 9, 11))
