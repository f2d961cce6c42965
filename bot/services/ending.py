"""How long the end of everything may take: one time limit, begun once and shared by all that stops."""

from __future__ import annotations

import asyncio
import contextlib
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

T = TypeVar("T")

ENDING_SECONDS = 9.3
"""How long everything together may take to stop; supervisors kill after ten seconds."""

CLOSING_SECONDS = 2.4
"""How much of that is kept for what stops last: the answers on their way, the gateway, the database."""


class Ending:
    """The time left for stopping. Whoever stops first begins it; what follows shares the rest."""

    def __init__(self, seconds: float = ENDING_SECONDS) -> None:
        """Give `seconds` to everything together."""
        self._seconds = seconds
        self._ends_at: float | None = None

    def begin(self) -> None:
        """Let the time run from now on, unless it runs already."""
        if self._ends_at is None:
            self._ends_at = monotonic() + self._seconds

    def grant(self, seconds: float, *, leave: float = CLOSING_SECONDS) -> float:
        """Return how many seconds something may take to stop: as many as asked for, while `leave` stay for what comes after it."""
        self.begin()
        assert self._ends_at is not None  # noqa: S101 - it has just begun
        return max(min(seconds, self._ends_at - monotonic() - leave), 0.0)

    @contextlib.asynccontextmanager
    async def closing(self, opened: AbstractAsyncContextManager[T], seconds: float) -> AsyncIterator[T]:
        """Open something that takes at most `seconds` to close, and nothing from what others were left."""
        stack = contextlib.AsyncExitStack()
        value = await stack.enter_async_context(opened)
        try:
            yield value
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.grant(seconds, leave=0)):
                    await stack.aclose()
