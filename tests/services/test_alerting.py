"""Planner, dispatcher and watcher on a real database, with a clock that is moved and a Discord written by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.ledger import AlertKind, DeliveryState
from bot.domain.subscriptions import ChannelId, GuildPreferences, Obstacle, RoleId, Scope, Selector, Status, Timing
from bot.errors import DeliveryError, NothingAheadError
from bot.services.messaging import UndeliverableError
from tests.services.alerting import GUILD, Office, open_office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SENT, HELD, PAUSED = DeliveryState.SENT, DeliveryState.HELD, DeliveryState.PAUSED
LOST = DeliveryError("the connection to Discord failed")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office on 22 November 2026 at noon, with a summit on 3 December."""
    async with open_office(tmp_path) as opened:
        yield opened


def at(text: str) -> datetime:
    """Return the UTC instant of a text."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


async def test_every_lead_comes_at_the_local_hour(office: Office) -> None:
    """Seven days, one day and on the day, each at nine in Berlin, which is eight UTC in winter."""
    await office.subscribe(9, "Europe/Berlin")
    posted = await office.work_until(at("2026-12-05"))
    assert [moment for moment, _ in posted] == [at("2026-11-26T08:00"), at("2026-12-02T08:00"), at("2026-12-03T08:00")]


async def test_what_was_due_before_the_subscription_is_not_sent(office: Office) -> None:
    """Subscribed at noon on the day of an alert that was due at nine, a channel hears the next one first."""
    office.now = at("2026-11-26T12:00")
    await office.subscribe()
    assert [moment for moment, _ in await office.work_until(at("2026-12-02T10:00"))] == [at("2026-12-02T09:00")]


async def test_an_answer_that_was_lost_is_looked_for_and_adopted(office: Office) -> None:
    """The message was posted, the answer lost: the next try finds it and posts nothing."""
    await office.subscribe()
    office.paper.fails = [(LOST, True)]
    await office.work_until(at("2026-11-26T06:00"), timedelta(hours=6))
    assert len(await office.work_until(at("2026-11-26T10:00"), timedelta(minutes=1))) == 1
    [entry] = await office.history()
    assert (entry.state, entry.posted_id) == (SENT, 1001)
    assert office.paper.looked == 1


async def test_an_answer_that_was_lost_before_the_crash_is_looked_for_after_it(office: Office) -> None:
    """Posted and not written down, a new process waits for the lease to end, finds the message and adopts it."""
    await office.subscribe()
    await office.work_until(at("2026-11-26T08:45"))
    office.now = at("2026-11-26T09:00")
    await office.planner.step()
    await office.dispatcher.step()  # it is posted; what became of it is only in memory
    office.restart()
    assert len(await office.work_until(at("2026-11-26T09:10"), timedelta(minutes=1))) <= 1
    assert len(office.paper.posts) == 1
    assert await office.states() == [(7, SENT)]


async def test_trouble_is_tried_again_ever_later_until_it_is_too_late(office: Office) -> None:
    """While Discord fails nothing is lost; 48 hours after the date the row ends as expired."""
    await office.subscribe(leads=(0,))
    office.paper.fails = [(LOST, False)] * 10_000
    await office.work_until(at("2026-12-03T06:00"), timedelta(hours=6))
    await office.work_until(at("2026-12-07"), timedelta(minutes=10))
    tries = 10_000 - len(office.paper.fails)
    assert 100 < tries < 500
    assert await office.states() == [(0, DeliveryState.EXPIRED)]


async def test_an_alert_that_comes_late_says_so(office: Office) -> None:
    """After an hour of trouble the message is marked late, with the hour at which it should have come."""
    await office.subscribe(leads=(7,))
    office.paper.fails = [(LOST, False)] * 8
    await office.work_until(at("2026-11-26T06:00"), timedelta(hours=6))
    [(moment, post)] = await office.work_until(at("2026-11-26T11:00"), timedelta(minutes=1))
    assert moment > at("2026-11-26T09:10")
    assert [item.due_at for item in post.items] == [at("2026-11-26T09:00")]
    assert [entry.is_late for entry in await office.history()] == [True]


async def test_an_hour_that_is_changed_swallows_no_alert(office: Office) -> None:
    """At eight the hour is moved from nine to seven: today's alert comes at once, and not again."""
    subscription = await office.subscribe()
    office.now = at("2026-11-26T08:00")
    await office.work()
    await office.subscribing.edit(GUILD, subscription.id, lambda order: replace(order, clock_time=time(7)))
    assert len(await office.work()) == 1
    assert await office.work_until(at("2026-11-27")) == []


