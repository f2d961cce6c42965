"""Channels that will not take a message, servers in an outage or gone: nothing is lost, somebody is told, and it resumes by itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.domain.ledger import DeliveryState
from bot.domain.subscriptions import Obstacle, Scope, Selector, Status
from bot.store.store import open_store
from tests.loopback import ANN, Permission, serve
from tests.staging import Stage, read_log

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from bot.domain.subscriptions import Subscription
    from tests.loopback import Channel, Guild, Loopback

pytestmark = pytest.mark.processes

SETTLED = '{"id": '


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage with a date seven days from today."""
    async with serve() as discord, asyncio.timeout(60):
        stage = Stage(tmp_path, discord)
        stage.set_content(7)
        yield stage


async def _subscription(stage: Stage, guild: Guild) -> Subscription:
    async with open_store(stage.url) as store:
        return (await store.subscriptions.list_of(guild.id))[0]  # type: ignore[arg-type] # the loopback's ids are plain


def _hide(discord: Loopback, channel: Channel) -> None:
    discord.forbid(channel, Permission.VIEW_CHANNEL)


def _mute(discord: Loopback, channel: Channel) -> None:
    discord.forbid(channel, Permission.SEND_MESSAGES)


def _delete(discord: Loopback, channel: Channel) -> None:
    discord.delete_channel(channel)


@pytest.mark.parametrize(
    ("spoil", "obstacle"), [(_hide, Obstacle.CANNOT_VIEW), (_mute, Obstacle.CANNOT_SEND), (_delete, Obstacle.CHANNEL_GONE)]
)
async def test_a_channel_that_is_closed_suspends_and_somebody_is_told(
    stage: Stage, spoil: Callable[[Loopback, Channel], None], obstacle: Obstacle
) -> None:
    """403 and 404 suspend the subscription, keep its alert, and tell the person who made it, once, what to do."""
    guild = stage.discord.add_guild("Helsinki")
    channel = stage.discord.add_channel(guild)
    await stage.subscribe(channel)
    spoil(stage.discord, channel)
    async with stage.running() as process:
        await read_log(process, SETTLED, 2)
    [told] = stage.discord.messages
    assert told.channel == stage.discord.direct_channel(ANN)
    assert "Helsinki" in told.text
    subscription = await _subscription(stage, guild)
    assert (subscription.status, subscription.obstacle) == (Status.SUSPENDED, obstacle)
    assert [entry.state for entry in await stage.history(guild.id)] == [DeliveryState.HELD]


async def test_the_fallback_channel_is_told_first(stage: Stage) -> None:
    """Where the server has chosen a fallback channel, the news goes there and not to a person."""
    guild = stage.discord.add_guild()
    channel, fallback = stage.discord.add_channel(guild, "alerts"), stage.discord.add_channel(guild, "mods")
    await stage.subscribe(channel)
    await stage.prefer(guild, fallback)
    _mute(stage.discord, channel)
    async with stage.running() as process:
        await read_log(process, SETTLED, 2)
    [told] = stage.discord.messages
    assert told.channel == fallback
    assert "Send Messages" in told.text


async def test_it_resumes_by_itself_when_the_permission_is_back(stage: Stage) -> None:
    """As soon as Discord tells of the permission, what was held is posted, once."""
    guild = stage.discord.add_guild()
    channel = stage.discord.add_channel(guild)
    await stage.subscribe(channel)
    _mute(stage.discord, channel)
    async with stage.running() as process:
        await read_log(process, SETTLED, 2)
        stage.discord.allow(channel, Permission.SEND_MESSAGES)
        await stage.discord.wait_for_messages(1, channel)
        await read_log(process, SETTLED)
    assert len(stage.discord.messages_of(channel)) == 1
    assert (await _subscription(stage, guild)).status is Status.ACTIVE
    assert [entry.state for entry in await stage.history(guild.id)] == [DeliveryState.SENT]


async def test_a_role_that_is_gone_suspends_only_who_mentions_it(stage: Stage) -> None:
    """The subscription whose role was deleted is suspended; the other one of the same channel is posted without it."""
    guild = stage.discord.add_guild()
    channel, role = stage.discord.add_channel(guild), stage.discord.add_role(guild, mentionable=True)
    await stage.subscribe(channel, role=role)
    await stage.subscribe(channel, selector=Selector(Scope.DEADLINE, "summit"))
    stage.discord.delete_role(guild, role)
    async with stage.running() as process:
        await stage.discord.wait_for_messages(1, channel)
        await read_log(process, SETTLED, 3)
    [posted] = stage.discord.messages_of(channel)
    assert posted.pings == []
    states = {entry.subscription.order.role_id: entry.state for entry in await stage.history(guild.id)}
    assert states == {role.id: DeliveryState.HELD, None: DeliveryState.SENT}


async def test_an_outage_changes_nothing_and_what_is_due_waits(stage: Stage) -> None:
    """A server in an outage gets its alert when it is back; nothing is suspended meanwhile."""
    guild = stage.discord.add_guild()
    channel = stage.discord.add_channel(guild)
    await stage.subscribe(channel)
    stage.discord.make_unavailable(guild)
    async with stage.running() as process:
        await read_log(process, "the server is in an outage")
        assert (await _subscription(stage, guild)).status is Status.ACTIVE
        assert stage.discord.messages == []
        stage.discord.make_available(guild)
        await stage.discord.wait_for_messages(1, channel)
        await read_log(process, '"posted": 1')
    assert [entry.state for entry in await stage.history(guild.id)] == [DeliveryState.SENT]


async def test_removed_and_back_again_everything_is_as_it_was(stage: Stage) -> None:
    """Removed from a server the bot suspends what it had there; added again, it goes on and posts what was held."""
    guild = stage.discord.add_guild()
    channel = stage.discord.add_channel(guild)
    await stage.subscribe(channel)
    stage.discord.remove_guild(guild)
    async with stage.running() as process:
        await read_log(process, '"event": "left"')
        stage.discord.return_to_guild(guild)
        await stage.discord.wait_for_messages(1, channel)
        await read_log(process, '"posted": 1')
    assert (await _subscription(stage, guild)).status is Status.ACTIVE
    assert len(stage.discord.messages) == 1
