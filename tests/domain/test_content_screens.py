"""Addresses of the content's pages and deeds: once on a button, they are read for ever."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.content_screens import (
    AskRollbackScreen,
    ContentScreen,
    PreviewScreen,
    ReloadDeed,
    RollbackDeed,
    StatusScreen,
    UsesScreen,
)
from bot.domain.screens import read_address
from bot.errors import StaleControlError

KEPT = [
    ("content", StatusScreen()),
    ("content-look", PreviewScreen()),
    ("content-back", AskRollbackScreen()),
    ("content-uses", UsesScreen()),
    ("content-uses:3", UsesScreen(3)),
    ("do-reload:0123456789ab", ReloadDeed("0123456789ab")),
    ("do-reload:0123456789ab:1", ReloadDeed("0123456789ab", is_confirmed=True)),
    ("do-rollback:0123456789ab", RollbackDeed("0123456789ab")),
    ("do-rollback:0123456789ab:1", RollbackDeed("0123456789ab", is_confirmed=True)),
]


@pytest.mark.parametrize(("address", "screen"), KEPT)
def test_addresses_once_sent_are_read_for_ever(address: str, screen: ContentScreen) -> None:
    """Each address leads where it led, and the screen still has that address."""
    assert read_address(address) == screen
    assert screen.address() == address


@given(st.sampled_from((ReloadDeed, RollbackDeed)), st.text(min_size=1).filter(lambda version: version != "0"), st.booleans())
def test_a_deed_keeps_its_version(deed: type[ReloadDeed | RollbackDeed], version: str, confirmed: bool) -> None:
    """Whatever the version is called, the address names exactly it and whether it was confirmed."""
    assert read_address(deed(version, confirmed).address()) == deed(version, confirmed)


@pytest.mark.parametrize("address", ["do-reload", "do-rollback", "do-reload:a:x", "content-uses:x"])
def test_an_address_without_what_it_needs_is_stale(address: str) -> None:
    """A deed without a version, a mark that is none and a page that is no number lead nowhere."""
    with pytest.raises(StaleControlError):
        read_address(address)


def test_turning_the_page() -> None:
    """Another page of the trail is the trail."""
    assert UsesScreen(1).on_page(4) == UsesScreen(4)
