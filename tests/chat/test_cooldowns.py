"""Cooldowns: whoever asks too often is told kindly when to try again; nobody else notices."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import discord
import pytest
import simcord
from structlog.testing import capture_logs

from bot.app import build_client
from bot.chat.administering import Administration
from bot.chat.controls import GoButton
from bot.chat.cooling import TYPING_FACTOR, WINDOW_SECONDS, Uses, _Meter
from bot.demo import seams
from tests.chat.conftest import World
from tests.chat.reading import Person, text_of
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.knowledge.snapshot import CurrentSnapshot

LIMITS = Uses(person=3, server=5)
REFUSED = "I answer everybody just so often a minute"
BUSY = "This server keeps me so busy"


@pytest.fixture
async def world(knowledge: CurrentSnapshot) -> AsyncIterator[World]:
    """A bot that answers three uses of a person and five in a server a minute; Bob administers it."""
    seams.settle_fast()
    administrators: set[int] = set()
    administration = Administration(reloading=None, user_ids=administrators, guild_id=None)  # type: ignore[arg-type] # nobody reloads here
    bot = build_client(knowledge, discord.utils.utcnow, administration=administration, uses=LIMITS)
    env = simcord.Env(bot)
    seams.set_clock(env, NOW)
    await env.start()
    guild = env.create_guild("Harbor")
    channel = guild.create_text_channel("general")
    ann, bob = (Person(guild.add_member(env.create_user(name)), channel) for name in ("ann", "bob"))
    administrators.add(bob.actor.id)
    yield World(env, bot, channel, ann, bob)
    await env.shutdown()
    env.raise_errors()


async def test_one_use_too_many_is_refused_with_the_time_to_try_again(world: World) -> None:
    """The fourth command within a minute gets a private sentence with a moment less than a minute ahead; after it all is well."""
    for _ in range(LIMITS.person):
        assert "Data kept" in text_of(await world.ann.slash("about"))
    refused = await world.ann.slash("about")
    assert refused.is_private
    assert REFUSED in refused.content
    until = re.search(r"<t:(\d+):R>", refused.content)
    assert until is not None
    wait = int(until[1]) - NOW.timestamp()
    assert 0 < wait <= WINDOW_SECONDS + 1
    await world.env.advance_time(wait)
    assert "Data kept" in text_of(await world.ann.slash("about"))


async def test_clicks_count_as_commands_do(world: World) -> None:
    """Buttons are held to the same limit, and a refused click leaves the message as it is."""
    posted = await world.post(GoButton("about", label="About"))
    answers = [await world.ann.click(posted, "About") for _ in range(LIMITS.person + 1)]
    assert [REFUSED in answer.content for answer in answers] == [False] * LIMITS.person + [True]
    assert answers[-1].is_private


async def test_every_refusal_is_answered_and_one_is_logged(world: World) -> None:
    """Silence would look like a broken bot, a log line each would be a second flood."""
    with capture_logs() as lines:
        answers = [await world.ann.slash("about") for _ in range(10)]
    assert all(REFUSED in answer.content for answer in answers[LIMITS.person :])
    [line] = [line for line in lines if line["event"] == "cooldown"]
    assert (line["scope"], line["user"], line["log_level"]) == ("person", world.ann.actor.id, "warning")
    assert [line["event"] for line in lines if line["event"] == "refused"] == []


async def test_one_person_does_not_use_up_a_server(world: World) -> None:
    """What a person is refused does not count for the server: the other still gets what is left of its share."""
    for _ in range(20):
        await world.ann.slash("about")
    left = [await world.bob.slash("about") for _ in range(LIMITS.server - LIMITS.person + 1)]
    assert [BUSY in answer.content for answer in left] == [False, False, True]


async def test_who_administers_the_bot_is_held_to_the_servers_limit_only(world: World) -> None:
    """An administrator may do more than others, and is told when the server as a whole is over its limit."""
    answers = [await world.bob.slash("about") for _ in range(LIMITS.server + 1)]
    assert [BUSY in answer.content for answer in answers] == [False] * LIMITS.server + [True]


async def test_typing_has_a_share_of_its_own(world: World) -> None:
    """Suggestions come for many more letters than commands are answered; then they stay empty, and the command itself still works."""
    for _ in range(LIMITS.person * TYPING_FACTOR):
        assert await world.ann.suggestions("allies", "country", "jap")
    assert await world.ann.suggestions("allies", "country", "jap") == []
    assert "Data kept" in text_of(await world.ann.slash("about"))


async def test_a_refusal_costs_nothing_inside(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused command draws no card: the renderer is not even asked."""
    for _ in range(LIMITS.person):
        await world.ann.slash("about")
    monkeypatch.delattr(type(world.bot.responder), "show")
    assert REFUSED in (await world.ann.slash("about")).content


def test_memory_is_bounded() -> None:
    """Whoever was not there for a minute is forgotten, and a clock that is set back lets everybody in."""
    meter = _Meter(1)
    for user in range(10_000):
        meter.use(user, 1_000.0 + user / 1_000)
    assert meter.use(9_999, 1_011.0) is not None
    for user in range(10_000, 10_003):
        meter.use(user, 1_100.0)
    assert len(meter._buckets) == 3
    assert meter.use(10_000, 1_101.0) == 1_161
    assert meter.use(10_000, 500.0) is None


def test_the_usual_limits_do_not_hinder_reading() -> None:
    """A page every two seconds is answered, for as long as somebody likes."""
    meter = _Meter(Uses().person)
    assert [meter.use(1, 5_000.0 + 2.01 * page) for page in range(200)] == [None] * 200
