"""The alerts at work: planner, dispatcher and watcher, each in a loop of its own, waking one another."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.errors import StoreError
from bot.services.dispatching import Dispatcher
from bot.services.pacing import Tempo
from bot.services.planning import LOOK_AGAIN, Planner
from bot.services.sharing import BEAT_AGAIN
from bot.services.watching import LEDGER_KEPT, LOOK_EVERY, Watcher
from bot.services.working import Worker, running

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime, timedelta

    from bot.knowledge.snapshot import CurrentSnapshot
    from bot.services.ending import Ending
    from bot.services.messaging import Messenger, Pacer
    from bot.services.sharing import Sharing
    from bot.store.store import Store

STOP_SECONDS = 8.0
"""How long all of it may take to stop."""

STILL_WELL = 300.0
"""Seconds without a round that went well after which a loop counts as ill; none rests longer than one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often the loops look for what they were not told of, and for how long the ledger is kept; the demo needs not look often."""

    look_again: timedelta = LOOK_AGAIN
    look_every: timedelta = LOOK_EVERY
    ledger_kept: timedelta = LEDGER_KEPT
    tempo: Tempo = field(default_factory=Tempo)


class Alerting:
    """Runs the alerts of one process."""

    def __init__(  # noqa: PLR0913 - what it works with
        self,
        store: Store,
        knowledge: CurrentSnapshot,
        messenger: Messenger,
        *,
        clock: Callable[[], datetime],
        pacer: Pacer,
        rhythm: Rhythm | None = None,
        sharing: Sharing | None = None,
    ) -> None:
        """Plan in `store` and send through `messenger`; with `sharing`, other processes may do so too."""
        rhythm = rhythm or Rhythm()
        self.planner = Planner(store, knowledge, clock=clock, planned=self._send_on, look_again=rhythm.look_again)
        shared = sharing.clock if sharing else clock
        self.dispatcher = Dispatcher(store, knowledge, messenger, clock=clock, pacer=pacer, tempo=rhythm.tempo, queue_clock=shared)
        self.watcher = Watcher(
            store,
            messenger,
            clock=clock,
            resumed=self._send_on,
            look_every=rhythm.look_every,
            ledger_kept=rhythm.ledger_kept,
            queue_clock=shared,
        )
        self._planning = Worker("planner", self.planner.step)
        self._dispatching = Worker("dispatcher", self.dispatcher.step)
        self._watching = Worker("watcher", self.watcher.step)
        self._sharing = sharing
        shares = [Worker("sharing", self._share, after_an_error=BEAT_AGAIN)] if sharing else []
        self.workers = (*shares, self._planning, self._dispatching, self._watching)

    def wake(self) -> None:
        """Look at once for new wishes and new things to send."""
        self.planner.refresh()
        self._planning.wake()
        self._dispatching.wake()
        self._watching.wake()

    @property
    def is_well(self) -> bool:
        """Whether every loop has lately done a round without an error."""
        now = asyncio.get_running_loop().time()
        return all(now - worker.well_at < STILL_WELL for worker in self.workers)

    def _send_on(self) -> None:
        self._dispatching.wake()

    def running(self, ending: Ending | None = None) -> AbstractAsyncContextManager[None]:
        """Run the loops; at the end nothing new is begun, and what is in flight is given a few seconds, within what `ending` grants."""
        return running(self.workers, stop_seconds=STOP_SECONDS, finish=self._finish, ending=ending)

    async def _share(self) -> timedelta:
        assert self._sharing is not None  # noqa: S101 - without it nobody calls this
        rest = await self._sharing.step()
        if self._sharing.living > 1:
            self._dispatching.wake()  # another process may have given something back, or died
        return rest

    async def _finish(self) -> None:
        try:
            await self.dispatcher.finish()
        finally:
            if self._sharing:
                with contextlib.suppress(StoreError):  # the others notice after a while
                    await self._sharing.leave()
