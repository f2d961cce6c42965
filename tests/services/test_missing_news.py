"""News of a date that the content has lost: it waits for the date to come back, however long that takes, and is told as it then stands."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.judging import NOTICE_LASTS, Reason
from bot.domain.ledger import AlertKind, DeliveryState
from tests.services.alerting import Office, open_office_that_told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

FIRST, SECOND = "2026-12-03", "2027-02-10"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office that has told a channel of the summit on 3 December."""
    async with open_office_that_told(tmp_path) as office:
        yield office


async def _lose(office: Office, *changes: tuple[str, str], hours: int = 5) -> None:
    """Let an editor make changes that are planned and not posted yet, and then lose the date; hours pass."""
    for day, status in changes:
        office.edit_content(day, status)
        await office.planner.step()
    office.knowledge.current = office.read_without()
    for _ in range(hours):
        assert await office.work() == []
        office.now += timedelta(hours=1)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (((FIRST, "cancelled"),), (AlertKind.CANCELLED, FIRST)),
        (((SECOND, "tentative"),), (AlertKind.MOVED, SECOND)),
        (((SECOND, "tentative"), (SECOND, "cancelled")), (AlertKind.CANCELLED, FIRST)),
    ],
)
async def test_what_was_not_told_before_the_date_was_lost_is_told_when_it_is_back(
    office: Office, changes: tuple[tuple[str, str], ...], expected: tuple[AlertKind, str]
) -> None:
    """Lost for hours before the news could go out, and back as it was: one message, to whoever had been told the first day."""
    await _lose(office, *changes)
    office.edit_content(*changes[-1])
    posts = await office.work()
    assert [(item.kind, item.occurrence.key) for post in posts for item in post.items] == [expected]
    assert await office.work() == []


async def test_news_that_came_to_nothing_meanwhile_is_not_told(office: Office) -> None:
    """Cancelled, lost for hours, and back on the day that was announced: there is nothing to tell."""
    await _lose(office, (FIRST, "cancelled"))
    office.edit_content(FIRST)
    assert await office.work() == []


async def test_news_of_a_date_that_stays_away_ends_as_old_news(office: Office) -> None:
    """For as long as news is worth anything it waits; then the ledger says what became of it."""
    await _lose(office, (FIRST, "cancelled"))
    assert (await office.history())[-1].state is DeliveryState.WAITING
    office.now += NOTICE_LASTS
    assert await office.work() == []
    last = (await office.history())[-1]
    assert (last.alert.kind, last.state, last.reason or Reason.OLD_NEWS) == (
        AlertKind.CANCELLED,
        DeliveryState.EXPIRED,
        Reason.OLD_NEWS,
    )
