"""An editor's desk in one test: a content folder, a real store, and as many processes on it as the test wants."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from bot.domain.editions import Editor, Origin
from bot.domain.entries import Deadline
from bot.domain.subscriptions import EVERYTHING, ChannelId, GuildId, Order, Timing, UserId, Wish
from bot.errors import ContentError
from bot.knowledge.checking import check
from bot.knowledge.loading import load_files
from bot.knowledge.problems import Problem, list_errors
from bot.knowledge.shelf import Shelf
from bot.knowledge.snapshot import CurrentSnapshot, Snapshot
from bot.services.planning import Planner
from bot.services.reloading import Reloading
from bot.services.starting import Beginning, Starting
from bot.services.supplying import Source
from tests.small import SMALL, write_content
from tests.staging import write_summit

if TYPE_CHECKING:
    from pathlib import Path

    from bot.knowledge.files import ContentFiles
    from bot.store.store import Store

ANN = Editor(Origin.COMMAND, UserId(100))
SUMMIT = "2026-12-03"


@dataclass(slots=True)
class Process:
    """One process: its knowledge, and what changes it."""

    knowledge: CurrentSnapshot
    reloading: Reloading
    beginning: Beginning
    swaps: list[str] = field(default_factory=list)

    @property
    def version(self) -> str:
        """The version it answers from."""
        return self.knowledge.current.knowledge.version

    @property
    def summit(self) -> Deadline | None:
        """The summit as it answers."""
        return next((d for d in self.knowledge.current.knowledge.deadlines if d.id == "summit"), None)


@dataclass(slots=True)
class Newsroom:
    """A content folder with a summit on 3 December 2026, a store, and a time that stands still unless it is moved."""

    store: Store
    folder: Path
    now: datetime
    limit: int = 10

    def __post_init__(self) -> None:
        """Write the content."""
        (self.folder / "data").mkdir(parents=True)
        self.write()

    @property
    def content(self) -> Path:
        """The folder that editors write to."""
        return self.folder / "content"

    @property
    def shelf(self) -> Shelf:
        """The memory of the machine."""
        return Shelf(self.folder / "data")

    def write(self, day: object = SUMMIT, status: str = "tentative", **more: str) -> None:
        """Write the content with the summit on `day`."""
        write_summit(self.content, day, status, **more)

    def remove_summit(self) -> None:
        """Write the content without the summit."""
        rest = SMALL["deadlines/all.yaml"].split("- id: inaugural")[1]
        text = f"- id: inaugural{rest}"
        topics = SMALL["topics/all.yaml"].replace("deadlines: [summit, inaugural]", "deadlines: [inaugural]")
        write_content(self.content, {**SMALL, "deadlines/all.yaml": text, "topics/all.yaml": topics})

    def break_content(self) -> None:
        """Write something that cannot be used."""
        (self.content / "events" / "all.yaml").write_text("- id: [\n")

    def break_content_of_program(self) -> None:
        """Write content that only a newer program can read."""
        path = self.content / "wording" / "en.yaml"
        path.write_text(path.read_text() + "newer_section: {said: Hello}\n")

    def clock(self) -> datetime:
        """The time."""
        return self.now

    async def start(self, shelf: Shelf | None = None) -> Process:
        """Start a process, as the bot does; raises ContentError."""
        shelf = shelf or self.shelf
        source = Source(folder=self.content, shelf=shelf, check=check_and_index, vet=vet, index=index, limit=self.limit, settled_after=0)
        beginning = await Starting(self.store, source, now=self.now).begin()
        knowledge = CurrentSnapshot(beginning.snapshot)
        swaps: list[str] = []
        reloading = Reloading(
            self.store,
            knowledge,
            source,
            clock=self.clock,
            changed=lambda: swaps.append(knowledge.current.knowledge.version),
            in_folder=beginning.version,
            warning=beginning.warning,
        )
        return Process(knowledge, reloading, beginning, swaps)

    async def subscribe(self, *channels: int) -> None:
        """Subscribe channels, each in a server of its own, to everything at nine in UTC."""
        timing = Timing(datetime(2026, 1, 1, 9).time(), "UTC")  # noqa: DTZ001 - only its hour is used
        for channel in channels:
            order = Order(channel_id=ChannelId(channel), selector=EVERYTHING)
            await self.store.subscriptions.add(
                GuildId(channel), order, Wish(EVERYTHING, None, timing), created_by=UserId(1), now=self.now, limit=5
            )

    async def plan(self, process: Process) -> None:
        """Let a process plan what is due now."""
        await Planner(self.store, process.knowledge, clock=self.clock, planned=lambda: None).step()

    async def trail(self) -> list[tuple[str, str, str | None]]:
        """Return the audit trail as (action, result, version), oldest first."""
        uses, total = await self.store.contents.list_uses(0, 100)
        assert total == len(uses)
        return [(str(use.action), str(use.result), use.version) for use in reversed(uses)]


def check_and_index(files: ContentFiles, now: datetime) -> tuple[tuple[Problem, ...], Snapshot | None]:
    """Check content, without drawing cards, and index it."""
    loaded = load_files(files)
    problems = check(loaded, now)
    return problems, Snapshot.of(loaded.knowledge) if loaded.knowledge and not list_errors(problems) else None


async def vet(files: ContentFiles, now: datetime) -> tuple[Problem, ...]:
    """Return what is wrong with files."""
    return check(load_files(files), now)


async def index(files: ContentFiles) -> Snapshot:
    """Return what the bot works with."""
    loaded = load_files(files)
    if loaded.knowledge is None:
        raise ContentError(loaded.errors)
    return Snapshot.of(loaded.knowledge)
