"""Putting a backup to use: read without being changed, made fit for a life that does not know what came after it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select, update

from bot.domain.judging import Reason
from bot.domain.ledger import AlertKind, DeliveryState
from bot.errors import StoreError
from bot.store.backing_up import bring_up_to_date, find_damage, snapshot, sqlite_url
from bot.store.copying import fill
from bot.store.database import in_words, open_database
from bot.store.rows import in_state, is_open, to_seconds
from bot.store.tables import alerts, deliveries, messages

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from bot.store.database import Database

IDS_AHEAD = 1_000_000_000
"""How far ids go on behind those of the backup, so that none is given again that was given after it.

A message's id stands in the buttons of what was posted, and is how Discord and the bot know a message again. A token may post 50
messages a second: so many take 230 days without a pause, and there is room for nine billion restores.
"""

_TRIED_OFTEN = 2
_ON_THE_WAY = (DeliveryState.WAITING, DeliveryState.HELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What is to be told of a date, and may have been told after the backup was made: to how many subscriptions."""

    deadline: str
    occurrence: str
    kind: AlertKind
    subscriptions: int


async def refuse_damaged(file: Path) -> None:
    """Raise StoreError where a backup is not there, or damaged."""
    with in_words(str(file)):
        damage = await asyncio.to_thread(find_damage, file)
    if damage:
        raise StoreError(f"{file} cannot be restored: {damage}. Name a whole file that `detente backup` wrote; nothing was changed.")


async def stage(file: Path, into: Path) -> None:
    """Copy a whole backup to `into`, a new file, with the tables of this version; the backup itself is not written to.

    Raises StoreError where it is not the bot's, SchemaTooNewError.
    """
    await snapshot(file, into)
    await bring_up_to_date(into, str(file))
    async with open_database(sqlite_url(into)) as database:
        await _doubt_open_messages(database)


async def _doubt_open_messages(database: Database) -> None:
    """Let what was being sent be looked for before it is sent: whoever sent it after the backup was made used the same ids.

    The bot looks through all that came since the first try only after several tries.
    """
    tried = {
        "attempts": case((messages.c.attempts < _TRIED_OFTEN, _TRIED_OFTEN), else_=messages.c.attempts),
        "first_attempt_at": func.coalesce(messages.c.first_attempt_at, messages.c.attempt_at),
        "claimed_by": None,
    }
    async with database.writing() as connection:
        await connection.execute(update(messages).where(is_open()).values(tried))


async def list_doubts(database: Database) -> tuple[Doubt, ...]:
    """Return what waits to be posted or is held, by date."""
    key = (alerts.c.deadline, alerts.c.occurrence, alerts.c.kind)
    count = func.count(deliveries.c.subscription_id.distinct()).label("subscriptions")
    query = select(*key, count).join(deliveries, deliveries.c.alert_id == alerts.c.id).where(in_state(*_ON_THE_WAY))
    async with database.reading() as connection:
        rows = await connection.execute(query.group_by(*key).order_by(alerts.c.occurrence, alerts.c.deadline, alerts.c.kind))
        return tuple(
            Doubt(deadline=row.deadline, occurrence=row.occurrence, kind=AlertKind(row.kind), subscriptions=row.subscriptions)
            for row in rows
        )


async def skip_doubts(database: Database, now: datetime) -> None:
    """End what waits or is held as EXPIRED, with the reason in the ledger; a later change reaches these channels as if they had heard it."""
    ended = {"state": DeliveryState.EXPIRED, "at": to_seconds(now), "reason": Reason.RESTORED}
    async with database.writing() as connection:
        await connection.execute(update(deliveries).where(in_state(*_ON_THE_WAY)).values(ended))


async def put_in(staged: Path, target_url: str) -> Mapping[str, int]:
    """Copy a staged backup into the empty database at `target_url`; see `bot.store.copying.fill`."""
    async with open_database(sqlite_url(staged)) as database, database.snapshot() as rows:
        return await fill(rows, database.place, target_url, ahead=IDS_AHEAD)
