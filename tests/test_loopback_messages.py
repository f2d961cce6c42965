"""The tests' own Discord, seen by the real discord.py: messages, refusals, nonces and pings."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import pytest
from discord import ui

from tests.loopback import ANN, ChannelType, Guild, Limits, Loopback, Permission
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


async def test_messages_come_back_as_they_were_sent(loopback: Loopback, bot: KeepingBot, guild: Guild) -> None:
    """A message is stored with what it holds, answered so that discord.py reads it, fetched and edited."""
    channel = loopback.add_channel(guild)
    view = ui.LayoutView()
    view.add_item(ui.Container(ui.Section(ui.TextDisplay("hello"), accessory=ui.Button(label="b", custom_id="c")), ui.Separator()))
    sent = await here(bot, channel.id).send(view=view, nonce="n", silent=True)
    async with asyncio.timeout(SECONDS):
        [kept] = await loopback.wait_for_messages(1, channel)
    assert (kept.text, kept.nonce, kept.id, sent.nonce) == ("\nhello", "n", sent.id, "n")
    fetched = await here(bot, channel.id).fetch_message(sent.id)
    assert [type(c) for c in fetched.components] == [discord.components.Container]
    assert fetched.flags.components_v2
    plain = await here(bot, channel.id).send("text", file=discord.File(__file__, "a.txt"), embed=discord.Embed(title="t"))
    assert [a.filename for a in plain.attachments] == ["a.txt"]
    assert (await plain.edit(content="other")).edited_at is not None
    assert loopback.messages[1].content == "other"
    with pytest.raises(discord.HTTPException) as refused:
        await here(bot, channel.id).send("")
    assert refused.value.code == 50006


async def test_files_arrive_and_are_shown(loopback: Loopback, bot: KeepingBot, guild: Guild) -> None:
    """The bytes of a file are kept with its message; one that is shown and was not sent along is refused."""
    channel = loopback.add_channel(guild)
    view = ui.LayoutView().add_item(ui.File("attachment://a.txt"))
    sent = await here(bot, channel.id).send(view=view, file=discord.File(io.BytesIO(b"caf\xc3\xa9"), "a.txt"))
    [kept] = loopback.messages
    assert kept.uploads == {"a.txt": b"caf\xc3\xa9"}
    with pytest.raises(discord.HTTPException) as refused:
        await here(bot, channel.id).send(view=view)
    assert refused.value.code == 50035
    await sent.edit(view=ui.LayoutView().add_item(ui.TextDisplay("x")), attachments=[])
    assert kept.uploads == {}


async def test_history_is_asked_by_moment_and_id(loopback: Loopback, bot: KeepingBot, guild: Guild) -> None:
    """discord.py pages through a history from both ends, from a moment and around a message."""
    channel = loopback.add_channel(guild)
    start = datetime.now(UTC) - timedelta(seconds=1)
    sent = [loopback.say(channel, str(n)).id for n in range(250)]
    history = here(bot, channel.id).history
    assert [m.id async for m in history(limit=None, after=start)] == sent
    assert [m.id async for m in history(limit=120)] == sent[:-121:-1]
    assert [m.id async for m in history(limit=5, after=discord.Object(sent[9]))] == sent[10:15]
    assert [m.id async for m in history(limit=5, before=discord.Object(sent[9]))] == sent[8:3:-1]
    assert [m.id async for m in history(limit=3, around=discord.Object(sent[9]))] == sent[10:7:-1]
    loopback.forbid(channel, Permission.READ_MESSAGE_HISTORY)
    assert [m.id async for m in history(limit=5)] == []


@pytest.mark.parametrize(
    ("denied", "what", "code"),
    [
        (Permission.VIEW_CHANNEL, {"content": "x"}, 50001),
        (Permission.SEND_MESSAGES, {"content": "x"}, 50013),
        (Permission.EMBED_LINKS, {"embed": discord.Embed(title="x")}, 50013),
    ],
)
async def test_what_the_bot_may_not_do_is_refused(
    loopback: Loopback, bot: KeepingBot, guild: Guild, denied: Permission, what: dict[str, Any], code: int
) -> None:
    """Each missing permission is refused with Discord's own code, and given back, the message passes."""
    channel = loopback.add_channel(guild)
    loopback.forbid(channel, denied)
    with pytest.raises(discord.Forbidden) as refused:
        await here(bot, channel.id).send(**what)
    assert refused.value.code == code
    loopback.allow(channel, denied)
    await here(bot, channel.id).send(**what)


async def test_threads_have_their_own_permission(loopback: Loopback, bot: KeepingBot, guild: Guild) -> None:
    """A thread takes the overwrites of its parent, and asks for the permission to send in threads."""
    forum = loopback.add_channel(guild, "forum", ChannelType.FORUM)
    thread = loopback.add_thread(forum)
    loopback.forbid(forum, Permission.SEND_MESSAGES)
    await here(bot, thread.id).send("x")
    loopback.forbid(forum, Permission.SEND_MESSAGES_IN_THREADS)
    with pytest.raises(discord.Forbidden) as refused:
        await here(bot, thread.id).send("x")
    assert refused.value.code == 50013


