"""Servers in an outage, or gone: what is due for them rests, goes out when they are back, and is judged as of then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from bot.domain.judging import Reason
from bot.domain.ledger import AlertKind, DeliveryState
from bot.domain.subscriptions import GuildId
from bot.services import watching
from bot.services.observing import Observer, Setback
from bot.services.reach import OutOfReachError, Reach
from bot.services.watching import Watcher
from bot.store.store import open_store
from tests.services.alerting import GUILD, Office, land

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

DUE_AT = datetime(2026, 11, 26, 9, tzinfo=UTC)
"""The hour of the alert a week before the summit on 3 December."""

A_SECOND, A_MINUTE, AN_HOUR, A_DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SENT, EXPIRED, SUPERSEDED = DeliveryState.SENT, DeliveryState.EXPIRED, DeliveryState.SUPERSEDED


class Looks(Observer):
    """Notes when something was claimed that could not be tried."""

    def __init__(self, office: Office) -> None:
        """Watch an office."""
        self._office = office
        self.at: list[datetime] = []
        office.dispatcher.observer = self

    def set_back(self, setback: Setback) -> None:
        """Note it."""
        if setback is Setback.NOT_TRIED:
            self.at.append(self._office.now)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office whose server goes away just when an alert is due."""
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'store.sqlite'}") as store:
        office = Office(store, tmp_path / "content")
        await office.work()
        await office.subscribe()
        office.now, office.paper.reachable = DUE_AT, False
        yield office


async def _leap(office: Office, until: datetime) -> None:
    """Let time pass until then, and the dispatcher look as often as it would."""
    while (look_at := await office.store.ledger.find_next_attempt(office.now)) is not None and look_at <= until:
        office.now = max(office.now, look_at)
        await office.dispatcher.step()
        await land(office.dispatcher)
    office.now = until


async def test_a_server_that_is_away_is_looked_at_ever_more_seldom(office: Office) -> None:
    """At first every twenty seconds, in the end every ten minutes; never after more than half the time that it has been away."""
    looks = Looks(office)
    await office.work()
    await _leap(office, DUE_AT + 4 * AN_HOUR)
    assert looks.at[0] == DUE_AT
    assert len(looks.at) < 60
    gaps = [(later - DUE_AT, later - earlier) for earlier, later in pairwise(looks.at)]
    assert all(gap >= timedelta(seconds=15) for _, gap in gaps)
    assert all(gap <= max(timedelta(seconds=24), (away - gap) * 0.6) for away, gap in gaps)
    assert timedelta(minutes=8) - A_SECOND <= gaps[-1][1] <= timedelta(minutes=12)
    assert not office.paper.posts


@pytest.mark.parametrize("away", [A_MINUTE, 3 * A_MINUTE, AN_HOUR])
async def test_where_its_return_was_not_heard_an_alert_waits_little_longer(office: Office, away: timedelta) -> None:
    """Though nobody says that the server is back, what waited comes after at most half the time that it was away, or ten minutes."""
    await office.work()
    await _leap(office, DUE_AT + away)
    assert not office.paper.posts
    office.paper.reachable = True
    await _leap(office, office.now + max(timedelta(seconds=24), min(away * 0.6, timedelta(minutes=12))))
    (post,) = office.paper.posts.values()
    assert [item.due_at for item in post.items] == [DUE_AT if away > timedelta(minutes=10) else None]


@pytest.mark.parametrize("ahead", [timedelta(), AN_HOUR, -AN_HOUR])
async def test_it_goes_out_as_soon_as_the_server_is_back(office: Office, monkeypatch: pytest.MonkeyPatch, ahead: timedelta) -> None:
    """Told that the server is available, the watcher lets what waits for it go at once, wherever its machine's own clock is."""
    monkeypatch.setattr(watching, "GATHER_SECONDS", 0)
    woken: list[bool] = []
    watcher = Watcher(
        office.store, office.paper, clock=lambda: office.now + ahead, resumed=lambda: woken.append(True), queue_clock=office.clock
    )
    await office.work()
    await _leap(office, DUE_AT + 3 * AN_HOUR)
    office.paper.reachable = True
    assert await office.work() == []
    await watcher.note_available(GUILD)
    assert woken == [True]
    assert len(await office.work()) == 1


