"""What a dispatcher tells of its work: to whoever counts, and in the log."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from bot.domain.ledger import FOUND
from bot.domain.subscriptions import Obstacle
from bot.errors import DeliveryError
from bot.services.dispatching import Dispatcher
from bot.services.messaging import UndeliverableError
from bot.services.observing import Observer, Setback
from bot.services.pacing import LEASE
from tests.services.alerting import TOLD_AT, AtOnce, Office, Paper, SlowPaper, land, open_office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from datetime import datetime
    from pathlib import Path

    from bot.domain.ledger import Claimed

LOST = DeliveryError("the connection to Discord failed")
A_MINUTE = timedelta(minutes=1)


class Notes(Observer):
    """Writes down what it is told."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.told: list[tuple[str, object]] = []
        self.waits: list[float] = []

    def posted(self, late_seconds: Iterable[float]) -> None:
        """Note it."""
        self.told.append(("posted", tuple(late_seconds)))

    def set_back(self, setback: Setback) -> None:
        """Note it."""
        self.told.append(("set back", setback))

    def tried_again(self) -> None:
        """Note it."""
        self.told.append(("tried again", None))

    def held(self, obstacle: Obstacle) -> None:
        """Note it."""
        self.told.append(("held", obstacle))

    def waited(self, seconds: float) -> None:
        """Note it."""
        self.waits.append(seconds)


class Counted(AtOnce):
    """A pacer that counts its turns."""

    def __init__(self) -> None:
        """Begin with none."""
        self.turns = 0

    async def turn(self) -> None:
        """Give one."""
        self.turns += 1


class Dated(Paper):
    """A Discord that keeps since when posts are looked for."""

    def __init__(self) -> None:
        """Begin with nothing looked for."""
        super().__init__()
        self.since: list[datetime] = []

    async def find_posted(self, claimed: Claimed, since: datetime) -> int | None:
        """Look, and keep it."""
        self.since.append(since)
        return await super().find_posted(claimed, since)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office where an alert has just fallen due."""
    async with open_office(tmp_path) as opened:
        await opened.subscribe(leads=(7,), publish=True)
        opened.now = TOLD_AT
        yield opened


async def _work_after(office: Office, pause: timedelta) -> None:
    office.now += pause
    await office.work()


async def test_whoever_counts_hears_of_each_try(office: Office) -> None:
    """A try that failed and one for which the time was too short, the next tries, and the post, with how late it was."""
    office.dispatcher.observer = notes = Notes()
    office.paper.fails = [(LOST, False), (TimeoutError(), False)]
    for pause in (timedelta(), A_MINUTE, A_MINUTE):
        await _work_after(office, pause)
    again = ("tried again", None)
    lost, late = ("set back", Setback.DISCORD), ("set back", Setback.TIMEOUT)
    assert notes.told == [lost, again, late, again, ("posted", (120.0,))]
    assert len(notes.waits) == 6  # three to post, two to look, one to publish
    assert all(0 <= seconds < 60 for seconds in notes.waits)


async def test_whoever_counts_hears_of_an_obstacle(office: Office) -> None:
    """That is no setback: nothing is tried until it is gone."""
    office.dispatcher.observer = notes = Notes()
    office.paper.fails, office.paper.obstacle = [(UndeliverableError(Obstacle.CANNOT_SEND), False)], Obstacle.CANNOT_SEND
    await office.work()
    assert notes.told == [("held", Obstacle.CANNOT_SEND)]


async def test_everything_that_is_asked_of_discord_takes_a_turn(office: Office) -> None:
    """Posting, looking for a post and publishing it: each is a request, and each could draw an answer 429."""
    pacer = Counted()
    office.dispatcher = Dispatcher(office.store, office.knowledge, office.paper, clock=office.clock, pacer=pacer)
    office.paper.fails = [(LOST, True)]
    await office.work()
    assert pacer.turns == 1
    await _work_after(office, A_MINUTE)
    assert (pacer.turns, office.paper.published) == (3, [1001])


@pytest.mark.parametrize(("error", "is_told"), [(LOST, False), (TimeoutError(), False), (ZeroDivisionError(), True)])
async def test_only_what_nobody_expected_is_logged_with_its_traceback(office: Office, error: Exception, *, is_told: bool) -> None:
    """Trouble with Discord is daily business, and told with the end of the try; a fault of the bot is not."""
    office.paper.fails = [(error, False)]
    with capture_logs() as log:
        await office.work()
    assert ("delivery failed" in [entry["event"] for entry in log]) is is_told
    assert [entry["messages"] for entry in log if entry["event"] == "settled"] == [
        [{"id": 1, "reason": str(error) or type(error).__name__}]
    ]


async def test_the_log_says_where_another_process_was_quicker(tmp_path: Path) -> None:
    """An answer that came after the lease was over, and another process had found the post, counts for nothing, and the log says so."""
    async with open_office(tmp_path) as office:
        office.paper = paper = SlowPaper()
        office.restart()
        await office.subscribe(leads=(7,))
        office.now = TOLD_AT
        await office.planner.step()
        await office.dispatcher.step()
        await paper.asked.wait()
        office.now += LEASE + A_MINUTE
        other = Dispatcher(office.store, office.knowledge, paper, clock=office.clock, pacer=AtOnce())
        await other.step()
        await land(other)
        paper.answers.set()
        with capture_logs() as log:
            await land(office.dispatcher)
        assert [one for entry in log for one in entry["messages"]] == [{"id": 1, "posted": 1001, "lost_lease": True}]


async def test_what_was_posted_is_looked_for_from_discords_own_time_on(tmp_path: Path) -> None:
    """Posts are dated by Discord: where this machine's clock is an hour ahead of it, the one of the first try is found all the same."""
    async with open_office(tmp_path) as office:
        office.paper = paper = Dated()
        office.restart()
        await office.subscribe(leads=(7,))
        office.now = TOLD_AT
        paper.time, paper.fails = TOLD_AT - timedelta(hours=1), [(LOST, True)]
        await office.work()
        paper.time = None
        await _work_after(office, A_MINUTE)
        assert paper.since == [TOLD_AT - timedelta(hours=1)]


async def test_one_whose_date_is_lost_is_found_all_the_same(office: Office) -> None:
    """Posted, the answer lost, and then the date: it was sent, there is nothing left to publish, and that is the end of it."""
    office.paper.fails = [(LOST, True)]
    await office.work()
    office.knowledge.current = office.read_without()
    await office.planner.step()
    with capture_logs() as log:
        await _work_after(office, A_MINUTE)
    assert [one for entry in log if entry["event"] == "settled" for one in entry["messages"]] == [
        {"id": 1, "posted": 1001, "reason": FOUND}
    ]
    assert len(office.paper.posts) == 1
