"""The tests' own Discord, seen by the real discord.py: logging in, the world and interactions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import discord
import pytest

from tests.loopback import TOKEN, ChannelType, Guild, Limits, Loopback, Overwrite, Permission, Visitor
from tests.loopback_client import SECONDS, KeepingBot, here, logged_in, serve_discord_py


@pytest.fixture
async def loopback() -> AsyncIterator[Loopback]:
    """A Discord without rate limits, to which discord.py connects."""
    async with serve_discord_py(Limits.none()) as running:
        yield running


@pytest.fixture
async def bot(loopback: Loopback) -> AsyncIterator[KeepingBot]:
    """A client that is logged in before anything is in the world."""
    async with logged_in(loopback) as client:
        yield client


@pytest.fixture
def guild(loopback: Loopback) -> Guild:
    """A guild of the loopback."""
    return loopback.add_guild("Helsinki")


async def test_a_client_logs_in_and_holds_the_guilds(loopback: Loopback) -> None:
    """Guilds that were there before the login are in the client's cache when it is ready, with what the bot may do in each channel."""
    guild = loopback.add_guild("Helsinki", bot=Permission.MENTION_EVERYONE)
    channel = loopback.add_channel(guild, "news", ChannelType.ANNOUNCEMENT)
    hidden = loopback.add_channel(guild, "hidden", overwrites={guild.id: Overwrite(deny=Permission.VIEW_CHANNEL)})
    thread = loopback.add_thread(loopback.add_channel(guild, "forum", ChannelType.FORUM), "post")
    away = loopback.add_guild("Away")
    loopback.make_unavailable(away)
    async with logged_in(loopback) as bot:
        await bot.hear("guild_available")
        seen = bot.get_guild(guild.id)
        assert seen is not None
        assert bot.user is not None
        assert (bot.user.id, seen.name, [c.name for c in seen.channels]) == (1, "Helsinki", ["news", "hidden", "forum"])
        for place in (channel, hidden, thread):
            known = seen.get_channel_or_thread(place.id)
            assert known is not None
            assert known.permissions_for(seen.me).view_channel == bool(guild.bot_permissions(place))
            assert known.permissions_for(seen.me).mention_everyone == bool(guild.bot_permissions(place) & Permission.MENTION_EVERYONE)
        other = bot.get_guild(away.id)
        assert other is not None
        assert other.unavailable


@pytest.mark.parametrize("thread", [False, True])
@pytest.mark.parametrize("everyone", [Permission.VIEW_CHANNEL, Permission.SEND_MESSAGES, Permission.ADMINISTRATOR])
@pytest.mark.parametrize("to", ["everyone", "role", "bot"])
async def test_permissions_are_those_that_discord_py_computes(
    loopback: Loopback, bot: KeepingBot, to: str, everyone: Permission, thread: bool
) -> None:
    """Whoever an overwrite is for, the loopback and discord.py come to the same permissions."""
    guild = loopback.add_guild(everyone=everyone | Permission.MENTION_EVERYONE | Permission.EMBED_LINKS | Permission.VIEW_CHANNEL)
    role = loopback.add_role(guild, "helper", permissions=Permission.READ_MESSAGE_HISTORY)
    loopback.give_bot(guild, role)
    target = {"everyone": guild.id, "role": role.id, "bot": 1}[to]
    change = Overwrite(Permission.ATTACH_FILES | Permission.SEND_MESSAGES_IN_THREADS, Permission.SEND_MESSAGES)
    channel = loopback.add_channel(guild, overwrites={target: change})
    if thread:
        channel = loopback.add_thread(channel)
    await bot.hear("thread_join" if thread else "guild_channel_create")
    seen = bot.get_guild(guild.id)
    assert seen is not None
    known = seen.get_channel_or_thread(channel.id)
    assert known is not None
    asked = sum(Permission)
    assert known.permissions_for(seen.me).value & asked == guild.bot_permissions(channel) & asked


async def test_changes_reach_the_client(loopback: Loopback, bot: KeepingBot, guild: Guild) -> None:
    """What happens to channels and roles is in the client's cache as soon as its event was heard."""
    await bot.hear("guild_join")
    channel = loopback.add_channel(guild)
    role = loopback.add_role(guild, "pings")
    loopback.forbid(channel, Permission.SEND_MESSAGES)
    changed = await bot.hear("guild_channel_update")
    assert not changed.permissions_for(changed.guild.me).send_messages
    loopback.change_role(guild, role, mentionable=True)
    assert (await bot.hear("guild_role_update")).mentionable
    loopback.delete_role(guild, role)
    assert (await bot.hear("guild_role_delete")).id == role.id
    loopback.delete_channel(channel)
    assert (await bot.hear("guild_channel_delete")).id == channel.id


