"""Bringing a database to the tables of this version, all steps or none."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from bot.errors import SchemaTooNewError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_FOLDER = Path(__file__).resolve().parent / "migrations"


def migrate(connection: Connection, place: str, writer_lock: int) -> None:
    """Run the steps that are missing, in one transaction with their record; two processes take turns.

    Raises SchemaTooNewError where the database has steps that this version does not know; it is left as it is.
    """
    config = _configure(connection)
    with _without_foreign_keys(connection), connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": writer_lock})
        if not _find_steps(connection, config, place).issuperset(ScriptDirectory.from_config(config).get_heads()):
            command.upgrade(config, "head")


def lacks_steps(connection: Connection, place: str) -> bool:
    """Whether an older version of the bot wrote the database; nothing is changed.

    Raises SchemaTooNewError where a newer one did, and StoreError where it holds none of the bot's tables.
    """
    config = _configure(connection)
    steps = _find_steps(connection, config, place)
    if not steps or not inspect(connection).has_table("deliveries"):
        raise StoreError(f"{place} holds no tables of the bot. Check that it is the right one; it was left as it is.")
    return not steps.issuperset(ScriptDirectory.from_config(config).get_heads())


def _configure(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _find_steps(connection: Connection, config: Config, place: str) -> set[str]:
    """Return the latest steps that the database went through; raises SchemaTooNewError where one of them is unknown here."""
    steps = set(MigrationContext.configure(connection).get_current_heads())
    unknown = steps - {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    if unknown:
        raise SchemaTooNewError(
            f"The database {place} was written by a newer version of the bot (its step {', '.join(sorted(unknown))} is "
            "unknown here) and was left as it is. Install the version that wrote it, or a newer one."
        )
    return steps


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
