"""How long it takes to read and check content, and for how long reading keeps the event loop from other work."""

from __future__ import annotations

import asyncio
import gc
import time
from collections import defaultdict
from itertools import count
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.figures import CONTENT, NOW, Figure, median_seconds, timed
from bot.chat.layout import Scene
from bot.chat.proving import find_faults, list_screens
from bot.chat.rendering import Renderer
from bot.knowledge.checking import check
from bot.knowledge.files import read_files
from bot.knowledge.loading import load
from bot.knowledge.problems import Severity
from bot.knowledge.snapshot import Snapshot
from bot.services.phrasing import Phrases
from bot.vetting import check_content, index, program_version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.figures import Ground
    from bot.domain.screens import Screen
    from bot.knowledge.loading import Loaded

MAX_LAG_MS = 25.0
_SAMPLE = 20
"""Screens of a kind that are drawn to estimate all of them."""


def measure_content(ground: Ground) -> Iterator[Figure]:
    """Yield load and check times; drawing every card of 10,000 entries is estimated, it can take minutes."""
    yield Figure("load, real content", median_seconds(lambda: load(CONTENT), 5) * 1000, "ms")
    real, small = load(CONTENT), load(ground.small)
    yield Figure("check with every card, real content", median(_seconds_to_check(real) for _ in range(3)) * 1000, "ms")
    yield Figure("check with every card, 1,000 entries", _seconds_to_check(small), "s")
    yield Figure("load, 10,000 entries", median_seconds(lambda: load(ground.mixed), 3), "s")
    loaded = load(ground.mixed)
    yield Figure("check without cards, 10,000 entries", median_seconds(lambda: check(loaded, NOW), 3), "s")
    yield Figure(f"check of every card, 10,000 entries (estimated from {_SAMPLE} of each kind)", _estimate_cards(loaded), "s")


def _seconds_to_check(loaded: Loaded) -> float:
    """Return the seconds of a whole check; an error would end it before a card is drawn."""
    seconds, problems = timed(lambda: check_content(loaded, NOW))
    assert not [problem for problem in problems if problem.severity is Severity.ERROR], problems[:5]
    return seconds


def _estimate_cards(loaded: Loaded) -> float:
    """Return the seconds that drawing every card would take, from evenly spread screens of each kind."""
    snapshot = _indexed(loaded)
    scene, renderer = Scene(snapshot, Phrases(snapshot.knowledge.wording), NOW), Renderer(program_version())
    kinds: defaultdict[tuple[type[Screen], str], list[Screen]] = defaultdict(list)
    for screen, kind, _ in list_screens(scene):
        kinds[type(screen), kind].append(screen)

    seconds = 0.0
    for screens in kinds.values():
        sample = screens[:: max(1, len(screens) // _SAMPLE)]
        # What the first card makes once for all others to use is counted once.
        seconds += _seconds_to_prove(scene, renderer, sample[:1])
        seconds += _seconds_to_prove(scene, renderer, sample) * len(screens) / len(sample)
    return seconds


def _seconds_to_prove(scene: Scene, renderer: Renderer, screens: list[Screen]) -> float:
    start = time.perf_counter()
    faults = [fault for screen in screens for fault in find_faults(renderer.draw(scene, screen))]
    seconds = time.perf_counter() - start
    assert not faults, faults
    return seconds


def _indexed(loaded: Loaded) -> Snapshot:
    assert loaded.knowledge is not None, loaded.problems[:5]
    return Snapshot.of(loaded.knowledge)


def measure_lag(ground: Ground) -> Iterator[Figure]:
    """Yield how long the event loop stands still while 10,000 entries are read and indexed."""
    floor = median(asyncio.run(_longest_gap(None)) for _ in range(3))
    yield Figure("longest event-loop lag, nothing to do (floor)", floor * 1000, "ms")
    gap = median(asyncio.run(_longest_gap(ground.mixed)) for _ in range(5))
    yield Figure("longest event-loop lag, reading 10,000 entries", gap * 1000, "ms", MAX_LAG_MS)
    gc.unfreeze()  # should reading have frozen what it read, the collection below would not see it
    loaded = load(ground.mixed)
    yield Figure("indexing 10,000 entries in one go (Snapshot.of)", median_seconds(lambda: _indexed(loaded), 3) * 1000, "ms")
    yield Figure("one full garbage collection with 10,000 entries in memory", median_seconds(gc.collect, 5) * 1000, "ms")


async def _longest_gap(folder: Path | None) -> float:
    """Return the longest time between two wake-ups of a 1 ms ticker while `folder` is read, or in one second of rest."""
    gaps: list[float] = []
    gc.collect()
    ticker = asyncio.create_task(_tick(gaps))
    await asyncio.sleep(0.05)
    gaps.clear()
    snapshot = await index(read_files(folder)) if folder else None
    await asyncio.sleep(0.01 if folder else 1.0)
    ticker.cancel()
    assert (snapshot is None) is (folder is None)
    return max(gaps)


async def _tick(gaps: list[float]) -> None:
    last = time.perf_counter()
    for _ in count():
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        gaps.append(now - last)
        last = now
