"""A message of which nobody finds out whether it was posted, or only after its dates changed: who may have heard it is told what follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.judging import Reason
from bot.domain.ledger import FOUND, AlertKind, DeliveryState
from bot.errors import DeliveryError
from bot.services.retrying import GIVEN_UP_AFTER
from tests.services.alerting import TOLD_AT, open_office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.services.messaging import Post
    from tests.services.alerting import Office

FIRST, SECOND = "2026-12-03", "2026-12-10"
FAR, FAR_DUE_AT = "2027-02-10", datetime(2026, 12, 12, 9, tzinfo=UTC)
PAST = datetime(2026, 12, 6, 12, tzinfo=UTC)
"""When the summit of 3 December is worth no alert any more."""

LOST, UNREADABLE = DeliveryError("the answer was lost"), DeliveryError("the history cannot be read")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office that has posted an alert and does not know it; where it was posted, it cannot look."""
    async with open_office(tmp_path) as opened:
        await opened.subscribe(leads=(7,))
        opened.now = TOLD_AT
        opened.paper.fails, opened.paper.fails_looking = [(LOST, True)], UNREADABLE
        assert len(await opened.work()) == 1
        yield opened


def _told(posts: list[Post]) -> list[tuple[AlertKind, str]]:
    return [(item.kind, item.occurrence.key) for post in posts for item in post.items]


async def test_who_may_have_been_told_hears_of_a_change(tmp_path: Path) -> None:
    """Posted or not, the date is ahead when the message is given up: the ledger does not call it past, and a cancellation is told."""
    async with open_office(tmp_path) as office:
        office.edit_content(FAR)
        await office.work()
        await office.subscribe(leads=(60,))
        office.now = FAR_DUE_AT
        office.paper.fails, office.paper.fails_looking = [(LOST, False)], UNREADABLE
        assert await office.work() == []
        office.now = FAR_DUE_AT + GIVEN_UP_AFTER + timedelta(hours=1)
        assert await office.work() == []
        (entry,) = await office.history()
        assert (entry.state, entry.reason) == (DeliveryState.EXPIRED, Reason.UNKNOWN)
        office.edit_content(FAR, "cancelled")
        assert _told(await office.work()) == [(AlertKind.CANCELLED, FAR)]


async def test_once_the_date_is_past_it_is_still_not_known(office: Office) -> None:
    """What was posted is not called past in the ledger, and how the date ended is told."""
    office.now = PAST
    assert await office.work() == []
    (entry,) = await office.history()
    assert (entry.state, entry.reason) == (DeliveryState.EXPIRED, Reason.UNKNOWN)
    office.edit_content(FIRST, "passed", outcome="They met.")
    assert _told(await office.work()) == [(AlertKind.OUTCOME, FIRST)]


async def test_a_date_that_moves_before_anybody_could_look_is_told(office: Office) -> None:
    """The alert that may stand there is of a day that is wrong by now: the ledger calls it unknown, not moved, and the move is told."""
    office.edit_content(SECOND)
    office.now += timedelta(hours=1)
    posts = await office.work()
    office.now += timedelta(hours=1)
    posts += await office.work()
    assert _told(posts) == [(AlertKind.MOVED, SECOND)]
    assert [item.previous.key for post in posts for item in post.items if item.previous] == [FIRST]
    alert, *_ = await office.history()
    assert (alert.state, alert.reason) == (DeliveryState.EXPIRED, Reason.UNKNOWN)


async def test_of_a_found_message_with_a_date_that_moved_since_the_move_is_told(tmp_path: Path) -> None:
    """Whether the date that is another by now was in the message nobody knows; whoever heard it must not be left with it."""
    async with open_office(tmp_path) as office:
        _hold(office, FIRST)
        await office.work()
        await office.subscribe(leads=(7,))
        office.now = TOLD_AT
        office.paper.fails, office.paper.fails_looking = [(LOST, True)], UNREADABLE
        (post,) = await office.work()
        assert len(post.items) == 2
        _hold(office, SECOND)
        office.now += timedelta(hours=1)
        await office.planner.step()
        office.paper.fails_looking = None
        posts = await office.work()
        office.now += timedelta(hours=1)
        posts += await office.work()
        assert _told(posts) == [(AlertKind.MOVED, SECOND)]
        ends = {(entry.alert.deadline, entry.alert.kind): (entry.state, entry.reason) for entry in await office.history()}
        assert ends == {
            ("talks", AlertKind.ALERT): (DeliveryState.SENT, FOUND),
            ("summit", AlertKind.ALERT): (DeliveryState.EXPIRED, Reason.UNKNOWN),
            ("summit", AlertKind.MOVED): (DeliveryState.SENT, ""),
        }


def _hold(office: Office, day: str) -> None:
    """Let the summit be on `day`, and talks always on the same."""
    summit, talks = office.read(day), office.read(FIRST).knowledge.deadlines[0]
    both = (*summit.knowledge.deadlines, talks.model_copy(update={"id": "talks"}))
    office.knowledge.current = replace(summit, knowledge=replace(summit.knowledge, deadlines=both, version=f"both {day}"))
