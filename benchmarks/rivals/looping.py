"""The design of most tutorials: once a minute look for what is due, send it, then delete its row.

A row that could not be sent stays, and is tried again a minute later: many tutorials delete it all the same, and some do not catch
anything, so that the first closed channel ends the loop for good.
"""

from __future__ import annotations

import aiosqlite
import discord
from discord.ext import tasks

from benchmarks.rivals.connecting import FAILURES, RivalClient, complain
from benchmarks.rivals.reminders import delete, list_due


class LoopingClient(RivalClient):
    """Sends what is due, one after another, once a minute."""

    async def setup_hook(self) -> None:
        """Open the database and begin to look."""
        self._database = await aiosqlite.connect(self.path)
        self.look.start()

    @tasks.loop(minutes=1)
    async def look(self) -> None:
        """Send what is due."""
        for reminder in await list_due(self._database, discord.utils.utcnow()):
            try:
                await self.post(reminder)
            except FAILURES as error:
                complain(reminder, error)
            else:
                await delete(self._database, reminder)

    @look.before_loop
    async def wait(self) -> None:
        """Wait until the channels are known."""
        await self.wait_until_ready()
