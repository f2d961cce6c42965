"""What one message costs in CPU, and which part of the program spends it.

The bot is a process of its own, and so is the loopback Discord: whatever a process uses is its own. The floor is discord.py's HTTP layer
alone, in a process that posts the same payloads prepared beforehand, as fast as it goes; what the bot takes above it is our share, pacing
and waiting included. A sampled run tells the parts, and so the share a second way. BENCH_MESSAGES makes the runs smaller.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
from sqlalchemy import bindparam, update

from benchmarks.crowding import Crowd, gather_crowd, size, tell
from benchmarks.figures import Figure
from benchmarks.sampling import BUCKETS, HTTP, REST
from bot.store.database import open_database
from bot.store.tables import subscriptions
from tests.loopback import TOKEN, Limits, serve
from tests.processes import ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.figures import Ground

MESSAGES = 10_000
FEW = 1_000
SLOWLY = 1_200
"""Messages of the run at the bot's usual pace: half a minute."""

MAX_SHARE_MICROSECONDS = 400
MAX_SHARE_OF_FLOOR = 400 / 260
"""The same aim for any machine: where it was set, the floor took 260 microseconds."""

MAX_BUCKETS_RATIO = 1.3
FAST, USUAL = 1_000.0, 40.0

_BEGINS, _ENDS = 0.1, 0.95
"""The shares of the messages between which it is measured: a start and an end are other work."""

_IDLE_SECONDS = 3.0
_LIMIT_SECONDS = 200.0


@dataclass(slots=True)
class Spent:
    """CPU in microseconds a message: in all, without what the process takes at rest, and by part where it was sampled."""

    microseconds: float
    a_second: float
    parts: Counter[str] = field(default_factory=Counter)


def measure_cpu(_: Ground) -> Iterator[Figure]:
    """Yield CPU a message of the floor and of the bot, with few and many channels, and its parts."""
    count = size("MESSAGES", MESSAGES)
    few, slow = min(FEW, count), min(SLOWLY, count)
    floors = {(n, sweeps): _floor(n, sweeps, 0) for n in (few, count) for sweeps in ("stock", "seldom")}
    for (n, sweeps), floor in floors.items():
        how = "as it is" if sweeps == "stock" else "its buckets swept seldom"
        yield Figure(f"discord.py's HTTP layer alone (floor), {n:,} channels, {how}", floor.microseconds, "µs")
    stock, seldom = (floors[count, sweeps].microseconds / floors[few, sweeps].microseconds for sweeps in ("stock", "seldom"))
    yield Figure(f"floor, {count:,} channels against {few:,}, discord.py as it is", stock, "times")
    yield Figure(f"floor, {count:,} channels against {few:,}, its buckets swept seldom", seldom, "times", MAX_BUCKETS_RATIO)
    floor = floors[count, "seldom"]
    yield from _share(_play(count, FAST), count, floor)
    yield from _parts(_play(count, FAST, sampled=True), floor)
    slow_floor = _floor(slow, "seldom", USUAL)
    yield Figure(f"floor at {USUAL:g} messages a second", slow_floor.microseconds, "µs")
    yield from _share(_play(slow, USUAL), slow, slow_floor)


def _share(spent: Spent, count: int, floor: Spent) -> Iterator[Figure]:
    yield Figure(f"the bot, {count:,} channels, {spent.a_second:.0f} a second", spent.microseconds, "µs")
    aim = None if spent.a_second < 2 * USUAL else MAX_SHARE_MICROSECONDS
    yield Figure(
        f"our share, {spent.a_second:.0f} a second: what it takes above the floor", spent.microseconds - floor.microseconds, "µs", aim
    )


def _parts(sampled: Spent, floor: Spent) -> Iterator[Figure]:
    """Yield our share once more and all parts; of the event loop the HTTP layer needs as much as the floor, whoever else is there."""
    ours = sum(spent for part, spent in sampled.parts.items() if part not in {HTTP, BUCKETS}) - floor.parts[REST]
    yield Figure(f"our share, {sampled.a_second:.0f} a second: by samples", ours, "µs", MAX_SHARE_MICROSECONDS)
    yield Figure("our share by samples, against the floor", ours / floor.microseconds, "times", MAX_SHARE_OF_FLOOR)
    for part, spent in sampled.parts.most_common():
        yield Figure(f"part of the bot's: {part}", spent, "µs")
    for part in (HTTP, REST):
        yield Figure(f"part of the floor's: {part}", floor.parts[part], "µs")


