"""Addresses of what managers see and do: they stand on posted messages and must be read for ever."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import managing, screens
from bot.domain.managing import (
    AskForgetScreen,
    AskRemoveScreen,
    AskSubscribeScreen,
    DoctorScreen,
    DrillDeed,
    EditHintsScreen,
    ForgetDeed,
    HistoryScreen,
    ManagedScreen,
    PauseDeed,
    PausePostDeed,
    PreferencesScreen,
    RemoveDeed,
    ReportedScreen,
    ResumeDeed,
    StopPostDeed,
    SubscribeDeed,
    SubscriptionScreen,
    SubscriptionsScreen,
)
from bot.domain.screens import Screen, read_address
from bot.errors import StaleControlError

LONGEST_ID = "x" * 48
"""An entry's id is a slug of at most so many characters."""

MAX_ADDRESS = 90
"""What a custom_id of 100 characters leaves an address."""

KEPT = [
    ("subs", SubscriptionsScreen()),
    ("subs:2", SubscriptionsScreen(2)),
    ("sub:7", SubscriptionScreen(7)),
    ("ledger", HistoryScreen()),
    ("ledger:3", HistoryScreen(3)),
    ("prefs", PreferencesScreen()),
    ("doctor", DoctorScreen()),
    ("doctor:1", DoctorScreen(1)),
    ("ask-forget", AskForgetScreen()),
    ("ask-remove:7", AskRemoveScreen(7)),
    ("edit:7", EditHintsScreen(7)),
    ("ask-add:verdict", AskSubscribeScreen("verdict")),
    ("do-add:all", SubscribeDeed("all")),
    ("do-add:tag%3Anato", SubscribeDeed("tag:nato")),
    ("do-pause:7", PauseDeed(7)),
    ("do-resume:7", ResumeDeed(7)),
    ("do-remove:7", RemoveDeed(7)),
    ("do-drill:7", DrillDeed(7)),
    ("do-forget", ForgetDeed()),
    ("post-pause:99", PausePostDeed(99)),
    ("post-stop:99", StopPostDeed(99)),
    ("post-report:99", ReportedScreen(99)),
]
"""Addresses that stand on messages in people's channels."""

_NAMED = [
    cls
    for module in (managing, screens)
    for cls in vars(module).values()
    if isinstance(cls, type) and issubclass(cls, Screen) and cls.__module__ == module.__name__ and "name" in vars(cls)
]
_MANAGED = [cls for cls in _NAMED if issubclass(cls, ManagedScreen)]


@pytest.mark.parametrize(("address", "screen"), KEPT, ids=[address for address, _ in KEPT])
def test_managed_addresses_once_sent_are_read_for_ever(address: str, screen: Screen) -> None:
    """An address leads where it led when it was posted, and the same one is still written."""
    assert read_address(address) == screen
    assert screen.address() == address


def test_every_managed_screen_is_among_them() -> None:
    """No page or deed of managers is left out of the list of addresses kept for ever."""
    assert {type(screen) for _, screen in KEPT} == set(_MANAGED)


def test_names_are_unique() -> None:
    """No two screens share a name, so each name is read as its own screen."""
    names = [cls.name for cls in _NAMED]
    assert len(names) == len(set(names))
    assert [Screen.known[name] for name in names] == _NAMED


@pytest.mark.parametrize("cls", _MANAGED, ids=lambda cls: cls.name)
@given(st.data())
def test_a_managed_address_leads_back(cls: type[ManagedScreen], data: st.DataObject) -> None:
    """Whatever id or text a screen holds, its address names exactly it, and nothing that parts a custom_id stands in it."""
    numbers, texts = st.integers(1, 2**63), st.text(min_size=1)
    screen = cls(*(data.draw(numbers if field.type == "int" else texts) for field in fields(cls)))
    assert read_address(screen.address()) == screen
    assert ";" not in screen.address()


@pytest.mark.parametrize("cls", _MANAGED, ids=lambda cls: cls.name)
def test_the_longest_managed_address_fits_a_control(cls: type[ManagedScreen]) -> None:
    """With the largest numbers and the longest ids a control may carry every address."""
    longest = "deadline:" + LONGEST_ID if cls is SubscribeDeed else LONGEST_ID
    screen = cls(*(2**63 if field.type == "int" else longest for field in fields(cls)))
    assert len(screen.address()) <= MAX_ADDRESS
    assert read_address(screen.address()) == screen


@pytest.mark.parametrize(
    "address", ["sub", "sub:x", "subs:x", "edit", "do-add", "do-pause", "do-pause:soon", "post-pause", "post-stop:x", "ask-add"]
)
def test_a_managed_address_without_its_number_is_stale(address: str) -> None:
    """An address that lacks what it must say, or says no number, is told as stale."""
    with pytest.raises(StaleControlError):
        read_address(address)


@pytest.mark.parametrize("cls", [SubscriptionsScreen, HistoryScreen, DoctorScreen])
def test_turning_a_managed_page(cls: type[SubscriptionsScreen]) -> None:
    """Another page of a list is the same list."""
    assert cls(1).on_page(4) == cls(4)
