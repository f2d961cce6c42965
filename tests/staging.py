"""A stage for alerts: content with one date, subscriptions due this minute, and the real process against the loopback Discord."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.domain.ledger import DeliveryState
from bot.domain.subscriptions import EVERYTHING, ChannelId, GuildId, GuildPreferences, Order, RoleId, Subscription, Timing, UserId, Wish
from bot.store.store import open_store
from tests.loopback import ANN, TOKEN, Loopback
from tests.processes import finish, start
from tests.small import SMALL, write_content

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.domain.ledger import LedgerEntry
    from tests.loopback import Channel, Guild, Role

_DEADLINE = """\
- id: summit
  title: A summit
  kind: meeting
  when: {{date: "{day}"}}
  status: {status}
  precision: day
  summary: They meet.
  why: They may talk.
  change: A postponement.
  lead_days: [30, 7, 1, 0]
  tags: [nato]
  sources: [ministry]
  as_of: "2026-07-04"
"""


def write_summit(folder: Path, day: object, status: str = "tentative", **more: str) -> Path:
    """Write the small content with a summit on `day`, and `more` keys of it."""
    text = _DEADLINE.format(day=day, status=status) + "".join(f"  {key}: {value}\n" for key, value in more.items())
    rest = SMALL["deadlines/all.yaml"].split("- id: inaugural")[1]
    return write_content(folder, {**SMALL, "deadlines/all.yaml": f"{text}- id: inaugural{rest}"})


@dataclass(slots=True)
class Stage:
    """Where a test plays: `now` is the real time when the stage was set, and alerts are due in its minute."""

    folder: Path
    discord: Loopback
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The database."""
        return self.variables.get("DATABASE_URL", f"sqlite+aiosqlite:///{self.folder / 'data' / 'detente.sqlite'}")

    @property
    def due_at(self) -> datetime:
        """The minute in which everything is due."""
        return self.now.replace(second=0, microsecond=0)

    def day(self, lead: int) -> date:
        """The date for which an alert `lead` days before is due today."""
        return self.due_at.date() + timedelta(days=lead)

    def set_content(self, lead: int = 7, status: str = "tentative", **more: str) -> None:
        """Let the summit be `lead` days from today."""
        write_summit(self.folder / "content", self.day(lead), status, **more)

    async def subscribe(
        self, *channels: Channel, role: Role | None = None, since: timedelta = timedelta(days=1), **order: Any
    ) -> tuple[Subscription, ...]:
        """Subscribe channels, to everything unless told otherwise, at this minute of the day in UTC, `since` ago."""
        timing = Timing(time(self.due_at.hour, self.due_at.minute), "UTC")
        added = []
        async with open_store(self.url) as store:
            for channel in channels:
                role_id = RoleId(role.id) if role else None
                wanted = Order(**{"channel_id": ChannelId(channel.id), "selector": EVERYTHING, "role_id": role_id, **order})
                wish = Wish(wanted.selector, wanted.leads, timing)
                guild_id = GuildId(channel.of_guild.id)
                new = await store.subscriptions.add(guild_id, wanted, wish, created_by=UserId(ANN.id), now=self.now - since, limit=9999)
                added.append(new)
            if since == timedelta(days=1):
                await store.plan.advance(self.due_at - timedelta(seconds=1))
        return tuple(added)

    async def prefer(self, guild: Guild, fallback: Channel) -> None:
        """Let a server choose a fallback channel."""
        timing = Timing(time(self.due_at.hour, self.due_at.minute), "UTC")
        chosen = GuildPreferences(guild_id=GuildId(guild.id), timing=timing, fallback_channel_id=ChannelId(fallback.id))
        async with open_store(self.url) as store:
            await store.subscriptions.set_preferences(chosen, {}, self.now)

    async def rewind(self, planned_to: datetime) -> None:
        """Let the bot have been down since `planned_to`; only before anything was planned."""
        async with open_store(self.url) as store:
            await store.plan.advance(planned_to)

    async def start(self, **variables: str) -> asyncio.subprocess.Process:
        """Start the real bot."""
        settings = {
            "DISCORD_TOKEN": TOKEN,
            "DISCORD_API_URL": self.discord.api_url,
            "DATA_DIR": str(self.folder / "data"),
            "CONTENT_DIR": str(self.folder / "content"),
            "LOG_FORMAT": "json",
            "LEASE_SECONDS": "2",
        }
        return await start("run", cwd=self.folder, **{**settings, **self.variables, **variables})

    @asynccontextmanager
    async def running(self, **variables: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run the real bot, and end it with SIGTERM unless it has ended."""
        process = await self.start(**variables)
        try:
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            ended = await finish(process, 20)
            assert "Traceback" not in ended.err, ended.err

    async def wait_until_settled(self, guild: Guild, count: int) -> None:
        """Return once the ledger has `count` rows that were sent."""
        async with open_store(self.url) as store:
            while True:
                rows, _ = await store.ledger.list_history(GuildId(guild.id), offset=0, limit=1000)
                if sum(row.state is DeliveryState.SENT for row in rows) == count:
                    return
                await asyncio.to_thread(lambda: None)  # the database is another process's; there is nothing to wait on

    async def history(self, guild_id: int) -> tuple[LedgerEntry, ...]:
        """Return the server's ledger."""
        async with open_store(self.url) as store:
            return (await store.ledger.list_history(GuildId(guild_id), offset=0, limit=1000))[0]


async def read_log(process: asyncio.subprocess.Process, wanted: str, count: int = 1) -> list[str]:
    """Read the log until it has held `wanted` so many times; return what was read."""
    assert process.stderr is not None
    lines: list[str] = []
    while count > 0:
        line = (await process.stderr.readline()).decode()
        assert line, "".join(lines)
        lines.append(line)
        count -= line.count(wanted)
    return lines


async def kill(process: asyncio.subprocess.Process) -> None:
    """End a process as a power cut would."""
    process.kill()
    await finish(process, 10)
