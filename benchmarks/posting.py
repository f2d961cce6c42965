"""`python -m benchmarks.posting API_URL TOKEN CONTENT RATE SWEEPS`: discord.py's HTTP layer alone, posting what the bot posts.

It reads channels' ids from standard input, one a line, makes the payload of the bot's own card for the first deadline of CONTENT
beforehand, and posts it to each: nothing but `HTTPClient.request` and what lies below is at work, with at most as many in flight as the
bot has. RATE 0 is as fast as it goes. SWEEPS is `stock` for discord.py as it is, `seldom` with the bot's own way of sweeping buckets.
The last line it prints is JSON: messages, seconds, seconds of CPU, and those by part (see `sampling`).
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import discord
from discord.http import MultipartParameters, Route, handle_message_parameters

from benchmarks.sampling import Sampler
from bot.app import open_knowledge
from bot.chat.buckets import sweep_seldom
from bot.chat.cards.posts import post_card
from bot.chat.layout import Scene
from bot.domain.judging import find_only
from bot.domain.ledger import AlertKind, MessageId
from bot.domain.subscriptions import ChannelId, GuildId
from bot.services.messaging import Item, Post
from bot.services.pacing import MAX_IN_FLIGHT
from bot.services.phrasing import Phrases
from tests.domain.strategies import subscription

if TYPE_CHECKING:
    from collections.abc import Iterator


def draw(content: Path) -> dict[str, Any]:
    """Return the payload of an alert about the first deadline of `content`, to which only a nonce is to be added."""
    now = datetime.now(UTC)
    snapshot = open_knowledge(content, now).current
    deadline = snapshot.knowledge.deadlines[0]
    item = Item(kind=AlertKind.ALERT, deadline=deadline, occurrence=find_only(deadline))
    post = Post(message_id=MessageId(10_000), guild_id=GuildId(1), channel_id=ChannelId(2), items=(item,), subscriptions=(subscription(1),))
    view = post_card(Scene(snapshot, Phrases(snapshot.knowledge.wording), now), post)
    with handle_message_parameters(view=view, nonce="d0", allowed_mentions=discord.AllowedMentions.none()) as made:
        payload: dict[str, Any] = made.payload or {}
    return payload


async def post(client: discord.Client, payload: dict[str, Any], ids: list[int], rate: float) -> None:
    """Post to every channel, `rate` a second or as fast as it goes."""
    waiting, began = iter(enumerate(ids)), time.perf_counter()

    async def carry(turns: Iterator[tuple[int, int]]) -> None:
        for number, channel_id in turns:
            if rate and (rest := began + number / rate - time.perf_counter()) > 0:
                await asyncio.sleep(rest)
            told = MultipartParameters(payload={**payload, "nonce": f"d{number}"}, multipart=None, files=None)
            await client.http.send_message(channel_id, params=told)

    await asyncio.gather(*(carry(waiting) for _ in range(MAX_IN_FLIGHT)))


async def run(url: str, token: str, content: str, rate: str, sweeps: str) -> None:
    """Log in, post, and tell what it took."""
    Route.BASE = url
    payload, ids = draw(Path(content)), [int(line) for line in sys.stdin]
    async with discord.Client(intents=discord.Intents.none()) as client:
        if sweeps == "seldom":
            sweep_seldom(client.http)
        await client.login(token)
        await post(client, payload, list(islice(ids, MAX_IN_FLIGHT)), 0)  # connections are opened once, not by message
        sampler, began, began_at = Sampler(), time.process_time(), time.perf_counter()
        sampler.begin()
        await post(client, payload, ids[MAX_IN_FLIGHT:], float(rate))
        sampler.end()
        took = {"cpu": time.process_time() - began, "seconds": time.perf_counter() - began_at, "parts": sampler.seconds}
        print(json.dumps({"messages": len(ids) - MAX_IN_FLIGHT, **took}))


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
