"""How long the program takes to start and how much memory it holds, against a process that only imports discord."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.figures import CONTENT, NOW, Figure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.figures import Ground

MAX_HELP_SECONDS = 0.3
ROUNDS = 5
HELP_ROUNDS = 11
_RSS = "import psutil; print(psutil.Process().memory_info().rss)"
_FLOOR = f"import discord; {_RSS}"
_BOT = f"""
import datetime, pathlib
from bot.app import build_client, open_knowledge
now = datetime.datetime.fromisoformat({NOW.isoformat()!r})
bot = build_client(open_knowledge(pathlib.Path({str(CONTENT)!r}), now), lambda: now)
{_RSS}
"""


def measure_startup(_: Ground) -> Iterator[Figure]:
    """Yield wall time and resident memory of the bot just before it connects, and the wall time of `detente --help`."""
    floors, bots = [], []
    for _number in range(ROUNDS):
        floors.append(_run([sys.executable, "-c", _FLOOR]))
        bots.append(_run([sys.executable, "-c", _BOT]))
    floor, bot = (median(seconds for seconds, _ in runs) for runs in (floors, bots))
    floor_rss, bot_rss = (median(float(output) for _, output in runs) / 2**20 for runs in (floors, bots))
    yield Figure("start, only import discord (floor)", floor, "s")
    yield Figure("start, until the client is built", bot, "s")
    yield Figure("start against the floor", bot / floor, "times")
    yield Figure("memory, only import discord (floor)", floor_rss, "MiB")
    yield Figure("memory, client built", bot_rss, "MiB")
    yield Figure("memory against the floor", bot_rss / floor_rss, "times")
    yield from _measure_help()


def _measure_help() -> Iterator[Figure]:
    program = str(Path(sys.executable).with_name("detente"))
    bare, helped = [], []
    for _ in range(HELP_ROUNDS):
        bare.append(_run([sys.executable, "-c", "pass"])[0])
        helped.append(_run([program, "--help"])[0])
    yield Figure("python that does nothing (floor)", median(bare), "s")
    yield Figure("detente --help", median(helped), "s", MAX_HELP_SECONDS)


def _run(command: list[str]) -> tuple[float, str]:
    """Return the wall seconds of a process and what it printed last."""
    start = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=CONTENT.parent)
    return time.perf_counter() - start, done.stdout.splitlines()[-1] if done.stdout else ""
