"""The made-up Discord and the real messenger on the loopback Discord: in the same situations they answer the same."""

from __future__ import annotations

import asyncio
from datetime import time
from typing import TYPE_CHECKING, Any

from bot.domain.ledger import AlertKind, Claimed, MessageId, MessageKind
from bot.domain.sharding import Sharding
from bot.domain.subscriptions import EVERYTHING, ChannelId, GuildId, Order, RoleId, Subscription, SubscriptionId, Timing, UserId, Wish
from bot.errors import DeliveryError
from bot.services.messaging import Item, Post, Report, UndeliverableError
from tests.loopback import Limits
from tests.loopback_client import serve_discord_py
from tests.simulation import loop
from tests.simulation.stages import Made, Real
from tests.test_hearing import Heard, connected

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.knowledge.snapshot import CurrentSnapshot
    from tests.simulation.stages import Stage

MARK = 7
SITUATIONS = (
    "post",
    "post; post",
    "post; post other",
    "role; post",
    "no role; post",
    "no view; post",
    "no send; post",
    "no read; post",
    "no channel; post",
    "no server; post",
    "refuses; post",
    "503; post; find",
    "lost; post; find; post",
    "reset; post; find",
    "find",
    "post; find",
    "post; find other",
    "post; no read; find",
    "post; no view; find",
    "post; no channel; find",
    "post; no server; find",
    "post; no send; find",
    "report",
    "report; report",
    "no send; report",
    "no view; report",
    "no read; report",
    "no channel; report",
    "no server; report",
    "tell person",
    "tell person; tell person",
    "door; tell person",
    "obstacle",
    "no view; obstacle",
    "no send; obstacle",
    "no read; obstacle",
    "no channel; obstacle",
    "no role; obstacle",
    "no server; obstacle",
    "outage; obstacle",
    "no server; reachable",
    "outage; reachable",
    "reachable",
)


class Play:
    """One situation, played step by step; each answer in words that are the same on both stages."""

    def __init__(self, stage: Stage, knowledge: CurrentSnapshot) -> None:
        """Play on `stage`."""
        self._stage = stage
        deadlines = knowledge.current.knowledge.deadlines
        self._deadline = next(d for d in deadlines if d.find_next(stage.now()) is not None)
        self._began = stage.now()
        self._role: int | None = None
        self._ids: list[int] = []

    async def play(self, situation: str) -> list[str]:
        """Return the answers."""
        answers = []
        for step in situation.split("; "):
            if step == "role" or step == "no role":  # noqa: PLR1714 - two steps
                self._role = self._stage.role
            if step in _ASKED:
                answers.append(await self._answer(step))
            elif step != "role":
                await self._stage.change(step)
        return [*answers, f"{self._stage.count()} stored"]

    async def _answer(self, step: str) -> str:
        try:
            return self._say(await _ASKED[step](self))
        except UndeliverableError as error:
            return f"undeliverable: {error.obstacle} {len(error.subscription_ids)}"
        except DeliveryError:
            return "not now"

    def _say(self, answer: object) -> str:
        if not isinstance(answer, int) or isinstance(answer, bool):
            return str(answer)
        if answer not in self._ids:
            self._ids.append(answer)
        return f"message {self._ids.index(answer)}"

    @property
    def _subscription(self) -> Subscription:
        order = Order(channel_id=ChannelId(self._stage.channel), selector=EVERYTHING, role_id=RoleId(self._role) if self._role else None)
        wish = Wish(EVERYTHING, None, Timing(time(9), "UTC"))
        of = {"guild_id": GuildId(self._stage.guild), "created_by": UserId(1), "created_at": self._began}
        return Subscription(id=SubscriptionId(1), order=order, wish=wish, **of)  # type: ignore[arg-type] # as named

    def _post(self, mark: int) -> Post:
        occurrence = self._deadline.find_next(self._stage.now())
        assert occurrence is not None
        item = Item(kind=AlertKind.ALERT, deadline=self._deadline, occurrence=occurrence)
        place = {"guild_id": GuildId(self._stage.guild), "channel_id": ChannelId(self._stage.channel)}
        return Post(message_id=MessageId(mark), items=(item,), subscriptions=(self._subscription,), **place)  # type: ignore[arg-type]

    async def post(self, mark: int = MARK) -> int:
        """Post."""
        return await self._stage.messenger.post(self._post(mark))

    async def find(self, mark: int = MARK) -> int | None:
        """Look for what was posted."""
        claimed = Claimed(
            id=MessageId(mark),
            kind=MessageKind.DELIVERIES,
            guild_id=GuildId(self._stage.guild),
            channel_id=ChannelId(self._stage.channel),
            recipient_id=None,
            attempts=2,
            first_attempt_at=self._began,
        )
        return await self._stage.messenger.find_posted(claimed, self._began)

    async def report(self, *, is_to_person: bool = False) -> int:
        """Report a suspension."""
        channel, person = ChannelId(self._stage.channel), UserId(self._stage.person)
        report = Report(
            message_id=MessageId(MARK),
            guild_id=GuildId(self._stage.guild),
            channel_id=None if is_to_person else channel,
            recipient_id=person if is_to_person else None,
            subscription=self._subscription,
        )
        return await self._stage.messenger.report(report)

    async def obstacle(self) -> object:
        """Look for what stands in the way."""
        role = RoleId(self._role) if self._role else None
        return self._stage.messenger.find_obstacle(GuildId(self._stage.guild), ChannelId(self._stage.channel), role)

    async def reachable(self) -> object:
        """Ask whether the server is there."""
        return self._stage.messenger.is_reachable(GuildId(self._stage.guild))


_ASKED: dict[str, Callable[[Play], Any]] = {
    "post": Play.post,
    "post other": lambda play: play.post(8),
    "find": Play.find,
    "find other": lambda play: play.find(8),
    "report": Play.report,
    "tell person": lambda play: play.report(is_to_person=True),
    "obstacle": Play.obstacle,
    "reachable": Play.reachable,
}


async def _play_real(knowledge: CurrentSnapshot) -> dict[str, list[str]]:
    """Play all situations with one client of the real discord.py, each in a server of its own."""
    answers = {}
    async with serve_discord_py(Limits.none()) as discord, asyncio.timeout(60):
        discord.add_guild()
        heard = Heard(knowledge, Sharding(count=1))
        async with connected(discord, heard):
            for situation in SITUATIONS:
                stage = Real(discord, heard)
                await stage.wait()
                answers[situation] = await Play(stage, knowledge).play(situation)
                discord.heal()
    return answers


async def _play_made(situation: str, knowledge: CurrentSnapshot) -> list[str]:
    return await Play(Made(), knowledge).play(situation)


def test_both_answer_the_same(knowledge: CurrentSnapshot) -> None:
    """Whatever was done to the channel, the role, the server or the connection before."""
    made = {situation: loop.run(_play_made(situation, knowledge)) for situation in SITUATIONS}
    assert made == asyncio.run(_play_real(knowledge))
