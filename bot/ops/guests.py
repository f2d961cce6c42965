"""Connections to the web port: few at once and short, so that nobody who holds them open, or sends garbage, can hurt the bot."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 64
"""Connections at once; who comes beyond is hung up on. The bot needs its open files for Discord and the database."""

SECONDS = 10.0
"""How long one may last, whatever it does or does not send or read; a page takes well under a second, a hung database two."""

MAX_LINE = 2_048
MAX_FIELD = 4_096
MAX_HEADERS = 64
"""Bytes of a request line and of one header, and headers in a request."""


class Door:
    """Makes a guest of each connection, for `loop.create_server`."""

    def __init__(self, server: web.Server, refuse: Callable[[int], web.Response]) -> None:
        """Let `server` answer; `refuse` makes the answer, of a status, to what is no request."""
        self.server = server
        self.refuse = refuse
        self.guests: set[_Guest] = set()

    def __call__(self) -> asyncio.Protocol:
        """Return what hears of the next connection."""
        return _Guest(self)


class _Guest(web.RequestHandler):
    """One connection, as aiohttp speaks with it."""

    def __init__(self, door: Door) -> None:
        super().__init__(
            door.server,
            loop=asyncio.get_running_loop(),
            access_log=cast(Any, None),  # aiohttp's own hint leaves out that there may be none
            auto_decompress=False,
            lingering_time=0,
            max_line_size=MAX_LINE,
            max_field_size=MAX_FIELD,
            max_headers=MAX_HEADERS,
        )
        self._door = door
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        connection = cast(asyncio.Transport, transport)
        if len(self._door.guests) >= MOST:
            connection.abort()
            return
        self._door.guests.add(self)
        self._end = asyncio.get_running_loop().call_later(SECONDS, connection.abort)
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._door.guests.discard(self)
        if self._end is not None:
            self._end.cancel()
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,  # noqa: ARG002 - aiohttp passes it
        message: str | None = None,  # noqa: ARG002 - the same
    ) -> web.StreamResponse:
        """Answer what is no request, without the library's own words and without a traceback: anybody could fill the log."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun already")
        return self._door.refuse(status)