async def test_a_guild_goes_away_and_comes_back(loopback: Loopback, bot: KeepingBot, guild: Guild) -> None:
    """An outage and its end are told apart from the bot's removal and its return."""
    channel = loopback.add_channel(guild)
    loopback.make_unavailable(guild)
    assert (await bot.hear("guild_unavailable")).unavailable
    loopback.make_available(guild)
    assert not (await bot.hear("guild_available")).unavailable
    loopback.remove_guild(guild)
    assert (await bot.hear("guild_remove")).id == guild.id
    with pytest.raises(discord.Forbidden) as refused:
        await here(bot, channel.id).send("x")
    assert refused.value.code == 50001
    loopback.return_to_guild(guild)
    assert (await bot.hear("guild_join")).get_channel(channel.id) is not None


async def test_a_lost_connection_is_resumed(loopback: Loopback, bot: KeepingBot) -> None:
    """A client that lost the gateway resumes and hears what happened meanwhile, without identifying again."""
    await loopback.disconnect(4000)
    guild = loopback.add_guild("Meanwhile")
    assert (await bot.hear("guild_join")).id == guild.id
    await bot.hear("resumed")
    assert len(loopback.identified) == 1


async def test_commands_and_components_are_used_in_a_guild(loopback: Loopback, bot: KeepingBot, guild: Guild) -> None:
    """A subcommand gets its options with channels and roles resolved and permissions as given; its answer can be used further."""
    channel, role = loopback.add_channel(guild, "alerts"), loopback.add_role(guild, "pings")
    by = Visitor(channel, permissions=Permission.MANAGE_GUILD)
    async with asyncio.timeout(SECONDS):
        answer = await loopback.use("alerts add", options={"channel": channel, "role": role, "days": 3, "text": "x"}, by=by)
        assert answer["type"] == 4
        assert answer.message.text == "\nalerts pings 3 x (False, True, True)"
        chosen = await loopback.press(answer.message, "choose", values=[channel], by=by)
        pressed = await loopback.press(answer.message, "again", by=by)
    assert (chosen["data"]["content"], chosen.message.flags) == ("alerts", 64)
    assert (pressed["type"], pressed.message, answer.message.text) == (7, answer.message, "\npressed by ann")
    with pytest.raises(LookupError):
        await loopback.press(pressed.message, "again", by=by)


async def test_an_option_is_completed_while_somebody_types(loopback: Loopback, bot: KeepingBot, guild: Guild) -> None:
    """What is typed into the last option reaches the bot's autocompletion, whose choices come back."""
    by = Visitor(loopback.add_channel(guild))
    async with asyncio.timeout(SECONDS):
        suggested = await loopback.complete("alerts add", {"days": 3, "text": "hel"}, by=by)
    assert (suggested["type"], [choice["name"] for choice in suggested["data"]["choices"]]) == (8, ["HEL"])


async def test_the_bot_is_used_where_it_is_no_member(loopback: Loopback, bot: KeepingBot, guild: Guild) -> None:
    """Somebody brings the bot along, as his own app, to a guild that it was never added to."""
    channel = loopback.add_channel(guild)
    loopback.remove_guild(guild)
    async with asyncio.timeout(SECONDS):
        assert (await loopback.use("late", by=Visitor(channel)))["type"] == 5


async def test_each_shard_is_told_its_own_guilds(loopback: Loopback) -> None:
    """Two shards are told all the guilds between them, and none twice."""
    guilds = [str(loopback.add_guild().id) for _ in range(1000)]
    told: list[str] = []
    async with aiohttp.ClientSession() as session, asyncio.timeout(SECONDS):
        for shard in (0, 1):
            async with session.ws_connect(loopback.gateway.url) as socket:
                await socket.receive_json()
                await socket.send_json({"op": 2, "d": {"intents": 1, "shard": [shard, 2]}})
                ready = await socket.receive_json()
                created = [(await socket.receive_json())["d"]["id"] for _ in ready["d"]["guilds"]]
                assert created == [guild["id"] for guild in ready["d"]["guilds"]]
                told += created
    assert sorted(told) == sorted(guilds)


async def test_answers_are_edited_and_followed_up_beyond_the_limits(loopback: Loopback, bot: KeepingBot) -> None:
    """A promised answer is edited and followed up although the token's limit is used up."""
    loopback.limits = Limits((0, 60.0), {})
    async with asyncio.timeout(SECONDS):
        answer = await loopback.use("late")
        assert answer["type"] == 5
        later = [await answer.later.get(), await answer.later.get()]
    assert [body["content"] for _, body in later] == ["edited", "followed up"]
    assert answer.message.content == "edited"
    assert loopback.too_many == 0


async def test_a_wrong_token_and_an_unknown_route_are_refused(loopback: Loopback) -> None:
    """Without the token there is nothing but 401, and with it 404 where there is no route."""
    async with aiohttp.ClientSession(loopback.api_url + "/") as session:
        async with session.get("gateway/bot") as answer:
            assert answer.status == 401
        async with session.get("nothing", headers={"Authorization": f"Bot {TOKEN}"}) as answer:
            assert (answer.status, answer.headers["Content-Type"]) == (404, "application/json")
