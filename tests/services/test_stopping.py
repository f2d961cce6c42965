"""A process that stops gives back what others can do at once, while it still waits for what is on its way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.domain.subscriptions import ChannelId
from bot.services.dispatching import Dispatcher
from bot.services.pacing import LEASE
from bot.store.store import open_store
from tests.services.alerting import CHANNEL, START, Office, SlowPaper

if TYPE_CHECKING:
    from pathlib import Path


class OneTurn:
    """A pacer that gives a single turn."""

    rate = 100.0

    def __init__(self) -> None:
        """Begin with the turn at hand."""
        self.turns = asyncio.Semaphore(1)

    async def turn(self) -> None:
        """Wait for it."""
        await self.turns.acquire()


async def test_nobody_waits_for_what_the_stopping_one_waits_for(tmp_path: Path) -> None:
    """Of two messages one is on its way: the other is claimed by another process before the first one's answer is there."""
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'store.sqlite'}") as store:
        paper = SlowPaper()
        office = Office(store, tmp_path / "content", paper=paper)
        await office.planner.step()
        for channel in (CHANNEL, ChannelId(11)):
            await office.subscribe(channel_id=channel)
        office.now = START.replace(day=26, hour=9)
        await office.planner.step()
        stopping = Dispatcher(store, office.knowledge, paper, clock=office.clock, pacer=OneTurn())
        await stopping.step()
        await paper.asked.wait()
        ending = asyncio.create_task(stopping.finish())
        async with asyncio.timeout(4):  # less than the stopping one would wait
            while not (claimed := await store.ledger.claim("other", now=office.now, lease=LEASE, limit=2)):  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0)
        assert not ending.done()
        assert [message.attempts for message in claimed] == [1]
        paper.answers.set()
        await ending
        assert len(paper.posts) == 1
