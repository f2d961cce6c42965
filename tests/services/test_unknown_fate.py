"""A message of which nobody ever finds out whether it was posted: given up after a month, truly said so, and taken for told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.domain.judging import Reason
from bot.domain.ledger import AlertKind, DeliveryState
from bot.errors import DeliveryError
from bot.services.retrying import GIVEN_UP_AFTER
from tests.services.alerting import open_office

if TYPE_CHECKING:
    from pathlib import Path

DAY, DUE_AT = "2027-02-10", datetime(2026, 12, 12, 9, tzinfo=UTC)


async def test_who_may_have_been_told_hears_of_a_change(tmp_path: Path) -> None:
    """Posted or not, the date is ahead when the message is given up: the ledger does not call it past, and a cancellation is told."""
    async with open_office(tmp_path) as office:
        office.edit_content(DAY)
        await office.work()
        await office.subscribe(leads=(60,))
        office.now = DUE_AT
        office.paper.fails = [(DeliveryError("the answer was lost"), False)]
        office.paper.fails_looking = DeliveryError("the history cannot be read")
        assert await office.work() == []
        office.now = DUE_AT + GIVEN_UP_AFTER + timedelta(hours=1)
        assert await office.work() == []
        (entry,) = await office.history()
        assert (entry.state, entry.reason) == (DeliveryState.EXPIRED, Reason.UNKNOWN)
        office.edit_content(DAY, "cancelled")
        posts = await office.work()
        assert [(item.kind, item.occurrence.key) for post in posts for item in post.items] == [(AlertKind.CANCELLED, DAY)]
