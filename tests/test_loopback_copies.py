"""Guilds by the hundred in the tests' own Discord, seen by the real discord.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

import pytest

from tests.loopback import ChannelType, Guild, Limits, Loopback, Overwrite, Permission
from tests.loopback.gateway import Session
from tests.loopback_client import logged_in, serve_discord_py

COPIES = 200


@pytest.fixture
async def loopback() -> AsyncIterator[Loopback]:
    """A Discord without rate limits, to which discord.py connects."""
    async with serve_discord_py(Limits.none()) as running:
        yield running


@pytest.fixture
def guild(loopback: Loopback) -> Guild:
    """A guild with a role, a forum that the role may not see, a channel, and a thread below it."""
    guild = loopback.add_guild("Helsinki")
    role = loopback.add_role(guild, "helper")
    loopback.give_bot(guild, role)
    loopback.add_channel(guild, "forum", ChannelType.FORUM, overwrites={role.id: Overwrite(deny=Permission.VIEW_CHANNEL)})
    loopback.add_thread(loopback.add_channel(guild, "news", ChannelType.ANNOUNCEMENT), "thread")
    return guild


async def test_copies_look_like_their_model_and_share_no_id(loopback: Loopback, guild: Guild) -> None:
    """A client holds every copy, with the model's roles, channels, thread and permissions, and no id of one is an id of another."""
    copies = loopback.add_copies(guild, COPIES, features=["COMMUNITY"])
    async with logged_in(loopback) as bot:
        for _ in range(COPIES + 1):
            await bot.hear("guild_available")
        assert {known.id for known in bot.guilds} == {guild.id, *(copy.id for copy in copies)}
        places = [(known.id, *known._roles, *known._channels, *known._threads) for known in bot.guilds]
        assert len({place for of_guild in places for place in of_guild}) == sum(map(len, places)) - len(places), (
            "@everyone has the guild's id"
        )
        for copy in copies:
            known = bot.get_guild(copy.id)
            assert known is not None
            forum, news = known.channels
            assert known.features == ["COMMUNITY"]
            assert [role.name for role in known.roles] == ["@everyone", "detente", "helper"]
            assert known.get_role(known.me.roles[-1].id) is known.roles[-1]
            assert (known.threads[0].parent, known.threads[0].name) == (news, "thread")
            assert not forum.permissions_for(known.me).view_channel
            assert news.permissions_for(known.me).view_channel


async def test_copies_added_later_join_and_spread_over_shards(loopback: Loopback, guild: Guild) -> None:
    """Copies made while a client is connected reach it as servers that were joined, and each of four shards would have a fourth."""
    first = loopback.add_copies(guild, 1)
    async with logged_in(loopback) as bot:
        later = loopback.add_copies(guild, COPIES - 1)
        assert [(await bot.hear("guild_join")).id for _ in later] == [copy.id for copy in later]
    assert set(Counter((copy.id >> 22) % 4 for copy in (*first, *later)).values()) == {COPIES // 4}


async def test_a_copy_is_written_only_when_it_is_sent(loopback: Loopback, guild: Guild) -> None:
    """What waits for a client that is away is not written yet: it would fill the memory."""
    away = Session(0, {"intents": 1})
    loopback.gateway.sessions.append(away)
    loopback.add_copies(guild, COPIES)
    waiting = [text for event, text in away._waiting if event == "GUILD_CREATE"]
    assert len(waiting) == COPIES
    assert not [text for text in waiting if isinstance(text, str)]
