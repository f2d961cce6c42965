"""An editor uses `/content` on the real process: over HTTP, with a database, a restart in between, and a channel that must hear of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.loopback import ANN, Permission, Visitor, serve
from tests.staging import Stage, read_log

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.loopback import Answer, Channel, Message

pytestmark = pytest.mark.processes

READY, SETTLED = '"event": "ready"', '{"id": '


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage with a date seven days from today, where Ann administers the content in one server and one message needs a second word."""
    async with serve() as discord, asyncio.timeout(90):
        stage = Stage(tmp_path, discord)
        stage.set_content(7)
        stage.variables |= {"ADMIN_USER_IDS": str(ANN.id), "NOTICE_LIMIT": "0"}
        yield stage


async def _use(stage: Stage, command: str, by: Visitor) -> Message:
    return await _whole(await stage.discord.use(command, by=by))


async def _press(stage: Stage, message: Message, label: str, by: Visitor) -> Message:
    buttons = {c.get("label"): c["custom_id"] for box in message.components for row in box["components"] for c in row.get("components", ())}
    return await _whole(await stage.discord.press(message, buttons[label], by=by))


async def _whole(answer: Answer) -> Message:
    """Return the message of an answer, once it is there where it was only promised."""
    if answer["type"] == 5 or "is being checked" in str(answer["data"]):
        await answer.later.get()
    return answer.message


def _place(stage: Stage) -> tuple[Channel, Visitor]:
    channel = stage.discord.add_channel(stage.discord.add_guild())
    stage.variables["ADMIN_GUILD_ID"] = str(channel.of_guild.id)
    return channel, Visitor(channel, Permission.ADMINISTRATOR, ANN)


def _written(stage: Stage, lead: int) -> str:
    return f"{stage.day(lead):%-d %B %Y}"


async def test_a_wrong_date_is_corrected_after_a_second_word_and_taken_back(stage: Stage) -> None:
    """Shown before a restart, applied after it, told once to the channel that knew the old date, and gone back from the same way."""
    channel, ann = _place(stage)
    await stage.subscribe(channel)
    async with stage.running() as process:
        await read_log(process, SETTLED)
        stage.set_content(20)
        shown = await _use(stage, "content preview", ann)
        assert "It would post more messages than the limit of 0" in shown.text
    async with stage.running() as process:
        await read_log(process, READY)
        asked = await _press(stage, shown, "Reload", ann)
        assert "Messages this would post: up to 1; the limit is 0." in asked.text
        assert len(stage.discord.messages_of(channel)) == 1
        done = await _press(stage, asked, "Apply all the same", ann)
        assert "**In use now:**" in done.text
        await stage.discord.wait_for_messages(2, channel)
        back = await _press(stage, await _use(stage, "content rollback", ann), "Apply all the same", ann)
        assert "**Gone back:**" in back.text
        await stage.discord.wait_for_messages(3, channel)
        history = await _use(stage, "content history", ann)
    told, moved, moved_back = stage.discord.messages_of(channel)
    assert "In 7 days" in told.text
    assert f"was announced here for {_written(stage, 7)}. It is now dated {_written(stage, 20)}" in moved.text
    assert f"was announced here for {_written(stage, 20)}. It is now dated {_written(stage, 7)}" in moved_back.text
    assert "not put to use: the many messages were not confirmed" in history.text


async def test_a_start_with_broken_content_is_told_to_those_who_can_mend_it(stage: Stage) -> None:
    """The owner and the named hear where it is broken, once; the next start is silent, and a reload tells the same on demand."""
    _, ann = _place(stage)
    async with stage.running() as process:
        await read_log(process, READY)
    (stage.folder / "content" / "events" / "all.yaml").write_text("- id: [\n")
    for _ in range(2):
        async with stage.running() as process:
            await read_log(process, READY)
            await stage.discord.wait_for_messages(2)
            refused = await _use(stage, "content reload", ann)
    assert "events/all.yaml:" in refused.text
    assert len(stage.discord.messages) == 2
    assert {m.channel.recipient for m in stage.discord.messages} == {ANN, stage.discord.users[2]}
    for message in stage.discord.messages:
        assert "I started with an earlier content" in message.text
        assert "events/all.yaml:" in message.text
