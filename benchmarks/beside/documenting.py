"""`python -m benchmarks.beside.documenting`: put the tables of benchmarks/beside.json into docs/reliability.md, between its marks."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

RESULTS = Path(__file__).parent.with_name("beside.json")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
BEGINS, ENDS = "<!-- beside: made from benchmarks/beside.json -->", "<!-- /beside -->"
_HEADINGS = ("lost", "twice", "late without saying so", "p99 late", "429", "CPU a message", "memory")
_CLOSED = ("missed alert came", "next alert came", "somebody was told")


def draw(results: dict[str, Any]) -> str:
    """Return the tables in Markdown, one for each scenario."""
    return "\n".join(_draw(results))


def put_in(page: str, tables: str) -> str:
    """Return the page with these tables between its marks; raises ValueError where it has none."""
    before, begins, rest = page.partition(BEGINS)
    _, ends, after = rest.partition(ENDS)
    if not (begins and ends):
        raise ValueError(f"the page has no place for the tables: it needs a line {BEGINS} and a line {ENDS}")
    return f"{before}{BEGINS}\n\n{tables}\n\n{ENDS}{after}"


def _draw(results: dict[str, Any]) -> Iterator[str]:
    yield f"{results['channels']:,} alerts, seed {results['seed']}, measured on {results['measured_on']}."
    for name, rows in groupby(results["rows"], key=lambda row: row["scenario"]):
        title = results["scenarios"][name]
        is_closed = name == "closed"
        headings = ("design", *_HEADINGS, *(_CLOSED if is_closed else ()))
        yield f"\n**{title[0].upper()}{title[1:]}**\n"
        yield f"| {' | '.join(headings)} |"
        yield "| --- |" + " ---: |" * (len(headings) - 1)
        for row in rows:
            design = row["title"] + (f" ({row['given_up']})" if row["given_up"] else "")
            yield f"| {' | '.join((design, *_cells(row), *(_closed_cells(row) if is_closed else ())))} |"


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    late, cpu = row["p99_seconds"], row["cpu_ms"]
    return (
        f"{row['lost']:,}",
        f"{row['twice']:,}",
        f"{row['late_unsaid']:,}",
        "" if late is None else f"{late:.1f} s",
        f"{row['too_many']:,}",
        "" if cpu is None else f"{cpu:.1f} ms",
        f"{row['rss_mib']:.0f} MiB",
    )


def _closed_cells(row: dict[str, Any]) -> tuple[str, ...]:
    pairs = (("came_missed", "closed"), ("came_next", "closed"), ("told", "troubled"))
    return tuple(f"{row[came]} of {row[of]}" for came, of in pairs)


def main() -> None:
    """Write the page anew."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    PAGE.write_text(put_in(PAGE.read_text(encoding="utf-8"), draw(results)), encoding="utf-8")


if __name__ == "__main__":
    main()
