"""Many alerts due at once, through the real process: how close to the ideal of its rate, and whether commands are still answered."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.crowding import RATE, Crowd, gather_crowd, size, tell
from benchmarks.figures import Figure, percentile
from tests.loopback import Fault, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.figures import Ground
    from tests.loopback import Channel

CHANNELS = 2_000
MAX_RATIO, MAX_RATIO_WITH_FAULTS = 1.15, 1.25
MAX_ANSWER_SECONDS = 1.0
COMMANDS_PER_SECOND = 2
FAULTY = 20
"""One channel in so many does not work."""

_HANG = 30.0
_LIMIT_SECONDS = 400.0
_AFTERWARDS = 5.0
"""Seconds to wait for a message that should not come any more."""

_FAULTS = (Fault(status=403, code=50013), Fault(status=404, code=10003), Fault(status=503), Fault(delay=_HANG))


class _Run(NamedTuple):
    """What was seen: seconds from the first to the last message, how many are too few and too many, and how long answers took."""

    seconds: float
    lost: int
    twice: int
    too_many: int
    answers: list[float]


def measure_dispatch(_: Ground) -> Iterator[Figure]:
    """Yield how long 2,000 alerts due at once take, against the ideal of the configured rate, all channels in order."""
    count = size("CHANNELS", CHANNELS)
    run = _play(count, faulty=False)
    yield Figure(f"{count:,} alerts due at once, first to last", run.seconds, "s")
    yield Figure(f"the same against the ideal of {RATE:g}/s", run.seconds / ((count - 1) / RATE), "times", MAX_RATIO)
    yield from _counts(run)
    yield Figure("answers 429", run.too_many, "", 1)


def measure_dispatch_faults(_: Ground) -> Iterator[Figure]:
    """Yield the same where 5 % of the channels answer 403, 404, 503 or hang, a quarter each."""
    count = size("CHANNELS", CHANNELS)
    run = _play(count, faulty=True)
    # The ideal does not count the channels that do not work, though each needs a turn too.
    ideal = (count - len(range(0, count, FAULTY)) - 1) / RATE
    yield Figure("5 % of the channels broken: healthy ones, first to last", run.seconds, "s")
    yield Figure("the same against the ideal of the healthy alone", run.seconds / ideal, "times", MAX_RATIO_WITH_FAULTS)
    yield from _counts(run)
    yield Figure("answers 429", run.too_many, "")


def _counts(run: _Run) -> Iterator[Figure]:
    yield Figure("lost", run.lost, "", 1)
    yield Figure("twice", run.twice, "", 1)
    yield Figure(f"p99 of /allies meanwhile, {COMMANDS_PER_SECOND} a second", percentile(run.answers, 0.99), "s", MAX_ANSWER_SECONDS)
    yield Figure("slowest /allies meanwhile", max(run.answers), "s")


def _play(count: int, *, faulty: bool) -> _Run:
    with tempfile.TemporaryDirectory(prefix="detente-crowd-", dir="/var/tmp") as folder:
        return asyncio.run(_run(Path(folder), count, faulty=faulty))


async def _run(folder: Path, count: int, *, faulty: bool) -> _Run:
    async with serve() as discord:
        crowd = await gather_crowd(folder, discord, count)
        broken = crowd.channels[::FAULTY] if faulty else []
        _break(crowd, broken)
        healthy = {channel.id for channel in crowd.channels} - {channel.id for channel in broken}
        answers: list[float] = []
        async with crowd.running():
            chatting = asyncio.create_task(_chat(crowd, answers))
            with suppress(TimeoutError):
                async with asyncio.timeout(_LIMIT_SECONDS):
                    await _wait_for_all(crowd, healthy)
            chatting.cancel()
            await asyncio.sleep(_AFTERWARDS)
        posted = [message for message in discord.messages if message.channel.id in healthy]
        counts = Counter(message.channel.id for message in posted)
        seconds = posted[-1].posted_at - posted[0].posted_at
        tell(f"{len(posted)} posted, {sum(discord.answered.values())} answers: {dict(discord.answered)}, asked {dict(discord.asked)}")
        return _Run(seconds, len(healthy - counts.keys()), sum(counts.values()) - len(counts), discord.too_many, answers)


def _break(crowd: Crowd, broken: list[Channel]) -> None:
    for number, channel in enumerate(broken):
        kind = _FAULTS[number % len(_FAULTS)]
        crowd.discord.fail(Fault(status=kind.status, code=kind.code, delay=kind.delay, channel=channel.id))


async def _wait_for_all(crowd: Crowd, healthy: set[int]) -> None:
    """Return when each healthy channel has its message; looks seldom, so as not to be in the way."""
    seen: set[int] = set()
    while not healthy <= seen:
        await asyncio.sleep(0.5)
        seen = {message.channel.id for message in crowd.discord.messages}


async def _chat(crowd: Crowd, answers: list[float]) -> None:
    """Use a command twice a second from the first message on, whether or not the last one was answered."""
    await crowd.discord.wait_for_messages(1)
    async with asyncio.TaskGroup() as asking:
        while True:
            asking.create_task(_ask(crowd, answers))
            await asyncio.sleep(1 / COMMANDS_PER_SECOND)


async def _ask(crowd: Crowd, answers: list[float]) -> None:
    start = time.perf_counter()
    try:
        await crowd.use("allies")
    finally:
        # One that is never answered counts with the time it was waited for.
        answers.append(time.perf_counter() - start)
