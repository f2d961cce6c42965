"""Reading the content again when its folder changes, or when the host sends a signal."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from watchfiles import awatch

from bot.domain.editions import Editor, Origin, UseResult
from bot.services.proposing import log_problems

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    from bot.services.proposing import Proposal
    from bot.services.reloading import Reloading

DEBOUNCE_MILLISECONDS = 1_600
"""How long to gather changes: an editor that saves ten files, or a checkout, is one change."""

LOOK_EVERY = timedelta(seconds=5)
"""How often to look whether the folder is still the same one: what replaces it sends no word."""

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
        log_problems(proposal.problems)
        if proposal.result not in {UseResult.REFUSED, UseResult.UNCONFIRMED}:
            self._told = ""
        elif proposal.version != self._told:
            self._told = proposal.version
            self._tell(proposal)

    async def heed(self, signalled: asyncio.Event) -> None:
        """Reload each time the event is set; what is signalled meanwhile is one more time, however often."""
        while True:
            await signalled.wait()
            signalled.clear()
            try:
                await self.reread(Origin.SIGNAL)
            except Exception:  # noqa: BLE001 - the edge: the next signal must be heeded too
                _log.exception("reload failed")


class Watch:
    """Waits for changes below a folder; `step` is one wait and, after a change, one reload."""

    def __init__(
        self, folder: Path, rereading: Rereading, *, debounce: int = DEBOUNCE_MILLISECONDS, look_every: timedelta = LOOK_EVERY
    ) -> None:
        """Watch `folder`; changes within `debounce` milliseconds are one."""
        self._folder = folder
        self._rereading = rereading
        self._debounce = debounce
        self._look_every = look_every
        self._stop = asyncio.Event()
        self._watched: object | None = None
        self._changes: AsyncGenerator[object, None] | None = None
        self._next: asyncio.Future[object] | None = None
        self._owes = True

    async def step(self) -> timedelta:
        """Reload if something changed, then wait for the next change; returns how long to rest."""
        identity = await asyncio.to_thread(_identify, self._folder)
        if identity != self._watched or (self._changes is None and identity):
            await self._watch(identity)
        if self._owes:
            await self._rereading.reread(Origin.WATCH)
            self._owes = False  # not before: what failed is tried again
        if self._next is None or self._changes is None:
            return self._look_every
        try:
            changed = await self._next
            self._next = asyncio.ensure_future(_wait(self._changes))
        except BaseException:
            self._changes = self._next = None  # the next step begins to watch anew
            raise
        if changed is None:
            return timedelta(seconds=1)  # it was told to stop
        self._owes = bool(changed)
        return timedelta(0)

    async def _watch(self, identity: object | None) -> None:
        """Watch what the folder is now; what changed before that is read, what changes later wakes the wait."""
        if self._next is not None:
            self._next.cancel()
            await asyncio.gather(self._next, return_exceptions=True)
        self._watched, self._changes, self._next, self._owes = identity, None, None, True
        self._stop = asyncio.Event()  # ending the watch before has set the one it had
        if identity is None:
            return
        look_every = int(self._look_every / timedelta(milliseconds=1))
        self._changes = awatch(
            self._folder,
            watch_filter=None,
            debounce=self._debounce,
            step=_STEP_MILLISECONDS,
            stop_event=self._stop,
            rust_timeout=look_every,
            yield_on_timeout=True,
        )
        self._next = asyncio.ensure_future(_wait(self._changes))
        await asyncio.sleep(0)

    def stop(self) -> None:
        """End the wait."""
        self._stop.set()


async def _wait(changes: AsyncGenerator[object, None]) -> object | None:
    """Return the next changes, none of them after a while; None once it was told to stop."""
    return await anext(changes, None)


def _identify(folder: Path) -> object | None:
    """Return what tells one folder from another that takes its place under the same name; None where there is none."""
    try:
        stat = folder.stat()
    except OSError:
        return None
    return str(folder.resolve()), stat.st_dev, stat.st_ino
