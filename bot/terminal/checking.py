"""`detente check content`: every problem of a content folder, how it is sourced, and how it differs from an earlier one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from bot.app import utc_now
from bot.domain.comparing import compare_contents
from bot.errors import ContentError
from bot.knowledge.auditing import count_coverage, list_awaiting, list_link_faults
from bot.knowledge.files import read_files
from bot.knowledge.loading import load, load_files
from bot.knowledge.problems import Severity
from bot.knowledge.revisions import read_revision
from bot.services.describing import describe_fully
from bot.services.phrasing import Phrases
from bot.vetting import check_content

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.domain.knowledge_base import KnowledgeBase
    from bot.knowledge.auditing import Coverage, Pile


def check_folder(folder: Path, against: str | None = None, *, links: bool = False, stats: bool = False) -> int:
    """Print every problem of a content folder, what it holds, and how it differs from the one in `against`; return the exit code.

    `against` is a folder, else a git revision; raises RevisionError or ContentError where it cannot be compared with, and ContentError
    where there is no folder.
    `links` looks at every address too and lists what awaits review, which is no error; `stats` counts how well entries are sourced.
    """
    loaded, now = load(folder), utc_now()
    if not folder.is_dir():  # what else it lacks follows from that
        raise ContentError(loaded.problems)
    problems = (*check_content(loaded, now), *(list_link_faults(loaded) if links else ()))
    for problem in problems:
        click.echo(str(problem))
    if links:
        _print_awaiting(list_awaiting(loaded, now))
    if stats:
        _print_coverage(count_coverage(loaded))
    errors = sum(p.severity is Severity.ERROR for p in problems)
    click.echo(f"{folder}: {len(loaded.written)} entries, {errors} errors, {len(problems) - errors} warnings")
    if against is not None:
        _print_differences(loaded.knowledge, folder, against)
    return ContentError.exit_code if errors else 0


def _print_awaiting(piles: tuple[Pile, ...]) -> None:
    for pile in piles:
        click.echo(f"\n{pile.title[0].upper()}{pile.title[1:]}:")
        for item in pile.items:
            click.echo(f"  {item.location}: {item.message}")
    counts = "; ".join(f"{pile.title}: {len(pile.items)}" for pile in piles)
    click.echo(f"\nAwaiting review: {counts or 'nothing'}\n")


def _print_coverage(rows: Iterable[Coverage]) -> None:
    table = Table(
        title="How the entries are sourced", caption="First rank: primary, research, a party for itself, agencies and papers of record"
    )
    table.add_column("Kind", no_wrap=True)
    for heading in ("Entries", "First rank", "%", "Primary, research", "Lesser only", "None", "Uncon-\nfirmed"):
        table.add_column(heading, justify="right")
    for row in rows:
        share = "" if row.percent is None else str(row.percent)
        numbers = (row.first_rank, share, row.closest, row.lesser_only, row.without, row.unconfirmed)
        table.add_row(row.kind, str(row.entries), *map(str, numbers))
    Console().print(table)


def _print_differences(new: KnowledgeBase | None, folder: Path, against: str) -> None:
    if new is None:
        click.echo(f"Not compared with {against}: {folder} must load first.")
        return
    files = read_files(Path(against)) if against and Path(against).is_dir() else read_revision(folder, against)
    old = load_files(files)
    if old.knowledge is None:
        msg = f"There is no comparing with {files.place}, which this version of the program cannot load:"
        raise ContentError([msg, *old.errors])
    click.echo(f"\nAgainst {files.place}:\n")
    click.echo(describe_fully(compare_contents(old.knowledge, new, utc_now()), None, Phrases(new.wording)))
