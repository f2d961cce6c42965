"""The floor of everybody who uses discord.py: a client that posts the same messages and does nothing else."""

from __future__ import annotations

import asyncio

from benchmarks.rivals.connecting import RivalClient
from benchmarks.rivals.pacing import post_evenly


class PostingClient(RivalClient):
    """Posts evenly what it reads when it starts."""

    async def setup_hook(self) -> None:
        """Begin to post."""
        self._posting = asyncio.create_task(self._post())

    async def _post(self) -> None:
        await self.wait_until_ready()
        await post_evenly(self.path, self.post)
