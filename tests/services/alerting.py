"""Alerts at work in one test: a real store, a small content, a clock that is moved, and a Discord written by hand."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from bot.domain.ledger import DeliveryState
from bot.domain.sharding import Sharding
from bot.domain.subscriptions import EVERYTHING, ChannelId, GuildId, Order, UserId
from bot.errors import StaleContentError
from bot.knowledge.loading import load
from bot.knowledge.snapshot import CurrentSnapshot, Snapshot
from bot.services.dispatching import Dispatcher
from bot.services.planning import Planner
from bot.services.subscribing import Subscribing
from bot.services.watching import Watcher
from bot.store.store import open_store
from tests.staging import write_summit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.domain.ledger import Claimed, LedgerEntry
    from bot.domain.subscriptions import Obstacle, RoleId, Subscription
    from bot.services.messaging import Post, Report
    from bot.store.store import Store

GUILD, CHANNEL, ANN = GuildId(1), ChannelId(10), UserId(100)
START = datetime(2026, 11, 22, 12, tzinfo=UTC)
TOLD_AT = datetime(2026, 11, 26, 9, tzinfo=UTC)
"""When a channel that wants to know a week before is told of the summit."""


class Paper:
    """A Discord that keeps posts on paper; `fails` are raised by the next posts, one each, before or after keeping them."""

    def __init__(self) -> None:
        """Start with open channels."""
        self.posts: dict[int, Post] = {}
        self.reports: list[Report] = []
        self.published: list[int] = []
        self.fails: list[tuple[Exception, bool]] = []
        self.fails_publishing: Exception | None = None
        self.fails_looking: Exception | None = None
        self.obstacle: Obstacle | None = None
        self.guilds = frozenset({GUILD})
        self.heard: Sharding | None = Sharding(count=1, ids=(0,))
        self.reachable = True
        self.time: datetime | None = None
        self.looked = 0

    def is_ready(self) -> bool:
        """Whether the gateway is open."""
        return True

    def list_guilds(self) -> frozenset[GuildId]:
        """The servers."""
        return self.guilds

    def find_heard(self) -> Sharding | None:
        """The part of the gateway that is heard."""
        return self.heard

    def find_time(self) -> datetime | None:
        """The time by which posts are dated."""
        return self.time

    def is_reachable(self, guild_id: GuildId) -> bool:
        """Whether the server is there."""
        return self.reachable and guild_id in self.guilds

    def find_obstacle(self, guild_id: GuildId, channel_id: ChannelId, role_id: RoleId | None) -> Obstacle | None:
        """What stands in the way."""
        return self.obstacle if guild_id > 0 and channel_id > 0 and role_id != 0 else None

    async def post(self, post: Post) -> int:
        """Keep a post."""
        fail, is_kept = self.fails.pop(0) if self.fails else (None, True)
        if is_kept:
            self.posts[1000 + post.message_id] = post
        if fail is not None:
            raise fail
        return 1000 + post.message_id

    async def publish(self, channel_id: ChannelId, posted_id: int) -> None:
        """Publish a post."""
        if self.fails_publishing is not None:
            raise self.fails_publishing
        self.published.append(posted_id if channel_id else 0)

    async def find_posted(self, claimed: Claimed, since: datetime) -> int | None:
        """Look for a post."""
        self.looked += 1
        if self.fails_looking is not None:
            raise self.fails_looking
        assert since <= claimed.first_attempt_at
        return 1000 + claimed.id if 1000 + claimed.id in self.posts else None

    async def report(self, report: Report) -> int:
        """Keep a report."""
        self.reports.append(report)
        return 1


class SlowPaper(Paper):
    """A Discord that keeps a post at once and answers when it is let."""

    def __init__(self) -> None:
        """Begin silent."""
        super().__init__()
        self.asked, self.answers = asyncio.Event(), asyncio.Event()

    async def post(self, post: Post) -> int:
        """Keep a post; answer later."""
        kept = await super().post(post)
        self.asked.set()
        await self.answers.wait()
        return kept


async def land(dispatcher: Dispatcher) -> None:
    """Let what is in flight end by itself, and write it down: `finish` would give back what was not begun."""
    while dispatcher.in_flight:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0)
    await dispatcher.finish()


class AtOnce:
    """A pacer for tests: it is always your turn."""

    rate = 1000.0

    async def turn(self) -> None:
        """Return."""


@dataclass(slots=True)
class Office:
    """Everything that alerts need, stepped by hand."""

    store: Store
    folder: Path
    now: datetime = START
    paper: Paper = field(default_factory=Paper)
    knowledge: CurrentSnapshot = field(init=False)
    planner: Planner = field(init=False)
    dispatcher: Dispatcher = field(init=False)
    watcher: Watcher = field(init=False)
    subscribing: Subscribing = field(init=False)

    def __post_init__(self) -> None:
        """Open with a summit on 3 December 2026."""
        self.knowledge = CurrentSnapshot(self.read("2026-12-03"))
        self.subscribing = Subscribing(self.store, self.knowledge, self.clock, lambda: self.planner.refresh(), 5)  # noqa: PLW0108 - bound in restart
        self.restart()

    def clock(self) -> datetime:
        """The time."""
        return self.now

    def read(self, day: object, status: str = "tentative", **more: str) -> Snapshot:
        """Return the content with the summit on `day`."""
        loaded = load(write_summit(self.folder, day, status, **more))
        assert loaded.knowledge is not None, loaded.problems
        # The other dates of the small content would only be in the way.
        return Snapshot.of(replace(loaded.knowledge, deadlines=tuple(d for d in loaded.knowledge.deadlines if d.id == "summit")))

    def read_without(self) -> Snapshot:
        """Return the content without the summit."""
        snapshot = self.read("2026-12-03")
        return replace(snapshot, knowledge=replace(snapshot.knowledge, deadlines=(), version="without"))

    def restart(self) -> None:
        """Forget everything that is only in memory, as a new process would."""
        self.planner = Planner(self.store, self.knowledge, clock=self.clock, planned=lambda: None)
        self.dispatcher = Dispatcher(self.store, self.knowledge, self.paper, clock=self.clock, pacer=AtOnce())
        self.watcher = Watcher(self.store, self.paper, clock=self.clock, resumed=lambda: None)

    def edit_content(self, day: object, status: str = "tentative", **more: str) -> None:
        """Let an editor change the summit."""
        self.knowledge.current = self.read(day, status, **more)

    async def subscribe(self, hour: int = 9, zone: str | None = "UTC", **order: object) -> Subscription:
        """Subscribe the channel to everything."""
        wanted = Order(channel_id=CHANNEL, selector=EVERYTHING, clock_time=time(hour), zone=zone)
        return await self.subscribing.add(GUILD, ANN, replace(wanted, **order))  # type: ignore[arg-type] # any field of Order

    async def work(self) -> list[Post]:
        """Do all that is due now; return what was posted."""
        before = len(self.paper.posts)
        with suppress(StaleContentError):  # as the loops do: they try again
            await self.planner.step()
        await self.watcher.step()
        with suppress(StaleContentError):
            await self.dispatcher.step()
        await land(self.dispatcher)
        return list(self.paper.posts.values())[before:]

    async def work_until(self, end: datetime, step: timedelta = timedelta(hours=1)) -> list[tuple[datetime, Post]]:
        """Let time pass in steps; return what was posted, and when."""
        posted: list[tuple[datetime, Post]] = []
        while self.now < end:
            self.now += step
            posted += [(self.now, post) for post in await self.work()]
        return posted

    async def history(self) -> tuple[LedgerEntry, ...]:
        """Return the server's ledger, oldest first."""
        return (await self.subscribing.list_history(GUILD, 0, 1000))[0][::-1]

    async def states(self) -> list[tuple[int, DeliveryState]]:
        """Return (lead, state) of the ledger, the longest lead first."""
        return sorted(((entry.alert.lead, entry.state) for entry in await self.history()), reverse=True)


@asynccontextmanager
async def open_office(folder: Path) -> AsyncIterator[Office]:
    """Open an office that has planned and has nobody to tell yet."""
    async with open_store(f"sqlite+aiosqlite:///{folder / 'store.sqlite'}") as store:
        office = Office(store, folder / "content")
        await office.work()
        yield office


@asynccontextmanager
async def open_office_that_told(folder: Path) -> AsyncIterator[Office]:
    """Open an office that has told a channel of the summit on 3 December, a week before it."""
    async with open_office(folder) as office:
        await office.subscribe(leads=(7,))
        office.now = TOLD_AT
        assert len(await office.work()) == 1
        yield office
