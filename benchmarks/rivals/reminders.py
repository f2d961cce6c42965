"""What the plain designs keep: a table in SQLite with a row for each reminder, that is for each date of each channel."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import aiosqlite

_TABLE = "CREATE TABLE reminders (id INTEGER PRIMARY KEY, channel_id INTEGER, due_at INTEGER, text TEXT)"
_INDEX = "CREATE INDEX by_due_at ON reminders (due_at, id)"
_NEXT = "SELECT id, channel_id, due_at, text FROM reminders {} ORDER BY due_at, id"


@dataclass(frozen=True, slots=True)
class Reminder:
    """A text for a channel at an instant (aware UTC)."""

    id: int
    channel_id: int
    due_at: datetime
    text: str


def keep_rows(path: Path, reminders: Iterable[Reminder]) -> None:
    """Make the database at `path` with these reminders, in WAL mode, in which a commit costs least."""
    rows = [(r.id, r.channel_id, int(r.due_at.timestamp()), r.text) for r in reminders]
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(_TABLE)
        database.execute(_INDEX)
        database.executemany("INSERT INTO reminders VALUES (?, ?, ?, ?)", rows)


def read_rows(path: Path) -> list[Reminder]:
    """Return all reminders kept at `path`, the earliest first."""
    with closing(sqlite3.connect(path)) as database:
        return [_read(row) for row in database.execute(_NEXT.format(""))]


def count_due_rows(path: Path, now: datetime) -> int:
    """Return how many reminders are kept at `path` that were due by `now` (aware UTC)."""
    with closing(sqlite3.connect(path)) as database:
        return int(database.execute("SELECT count(*) FROM reminders WHERE due_at <= ?", (now.timestamp(),)).fetchone()[0])


async def list_due(database: aiosqlite.Connection, now: datetime) -> list[Reminder]:
    """Return the reminders that are due at `now` (aware UTC), the earliest first."""
    rows = await database.execute_fetchall(_NEXT.format("WHERE due_at <= ?"), (now.timestamp(),))
    return [_read(row) for row in rows]


async def find_first(database: aiosqlite.Connection) -> Reminder | None:
    """Return the earliest reminder, due or not, or None where there is none."""
    rows = list(await database.execute_fetchall(_NEXT.format("") + " LIMIT 1"))
    return _read(rows[0]) if rows else None


async def delete(database: aiosqlite.Connection, reminder: Reminder) -> None:
    """Delete a reminder for good."""
    await database.execute("DELETE FROM reminders WHERE id = ?", (reminder.id,))
    await database.commit()


def _read(row: sqlite3.Row | tuple[int, int, int, str]) -> Reminder:
    reminder_id, channel_id, due_at, text = row
    return Reminder(reminder_id, channel_id, datetime.fromtimestamp(due_at, UTC), text)
