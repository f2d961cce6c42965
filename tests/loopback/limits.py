"""Discord's rate limits: one for everything a token asks, and one for each channel and route."""

from __future__ import annotations

import hashlib
import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.loopback.answers import answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

POST_MESSAGE = "POST /channels/{channel}/messages"
CROSSPOST = "POST /channels/{channel}/messages/{message}/crosspost"


def _routes() -> dict[str, tuple[int, float]]:
    return {POST_MESSAGE: (5, 5.0), CROSSPOST: (10, 3600.0)}


@dataclass(slots=True)
class _Window:
    """A number of requests in a number of seconds, counted from the first."""

    limit: int
    seconds: float
    ends: float = 0.0
    used: int = 0

    def take(self, now: float) -> float:
        """Use one request up; return 0, or the seconds to wait where none was left."""
        if now >= self.ends:
            self.ends, self.used = now + self.seconds, 0
        if self.used >= self.limit:
            return self.ends - now
        self.used += 1
        return 0.0


@dataclass(slots=True)
class Limits:
    """How many requests in how many seconds: of everything, and of each route in each channel; `None` and `{}` are no limit."""

    everything: tuple[int, float] | None = (50, 1.0)
    routes: Mapping[str, tuple[int, float]] = field(default_factory=_routes)
    _global: _Window | None = None
    _windows: dict[tuple[str, int], _Window] = field(default_factory=dict)

    @classmethod
    def none(cls) -> Limits:
        """Return limits that never refuse."""
        return cls(None, {})

    def refuse_globally(self) -> web.Response | None:
        """Use one of the token's requests up; return the 429 where none was left."""
        if self.everything is None:
            return None
        if self._global is None:
            self._global = _Window(*self.everything)
        wait = self._global.take(time.monotonic())
        return too_many(wait, everywhere=True) if wait else None

    def refuse_locally(self, route: str, channel: int) -> tuple[web.Response | None, dict[str, str]]:
        """Use one of a channel's requests up; return the 429 where none was left, and the headers for any other answer."""
        if route not in self.routes:
            return None, {}
        window = self._windows.setdefault((route, channel), _Window(*self.routes[route]))
        now = time.monotonic()
        wait = window.take(now)
        headers = _headers(route, window, now)
        return (too_many(wait, headers=headers) if wait else None), headers


def too_many(retry_after: float, *, everywhere: bool = False, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return a 429 as Discord writes it, of the whole token or of one route."""
    seconds = _rounded_up(retry_after)
    told = {"Retry-After": str(math.ceil(seconds)), "X-RateLimit-Scope": "global" if everywhere else "user", **(headers or {})}
    if everywhere:
        told["X-RateLimit-Global"] = "true"
    return answer({"message": "You are being rate limited.", "retry_after": seconds, "global": everywhere}, 429, told)


def _headers(route: str, window: _Window, now: float) -> dict[str, str]:
    left = _rounded_up(window.ends - now)
    return {
        "X-RateLimit-Limit": str(window.limit),
        "X-RateLimit-Remaining": str(window.limit - window.used),
        "X-RateLimit-Reset": f"{time.time() + left:.3f}",
        "X-RateLimit-Reset-After": f"{left:.3f}",
        "X-RateLimit-Bucket": hashlib.blake2s(route.encode(), digest_size=16).hexdigest(),
    }


def _rounded_up(seconds: float) -> float:
    # Never a moment too short: who waits exactly that long must find the window open.
    return math.ceil(seconds * 1000) / 1000
