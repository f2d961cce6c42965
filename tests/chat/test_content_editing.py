"""An editor's midnight: a wrong date corrected, looked at, put to use, taken back; with the real service over a real database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.store.store import open_store
from tests.chat.editorial import Editorial, open_editorial
from tests.chat.reading import text_of
from tests.conftest import NOW
from tests.services.editing import Newsroom

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def newsroom(tmp_path: Path) -> AsyncIterator[Newsroom]:
    """A content folder with a summit on 3 December 2026."""
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'alerts.sqlite'}") as store:
        yield Newsroom(store, tmp_path / "room", NOW)


@pytest.fixture
async def desk(newsroom: Newsroom) -> AsyncIterator[Editorial]:
    """The bot that answers from it."""
    process = await newsroom.start()
    async with open_editorial(process.knowledge, process.reloading) as opened:
        yield opened


async def test_a_date_is_corrected_and_taken_back_without_a_restart(newsroom: Newsroom, desk: Editorial) -> None:
    """The preview tells the date from → to, the reload answers everybody with the new one, the rollback with the old one again."""
    newsroom.write("2026-12-10")
    shown = await desk.ann.slash("content preview")
    assert "3 December 2026" in text_of(shown)
    assert "10 December 2026" in text_of(shown)
    assert "3 December 2026" in text_of(await desk.cleo.slash("deadlines"))
    assert "In use now" in text_of(await desk.ann.click(shown, label="Reload"))
    assert "10 December 2026" in text_of(await desk.cleo.slash("deadlines"))
    back = await desk.ann.slash("content rollback")
    assert "is in use again" in text_of(back)
    assert "3 December 2026" in text_of(await desk.cleo.slash("deadlines"))
    assert "another version" in text_of(await desk.ann.click(back, label="Status"))
    history = text_of(await desk.ann.slash("content history"))
    rows = [line.split("**")[1] for line in history.splitlines() if "**" in line and " · " in line]
    assert rows == ["History", "Status", "Rollback", "Reload", "Preview"]
    assert history.count(f"by <@{desk.ann.actor.id}>") == 5


async def test_broken_content_stays_outside(newsroom: Newsroom, desk: Editorial) -> None:
    """A broken file is told with its place, and everybody is answered as before."""
    newsroom.break_content()
    answer = text_of(await desk.ann.slash("content reload"))
    assert "events/all.yaml:" in answer
    assert "stays" in answer
    assert "3 December 2026" in text_of(await desk.cleo.slash("deadlines"))


async def test_what_was_previewed_and_changed_again_is_not_applied(newsroom: Newsroom, desk: Editorial) -> None:
    """Between preview and button the folder changed: nothing is applied, and the new preview's own button applies the new one."""
    newsroom.write("2026-12-10")
    shown = await desk.ann.slash("content preview")
    newsroom.write("2026-12-17")
    again = await desk.ann.click(shown, label="Reload")
    assert "the folder is no longer what you were shown" in text_of(again)
    assert "17 December 2026" in text_of(again)
    assert "3 December 2026" in text_of(await desk.cleo.slash("deadlines"))
    await desk.ann.click(again, label="Reload")
    assert "17 December 2026" in text_of(await desk.cleo.slash("deadlines"))


async def test_the_first_content_has_no_way_back(desk: Editorial) -> None:
    """Before anything was changed, there is nothing to go back to, typed or pressed."""
    assert "There is no earlier version" in text_of(await desk.ann.slash("content rollback"))
    status = await desk.ann.slash("content status")
    assert "nothing is kept to go back to" in text_of(status)
    assert "at a start" in text_of(status)
