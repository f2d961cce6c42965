"""Questions that many may want answered at once: asked one at a time, and not waited for longer than anybody has patience."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

PATIENCE = 2.0
"""Seconds after which whoever asked hears that there is no answer."""

T = TypeVar("T")


class Question(Generic[T]):
    """One question to the database. However many want to know and however long it hangs, it takes one connection."""

    def __init__(self, ask: Callable[[], Coroutine[Any, Any, T]], *, fresh_seconds: float) -> None:
        """Ask by calling `ask`; an answer serves everybody for `fresh_seconds`."""
        self._ask = ask
        self._fresh_seconds = fresh_seconds
        self._asking: asyncio.Task[T] | None = None
        self._answered_at = float("-inf")

    async def answer(self) -> T:
        """Return the answer; raises TimeoutError after PATIENCE, and whatever asking raises."""
        loop = asyncio.get_running_loop()
        if self._asking is None or (self._asking.done() and loop.time() >= self._answered_at + self._fresh_seconds):
            self._asking = asyncio.create_task(self._ask())
            self._asking.add_done_callback(self._note)
        # Whoever has lost patience leaves the question as it is: the next one who wants to know waits for the same answer.
        done, _ = await asyncio.wait((self._asking,), timeout=PATIENCE)
        if not done:
            raise TimeoutError
        return self._asking.result()

    async def close(self) -> None:
        """Give up what is still being asked."""
        if self._asking is not None:
            self._asking.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await self._asking

    def _note(self, asking: asyncio.Task[T]) -> None:
        # A failure is no answer to keep; looking at it here keeps asyncio from complaining where nobody waited for it.
        if not asking.cancelled() and asking.exception() is None:
            self._answered_at = asyncio.get_running_loop().time()
