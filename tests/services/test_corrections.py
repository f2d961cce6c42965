"""Corrections that reach whoever was told otherwise, once, however many processes share the work and whatever comes between."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from bot.domain.editions import Action, Editor, Origin, Use, UseResult
from bot.domain.ledger import DeliveryState
from bot.domain.subscriptions import ChannelId
from bot.errors import DeliveryError, StaleContentError
from bot.services import working
from bot.services.working import Worker
from bot.store.plan import PlanOfContent
from bot.store.store import open_store
from tests.services.alerting import GUILD, START, Office, Paper, land

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.knowledge.snapshot import Snapshot
    from bot.services.messaging import Post
    from bot.store.store import Store

FIRST, SECOND, THIRD = "2026-12-03", "2026-12-10", "2026-12-17"
ANNOUNCED = datetime(2026, 11, 26, 9, tzinfo=UTC)
"""When a channel with a lead of seven days hears of the first date."""

_READ: dict[tuple[object, ...], Snapshot] = {}
"""Contents that were read before: reading takes longer than all that is done with them."""

A_MINUTE, AN_HOUR = timedelta(minutes=1), timedelta(hours=1)
CANCELLED, WAITING, SENT = DeliveryState.CANCELLED, DeliveryState.WAITING, DeliveryState.SENT


@dataclass
class Pair:
    """Two processes on one database, before one Discord, and the content that is in use."""

    a: Office
    b: Office

    @classmethod
    def on(cls, store: Store, folder: Path) -> Pair:
        """Start both with the summit on the first date."""
        paper = Paper()
        return cls(Office(store, folder, paper=paper), Office(store, folder, paper=paper))

    @property
    def store(self) -> Store:
        """The database."""
        return self.a.store

    def read(self, day: str | None, status: str = "tentative", **more: str) -> Snapshot:
        """Return the content with the summit on `day`, or without it."""
        key = (day, status, *more.items())
        if key not in _READ:
            _READ[key] = self.a.read_without() if day is None else self.a.read(day, status, **more)
        return _READ[key]

    async def use(self, snapshot: Snapshot) -> None:
        """Put a content to use in the database; the processes have yet to follow."""
        edition = await self.store.contents.find_edition()
        version = snapshot.knowledge.version
        use = Use(at=self.a.now, action=Action.RELOAD, by=Editor(Origin.WATCH), version=version, result=UseResult.APPLIED)
        await self.store.contents.apply(use, b"", instead_of=edition.version if edition else None)

    async def change(self, day: str | None, status: str = "tentative", **more: str) -> None:
        """Put a content to use and let both follow."""
        snapshot = self.read(day, status, **more)
        await self.use(snapshot)
        self.a.knowledge.current = self.b.knowledge.current = snapshot

    def wait(self, time: timedelta = A_MINUTE) -> None:
        """Let time pass."""
        self.a.now += time
        self.b.now = self.a.now

    async def work(self, who: str = "ab") -> list[tuple[str, str]]:
        """Let these processes do what is due; return what was told: kind and date."""
        before = len(self.a.paper.posts)
        if who == "both":
            await asyncio.gather(self.a.work(), self.b.work())
        else:
            for office in who:
                await getattr(self, office).work()
        return list_told(list(self.a.paper.posts.values())[before:])

    async def work_for(self, time: timedelta, who: str = "ab", step: timedelta = A_MINUTE) -> list[tuple[str, str]]:
        """Let time pass in steps; return what was told."""
        told, end = [], self.a.now + time
        while self.a.now < end:
            self.wait(step)
            told += await self.work(who)
        return told


def list_told(posts: list[Post]) -> list[tuple[str, str]]:
    """Return kind and date of everything in some posts."""
    return [(item.kind.name, item.occurrence.key) for post in posts for item in post.items]


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    """Two processes that have begun with the same content, and a channel that wishes to hear seven days before."""
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'detente.sqlite'}") as store:
        opened = Pair.on(store, tmp_path / "content")
        await opened.change(FIRST)
        await opened.work()
        await opened.a.subscribe(leads=(7,))
        yield opened


@pytest.fixture
async def told(pair: Pair) -> Pair:
    """The two, after the channel was told of the first date."""
    pair.wait(ANNOUNCED - START)
    assert await pair.work() == [("ALERT", FIRST)]
    return pair


# Several processes


async def test_a_process_with_an_older_content_stands_aside(told: Pair) -> None:
    """While the other has the new date, it plans nothing, sends nothing and ends nothing; once it has followed it goes on."""
    snapshot = told.read(SECOND)
    await told.use(snapshot)
    told.b.knowledge.current = snapshot
    told.wait(AN_HOUR)
    for step in (told.a.planner.step, told.a.dispatcher.step):
        with pytest.raises(StaleContentError):
            await step()
    assert await told.work("a") == []
    await told.b.planner.step()
    assert await told.work("a") == []
    assert await told.work("ba") == [("MOVED", SECOND)]
    told.a.knowledge.current = snapshot
    assert await told.work_for(timedelta(days=8), step=timedelta(hours=6)) == [("ALERT", SECOND)]


async def test_a_process_that_is_ahead_of_the_database_stands_aside_too(told: Pair) -> None:
    """A content in memory that was never put to use tells nobody anything."""
    told.a.knowledge.current = told.read(SECOND)
    told.wait(AN_HOUR)
    assert await told.work("ab") == []


ROUNDS = [*product(("a", "b"), repeat=3), ("both", "both", "both"), ("a", "both", "b"), ("both", "b", "a")]


@pytest.mark.parametrize("rounds", ROUNDS, ids=["-".join(row) for row in ROUNDS])
async def test_whoever_does_it_each_change_is_told_once(told: Pair, rounds: tuple[str, ...]) -> None:
    """Moved, moved back, moved on: after each change one of the processes works, or both at once, and the other may have skipped it."""
    heard = []
    for day, who in zip((SECOND, FIRST, THIRD), rounds, strict=True):
        snapshot = told.read(day)
        await told.use(snapshot)
        for office in (told.a, told.b) if who == "both" else (getattr(told, who),):
            office.knowledge.current = snapshot
        told.wait()
        heard += await told.work(who)
        heard += await told.work("ab")
    told.a.knowledge.current = told.b.knowledge.current = snapshot
    heard += await told.work_for(timedelta(hours=2), step=timedelta(minutes=20))
    assert heard == [("MOVED", SECOND), ("MOVED", FIRST), ("MOVED", THIRD)]


async def test_who_died_between_the_change_and_the_notices_is_stood_in_for(told: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """One put the content to use and died, with its notices planned but not noted; the other plans them again, and each is told once."""
    await told.change(SECOND)
    told.wait()
    with monkeypatch.context() as patch:

        async def die(*_: object) -> None:
            raise ZeroDivisionError

        patch.setattr(PlanOfContent, "save_dates", die)
        with pytest.raises(ZeroDivisionError):
            await told.a.planner.step()
    assert await told.work("b") == [("MOVED", SECOND)]
    assert await told.work("ab") == []
    await told.change(FIRST)
    told.wait()
    assert await told.work("ab") == [("MOVED", FIRST)]


async def test_a_failure_in_the_middle_is_made_good_in_the_next_round(told: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the database failed during a change, the same process tells of it as soon as it can, not an hour later."""
    await told.change(SECOND)
    told.wait()
    with monkeypatch.context() as patch:

        async def fail(*_: object, **__: object) -> None:
            raise ZeroDivisionError

        patch.setattr(PlanOfContent, "fan_out_notice", fail)
        with pytest.raises(ZeroDivisionError):
            await told.a.planner.step()
    assert await told.work("a") == [("MOVED", SECOND)]


