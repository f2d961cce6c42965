"""Whether the process grows while it delivers."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import psutil

from benchmarks.crowding import Crowd, gather_crowd, size, tell
from benchmarks.figures import Figure
from bot.domain.ledger import DeliveryState
from bot.store.store import open_store
from tests.loopback import POST_MESSAGE, Limits, Loopback, serve
from tests.loopback.store import MessageStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.figures import Ground

DELIVERIES = 100_000
CHANNELS = 500
MAX_GROWTH = 1.1
_RATE = 1_000
_KEPT = 5_000
"""Messages after which the loopback forgets those it has, or it would take the memory that is measured here."""

_SHARE = 0.02
_LIMIT_SECONDS = 1_500.0

_Samples = list[tuple[int, float]]


def measure_memory(_: Ground) -> Iterator[Figure]:
    """Yield the resident memory of the process after a tenth of 100,000 deliveries and at their end, and the ratio."""
    count = size("DELIVERIES", DELIVERIES)
    with tempfile.TemporaryDirectory(prefix="detente-memory-", dir="/var/tmp") as folder:
        samples, seconds = asyncio.run(_play(Path(folder), count))
    early, late = _around(samples, 0.1, count), _around(samples, 1 - _SHARE, count)
    yield Figure("deliveries a second", samples[-1][0] / seconds, "/s")
    yield Figure(f"resident after 10 % of {count:,} deliveries", early, "MiB")
    yield Figure("resident after a half", _around(samples, 0.5, count), "MiB")
    yield Figure("resident at the end", late, "MiB")
    yield Figure("the end against the tenth", late / early, "times", MAX_GROWTH)


def _around(samples: _Samples, share: float, count: int) -> float:
    """Return the median of the memory seen while a small share of the deliveries was made, from `share` of them on."""
    first = next((done for done, _ in samples if done >= share * count), samples[-1][0])
    return median(memory for done, memory in samples if first <= done <= max(first, (share + _SHARE) * count))


async def _play(folder: Path, count: int) -> tuple[_Samples, float]:
    samples: _Samples = []
    async with serve(Limits.none()) as discord:
        crowd = await gather_crowd(folder, discord, CHANNELS)
        async with crowd.running(SENDS_PER_SECOND=str(_RATE)) as process, asyncio.timeout(_LIMIT_SECONDS):
            feeding = asyncio.create_task(_feed(crowd, -(-count // CHANNELS)))
            await discord.wait_for_messages(1)
            bot, start = psutil.Process(process.pid), time.perf_counter()
            while (done := discord.asked[POST_MESSAGE]) < count and not feeding.done():
                samples.append((done, bot.memory_info().rss / 2**20))
                _forget(discord, done, count)
                await asyncio.sleep(0.25)
            seconds = time.perf_counter() - start
            await feeding
            samples.append((discord.asked[POST_MESSAGE], bot.memory_info().rss / 2**20))
        tell(f"memory: {discord.asked[POST_MESSAGE]} messages, answers {dict(discord.answered)}")
    return samples, seconds


async def _feed(crowd: Crowd, rounds: int) -> None:
    """Let the next message be due to every channel as soon as the last ones are all on their way, until enough were sent.

    Sooner, and two would become one message; later, and the process would rest, for nobody tells it of the new ones.
    """
    async with open_store(crowd.url) as store:
        await crowd.discord.wait_for_messages(1)
        while True:
            states = await store.ledger.count_states()
            if crowd.rounds + 1 < rounds and not states[DeliveryState.WAITING]:
                await crowd.drill(store)
            elif crowd.rounds + 1 >= rounds and not sum(states.values()):
                return
            await asyncio.sleep(0.02)


def _forget(discord: Loopback, done: int, count: int) -> None:
    if len(discord.messages) >= _KEPT:
        discord.store = MessageStore(discord.snowflakes)
        tell(f"memory: {done} of {count}")
