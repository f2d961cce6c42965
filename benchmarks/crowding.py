"""A crowd that waits for alerts: many channels on the loopback Discord, their subscriptions in a file, and the real bot for them."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from bot.domain.ledger import Alert, AlertKind
from bot.domain.subscriptions import EVERYTHING, Timing, Wish, WishId
from bot.store.database import open_database
from bot.store.rows import to_seconds, wish_values
from bot.store.store import build_store
from bot.store.tables import guilds, subscriptions, wishes
from tests.loopback import TOKEN, Channel, Loopback, Visitor
from tests.processes import ROOT, environment
from tests.staging import write_summit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from typing import Any

    from bot.store.database import Database
    from bot.store.store import Store

PER_GUILD = 10
RATE = 40.0
"""Messages a second, the bot's own default: `Crowd.start` sets it so that the ideal is known."""

_LEAD = 7
_SLICE = 20_000


def size(name: str, usual: int) -> int:
    """Return how large a run is to be: BENCH_<name> in the environment makes it shorter."""
    return int(os.environ.get(f"BENCH_{name}", usual))


def tell(text: str) -> None:
    """Say how a long run is getting on."""
    print(text, file=sys.stderr, flush=True)


def row(number: int, guild_id: int, channel_id: int, created_by: int, made_at: int, wish_id: int = 1) -> dict[str, Any]:
    """Return the values of a plain subscription; every second one has a role to mention where `number` is not negative."""
    return {
        "guild_id": guild_id,
        "channel_id": channel_id,
        "wish_id": wish_id,
        "own_zone": False,
        "own_minute": False,
        "role_id": 2**60 + number * 7919 if number > 0 and number % 2 else None,
        "publish": False,
        "created_by": created_by,
        "created_at": made_at,
        "status": 0,
        "strikes": 0,
    }


async def keep(database: Database, wanted: list[Wish], guild_ids: list[int], rows: list[dict[str, Any]]) -> None:
    """Write wishes (numbered from 1 in their order), servers and subscriptions."""
    async with database.writing() as connection:
        if wanted:
            await connection.execute(wishes.insert(), [wish_values(wish) for wish in wanted])
        if guild_ids:
            await connection.execute(guilds.insert(), [{"id": i, "created_at": rows[0]["created_at"]} for i in guild_ids])
    for start in range(0, len(rows), _SLICE):
        async with database.writing() as connection:
            await connection.execute(subscriptions.insert(), rows[start : start + _SLICE])


@dataclass(slots=True)
class Crowd:
    """Channels that are all subscribed to one date, whose alert is due in the minute in which the crowd was made."""

    folder: Path
    discord: Loopback
    channels: list[Channel]
    made_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    rounds: int = 0

    @property
    def url(self) -> str:
        """The database."""
        return f"sqlite+aiosqlite:///{self.folder / 'data' / 'detente.sqlite'}"

    @property
    def log(self) -> Path:
        """Where the bot's log goes: a pipe that nobody reads would stop it."""
        return self.folder / "log.txt"

    async def settle_in(self) -> None:
        """Write the content and the subscriptions, so that the alert falls due as soon as the bot starts."""
        due_at = self.made_at.replace(second=0, microsecond=0)
        write_summit(self.folder / "content", due_at.date() + timedelta(days=_LEAD))
        wish = Wish(EVERYTHING, None, Timing(time(due_at.hour, due_at.minute), "UTC"))
        guild_ids = list(dict.fromkeys(channel.of_guild.id for channel in self.channels))
        # Each server has a manager of its own, or all reports of trouble would go to one person, at a message a second.
        managers = {guild_id: self.discord.add_user("manager").id for guild_id in guild_ids}
        made_at = to_seconds(due_at - timedelta(days=1))
        rows = [row(-1, c.of_guild.id, c.id, managers[c.of_guild.id], made_at) for c in self.channels]
        async with open_database(self.url) as database:
            await keep(database, [wish], guild_ids, rows)
            await build_store(database).plan.advance(due_at - timedelta(seconds=1))

    async def drill(self, store: Store) -> None:
        """Let one message more be due to every channel at once."""
        self.rounds += 1
        now, day = datetime.now(UTC), self.made_at.date() + timedelta(days=_LEAD)
        alert = Alert(kind=AlertKind.DRILL, deadline="summit", occurrence=str(day), detail=f"round-{self.rounds}")
        assert await store.plan.fan_out(alert, expires_at=now + timedelta(days=1), wish_id=WishId(1), due_at=None, now=now) is None

    async def start(self, *through: str, **variables: str) -> asyncio.subprocess.Process:
        """Start the real bot, by the module and its arguments `through` where any are given."""
        settings = {
            "DISCORD_TOKEN": TOKEN,
            "DISCORD_API_URL": self.discord.api_url,
            "DATA_DIR": str(self.folder / "data"),
            "CONTENT_DIR": str(self.folder / "content"),
            "SENDS_PER_SECOND": str(RATE),
            "LOG_FORMAT": "json",
        }
        command = (sys.executable, "-m", *through, "bot", "run")
        with self.log.open("ab") as log:
            known = environment(PYTHONPATH=str(ROOT), **{**settings, **variables})
            return await asyncio.create_subprocess_exec(*command, cwd=self.folder, env=known, stdout=log, stderr=log)

    @asynccontextmanager
    async def running(self, *through: str, **variables: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run the real bot, and end it with SIGTERM."""
        process = await self.start(*through, **variables)
        try:
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()

    async def use(self, command: str) -> None:
        """Let somebody use a command in the first channel."""
        await self.discord.use(command, by=Visitor(self.channels[0]))


async def gather_crowd(folder: Path, discord: Loopback, count: int) -> Crowd:
    """Make `count` channels, a few in each server, and subscribe them all."""
    channels: list[Channel] = []
    while len(channels) < count:
        guild = discord.add_guild(f"Guild {len(channels) // PER_GUILD}")
        channels += [discord.add_channel(guild, f"alerts-{n}") for n in range(min(PER_GUILD, count - len(channels)))]
    crowd = Crowd(folder, discord, channels)
    await crowd.settle_in()
    return crowd