def _floor(count: int, sweeps: str, rate: float) -> Spent:
    with tempfile.TemporaryDirectory(prefix="detente-cpu-", dir="/var/tmp") as folder:
        found = asyncio.run(_post(Path(folder), count, sweeps, rate))
    done = found["messages"]
    parts = Counter({part: spent / done * 1e6 for part, spent in found["parts"].items()})
    spent = Spent(found["cpu"] / done * 1e6, done / found["seconds"], parts)
    tell(f"cpu: floor of {count} channels, {sweeps}, {rate:g}/s: {spent}")
    return spent


async def _post(folder: Path, count: int, sweeps: str, rate: float) -> dict[str, Any]:
    async with serve(Limits(None)) as discord, asyncio.timeout(_LIMIT_SECONDS):
        crowd = await gather_crowd(folder, discord, count)
        _furnish(crowd)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.posting", discord.api_url, TOKEN, str(folder / "content"), str(rate), sweeps),
            cwd=folder,
            env=environment(PYTHONPATH=str(ROOT)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate("\n".join(str(channel.id) for channel in crowd.channels).encode())
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def _play(count: int, rate: float, *, sampled: bool = False) -> Spent:
    with tempfile.TemporaryDirectory(prefix="detente-cpu-", dir="/var/tmp") as folder:
        spent = asyncio.run(_run(Path(folder), count, rate, sampled=sampled))
    tell(f"cpu: {count} channels at {rate:g}/s: {spent}")
    return spent


async def _run(folder: Path, count: int, rate: float, *, sampled: bool) -> Spent:
    parts = folder / "parts.json"
    async with serve(Limits(None)) as discord, asyncio.timeout(_LIMIT_SECONDS):
        crowd = await gather_crowd(folder, discord, count)
        _furnish(crowd)
        await _give_roles(crowd)
        async with crowd.running("benchmarks.sampling", str(parts), SENDS_PER_SECOND=str(rate)) as process:
            bot = psutil.Process(process.pid)
            first, begun = await _reach(crowd, bot, _BEGINS * count)
            if sampled:
                process.send_signal(signal.SIGUSR1)
            last, ended = await _reach(crowd, bot, _ENDS * count)
            if sampled:
                process.send_signal(signal.SIGUSR2)
            seconds = (posted := discord.messages[first:last])[-1].posted_at - posted[0].posted_at
            await discord.wait_for_messages(count)
            idle = await _rest(bot)
        assert len(discord.messages) == count
        assert discord.too_many == 0
    done = last - first
    booked = Counter({part: spent / done * 1e6 for part, spent in json.loads(parts.read_text()).items()} if sampled else {})
    return Spent((ended - begun - idle * seconds) / done * 1e6, done / seconds, booked)


async def _reach(crowd: Crowd, bot: psutil.Process, count: float) -> tuple[int, float]:
    """Wait for so many messages; return how many there are, and the CPU that the bot has used by then, in seconds."""
    await crowd.discord.wait_for_messages(int(count))
    return len(crowd.discord.messages), _used(bot)


def _used(bot: psutil.Process) -> float:
    times = bot.cpu_times()
    return float(times.user + times.system)


async def _rest(bot: psutil.Process) -> float:
    """Return the share of a core that the bot uses when there is nothing to send."""
    await asyncio.sleep(_IDLE_SECONDS)  # whatever follows the last message
    before = _used(bot)
    await asyncio.sleep(_IDLE_SECONDS)
    return (_used(bot) - before) / _IDLE_SECONDS


def _furnish(crowd: Crowd) -> None:
    """Let the date be told in texts as long as those of the real content usually are."""
    path = crowd.folder / "content" / "deadlines" / "all.yaml"
    text = path.read_text(encoding="utf-8")
    for short in ("They meet.", "They may talk.", "A postponement."):
        text = text.replace(short, " ".join((short, *["Nobody knows."] * 14)))
    path.write_text(text, encoding="utf-8")


async def _give_roles(crowd: Crowd) -> None:
    """Let every second channel mention a role of its own server."""
    roles = {guild.id: crowd.discord.add_role(guild, "readers").id for guild in crowd.discord.guilds.values()}
    mentioned = update(subscriptions).where(subscriptions.c.channel_id == bindparam("of_channel")).values(role_id=bindparam("role"))
    async with open_database(crowd.url) as database, database.writing() as connection:
        await connection.execute(mentioned, [{"of_channel": c.id, "role": roles[c.of_guild.id]} for c in crowd.channels[::2]])
