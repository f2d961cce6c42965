"""What was told is kept as long as it may have to be put right, and nothing that was told keeps later news from being told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.ledger import DeliveryState
from bot.domain.subscriptions import ChannelId, Scope, Selector
from bot.errors import DeliveryError
from bot.services.observing import Observer
from bot.services.watching import Watcher
from bot.store.store import open_store
from tests.services.alerting import GUILD, Office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.services.messaging import Post

THERE = ChannelId(11)
DUE = datetime(2026, 11, 26, 9, tzinfo=UTC)


class Counter(Observer):
    """An observer that keeps how each delivery ended."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.ends: list[DeliveryState] = []

    def ended(self, state: DeliveryState, *, is_late: bool) -> None:
        """Keep an end; in these stories nothing is late."""
        assert not is_late
        self.ends.append(state)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office with nobody to tell."""
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'store.sqlite'}") as store:
        yield Office(store, tmp_path / "content")


def _kinds(posted: list[tuple[datetime, Post]]) -> list[str]:
    return [item.kind.name for _, post in posted for item in post.items]


async def _lose_an_answer(office: Office) -> None:
    """Let what is due be posted, and nobody know of it."""
    office.paper.fails = [(DeliveryError("lost"), True)]
    office.now = DUE - timedelta(minutes=1)
    await office.work()
    office.now = DUE
    await office.work()


async def test_one_that_moved_after_its_message_was_posted_hears_what_comes_later(office: Office) -> None:
    """Posted, the answer lost, one of two subscriptions moved, the message found: all of it was sent, and the next news reaches both."""
    moved = await office.subscribe(leads=(7,))
    await office.subscribe(leads=(7,), selector=Selector(Scope.DEADLINE, "summit"))
    await _lose_an_answer(office)
    await office.subscribing.edit(GUILD, moved.id, lambda order: replace(order, channel_id=THERE))
    office.dispatcher.observer = counter = Counter()
    await office.work_until(DUE + timedelta(hours=1), timedelta(minutes=5))
    assert await office.states() == [(7, DeliveryState.SENT)] * 2
    assert counter.ends == [DeliveryState.SENT] * 2
    office.edit_content("2026-12-03", "cancelled")
    posted = await office.work_until(DUE + timedelta(hours=3), timedelta(minutes=5))
    assert sorted(post.channel_id for _, post in posted) == [10, THERE]
    assert _kinds(posted) == ["CANCELLED"] * 2


async def test_told_that_it_is_off_a_channel_hears_that_it_is_on_again_months_later(office: Office) -> None:
    """With a ledger of thirty days, what was said of a date ahead is still known 46 days later, and taken back."""
    office.watcher = Watcher(office.store, office.paper, clock=office.clock, resumed=lambda: None, ledger_kept=timedelta(days=30))
    office.edit_content("2027-06-01")
    await office.subscribe(leads=(180,))
    posted = await office.work_until(datetime(2026, 12, 10, 10, tzinfo=UTC), timedelta(days=1))
    office.edit_content("2027-06-01", "cancelled")
    posted += await office.work_until(datetime(2027, 1, 25, 10, tzinfo=UTC), timedelta(days=1))
    office.edit_content("2027-06-01")
    posted += await office.work_until(datetime(2027, 1, 26, 10, tzinfo=UTC), timedelta(days=1))
    assert _kinds(posted) == ["ALERT", "CANCELLED", "RESTORED"]
