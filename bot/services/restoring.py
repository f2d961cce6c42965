"""Restoring a backup without losing a reminder in silence, and without posting one a second time unasked.

Between the backup and now the bot may have gone on and posted what the backup knows nothing of. What was being sent when it was
made is found again by its id. What was not sent yet, or fell due later, has no id to look for: here the bot's own planner is let loose on
a copy, up to now, and whatever it would post is in doubt. Only the host knows whether the bot ran in between, so the host chooses.
"""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import StaleContentError, StoreError
from bot.knowledge.snapshot import CurrentSnapshot
from bot.services.planning import Planner
from bot.store.backing_up import snapshot, sqlite_url
from bot.store.copying import refuse_filled
from bot.store.database import open_database
from bot.store.restoring import list_doubts, put_in, refuse_damaged, skip_doubts, stage
from bot.store.store import build_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from bot.knowledge.snapshot import Snapshot
    from bot.store.restoring import Doubt
    from bot.store.store import Store

    Begin = Callable[[Store, Path], Awaitable[Snapshot]]


class MissedAlertsError(StoreError):
    """A backup was not restored: alerts may have been posted since it was made, and nobody said what is to become of them."""

    def __init__(self, doubts: tuple[Doubt, ...]) -> None:
        """Keep what is in doubt, for whoever asks."""
        self.doubts = doubts
        super().__init__(f"{len(doubts)} alerts may have been posted since the backup was made; nothing was changed.")


class Missed(StrEnum):
    """What becomes of alerts that may have been posted after the backup was made."""

    ASK = "ask"
    SEND = "send"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """How many rows each table has now, and what was in doubt (nothing where it was to be sent: nobody looked)."""

    counts: Mapping[str, int]
    doubts: tuple[Doubt, ...]


async def restore(file: Path, target_url: str, folder: Path, *, missed: Missed, begin: Begin, now: datetime) -> Restored:
    """Put the backup `file` into the empty database at `target_url`; copies are made in `folder` meanwhile. `file` stays as it is.

    `folder` is made where it is missing, but not for a file that is no backup. `begin(store, folder)` returns the content that a bot
    starting at `now` (aware UTC) would use. Raises MissedAlertsError where something is in doubt and `missed` is ASK, StoreError,
    SchemaTooNewError, ContentError; then the target is left as it was.
    """
    await refuse_damaged(file)
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    await refuse_filled(target_url)
    with tempfile.TemporaryDirectory(prefix=".restoring-", dir=folder) as name:
        staged, rehearsed = Path(name) / "staged.sqlite", Path(name) / "rehearsed.sqlite"
        await stage(file, staged)
        doubts: tuple[Doubt, ...] = ()
        if missed is not Missed.SEND:
            await snapshot(staged, rehearsed)
            doubts = await _rehearse(rehearsed, Path(name), missed, begin, now)
        return Restored(counts=await put_in(rehearsed if doubts else staged, target_url), doubts=doubts)


async def _rehearse(copy: Path, folder: Path, missed: Missed, begin: Begin, now: datetime) -> tuple[Doubt, ...]:
    """Plan on a copy up to now; return what would be posted, which is ended there where it is to be skipped."""
    async with open_database(sqlite_url(copy)) as database:
        store = build_store(database)
        knowledge = CurrentSnapshot(await begin(store, folder))
        try:
            await Planner(store, knowledge, clock=lambda: now, planned=lambda: None).step()
        except StaleContentError:
            raise StoreError(
                "What may have been posted since the backup cannot be told: this program cannot use the content that was in use then. "
                "Restore with the version that made the backup, or add --send-missed."
            ) from None
        await store.plan.close_expired(now)
        doubts = await list_doubts(database)
        if doubts and missed is Missed.ASK:
            raise MissedAlertsError(doubts)
        await skip_doubts(database, now)
        return doubts
