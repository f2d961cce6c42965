"""One alert for a million subscriptions, and what the planner costs while nothing is due."""

from __future__ import annotations

import asyncio
import gc
import random
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from itertools import count
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import available_timezones

from sqlalchemy import func, select

from benchmarks.crowding import keep, row, size, tell
from benchmarks.figures import CONTENT, NOW, Figure
from bot.domain.ledger import DeliveryState, Outcome, Settled
from bot.domain.planning import list_upcoming
from bot.domain.schedules import OnDate
from bot.domain.subscriptions import EVERYTHING, Timing, Wish
from bot.knowledge.loading import load
from bot.knowledge.snapshot import CurrentSnapshot, Snapshot
from bot.ops.logs import set_up_logs
from bot.services.planning import Planner
from bot.store.database import open_database
from bot.store.rows import to_seconds
from bot.store.store import build_store
from bot.store.tables import deliveries

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from benchmarks.figures import Ground
    from bot.domain.ledger import Claimed
    from bot.domain.subscriptions import SubscriptionId
    from bot.store.database import Database
    from bot.store.store import Store

SUBSCRIPTIONS = 1_000_000
OTHER_WISHES = 300
PER_GUILD = 4
MAX_MICROSECONDS, MAX_LAG_MS, MAX_IDLE_MS, MAX_BYTES, MAX_MOVE_MS = 3.0, 50.0, 0.5, 200.0, 50.0
_IDLE_ROUNDS, _LOOK_ROUNDS, _MOVES, _CLAIMS = 2_000, 300, 10, 30
_PAGE = 4096
_TICK = 0.005
"""Seconds between two looks at the clock: fine enough for the aim, and not much of what it measures."""

_COMMON = Wish(EVERYTHING, None, Timing(clock_time(9), "UTC"))


class _Bench:
    """A planner on a database at size, with a clock that the benchmark sets."""

    def __init__(self, database: Database, figures: list[Figure]) -> None:
        self.database, self.figures = database, figures
        self.store: Store = build_store(database)
        self.now = NOW
        knowledge = load(CONTENT).knowledge
        assert knowledge is not None
        self.knowledge = CurrentSnapshot(Snapshot.of(knowledge))
        self.planner = Planner(self.store, self.knowledge, clock=lambda: self.now, planned=lambda: None)

    def yields(self, name: str, value: float, unit: str, aim: float | None = None) -> None:
        tell(f"fanout: {name} {value:.4g} {unit}")
        self.figures.append(Figure(name, value, unit, aim))


def measure_fanout(_: Ground) -> Iterator[Figure]:
    """Yield the cost of a fan-out to a million subscriptions, of an idle round and of a moved date among so many."""
    set_up_logs("warning", json=False)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="detente-fanout-", dir="/var/tmp") as folder:
        asyncio.run(_measure(Path(folder) / "fanout.sqlite", size("SUBSCRIPTIONS", SUBSCRIPTIONS), figures))
    yield from figures


async def _measure(file: Path, subscribed: int, figures: list[Figure]) -> None:
    async with open_database(f"sqlite+aiosqlite:///{file}") as database:
        bench = _Bench(database, figures)
        await _fill(database, subscribed)
        async with database.reading() as connection:
            pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
        bench.yields(f"database a subscription, of {subscribed:,} with their servers", pages * _PAGE / subscribed, "bytes", MAX_BYTES)
        await bench.planner.step()
        gc.collect()
        gc.freeze()  # as the bot does when it is ready
        await _measure_idle(bench)
        await _measure_move(bench)
        await _measure_fan_out(bench)
        await _measure_claims(bench)


