"""What a host does with the database from a terminal: back it up, restore it, move it, erase what somebody asked to be erased."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import click

from bot.domain.ledger import AlertKind
from bot.domain.subscriptions import GuildId, UserId
from bot.errors import StoreError
from bot.store.backing_up import back_up
from bot.store.copying import copy_database, require_current
from bot.store.database import visit_database
from bot.store.erasing import count_guild, count_user, erase_guild, erase_user

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from pathlib import Path

    from bot.knowledge.snapshot import Snapshot
    from bot.services.restoring import Missed, Restored
    from bot.settings import Settings
    from bot.store.database import Database
    from bot.store.restoring import Doubt
    from bot.store.store import Store

T = TypeVar("T")
_MIB = 1024 * 1024


def print_backup(settings: Settings, file: Path) -> None:
    """Back the database up to `file` and print what is in it. Raises StoreError."""
    made = asyncio.run(back_up(settings.choose_database(), file))
    _print_counts(made.counts)
    click.echo(f"Backed up to {file}: {made.size / _MIB:.1f} MiB, checked and whole. Keep it private: ids of servers and people are in it.")


def print_copy(settings: Settings, target_url: str) -> None:
    """Copy the database to the empty one at `target_url` and print what was copied. Raises StoreError."""
    _print_counts(asyncio.run(copy_database(settings.choose_database(), target_url)))
    click.echo(
        "Copied, and counted on both sides. Now let DATABASE_URL name the new database, start the bot, and keep the old one for a while."
    )


def print_restore(settings: Settings, file: Path, missed: Missed) -> None:
    """Restore a backup into the database that is set, which must be empty, and print what is there now. Raises StoreError, ContentError."""
    from bot.ops.logs import set_up_logs
    from bot.services.restoring import MissedAlertsError

    set_up_logs("error", json=False)
    try:
        restored = asyncio.run(_restore(settings, file, missed))
    except MissedAlertsError as error:
        raise StoreError(_ask(error.doubts)) from None
    _print_counts(restored.counts)
    if restored.doubts:
        click.echo(f"Not posted, and in the ledger as not sent:\n{_list(restored.doubts)}")
    click.echo(f"Restored from {file}. What was changed after it was made is not in it. Start the bot.")


async def _restore(settings: Settings, file: Path, missed: Missed) -> Restored:
    from bot.services.restoring import restore

    async def begin(store: Store, folder: Path) -> Snapshot:
        from bot.knowledge.shelf import Shelf
        from bot.services.starting import Starting
        from bot.services.supplying import Source
        from bot.vetting import check_and_index, index, vet

        source = Source(
            folder=settings.content_dir,
            # Not the bot's own: what was seen in a rehearsal was not seen by the bot.
            shelf=Shelf(folder),
            check=check_and_index,
            vet=vet,
            index=index,
            limit=settings.notice_limit,
        )
        return (await Starting(store, source, now=now).begin()).snapshot

    now = datetime.now(UTC)
    return await restore(file, settings.choose_database(), settings.data_dir, missed=missed, begin=begin, now=now)


def _ask(doubts: Iterable[Doubt]) -> str:
    return (
        f"Nothing was changed yet: since the backup was made these may have been posted, and the backup cannot know.\n{_list(doubts)}\n"
        "Did the bot run after the backup was made? Then add --skip-missed: they are not posted again, and are in the ledger as not sent.\n"
        "Did it not? Then add --send-missed: of each date the nearest alert is posted, marked as late."
    )


def _list(doubts: Iterable[Doubt]) -> str:
    return "\n".join(
        f"  {doubt.occurrence}  {doubt.deadline}{_kind(doubt)}: {doubt.subscriptions} subscription{'s' if doubt.subscriptions > 1 else ''}"
        for doubt in doubts
    )


def _kind(doubt: Doubt) -> str:
    return "" if doubt.kind is AlertKind.ALERT else f" ({doubt.kind.name.lower()})"


def erase_server(settings: Settings, guild_id: int, *, is_sure: bool) -> None:
    """Erase everything about a server, asking first unless `is_sure`, and print what that was, if anything. Raises StoreError."""
    asyncio.run(_erase(settings, f"server {guild_id}", GuildId(guild_id), count_guild, erase_guild, is_sure=is_sure))


def erase_person(settings: Settings, user_id: int, *, is_sure: bool) -> None:
    """Take a person's id out of every row, asking first unless `is_sure`, and print where it was. Raises StoreError."""
    asyncio.run(_erase(settings, f"person {user_id}", UserId(user_id), count_user, erase_user, is_sure=is_sure))


async def _erase(
    settings: Settings,
    who: str,
    subject: T,
    count: Callable[[Database, T], Awaitable[Mapping[str, int]]],
    erase: Callable[[Database, T], Awaitable[Mapping[str, int]]],
    *,
    is_sure: bool,
) -> None:
    async with visit_database(settings.choose_database()) as database:
        await require_current(database)
        kept = await count(database, subject)
        if not any(kept.values()):
            click.echo(f"Nothing is kept of the {who}.")
            return
        _print_counts(kept)
        if not is_sure:
            click.confirm(f"Erase this of the {who} for good?", abort=True)
        erased = await erase(database, subject)
    click.echo(
        f"Erased {sum(erased.values())} rows of the {who}. Backups made before still have them, and so have logs: delete those that are older."
    )


def _print_counts(counts: Mapping[str, int]) -> None:
    for table, count in counts.items():
        click.echo(f"  {table:<16}{count:>12,}")
