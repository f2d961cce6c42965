"""One life of a client with many servers: from exec through the storm of GUILD_CREATE into a quiet minute, looked at from outside."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import psutil

from benchmarks.furnishing import EMOJIS, furnish
from tests.loopback import TOKEN, Loopback, Visitor, serve
from tests.processes import ROOT, environment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine
    from pathlib import Path

ANSWERS = 30
"""How often `/allies` is used once it rests, twice a second."""

_LIMIT_SECONDS = 900.0
_MIB = 2**20
_RESTING = 0.1
"""The share of a core below which a process rests."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is tried: how many servers in how many shards, by the bot or by the `floor`, which may freeze what it holds.

    With `idle`, somebody uses a command for a while, and it is then left alone for so many seconds.
    """

    guilds: int
    shards: int
    floor: bool = False
    freezes: bool = False
    idle: int = 0


@dataclass(slots=True)
class Life:
    """What was seen. Seconds count from exec, memory is in MiB after the storm; pauses are those of the event loop."""

    shards: int
    json_bytes: int = 0
    joined_after: float = 0.0
    known_after: float = 0.0
    ready_after: float = 0.0
    calm_after: float = 0.0
    start_cpu: float = 0.0
    start_pause: float = 0.0
    calm_pause: float = 0.0
    collection: float = 0.0
    rss: float = 0.0
    uss: float = 0.0
    pss: float = 0.0
    peak: float = 0.0
    idle_cpu: float = 0.0
    answers: list[float] = field(default_factory=list)

    def summary(self) -> str:
        """Return it in a line."""
        return (
            f"joined {self.joined_after:.1f} known {self.known_after:.1f} ready {self.ready_after:.1f} calm {self.calm_after:.1f} s, CPU {self.start_cpu:.1f} s, "
            f"pauses {self.start_pause:.3f} {self.calm_pause:.3f} collection {self.collection:.3f} s, "
            f"rss {self.rss:.0f} uss {self.uss:.0f} pss {self.pss:.0f} peak {self.peak:.0f} MiB, idle {self.idle_cpu:.2f} s"
        )


async def live(case: Case, folder: Path) -> Life:
    """Let a client live through it."""
    life = Life(case.shards)
    async with serve() as discord, asyncio.timeout(_LIMIT_SECONDS):
        life.json_bytes = _settle(discord, case)
        began = time.time()
        async with _running(case, folder, discord) as process:
            await _unless_it_ends(process, folder, _arrive(life, case, discord, folder, began))
            life.start_cpu = await _rest(process)
            life.calm_after = time.time() - began
            _weigh(life, process)
            if case.idle:
                life.answers = await _chat(discord)
                life.idle_cpu = await _idle(process, case.idle)
            quiet_at = time.time()
            life.collection = await _collect(process, folder)
    _read_pauses(life, folder, began, quiet_at)
    return life


def _settle(discord: Loopback, case: Case) -> int:
    """Make the servers; return how many bytes Discord sends for one."""
    discord.shards = case.shards
    if not case.guilds:
        return 0
    discord.add_copies(furnish(discord), case.guilds - 1, emojis=EMOJIS)
    return len(list(discord.guilds.values())[-1].text())


@asynccontextmanager
async def _running(case: Case, folder: Path, discord: Loopback) -> AsyncIterator[psutil.Process]:
    """Run the client, watched, and end it with SIGTERM."""
    shards = str(case.shards) if case.shards == 1 else ""
    options = ("freeze",) if case.freezes else ()
    what = ("benchmarks.bare", discord.api_url, TOKEN, shards or "0", *options) if case.floor else ("bot", "run")
    settings = {"DISCORD_TOKEN": TOKEN, "DISCORD_API_URL": discord.api_url, "DATA_DIR": str(folder / "data"), "SHARD_COUNT": shards}
    known = environment(PYTHONPATH=str(ROOT), LOG_FORMAT="json", **settings)
    command = (sys.executable, "-m", "benchmarks.probing", str(folder / "pauses"), *what)
    with (folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(*command, cwd=folder, env=known, stdout=log, stderr=log)
    try:
        yield psutil.Process(process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _arrive(life: Life, case: Case, discord: Loopback, folder: Path, began: float) -> None:
    """Wait until it knows every server and says that it is ready.

    A command sent behind a shard's servers is answered once all of them were taken in: a connection keeps the order.
    """

    async def follow(shard: int) -> None:
        await discord.wait_until(lambda: len(discord.gateway.sessions) > shard)
        life.joined_after = life.joined_after or time.time() - began
        await discord.use("allies", shard, by=Visitor(user=discord.add_user(f"early{shard}")))
        life.known_after = time.time() - began

    await asyncio.gather(*(follow(shard) for shard in range(case.shards)))
    line = await _ready(folder)
    assert line["guilds"] == case.guilds, line
    life.ready_after = datetime.fromisoformat(str(line["timestamp"])).timestamp() - began


async def _unless_it_ends(process: psutil.Process, folder: Path, work: Coroutine[None, None, None]) -> None:
    """Do `work`, or say what the log said last if the process ends meanwhile."""
    working = asyncio.create_task(work)
    while not working.done():
        if process.status() == psutil.STATUS_ZOMBIE:
            working.cancel()
            raise RuntimeError((folder / "log").read_text(encoding="utf-8")[-2_000:])
        await asyncio.wait((working,), timeout=0.5)
    working.result()


async def _ready(folder: Path) -> dict[str, str | int]:
    """Wait for the line of the log that says so, and return it."""
    while True:
        for text in (folder / "log").read_text(encoding="utf-8").splitlines():
            if text.startswith("{") and (line := json.loads(text))["event"] == "ready":
                return dict(line)
        await asyncio.sleep(0.1)


async def _rest(process: psutil.Process) -> float:
    """Wait until a process hardly works any more; return the CPU seconds that it has used."""
    while True:
        before = _cpu(process)
        await asyncio.sleep(2)
        if (after := _cpu(process)) - before < 2 * _RESTING:
            return after


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _weigh(life: Life, process: psutil.Process) -> None:
    memory = process.memory_full_info()
    life.rss, life.uss, life.pss = memory.rss / _MIB, memory.uss / _MIB, memory.pss / _MIB
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:  # noqa: PTH123 - no file of ours
        life.peak = next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM"))


async def _chat(discord: Loopback) -> list[float]:
    """Use a command twice a second; return how long the answers took."""
    seconds = []
    for n in range(ANSWERS):
        visitor = Visitor(user=discord.add_user(f"visitor{n}"))
        start = time.perf_counter()
        await discord.use("allies", by=visitor)
        seconds.append(time.perf_counter() - start)
        await asyncio.sleep(0.5)
    return seconds


async def _idle(process: psutil.Process, seconds: int) -> float:
    """Leave it alone for some seconds; return the CPU seconds that a minute of it costs."""
    before, start = _cpu(process), time.perf_counter()
    await asyncio.sleep(seconds)
    return (_cpu(process) - before) / (time.perf_counter() - start) * 60


async def _collect(process: psutil.Process, folder: Path) -> float:
    """Ask for a full garbage collection; return the seconds that it took."""
    process.send_signal(signal.SIGUSR1)
    while True:
        for line in _pauses(folder):
            if "asked" in line:
                return line["asked"]
        await asyncio.sleep(0.1)


def _pauses(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "pauses").read_text(encoding="utf-8").splitlines() if line.endswith("}")]


def _read_pauses(life: Life, folder: Path, began: float, quiet_at: float) -> None:
    """Read what was written down: while the servers came in, and afterwards."""
    joined_at, calm_at = began + life.joined_after, began + life.calm_after
    for line in _pauses(folder):
        if "pause" in line and joined_at < line["at"] < calm_at:
            life.start_pause = max(life.start_pause, line["pause"])
        elif "pause" in line and calm_at <= line["at"] < quiet_at:
            life.calm_pause = max(life.calm_pause, line["pause"])
