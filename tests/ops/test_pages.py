"""The calendar as a page: revisions from the database, filters, and answers that spare everybody work."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest
from multidict import CIMultiDictProxy

from bot.domain.ledger import KnownDate
from bot.knowledge.loading import load
from bot.knowledge.snapshot import CurrentSnapshot, Snapshot
from bot.ops import vitals
from bot.ops.metrics import Metrics
from bot.ops.pages import MAX_TAGS, list_pages
from bot.ops.vitals import Sights, Vitals
from bot.ops.web import serving
from bot.store.database import open_database
from bot.store.store import build_store
from tests.small import SMALL, write_content

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.store.database import Database

SIGHTS = Sights(
    is_connected=lambda: True,
    shards=lambda: {0: True},
    guilds=lambda: 1,
    workers=tuple,
    warning=lambda: "the folder holds something broken",
    in_flight=lambda: 0,
    next_alert_at=lambda: None,
    clock_ahead=lambda: None,
)


class _Stand:
    """The pages over a real database, and a client."""

    def __init__(self, database: Database, port: int, client: aiohttp.ClientSession) -> None:
        self.database = database
        self.store = build_store(database)
        self._address = f"http://127.0.0.1:{port}"
        self._client = client

    async def get(self, path: str, **headers: str) -> tuple[int, str, CIMultiDictProxy[str]]:
        async with self._client.get(self._address + path, headers=headers) as answer:
            return answer.status, await answer.text(), answer.headers


@asynccontextmanager
async def _opened(folder: Path) -> AsyncIterator[_Stand]:
    base = load(write_content(folder / "content", SMALL)).knowledge
    assert base is not None
    knowledge = CurrentSnapshot(Snapshot.of(base))
    async with asyncio.timeout(30), open_database(f"sqlite+aiosqlite:///{folder / 'detente.sqlite'}") as database:
        watched = Vitals(SIGHTS, build_store(database), knowledge)
        async with serving(list_pages(watched, Metrics(), knowledge), "127.0.0.1", 0) as port, aiohttp.ClientSession() as client:
            yield _Stand(database, port, client)
        await watched.close()


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[_Stand]:
    """The pages over the small content."""
    async with _opened(tmp_path) as stand:
        yield stand


async def test_the_revision_is_the_databases(stand: _Stand) -> None:
    """SEQUENCE is how often a date changed, by what the planner wrote down."""
    await stand.store.plan.save_dates([KnownDate(deadline="summit", occurrence="2026-12-03/2026-12-04", changes=7)])
    status, body, headers = await stand.get("/calendar.ics")
    assert (status, headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert "SEQUENCE:7\r\n" in body


async def test_tags_choose_and_an_unknown_one_is_told_which_there_are(stand: _Stand) -> None:
    """Tags are named by id or title; a wrong one gets the list, too many get the limit."""
    _, body, _ = await stand.get("/calendar.ics?tag=war")
    assert body.count("BEGIN:VEVENT") == 1
    assert (await stand.get("/calendar.ics?tag=nato&tag=The%20war"))[1].count("BEGIN:VEVENT") == 3
    status, body, _ = await stand.get("/calendar.ics?tag=peace")
    assert (status, body) == (400, "There is no tag “peace”. The tags are: NATO, The war. (nato, war)\n")
    assert (await stand.get("/calendar.ics?" + "tag=war&" * (MAX_TAGS + 1)))[0] == 400


async def test_who_has_it_already_gets_nothing_until_it_changes(stand: _Stand) -> None:
    """The same content and changes have the same ETag; another selection or another revision has another."""
    _, _, headers = await stand.get("/calendar.ics")
    etag = headers["ETag"]
    status, body, headers = await stand.get("/calendar.ics", **{"If-None-Match": f'"other", {etag}'})
    assert (status, body, headers["ETag"]) == (304, "", etag)
    assert (await stand.get("/calendar.ics?tag=war", **{"If-None-Match": etag}))[0] == 200


async def test_without_a_database_the_calendar_waits_and_readiness_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A revision that is not known is not made up; and a broken folder alone is a warning, no reason to be unready."""
    monkeypatch.setattr(vitals, "_CHECK_FRESH_SECONDS", 0.0)
    async with _opened(tmp_path) as stand:
        status, body, _ = await stand.get("/readyz")
        assert status == 200
        assert "the folder holds something broken" in body
        await stand.database._engine.dispose()
        (tmp_path / "detente.sqlite").write_bytes(b"no database any more" * 1_000)
        status, body, _ = await stand.get("/readyz")
        assert (status, "the bot's log says why" in body) == (503, True)
        status, _, headers = await stand.get("/calendar.ics")
        assert (status, headers["Retry-After"]) == (503, "60")
        status, body, _ = await stand.get("/metrics")
        assert (status, "detente_database_up 0.0" in body) == (200, True)
