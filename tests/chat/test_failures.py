"""When something fails inside: the person gets a sentence, the log gets the reason, and nothing hangs."""

from __future__ import annotations

import re

import pytest
from structlog.testing import capture_logs

from bot.app import build_client
from bot.chat.controls import GoButton
from bot.knowledge.snapshot import CurrentSnapshot
from tests.chat.conftest import World, open_world
from tests.chat.reading import text_of


async def _broken_world(knowledge: CurrentSnapshot) -> World:
    broken = CurrentSnapshot(knowledge.current)
    world = await open_world(broken, check_errors=False)
    object.__setattr__(broken, "current", _Unsearchable(knowledge.current))
    return world


class _Unsearchable:
    """Behaves like a snapshot whose indexes are corrupt."""

    def __init__(self, snapshot: object) -> None:
        self.knowledge = snapshot.knowledge  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(f"the index {name} is corrupt")


@pytest.mark.parametrize("options", [{"topic": "china"}, {"country": "Japan"}, {"country": "Japan", "with": "Korea", "year": "1950"}])
async def test_a_failure_gives_a_private_sentence_with_an_id_that_is_in_the_log(
    knowledge: CurrentSnapshot, options: dict[str, str]
) -> None:
    """An unexpected error is answered privately, and its id leads to the log line with the reason."""
    world = await _broken_world(knowledge)
    with capture_logs() as lines:
        result = await world.ann.slash("allies", **options)
    await world.env.shutdown()
    assert result.is_private
    error_id = re.search(r"error `([0-9a-f]{8})`", result.content)
    assert error_id is not None
    failed = next(line for line in lines if line["event"] == "failed")
    assert failed["error_id"] == error_id[1]
    assert "is corrupt" in str(failed["exc_info"])


async def test_a_failing_control_answers_too(knowledge: CurrentSnapshot) -> None:
    """A button whose work fails gives the same private sentence; the message stays as it is."""
    world = await _broken_world(knowledge)
    posted = await world.post(GoButton("timeline:0::::yalta", label="Yalta"))
    with capture_logs():
        result = await world.ann.click(posted, label="Yalta")
    await world.env.shutdown()
    assert result.is_private
    assert "Something went wrong on my side" in result.content


@pytest.mark.parametrize("option", ["topic", "country", "with"])
async def test_a_failing_autocomplete_offers_nothing(knowledge: CurrentSnapshot, option: str) -> None:
    """Suggestions that fail stay empty, and the failure is in the log."""
    world = await _broken_world(knowledge)
    with capture_logs() as lines:
        assert await world.ann.suggestions("allies", option, "chi") == []
    assert world.env.http_requests[-1].json == {"type": 8, "data": {"choices": []}}
    await world.env.shutdown()
    assert [line["event"] for line in lines] == ["autocomplete failed"]


@pytest.mark.parametrize("status", [400, 404, 500, 503])
async def test_a_reply_that_discord_refuses_once_is_followed_by_an_apology(world: World, status: int) -> None:
    """When Discord does not take a card, the person still gets a sentence."""
    world.env.inject_error("POST", "/interactions/*/*/callback", status=status)
    with capture_logs():
        result = await world.ann.slash("about")
    assert "Something went wrong on my side" in result.content


async def test_replies_that_discord_keeps_refusing_are_logged(world: World) -> None:
    """When Discord takes neither the card nor the sentence, the log says so and the bot goes on."""
    world.env.inject_error("POST", "/interactions/*/*/callback", status=503, times=2)
    with capture_logs() as lines:
        assert (await world.ann.actor.slash(world.channel, "about")).response is None
    assert [line["event"] for line in lines] == ["failed", "reply lost"]
    assert "Data kept" in text_of(await world.ann.slash("about"))


async def test_a_command_discord_knows_but_the_bot_does_not_is_answered(knowledge: CurrentSnapshot) -> None:
    """After an upgrade that removed a command, the old one gets an answer instead of silence."""
    world = await open_world(knowledge, check_errors=False)
    bot = build_client(knowledge)
    bot.tree.remove_command("about")
    bot.setup_hook = _nothing  # type: ignore[method-assign]
    await world.env.restart_bot(bot)
    with capture_logs() as lines:
        result = await world.ann.slash("about")
    await world.env.shutdown()
    assert result.is_private
    assert "This command is no longer offered here" in result.content
    assert [line["event"] for line in lines] == ["refused"]


async def _nothing() -> None:
    """Sync no commands, so that Discord keeps the old ones."""
