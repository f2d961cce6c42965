"""A change that some were told of when the planner was cut off, and that became another before it went on: they hear of that too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.ledger import AlertKind
from bot.errors import StoreError
from bot.store.store import open_store
from tests.services.alerting import Office, land, open_office_that_told
from tests.services.test_half_done import spoiled

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.services.messaging import Post

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
SOON, FIRST, BETWEEN, LAST = "2026-12-03", "2026-12-10", "2026-12-01", "2026-12-20"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office that has told a channel of a day to which the summit moved, and could not write down that it had moved."""
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'store.sqlite'}") as store:
        opened = Office(store, tmp_path / "content")
        opened.edit_content(FIRST)
        opened.now = NOON
        await opened.work()
        await opened.subscribe(leads=(7,))
        await opened.work()
        await _cut_off(opened, BETWEEN)
        assert _told(list(opened.paper.posts.values())) == [(AlertKind.ALERT, BETWEEN)]
        yield opened


async def _cut_off(office: Office, day: str, status: str = "tentative") -> None:
    """Let the summit change, and the disk fail before that is noted; what was planned until then goes out."""
    office.edit_content(day, status)
    with spoiled(office.folder.parent, "calendar"), pytest.raises(StoreError):
        await office.planner.step()
    await office.dispatcher.step()
    await land(office.dispatcher)


def _told(posts: list[Post]) -> list[tuple[AlertKind, str]]:
    return [(item.kind, item.occurrence.key) for post in posts for item in post.items]


async def test_it_is_called_off(office: Office) -> None:
    """The day in between was all that the channel heard, and what becomes of the date is told with it."""
    office.edit_content(BETWEEN, "cancelled")
    assert _told(await office.work()) == [(AlertKind.CANCELLED, BETWEEN)]


async def test_it_moves_again(office: Office) -> None:
    """The move is told from the day that the channel knows, though another was known before."""
    office.edit_content(LAST)
    posts = await office.work()
    assert _told(posts) == [(AlertKind.MOVED, LAST)]
    assert [item.previous.key for post in posts for item in post.items if item.previous] == [BETWEEN]


async def test_it_goes_back(office: Office) -> None:
    """A move that was taken back before it was written down is told to who heard of it."""
    office.edit_content(FIRST)
    posts = await office.work()
    assert _told(posts) == [(AlertKind.MOVED, FIRST)]


async def test_it_was_to_move_there_after_all(office: Office) -> None:
    """With the content as it was, the round goes on where it was cut off, and nobody hears anything twice."""
    assert await office.work() == []
    office.edit_content(BETWEEN, "cancelled")
    assert _told(await office.work()) == [(AlertKind.CANCELLED, BETWEEN)]


async def test_a_date_that_was_called_off_to_some_is_on_again_to_them(tmp_path: Path) -> None:
    """An editor's mistake that was taken back while it was being told is put right with everybody who heard it."""
    async with open_office_that_told(tmp_path) as office:
        await _cut_off(office, SOON, "cancelled")
        assert _told(list(office.paper.posts.values())) == [(AlertKind.ALERT, SOON), (AlertKind.CANCELLED, SOON)]
        office.edit_content(SOON)
        assert _told(await office.work()) == [(AlertKind.RESTORED, SOON)]
        await _cut_off(office, SOON, "cancelled")
        office.now += timedelta(minutes=5)
        assert await office.work() == []
        office.edit_content(SOON)
        assert _told(await office.work()) == [(AlertKind.RESTORED, SOON)]
