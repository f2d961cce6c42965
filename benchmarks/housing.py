"""What a machine needs to hold many servers: memory a server, start-up, pauses of the event loop and the cost of doing nothing.

The real process, and beside it a bare client of discord.py as the floor, against a loopback Discord whose servers have 30 channels with
three overwrites each, 15 roles and three threads. BENCH_GUILDS makes it smaller, BENCH_IDLE shortens the idle minute.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.crowding import size, tell
from benchmarks.dwelling import ANSWERS, Case, Life, live
from benchmarks.figures import Figure, percentile
from benchmarks.furnishing import weigh

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.figures import Ground

GUILDS = 25_000
GUILDS_A_SHARD = 1_000
"""About what Discord recommends; above 2,500 it refuses."""

IDLE_SECONDS = 60
MAX_PAUSE_SECONDS = 0.1
MAX_MEMORY_RATIO, MAX_CPU_RATIO = 1.1, 1.5
_KIB = 1024


def measure_guilds(_: Ground) -> Iterator[Figure]:
    """Yield what no server, a tenth and all of them cost in one shard, all in many shards, and the same of the floor."""
    count, idle = size("GUILDS", GUILDS), size("IDLE", IDLE_SECONDS)
    shards = max(2, count // GUILDS_A_SHARD)
    none, some, one = (_live(Case(n, 1)) for n in (0, count // 10, count))
    many = _live(Case(count, shards, idle=idle))
    floor_none, floor = _live(Case(0, 1, floor=True)), _live(Case(count, 1, floor=True, idle=idle // 2))
    frozen = _live(Case(count, 1, floor=True, freezes=True))
    yield Figure("JSON that Discord sends for a server", one.json_bytes / _KIB, "KiB")
    yield from _memory(count, (none, some, one, many), floor_none, floor)
    yield from _start(count, one, many, floor)
    yield from _start_cpu(count, (none, one), (floor_none, floor))
    yield from _pauses(one, many, floor, frozen)
    yield from _rest(count, many, floor)


def _live(case: Case) -> Life:
    with tempfile.TemporaryDirectory(prefix="detente-guilds-", dir="/var/tmp") as folder:
        life = asyncio.run(live(case, Path(folder)))
    tell(f"guilds: {case}: {life.summary()}")
    return life


def _memory(count: int, ours: tuple[Life, ...], floor_none: Life, floor: Life) -> Iterator[Figure]:
    none, some, one, many = ours
    for life, what in ((none, "no server"), (some, f"{count // 10:,} servers"), (one, f"{count:,} servers")):
        yield Figure(f"resident memory, {what}, one shard", life.rss, "MiB")
    yield Figure(f"its own alone (USS), {count:,} servers", one.uss, "MiB")
    yield Figure(f"its share of what is shared added (PSS), {count:,} servers", one.pss, "MiB")
    yield Figure("resident memory at its highest", one.peak, "MiB")
    slope, base = _line([(0, none.rss), (count // 10, some.rss), (count, one.rss)])
    yield Figure("memory a server (linear fit)", slope * _KIB, "KiB")
    yield Figure("memory with no server (linear fit)", base, "MiB")
    yield Figure("memory a shard more", (many.rss - one.rss) / (many.shards - 1), "MiB")
    floor_slope = (floor.rss - floor_none.rss) / count
    yield Figure("memory a server, bare discord.py (floor)", floor_slope * _KIB, "KiB")
    for part, weight in weigh().items():
        yield Figure(f"of it in Python's objects: {part}", weight, "KiB")
    yield Figure("memory a server against the floor", slope / floor_slope, "times", MAX_MEMORY_RATIO)


def _start(count: int, one: Life, many: Life, floor: Life) -> Iterator[Figure]:
    for life, how in ((one, "one shard"), (many, f"{many.shards} shards, one in 5 s"), (floor, "one shard, floor")):
        yield Figure(f"from exec to all {count:,} servers known, {how}", life.known_after, "s")
        yield Figure(f"from exec to ready, {how}", life.ready_after, "s")
    yield Figure("from exec until it rests, one shard", one.calm_after, "s")


def _start_cpu(count: int, ours: tuple[Life, Life], floors: tuple[Life, Life]) -> Iterator[Figure]:
    """Yield what servers add to a start, for the bot reads its content besides."""
    cpu, floor = ((life.start_cpu - empty.start_cpu) / count * 1000 for empty, life in (ours, floors))
    yield Figure("CPU to start with no server, until it rests", ours[0].start_cpu, "s")
    yield Figure("CPU a server more", cpu, "ms")
    yield Figure("CPU a server more, floor", floor, "ms")
    yield Figure("CPU a server against the floor", cpu / floor, "times", MAX_CPU_RATIO)


def _pauses(one: Life, many: Life, floor: Life, frozen: Life) -> Iterator[Figure]:
    for life, how in ((one, "one shard"), (many, f"{many.shards} shards"), (floor, "floor")):
        yield Figure(f"longest pause of the event loop while servers come in, {how}", life.start_pause, "s")
    for life, how in ((many, f"{many.shards} shards"), (floor, "floor")):
        yield Figure(f"longest pause after that, {how}", life.calm_pause, "s", None if life is floor else MAX_PAUSE_SECONDS)
    for life, how in ((one, "the bot"), (floor, "floor"), (frozen, "floor that freezes what it holds")):
        yield Figure(f"a full garbage collection afterwards, {how}", life.collection, "s")


def _rest(count: int, many: Life, floor: Life) -> Iterator[Figure]:
    yield Figure(f"CPU of an idle minute, {count:,} servers in {many.shards} shards", many.idle_cpu, "s")
    yield Figure(f"CPU of an idle minute, {count:,} servers, floor", floor.idle_cpu, "s")
    for life, how in ((many, "the bot"), (floor, "floor, constant text")):
        yield Figure(f"/allies with {count:,} servers, median of {ANSWERS}, {how}", percentile(life.answers, 0.5) * 1000, "ms")
        yield Figure(f"/allies with {count:,} servers, slowest, {how}", max(life.answers) * 1000, "ms")


def _line(points: list[tuple[int, float]]) -> tuple[float, float]:
    """Return the slope and the start of the line that fits points best."""
    mean_x, mean_y = (sum(values) / len(points) for values in zip(*points, strict=True))
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)
    return slope, mean_y - slope * mean_x
