"""What all the designs share: a client of discord.py as it comes, and the one call that posts."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.rivals.reminders import Reminder

FAILURES = (discord.HTTPException, aiohttp.ClientError, OSError)
"""What a careful tutorial catches around a post."""


class RivalClient(discord.Client):
    """A client with the defaults of discord.py, and the intent that all of them need."""

    def __init__(self, path: Path, *, at_once: bool) -> None:
        """Keep reminders at `path`; `at_once` starts the next one before the last has been posted."""
        super().__init__(intents=discord.Intents(guilds=True))
        self.path = path
        self.at_once = at_once

    async def post(self, reminder: Reminder) -> None:
        """Post a reminder to its channel; raises one of FAILURES."""
        channel = self.get_channel(reminder.channel_id) or await self.fetch_channel(reminder.channel_id)
        assert isinstance(channel, discord.TextChannel)
        await channel.send(reminder.text)


def complain(reminder: Reminder, error: Exception) -> None:
    """Say on the terminal that a reminder could not be posted, which is all that these designs do about it."""
    print(f"reminder {reminder.id} could not be sent to {reminder.channel_id}: {error}", flush=True)


async def stay(client: discord.Client, url: str, token: str) -> None:
    """Log in at `url` instead of Discord and stay until killed."""
    discord.utils.setup_logging(level=logging.WARNING)
    Route.BASE = url
    async with client:
        await client.login(token)
        gateway = await client.http.request(Route("GET", "/gateway"))
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway["url"])
        await client.connect()
