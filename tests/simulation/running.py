"""Running seeds: each in a folder of its own, from a database that was migrated once."""

from __future__ import annotations

import asyncio
import gc
import logging
import sqlite3
import tempfile
import time
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from bot.store.store import open_store
from tests.simulation.loop import VirtualLoop, run
from tests.simulation.mirror import add_notes
from tests.simulation.oracle import BrokenInvariantError
from tests.simulation.year import Year

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.breaks import Whole
    from tests.simulation.year import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a seed; `broken` is None where everything held."""

    plan: Plan
    digest: str
    counts: dict[str, int]
    seconds: float
    broken: BrokenInvariantError | None = None

    def __str__(self) -> str:
        """Return one line for people."""
        found = "all held" if self.broken is None else f"BROKEN {self.broken.invariant}"
        counts = ", ".join(f"{count} {name}" for name, count in self.counts.items())
        servers = f"{self.plan.servers} servers, {self.plan.machines} process{'es' if self.plan.machines > 1 else ''}"
        return f"seed {self.plan.seed}: {found}; {servers}, {self.plan.days} days; {counts}; {self.seconds:.0f} s; {self.digest}"


@dataclass(slots=True)
class Ground:
    """A folder to simulate in, with an empty database to begin with."""

    folder: Path
    template: Path
    played: int = 0

    def play(self, plan: Plan, *, breaks: Whole | None = None, is_traced: bool = False) -> Result:
        """Simulate one year; what does not hold is in the result. Raises what the simulation itself stumbles over."""
        self.played += 1
        with tempfile.TemporaryDirectory(dir=self.folder) as name, _in_silence(), _without_chance():
            return run(_play(plan, Path(name) / "year", self.template, breaks, is_traced=is_traced))


@contextmanager
def lay_ground() -> Iterator[Ground]:
    """Yield a ground; it is in memory where the machine has room there."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder with a made-up name is made in it
    with tempfile.TemporaryDirectory(prefix="detente-year-", dir=memory if memory.is_dir() else None) as name:
        template = Path(name) / "template.sqlite"
        asyncio.run(_migrate(template))
        connection = sqlite3.connect(template)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        add_notes(template)
        yield Ground(Path(name), template)


async def _migrate(path: Path) -> None:
    async with open_store(f"sqlite+aiosqlite:///{path}"):
        pass


async def _play(plan: Plan, folder: Path, template: Path, breaks: Whole | None, *, is_traced: bool) -> Result:
    began, broken = time.perf_counter(), None
    year = Year(plan, folder, template, breaks=breaks, is_traced=is_traced)
    try:
        await year.pass_by()
    except BrokenInvariantError as error:
        broken = error
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    if broken is None and loop.failures:
        raise RuntimeError(f"seed {plan.seed}: a task failed that nobody waited for: {loop.failures[0]}")
    return Result(plan=plan, digest=year.journal.digest, counts=year.count(), seconds=time.perf_counter() - began, broken=broken)


@contextmanager
def _in_silence() -> Iterator[None]:
    """Keep the bot's log still, and what is said of connections that a killed process leaves behind."""
    before, pool = structlog.get_config(), logging.getLogger("sqlalchemy.pool")
    structlog.configure(processors=[_drop])
    level = pool.level
    pool.setLevel(logging.CRITICAL + 1)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The garbage collector is trying")
        try:
            yield
        finally:
            pool.setLevel(level)
            structlog.configure(**before)


@contextmanager
def _without_chance() -> Iterator[None]:
    """Collect no garbage by itself: a generator that a killed process left takes turns of the loop to end, whenever it is found."""
    was_on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _drop(_: object, __: str, ___: structlog.typing.EventDict) -> structlog.typing.EventDict:
    raise structlog.DropEvent
