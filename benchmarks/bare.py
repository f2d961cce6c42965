"""`python -m benchmarks.bare API_URL TOKEN SHARDS [freeze]`: the least that discord.py can do with our intents, to compare the bot with.

It holds what the bot's client holds, answers `/allies` with one line, and says in JSON when it is ready. SHARDS 0 is as Discord
recommends; `freeze` puts what it holds then out of the collector's reach.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from datetime import UTC, datetime
from typing import Any

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route


class BareClient(discord.AutoShardedClient):
    """A client with the intents and cache flags of ours."""

    def __init__(self, shards: int, *, freezes: bool = False) -> None:
        """Divide the gateway into `shards`."""
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            shard_count=shards or None,
        )
        self._freezes = freezes
        self.tree = app_commands.CommandTree(self)

        @self.tree.command(name="allies", description="Always the same")
        async def allies(interaction: discord.Interaction[Any]) -> None:
            await interaction.response.send_message("No: Russia and the United States are not allies.")

    async def setup_hook(self) -> None:
        """Tell Discord the command."""
        await self.tree.sync()

    async def on_ready(self) -> None:
        """Say so, in the form of the bot's log."""
        print(json.dumps({"event": "ready", "guilds": len(self.guilds), "timestamp": datetime.now(UTC).isoformat()}), flush=True)
        if self._freezes:
            gc.collect()
            gc.freeze()


async def run(url: str, token: str, shards: str, *options: str) -> None:
    """Connect and stay."""
    Route.BASE = url
    async with BareClient(int(shards), freezes="freeze" in options) as client:
        await client.login(token)
        gateway = await client.http.request(Route("GET", "/gateway"))
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway["url"])
        await client.connect()


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
