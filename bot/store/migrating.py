"""Bringing a database to the tables of this version, all steps or none."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from bot.errors import SchemaTooNewError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_FOLDER = Path(__file__).resolve().parent / "migrations"


def migrate(connection: Connection, place: str, writer_lock: int) -> None:
    """Run the steps that are missing, in one transaction with their record; two processes take turns.

    Raises SchemaTooNewError where the database has steps that this version does not know; it is left as it is.
    """
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    script = ScriptDirectory.from_config(config)
    known = {step.revision for step in script.walk_revisions()}
    with _without_foreign_keys(connection), connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": writer_lock})
        heads = set(MigrationContext.configure(connection).get_current_heads())
        if not heads <= known:
            raise SchemaTooNewError(
                f"The database {place} was written by a newer version of the bot (its step {', '.join(sorted(heads - known))} is "
                "unknown here) and was left as it is. Install the version that wrote it, or a newer one."
            )
        if heads != set(script.get_heads()):
            command.upgrade(config, "head")


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """Turn SQLite's foreign keys off: a step that rebuilds a table would delete all rows that refer to it.

    It must be done before BEGIN, for inside a transaction the PRAGMA does nothing; so it goes past SQLAlchemy, which begins one.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()
