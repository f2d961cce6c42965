"""The web port: health, readiness, metrics and the calendar. It answers everybody who reaches it, so it tells nothing secret."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING

import structlog
from aiohttp import web

from bot.errors import SettingsError
from bot.ops.guests import Door

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from typing import Any

    Page = Callable[[web.BaseRequest], Awaitable[web.Response]]

_HEADERS = {
    "Server": "detente",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_METHODS = ("GET", "HEAD")

_log = structlog.get_logger(__name__)


def text(status: int, body: str, **headers: str) -> web.Response:
    """Return a line of plain text."""
    return web.Response(status=status, text=f"{body}\n", headers=headers)


def jsoned(status: int, value: Mapping[str, Any]) -> web.Response:
    """Return a value as JSON that nobody may keep."""
    body = json.dumps(value, ensure_ascii=False, indent=1)
    return web.Response(status=status, text=f"{body}\n", content_type="application/json", headers={"Cache-Control": "no-store"})


class Site:
    """Answers requests for a few pages, and plainly refuses all others."""

    def __init__(self, pages: Mapping[str, Page]) -> None:
        """Serve `pages`, by path."""
        self._pages = pages

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Answer one request; the connection ends with it."""
        return _sealed(await self._choose(request))

    async def _choose(self, request: web.BaseRequest) -> web.Response:
        page = self._pages.get(request.path)
        if page is None:
            return text(404, "There is no such page.")
        if request.method not in _METHODS:
            return text(405, "This page can only be read.", Allow=", ".join(_METHODS))
        try:
            return await page(request)
        except Exception:  # noqa: BLE001 - the edge: whoever asks gets an answer, and nothing of the inside
            _log.exception("page failed", page=request.path)
            return text(500, "Something went wrong; the bot's log says what.")


def _sealed(response: web.Response) -> web.Response:
    """Add what every answer carries; the connection ends with it."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.force_close()
    return response


def _refuse(status: int) -> web.Response:
    return _sealed(text(status, "That is no request that this port understands."))


@contextlib.asynccontextmanager
async def serving(pages: Mapping[str, Page], host: str, port: int) -> AsyncIterator[int]:
    """Serve `pages` (by path) on `host` and `port` (0: a free one), and yield the port.

    Raises SettingsError where nothing can listen there.
    """
    server = web.Server(Site(pages).answer)
    try:
        listening = await asyncio.get_running_loop().create_server(Door(server, _refuse), host, port)
    except OSError as error:
        msg = (
            f"HTTP_PORT cannot be used: nothing can listen on port {port} of {host} ({error.strerror or error}). Set HTTP_PORT to a "
            "free port (0 picks one) and HTTP_HOST to an address of this machine."
        )
        raise SettingsError(msg) from None
    opened: int = listening.sockets[0].getsockname()[1]
    _log.info("web port open", host=host, port=opened)
    try:
        yield opened
    finally:
        listening.close()
        await server.shutdown(timeout=0)
