"""One contestant in one scenario: its lives, what its Discord saw of it, and what it cost."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from benchmarks.beside.auditing import FIRST, NEXT, Audit, Key, Seen, audit, count_came, says_late
from benchmarks.beside.watching import Costs
from benchmarks.crowding import RATE, tell
from tests.loopback import ChannelType

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from benchmarks.beside.contestants import Contestant
    from benchmarks.beside.scenarios import Timeline, Trouble
    from tests.loopback import Loopback

_LOOKS_EVERY = 0.25
_QUIET = 3.0
"""Seconds without a request after which nothing comes twice any more where everything is there."""

_LONG_QUIET = 12.0
"""The same where something is not there: discord.py waits up to 9 seconds between two tries."""


class EndedError(Exception):
    """A process ended though nobody had asked it to."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a contestant came to in a scenario; `came_*` of those `closed` and mended, `told` of all that were in trouble.

    `cpu_ms` is the CPU a message up to the last one, from when it fell due or, where that was before the start, from the first one on;
    lives that began later count whole. `rss_mib` is the memory at the end. `given_up` says why the figures are not to be relied on, if so.
    """

    scenario: str
    contestant: str
    title: str
    audit: Audit
    too_many: int
    cpu_ms: float | None
    rss_mib: float
    closed: int = 0
    came_missed: int = 0
    came_next: int = 0
    troubled: int = 0
    told: int = 0
    given_up: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it flat, numbers to four figures."""
        flat = asdict(self)
        flat |= flat.pop("audit")
        return {key: float(f"{value:.4g}") if isinstance(value, float) else value for key, value in flat.items()}


@dataclass(slots=True)
class Play:
    """A run that goes on; `due` is when each thing is due, in seconds since the epoch, where it can come."""

    contestant: Contestant
    timeline: Timeline
    trouble: Trouble
    due: dict[Key, float]
    costs: Costs = field(default_factory=Costs)
    seen: list[Seen] = field(default_factory=list)
    told: set[int] = field(default_factory=set)
    given_up: str = ""
    _read: int = 0
    _process: asyncio.subprocess.Process | None = None

    @property
    def discord(self) -> Loopback:
        """Its Discord."""
        return self.contestant.discord

    async def start(self) -> None:
        """Let it live."""
        self._process = await self.contestant.start()
        self.costs.begin(self._process.pid)

    async def kill(self) -> None:
        """End its life at once."""
        if self._process is not None and self._process.returncode is None:
            self.costs.sample(time.monotonic())
            self._process.kill()
            await self._process.wait()

    @contextlib.asynccontextmanager
    async def living(self) -> AsyncIterator[None]:
        """Start it, look at it meanwhile, and end it."""
        await self.start()
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            self._look()
            await self.kill()

    async def wait_for_first(self) -> float:
        """Wait for the first message; return the instant by the clock of the loop."""
        while not self.seen:
            self._check()
            await asyncio.sleep(_LOOKS_EVERY)
        return asyncio.get_running_loop().time()

    async def settle(self, *dates: int) -> None:
        """Return when what is due is there, of these dates or of all, or it means to post nothing any more, and it is quiet for a while."""
        quiet_since, requests = time.monotonic(), self.discord.requests
        while True:
            self._check()
            await asyncio.sleep(_LOOKS_EVERY)
            if self.discord.requests != requests:
                quiet_since, requests = time.monotonic(), self.discord.requests
            quiet = time.monotonic() - quiet_since
            if quiet > _LONG_QUIET and not self._means_to_post():
                return
            if quiet > _QUIET and self._is_complete(dates):
                return

    def result(self, scenario: str) -> Row:
        """Hold what was seen against what was due."""
        design, mended = self.contestant.design, self.trouble.mended
        instants, due_at = [message.posted_at for message in self.seen], self.timeline.due_at
        # Where it was there when it fell due, what it does before the first message counts too.
        begins = [due_at.timestamp()] if due_at > self.timeline.start_at else instants
        offset = time.time() - time.monotonic()
        cpu = self.costs.cpu_between(min(begins) - offset, max(instants) - offset) if instants else 0.0
        return Row(
            scenario,
            design.name,
            design.title,
            audit(self.due, self.seen, self.timeline.start_at.timestamp()),
            self.discord.too_many,
            cpu / len(instants) * 1000 if instants else None,
            self.costs.rss,
            len(mended),
            count_came(mended, FIRST, self.seen),
            count_came(mended, NEXT, self.seen),
            len(self.trouble.all),
            len(self.told),
            self.given_up,
        )

    def _means_to_post(self) -> bool:
        return not self.seen or self.contestant.count_left(datetime.now(UTC)) > 0

    def _is_complete(self, dates: tuple[int, ...]) -> bool:
        mended = {(i, which) for i in self.trouble.mended for which in (FIRST, NEXT)}
        wanted = {key for key in self.due if key[1] in dates} if dates else self.due.keys() | mended
        return wanted <= {message.key for message in self.seen}

    def _check(self) -> None:
        if self._process is not None and self._process.returncode is not None:
            said = self.contestant.log.read_text(encoding="utf-8", errors="replace")[-3_000:]
            raise EndedError(f"{self.contestant.design.name} ended by itself with {self._process.returncode}: {said}")

    async def _watch(self) -> None:
        while True:
            self._look()
            await asyncio.sleep(_LOOKS_EVERY)

    def _look(self) -> None:
        """Read what was posted since the last look, and sample what it costs."""
        self.costs.sample(time.monotonic())
        messages, offset = self.discord.messages, time.time() - time.monotonic()
        for message in messages[self._read :]:
            text = message.text
            if message.channel.type is ChannelType.DIRECT:
                self.told.add(message.id)
            else:
                which = self.contestant.which(text)
                self.seen.append(Seen(message.channel.id, which, message.posted_at + offset, says_late(text)))
        self._read = len(messages)


def limit_seconds(count: int) -> float:
    """Return after how many seconds a run of `count` channels is given up: a few minutes more than the slowest needs."""
    return 240.0 + 3 * count / RATE


async def give_up_after(seconds: float, play: Play, work: Any) -> None:
    """Do `work`, for so many seconds at most; what is not there by then counts as lost, and the table says why."""
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        play.given_up = f"given up after {seconds:.0f} s"
    except EndedError as error:
        play.given_up = "ended by itself"
        tell(f"beside: {error}")
