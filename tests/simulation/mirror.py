"""A mirror of what was committed: triggers beside the bot's own tables note each change, and the mirror reads the notes after each commit.

So whatever becomes of a delivery is seen, however short it stays so, and each subscription is known as it stood at any time.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from bot.domain.ledger import AlertKind, DeliveryState

if TYPE_CHECKING:
    from pathlib import Path

_KEPT = 5_000

_NOTES = """
CREATE TABLE sim_notes (n INTEGER PRIMARY KEY, what TEXT, id INTEGER, other INTEGER, a, b, c, d, e);
CREATE TRIGGER sim_d_new AFTER INSERT ON deliveries BEGIN INSERT INTO sim_notes (what, id, other, a, b, c, d, e)
  VALUES ('delivery', new.alert_id, new.subscription_id, NULL, new.state, new.message_id, new.reason, new.is_late); END;
CREATE TRIGGER sim_d_change AFTER UPDATE ON deliveries BEGIN INSERT INTO sim_notes (what, id, other, a, b, c, d, e)
  VALUES ('delivery', new.alert_id, new.subscription_id, old.state, new.state, new.message_id, new.reason, new.is_late); END;
CREATE TRIGGER sim_d_gone AFTER DELETE ON deliveries BEGIN INSERT INTO sim_notes (what, id, other, a)
  VALUES ('delivery', old.alert_id, old.subscription_id, old.state); END;
CREATE TRIGGER sim_m_change AFTER UPDATE ON messages BEGIN INSERT INTO sim_notes (what, id, other, a, b, c, d, e)
  VALUES ('message', new.id, new.guild_id, new.is_open, new.claimed_by, new.attempt_at, new.posted_id, new.reason); END;
CREATE TRIGGER sim_m_new AFTER INSERT ON messages BEGIN INSERT INTO sim_notes (what, id, other, a, b, c, d, e)
  VALUES ('message', new.id, new.guild_id, new.is_open, new.claimed_by, new.attempt_at, new.posted_id, new.reason); END;
CREATE TRIGGER sim_s_new AFTER INSERT ON subscriptions BEGIN INSERT INTO sim_notes (what, id) VALUES ('subscription', new.id); END;
CREATE TRIGGER sim_s_change AFTER UPDATE ON subscriptions BEGIN INSERT INTO sim_notes (what, id) VALUES ('subscription', new.id); END;
CREATE TRIGGER sim_s_gone AFTER DELETE ON subscriptions BEGIN INSERT INTO sim_notes (what, id) VALUES ('subscription', old.id); END;
CREATE TRIGGER sim_c_new AFTER INSERT ON content_uses WHEN new.result = 'applied' BEGIN
  INSERT INTO sim_notes (what, id, a) VALUES ('content', new.id, new.version); END;
"""

_SUBSCRIPTION = """SELECT s.guild_id, s.channel_id, s.role_id, s.created_at, s.status, s.obstacle, s.paused_until,
  w.selector, w.leads, w.zone, w.minute FROM subscriptions s JOIN wishes w ON w.id = s.wish_id WHERE s.id = ?"""


@dataclass(frozen=True, slots=True)
class Key:
    """An alert or notice as the ledger calls it."""

    kind: AlertKind
    deadline: str
    occurrence: str
    lead: int
    detail: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A subscription as it stood. Times are as the bot wrote them: by the clock of the machine that did."""

    guild: int
    channel: int
    role: int | None
    created_at: datetime
    status: int
    obstacle: str | None
    paused_until: datetime | None
    selector: str
    leads: tuple[int, ...] | None
    zone: str
    minute: int


@dataclass(frozen=True, slots=True)
class Change:
    """A delivery changed: `old` is None where it is new, `new` None where it was deleted."""

    key: Key
    subscription: int
    old: DeliveryState | None
    new: DeliveryState | None
    message: int | None
    reason: str | None
    is_late: bool


class Reader(Protocol):
    """Who is told of what was committed."""

    def see_delivery(self, change: Change) -> None:
        """A delivery changed."""

    def see_subscription(self, subscription: int, standing: Standing | None) -> None:
        """A subscription changed; None where it was erased."""

    def see_message(self, message: int, *, is_open: bool, claimed_by: str | None, attempt_at: int, posted: int | None) -> None:
        """A message was made, claimed, given back or closed."""

    def see_content(self, version: str) -> None:
        """Another content is in use."""


class Mirror:
    """Reads what was committed to a database and tells `reader`."""

    def __init__(self, path: Path, reader: Reader) -> None:
        """Read the database at `path`, to which the notes were added by `add_notes`."""
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA synchronous=OFF")
        self._reader = reader
        self._last = 0
        self._keys: dict[int, Key] = {}

    def close(self) -> None:
        """Close."""
        self._connection.close()

    def look(self) -> set[str]:
        """Tell what was committed since the last look, in its order; return which kinds of things changed."""
        rows = self._connection.execute("SELECT * FROM sim_notes WHERE n > ? ORDER BY n", (self._last,)).fetchall()
        for n, what, first, other, a, b, c, d, e in rows:
            self._last = n
            if what == "delivery":
                old, new = (None if state is None else DeliveryState(state) for state in (a, b))
                self._reader.see_delivery(Change(self._find_key(first), other, old, new, c, d, bool(e)))
            elif what == "message":
                self._reader.see_message(first, is_open=bool(a), claimed_by=b, attempt_at=c, posted=d)
            elif what == "subscription":
                self._reader.see_subscription(first, self.find_standing(first))
            else:
                self._reader.see_content(a)
        if rows and self._last > _KEPT:
            self._connection.execute("DELETE FROM sim_notes")
            self._last = 0
        return {row[1] for row in rows}

    def _find_key(self, alert_id: int) -> Key:
        if alert_id not in self._keys:
            found = self._connection.execute("SELECT kind, deadline, occurrence, lead, detail FROM alerts WHERE id = ?", (alert_id,))
            kind, *rest = found.fetchone()
            self._keys[alert_id] = Key(AlertKind(kind), *rest)
        return self._keys[alert_id]

    def find_standing(self, subscription: int) -> Standing | None:
        """Return a subscription as it stands."""
        row = self._connection.execute(_SUBSCRIPTION, (subscription,)).fetchone()
        if row is None:
            return None
        guild, channel, role, created, status, obstacle, paused, selector, leads, zone, minute = row
        days = tuple(map(int, leads.split(","))) if leads else None
        until = None if paused is None else datetime.fromtimestamp(paused, UTC)
        return Standing(guild, channel, role, datetime.fromtimestamp(created, UTC), status, obstacle, until, selector, days, zone, minute)

    def list_open(self) -> list[tuple[int, int, str]]:
        """Return the messages that are not closed, with their kind and the reason of the last try."""
        return self._connection.execute("SELECT id, kind, coalesce(reason, '') FROM messages WHERE is_open ORDER BY id").fetchall()

    def is_known(self, message: int) -> bool:
        """Whether the database has a message: those of erased servers are gone."""
        return self._connection.execute("SELECT 1 FROM messages WHERE id = ?", (message,)).fetchone() is not None

    def list_posted(self) -> dict[int, int]:
        """Return Discord's id of every message that counts as posted, by the bot's own."""
        return dict(self._connection.execute("SELECT id, posted_id FROM messages WHERE posted_id IS NOT NULL"))


def add_notes(path: Path) -> None:
    """Let a database take notes."""
    connection = sqlite3.connect(path)
    connection.executescript(_NOTES)
    connection.close()
