"""What can go wrong between the bot and Discord, switched on and off by tests."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from tests.loopback.answers import refusal
from tests.loopback.limits import too_many

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Fault:
    """How requests fail, which ones, and how many.

    A request meets the oldest fault that fits it. Where the fault is `stored`, the request first takes effect, and only its answer
    is lost. Then `delay` seconds pass (or `Loopback.heal` ends them). Then the connection is cut (`reset`) or `status` is answered.
    A fault with neither only answers late: what the request asked for, and where it was not stored and the client has hung up
    meanwhile, nothing happens at all.

    Attributes:
        status: The HTTP status of the answer.
        code: Discord's code in the body of the error, such as 50001.
        retry_after: With status 429, the seconds to wait.
        everywhere: With status 429, whether it is the limit of the whole token.
        cloudflare: With status 429, whether it is a ban by Cloudflare: a page of HTML without `Via`.
        reset: Whether the connection is cut instead of an answer.
        stored: Whether the request takes effect before it fails.
        delay: The seconds before the answer.
        channel: The id of the only channel that it is for.
        route: The only route that it is for, such as `limits.POST_MESSAGE`.
        times: How many requests meet it; `None` is all until `heal`.
    """

    status: int | None = None
    code: int = 0
    retry_after: float = 1.0
    everywhere: bool = False
    cloudflare: bool = False
    reset: bool = False
    stored: bool = False
    delay: float = 0.0
    channel: int | None = None
    route: str | None = None
    times: int | None = None

    def fits(self, route: str, channel: int) -> bool:
        """Return whether a request is one that it is for."""
        return self.route in {None, route} and self.channel in {None, channel}

    def response(self) -> web.Response | None:
        """Return the answer that it gives, where it gives one."""
        if self.status is None:
            return None
        if self.status == web.HTTPTooManyRequests.status_code:
            if self.cloudflare:
                return web.Response(status=429, text="<html>Access denied | error 1015</html>", content_type="text/html")
            return too_many(self.retry_after, everywhere=self.everywhere)
        return refusal(self.status, self.code)


@dataclass(slots=True)
class _Running:
    """A fault that is switched on, with what is left of it."""

    fault: Fault
    left: float


class Faults:
    """The faults that are switched on."""

    def __init__(self) -> None:
        """Start with none."""
        self._running: list[_Running] = []
        self._hanging: set[asyncio.Event] = set()

    def add(self, fault: Fault) -> None:
        """Switch a fault on."""
        self._running.append(_Running(fault, float("inf") if fault.times is None else fault.times))

    def clear(self) -> None:
        """Switch all faults off and let the requests that hang go on."""
        self._running.clear()
        for over in self._hanging:
            over.set()

    def meet(self, route: str, channel: int) -> Fault | None:
        """Return the fault that a request meets, if any, and count it."""
        for running in self._running:
            if running.fault.fits(route, channel):
                running.left -= 1
                if running.left <= 0:
                    self._running.remove(running)
                return running.fault
        return None

    @property
    def hanging(self) -> int:
        """How many requests hang now."""
        return len(self._hanging)

    async def hang(self, seconds: float, begun: Callable[[], None]) -> None:
        """Call `begun` and wait, until all faults are switched off at most."""
        over = asyncio.Event()
        self._hanging.add(over)
        begun()
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), seconds)
        finally:
            self._hanging.discard(over)
