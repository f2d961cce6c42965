"""Alerts end to end: the real process, a real database, and the loopback Discord over real HTTP."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.ledger import DeliveryState
from bot.domain.subscriptions import Scope, Selector
from tests.loopback import POST_MESSAGE, Fault, serve
from tests.staging import Stage, kill, read_log

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.processes

SETTLED = '{"id": '


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage with a date seven days from today."""
    async with serve() as discord, asyncio.timeout(60):
        stage = Stage(tmp_path, discord)
        stage.set_content(7)
        yield stage


async def test_an_alert_is_posted_once_with_its_words_and_its_ping(stage: Stage) -> None:
    """What is due reaches the channel: what, when, days left, tentative in words, why, sources; the role rings, nobody else."""
    guild = stage.discord.add_guild("Helsinki")
    channel, role = stage.discord.add_channel(guild, "alerts"), stage.discord.add_role(guild, "watchers", mentionable=True)
    await stage.subscribe(channel, role=role)
    async with stage.running() as process:
        await read_log(process, SETTLED)
    [posted] = stage.discord.messages
    assert posted.pings == [role.mention]
    for words in ("A summit", "In 7 days", "tentative", "They may talk.", "Sources"):
        assert words in posted.text
    [entry] = await stage.history(guild.id)
    assert (entry.state, entry.is_late, entry.posted_id) == (DeliveryState.SENT, False, posted.id)


async def _play(stage: Stage, until: int = 1, **variables: str) -> None:
    """Run the bot until `until` messages are settled."""
    async with stage.running(**variables) as process:
        await read_log(process, SETTLED, until)


async def test_two_subscriptions_of_one_channel_share_one_message(stage: Stage) -> None:
    """Several alerts of one channel at one moment are one message that says each date once and rings each role once."""
    guild = stage.discord.add_guild()
    channel = stage.discord.add_channel(guild)
    roles = [stage.discord.add_role(guild, name, mentionable=True) for name in ("a", "b")]
    await stage.subscribe(channel, role=roles[0])
    await stage.subscribe(channel, role=roles[1], selector=Selector(Scope.TAG, "nato"))
    await _play(stage)
    [posted] = stage.discord.messages
    assert sorted(posted.pings) == sorted(role.mention for role in roles)
    assert posted.text.count("A summit") == 1
    assert [entry.state for entry in await stage.history(guild.id)] == [DeliveryState.SENT] * 2


async def test_after_a_downtime_the_nearest_lead_comes_alone_and_says_that_it_is_late(stage: Stage) -> None:
    """Down since the 30-day alert, the channel hears one message with the true days left, marked late; the other is in the ledger."""
    stage.set_content(6)
    guild = stage.discord.add_guild()
    await stage.subscribe(stage.discord.add_channel(guild), since=timedelta(days=40))
    await stage.rewind(stage.now - timedelta(days=30))
    await _play(stage)
    [posted] = stage.discord.messages
    assert "In 6 days" in posted.text
    assert "Late: this should have come" in posted.text
    states = {entry.alert.lead: (entry.state, entry.is_late, entry.reason) for entry in await stage.history(guild.id)}
    assert states == {30: (DeliveryState.SUPERSEDED, False, "nearer"), 7: (DeliveryState.SENT, True, "")}


@pytest.mark.parametrize(("days_ago", "expected"), [(1, DeliveryState.SENT), (4, DeliveryState.EXPIRED)])
async def test_down_past_the_date(stage: Stage, days_ago: int, expected: DeliveryState) -> None:
    """Within 48 hours after the date one message says that it was due; later there is only a row in the ledger."""
    stage.set_content(-days_ago)
    guild = stage.discord.add_guild()
    await stage.subscribe(stage.discord.add_channel(guild), since=timedelta(days=20))
    await stage.rewind(stage.now - timedelta(days=15))
    await _play(stage)
    states = {entry.alert.lead: entry.state for entry in await stage.history(guild.id)}
    nearer = DeliveryState.SUPERSEDED if expected is DeliveryState.SENT else expected
    assert states == {7: nearer, 1: nearer, 0: expected}
    assert [("This was due on" in m.text) for m in stage.discord.messages] == [True] * (expected is DeliveryState.SENT)


@pytest.mark.parametrize("nonce_window", [180.0, 0.0])
async def test_killed_between_send_and_mark_it_is_neither_lost_nor_posted_twice(stage: Stage, nonce_window: float) -> None:
    """With the answer still on its way, kill -9: the next start posts nothing new, within Discord's nonce window or long after."""
    guild = stage.discord.add_guild()
    await stage.subscribe(stage.discord.add_channel(guild))
    stage.discord.nonce_window = nonce_window
    stage.discord.fail(Fault(delay=60, stored=True, route=POST_MESSAGE))
    process = await stage.start()
    await stage.discord.wait_for_messages(1)
    await kill(process)
    stage.discord.heal()
    await _play(stage)
    [posted] = stage.discord.messages
    [entry] = await stage.history(guild.id)
    assert (entry.state, entry.posted_id) == (DeliveryState.SENT, posted.id)


async def test_killed_before_the_send_it_is_posted_after_the_restart(stage: Stage) -> None:
    """Claimed but never posted, kill -9: the next start posts it, once."""
    guild = stage.discord.add_guild()
    await stage.subscribe(stage.discord.add_channel(guild))
    stage.discord.fail(Fault(delay=60, route=POST_MESSAGE))
    process = await stage.start()
    await stage.discord.wait_until(lambda: stage.discord.hanging > 0)
    await kill(process)
    stage.discord.heal()
    await _play(stage)
    assert len(stage.discord.messages) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=503, times=1),
        Fault(status=500, times=1),
        Fault(status=502, stored=True, times=1),
        Fault(status=429, retry_after=1, everywhere=True, times=1),
        Fault(status=429, retry_after=1, times=1),
        Fault(reset=True, times=1),
        Fault(reset=True, stored=True, times=1),
    ],
    ids=lambda fault: f"{fault.status}{'-reset' * fault.reset}{'-stored' * fault.stored}{'-global' * fault.everywhere}",
)
# discord.py tries again by itself after a second, the bot after four at the soonest: the window closes in between.
@pytest.mark.parametrize("nonce_window", [180.0, 3.0])
async def test_trouble_delays_a_message_and_never_loses_or_doubles_it(stage: Stage, fault: Fault, nonce_window: float) -> None:
    """5xx, 429 and lost connections end in one message, whether or not the failed try had posted it."""
    guild = stage.discord.add_guild()
    await stage.subscribe(stage.discord.add_channel(guild))
    stage.discord.nonce_window = nonce_window
    stage.discord.fail(replace(fault, route=POST_MESSAGE))
    async with stage.running() as process:
        await read_log(process, '"posted": 1')
    assert len(stage.discord.messages) == 1
    assert [entry.state for entry in await stage.history(guild.id)] == [DeliveryState.SENT]
