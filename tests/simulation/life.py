"""One process of the bot from its start to its end: the real alerts over the real store."""

from __future__ import annotations

import asyncio
import contextvars
import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import DetenteError, StoreError, WorkEndedError
from bot.knowledge.snapshot import CurrentSnapshot
from bot.services.alerting import Alerting, Rhythm
from bot.services.pacing import EvenPacer, Tempo
from bot.services.reloading import FOLLOW_EVERY, Reloading
from bot.services.sharing import Cadence, SharedClock, Sharing
from bot.services.starting import Starting
from bot.services.subscribing import Subscribing
from bot.services.working import Worker, running
from tests.simulation.disk import DiskDatabase, open_engine
from tests.simulation.loop import OWNER
from tests.simulation.messenger import SimulatedMessenger

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from datetime import datetime

    from bot.domain.subscriptions import GuildId
    from bot.store.store import Store
    from tests.simulation.disk import InlineConnection
    from tests.simulation.machine import Machine

SENDS_PER_SECOND = 40.0
LONG_PAUSE = timedelta(hours=6)
"""How long loops rest that have nothing to do. In real life they look again within the minute and find nothing."""

UNTRIED_PAUSE = timedelta(minutes=20)
"""How long what cannot be tried is left alone; in real life twenty seconds, and up to ten minutes where a server is gone."""

FOLLOWS_WITHIN, LOOKS_WITHIN = 2.0, 30.0
"""Seconds within which it is seen that another process changed the content, or anything: FOLLOW_EVERY, LOOK_AGAIN, IDLE_PAUSE."""

TEMPO = Tempo(idle_pause=LONG_PAUSE, busy_pause=timedelta(seconds=2))
CADENCE = Cadence(every=1_800.0, lasts=3_900.0, gone_after=4_500)
"""Signs of life as rare as may be; in real life they come every five seconds."""


class PatientSharing(Sharing):
    """The real one, but for its complaint after a minute without a part: where signs of life are rare, the wait for the first is long."""

    def _require_a_part(self, now: float) -> None:
        """Complain of nothing: the real one would give a sign of life every second until it has a part."""


NOTICES_WITHIN = 5.0
"""Seconds within which a process notices that its clock was set, for the next sign of life compares it with the database's."""

LIMIT = 25
AGAIN_SECONDS = 5.0
"""How soon a supervisor starts a process again that could not begin."""


