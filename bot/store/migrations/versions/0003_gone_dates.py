"""Up to when the alerts of a deadline that is gone had been planned, and an index to find such deadlines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column and the index."""
    op.add_column("calendar", sa.Column("planned_to", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_calendar_gone_at",
        "calendar",
        ["gone_at"],
        unique=False,
        sqlite_where=sa.text("gone_at IS NOT NULL"),
        postgresql_where=sa.text("gone_at IS NOT NULL"),
    )
