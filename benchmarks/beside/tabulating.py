"""The comparison as tables, one for each scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from benchmarks.beside.scenarios import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.beside.playing import Row

_HEADINGS = ("lost", "twice", "late, unsaid", "p99 late", "429", "CPU a message", "memory")
_CLOSED_HEADINGS = ("missed came", "next came", "told")


def show(rows: Iterable[Row], count: int) -> None:
    """Print them."""
    rows, console = list(rows), Console(width=160)
    played = {row.scenario for row in rows}
    for scenario in (scenario for scenario in SCENARIOS if scenario.name in played):
        table = Table("design", *_HEADINGS, *(_CLOSED_HEADINGS if scenario.closes else ()), title=f"{count:,} alerts: {scenario.title}")
        for column in table.columns[1:]:
            column.justify = "right"
        for row in rows:
            if row.scenario == scenario.name:
                table.add_row(
                    f"{row.title} {f'({row.given_up})' if row.given_up else ''}", *_plain(row), *(_closed(row) if scenario.closes else ())
                )
        console.print(table)


def _name(row: Row) -> str:
    return f"{row.title} ({row.given_up})" if row.given_up else row.title


def _plain(row: Row) -> tuple[str, ...]:
    found = row.audit
    return (
        _count(found.lost),
        _count(found.twice),
        _count(found.late_unsaid),
        "" if found.p99_seconds is None else f"{found.p99_seconds:.1f} s",
        str(row.too_many),
        "" if row.cpu_ms is None else f"{row.cpu_ms:.1f} ms",
        f"{row.rss_mib:.0f} MiB",
    )


def _closed(row: Row) -> tuple[str, ...]:
    return tuple(f"{came} of {of}" for came, of in ((row.came_missed, row.closed), (row.came_next, row.closed), (row.told, row.troubled)))


def _count(number: int) -> str:
    return f"[red]{number:,}[/]" if number else "0"