async def test_an_hour_that_is_changed_after_the_alert_repeats_none(office: Office) -> None:
    """Told at nine, moved to six in the evening: the same alert does not come again."""
    subscription = await office.subscribe()
    assert len(await office.work_until(at("2026-11-26T10:00"))) == 1
    await office.subscribing.edit(GUILD, subscription.id, lambda order: replace(order, clock_time=time(18)))
    assert await office.work_until(at("2026-11-27")) == []


async def test_a_server_that_changes_its_hour_takes_its_subscriptions_along(office: Office) -> None:
    """Subscriptions without an hour of their own follow the server's; what the change overtakes comes at once."""
    await office.subscribe(clock_time=None, zone=None)
    office.now = at("2026-11-26T08:00")
    await office.work()
    await office.subscribing.set_preferences(GuildPreferences(guild_id=GUILD, timing=Timing(time(6), "UTC")))
    assert len(await office.work()) == 1
    assert [moment for moment, _ in await office.work_until(at("2026-12-02T10:00"))] == [at("2026-12-02T06:00")]


async def test_a_pause_is_silent_and_explained(office: Office) -> None:
    """What falls due in a pause is not sent, then or later; the ledger has it as paused, and the next one comes."""
    subscription = await office.subscribe()
    await office.subscribing.pause(GUILD, subscription.id, at("2026-12-01"))
    posted = await office.work_until(at("2026-12-02T10:00"))
    assert [moment for moment, _ in posted] == [at("2026-12-02T09:00")]
    assert await office.states() == [(7, PAUSED), (1, SENT)]


async def test_a_drill_goes_the_real_way(office: Office) -> None:
    """A test is posted at once, labelled, even where alerts are paused, and leaves the alerts as they are."""
    subscription = await office.subscribe()
    await office.subscribing.pause(GUILD, subscription.id)
    await office.subscribing.drill(GUILD, (await office.subscribing.resume(GUILD, subscription.id)).id, "1")
    [post] = await office.work()
    assert [item.kind for item in post.items] == [AlertKind.DRILL]


async def test_a_drill_without_anything_ahead_is_refused(office: Office) -> None:
    """Where nothing is ahead there is nothing to show."""
    subscription = await office.subscribe(selector=Selector(Scope.TAG, "war"))
    with pytest.raises(NothingAheadError):
        await office.subscribing.drill(GUILD, subscription.id, "1")


async def test_an_obstacle_suspends_reports_once_and_is_probed(office: Office) -> None:
    """Refused, the subscription is suspended and reported; probed open, it goes on with what was held, marked late."""
    await office.subscribe()
    office.paper.obstacle = Obstacle.CANNOT_SEND
    office.paper.fails = [(UndeliverableError(Obstacle.CANNOT_SEND), False)]
    assert await office.work_until(at("2026-11-26T09:30")) == []
    assert [report.recipient_id for report in office.paper.reports] == [100]
    assert await office.states() == [(7, HELD)]
    office.paper.obstacle = None
    [(_, post)] = await office.work_until(at("2026-11-26T10:30"))
    assert post.items[0].due_at == at("2026-11-26T09:00")
    assert len(office.paper.reports) == 1


async def test_a_channel_that_seems_open_and_refuses_is_asked_ever_more_rarely(office: Office) -> None:
    """Where the permissions look right and Discord refuses all the same, somebody is told once and the tries grow rare."""
    await office.subscribe(leads=(7,))
    office.paper.fails = [(UndeliverableError(Obstacle.CANNOT_SEND), False)] * 1000
    await office.work_until(at("2026-11-26T08:00"))
    await office.work_until(at("2026-11-26T09:10"), timedelta(minutes=1))
    await office.work_until(at("2026-11-28"), timedelta(minutes=15))
    assert len(office.paper.reports) == 1
    assert 4 < 1000 - len(office.paper.fails) < 20


async def test_what_may_have_been_posted_before_an_obstacle_stays_one_message(office: Office) -> None:
    """Answer lost, then the channel closed, then open again: the message is found, not posted a second time."""
    await office.subscribe(leads=(7,))
    office.paper.fails = [(LOST, True)]
    office.now = at("2026-11-26T09:00")
    await office.work()
    office.paper.fails_looking = UndeliverableError(Obstacle.CANNOT_VIEW)
    office.now = at("2026-11-26T09:10")
    await office.work()
    assert [s.status for s in await office.subscribing.list_all(GUILD)] == [Status.SUSPENDED]
    office.paper.fails_looking = None
    await office.work_until(at("2026-11-26T12:00"))
    assert len(office.paper.posts) == 1
    assert await office.states() == [(7, SENT)]
    assert [s.status for s in await office.subscribing.list_all(GUILD)] == [Status.ACTIVE]


