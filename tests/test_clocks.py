"""A machine whose clock is wrong: what may have been posted is looked for by Discord's own time, and somebody is told."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from bot.app import open_knowledge
from bot.chat.measuring import DiscordClock
from bot.domain.ledger import DeliveryState
from bot.domain.sharding import Sharding
from bot.services.dispatching import Dispatcher
from bot.services.planning import Planner
from bot.store.store import open_store
from tests.loopback import POST_MESSAGE, Fault, Limits
from tests.loopback_client import serve_discord_py
from tests.services.alerting import AtOnce, land
from tests.staging import Stage
from tests.test_hearing import Heard, connected

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.knowledge.snapshot import CurrentSnapshot
    from tests.loopback import Loopback

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = 3_600.0


@pytest.fixture
async def discord() -> AsyncIterator[Loopback]:
    """A Discord that knows no nonce again, as after some minutes."""
    async with serve_discord_py(Limits.none()) as running, asyncio.timeout(60):
        running.nonce_window = 0.0
        yield running


@asynccontextmanager
async def _working(stage: Stage, passed: timedelta) -> AsyncIterator[tuple[Planner, Dispatcher]]:
    """Connect a process that begins `passed` after the stage was set."""

    def clock() -> datetime:
        return datetime.now(UTC) + passed

    knowledge = open_knowledge(stage.folder / "content", stage.now)
    one = Heard(knowledge, Sharding(count=1))
    async with open_store(stage.url) as store, connected(stage.discord, one):
        planner = Planner(store, knowledge, clock=clock, planned=lambda: None)
        yield planner, Dispatcher(store, knowledge, one.messenger, clock=clock, pacer=AtOnce())


@pytest.mark.parametrize(
    ("first", "then"),
    [(-HOUR, -HOUR), (HOUR, HOUR), (-HOUR, 0.0)],
    ids=["an hour ahead", "an hour behind", "an hour ahead and put right since"],
)
async def test_what_was_posted_is_found_whatever_the_clock_shows(tmp_path: Path, discord: Loopback, first: float, then: float) -> None:
    """A message whose answer was lost is found in the channel and not posted twice, though this machine's clock is an hour off."""
    discord.ahead = first
    stage = Stage(tmp_path, discord)
    (stage.folder / "data").mkdir()
    stage.set_content(7)
    guild = discord.add_guild()
    await stage.subscribe(discord.add_channel(guild))
    discord.fail(Fault(reset=True, stored=True, times=1, route=POST_MESSAGE))
    async with _working(stage, timedelta()) as (planner, dispatcher):
        await planner.step()
        await dispatcher.step()
        await land(dispatcher)
    assert [entry.state for entry in await stage.history(guild.id)] == [DeliveryState.SENDING]
    discord.ahead = then
    async with _working(stage, timedelta(minutes=1)) as (_, dispatcher):
        await dispatcher.step()
        await land(dispatcher)
    (posted,) = discord.messages
    (entry,) = await stage.history(guild.id)
    assert (entry.state, entry.posted_id) == (DeliveryState.SENT, posted.id)


@pytest.mark.parametrize("ahead", [-HOUR, 0.0, HOUR])
async def test_discords_time_is_known_before_anything_is_posted(discord: Loopback, knowledge: CurrentSnapshot, ahead: float) -> None:
    """Once it is connected the bot knows Discord's time to within seconds, and says so where its own clock shows another."""
    discord.ahead = ahead
    discord.add_guild()
    one = Heard(knowledge, Sharding(count=1))
    assert one.messenger.find_time() is None
    with capture_logs() as logs:
        async with connected(discord, one):
            told = one.messenger.find_time()
    assert told is not None
    assert abs((told - datetime.now(UTC)).total_seconds() - ahead) < 30
    off = [line for line in logs if line["event"] == "clock is off"]
    assert [round(line["seconds_ahead"] / HOUR) for line in off] == ([-round(ahead / HOUR)] if ahead else [])