async def test_what_is_not_there_is_unknown(loopback: Loopback, bot: KeepingBot, guild: Guild) -> None:
    """A channel that never was, a deleted one and a deleted message have Discord's codes."""
    channel = loopback.add_channel(guild)
    message = await here(bot, channel.id).send("x")
    await message.delete()
    with pytest.raises(discord.NotFound) as refused:
        await message.edit(content="y")
    assert refused.value.code == 10008
    loopback.delete_channel(channel)
    for unknown in (channel.id, 404):
        with pytest.raises(discord.NotFound) as refused:
            await here(bot, unknown).send("x")
        assert refused.value.code == 10003


async def test_a_nonce_is_taken_once_within_its_window(loopback: Loopback, bot: KeepingBot, guild: Guild) -> None:
    """The same nonce brings the first message back, but not in another channel, and not when its window has passed."""
    channel, other = loopback.add_channel(guild), loopback.add_channel(guild)
    first = await here(bot, channel.id).send("x", nonce="1")
    assert (await here(bot, channel.id).send("y", nonce="1")).id == first.id
    assert (await here(bot, other.id).send("x", nonce="1")).id != first.id
    loopback.nonce_window = 0
    assert (await here(bot, channel.id).send("x", nonce="1")).id != first.id
    assert len(loopback.messages_of(channel)) == 2


async def test_only_announcements_are_published_and_only_once(loopback: Loopback, bot: KeepingBot, guild: Guild) -> None:
    """Crossposting works once in an announcement channel, and not in others."""
    news, text = loopback.add_channel(guild, "news", ChannelType.ANNOUNCEMENT), loopback.add_channel(guild)
    sent = await here(bot, news.id).send("x")
    await sent.publish()
    assert loopback.messages[0].crossposted
    for message, code in ((sent, 40033), (await here(bot, text.id).send("x"), 50068)):
        with pytest.raises(discord.HTTPException) as refused:
            await message.publish()
        assert refused.value.code == code


async def test_somebody_may_refuse_direct_messages(loopback: Loopback, bot: KeepingBot) -> None:
    """A direct channel can be opened to anybody, but one who refuses takes no message."""
    await (await bot.create_dm(discord.Object(ANN.id))).send("x")
    shy = await bot.create_dm(discord.Object(loopback.add_user("shy", refuses=True).id))
    with pytest.raises(discord.Forbidden) as refused:
        await shy.send("x")
    assert refused.value.code == 50007


async def test_a_forum_post_is_a_thread_with_a_message(loopback: Loopback, bot: KeepingBot, guild: Guild) -> None:
    """discord.py opens a post in a forum, and cannot write to the forum itself."""
    forum = loopback.add_channel(guild, "forum", ChannelType.FORUM)
    await bot.hear("guild_channel_create")
    known = bot.get_channel(forum.id)
    assert isinstance(known, discord.ForumChannel)
    opened = await known.create_thread(name="post", content="first")
    assert (opened.thread.parent_id, opened.message.content) == (forum.id, "first")
    with pytest.raises(discord.HTTPException) as refused:
        await here(bot, forum.id).send("x")
    assert refused.value.code == 50008


def _text(content: str) -> dict[str, Any]:
    return {"content": content}


def _card(content: str) -> dict[str, Any]:
    return {"view": ui.LayoutView().add_item(ui.Container(ui.TextDisplay(content)))}


@pytest.mark.parametrize("shape", [_text, _card])
@pytest.mark.parametrize(
    ("lets", "allowed", "pinged"),
    [
        ("role", None, True),
        ("nobody", None, False),
        ("permission", None, True),
        ("permission", discord.AllowedMentions.none(), False),
        ("role", discord.AllowedMentions(roles=True, everyone=False, users=False), True),
    ],
)
async def test_a_role_is_pinged_where_discord_would(
    loopback: Loopback,
    bot: KeepingBot,
    shape: Callable[[str], dict[str, Any]],
    lets: str,
    allowed: discord.AllowedMentions,
    pinged: bool,
) -> None:
    """A role is pinged from text and from text displays if the message allows it and the role or the bot's permission does."""
    guild = loopback.add_guild(bot=Permission.MENTION_EVERYONE if lets == "permission" else 0)
    role, channel = loopback.add_role(guild, mentionable=lets == "role"), loopback.add_channel(guild)
    sent = await here(bot, channel.id).send(**shape(f"{role.mention} @everyone `@here`"), allowed_mentions=allowed)
    everyone = lets == "permission" and allowed is None
    assert loopback.messages[0].pings == [role.mention] * pinged + ["@everyone"] * everyone
    assert loopback.messages[0].mention_roles == [role.id] * pinged
    assert sent.mention_everyone == everyone
