"""Looking after subscriptions: those whose channel is usable again resume by themselves, servers come and go."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from bot.domain.subscriptions import Obstacle

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from bot.domain.sharding import Sharding
    from bot.domain.subscriptions import GuildId, Subscription
    from bot.services.messaging import Messenger
    from bot.store.store import Store

LOOK_EVERY = timedelta(minutes=1)
UNREADY_PAUSE = timedelta(seconds=1)
PROBE_AGAIN = timedelta(minutes=5)
"""How long to wait before looking again at one that is still kept out."""

TIDY_EVERY = timedelta(hours=6)
GUILD_KEPT = timedelta(days=30)
"""How long a server that removed the bot may come back and find everything as it was."""

LEDGER_KEPT = timedelta(days=365)
"""How long it is kept what was sent and who changed the content, unless the settings say otherwise."""

GATHER_SECONDS = 1.0
"""For how long servers that are available again are gathered."""

AT_ONCE = 200
"""Subscriptions looked at in one round."""

_log = structlog.get_logger(__name__)


class Watcher:
    """Resumes what can be resumed and forgets what is to be forgotten; `step` is one round of it."""

    def __init__(  # noqa: PLR0913 - what it works with, and by which clocks
        self,
        store: Store,
        messenger: Messenger,
        *,
        clock: Callable[[], datetime],
        resumed: Callable[[], None],
        look_every: timedelta = LOOK_EVERY,
        ledger_kept: timedelta = LEDGER_KEPT,
        queue_clock: Callable[[], datetime] | None = None,
    ) -> None:
        """Watch over `store`; `resumed` is called when there is something new to send; the dispatcher claims by `queue_clock`."""
        self._store = store
        self._messenger = messenger
        self._clock = clock
        self._queue_clock = queue_clock or clock
        self._resumed = resumed
        self._look_every = look_every
        self._ledger_kept = ledger_kept
        self._tidy_at: datetime | None = None
        self._available: set[GuildId] = set()
        self._noted: tuple[Sharding, frozenset[GuildId]] | None = None

    async def step(self) -> timedelta:
        """Look at what is suspended and, now and then, tidy up; return how long to rest."""
        now = self._clock()
        heard = self._messenger.find_heard()
        if heard is None:
            return UNREADY_PAUSE
        is_to_tidy = self._tidy_at is None or now >= self._tidy_at
        if is_to_tidy:
            self._noted = None  # before anything is erased: whoever is there must count as there
        await self._note_present(heard)
        # Those of other processes' servers are theirs to look at: here nothing would be known of them.
        await self._probe(await self._store.subscriptions.list_to_probe(now, AT_ONCE, heard), now)
        if is_to_tidy:
            erased = await self._store.guilds.erase_left(now - GUILD_KEPT)
            pruned = await self._store.prune(now - self._ledger_kept)
            if erased or pruned:
                _log.info("tidied", guilds=erased, rows=pruned)
            self._tidy_at = now + TIDY_EVERY
        return self._look_every

    async def recheck(self, guild_id: GuildId) -> None:
        """Look at a server's suspended subscriptions now, because something about it changed."""
        suspended = await self._store.subscriptions.list_suspended(guild_id)
        # What is not known here, such as an archived thread, is left to the probes: they grow rare, changes do not.
        await self._probe(tuple(s for s in suspended if self._find_obstacle(s) is None), self._clock())

    async def note_available(self, guild_id: GuildId) -> None:
        """Send at once what an outage of the server has kept waiting; of a start, which tells of every server, all in one go."""
        await self.note_heard((guild_id,))

    async def note_heard(self, guild_ids: Collection[GuildId]) -> None:
        """Send at once what has waited for servers that can be sent to again, whatever kept it from them."""
        is_first = not self._available
        self._available.update(guild_ids)
        if not is_first or not self._available:
            return  # whoever came first takes along who comes meanwhile
        await asyncio.sleep(GATHER_SECONDS)
        gathered, self._available = frozenset(self._available), set()
        if await self._store.ledger.hasten(gathered, self._queue_clock()):
            self._resumed()

    async def note_joined(self, guild_id: GuildId) -> None:
        """Take up a server's subscriptions again where it had removed the bot before."""
        self._noted = None  # where writing it down fails, the next round sees it
        await self._store.guilds.note_back(guild_id)
        await self._store.ledger.hasten({guild_id}, self._queue_clock())
        _log.info("joined", guild=guild_id)
        self._resumed()

    async def note_left(self, guild_id: GuildId) -> None:
        """Suspend a server's subscriptions; they are kept for thirty days."""
        self._noted = None
        await self._store.guilds.note_left(guild_id, self._clock())
        _log.info("left", guild=guild_id)

    async def _note_present(self, heard: Sharding) -> None:
        """Take note of servers that came or went while the bot was away; of those that are not heard nothing is known."""
        present = self._messenger.list_guilds()
        if (heard, present) == self._noted:
            return
        for guild_id, was_present in (await self._store.guilds.list_all()).items():
            if heard.holds(guild_id) and (guild_id in present) != was_present:
                await (self.note_left if was_present else self.note_joined)(guild_id)
        self._noted = (heard, present)

    async def _probe(self, suspended: tuple[Subscription, ...], now: datetime) -> None:
        """Resume those that nothing known stands in the way of; a channel that is not known may be an archived thread: Discord will tell."""
        found = {s.id: self._find_obstacle(s) for s in suspended}
        clear = [i for i, obstacle in found.items() if obstacle in {None, Obstacle.CHANNEL_GONE}]
        blocked = [i for i in found if i not in clear]
        if blocked:
            await self._store.subscriptions.postpone_probe(blocked, now + PROBE_AGAIN)
        if clear:
            await self._store.subscriptions.resume(clear, now)
            _log.info("resumed", subscriptions=clear)
            self._resumed()

    def _find_obstacle(self, subscription: Subscription) -> Obstacle | None:
        guild_id, order = subscription.guild_id, subscription.order
        if not self._messenger.is_reachable(guild_id):
            return Obstacle.LEFT
        return self._messenger.find_obstacle(guild_id, order.channel_id, order.role_id)
