"""The comparison: every design through every scenario, the floors, a table of each scenario, and benchmarks/beside.json."""

from __future__ import annotations

import asyncio
import json
import tempfile
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.beside.auditing import FIRST, NEXT
from benchmarks.beside.contestants import AT_ONCE, FLOORS, KIND, OURS, Wanted
from benchmarks.beside.documenting import RESULTS
from benchmarks.beside.playing import Play, Row, give_up_after, limit_seconds
from benchmarks.beside.scenarios import LATENCY, SCENARIOS, STEADY, Trouble, close_some, settle_channels, slow_down
from benchmarks.beside.tabulating import show
from benchmarks.crowding import RATE, size, tell
from benchmarks.figures import Figure
from tests.loopback import serve

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.beside.contestants import Design
    from benchmarks.beside.scenarios import Scenario, Timeline
    from benchmarks.figures import Ground

CHANNELS = 1_000
SEED = 20261122
_TOKEN_RATE = 50
"""Messages a second that Discord takes of one token."""


def measure_beside(_: Ground) -> Iterator[Figure]:
    """Yield what Détente lost, doubled and left unmarked in each scenario, and what posting costs it and the floors."""
    count, seed = size("CHANNELS", CHANNELS), size("SEED", SEED)
    rows = [row for scenario in SCENARIOS for row in _play_scenario(scenario, count, seed)]
    show(rows, count)
    _write(rows, count, seed)
    for row in rows:
        if row.contestant == OURS.name:
            yield Figure(f"{row.scenario}: lost of {row.audit.due:,}", row.audit.lost, "", 1)
            yield Figure(f"{row.scenario}: twice", row.audit.twice, "", 1)
            yield Figure(f"{row.scenario}: late without saying so", row.audit.late_unsaid, "", 1)
    for row in rows:
        if row.scenario == STEADY.name and row.cpu_ms is not None:
            yield Figure(f"CPU a message: {row.title}", row.cpu_ms, "ms")
    yield Figure(f"{count:,} messages at Discord's {_TOKEN_RATE} a second (floor)", count / _TOKEN_RATE, "s")


def _play_scenario(scenario: Scenario, count: int, seed: int) -> Iterator[Row]:
    # What starts everything at once loses most of it at once, whatever comes later, and keeps its Discord too busy for company.
    waves = (KIND, *((design,) for design in AT_ONCE), FLOORS) if scenario is STEADY else (KIND,)
    for wave in waves:
        tell(f"beside: {scenario.name}: {', '.join(design.name for design in wave)}")
        with tempfile.TemporaryDirectory(prefix="detente-beside-", dir="/var/tmp") as folder:
            yield from asyncio.run(_play(scenario, wave, Path(folder), count, seed))


async def _play(scenario: Scenario, designs: Sequence[Design], folder: Path, count: int, seed: int) -> list[Row]:
    """Let some designs go through a scenario at the same time, each on a Discord of its own."""
    timeline = scenario.plan(datetime.now(UTC), count, seed, by_minute=OURS in designs)
    async with AsyncExitStack() as stack:
        plays = [await _prepare(stack, scenario, design, folder / design.name, timeline, count) for design in designs]
        await asyncio.sleep((timeline.start_at - datetime.now(UTC)).total_seconds())
        return list(await asyncio.gather(*(_run(scenario, play, count) for play in plays)))


async def _prepare(stack: AsyncExitStack, scenario: Scenario, design: Design, folder: Path, timeline: Timeline, count: int) -> Play:
    discord = await stack.enter_async_context(serve())
    await asyncio.to_thread(folder.mkdir)
    channels = settle_channels(discord, count)
    trouble = close_some(discord, channels) if scenario.closes else Trouble()
    wanted = Wanted(channels, timeline.due_at, timeline.next_at, trouble.roles)
    contestant = design.enter(folder, discord, wanted)
    await contestant.prepare()
    slow_down(discord)
    dates = {FIRST: timeline.due_at, NEXT: timeline.next_at}
    healthy = [channel.id for channel in channels if channel.id not in trouble.all]
    due = {(i, which): at.timestamp() for which, at in dates.items() if at is not None for i in healthy}
    return Play(contestant, timeline, trouble, due)


async def _run(scenario: Scenario, play: Play, count: int) -> Row:
    async with play.living():
        await give_up_after(limit_seconds(count), play, scenario.script(play))
    row = play.result(scenario.name)
    tell(f"beside: {row}")
    return row


def _write(rows: list[Row], count: int, seed: int) -> None:
    conditions = {
        "channels": count,
        "seed": seed,
        "latency_seconds": LATENCY,
        "rate": RATE,
        "floor_seconds": count / _TOKEN_RATE,
        "measured_on": str(datetime.now(UTC).date()),
    }
    titles = {scenario.name: scenario.title for scenario in SCENARIOS}
    text = json.dumps({**conditions, "scenarios": titles, "rows": [row.as_json() for row in rows]}, indent=2, ensure_ascii=False)
    RESULTS.write_text(text + "\n", encoding="utf-8")
