"""What Alembic runs for each upgrade: on the connection, and in the transaction, that `bot.store.migrating` opened."""

from __future__ import annotations

from alembic import context

from bot.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
context.run_migrations()
