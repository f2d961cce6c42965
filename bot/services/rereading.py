"""Reading the content again when its folder changes, or when the host sends a signal."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from watchfiles import awatch

from bot.domain.editions import Editor, Origin, UseResult

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from bot.services.proposing import Proposal
    from bot.services.reloading import Reloading

DEBOUNCE_MILLISECONDS = 1_000
"""How long to gather changes: an editor that saves ten files, or a checkout, is one change."""

_STEP_MILLISECONDS = 100

_log = structlog.get_logger(__name__)


class Rereading:
    """Reloads when told to; what came of it is told to those who administer the bot, unless it went well."""

    def __init__(self, reloading: Reloading, tell: Callable[[Proposal], None]) -> None:
        """Reload through `reloading`; `tell` is called with what was not applied, once for each version."""
        self._reloading = reloading
        self._tell = tell
        self._told = ""

    async def reread(self, origin: Origin) -> None:
        """Reload once."""
        proposal = await self._reloading.reload(Editor(origin))
        for problem in proposal.problems:
            _log.warning("content", problem=str(problem))
        is_open = proposal.result in {UseResult.REFUSED, UseResult.UNCONFIRMED}
        if is_open and proposal.version != self._told:
            self._told = proposal.version
            self._tell(proposal)


class Watch:
    """Waits for changes below a folder; `step` is one wait and one reload."""

    def __init__(self, folder: Path, rereading: Rereading, *, debounce: int = DEBOUNCE_MILLISECONDS) -> None:
        """Watch `folder`; changes within `debounce` milliseconds are one."""
        self._folder = folder
        self._rereading = rereading
        self._debounce = debounce
        self._stop = asyncio.Event()
        self._changes: AsyncIterator[object] | None = None
        self._next: asyncio.Future[object]

    async def step(self) -> timedelta:
        """Wait for a change and reload; returns how long to rest."""
        if self._changes is None:
            self._changes = awatch(self._folder, debounce=self._debounce, step=_STEP_MILLISECONDS, stop_event=self._stop)
            self._next = asyncio.ensure_future(anext(self._changes, None))
            await asyncio.sleep(0)  # now it watches: what changed before that is read here, what changes later wakes the wait
            await self._rereading.reread(Origin.WATCH)
        try:
            changed = await self._next
        except BaseException:
            self._changes = None  # the next step begins to watch anew
            raise
        if changed is None:
            return timedelta(seconds=1)  # it was told to stop
        self._next = asyncio.ensure_future(anext(self._changes, None))
        await self._rereading.reread(Origin.WATCH)
        return timedelta(0)

    def stop(self) -> None:
        """End the wait."""
        self._stop.set()
