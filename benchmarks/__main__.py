"""`python -m benchmarks [NAME…]`: measure, print a table, write benchmarks/results.json.

Where only some groups are named, the figures of the others stay in the file as they were; `alerts` names those of the alerts,
which take half an hour. To try them out, BENCH_CHANNELS, BENCH_SUBSCRIPTIONS, BENCH_KILLS and BENCH_DELIVERIES make them smaller;
`guilds` takes ten minutes, and BENCH_GUILDS makes it smaller; `beside` takes a quarter of an hour, and BENCH_CHANNELS makes it smaller.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Ground
from benchmarks.running import ALERTS, GROUNDLESS, GROUPS, make_ground, measure

if TYPE_CHECKING:
    from benchmarks.figures import Figure

RESULTS = Path(__file__).with_name("results.json")


def main(names: list[str]) -> int:
    """Measure the groups named, or all; return the exit code. A missed aim shows in the table and is no failure."""
    console = Console()
    names = [part for name in names for part in (ALERTS if name == "alerts" else (name,))]
    if unknown := set(names) - GROUPS.keys():
        console.print(f"There is no {', '.join(sorted(unknown))}. Choose among: {', '.join(GROUPS)}, alerts.", markup=False)
        return 2
    figures: dict[str, list[Figure]] = {}
    with tempfile.TemporaryDirectory(prefix="detente-bench-") as folder:
        ground = Ground(*(Path(folder) / name for name in ("mixed", "answers", "small")))
        if set(names or GROUPS) - set(GROUNDLESS):
            with console.status("making up a knowledge base of 10,000 entries"):
                make_ground(ground)
        for name in names or GROUPS:
            with console.status(f"measuring {name}"):
                figures[name] = measure(name, ground)
    console.print(_table(figures))
    _write(figures)
    return 0


def _table(figures: dict[str, list[Figure]]) -> Table:
    table = Table("group", "figure", "value", "unit", "aim", "met", title="Détente benchmarks")
    table.columns[2].justify = table.columns[4].justify = "right"
    for name, group in figures.items():
        for row, figure in enumerate(group):
            aim = "" if figure.aim is None else f"< {figure.aim:g}"
            met = {None: "", True: "[green]yes[/]", False: "[red]no[/]"}[figure.met]
            table.add_row("" if row else name, figure.name, f"{figure.value:.3g}", figure.unit, aim, met, end_section=row + 1 == len(group))
    return table


def _write(figures: dict[str, list[Figure]]) -> None:
    rows = [
        {"name": f"{name}: {f.name}", "value": float(f"{f.value:.4g}"), "unit": f.unit, "aim": f.aim, "met": f.met}
        for name, group in figures.items()
        for f in group
    ]
    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() and len(figures) < len(GROUPS) else []
    others = [row for row in kept if row["name"].partition(":")[0] not in figures]
    RESULTS.write_text(json.dumps([*others, *rows], indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
