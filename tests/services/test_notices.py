"""How long a notice of a change is worth telling, and to whom."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.ledger import AlertKind, DeliveryState
from tests.services.alerting import GUILD, TOLD_AT, Office, open_office_that_told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

CHANGED_AT = TOLD_AT + timedelta(hours=3)
WEEK = timedelta(days=7)
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office that has told a channel of the summit on 3 December, and was then removed from the server."""
    async with open_office_that_told(tmp_path) as office:
        office.now, office.paper.guilds = CHANGED_AT, frozenset()
        await office.work()
        yield office


async def _return(office: Office, after: timedelta) -> list[tuple[AlertKind, DeliveryState]]:
    """Let the change be noted, and the bot be back so long after it; return what became of the notices."""
    assert await office.work() == []
    office.now += after
    office.paper.guilds = frozenset({GUILD})
    office.restart()
    await office.work()
    return [(entry.alert.kind, entry.state) for entry in await office.history() if entry.alert.kind is not AlertKind.ALERT]


@pytest.mark.parametrize(
    ("after", "state"), [(WEEK - A_MINUTE, DeliveryState.SENT), (WEEK, DeliveryState.EXPIRED), (WEEK + A_MINUTE, DeliveryState.EXPIRED)]
)
async def test_that_it_is_off_is_told_for_a_week(office: Office, after: timedelta, state: DeliveryState) -> None:
    """A server to which the bot returns within seven days of a cancellation hears of it; later the ledger alone has it."""
    office.edit_content("2026-12-03", "cancelled")
    assert await _return(office, after) == [(AlertKind.CANCELLED, state)]


@pytest.mark.parametrize(
    ("day", "after", "state"),
    [
        ("2026-12-20", timedelta(days=20), DeliveryState.SENT),
        ("2026-12-20", timedelta(days=28), DeliveryState.EXPIRED),
        ("2026-11-28", WEEK - A_MINUTE, DeliveryState.SENT),
        ("2026-11-28", WEEK, DeliveryState.EXPIRED),
    ],
)
async def test_a_move_is_told_until_the_new_date_is_past(office: Office, day: str, after: timedelta, state: DeliveryState) -> None:
    """To a later day it is news for as long as that day is; to a nearer one for a week all the same."""
    office.edit_content(day)
    assert (AlertKind.MOVED, state) in await _return(office, after)