@dataclass(slots=True)
class Watch:
    """Discord's true time, a machine's clock that is off, and seconds that are counted right."""

    passed: float = 0.0
    ahead: float = 0.0
    clock: DiscordClock = field(init=False)

    def __post_init__(self) -> None:
        """Begin at noon."""
        self.clock = DiscordClock(lambda: self.now + timedelta(seconds=self.ahead), lambda: self.passed)

    @property
    def now(self) -> datetime:
        """The true time."""
        return NOON + timedelta(seconds=self.passed)

    def answer(self, after: float = 60.0, seconds: float = 0.1) -> None:
        """Let `after` seconds pass, and an answer come that took `seconds`."""
        self.passed += after
        self.clock.note(format_datetime(self.now, usegmt=True), seconds)


def test_between_two_answers_the_seconds_are_counted() -> None:
    """However long ago the last answer was, and wherever this machine's clock was set meanwhile, Discord's time goes on."""
    watch = Watch(ahead=HOUR)
    assert watch.clock.find_now() is None
    watch.answer()
    assert watch.clock.find_now() == watch.now
    watch.ahead, watch.passed = 0.0, 50_000.0
    assert watch.clock.find_now() == watch.now


def test_of_the_answers_of_one_second_the_first_tells_the_time() -> None:
    """A date has no fractions: the last answer of a second would set the clock back by nearly one."""
    watch = Watch()
    watch.answer()
    watch.answer(after=0.9)
    assert watch.clock.find_now() == watch.now


@pytest.mark.parametrize("ahead", [HOUR, -HOUR])
def test_how_far_this_machine_is_ahead_is_known(ahead: float) -> None:
    """What the gauge shows is the lead of this machine's clock, less than nothing where it is behind."""
    watch = Watch(ahead=ahead)
    assert watch.clock.find_ahead() is None
    watch.answer()
    assert watch.clock.find_ahead() == ahead


@pytest.mark.parametrize("date", [None, "", "noon", "Sun, 22 Nov 2026 25:00:00 GMT", "Sun, 22 Nov 2026 12:00:00 +99999999999999"])
def test_an_answer_without_a_date_says_nothing(date: str | None) -> None:
    """What a proxy left out or spoiled is passed over; what was known stays."""
    watch = Watch()
    watch.clock.note(date, 0.1)
    assert watch.clock.find_now() is None
    watch.answer()
    watch.clock.note(date, 0.1)
    assert watch.clock.find_now() == watch.now


def test_a_date_without_a_zone_is_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """A date that names no zone is no local time: HTTP knows none."""
    watch = Watch()
    with monkeypatch.context() as in_tokyo:
        in_tokyo.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        watch.clock.note("Sun, 22 Nov 2026 12:00:00 -0000", 0.1)
    time.tzset()
    assert watch.clock.find_now() == NOON


def test_a_wrong_clock_is_told_once_until_it_was_right() -> None:
    """A clock that is off is one line in the log, however many answers show it; one that was right and is off again is one more."""
    watch = Watch(ahead=90.0)
    with capture_logs() as logs:
        for ahead in (90.0, 90.0, 0.0, -7.0, -7.0):
            watch.ahead = ahead
            watch.answer()
    assert [(line["event"], line["log_level"], line["seconds_ahead"]) for line in logs] == [
        ("clock is off", "warning", 90),
        ("clock is off", "warning", -7),
    ]


def test_a_slow_answer_does_not_pass_for_a_clock_that_is_right_again() -> None:
    """Between two warnings an answer must have shown the clock right, whatever in its time the date was written."""
    watch = Watch(ahead=-9.0)
    with capture_logs() as logs:
        for seconds in (0.1, 8.0, 0.1):
            watch.answer(seconds=seconds)
            watch.ahead = -3.0 if seconds == 0.1 else -9.0
    assert len(logs) == 1


@pytest.mark.parametrize(("ahead", "seconds"), [(5.9, 0.1), (-5.9, 0.1), (30.0, 28.0)])
def test_what_the_reading_may_be_wrong_by_is_no_wrong_clock(ahead: float, seconds: float) -> None:
    """A date counts whole seconds, and says nothing of when within the time of its answer it was written."""
    with capture_logs() as logs:
        Watch(ahead=ahead).answer(seconds=seconds)
    assert logs == []
