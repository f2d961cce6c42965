"""The open store: what services ask."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.store.contents import Contents
from bot.store.database import Database, open_database
from bot.store.guilds import Guilds
from bot.store.ledger import Ledger
from bot.store.plan import Plan
from bot.store.processes import Processes
from bot.store.subscriptions import Subscriptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Everything that is kept. Every method may raise StoreError, and StoreBusyError where trying again helps."""

    guilds: Guilds
    subscriptions: Subscriptions
    plan: Plan
    ledger: Ledger
    contents: Contents
    processes: Processes

    async def prune(self, before: datetime) -> int:
        """Delete what ended before `before` and what nothing needs any more; returns how many rows were deleted or lost their person."""
        ended = await self.ledger.prune(before)
        return ended + await self.subscriptions.prune() + await self.contents.prune(before)


def build_store(database: Database) -> Store:
    """Return the store over an open database."""
    return Store(
        guilds=Guilds(database),
        subscriptions=Subscriptions(database),
        plan=Plan(database),
        ledger=Ledger(database),
        contents=Contents(database),
        processes=Processes(database),
    )


@asynccontextmanager
async def open_store(url: str) -> AsyncIterator[Store]:
    """Open the database at `url` (sqlite+aiosqlite or postgresql+asyncpg), migrate it, and close it at the end.

    Raises StoreError, SchemaTooNewError, StoreBusyError.
    """
    async with open_database(url) as database:
        yield build_store(database)
