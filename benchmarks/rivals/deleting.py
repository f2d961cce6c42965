"""The design of well-known open bots: wait for the next row, delete it, then send it.

They hand a row that is due to an event handler and go on to the next, so that all that is due is sent `at once`; one after another
is the kinder form.
"""

from __future__ import annotations

import asyncio

import aiosqlite
import discord

from benchmarks.rivals.connecting import FAILURES, RivalClient, complain
from benchmarks.rivals.reminders import Reminder, delete, find_first


class DeletingClient(RivalClient):
    """Takes one row at a time, the earliest first."""

    async def setup_hook(self) -> None:
        """Open the database and begin to wait for the first row."""
        self._database = await aiosqlite.connect(self.path)
        self._waiting = asyncio.create_task(self._wait())

    async def _wait(self) -> None:
        await self.wait_until_ready()
        while (reminder := await find_first(self._database)) is not None:
            await discord.utils.sleep_until(reminder.due_at)
            await delete(self._database, reminder)
            if self.at_once:
                self.dispatch("reminder_due", reminder)
            else:
                await self.on_reminder_due(reminder)

    async def on_reminder_due(self, reminder: Reminder) -> None:
        """Send a reminder whose row is gone."""
        try:
            await self.post(reminder)
        except FAILURES as error:
            complain(reminder, error)
