"""The command line. Imports come late, so that `detente --help` answers at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.terminal.command_line import Commands, DiscordId, PrivateCommand

if TYPE_CHECKING:
    from bot.knowledge.snapshot import Snapshot

_SECTIONS = {
    "Ask": ("allies", "timeline", "deadlines", "calendar"),
    "Try and run": ("demo", "run", "doctor", "health"),
    "Content": ("check", "schema"),
    "Database": ("backup", "restore", "copy", "erase"),
}
_ID = DiscordId()
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's own signature
    if wanted:
        from bot.vetting import program_version

        click.echo(f"detente {program_version()}")
        ctx.exit()


@click.group(cls=Commands, sections=_SECTIONS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Print the version.")
def main() -> None:
    """Answer "are Russia and the US allies?" with dated, sourced facts: on Discord, on a local page, or right here."""


@main.command(cls=PrivateCommand)
def run() -> None:
    """Run the bot on Discord (needs DISCORD_TOKEN)."""
    import os
    import signal

    # Before there is anything to reload or to take down, the one is nothing and the other an end in order.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    import asyncio

    import structlog

    from bot.hosting import run as run_bot
    from bot.ops.health import remove_heartbeat
    from bot.ops.logs import set_up_logs
    from bot.settings import LogFormat, list_misspelt, read_settings, read_what_is_valid

    # First of all: a start that a wrong setting ends must not pass for the life before it.
    remove_heartbeat(read_what_is_valid()[0].data_dir)
    settings = read_settings()
    set_up_logs(settings.log_level, json=settings.log_format is LogFormat.JSON)
    _log = structlog.get_logger(__name__)
    for slip in list_misspelt():
        _log.warning("no setting", reason=slip)
    asyncio.run(run_bot(settings))


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="Port on 127.0.0.1; 0 picks a free one.")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
def demo(port: int, no_browser: bool) -> None:  # noqa: FBT001 - a flag
    """Try the bot on a local page that looks like Discord; nothing reaches Discord."""
    import asyncio

    from bot.errors import SettingsError

    try:
        from bot.demo.running import run_demo
    except ModuleNotFoundError as error:
        msg = f"The demo needs {error.name}, which is not installed: pip install 'detente-bot[demo]' (or, in a checkout, make demo)."
        raise SettingsError(msg) from None
    from bot.ops.logs import set_up_logs
    from bot.settings import read_settings

    settings = read_settings()
    set_up_logs("warning", json=False)
    asyncio.run(run_demo(settings.content_dir, port=port, open_browser=not no_browser))


@main.command(short_help="Check the content and print every problem with file, line and column.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option("--against", metavar="REVISION_OR_FOLDER", help="Print too what differs from another folder, or from a git revision.")
@click.option("--links", is_flag=True, help="Look at every address too (without fetching any), and list what awaits review.")
@click.option("--stats", is_flag=True, help="Count too how well each kind of entry is sourced.")
def check(folder: Path | None, against: str | None, *, links: bool, stats: bool) -> None:
    """Check the content in FOLDER (CONTENT_DIR by default) and print every problem with file, line and column."""
    from bot.terminal.checking import check_folder

    sys.exit(check_folder(folder or _content_dir(), against, links=links, stats=stats))


@main.command(short_help="Write the JSON Schema files that editors use.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
def schema(folder: Path | None) -> None:
    """Write the JSON Schema files that editors use into FOLDER (schema/ in CONTENT_DIR by default)."""
    from bot.knowledge.schemas import write_schemas

    for path in write_schemas(folder or _content_dir() / "schema"):
        click.echo(path)


@main.command(short_help="Are Russia and the US allies? Or any topic, or any two states.")
@click.argument("words", nargs=-1, metavar="[TOPIC | COUNTRY [COUNTRY]] [DATE]")
@click.option("--of", "country", metavar="COUNTRY", help="List all allies of a country by treaty, on a DATE if one is given.")
@_JSON
def allies(words: tuple[str, ...], country: str | None, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Answer: are Russia and the US allies? Or any TOPIC (`detente allies new start`), or any two states (`detente allies japan us 1955`).

    A DATE is a year, month or day since 1815. One COUNTRY alone is asked about with the United States.
    """
    from bot.terminal.relations import print_all_allies, print_allies

    if country is None:
        print_allies(_snapshot(), words, as_json=as_json)
    else:
        print_all_allies(_snapshot(), country, " ".join(words), as_json=as_json)


