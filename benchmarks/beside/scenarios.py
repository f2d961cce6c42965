"""The trouble that everybody goes through, at the same instants, drawn from one seed."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from benchmarks.beside.auditing import FIRST
from benchmarks.crowding import PER_GUILD, RATE
from tests.loopback import POST_MESSAGE, Fault, Permission

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from benchmarks.beside.playing import Play
    from tests.loopback import Channel, Loopback

LATENCY = 0.02
"""Seconds until Discord answers: for half of the channels it takes a message before them, for the others after them."""

STORM_SECONDS = 20.0
DOWN_FOR = timedelta(hours=2)
CLOSED = 20
"""One channel in so many is closed."""

_LOST_ANSWERS = 5
_SECONDS_UP, _SECONDS_UP_ALONE = 30.0, 12.0
"""How long everybody has been up when the minute strikes in the steady case: so a loop of a minute is half a minute late."""

_STORM_LATENCY = 0.1
"""Seconds until a 503: the faster they come, the more of them meets who goes on to the next message at once."""

_RESTART_SECONDS = 1.0
_MENDED_BEFORE = 3.0


class _SlowToTake(Fault):
    """Requests about every second channel take effect only after a while, and not at all where the bot has been killed meanwhile."""

    def fits(self, route: str, channel: int) -> bool:
        return channel % 2 == 0 and super().fits(route, channel)


_SLOW = (_SlowToTake(delay=LATENCY), Fault(delay=LATENCY, stored=True))


@dataclass(slots=True)
class Trouble:
    """Which channels do not work: closed ones, which are mended later, and those that are gone or whose role is gone, which are not."""

    mended: dict[int, tuple[Channel, int]] = field(default_factory=dict)
    """The closed ones by id, each with the permission that is given back."""
    gone: set[int] = field(default_factory=set)
    roles: dict[int, int] = field(default_factory=dict)
    """A role that is gone, by the id of the channel where it is to be mentioned."""

    @property
    def all(self) -> set[int]:
        """The ids of all of them."""
        return {*self.mended, *self.gone, *self.roles}


@dataclass(frozen=True, slots=True)
class Timeline:
    """When things happen: the processes start at `start_at`, and what is due at a full minute is due at `due_at` (aware UTC).

    Kills and the storm come so many seconds after the first message.
    """

    start_at: datetime
    due_at: datetime
    next_at: datetime | None
    kills_after: tuple[float, float]
    storm_after: float


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of trouble; `script` plays it from the first start to the end."""

    name: str
    title: str
    script: Callable[[Play], Awaitable[None]]
    down_for: timedelta = timedelta()
    waits_for_minute: bool = False
    closes: bool = False

    def plan(self, now: datetime, count: int, seed: int, *, by_minute: bool) -> Timeline:
        """Return when everything happens for `count` channels, prepared from `now` on; only Détente needs full minutes (`by_minute`)."""
        chance, span = random.Random(seed), count / RATE
        start_at = now + timedelta(seconds=4 + count / 200)
        if self.waits_for_minute:
            up_for = timedelta(seconds=_SECONDS_UP if by_minute else _SECONDS_UP_ALONE)
            due_at = _minute(start_at + up_for) + timedelta(minutes=1) if by_minute else (start_at + up_for).replace(microsecond=0)
            start_at = due_at - up_for
        else:
            due_at = _minute(start_at - self.down_for)
        return Timeline(
            start_at,
            due_at,
            (start_at + timedelta(seconds=30 + count / 20)).replace(microsecond=0) if self.closes else None,
            (chance.uniform(0.2, 0.4) * span, chance.uniform(0.55, 0.85) * span),
            0.3 * span,
        )


def settle_channels(discord: Loopback, count: int) -> list[Channel]:
    """Make `count` channels, a few in each server."""
    channels: list[Channel] = []
    while len(channels) < count:
        guild = discord.add_guild(f"Guild {len(channels) // PER_GUILD}")
        channels += [discord.add_channel(guild, f"alerts-{n}") for n in range(min(PER_GUILD, count - len(channels)))]
    return channels


def close_some(discord: Loopback, channels: list[Channel]) -> Trouble:
    """Close 5 % of the channels: of five, two forbid to write, one is hidden, one is deleted, and one has lost the role to mention."""
    trouble = Trouble()
    for number, channel in enumerate(channels[::CLOSED]):
        kind = number % 5
        if kind < 3:
            permission = Permission.SEND_MESSAGES if kind < 2 else Permission.VIEW_CHANNEL
            discord.forbid(channel, permission)
            trouble.mended[channel.id] = channel, permission
        elif kind == 3:
            discord.delete_channel(channel)
            trouble.gone.add(channel.id)
        else:
            role = discord.add_role(channel.of_guild, mentionable=True)
            discord.delete_role(channel.of_guild, role)
            trouble.roles[channel.id] = role.id
    return trouble


def slow_down(discord: Loopback, lost: Collection[Channel] = ()) -> None:
    """Heal it; from now on every answer takes a while, and the first one about these channels is lost: stored, and answered 502."""
    discord.heal()
    for channel in lost:
        discord.fail(Fault(status=502, stored=True, delay=LATENCY, channel=channel.id, route=POST_MESSAGE, times=1))
    for fault in _SLOW:
        discord.fail(fault)


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


async def _steady(play: Play) -> None:
    await play.settle()


async def _killed(play: Play) -> None:
    first_at = await play.wait_for_first()
    for after in play.timeline.kills_after:
        await asyncio.sleep(first_at + after - asyncio.get_running_loop().time())
        await play.kill()
        await asyncio.sleep(_RESTART_SECONDS)
        await play.start()
    await play.settle()


async def _storm(play: Play) -> None:
    channels = play.contestant.wanted.channels
    lost = channels[:: max(1, len(channels) // _LOST_ANSWERS)][:_LOST_ANSWERS]
    slow_down(play.discord, lost)
    first_at = await play.wait_for_first()
    await asyncio.sleep(first_at + play.timeline.storm_after - asyncio.get_running_loop().time())
    play.discord.heal()
    play.discord.fail(Fault(status=503, delay=_STORM_LATENCY))
    await asyncio.sleep(STORM_SECONDS)
    # Whose answer was lost before has been posted to by now.
    slow_down(play.discord, lost)
    await play.settle()


async def _closed(play: Play) -> None:
    next_at = play.timeline.next_at
    assert next_at is not None
    # What is closed stays closed until all have tried it; and Détente would put two dates of a channel into one message.
    await play.settle(FIRST)
    left = (next_at - datetime.now(UTC)).total_seconds() - _MENDED_BEFORE
    if left < 0:
        play.given_up = "too slow: still at the first date when the next one came"
    await asyncio.sleep(left)
    for channel, permission in play.trouble.mended.values():
        play.discord.allow(channel, permission)
    await asyncio.sleep(_MENDED_BEFORE)
    await play.contestant.bring_next()
    await play.settle()


STEADY = Scenario("steady", "all in order: due while everybody has been up for half a minute", _steady, waits_for_minute=True)
SCENARIOS = (
    STEADY,
    Scenario("kill", "kill -9 twice, at random instants in the middle", _killed),
    Scenario("storm", f"every request answered 503 for {STORM_SECONDS:g} s; {_LOST_ANSWERS} other posts stored and answered 502", _storm),
    Scenario("down", "due two hours ago, while the bot was down", _steady, down_for=DOWN_FOR),
    Scenario("closed", "5 % of the channels closed, hidden, deleted or without their role; then the next date", _closed, closes=True),
)
