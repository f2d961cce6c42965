"""A date that has passed is put right without a message; whoever knows the day that was announced hears what becomes of it all the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.domain.entries import Deadline
from bot.domain.ledger import AlertKind
from bot.domain.subscriptions import ChannelId
from bot.store.store import open_store
from tests.services.alerting import TOLD_AT, Office, open_office_that_told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.services.messaging import Post

FIRST, SECOND, THIRD, AHEAD = "2026-12-03", "2026-12-02", "2026-12-01", "2027-02-10"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office that has told a channel of the summit on 3 December, which has passed since."""
    async with open_office_that_told(tmp_path) as office:
        office.now = datetime(2026, 12, 20, 12, tzinfo=UTC)
        assert await office.work() == []
        yield office


def _said(posts: list[Post]) -> list[tuple[AlertKind, str | None, str]]:
    """Return the kind, the day that was announced where it was another, and the day of everything in some posts."""
    return [(item.kind, item.previous.key if item.previous else None, item.occurrence.key) for post in posts for item in post.items]


@pytest.mark.parametrize("corrections", [(SECOND,), (SECOND, THIRD), (THIRD, FIRST, SECOND)])
async def test_the_outcome_of_a_date_that_was_put_right_is_told(office: Office, corrections: tuple[str, ...]) -> None:
    """However often the day was corrected, also across a restart: one message, with the day that was announced and the one that holds."""
    for day in corrections:
        office.edit_content(day)
        assert await office.work() == []
        office.restart()
    office.edit_content(corrections[-1], "passed", outcome="They met.")
    assert _said(await office.work()) == [(AlertKind.OUTCOME, FIRST, corrections[-1])]
    assert await office.work() == []


async def test_a_date_put_right_and_back_is_told_by_the_day_that_was_announced(office: Office) -> None:
    """What was corrected and taken back is the date that everybody knows."""
    for day in (SECOND, FIRST):
        office.edit_content(day)
        assert await office.work() == []
    office.edit_content(FIRST, "passed", outcome="They met.")
    assert _said(await office.work()) == [(AlertKind.OUTCOME, None, FIRST)]


async def test_put_right_and_its_outcome_in_one_change(office: Office) -> None:
    """The message has both days too."""
    office.edit_content(SECOND, "passed", outcome="They met.")
    assert _said(await office.work()) == [(AlertKind.OUTCOME, FIRST, SECOND)]


async def test_a_date_put_right_and_then_put_off(office: Office) -> None:
    """A day ahead is news for whoever was told the first one, also where it was corrected in between."""
    office.edit_content(SECOND)
    assert await office.work() == []
    office.edit_content(AHEAD)
    assert _said(await office.work()) == [(AlertKind.MOVED, FIRST, AHEAD)]


async def test_a_date_put_right_and_then_called_off(office: Office) -> None:
    """That it never took place is told by the day that was announced."""
    office.edit_content(SECOND)
    assert await office.work() == []
    office.edit_content(SECOND, "cancelled")
    assert _said(await office.work()) == [(AlertKind.CANCELLED, None, FIRST)]


def _edit_moment(office: Office, at: str, **more: object) -> None:
    """Let an editor set the summit to a moment."""
    snapshot = office.read(FIRST)
    (summit,) = snapshot.knowledge.deadlines
    when = {"at": f"{FIRST}T{at}", "zone": "UTC"}
    changed = Deadline.model_validate({**summit.model_dump(exclude={"when"}), "when": when, **more})
    knowledge = replace(snapshot.knowledge, deadlines=(changed,), version=f"{at} {more}")
    office.knowledge.current = replace(snapshot, knowledge=knowledge)


async def test_whoever_was_told_only_the_corrected_moment_hears_of_it_too(tmp_path: Path) -> None:
    """Due at night, put right at dawn, told in the morning to those who hear on the day: they learn how it ended, and all others do."""
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'store.sqlite'}") as store:
        office = Office(store, tmp_path / "content")
        _edit_moment(office, "03:00")
        await office.work()
        await office.subscribe(leads=(7,))
        await office.subscribe(leads=(0,), channel_id=ChannelId(20))
        office.now = TOLD_AT
        assert _said(await office.work()) == [(AlertKind.ALERT, None, f"{FIRST}T03:00Z")]
        office.now = datetime(2026, 12, 3, 5, tzinfo=UTC)
        assert await office.work() == []
        _edit_moment(office, "03:30")
        posted = await office.work_until(datetime(2026, 12, 3, 12, tzinfo=UTC))
        assert [(at.hour, post.channel_id) for at, post in posted] == [(9, 20)]
        _edit_moment(office, "03:40")
        assert await office.work() == []
        _edit_moment(office, "03:40", status="passed", outcome="They met.")
        assert sorted(_said(await office.work())) == [
            (AlertKind.OUTCOME, f"{FIRST}T03:00Z", f"{FIRST}T03:40Z"),
            (AlertKind.OUTCOME, f"{FIRST}T03:30Z", f"{FIRST}T03:40Z"),
        ]
