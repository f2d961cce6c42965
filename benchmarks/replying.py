"""From a slash command to its answer, against the least that discord.py can do in the same simulated Discord."""

from __future__ import annotations

import asyncio
import time
from statistics import median
from typing import TYPE_CHECKING, Any

import discord
import simcord
from discord import app_commands, ui

from benchmarks.figures import CONTENT, NOW, Figure, median_seconds
from bot.app import build_client, open_knowledge, program_version
from bot.chat.layout import Scene
from bot.chat.rendering import Renderer
from bot.demo.seams import settle_fast
from bot.domain.screens import AnswerScreen
from bot.knowledge.checking import FIRST_TOPIC
from bot.ops.logs import set_up_logs
from bot.services.phrasing import Phrases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.figures import Ground

MAX_RATIO = 1.5
ROUNDS = 400
DRAWINGS = 50
_WARM_UP = 20


class _SmallBot(discord.Client):
    """The floor: `/floor` answers with a constant text, `/same` with `card`, drawn beforehand."""

    def __init__(self, card: ui.LayoutView) -> None:
        super().__init__(intents=discord.Intents(guilds=True), max_messages=None)
        self.tree = app_commands.CommandTree(self)

        @self.tree.command(name="floor", description="Always the same")
        async def floor(interaction: discord.Interaction[Any]) -> None:
            view = ui.LayoutView(timeout=None)
            view.add_item(ui.TextDisplay("No: Russia and the United States are not allies."))
            await interaction.response.send_message(view=view)

        @self.tree.command(name="same", description="Always the same card")
        async def same(interaction: discord.Interaction[Any]) -> None:
            await interaction.response.send_message(view=card)

    async def setup_hook(self) -> None:
        await self.tree.sync()


class _Stage:
    """A bot in a simulated Discord with an event loop of its own, and somebody who types commands."""

    def __init__(self, bot: discord.Client) -> None:
        self._runner = asyncio.Runner()
        self._env = simcord.Env(bot)
        self._runner.run(self._env.start())
        guild = self._env.create_guild("Benchmark")
        self._channel = guild.create_text_channel("town-square")
        self._member = guild.add_member(self._env.create_user("ada"))
        self._runner.run(self._env.settle())

    def seconds(self, command: str) -> float:
        """Return the seconds from `command` to its answer."""
        return self._runner.run(self._time(command))

    async def _time(self, command: str) -> float:
        start = time.perf_counter()
        result = await self._member.slash(self._channel, command)
        seconds = time.perf_counter() - start
        assert result.response is not None
        return seconds

    def close(self) -> None:
        """End the bot and its loop."""
        self._runner.run(self._env.shutdown())
        self._runner.close()


def measure_reply(_: Ground) -> Iterator[Figure]:
    """Yield how long `/allies` takes to answer, the floor, their ratio, and how much of it is drawing.

    The second floor sends the verdict drawn beforehand: it shows what discord.py and simcord need for a card of that size.
    """
    settle_fast()
    set_up_logs("warning", json=False)
    knowledge = open_knowledge(CONTENT, NOW)
    snapshot = knowledge.current
    scene, renderer = Scene(snapshot, Phrases(snapshot.knowledge.wording), NOW), Renderer(program_version())
    card = renderer.draw(scene, AnswerScreen(FIRST_TOPIC))
    answer, floor, same = _interleaved(build_client(knowledge, lambda: NOW), _SmallBot(card))
    yield Figure("constant text, command to answer (floor)", floor * 1000, "ms")
    yield Figure("verdict drawn beforehand, command to answer", same * 1000, "ms")
    yield Figure("/allies, command to answer", answer * 1000, "ms")
    yield Figure("/allies against the constant text", answer / floor, "times", MAX_RATIO)
    yield Figure("/allies against the verdict drawn beforehand", answer / same, "times")
    drawing = median_seconds(lambda: renderer.draw(scene, AnswerScreen(FIRST_TOPIC)), DRAWINGS)
    yield Figure("drawing the verdict card", drawing * 1000, "ms")


def _interleaved(bot: discord.Client, small: discord.Client) -> tuple[float, float, float]:
    """Return the median seconds of `/allies`, `/floor` and `/same`, which take turns."""
    ours, floor = _Stage(bot), _Stage(small)
    turns: list[tuple[float, float, float]] = []
    try:
        for _ in range(_WARM_UP + ROUNDS):
            turns.append((ours.seconds("allies"), floor.seconds("floor"), floor.seconds("same")))  # noqa: PERF401 - keeps the try plain
    finally:
        floor.close()
        ours.close()
    answers, floors, sames = zip(*turns[_WARM_UP:], strict=True)
    return median(answers), median(floors), median(sames)
