"""`python -m benchmarks.picturing`: the pictures of docs/reliability.md and docs/performance.md, drawn from what was measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

mpl.use("svg")  # before pyplot, which would look for a screen

from matplotlib import pyplot as plt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    Row = dict[str, Any]

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs"

# Colours that people who see few of them can tell apart: https://jfly.uni-koeln.de/color/
_HARMS = (("lost", "lost", "#D55E00"), ("twice", "twice", "#E69F00"), ("late_unsaid", "late without saying so", "#56B4E9"))
_ALONE, _WITH_PAUSE = "#0072B2", "#009E73"
_CLOSED = "closed"
_TITLES = {
    "kill": "kill -9 twice",
    "storm": "503 for 20 s",
    "down": "down for two hours",
    "closed": "5 % closed, then mended",
}
_STYLE: Any = {
    "svg.hashsalt": "detente",  # the same figures give the same file
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
}


def main() -> None:
    """Draw both pictures."""
    mpl.rcParams.update(_STYLE)
    _draw_beside(json.loads((HERE / "beside.json").read_text(encoding="utf-8")), DOCS / "reliability.svg")


def _draw_beside(found: Row, file: Path) -> None:
    """Draw, for each trouble, what became of the alerts by each design."""
    designs = list(dict.fromkeys(row["title"] for row in found["rows"] if row["scenario"] == _CLOSED))
    figure, panels = plt.subplots(1, len(_TITLES), figsize=(11, 2.6), sharey=True, layout="constrained")
    for panel, (scenario, title) in zip(panels, _TITLES.items(), strict=True):
        rows = {row["title"]: _of_the_closed(row) if scenario == _CLOSED else row for row in found["rows"] if row["scenario"] == scenario}
        _draw_scenario(panel, title, [rows[design] for design in designs])
    panels[0].set_yticks(range(len(designs)), designs)
    panels[0].invert_yaxis()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(_HARMS), frameon=False)
    figure.suptitle(f"{found['channels']:,} alerts due at once: how many came wrong", x=0.01, ha="left", fontsize=11)
    _save(figure, file)


def _of_the_closed(row: Row) -> Row:
    """Return what became of the alert that fell due in the channels that were closed and mended again; nothing is wrong in the others."""
    return {**row, "lost": row["lost"] + row["closed"] - row["came_missed"], "due": row["closed"]}


def _draw_scenario(panel: Axes, title: str, rows: Sequence[Row]) -> None:
    panel.set_title(title)
    panel.set_xlim(0, 1)
    panel.set_xticks((0, 0.5, 1), ("0", "50 %", "100 %"))
    left = [0.0] * len(rows)
    for key, label, colour in _HARMS:
        shares = [row[key] / row["due"] for row in rows]
        panel.barh(range(len(rows)), shares, left=left, height=0.6, color=colour, label=label)
        left = [begin + share for begin, share in zip(left, shares, strict=True)]
    for place, (row, end) in enumerate(zip(rows, left, strict=True)):
        wrong = sum(row[key] for key, _, _ in _HARMS)
        is_long = end > 0.8
        panel.text(end + (-0.02 if is_long else 0.02), place, f"{wrong:,}", va="center", ha="right" if is_long else "left")


def _save(figure: Any, file: Path) -> None:
    figure.savefig(file, metadata={"Date": None, "Creator": None})
    plt.close(figure)
    # Matplotlib leaves blanks at the ends of lines.
    file.write_text("\n".join(line.rstrip() for line in file.read_text(encoding="utf-8").splitlines()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
