"""The planner on a database to which nobody has written for a while: it asks nothing, and misses nothing that is new."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.ledger import AlertKind
from bot.domain.subscriptions import ChannelId
from bot.services.planning import LOOK_AGAIN
from bot.services.subscribing import Subscribing
from tests.services.alerting import TOLD_AT, Office, open_office_that_told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.store.plan import PlanOfContent

AN_HOUR = timedelta(hours=1)


def _let_rest(folder: Path, seconds: int) -> None:
    """Let the last thing that was written to the database have been written on a day in 2020, so many seconds after some instant."""
    written_at = 1_600_000_000 + seconds
    os.utime(folder / "store.sqlite-wal", (written_at, written_at))


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office that has told a channel of the summit on 3 December, and whose planner has seen that nobody writes any more."""
    async with open_office_that_told(tmp_path) as opened:
        _let_rest(tmp_path, 0)
        opened.now += LOOK_AGAIN
        await opened.planner.step()
        yield opened


async def test_where_nobody_wrote_a_look_asks_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A planner that would ask twice a minute in vain would cost a database more than all alerts do."""
    asked = []
    under = office.store.plan.under

    async def note(version: str) -> PlanOfContent:
        asked.append(version)
        return await under(version)

    monkeypatch.setattr(office.store.plan, "under", note)
    office.now += LOOK_AGAIN
    assert await office.planner.step() == LOOK_AGAIN
    assert asked == []


async def test_new_content_is_taken_up_all_the_same(office: Office) -> None:
    """An editor's change needs no other write to be noticed."""
    office.edit_content("2026-12-03", "cancelled")
    await office.planner.step()
    assert (await office.history())[-1].alert.kind is AlertKind.CANCELLED


async def test_what_another_process_wrote_is_seen(office: Office, tmp_path: Path) -> None:
    """A new wish is found with the next look, also where its writing is a while ago by then."""
    office.subscribing = Subscribing(office.store, office.knowledge, office.clock, lambda: None, 5)
    await office.subscribe(channel_id=ChannelId(11), leads=(6,))
    _let_rest(tmp_path, 1)
    office.now += LOOK_AGAIN
    await office.planner.step()
    assert office.planner.due_next == TOLD_AT + timedelta(days=1)


async def test_every_hour_it_looks_round(office: Office) -> None:
    """How far the plan is, is noted though nothing else is written."""
    office.now = TOLD_AT + AN_HOUR
    await office.planner.step()
    assert (await office.store.plan.read())[0] == TOLD_AT + LOOK_AGAIN
