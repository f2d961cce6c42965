"""Whether a database is ready for the bot, found out without changing it: nothing is made, migrated or locked."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import create_engine, inspect, select, text

from bot.domain.readiness import bad, doubt, good, judge_clock
from bot.errors import SchemaTooNewError, StoreError
from bot.store.database import find_file, in_words, name_place, read_address, visit_database
from bot.store.migrating import lacks_steps
from bot.store.presence import LIVING_SECONDS
from bot.store.tables import METADATA, processes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.readiness import Sign

PART = "database"
_LEAST_FREE = 20 * 2**20
_LITTLE_FREE = 500 * 2**20

_FACTS = text(
    "SELECT current_setting('server_version') AS version, extract(epoch FROM clock_timestamp()) AS clock, "
    "current_setting('transaction_read_only') = 'on' AS only_reads, "
    "coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create"
)
_RIGHTS = text(
    "SELECT coalesce(bool_and(has_table_privilege(c.oid, p)), true) FROM pg_class c, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p "
    "WHERE c.relkind = 'r' AND c.relname = ANY(:names) "
    "AND c.relnamespace = current_schema()::regnamespace"
)


async def examine_database(url: str) -> tuple[Sign, ...]:
    """Return what there is to say of the database at `url`; no password is in it."""
    try:
        address = read_address(url)
        if (file := find_file(address)) is not None:
            return await asyncio.to_thread(_examine_file, file)
        async with visit_database(url) as database, database.reading() as connection:
            return await _examine_server(connection, name_place(address))
    except StoreError as error:
        return (_failed(error),)


def _failed(error: StoreError) -> Sign:
    """Return the sign of an error, whose text holds the remedy already."""
    return bad(PART, str(error), "", error.exit_code)


def _examine_file(file: Path) -> tuple[Sign, ...]:
    if file.name.startswith(":memory:"):
        return (doubt(PART, "in memory", "Nothing is kept over a restart: name a file in DATABASE_URL."),)
    folder = next(parent for parent in file.absolute().parents if parent.exists())
    return (*_examine_content(file), *_examine_writing(file, folder), _examine_room(folder))


def _examine_content(file: Path) -> Iterator[Sign]:
    if not file.exists():
        yield good(PART, f"none yet; the first start makes {file}")
        return
    try:
        with in_words(str(file)), closing(_open_for_reading(file)) as raw:
            faults = [row[0] for row in raw.execute("PRAGMA quick_check(3)")]
            if faults != ["ok"]:
                yield bad(PART, f"{file} is damaged ({faults[0]})", "Stop the bot and put a backup in its place.", StoreError.exit_code)
                return
            with create_engine("sqlite://", creator=lambda: raw).connect() as connection:
                yield good(PART, f"{file}, {file.stat().st_size / 2**20:.1f} MiB, undamaged")
                yield _examine_tables(connection, str(file))
                yield from _list_processes(connection, time.time())
    except StoreError as error:
        yield _failed(error)


def _open_for_reading(file: Path) -> sqlite3.Connection:
    # Reading beside a bot needs the file of its last writes; without one nobody is at work, and SQLite would make one, and leave it.
    how = "mode=ro" if Path(f"{file}-wal").exists() else "immutable=1"
    return sqlite3.connect(f"file:{quote(str(file.absolute()))}?{how}", uri=True, timeout=5, check_same_thread=False)


def _examine_writing(file: Path, folder: Path) -> Iterator[Sign]:
    blocked = [place for place in (file, folder) if place.exists() and not os.access(place, os.W_OK)]
    if blocked:
        yield bad(PART, f"{' and '.join(map(str, blocked))} may not be written by this user", "Give the bot's user the right.", 4)


def _examine_room(folder: Path) -> Sign:
    free = shutil.disk_usage(folder).free
    found = f"{free / 2**30:.1f} GiB are free in {folder}" if free >= 2**30 else f"{free / 2**20:.0f} MiB are free in {folder}"
    if free < _LEAST_FREE:
        return bad("disk", found, "Make room: what cannot be written down is not sent.", 4)
    return doubt("disk", found, "Make room before it is full.") if free < _LITTLE_FREE else good("disk", found)


async def _examine_server(connection: AsyncConnection, place: str) -> tuple[Sign, ...]:
    facts = (await connection.execute(_FACTS)).one()
    signs = [good(PART, f"{place}, PostgreSQL {facts.version}")]
    if facts.only_reads:
        signs.append(bad(PART, "it may only be read", "Name the primary server in DATABASE_URL, not a replica.", 4))
    may_write = await connection.scalar(_RIGHTS, {"names": list(METADATA.tables)})
    if not (facts.may_create and may_write):
        lacking = "make tables" if may_write else "write the bot's tables"
        signs.append(bad(PART, f"this user may not {lacking}", "Make the user owner of the database, or grant it the right.", 4))
    signs.append(await connection.run_sync(_examine_tables, place))
    signs.extend(await connection.run_sync(lambda c: tuple(_list_processes(c, float(facts.clock)))))
    return (*signs, judge_clock(time.time() - float(facts.clock), PART))


def _examine_tables(connection: Connection, place: str) -> Sign:
    if not inspect(connection).get_table_names():
        return good("tables", "none yet; the first start makes them")
    try:
        is_old = lacks_steps(connection, place)
    except SchemaTooNewError as error:
        return bad("tables", str(error), "", error.exit_code)
    except StoreError:
        return doubt(
            "tables", "others than the bot's", "Check that it is the right database; the first start makes the bot's own beside them."
        )
    return good(
        "tables", "of an older version; the next start brings them up to date. Make a backup first" if is_old else "of this version"
    )


def _list_processes(connection: Connection, now: float) -> Iterator[Sign]:
    """Tell which processes of the bot give signs of life there, by the database's own clock."""
    if not inspect(connection).has_table(processes.name):
        return
    rows = connection.execute(select(processes).order_by(processes.c.id)).all()
    living = [row for row in rows if now - row.beat_at < LIVING_SECONDS]
    names = ", ".join(f"{row.id} (shards {row.shards or 'all'}, {now - row.beat_at:.0f} s ago)" for row in living)
    yield good("processes", f"at work there: {names}" if living else "none is at work there")
