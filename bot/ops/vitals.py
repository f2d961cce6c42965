"""Whether the bot can do its work at this moment, and what is counted of it, for whoever asks from outside."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.errors import StoreError
from bot.ops.metrics import Readings
from bot.ops.questions import PATIENCE, Question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from bot.domain.editions import Edition
    from bot.domain.ledger import DeliveryState, KnownDate
    from bot.knowledge.snapshot import CurrentSnapshot
    from bot.services.working import Worker
    from bot.store.store import Store

STILL_WELL_SECONDS = 300.0
"""Seconds without a good round after which a loop counts as ill; none rests longer than one minute."""

_CHECK_FRESH_SECONDS = 0.5
_COUNT_FRESH_SECONDS = 5.0

Check = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sights:
    """What can be seen of the running bot without asking anybody; each is called anew each time.

    `shards` says which of this process's shards are open, empty before the first connection. `warning` is what keeps a content from
    being used, "" where nothing does. `next_alert_at` is aware UTC, `clock_ahead` seconds, None where they are not known yet.
    """

    is_connected: Callable[[], bool]
    shards: Callable[[], Mapping[int, bool]]
    guilds: Callable[[], int]
    workers: Callable[[], Iterable[Worker]]
    warning: Callable[[], str]
    in_flight: Callable[[], int]
    next_alert_at: Callable[[], datetime | None]
    clock_ahead: Callable[[], float | None]


class Vitals:
    """Examines the bot. Nothing here waits longer than PATIENCE, and however many ask, the database hears one question at a time."""

    def __init__(self, sights: Sights, store: Store, knowledge: CurrentSnapshot) -> None:
        """Look at `sights`, and ask `store`."""
        self._sights = sights
        self._knowledge = knowledge
        self._edition: Question[Edition | None] = Question(store.contents.find_edition, fresh_seconds=_CHECK_FRESH_SECONDS)
        self._counts: Question[dict[DeliveryState, int]] = Question(store.ledger.count_states, fresh_seconds=_COUNT_FRESH_SECONDS)
        self._known: Question[tuple[datetime | None, tuple[KnownDate, ...]]] = Question(store.plan.read, fresh_seconds=_COUNT_FRESH_SECONDS)

    async def close(self) -> None:
        """Give up what is still being asked."""
        for question in (self._edition, self._counts, self._known):
            await question.close()

    async def examine(self) -> dict[str, Check]:
        """Return each check with whether it is `ok`, and what was seen."""
        asked_at = asyncio.get_running_loop().time()
        edition, database = None, Check(ok=True)
        try:
            edition = await self._edition.answer()
            database["seconds"] = round(asyncio.get_running_loop().time() - asked_at, 3)
        except TimeoutError:
            database = Check(ok=False, reason=f"no answer within {PATIENCE:g} seconds")
        except StoreError:
            # Its own words name hosts and files, which are nobody's business here.
            database = Check(ok=False, reason="it cannot be reached or used; the bot's log says why")
        return {"gateway": self._gateway(), "database": database, "loops": self._loops(), "content": self._content(edition)}

    async def list_known(self) -> tuple[KnownDate, ...]:
        """Return what the database knows of the deadlines; raises StoreError and TimeoutError."""
        return (await self._known.answer())[1]

    async def read(self) -> Readings:
        """Return what is read off for the metrics."""
        try:
            counts = await self._counts.answer()
        except (StoreError, TimeoutError):
            counts = None
        sights = self._sights
        return Readings(
            deliveries=counts,
            in_flight=sights.in_flight(),
            guilds=sights.guilds(),
            shards=sights.shards(),
            content=self._knowledge.current.knowledge.version,
            has_warning=bool(sights.warning()),
            next_alert_at=sights.next_alert_at(),
            rounds={name: seconds for name, seconds, _ in self._rounds()},
            clock_ahead=sights.clock_ahead(),
        )

    def _gateway(self) -> Check:
        shards = self._sights.shards()
        closed = sorted(number for number, is_open in shards.items() if not is_open)
        return Check(ok=self._sights.is_connected() and not closed, shards=len(shards), closed=closed)

    def _loops(self) -> Check:
        rounds = [{"name": name, "seconds_since_good_round": round(seconds, 1), "ok": ok} for name, seconds, ok in self._rounds()]
        return Check(ok=all(loop["ok"] for loop in rounds), loops=rounds)

    def _rounds(self) -> list[tuple[str, float, bool]]:
        """Return each loop with the seconds since its last good round, and whether that is well."""
        now = asyncio.get_running_loop().time()
        return [(w.name, now - w.well_at, now - w.well_at < STILL_WELL_SECONDS) for w in self._sights.workers()]

    def _content(self, edition: Edition | None) -> Check:
        """Tell whether this process works with what every process shall use.

        Where it does not, its loops stand aside. A warning is no such thing: the folder may hold something broken, and still every
        process works on with the good content in use; to take the bot out of service for that would turn a slip into an outage.
        """
        version = self._knowledge.current.knowledge.version
        in_use = edition.version if edition else None
        return Check(ok=in_use in {None, version}, version=version, in_use=in_use, warning=self._sights.warning() or None)