async def test_servers_that_are_heard_again_are_gathered(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of the gateway that is back names its servers in one go; one without any wakes nobody."""
    monkeypatch.setattr(watching, "GATHER_SECONDS", 0)
    await office.work()
    await _leap(office, DUE_AT + AN_HOUR)
    office.paper.reachable = True
    await office.watcher.note_heard(())
    assert await office.work() == []
    await office.watcher.note_heard((GuildId(2), GUILD))
    assert len(await office.work()) == 1


@pytest.mark.parametrize(
    ("away", "states", "is_posted"),
    [
        (AN_HOUR, [(7, SENT)], True),
        (6 * A_DAY, [(7, SUPERSEDED), (1, SENT)], True),
        (7 * A_DAY, [(7, SUPERSEDED), (1, SUPERSEDED), (0, SENT)], True),
        (10 * A_DAY, [(7, EXPIRED), (1, EXPIRED), (0, EXPIRED)], False),
    ],
)
async def test_after_an_outage_an_alert_is_judged_as_of_then(
    office: Office, away: timedelta, states: list[tuple[int, DeliveryState]], *, is_posted: bool
) -> None:
    """Of what fell due meanwhile, claimed before or not, the nearest alone comes, marked late; 48 hours after the date, none."""
    assert await office.work() == []
    await office.work_until(DUE_AT + away, AN_HOUR if away == AN_HOUR else A_DAY)
    office.paper.reachable = True
    posts = [post for _, post in await office.work_until(office.now + AN_HOUR, timedelta(minutes=15))]
    assert len(posts) == is_posted
    assert await office.states() == states
    assert all(item.due_at is not None or states[-1][0] != 7 for post in posts for item in post.items)


@pytest.mark.parametrize(
    ("day", "status", "away", "state"),
    [
        ("2026-12-03", "cancelled", 6 * A_DAY, SENT),
        ("2026-12-03", "cancelled", 7 * A_DAY, EXPIRED),
        ("2026-12-03", "cancelled", 29 * A_DAY, EXPIRED),
        ("2026-12-20", "tentative", 20 * A_DAY, SENT),
        ("2026-12-20", "tentative", 28 * A_DAY, EXPIRED),
    ],
)
async def test_a_notice_that_was_claimed_before_an_outage_may_be_old_news_after_it(
    office: Office, day: str, status: str, away: timedelta, state: DeliveryState
) -> None:
    """What was about to be told when the server went away ends, after it, like what still waited: after a week or with the new date."""
    office.paper.reachable = True
    await office.work()
    office.edit_content(day, status)
    office.now, office.paper.reachable = DUE_AT + AN_HOUR, False
    assert await office.work() == []
    office.now += away
    office.paper.reachable = True
    await office.work()
    (notice,) = [entry for entry in await office.history() if entry.alert.kind in {AlertKind.MOVED, AlertKind.CANCELLED}]
    assert (notice.state, notice.reason) == (state, "" if state is SENT else Reason.OLD_NEWS)


async def test_a_drill_that_was_claimed_before_an_outage_is_forgotten_after_a_week(office: Office) -> None:
    """Somebody who tried out a subscription a week ago does not wait for it any more."""
    office.paper.reachable = True
    await office.work()
    (subscription,) = await office.subscribing.list_all(GUILD)
    office.now, office.paper.reachable = DUE_AT + A_SECOND, False
    await office.subscribing.drill(GUILD, subscription.id, "drill")
    await office.work()
    assert await office.subscribing.count_queue(GUILD) == 1
    office.now += 7 * A_DAY
    office.paper.reachable = True
    await office.work()
    (drill,) = [entry for entry in await office.history() if entry.alert.kind is AlertKind.DRILL]
    assert (drill.state, drill.reason) == (EXPIRED, Reason.OLD_NEWS)


def test_how_long_a_server_has_been_away_is_counted_from_when_it_was_missed() -> None:
    """Each server's own time counts; one that was back begins anew."""
    now, away = [DUE_AT], {1, 2}
    reach = Reach(lambda guild_id: guild_id not in away, lambda: now[0])

    def ask(number: int) -> timedelta | None:
        try:
            reach.require(GuildId(number))
        except OutOfReachError as error:
            return error.away
        return None

    assert [ask(1), ask(3)] == [timedelta(), None]
    now[0] += A_MINUTE
    assert [ask(1), ask(2)] == [A_MINUTE, timedelta()]
    away.remove(1)
    assert ask(1) is None
    away.add(1)
    now[0] += A_MINUTE
    assert [ask(1), ask(2)] == [timedelta(), A_MINUTE]