class Life:
    """One process from its start to its end."""

    def __init__(self, machine: Machine, number: int) -> None:
        """Belong to `machine`; its `number` counts its lives."""
        self.machine = machine
        self.number = number
        self.is_dead = False
        self.troubles = machine.troubles
        self.connections: list[InlineConnection] = []
        self.subscribing: Subscribing | None = None
        self.reloading: Reloading | None = None
        self.alerting: Alerting | None = None
        self.pacer = EvenPacer(SENDS_PER_SECOND)
        self._follower = Worker("follower", self._follow)
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self._to_end = asyncio.Event()

    def __repr__(self) -> str:
        """Name it for the journal."""
        return f"{self.machine.number}.{self.number}"

    def clock(self) -> datetime:
        """Return what its machine's clock shows."""
        return self.machine.clock()

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Take note of a task of this process."""
        self._tasks[task] = None
        task.add_done_callback(self._tasks.pop)
        if self.is_dead:
            task.cancel()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin something within this process."""
        context = contextvars.copy_context()
        context.run(OWNER.set, self)
        return context.run(asyncio.create_task, self._do(work))

    async def _do(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it; what a killed process still stumbles over is nobody's business."""
        try:
            await work
        except Exception:
            if not self.is_dead:
                raise

    def kill(self, why: str) -> None:
        """End at once: nothing that is done on the way out reaches the disk or Discord."""
        if self.is_dead:
            return
        self._close()
        self.machine.end(f"is killed: {why}")
        for task in tuple(self._tasks):
            task.cancel()

    def stop(self) -> None:
        """End in good order, within some seconds."""
        self._to_end.set()

    def _close(self) -> None:
        self.is_dead = True
        for connection in self.connections:
            connection.stop()

    async def live(self) -> None:
        """Begin, work and end."""
        try:
            await self._live()
        except (asyncio.CancelledError, WorkEndedError):
            if not self.is_dead:
                raise
        finally:
            if not self.is_dead:
                self._close()
                self.machine.end("has stopped")

    async def _live(self) -> None:
        year = self.machine.year
        engine = open_engine(year.disk, self)
        store = year.breaks.build_store(DiskDatabase(engine, year.disk))
        knowledge, beginning = await self._begin(store)
        self.reloading = Reloading(
            store, knowledge, year.newsroom.source(year.shelf), clock=self.clock, changed=self.wake, in_folder=beginning
        )
        self.subscribing = Subscribing(store, knowledge, self.clock, self.wake, LIMIT)
        self.alerting = self._build_alerting(store, knowledge)
        async with self.alerting.running(), running([self._follower], stop_seconds=2.4):
            self.spawn(self._connect())
            await self._to_end.wait()
            self.machine.close()
        await engine.dispose()

    async def _begin(self, store: Store) -> tuple[CurrentSnapshot, str]:
        """Find out what content to begin with; a process that cannot ends, and is started again."""
        year = self.machine.year
        while not self._to_end.is_set():
            try:
                beginning = await Starting(store, year.newsroom.source(year.shelf), now=self.clock()).begin()
            except StoreError:
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                return CurrentSnapshot(beginning.snapshot), beginning.version
        raise asyncio.CancelledError

    def _build_alerting(self, store: Store, knowledge: CurrentSnapshot) -> Alerting:
        machine, sharing = self.machine, None
        if not machine.is_alone:
            clock, shards = SharedClock(self.clock), str(machine.sharding)
            sharing = PatientSharing(store.processes, self.pacer, clock, total=SENDS_PER_SECOND, shards=shards, cadence=CADENCE)
        messenger = machine.year.breaks.break_messenger(SimulatedMessenger(machine.year.world, machine, machine.sharding))
        kept = timedelta(days=machine.year.plan.ledger_days)
        rhythm = Rhythm(look_again=LONG_PAUSE, look_every=LONG_PAUSE, ledger_kept=kept, tempo=TEMPO)
        alerting = Alerting(store, knowledge, messenger, clock=self.clock, pacer=self.pacer, rhythm=rhythm, sharing=sharing)
        alerting.dispatcher._retrying._untried_pause = UNTRIED_PAUSE
        alerting.dispatcher._retrying._jitter = random.Random(f"{machine.year.seed} {self}")  # noqa: S311 - a seed that can be named
        return alerting

    async def _follow(self) -> timedelta:
        rest = await self.reloading.follow() if self.reloading else FOLLOW_EVERY
        return LONG_PAUSE if rest == FOLLOW_EVERY else rest

    async def _connect(self) -> None:
        await asyncio.sleep(self.machine.chance.uniform(0.5, 4.0))
        self.machine.open(is_resumed=False)

    def wake(self) -> None:
        """Look at once for new wishes and new things to send."""
        if self.alerting is not None:
            self.alerting.wake()

    def look(self) -> None:
        """Look as if the short pause of real life were over."""
        if self.alerting is not None:
            self.alerting.planner.refresh()
            self.alerting._planning.wake()
            self.alerting._dispatching.wake()

    def share(self) -> None:
        """Give a sign of life."""
        if self.alerting is not None and not self.is_dead and not self.machine.is_alone:
            self.alerting.workers[0].wake()

    def follow(self) -> None:
        """Look whether the content was changed."""
        self._follower.wake()

    async def heed(self, event: str, guild_id: GuildId) -> None:
        """Do what the real listeners do; discord.py logs what goes wrong in there."""
        if self.alerting is None:
            return
        watcher = self.alerting.watcher
        listeners = {
            "joined": watcher.note_joined,
            "left": watcher.note_left,
            "available": watcher.note_available,
            "changed": watcher.recheck,
        }
        try:
            await listeners[event](guild_id)
        except DetenteError as error:
            structlog.get_logger(__name__).error("listener failed", reason=str(error))
