"""A process that claims and finishes until nothing is left: `python -m tests.store.worker DATABASE_URL NAME`; prints what it sent."""

from __future__ import annotations

import asyncio
import sys

from bot.store import open_store
from tests.store.making import NOW, claim, sent


async def work(url: str, name: str) -> None:
    """Say that it is ready, wait for a line, then claim, print (alert, subscription) of each delivery, and finish."""
    async with open_store(url) as store:
        print("ready", flush=True)  # noqa: T201
        await asyncio.to_thread(sys.stdin.readline)
        while claimed := await claim(store, name, limit=5):
            for message in claimed:
                for delivery in message.deliveries:
                    print(delivery.alert_id, delivery.subscription.id, flush=True)  # noqa: T201
            await store.ledger.finish(name, [sent(message) for message in claimed], NOW)


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
