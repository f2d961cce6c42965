"""A canary: the private names of simcord that the demo leans on are where bot/demo/seams.py expects them."""

from __future__ import annotations

from datetime import UTC, datetime

import discord
import simcord

from bot.app import build_client
from bot.demo import seams
from bot.knowledge.snapshot import CurrentSnapshot


async def test_every_seam_holds(knowledge: CurrentSnapshot) -> None:
    """Clock, name, message count, fast settling and serialized actions work as the demo needs them."""
    seams.settle_fast()
    env = simcord.Env(build_client(knowledge))
    begin = datetime(2027, 2, 5, 6, tzinfo=UTC)
    seams.set_clock(env, begin)
    seams.name_bot(env, "Détente")
    await env.start()
    assert env.now() == begin
    with env.time_context():
        assert discord.utils.utcnow() == begin
    channel = env.create_guild().create_text_channel("general")
    ann = env.guild.add_member(env.create_user("ann"))
    before = seams.count_messages(env)
    await ann.slash(channel, "allies")
    assert seams.count_messages(env) == before + 1
    async with env.preview(channel, viewers=[ann], layout="channel") as preview:
        turns = seams.Turns(env, preview)
        assert preview._action == turns._action
        assert not turns.is_outdated
        await ann.slash(channel, "allies")
        assert turns.is_outdated
        await turns.refresh()
        assert not turns.is_outdated
    await env.shutdown()
