"""The lowest floor: aiohttp alone posts the same messages."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp

from benchmarks.rivals.pacing import post_evenly

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.rivals.reminders import Reminder


async def post_bare(url: str, token: str, path: Path) -> None:
    """Post evenly, and stay."""
    headers = {"Authorization": f"Bot {token}"}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def post(reminder: Reminder) -> None:
            async with session.post(f"{url}/channels/{reminder.channel_id}/messages", json={"content": reminder.text}) as answer:
                await answer.read()

        await post_evenly(path, post)
        await asyncio.Event().wait()
