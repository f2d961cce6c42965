"""`python -m benchmarks.picturing`: the pictures of docs/reliability.md and docs/performance.md, drawn from what was measured."""

from __future__ import annotations

import json
import re
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
_AS_IT_IS, _MENDED = "#D55E00", "#009E73"
_FLOOR = re.compile(r"discord\.py's HTTP layer alone \(floor\), ([\d,]+) channels, (.+)")
_PART, _NOT_OURS = "part of the bot's: ", {"http"}
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


def main(folder: Path = DOCS) -> None:
    """Draw both pictures into `folder`."""
    mpl.rcParams.update(_STYLE)
    _draw_beside(json.loads((HERE / "beside.json").read_text(encoding="utf-8")), folder / "reliability.svg")
    rows = json.loads((HERE / "results.json").read_text(encoding="utf-8"))
    _draw_cost(
        {row["name"].removeprefix("cpu: "): row["value"] for row in rows if row["name"].startswith("cpu: ")}, folder / "performance.svg"
    )


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


def _draw_cost(found: dict[str, float], file: Path) -> None:
    """Draw what a message costs with few and many channels, and where the bot's share goes."""
    figure, (buckets, parts) = plt.subplots(1, 2, figsize=(11, 2.8), width_ratios=(2, 3), layout="constrained")
    _draw_buckets(buckets, found)
    _draw_parts(parts, found)
    _save(figure, file)


def _draw_buckets(panel: Axes, found: dict[str, float]) -> None:
    panel.set_title("discord.py's HTTP layer alone, µs of CPU a message")
    for how, label, colour in (
        ("as it is", "discord.py as it is", _AS_IT_IS),
        ("its buckets swept seldom", "buckets swept seldom", _MENDED),
    ):
        points = sorted(
            (int(name[1].replace(",", "")), value) for key, value in found.items() if (name := _FLOOR.fullmatch(key)) and name[2] == how
        )
        panel.plot(*zip(*points, strict=True), marker="o", color=colour, label=label)
        panel.annotate(f"{points[-1][1]:,.0f}", points[-1], xytext=(0, 6), textcoords="offset points", ha="center")
    panel.set_xlabel("channels")
    panel.set_ylim(0, 1.2 * max(value for key, value in found.items() if _FLOOR.fullmatch(key)))
    panel.margins(x=0.1)
    panel.xaxis.set_major_formatter(lambda x, _: f"{x:,.0f}")
    panel.legend(frameon=False, loc="upper left")


def _draw_parts(panel: Axes, found: dict[str, float]) -> None:
    names = {key.removeprefix(_PART): value for key, value in found.items() if key.startswith(_PART)}
    panel.set_title("where the bot's CPU a message goes, µs, by samples")
    colours = [_AS_IT_IS if name in _NOT_OURS else _MENDED for name in names]
    bars = panel.barh(list(names), list(names.values()), color=colours, height=0.7)
    panel.bar_label(bars, fmt="%.0f", padding=3)
    panel.invert_yaxis()
    panel.set_xticks(())
    panel.spines["bottom"].set_visible(False)
    panel.text(1, 0.02, "orange: discord.py's HTTP layer\ngreen: ours", transform=panel.transAxes, ha="right", va="bottom")


def _save(figure: Any, file: Path) -> None:
    figure.savefig(file, metadata={"Date": None, "Creator": None})
    plt.close(figure)
    # Matplotlib leaves blanks at the ends of lines.
    file.write_text("\n".join(line.rstrip() for line in file.read_text(encoding="utf-8").splitlines()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
