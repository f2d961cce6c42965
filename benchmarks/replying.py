"""From a slash command to its answer, over real HTTP and WebSocket, against the least that discord.py can do."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from statistics import median
from typing import TYPE_CHECKING, Any

import discord
import yarl
from discord import app_commands, ui
from discord.gateway import DiscordWebSocket
from discord.http import Route

from benchmarks.figures import CONTENT, NOW, Figure, median_seconds
from bot.app import build_client, open_knowledge
from bot.chat.cards.answers import topic_card
from bot.chat.layout import Scene
from bot.chat.rendering import Renderer
from bot.domain.screens import AnswerScreen
from bot.knowledge.checking import FIRST_TOPIC
from bot.ops.logs import set_up_logs
from bot.services.phrasing import Phrases
from bot.vetting import program_version
from tests.loopback import TOKEN, Loopback, serve

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
    """Our bot and the small one, logged in to a Discord on loopback, and somebody who uses their commands."""

    def __init__(self, ours: discord.Client, small: discord.Client) -> None:
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._discord = self._runner.run(self._open(ours, small))

    async def _open(self, *clients: discord.Client) -> Loopback:
        loopback = await self._stack.enter_async_context(serve())
        Route.BASE = loopback.api_url
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(f"ws://127.0.0.1:{loopback.port}/gateway")
        for client in clients:
            await self._stack.enter_async_context(client)
            await client.login(TOKEN)
            self._stack.callback(asyncio.create_task(client.connect()).cancel)
            await client.wait_until_ready()
        return loopback

    def seconds(self, command: str, client: int) -> float:
        """Return the seconds from `command`, sent to a client, to the arrival of its answer."""
        return self._runner.run(self._time(command, client))

    async def _time(self, command: str, client: int) -> float:
        start = time.perf_counter()
        answer = await self._discord.use(command, client)
        seconds = time.perf_counter() - start
        assert answer["type"] == 4
        return seconds

    def close(self) -> None:
        """End the bots, the server and the loop."""
        self._runner.run(self._stack.aclose())
        self._runner.close()


def measure_reply(_: Ground) -> Iterator[Figure]:
    """Yield how long `/allies` takes to answer, the floor, their ratio, and how much of it is drawing.

    The second floor sends the verdict drawn beforehand: it shows what discord.py needs for a card of that size.
    """
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
    drawing = median_seconds(lambda: topic_card(scene, AnswerScreen(FIRST_TOPIC)), DRAWINGS)
    yield Figure("drawing the verdict card", drawing * 1000, "ms")


def _interleaved(bot: discord.Client, small: discord.Client) -> tuple[float, float, float]:
    """Return the median seconds of `/allies`, `/floor` and `/same`, which take turns."""
    stage = _Stage(bot, small)
    turns: list[tuple[float, float, float]] = []
    try:
        for _ in range(_WARM_UP + ROUNDS):
            turns.append((stage.seconds("allies", 0), stage.seconds("floor", 1), stage.seconds("same", 1)))  # noqa: PERF401 - plain try
    finally:
        stage.close()
    answers, floors, sames = zip(*turns[_WARM_UP:], strict=True)
    return median(answers), median(floors), median(sames)