async def test_an_outage_waits_without_a_strike(office: Office) -> None:
    """A server in an outage keeps its subscription, and hears late when it is back."""
    await office.subscribe(leads=(7,))
    office.paper.reachable = False
    assert await office.work_until(at("2026-11-26T12:00")) == []
    assert [s.status for s in await office.subscribing.list_all(GUILD)] == [Status.ACTIVE]
    office.paper.reachable = True
    [(_, post)] = await office.work_until(at("2026-11-26T13:00"))
    assert post.items[0].due_at is not None


@pytest.mark.parametrize(("days", "kept"), [(29, 1), (31, 0)])
async def test_a_server_that_comes_back_in_time_finds_everything(office: Office, days: int, kept: int) -> None:
    """Removed for 29 days nothing is lost; after 30 the server's rows are erased."""
    await office.subscribe()
    office.paper.guilds = frozenset()
    await office.work()
    office.now += timedelta(days=days)
    office.restart()
    await office.work()
    office.paper.guilds = frozenset({GUILD})
    office.restart()
    await office.work()
    assert [s.status for s in await office.subscribing.list_all(GUILD)] == [Status.ACTIVE] * kept


async def test_publishing_that_fails_leaves_the_message_posted(office: Office) -> None:
    """What is posted stays posted; that it could not be published is in the ledger's message, and nothing is tried twice."""
    await office.subscribe(publish=True)
    office.paper.fails_publishing = LOST
    assert len(await office.work_until(at("2026-11-27"))) == 1
    assert await office.states() == [(7, SENT)]


async def test_what_is_published_is_published_once(office: Office) -> None:
    """In an announcement channel the post is published."""
    await office.subscribe(publish=True)
    await office.work_until(at("2026-11-27"))
    assert office.paper.published == [1001]


async def test_a_clock_that_is_put_back_repeats_and_loses_nothing(office: Office) -> None:
    """A clock that ran a day ahead and is put right sends each alert once."""
    await office.subscribe()
    office.now = at("2026-11-26T10:00")
    assert len(await office.work()) == 1
    office.now = at("2026-11-25T10:00")
    await office.work()
    posted = await office.work_until(at("2026-12-04"))
    assert [moment for moment, _ in posted] == [at("2026-12-02T09:00"), at("2026-12-03T09:00")]


async def test_a_new_wish_made_by_another_process_is_heard(office: Office) -> None:
    """A subscription that this process was not told of is found when it looks again, in time for its hour."""
    await office.work()
    await office.subscribe(13)
    office.now = at("2026-11-26T12:59")
    assert await office.work() == []
    office.now = at("2026-11-26T13:00")
    assert len(await office.work()) == 1


async def test_moved_twice_before_it_could_be_told_is_told_once_with_the_last_date(office: Office) -> None:
    """Announced for the 3rd, moved to the 10th and on to the 17th while nothing could be posted: one notice, of the 17th."""
    await office.subscribe(leads=(7,))
    await office.work_until(at("2026-11-26T10:00"))
    office.paper.reachable = False
    for day in ("2026-12-10", "2026-12-17"):
        office.edit_content(day)
        office.now += timedelta(minutes=1)
        await office.work()
    office.paper.reachable = True
    posted = await office.work_until(at("2026-11-26T13:00"))
    assert [(item.kind, item.occurrence.key) for _, post in posted for item in post.items] == [(AlertKind.MOVED, "2026-12-17")]


async def test_moved_again_after_it_was_told_is_told_again(office: Office) -> None:
    """Who was told that it moved to the 10th is told that it moved on to the 17th."""
    await office.subscribe(leads=(7,))
    await office.work_until(at("2026-11-26T10:00"))
    told = []
    for day in ("2026-12-10", "2026-12-17"):
        office.edit_content(day)
        office.now += timedelta(minutes=1)
        told += [(item.previous, item.occurrence.key) for post in await office.work() for item in post.items]
    assert [(old.key if old else None, new) for old, new in told] == [("2026-12-03", "2026-12-10"), ("2026-12-10", "2026-12-17")]


async def test_a_change_that_is_taken_back_in_time_is_told_to_nobody(office: Office) -> None:
    """Moved by mistake and put back before anything went out: silence, and the ledger says why."""
    await office.subscribe(leads=(7,))
    await office.work_until(at("2026-11-26T10:00"))
    office.paper.reachable = False
    for day in ("2026-12-10", "2026-12-03"):
        office.edit_content(day)
        office.now += timedelta(minutes=1)
        await office.work()
    office.paper.reachable = True
    assert await office.work_until(at("2026-11-26T13:00")) == []
    assert ("changed_again") in {entry.reason for entry in await office.history()}


