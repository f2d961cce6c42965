"""Posts that are to be published: once, whoever posted them, and what went wrong with it is told in the ledger and the log."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from bot.domain.ledger import FOUND, DeliveryState
from bot.domain.subscriptions import Obstacle
from bot.errors import DeliveryError
from bot.services.messaging import UndeliverableError
from tests.services.alerting import TOLD_AT, Office, open_office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

LOST = DeliveryError("the connection to Discord failed")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office where an alert falls due in an announcement channel."""
    async with open_office(tmp_path) as office:
        await office.subscribe(leads=(7,), publish=True)
        office.now = TOLD_AT
        yield office


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (LOST, "the connection to Discord failed"),
        (TimeoutError(), "TimeoutError"),
        (UndeliverableError(Obstacle.CANNOT_SEND, reason="403"), str(UndeliverableError(Obstacle.CANNOT_SEND, reason="403"))),
    ],
)
async def test_what_was_not_published_stays_posted_and_says_why(office: Office, error: Exception, reason: str) -> None:
    """Whatever kept it from being published, the post is sent and not tried again; the ledger has the reason."""
    office.paper.fails_publishing = error
    await office.work()
    [entry] = await office.history()
    assert (entry.state, entry.posted_id, entry.reason) == (DeliveryState.SENT, 1001, f"posted, but not published: {reason}")
    office.now += timedelta(hours=1)
    assert await office.work() == []
    assert office.paper.looked == 0


@pytest.mark.parametrize("fails", [False, True])
async def test_a_post_that_was_found_is_published(office: Office, *, fails: bool) -> None:
    """Whoever adopts what an earlier try posted publishes it, for that try did not; the ledger says that it was found, or why not."""
    office.paper.fails = [(LOST, True)]
    await office.work()
    assert office.paper.published == []
    office.paper.fails_publishing = LOST if fails else None
    office.now += timedelta(seconds=10)
    assert await office.work() == []
    assert office.paper.published == ([] if fails else [1001])
    [entry] = await office.history()
    assert (entry.state, entry.posted_id) == (DeliveryState.SENT, 1001)
    assert entry.reason == (f"posted, but not published: {LOST}" if fails else FOUND)


async def test_the_log_says_what_became_of_each_message(office: Office) -> None:
    """Its id with Discord's, or with the reason why there is none; nothing is said of what there is not."""
    with capture_logs() as log:
        office.paper.fails = [(LOST, False)]
        await office.work()
        office.now += timedelta(seconds=10)
        await office.work()
    told = [one for entry in log if entry["event"] == "settled" for one in entry["messages"]]
    assert told == [{"id": 1, "reason": str(LOST)}, {"id": 1, "posted": 1001}]
