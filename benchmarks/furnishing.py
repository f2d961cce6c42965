"""A server of usual size on the loopback, and what each part of it weighs in discord.py's cache."""

from __future__ import annotations

import gc
import json
import tracemalloc
from typing import TYPE_CHECKING

import discord

from benchmarks.bare import BareClient
from tests.loopback import BOT, ChannelType, Overwrite, Permission
from tests.loopback.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.loopback import Guild

CHANNELS, OVERWRITES, ROLES, THREADS = 30, 3, 15, 3
"""What a server has, the overwrites in each of its channels."""

EMOJIS = [
    {"id": str(n), "name": f"emoji_{n}", "roles": [], "require_colons": True, "managed": False, "animated": False, "available": True}
    for n in range(10**17, 10**17 + 40)
]
"""Discord sends them with each server though discord.py does not keep them with our intents; their JSON has to be read all the same."""

_WEIGHED = 200


def furnish(world: World, *, channels: int = CHANNELS, overwrites: int = OVERWRITES, roles: int = ROLES, threads: int = THREADS) -> Guild:
    """Add a server, with categories, an announcement channel and a forum among its channels."""
    guild = world.add_guild("A server of usual size")
    # Two are there already: everybody's and the bot's own.
    made = [world.add_role(guild, f"role-{n}", permissions=Permission.EMBED_LINKS) for n in range(roles - 2)]
    rules = {role.id: Overwrite(Permission.VIEW_CHANNEL, Permission.SEND_MESSAGES) for role in [guild.everyone, *made][:overwrites]}
    kinds = [ChannelType.CATEGORY] * 4 + [ChannelType.ANNOUNCEMENT, ChannelType.FORUM] + [ChannelType.TEXT] * CHANNELS
    places = [world.add_channel(guild, f"channel-{n}", kind, overwrites=rules) for n, kind in enumerate(kinds[:channels])]
    for n in range(threads):
        world.add_thread(places[-1], f"thread-{n}")
    return guild


def weigh() -> dict[str, float]:
    """Return the KiB of the parts of a server in discord.py's cache, in the order in which they are left out, and the rest of it."""
    wanted = {"channels": CHANNELS, "overwrites": OVERWRITES, "roles": ROLES, "threads": THREADS}
    weights = {}
    before = _weigh(wanted)
    for part, least in (("overwrites", 0), ("threads", 0), ("channels", 0), ("roles", 2)):
        wanted[part] = least
        weights[part], before = before - (after := _weigh(wanted)), after
    return {**weights, "the rest": before}


def _weigh(wanted: Mapping[str, int]) -> float:
    """Return the KiB that Python gives out for each of many servers like this."""
    client = BareClient(1)
    state = client._connection  # noqa: SLF001 - the cache itself, without a network
    state.shard_count = 1
    state.user = discord.ClientUser(state=state, data=BOT.payload())  # type: ignore[arg-type] # as Discord sends it
    world = World()
    copies = world.add_copies(furnish(world, **wanted), _WEIGHED, emojis=EMOJIS)
    tracemalloc.start()
    try:
        for copy in copies:
            state.parse_guild_create(json.loads(copy.text()))
        gc.collect()
        return tracemalloc.get_traced_memory()[0] / _WEIGHED / 1024
    finally:
        tracemalloc.stop()