async def _fill(database: Database, subscribed: int) -> None:
    """Make subscriptions of one wish, and few of many others, with ids as Discord's would be: large, and in no order."""
    chance = random.Random(1)
    zones = sorted(available_timezones() - {"localtime"})
    others = [Wish(EVERYTHING, None, Timing(clock_time(n % 24, n % 4 * 15), zones[n % len(zones)])) for n in range(1, OTHER_WISHES + 1)]
    made_at = to_seconds(NOW - timedelta(days=400))
    wishes = dict.fromkeys([_COMMON, *others])
    for start in range(0, subscribed, 100_000):
        ids = [2**60 + chance.getrandbits(50) for _ in range(0, min(100_000, subscribed - start), PER_GUILD)]
        rows = [
            row(start + n, ids[n // PER_GUILD], 2**60 + chance.getrandbits(52), 2**59 + chance.getrandbits(55), made_at + n // 10)
            for n in range(min(100_000, subscribed - start))
        ]
        await keep(database, [] if start else list(wishes), ids, rows)
    few = [row(-1, ids[0], 2**61 + wish_id, 2**59, made_at, wish_id) for wish_id in range(2, len(wishes) + 1)]
    await keep(database, [], [], few)


async def _median_ms(work: Callable[[], Awaitable[object]], times: int) -> float:
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        await work()
        taken.append(time.perf_counter() - start)
    return median(taken) * 1000


async def _measure_idle(bench: _Bench) -> None:
    async def look() -> None:
        bench.planner.refresh()
        await bench.planner.step()

    bench.yields("idle round, nothing due (memory only)", await _median_ms(bench.planner.step, _IDLE_ROUNDS), "ms", MAX_IDLE_MS)
    bench.yields("idle round that looks for new wishes (each 30 s)", await _median_ms(look, _LOOK_ROUNDS), "ms", MAX_IDLE_MS)
    # What any query through SQLAlchemy and aiosqlite costs here, whatever it asks.
    bench.yields(
        "the least that a query costs (SELECT 1, floor)", await _median_ms(lambda: _select_one(bench.database), _LOOK_ROUNDS), "ms"
    )


async def _select_one(database: Database) -> object:
    async with database.reading() as connection:
        return (await connection.exec_driver_sql("SELECT 1")).scalar_one()


async def _measure_move(bench: _Bench) -> None:
    """Move a date that nobody was told of yet, to and fro."""
    floor = await _ticking(lambda: asyncio.sleep(1))
    bench.yields("longest event-loop lag, nothing to do (floor)", floor.lag * 1000, "ms")
    one, other = bench.knowledge.current, _moved(bench.knowledge.current, days=3)
    moves = []
    for number in range(_MOVES):
        bench.knowledge.current = one if number % 2 else other
        moves.append(await _ticking(bench.planner.step))
    bench.yields("a moved date, until the plan is right again", median(move.seconds for move in moves) * 1000, "ms", MAX_MOVE_MS)
    bench.yields("longest event-loop lag meanwhile", max(move.lag for move in moves) * 1000, "ms", MAX_LAG_MS)
    bench.yields("of that at most the loop's own work", max(move.cpu for move in moves) * 1000, "ms CPU")
    bench.knowledge.current = one
    await bench.planner.step()


def _moved(snapshot: Snapshot, days: int) -> Snapshot:
    """Return the content with one date, months ahead, on another day."""
    knowledge = snapshot.knowledge
    deadline = next(d for d in knowledge.deadlines if d.id == "founding-act-30")
    assert isinstance(deadline.when, OnDate)
    day = deadline.when.date.first + timedelta(days=days)
    when = OnDate.model_validate({"date": str(day)})
    changed = tuple(d.model_copy(update={"when": when}) if d is deadline else d for d in knowledge.deadlines)
    return Snapshot.of(replace(knowledge, deadlines=changed, version=f"{knowledge.version}-moved"))


class _Ticked(NamedTuple):
    """Seconds: how long work took, the longest gap between two looks at the clock meanwhile, and the most the loop worked in one."""

    seconds: float
    lag: float
    cpu: float


async def _ticking(work: Callable[[], Awaitable[object]]) -> _Ticked:
    """Look at the clock again and again while `work` runs."""
    gaps: list[tuple[float, float]] = []
    ticker = asyncio.create_task(_tick(gaps))
    await asyncio.sleep(_TICK * 2)
    gaps.clear()
    start = time.perf_counter()
    await work()
    seconds = time.perf_counter() - start
    await asyncio.sleep(_TICK * 2)
    ticker.cancel()
    return _Ticked(seconds, max(wall for wall, _ in gaps), max(cpu for _, cpu in gaps))


async def _tick(gaps: list[tuple[float, float]]) -> None:
    last, worked = time.perf_counter(), time.thread_time()
    for _ in count():
        await asyncio.sleep(_TICK)
        now, work = time.perf_counter(), time.thread_time()
        gaps.append((now - last, work - worked))
        last, worked = now, work


async def _measure_fan_out(bench: _Bench) -> None:
    """Let the next alert of the common wish fall due; what others wish for before is out of the way by then."""
    due_at = list_upcoming(bench.knowledge.current.knowledge.deadlines, _COMMON, bench.now, 1)[0][0]
    bench.now = due_at - timedelta(seconds=1)
    await bench.planner.step()
    before, bench.now = await _count(bench.database), due_at
    cpu = time.process_time()
    ticked = await _ticking(bench.planner.step)
    cpu = time.process_time() - cpu
    written = await _count(bench.database) - before
    bench.yields(f"fan-out of {written:,} deliveries", ticked.seconds, "s")
    bench.yields("fan-out, a row", ticked.seconds / written * 1e6, "µs", MAX_MICROSECONDS)
    bench.yields("fan-out, a row, all threads", cpu / written * 1e6, "µs CPU")
    bench.yields("longest event-loop lag during the fan-out", ticked.lag * 1000, "ms", MAX_LAG_MS)
    bench.yields("of that at most the loop's own work in the fan-out", ticked.cpu * 1000, "ms CPU")


async def _count(database: Database) -> int:
    async with database.reading() as connection:
        found: int = (await connection.execute(select(func.count()).select_from(deliveries))).scalar_one()
        return found


async def _measure_claims(bench: _Bench) -> None:
    """Claim 100 messages and finish them, again and again."""
    ledger, after = bench.store.ledger, None
    claims, finishes = [], []
    for _ in range(_CLAIMS):
        now, start = datetime.now(UTC), time.perf_counter()
        claimed = await ledger.claim("me", now=now, lease=timedelta(minutes=2), limit=100, after=after)
        claims.append(time.perf_counter() - start)
        assert len(claimed) == 100
        after = _last(claimed)
        start = time.perf_counter()
        await ledger.finish("me", [_sent(message) for message in claimed], now)
        finishes.append(time.perf_counter() - start)
    bench.yields("claim of 100 messages, so many waiting", median(claims) * 1000, "ms")
    bench.yields("finish of 100 messages", median(finishes) * 1000, "ms")


def _last(claimed: tuple[Claimed, ...]) -> SubscriptionId:
    return claimed[-1].deliveries[0].subscription.id


def _sent(message: Claimed) -> Outcome:
    settled = tuple(Settled(alert_id=d.alert_id, subscription_id=d.subscription.id, state=DeliveryState.SENT) for d in message.deliveries)
    return Outcome(message_id=message.id, posted_id=2**60 + message.id, settled=settled)
