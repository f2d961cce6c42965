"""The tables. Every instant is an integer of UTC seconds, in both databases: DateTime(timezone=True) loses the offset on SQLite."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)

from bot.domain.editions import UseResult
from bot.domain.ledger import DeliveryState
from bot.domain.subscriptions import Status

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# INTEGER PRIMARY KEY is SQLite's own row id: such a table needs no index for its key.
_Id = BigInteger().with_variant(Integer(), "sqlite")


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _partial_index(name: str, *columns: str, where: str) -> Index:
    condition: Any = literal_column(where)
    return Index(name, *columns, sqlite_where=condition, postgresql_where=condition)


guilds = Table(
    "guilds",
    METADATA,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("zone", Text),
    Column("minute", SmallInteger),
    Column("fallback_channel_id", BigInteger),
    Column("left_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
)

wishes = Table(
    "wishes",
    METADATA,
    Column("id", _Id, primary_key=True),
    Column("selector", Text, nullable=False),
    Column("leads", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("minute", SmallInteger, nullable=False),
    UniqueConstraint("selector", "leads", "zone", "minute"),
)

subscriptions = Table(
    "subscriptions",
    METADATA,
    Column("id", _Id, primary_key=True),
    Column("guild_id", BigInteger, ForeignKey("guilds.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("channel_id", BigInteger, nullable=False),
    Column("wish_id", BigInteger, ForeignKey("wishes.id"), nullable=False, index=True),
    _flag("own_zone"),
    _flag("own_minute"),
    Column("role_id", BigInteger),
    _flag("publish"),
    Column("note", Text),
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("obstacle", Text),
    Column("probe_at", BigInteger),
    Column("strikes", SmallInteger, nullable=False),
    Column("paused_until", BigInteger),
    Index(None, "channel_id", "wish_id"),
    _partial_index("ix_subscriptions_probe_at", "probe_at", where=f"status = {Status.SUSPENDED:d}"),
    # An id is never given twice, or the ledger of a removed subscription would become another's.
    sqlite_autoincrement=True,
)

alerts = Table(
    "alerts",
    METADATA,
    Column("id", _Id, primary_key=True),
    Column("kind", SmallInteger, nullable=False),
    Column("deadline", Text, nullable=False),
    Column("occurrence", Text, nullable=False),
    Column("lead", SmallInteger, nullable=False),
    Column("detail", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    _flag("closed"),
    UniqueConstraint("deadline", "occurrence", "kind", "lead", "detail"),
    Index(None, "closed", "expires_at"),
    sqlite_autoincrement=True,
)

# No foreign key to subscriptions: deleting one would look through the whole ledger, for it has no index by subscription
# alone (that would double what a fan-out writes). Erasing goes through all (alert, subscription) pairs instead.
deliveries = Table(
    "deliveries",
    METADATA,
    Column("alert_id", BigInteger, ForeignKey("alerts.id"), primary_key=True, autoincrement=False),
    Column("subscription_id", BigInteger, primary_key=True, autoincrement=False),
    Column("message_id", BigInteger),
    Column("state", SmallInteger, nullable=False),
    Column("at", BigInteger),
    _flag("is_late"),
    Column("reason", Text),
    # Each holds only what is on the way, so that none grows with the ledger. `state` is in the first although it is always the
    # same there: else SQLite looks each row up in the table, to make sure.
    _partial_index("ix_deliveries_waiting", "subscription_id", "state", where=f"state = {DeliveryState.WAITING:d}"),
    _partial_index("ix_deliveries_held", "subscription_id", where=f"state = {DeliveryState.HELD:d}"),
    _partial_index("ix_deliveries_sending", "message_id", where=f"state = {DeliveryState.SENDING:d}"),
    sqlite_with_rowid=False,
)

messages = Table(
    "messages",
    METADATA,
    Column("id", _Id, primary_key=True),
    Column("kind", SmallInteger, nullable=False),
    Column("guild_id", BigInteger, ForeignKey("guilds.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("channel_id", BigInteger),
    Column("recipient_id", BigInteger),
    Column("subscription_id", BigInteger),
    _flag("is_open"),
    Column("claimed_by", Text),
    Column("attempt_at", BigInteger, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("first_attempt_at", BigInteger),
    Column("posted_id", BigInteger),
    Column("reason", Text),
    _partial_index("ix_messages_attempt_at", "attempt_at", where="is_open"),
    # The nonce of a message and its buttons carry the id: it is never given twice.
    sqlite_autoincrement=True,
)

calendar = Table(
    "calendar",
    METADATA,
    Column("deadline", Text, primary_key=True),
    Column("occurrence", Text, nullable=False),
    _flag("has_outcome"),
    _flag("is_off"),
    Column("gone_at", BigInteger),
    Column("changes", SmallInteger, nullable=False),
    Column("planned_to", BigInteger),
    # Each claim asks for what went lately; most often that is nothing.
    _partial_index("ix_calendar_gone_at", "gone_at", where="gone_at IS NOT NULL"),
)

planning = Table(
    "planning",
    METADATA,
    Column("id", _Id, CheckConstraint("id = 1", name="one_row"), primary_key=True, autoincrement=False),
    Column("planned_to", BigInteger, nullable=False),
)

# Contents as they were read, so that every process, also one with another folder, can use the one that is in use.
packages = Table(
    "packages",
    METADATA,
    Column("version", Text, primary_key=True),
    Column("packed", LargeBinary, nullable=False),
    Column("kept_at", BigInteger, nullable=False),
)

content_uses = Table(
    "content_uses",
    METADATA,
    Column("id", _Id, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("action", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("user_id", BigInteger),
    Column("version", Text),
    Column("result", Text, nullable=False),
    Column("detail", Text, nullable=False),
    # Set where the content was changed: the use, applied earlier, that one step back leads to.
    Column("returns_to", BigInteger),
    _partial_index("ix_content_uses_applied", "id", where=f"result = '{UseResult.APPLIED}'"),
    # What was undone can be told from what was done later by the id alone.
    sqlite_autoincrement=True,
)

# Each process that posts tells here that it lives, by the database's own clock: those of the machines may differ.
processes = Table(
    "processes",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("shards", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("beat_at", BigInteger, nullable=False),
)
