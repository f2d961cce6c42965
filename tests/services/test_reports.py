"""The news that a subscription is suspended: told once, and only while it is news."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from bot.domain.ledger import FOUND
from bot.domain.subscriptions import ChannelId, GuildPreferences, Obstacle, Status, Timing
from bot.errors import DeliveryError
from bot.services.messaging import UndeliverableError
from bot.store.store import open_store
from tests.services.alerting import ANN, CHANNEL, GUILD, Office, Paper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.domain.ledger import Claimed
    from bot.services.messaging import Report

DUE_AT = datetime(2026, 11, 26, 9, tzinfo=UTC)
FALLBACK = ChannelId(11)
LOST = DeliveryError("the connection to Discord failed")


class Busy(Paper):
    """A Discord to which reports get lost: `loses` of them, before or after it has kept them."""

    def __init__(self) -> None:
        """Begin with a closed channel."""
        super().__init__()
        self.fails = [(UndeliverableError(Obstacle.CANNOT_SEND), False)]
        self.obstacle = Obstacle.CANNOT_SEND
        self.loses = 0
        self.keeps = False

    async def report(self, report: Report) -> int:
        """Keep a report, or lose it or the answer."""
        if self.loses == 0 or self.keeps:
            await super().report(report)
        if self.loses:
            self.loses -= 1
            raise LOST
        return 1

    async def find_posted(self, claimed: Claimed, since: datetime) -> int | None:
        """Look for a report."""
        self.looked += 1
        assert since == claimed.first_attempt_at
        return 77 if self.reports else None


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office whose channel is closed when the first alert is due."""
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'store.sqlite'}") as store:
        office = Office(store, tmp_path / "content", paper=Busy())
        await office.work()
        await office.subscribe(leads=(7,))
        office.now = DUE_AT
        yield office


def _paper(office: Office) -> Busy:
    assert isinstance(office.paper, Busy)
    return office.paper


async def _go_on(office: Office, *pauses: timedelta) -> None:
    for pause in pauses:
        await office.work()
        office.now += pause
    await office.work()


@pytest.mark.parametrize("fallback", [None, FALLBACK, CHANNEL])
async def test_it_goes_to_the_fallback_channel_else_to_the_person(office: Office, fallback: ChannelId | None) -> None:
    """It names server and subscription, and goes to the fallback channel unless that is the one that is closed."""
    zone = Timing(DUE_AT.time(), "UTC")
    await office.subscribing.set_preferences(GuildPreferences(guild_id=GUILD, timing=zone, fallback_channel_id=fallback))
    await _go_on(office, timedelta(seconds=1))
    (report,) = office.paper.reports
    assert (report.channel_id, report.recipient_id) == ((FALLBACK, None) if fallback is FALLBACK else (None, ANN))
    assert (report.guild_id, report.subscription.order.channel_id, report.subscription.status) == (GUILD, CHANNEL, Status.SUSPENDED)
    assert office.paper.looked == 0


async def test_one_that_was_lost_is_told_again(office: Office) -> None:
    """It is looked for before the second try, and posted where it is not there."""
    _paper(office).loses = 1
    await _go_on(office, timedelta(seconds=1), timedelta(seconds=10))
    assert (len(office.paper.reports), office.paper.looked) == (1, 1)


async def test_one_whose_answer_was_lost_is_not_told_twice(office: Office) -> None:
    """It is found, and that is the end of it."""
    paper = _paper(office)
    paper.loses, paper.keeps = 1, True
    await _go_on(office, timedelta(seconds=1), timedelta(seconds=10), timedelta(hours=1))
    assert (len(paper.reports), paper.looked) == (1, 1)


@pytest.mark.parametrize(("after", "told"), [(timedelta(days=7), 1), (timedelta(days=7, seconds=1), 0)])
async def test_after_a_week_it_is_no_news(office: Office, after: timedelta, told: int) -> None:
    """What could not be told for seven days is not told any more."""
    _paper(office).loses = 1
    await _go_on(office, timedelta(seconds=1), after)
    assert len(office.paper.reports) == told


async def test_who_can_be_reached_again_hears_of_no_trouble(office: Office) -> None:
    """Where the channel was opened before the news could be told, nothing is told."""
    paper = _paper(office)
    paper.loses = 1
    await _go_on(office, timedelta(seconds=1))
    paper.obstacle = None
    (subscription,) = await office.subscribing.list_all(GUILD)
    await office.subscribing.resume(GUILD, subscription.id)
    office.now += timedelta(seconds=10)
    await office.work()
    assert (paper.reports, paper.looked) == ([], 0)


@pytest.mark.parametrize(
    ("keeps", "after", "told"),
    [
        (True, timedelta(seconds=10), {"posted": 77, "reason": FOUND}),
        (False, timedelta(seconds=10), {"posted": 1}),
        (False, timedelta(days=8), {"reason": "nothing to report any more"}),
    ],
)
async def test_the_log_says_what_became_of_it(office: Office, after: timedelta, told: dict[str, object], *, keeps: bool) -> None:
    """Found, posted, or no news any more: each with what there is to say of it."""
    paper = _paper(office)
    paper.loses, paper.keeps = 1, keeps
    with capture_logs() as log:
        await _go_on(office, timedelta(seconds=1), after)
    settled = [one for entry in log if entry["event"] == "settled" for one in entry["messages"]]
    assert settled[-1] == {"id": 2, **told}


async def test_of_a_subscription_that_was_erased_there_is_no_news(office: Office, tmp_path: Path) -> None:
    """Nothing is told, and nothing is tried again, where nobody knows any more what it was."""
    _paper(office).loses = 1
    await _go_on(office, timedelta(seconds=1))
    with closing(sqlite3.connect(tmp_path / "store.sqlite")) as connection, connection:
        connection.execute("DELETE FROM subscriptions")
    await _go_on(office, timedelta(seconds=10))
    assert office.paper.reports == []
    assert await office.store.ledger.find_next_attempt(office.now) is None
