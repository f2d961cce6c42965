"""The watcher on a real database: what it missed of a server's coming and going it makes up for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.domain.subscriptions import Status
from bot.store.store import open_store
from tests.services.alerting import GUILD, Office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office with a new database."""
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'alerts.sqlite'}") as store:
        yield Office(store, tmp_path / "content")


async def test_a_server_whose_return_was_not_written_down_is_found_to_be_there(office: Office) -> None:
    """It removed the bot and took it back within a minute, and the database failed at the second: the next round sees it."""
    await office.subscribe()
    await office.work()
    await office.watcher.note_left(GUILD)  # its return never got as far as here
    assert [s.status for s in await office.subscribing.list_all(GUILD)] == [Status.SUSPENDED]
    await office.work()
    assert [s.status for s in await office.subscribing.list_all(GUILD)] == [Status.ACTIVE]
