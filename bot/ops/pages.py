"""What the web port shows."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from bot.errors import StoreError, UnknownTagError
from bot.ops.metrics import CONTENT_TYPE
from bot.ops.web import jsoned, text
from bot.services.browsing import find_tag
from bot.services.calendaring import write_calendar
from bot.services.phrasing import Phrases

if TYPE_CHECKING:
    from bot.domain.knowledge_base import KnowledgeBase
    from bot.domain.ledger import KnownDate
    from bot.knowledge.snapshot import CurrentSnapshot
    from bot.ops.metrics import Metrics
    from bot.ops.vitals import Vitals
    from bot.ops.web import Page

KEPT = 32
"""Calendars kept written: one for each selection of tags that somebody follows; they change with the content only."""

MAX_TAGS = 20
_MAX_AGE_SECONDS = 300

_Key = tuple[str, tuple["KnownDate", ...], frozenset[str]]


def list_pages(vitals: Vitals, metrics: Metrics, knowledge: CurrentSnapshot) -> dict[str, Page]:
    """Return the pages by path."""

    async def healthz(_: web.BaseRequest) -> web.Response:
        # That this is answered says all there is to say: the process lives and its loop runs.
        return jsoned(200, {"status": "ok"})

    async def readyz(_: web.BaseRequest) -> web.Response:
        checks = await vitals.examine()
        is_ready = all(check["ok"] for check in checks.values())
        return jsoned(200 if is_ready else 503, {"ready": is_ready, "checks": checks})

    async def numbers(_: web.BaseRequest) -> web.Response:
        body = metrics.render(await vitals.read())
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"})

    calendar = CalendarPage(vitals, knowledge)
    return {"/healthz": healthz, "/readyz": readyz, "/metrics": numbers, "/calendar.ics": calendar.show}


@dataclass(frozen=True, slots=True)
class _Written:
    body: bytes
    etag: str


class CalendarPage:
    """The calendar: all of it, or the dates with any of some tags (`?tag=nato&tag=sanctions`, by id or title)."""

    def __init__(self, vitals: Vitals, knowledge: CurrentSnapshot) -> None:
        """Show the content in use, numbered by what the database knows of its changes."""
        self._vitals = vitals
        self._knowledge = knowledge
        self._kept: OrderedDict[_Key, _Written] = OrderedDict()

    async def show(self, request: web.BaseRequest) -> web.Response:
        """Return the calendar; an unknown tag is answered with those there are."""
        knowledge = self._knowledge.current.knowledge
        asked = request.query.getall("tag", [])
        if len(asked) > MAX_TAGS:
            return text(400, f"At most {MAX_TAGS} tags can be asked for.")
        try:
            tags = frozenset(filter(None, (find_tag(knowledge, tag) for tag in asked)))
        except UnknownTagError as error:
            return text(400, f"{Phrases(knowledge.wording).complaint(error)} ({', '.join(tag.id for tag in knowledge.tags)})")
        try:
            known = await self._vitals.list_known()
        except (StoreError, TimeoutError):
            # Without the number of its revision an entry would look older than the one that a calendar has already.
            return text(503, "The database does not answer; the calendar comes back with it.", **{"Retry-After": "60"})
        return _answer(request, await self._write(knowledge, known, tags))

    async def _write(self, knowledge: KnowledgeBase, known: tuple[KnownDate, ...], tags: frozenset[str]) -> _Written:
        key = (knowledge.version, known, tags)
        if key not in self._kept:
            body = await asyncio.to_thread(write_calendar, knowledge, known, tags)
            self._kept[key] = _Written(body, hashlib.sha256(body).hexdigest()[:32])
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


def _answer(request: web.BaseRequest, written: _Written) -> web.Response:
    headers = {"ETag": f'"{written.etag}"', "Cache-Control": f"public, max-age={_MAX_AGE_SECONDS}"}
    if any(tag.value in {written.etag, "*"} for tag in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    headers |= {"Content-Type": "text/calendar; charset=utf-8", "Content-Disposition": 'inline; filename="detente.ics"'}
    return web.Response(body=written.body, headers=headers)