async def test_the_same_change_made_again_is_told_again(office: Office) -> None:
    """Moved, put back and moved once more: three notices, for a channel must not be left with a date that is wrong."""
    await office.subscribe(leads=(7,))
    await office.work_until(at("2026-11-26T10:00"))
    told = []
    for day in ("2026-12-10", "2026-12-03", "2026-12-10"):
        office.edit_content(day)
        office.now += timedelta(minutes=1)
        told += [item.occurrence.key for post in await office.work() for item in post.items]
    assert told == ["2026-12-10", "2026-12-03", "2026-12-10"]


async def test_the_first_alert_ever_is_not_lost_to_a_stop(office: Office) -> None:
    """Subscribed, stopped before anything was due, started after it: the alert comes, late."""
    await office.subscribe(leads=(7,))
    office.restart()
    office.now = at("2026-11-26T12:00")
    [post] = await office.work()
    assert post.items[0].due_at == at("2026-11-26T09:00")


async def test_an_outage_is_no_try(office: Office) -> None:
    """Never tried, a message needs not be looked for: it goes out after an outage although the history may not be read."""
    await office.subscribe(leads=(7,))
    office.paper.reachable = False
    office.paper.fails_looking = LOST
    await office.work_until(at("2026-11-26T12:00"))
    office.paper.reachable = True
    assert len(await office.work_until(at("2026-11-26T13:00"))) == 1


async def test_what_nobody_can_look_for_ends_when_it_is_worthless(office: Office) -> None:
    """Tried once and never found nor ruled out, it ends as expired, instead of being tried for ever."""
    await office.subscribe(leads=(0,))
    office.paper.fails, office.paper.fails_looking = [(LOST, False)], LOST
    await office.work_until(at("2026-12-07"))
    assert await office.states() == [(0, DeliveryState.EXPIRED)]


async def test_an_unsent_alert_follows_a_date_that_moves_a_little(office: Office) -> None:
    """Held back on the day of its alert, the channel hears of the new date, whose hour is past too, as soon as it can."""
    await office.subscribe(leads=(7,))
    office.paper.reachable = False
    await office.work_until(at("2026-11-26T10:00"))
    office.edit_content("2026-12-02")
    await office.work()
    office.paper.reachable = True
    [(_, post)] = await office.work_until(at("2026-11-26T13:00"))
    assert [(item.kind, item.occurrence.key) for item in post.items] == [(AlertKind.ALERT, "2026-12-02")]


async def test_a_retry_does_not_take_a_moved_subscription_to_its_old_channel(office: Office) -> None:
    """Tried in one channel, moved to another: nothing is posted in the old one, and the alert comes in the new one."""
    subscription = await office.subscribe(leads=(7,))
    office.paper.fails = [(LOST, False)]
    await office.work_until(at("2026-11-26T09:00"))
    await office.subscribing.edit(GUILD, subscription.id, lambda order: replace(order, channel_id=ChannelId(11)))
    [(_, post)] = await office.work_until(at("2026-11-26T11:00"))
    assert post.channel_id == 11


async def test_a_lost_role_does_not_hold_up_the_others_of_its_message(office: Office) -> None:
    """After a try that posted nothing, a role that is gone suspends its own subscription; the other one's alert goes out."""
    await office.subscribe(leads=(7,))
    broken = await office.subscribe(leads=(7,), role_id=RoleId(6), selector=Selector(Scope.DEADLINE, "summit"))
    office.paper.fails = [(LOST, False), (UndeliverableError(Obstacle.ROLE_GONE, (broken.id,)), False)]
    office.paper.obstacle = Obstacle.ROLE_GONE
    [(_, post)] = await office.work_until(at("2026-11-26T12:00"))
    assert post.role_ids == ()


async def test_a_zone_that_is_unknown_here_does_not_stop_the_others(office: Office) -> None:
    """A wish whose zone this machine does not know is left out of the plan, loudly; the others go on."""
    await office.subscribe(zone="Mars/Olympus")
    await office.subscribe(leads=(7,), selector=Selector(Scope.DEADLINE, "summit"))
    assert len(await office.work_until(at("2026-11-26T10:00"))) == 1


async def test_a_role_is_mentioned_once_for_all_who_asked(office: Office) -> None:
    """Two subscriptions of one channel make one post that names both roles."""
    await office.subscribe(role_id=RoleId(5))
    await office.subscribe(role_id=RoleId(6), selector=Selector(Scope.DEADLINE, "summit"))
    [(_, post)] = await office.work_until(at("2026-11-27"))
    assert (post.role_ids, len(post.items)) == ((5, 6), 1)
