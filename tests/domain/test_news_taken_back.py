"""Notices that nobody is to get: of what was never told, was told already, or is no longer so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.entries import Deadline
from bot.domain.judging import NOTICE_LASTS, Reason, Ruling, judge
from bot.domain.ledger import Alert, AlertId, AlertKind, Delivery, DeliveryState
from tests.domain.strategies import deadline, subscription

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
DAY, LATER = "2026-12-03", "2026-12-10"
OFF, OVER = deadline(DAY, status="cancelled"), deadline(DAY, status="passed")

CASES: list[tuple[str, AlertKind, str | None, AlertKind | None, Deadline]] = [
    ("off, to one who was told nothing", AlertKind.CANCELLED, None, None, OFF),
    ("how it ended, to one who was told nothing", AlertKind.OUTCOME, None, None, OVER),
    ("off, which was told, and is on again", AlertKind.CANCELLED, DAY, AlertKind.CANCELLED, deadline(DAY)),
    ("how it ended, which was taken back", AlertKind.OUTCOME, DAY, AlertKind.OUTCOME, deadline(DAY)),
    ("off, which it was on another day", AlertKind.CANCELLED, LATER, AlertKind.ALERT, deadline(DAY)),
    ("on again, which is off once more", AlertKind.RESTORED, DAY, AlertKind.OUTCOME, OFF),
    ("on again, which is over", AlertKind.RESTORED, DAY, AlertKind.CANCELLED, OVER),
]


@pytest.mark.parametrize(
    ("told", "told_by", "kind", "entry"), [(row[2], row[3], row[1], row[4]) for row in CASES], ids=[row[0] for row in CASES]
)
def test_a_notice_that_is_no_news_is_dropped(told: str | None, told_by: AlertKind | None, kind: AlertKind, entry: Deadline) -> None:
    """It ends as overtaken by another change, and nothing goes out in its place: for that there is a notice of its own."""
    notice = Alert(kind=kind, deadline="summit", occurrence=DAY, lead=1)
    delivery = Delivery(alert_id=AlertId(1), alert=notice, subscription=subscription(), nearest_lead=0, told=told, told_by=told_by)
    assert judge(delivery, entry, NOW) == Ruling(DeliveryState.SUPERSEDED, Reason.CHANGED_AGAIN)


def test_news_is_news_for_a_week() -> None:
    """As the page about alerts says."""
    assert timedelta(weeks=1) == NOTICE_LASTS
