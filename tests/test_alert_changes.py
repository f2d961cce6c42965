"""The content changes while alerts are out: what was not sent follows the new date, who was told the old one hears it once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.ledger import AlertKind, DeliveryState
from tests.loopback import serve
from tests.staging import Stage, read_log

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.loopback import Channel, Guild

pytestmark = pytest.mark.processes

SETTLED = '{"id": '


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage with a date seven days from today."""
    async with serve() as discord, asyncio.timeout(60):
        stage = Stage(tmp_path, discord)
        stage.set_content(7)
        yield stage


async def _announce(stage: Stage) -> tuple[Guild, Channel]:
    """Let a channel be told of the date in seven days."""
    guild = stage.discord.add_guild()
    channel = stage.discord.add_channel(guild)
    await stage.subscribe(channel)
    async with stage.running() as process:
        await read_log(process, SETTLED)
    return guild, channel


async def _restart(stage: Stage, settled: int = 1) -> None:
    async with stage.running() as process:
        await read_log(process, SETTLED, settled)


async def test_a_date_that_moved_is_told_once_where_it_had_been_announced(stage: Stage) -> None:
    """Told of the old date, a channel gets one notice with both dates; a second start tells nothing more."""
    guild, _ = await _announce(stage)
    stage.set_content(20)
    await _restart(stage)
    async with stage.running() as process:
        await read_log(process, '"ready"')
    told, notice = stage.discord.messages
    assert "In 7 days" in told.text
    assert "**Moved.**" in notice.text
    assert "In 20 days" in notice.text
    kinds = [(entry.alert.kind, entry.state) for entry in await stage.history(guild.id)]
    assert sorted(kinds) == [(AlertKind.ALERT, DeliveryState.SENT), (AlertKind.MOVED, DeliveryState.SENT)]


async def test_a_date_that_moved_before_it_was_announced_is_not_told(stage: Stage) -> None:
    """Nobody heard of the old date, so nobody hears that it moved; the alert comes for the new one."""
    stage.set_content(9)
    guild = stage.discord.add_guild()
    await stage.subscribe(stage.discord.add_channel(guild))
    async with stage.running() as process:
        await read_log(process, '"planned"')
    stage.set_content(7)
    await stage.rewind(stage.due_at - timedelta(seconds=1))
    await _restart(stage)
    [posted] = stage.discord.messages
    assert "In 7 days" in posted.text
    assert "Moved" not in posted.text
    assert [entry.alert.kind for entry in await stage.history(guild.id)] == [AlertKind.ALERT]


async def test_what_moves_close_is_told_although_its_hour_had_passed(stage: Stage) -> None:
    """Moved from next month to tomorrow, the alert whose hour is past under the new date comes at once, marked late."""
    stage.set_content(29)
    guild = stage.discord.add_guild()
    await stage.subscribe(stage.discord.add_channel(guild), leads=(7,))
    async with stage.running() as process:
        await read_log(process, '"planned"')
    stage.set_content(2)
    await _restart(stage)
    [posted] = stage.discord.messages
    assert "In 2 days" in posted.text
    assert "Late: this should have come" in posted.text
    assert [entry.state for entry in await stage.history(guild.id)] == [DeliveryState.SENT]


@pytest.mark.parametrize(
    ("status", "more", "words"),
    [
        ("cancelled", {}, "**Cancelled.**"),
        ("superseded", {"superseded_by": "inaugural"}, "**Replaced.**"),
        ("passed", {"outcome": "They signed nothing."}, "They signed nothing."),
    ],
)
async def test_what_became_of_an_announced_date_is_told_once(stage: Stage, status: str, more: dict[str, str], words: str) -> None:
    """Cancelled, replaced, or its outcome known: one notice where the date had been announced, and no alert any more."""
    guild, _ = await _announce(stage)
    stage.set_content(7, status, **more)
    await _restart(stage)
    _, notice = stage.discord.messages
    assert words in notice.text
    assert [entry.state for entry in await stage.history(guild.id)] == [DeliveryState.SENT] * 2


async def test_a_typo_in_a_text_is_told_to_nobody(stage: Stage) -> None:
    """Another summary sends nothing."""
    guild, _ = await _announce(stage)
    stage.set_content(7, history="They met before.")
    async with stage.running() as process:
        await read_log(process, '"planned"')
    assert len(stage.discord.messages) == 1
    assert len(await stage.history(guild.id)) == 1


async def test_a_pending_alert_of_a_cancelled_date_is_not_sent(stage: Stage) -> None:
    """Due while the bot was down and cancelled meanwhile: nothing is posted, and the ledger has no alert of it."""
    guild = stage.discord.add_guild()
    await stage.subscribe(stage.discord.add_channel(guild))
    stage.set_content(7, "cancelled")
    async with stage.running() as process:
        await read_log(process, '"planned"')
    assert stage.discord.messages == []
    assert await stage.history(guild.id) == ()
