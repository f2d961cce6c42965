"""Every private name of simcord that the demo and the tests lean on, in one place.

simcord is pinned exactly; tests/demo/test_seams.py tells when a new version has moved one of them.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import simcord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from simcord.preview import Preview


def settle_fast() -> None:
    """Look for finished work every millisecond instead of every fifty."""
    defaults = simcord.Env._settle_internal.__kwdefaults__  # noqa: SLF001 - see the module
    if defaults is None or "idle" not in defaults:
        raise LookupError("simcord no longer has Env._settle_internal(idle=…)")
    defaults["idle"] = 0.001


def set_clock(env: simcord.Env, now: datetime) -> None:
    """Let the simulated world begin at `now` (aware UTC); call it before anything happens in it."""
    env.backend.clock._epoch = now  # noqa: SLF001 - see the module


def name_bot(env: simcord.Env, name: str) -> None:
    """Give the bot's user a name."""
    env.backend.bot_user.name = name


@asynccontextmanager
async def as_bot(env: simcord.Env, work: AbstractAsyncContextManager[None]) -> AsyncIterator[None]:
    """Enter and leave `work` as the bot itself would, so that its tasks see simulated time."""
    with env._bot_scope():  # noqa: SLF001 - see the module
        await work.__aenter__()
    try:
        yield
    finally:
        with env._bot_scope():  # noqa: SLF001 - see the module
            await work.__aexit__(None, None, None)


def count_messages(env: simcord.Env) -> int:
    """Return how many message events the world has seen: it grows whenever a page should be drawn again."""
    return sum(1 for kind, name, _ in env.backend.transcript if kind == "GATEWAY" and name.startswith("MESSAGE"))


class Turns:
    """Lets viewers and the driver of the clock take turns; simcord refuses operations that overlap.

    A page is drawn again when somebody at another page did something, but never the page where it was done: that one has
    been drawn already, and a second drawing would make it refuse the next click as outdated.
    """

    def __init__(self, env: simcord.Env, preview: Preview) -> None:
        """Put the turns between `preview` and what its viewers do."""
        self.lock = asyncio.Lock()
        self._env = env
        self._preview = preview
        self._drawn = count_messages(env)
        self._original = preview._action  # noqa: SLF001 - see the module
        preview._action = self._action  # type: ignore[method-assign]  # noqa: SLF001 - see the module

    async def refresh(self) -> None:
        """Draw every page again."""
        async with self.lock:
            await self._preview.refresh()
        self._drawn = count_messages(self._env)

    @property
    def is_outdated(self) -> bool:
        """Whether messages came that no page shows yet."""
        return count_messages(self._env) != self._drawn

    async def _action(self, context_id: str | None, body: Mapping[str, Any]) -> dict[str, Any]:
        async with self.lock:
            receipt = await self._original(context_id, body)
            if self.is_outdated:
                for page in tuple(self._preview._pages.values()):  # noqa: SLF001 - see the module
                    if page.id != context_id:
                        self._preview._publish(page, reason="refresh")  # noqa: SLF001 - see the module
                self._drawn = count_messages(self._env)
        return receipt