@main.command()
@click.option("--from", "first", metavar="DATE", help="A year, month or day: 1991, 1991-12, 1991-12-25.")
@click.option("--to", "last", metavar="DATE", help="A year, month or day.")
@click.option("--tag", help="Only entries with this tag.")
@click.option("--search", help="Only entries with these words.")
@_JSON
def timeline(first: str | None, last: str | None, tag: str | None, search: str | None, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """List the history of Russia and the United States."""
    from bot.terminal.answers import print_timeline

    print_timeline(_snapshot(), (first, last, tag, search), as_json=as_json)


@main.command(short_help="List the dates ahead, or every date in a span.")
@click.option("--from", "first", metavar="DATE", help="Only dates from this one on: a year, month or day.")
@click.option("--to", "last", metavar="DATE", help="Only dates up to this one.")
@click.option("--tag", help="Only dates with this tag.")
@click.option("--all", "include_passed", is_flag=True, help="Show passed ones too, with how they ended.")
@_JSON
def deadlines(first: str | None, last: str | None, tag: str | None, include_passed: bool, as_json: bool) -> None:  # noqa: FBT001
    """List the dates ahead; with --from or --to every occurrence in that span."""
    from bot.terminal.answers import print_deadlines

    print_deadlines(_snapshot(), (first, last, tag), include_passed=include_passed, as_json=as_json)


@main.command(short_help="Write the dates ahead as a calendar (.ics).")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--tag", "tags", multiple=True, help="Only dates with this tag; may be given again.")
def calendar(file: Path | None, tags: tuple[str, ...]) -> None:
    """Write the dates ahead as a calendar (.ics) to FILE, or print it. It knows no revisions: subscribe to a bot's /calendar.ics."""
    from bot.terminal.answers import save_calendar

    save_calendar(_snapshot(), file, tags)


@main.command(short_help="Tell whether a running bot is connected and alive.")
def health() -> None:
    """Tell whether a bot that runs with this DATA_DIR is connected and alive (exit code 0 or 1)."""
    from bot.ops.health import STALE_SECONDS, find_warning, heartbeat_age
    from bot.settings import read_settings

    folder = read_settings().data_dir
    age = heartbeat_age(folder)
    if age is None:
        click.echo(f"No bot is ready with DATA_DIR={folder.absolute()}.")
    else:
        click.echo(f"Last heartbeat {age:.0f} s ago ({'fresh' if age <= STALE_SECONDS else 'stale'}).")
    if warning := find_warning(folder):
        click.echo(f"Warning: {warning}")
    sys.exit(0 if age is not None and age <= STALE_SECONDS else 1)


@main.command(short_help="Tell whether this machine is ready to run the bot, and what to mend.")
@_JSON
def doctor(*, as_json: bool) -> None:
    """Tell whether this machine is ready to run the bot, and what to do where it is not; changes nothing."""
    from bot.terminal.diagnosis import print_diagnosis

    sys.exit(print_diagnosis(as_json=as_json))


@main.command(cls=PrivateCommand, short_help="Write everything in the database to a new file, also while the bot runs.")
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Write everything in the database to the new FILE, also while the bot runs; makes its folder where need be."""
    from bot.settings import read_settings
    from bot.terminal.database import print_backup

    print_backup(read_settings(), file)


@main.command(cls=PrivateCommand, short_help="Put a backup into an empty database, while the bot is stopped.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--skip-missed", is_flag=True, help="Do not post what may have been posted since the backup was made.")
@click.option("--send-missed", is_flag=True, help="Post it, late: the bot did not run since the backup was made.")
def restore(file: Path, *, skip_missed: bool, send_missed: bool) -> None:
    """Put the backup FILE into the database, which must be empty, while the bot is stopped."""
    from bot.services.restoring import Missed
    from bot.settings import read_settings
    from bot.terminal.database import print_restore

    if skip_missed and send_missed:
        raise click.UsageError("Name either --skip-missed or --send-missed: what may have been posted is left out, or posted.")
    missed = Missed.SKIP if skip_missed else Missed.SEND if send_missed else Missed.ASK
    print_restore(read_settings(), file, missed)


@main.command(cls=PrivateCommand, short_help="Copy the database, such as from SQLite to PostgreSQL.")
@click.option("--to", "target", metavar="DATABASE_URL", required=True, help="The address of an empty database, as for DATABASE_URL.")
def copy(target: str) -> None:
    """Copy the database to another one, such as from SQLite to PostgreSQL, while the bot is stopped."""
    from bot.settings import read_settings
    from bot.terminal.database import print_copy

    print_copy(read_settings(), target)


@main.command(cls=PrivateCommand)
@click.option("--guild", type=_ID, metavar="ID", help="Erase everything about this server.")
@click.option("--user", type=_ID, metavar="ID", help="Take this person's id out of everything.")
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask first.")
def erase(guild: int | None, user: int | None, is_sure: bool) -> None:  # noqa: FBT001 - a flag
    """Erase what the database holds about a server or a person, on request."""
    from bot.settings import read_settings
    from bot.terminal.database import erase_person, erase_server

    if guild is not None and user is None:
        erase_server(read_settings(), guild, is_sure=is_sure)
    elif user is not None and guild is None:
        erase_person(read_settings(), user, is_sure=is_sure)
    else:
        raise click.UsageError("Name either --guild ID or --user ID.")


def _content_dir() -> Path:
    from bot.settings import read_settings

    return read_settings().content_dir


def _snapshot() -> Snapshot:
    from bot.terminal.answers import open_snapshot

    return open_snapshot(_content_dir())