async def test_back_and_forth_behind_ones_back_is_noticed(told: Pair) -> None:
    """Another process told of a change, died, and the change was taken back: who had the old content all along tells that."""
    old, new = told.a.knowledge.current, told.read(SECOND)
    await told.use(new)
    told.b.knowledge.current = new
    told.wait()
    assert await told.work("b") == [("MOVED", SECOND)]
    await told.use(old)
    assert await told.work_for(A_MINUTE * 2, "a") == [("MOVED", FIRST)]


async def test_a_round_that_outlasts_two_changes_writes_nothing(told: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Held up in its comparison while the content went back and forth, a process does not write what was known before."""
    old, new = told.a.knowledge.current, told.read(SECOND)
    await told.use(new)
    told.a.knowledge.current = told.b.knowledge.current = new
    told.wait()
    held, going = asyncio.Event(), asyncio.Event()
    save = PlanOfContent.save_dates

    async def save_late(plan: PlanOfContent, dates: object) -> None:
        if not held.is_set():
            held.set()
            await going.wait()
        await save(plan, dates)  # type: ignore[arg-type] # as it was given

    monkeypatch.setattr(PlanOfContent, "save_dates", save_late)
    late = asyncio.create_task(told.a.planner.step())
    await held.wait()
    assert await told.work("b") == [("MOVED", SECOND)]
    for snapshot in (old, new):
        await told.use(snapshot)
        told.b.knowledge.current = snapshot
        told.wait()
        assert await told.work("b") == [("MOVED", FIRST if snapshot is old else SECOND)]
    going.set()
    with pytest.raises(StaleContentError):
        await late
    assert await told.work_for(A_MINUTE * 3) == []


async def test_what_was_in_flight_at_the_change_is_told_and_corrected(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Claimed under the old content and posted after the change: the old date is told once, then one notice, and no second alert."""
    pair.wait(ANNOUNCED - START)
    held, going = asyncio.Event(), asyncio.Event()
    post = Paper.post

    async def post_late(paper: Paper, what: Post) -> int:
        if not held.is_set():
            held.set()
            await going.wait()
        return await post(paper, what)

    monkeypatch.setattr(Paper, "post", post_late)
    await pair.a.planner.step()
    await pair.a.dispatcher.step()
    await held.wait()
    snapshot = pair.read(SECOND)
    await pair.use(snapshot)
    pair.b.knowledge.current = snapshot
    pair.wait(timedelta(seconds=30))
    assert await pair.work("b") == []  # the notice has to wait: nobody knows yet what was posted
    going.set()
    await pair.a.dispatcher.finish()
    assert await pair.work_for(A_MINUTE * 2, "ba") == [("MOVED", SECOND)]
    pair.a.knowledge.current = snapshot
    assert await pair.work_for(timedelta(days=8), step=timedelta(hours=6)) == [("ALERT", SECOND)]


async def test_what_is_judged_before_the_comparison_follows_all_the_same(pair: Pair) -> None:
    """An alert that waited when its date moved, and was ended by the new content before the planner had looked, comes for the new date."""
    pair.a.paper.reachable = False
    pair.wait(ANNOUNCED - START)
    await pair.work("a")
    pair.a.paper.reachable = True
    await pair.change("2026-12-02")
    pair.wait()
    await pair.a.dispatcher.step()
    await land(pair.a.dispatcher)
    assert await pair.work_for(A_MINUTE * 2, "a") == [("ALERT", "2026-12-02")]


async def test_an_alert_that_waits_survives_a_change_that_is_taken_back(pair: Pair) -> None:
    """Held back by an outage while the date moved and moved back, the alert goes out, once, for the date that holds."""
    pair.a.paper.reachable = False
    pair.wait(ANNOUNCED - START)
    await pair.work()
    for day in ("2026-12-02", SECOND, FIRST):
        await pair.change(day)
        pair.wait()
        await pair.work()
    pair.a.paper.reachable = True
    assert await pair.work_for(AN_HOUR, step=timedelta(minutes=10)) == [("ALERT", FIRST)]


# Standing aside


async def test_standing_aside_is_said_once_and_is_not_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that stands aside says so once, without a traceback, counts as not well all the while, and says when it goes on."""
    monkeypatch.setattr(working, "WHILE_STALE", timedelta(0))
    rounds, well = [], []

    async def step() -> timedelta:
        rounds.append(1)
        well.append(worker.well_at)
        if len(rounds) in {2, 3, 4}:
            raise StaleContentError
        if len(rounds) == 6:
            worker.stop()
        return timedelta(0)

    worker = Worker("planner", step)
    with capture_logs() as logs:
        await worker.run()
    assert [(entry["event"], entry["log_level"]) for entry in logs] == [("stands aside", "warning"), ("goes on", "info")]
    assert well[1] == well[2] == well[3] == well[4]
    assert well[5] > well[4]


# The hour of grace


async def test_removed_and_restored_within_the_hour_sends_nothing(told: Pair) -> None:
    """Told of a date that is gone for 59 minutes, a channel hears of nothing but the next alert."""
    await told.change(None)
    assert await told.work_for(timedelta(minutes=59), step=timedelta(seconds=59 * 6)) == []
    await told.change(FIRST)
    assert await told.work_for(timedelta(hours=3), step=timedelta(minutes=10)) == []
    assert [entry.state for entry in await told.a.history()] == [SENT]


@pytest.mark.parametrize("restarts", [False, True])
async def test_what_fell_due_in_the_gap_comes_late(pair: Pair, *, restarts: bool) -> None:
    """Gone a moment before its alert is due and back after it, also across a restart, a date is told once, late, and not again."""
    pair.wait(ANNOUNCED - START - A_MINUTE)
    await pair.work()
    await pair.change(None)
    assert await pair.work_for(timedelta(minutes=30), step=timedelta(minutes=5)) == []
    if restarts:
        pair.a.restart()
        pair.b.restart()
        assert await pair.work() == []
    await pair.change(FIRST)
    assert await pair.work_for(timedelta(hours=5), step=timedelta(minutes=10)) == [("ALERT", FIRST)]
    [entry] = await pair.a.history()
    assert entry.is_late


async def test_of_what_fell_due_in_the_gap_only_the_nearest_is_sent(pair: Pair) -> None:
    """Down for days and started with an emptied folder: restored within the hour, only the nearest lead comes, the others give way."""
    await pair.a.subscribe(leads=(10, 9, 7), channel_id=ChannelId(11))
    await pair.work()
    pair.wait(ANNOUNCED - START)  # nobody worked meanwhile
    await pair.change(None)
    assert await pair.work_for(timedelta(minutes=30), step=timedelta(minutes=5)) == []
    pair.a.restart()
    await pair.change(FIRST)
    assert await pair.work_for(AN_HOUR, step=timedelta(minutes=10)) == [("ALERT", FIRST)] * 2
    assert await pair.a.states() == [
        (10, DeliveryState.SUPERSEDED),
        (9, DeliveryState.SUPERSEDED),
        (7, SENT),
        (7, SENT),
    ]


async def _let_it_wait(pair: Pair) -> None:
    """Let the alert fall due while Discord fails, then the date vanish."""
    pair.a.paper.reachable = False
    pair.wait(ANNOUNCED - START)
    await pair.work("a")
    pair.a.paper.reachable = True
    await pair.change(None)


async def test_what_waits_goes_on_when_the_date_is_back(pair: Pair) -> None:
    """An alert on its way when the date vanished waits without a try, and goes out when the date is back."""
    await _let_it_wait(pair)
    assert await pair.work_for(timedelta(minutes=50), step=timedelta(minutes=5)) == []
    assert await pair.a.states() == [(7, WAITING)]
    await pair.change(FIRST)
    assert await pair.work_for(A_MINUTE) == [("ALERT", FIRST)]
    assert (await pair.a.history())[0].is_late


async def test_what_waits_ends_with_the_hour(pair: Pair) -> None:
    """After an hour it ends as cancelled, and the history says why; nothing is posted, also when the date is back later."""
    await _let_it_wait(pair)
    assert await pair.work_for(timedelta(minutes=62), step=timedelta(minutes=2)) == []
    [entry] = await pair.a.history()
    assert (entry.state, entry.reason) == (CANCELLED, "gone")
    await pair.change(FIRST)
    assert await pair.work_for(timedelta(hours=3), step=timedelta(minutes=10)) == []


async def test_what_waits_does_not_keep_the_dispatcher_busy(pair: Pair) -> None:
    """While everything that waits waits for a date to come back, the dispatcher rests as if there were nothing."""
    await _let_it_wait(pair)
    await pair.work_for(A_MINUTE * 2)
    assert await pair.a.dispatcher.step() > timedelta(seconds=20)
    assert await pair.store.ledger.find_next_attempt(pair.a.now) is None


async def test_another_date_of_the_channel_is_not_held_up(pair: Pair) -> None:
    """A message of two dates loses the one that vanished and goes out with the other at once."""
    other = pair.a.knowledge.current.knowledge.deadlines[0].model_copy(update={"id": "other"})

    def with_other(snapshot: Snapshot) -> Snapshot:
        base = snapshot.knowledge
        return replace(snapshot, knowledge=replace(base, deadlines=(*base.deadlines, other), version=f"{base.version}+other"))

    async def change(day: str | None) -> None:
        snapshot = with_other(pair.read(day))
        await pair.use(snapshot)
        pair.a.knowledge.current = pair.b.knowledge.current = snapshot

    await change(FIRST)
    await pair.work()
    pair.a.paper.fails = [(DeliveryError("not now"), False)]
    pair.wait(ANNOUNCED - START)
    assert await pair.work("a") == []
    await change(None)
    posted = await pair.a.work_until(pair.a.now + timedelta(minutes=10), A_MINUTE)
    assert [[item.deadline.id for item in post.items] for _, post in posted] == [["other"]]
    pair.b.now = pair.a.now
    await change(FIRST)
    posted = await pair.a.work_until(pair.a.now + timedelta(minutes=10), A_MINUTE)
    assert [[item.deadline.id for item in post.items] for _, post in posted] == [["summit"]]


async def test_what_may_have_been_posted_is_not_given_up_for_a_date_that_is_gone(pair: Pair) -> None:
    """Posted, the answer lost, the date gone and the channel not readable: it stays one message, and is found in the end."""
    pair.a.paper.fails, pair.a.paper.fails_looking = [(DeliveryError("lost"), True)], DeliveryError("not now")
    pair.wait(ANNOUNCED - START)
    await pair.work("a")
    await pair.change(None)
    await pair.work_for(timedelta(minutes=20))
    pair.a.paper.fails_looking = None
    await pair.change(FIRST)
    await pair.work_for(timedelta(minutes=30), step=timedelta(minutes=5))
    assert len(pair.a.paper.posts) == 1
    assert await pair.a.states() == [(7, SENT)]


@pytest.mark.parametrize(
    ("day", "status", "more", "expected"),
    [
        (SECOND, "tentative", {}, ("MOVED", SECOND)),
        (FIRST, "cancelled", {}, ("CANCELLED", FIRST)),
        (FIRST, "passed", {"outcome": "They signed."}, ("OUTCOME", FIRST)),
    ],
)
@pytest.mark.parametrize("minutes", [30, 300])
async def test_back_with_another_date_is_told_as_ever(
    told: Pair, minutes: int, day: str, status: str, more: dict[str, str], expected: tuple[str, str]
) -> None:
    """Within the hour or after it, a date that comes back changed is told once where it had been announced."""
    await told.change(None)
    assert await told.work_for(timedelta(minutes=minutes), step=timedelta(minutes=10)) == []
    await told.change(day, status, **more)
    assert await told.work_for(timedelta(hours=2), step=timedelta(minutes=10)) == [expected]


async def test_back_with_another_date_loses_no_alert_of_the_gap(pair: Pair) -> None:
    """Due in the gap for the old date, and past for the new one too, the alert comes for the new date."""
    pair.wait(ANNOUNCED - START - A_MINUTE)
    await pair.work()
    await pair.change(None)
    await pair.work_for(timedelta(minutes=30), step=timedelta(minutes=5))
    await pair.change("2026-12-02")
    assert await pair.work_for(AN_HOUR, step=timedelta(minutes=10)) == [("ALERT", "2026-12-02")]


async def test_a_notice_waits_for_a_date_that_may_come_back(told: Pair) -> None:
    """A move that could not be told yet when the date vanished is told when it is back, and by then tells what holds."""
    told.a.paper.reachable = False
    await told.change(SECOND)
    await told.work_for(A_MINUTE)
    await told.change(None)
    told.a.paper.reachable = True
    assert await told.work_for(timedelta(minutes=30), step=timedelta(minutes=5)) == []
    await told.change(SECOND)
    assert await told.work_for(timedelta(minutes=30), step=timedelta(minutes=5)) == [("MOVED", SECOND)]


@pytest.mark.parametrize(("minutes", "expected"), [(30, [("DRILL", FIRST)]), (70, [])])
async def test_a_drill_waits_and_ends_as_everything_does(told: Pair, minutes: int, expected: list[tuple[str, str]]) -> None:
    """A drill asked for a moment before the date vanished comes when it is back within the hour, and never after."""
    [subscription] = await told.a.subscribing.list_all(GUILD)
    await told.a.subscribing.edit(GUILD, subscription.id, lambda order: replace(order, leads=(1,)))
    await told.a.subscribing.drill(GUILD, subscription.id, "1")
    await told.change(None)
    told.wait()
    await told.work()
    assert await told.work_for(timedelta(minutes=minutes), step=timedelta(minutes=5)) == []
    await told.change(FIRST)
    assert await told.work_for(timedelta(minutes=30), step=timedelta(minutes=5)) == expected


# Off and on again


@pytest.mark.parametrize(("status", "more"), [("cancelled", {}), ("passed", {"outcome": "They signed."})])
async def test_what_is_on_again_is_told_to_whoever_heard_that_it_was_off(told: Pair, status: str, more: dict[str, str]) -> None:
    """Cancelled, or over, and then on again at the same date: one notice each, and the alerts ahead come."""
    [subscription] = await told.a.subscribing.list_all(GUILD)
    await told.a.subscribing.edit(GUILD, subscription.id, lambda order: replace(order, leads=(7, 1)))
    await told.change(FIRST, status, **more)
    assert len(await told.work_for(timedelta(hours=3), step=timedelta(minutes=10))) == 1
    await told.change(FIRST)
    assert await told.work_for(timedelta(hours=3), step=timedelta(minutes=10)) == [("RESTORED", FIRST)]
    assert await told.work_for(timedelta(days=7), step=timedelta(hours=6)) == [("ALERT", FIRST)]


async def test_cancelled_and_on_again_before_it_could_be_told_is_silent(told: Pair) -> None:
    """Nobody heard that it was cancelled, so nobody hears that it is on again."""
    told.a.paper.reachable = False
    for status in ("cancelled", "tentative", "cancelled", "tentative"):
        await told.change(FIRST, status)
        await told.work_for(A_MINUTE)
    told.a.paper.reachable = True
    assert await told.work_for(AN_HOUR, step=timedelta(minutes=10)) == []


async def test_cancelled_twice_is_told_once_where_nothing_was_told_between(told: Pair) -> None:
    """Told that it is cancelled, on again and cancelled again during an outage: the channel knows already."""
    await told.change(FIRST, "cancelled")
    assert await told.work_for(A_MINUTE) == [("CANCELLED", FIRST)]
    told.a.paper.reachable = False
    for status in ("tentative", "cancelled"):
        await told.change(FIRST, status)
        await told.work_for(A_MINUTE)
    told.a.paper.reachable = True
    assert await told.work_for(AN_HOUR, step=timedelta(minutes=10)) == []


async def test_an_alert_that_waited_goes_on_when_its_date_is_on_again(pair: Pair) -> None:
    """Waiting through an outage when the date was cancelled by mistake, the alert goes out when it is on again."""
    pair.a.paper.reachable = False
    pair.wait(ANNOUNCED - START)
    await pair.work()
    await pair.change(FIRST, "cancelled")
    await pair.work_for(timedelta(hours=2), step=timedelta(minutes=10))
    pair.a.paper.reachable = True
    assert await pair.work_for(AN_HOUR, step=timedelta(minutes=10)) == []
    await pair.change(FIRST)
    assert await pair.work_for(AN_HOUR, step=timedelta(minutes=10)) == [("ALERT", FIRST)]


async def test_what_fell_due_while_it_was_off_by_mistake_comes_late(pair: Pair) -> None:
    """Cancelled for half an hour, over the hour of its alert, a date is told all the same."""
    pair.wait(ANNOUNCED - START - timedelta(minutes=10))
    await pair.work()
    await pair.change(FIRST, "cancelled")
    assert await pair.work_for(timedelta(minutes=30), step=timedelta(minutes=5)) == []
    await pair.change(FIRST)
    assert await pair.work_for(timedelta(hours=2), step=timedelta(minutes=10)) == [("ALERT", FIRST)]


async def test_called_off_and_on_again_on_another_day_says_where_it_went(told: Pair) -> None:
    """Told that it is cancelled, a channel hears of the new day, also where the day was changed while it was off."""
    for day, status in ((FIRST, "cancelled"), (SECOND, "cancelled")):
        await told.change(day, status)
        await told.work_for(A_MINUTE)
    await told.change(SECOND)
    assert await told.work_for(A_MINUTE) == [("MOVED", SECOND)]


# What an editor may do at midnight


@pytest.mark.parametrize(
    "more",
    [{"title": "Another title"}, {"summary": "They meet again."}, {"why": "Because."}, {"sources": "[archive]"}, {"history": "Once."}],
)
async def test_a_text_that_is_put_right_sends_nothing(told: Pair, more: dict[str, str]) -> None:
    """Whatever is changed of a deadline but its date, its status and its outcome, nobody is told, now or later."""
    before = told.a.knowledge.current
    deadline = before.knowledge.deadlines[0]
    values = {"sources": ("archive",)} if "sources" in more else more
    changed = replace(
        before, knowledge=replace(before.knowledge, deadlines=(deadline.model_copy(update=values),), version=f"text-{next(iter(more))}")
    )
    await told.use(changed)
    told.a.knowledge.current = told.b.knowledge.current = changed
    assert await told.work_for(timedelta(hours=3), step=timedelta(minutes=10)) == []
    assert len(await told.a.history()) == 1


async def test_moved_there_and_back_and_there_during_an_outage_is_told_once(told: Pair) -> None:
    """Whatever was changed while nobody could be told, one notice says what is true in the end."""
    told.a.paper.reachable = False
    for day in (SECOND, FIRST, SECOND, THIRD, SECOND):
        await told.change(day)
        await told.work_for(A_MINUTE)
    told.a.paper.reachable = True
    assert await told.work_for(AN_HOUR, step=timedelta(minutes=10)) == [("MOVED", SECOND)]


async def test_told_of_the_move_an_unsaid_return_is_not_told_again(told: Pair) -> None:
    """Told that it moved, then moved back and there again unheard: nothing is left to say."""
    await told.change(SECOND)
    assert await told.work_for(A_MINUTE) == [("MOVED", SECOND)]
    told.a.paper.reachable = False
    for day in (FIRST, SECOND):
        await told.change(day)
        await told.work_for(A_MINUTE)
    told.a.paper.reachable = True
    assert await told.work_for(AN_HOUR, step=timedelta(minutes=10)) == []


STATES = ((FIRST, "tentative"), (SECOND, "tentative"), (THIRD, "tentative"), (FIRST, "cancelled"), (SECOND, "cancelled"), (None, ""))


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_an_editor_does_the_channel_ends_up_with_what_is_true(told: Pair, seed: int) -> None:
    """Through any changes, outages, restarts and processes that come and go, the last word is true, and no notice comes twice."""
    draw = random.Random(seed)  # noqa: S311 - it guards nothing
    heard = [("ALERT", FIRST)]
    for _ in range(14):
        snapshot = told.read(*draw.choice(STATES))
        await told.use(snapshot)
        followers = draw.choice(("a", "b", "ab"))
        for office in followers:
            getattr(told, office).knowledge.current = snapshot
        if draw.random() < 0.2:
            told.a.restart()
        told.a.paper.reachable = draw.random() < 0.7
        heard += await told.work_for(A_MINUTE * draw.choice((1, 3)), draw.choice((followers, "ab", "both")))
    day, status = draw.choice(STATES[:-1])
    await told.change(day, status)
    told.a.paper.reachable = True
    heard += await told.work_for(timedelta(minutes=12))
    assert await told.work_for(AN_HOUR, step=timedelta(minutes=10)) == []
    kind, date = heard[-1]
    assert kind == "CANCELLED" if status == "cancelled" else (kind in {"ALERT", "MOVED", "RESTORED"} and date == day)
    assert [one for one, other in pairwise(heard) if one == other] == []
