"""Fanning out, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.judging import Reason
from bot.domain.ledger import AlertKind, DeliveryState, KnownDate
from bot.domain.subscriptions import Scope, Selector, WishId
from bot.errors import StaleContentError
from bot.store.subscriptions import FOR_EVER
from tests.store.making import ALERT, GUILD, LATER, NOW, claim, fan_out, find_wish_id, only_states, sent, states, subscribe, use

if TYPE_CHECKING:
    from bot.store.database import Database
    from bot.store.plan import Plan
    from bot.store.store import Store

MOVED = replace(ALERT, kind=AlertKind.MOVED, lead=0, detail="2026-12-05")


async def test_calendar_is_remembered(store: Store) -> None:
    """Dates are kept by deadline and changed in place; the plan's progress only goes forward."""
    assert await store.plan.read() == (None, ())
    first, other = KnownDate(deadline="b", occurrence="2026-12-01"), KnownDate(deadline="a", occurrence="")
    await store.plan.save_dates([first, other])
    gone = KnownDate(deadline="b", occurrence="2026-12-02", has_outcome=True, is_off=True, gone_at=NOW, planned_to=NOW)
    await store.plan.save_dates([gone])
    await store.plan.save_dates([])
    await store.plan.advance(NOW)
    await store.plan.advance(NOW - timedelta(days=1))
    assert await store.plan.read() == (NOW, (other, gone))


async def test_slice_by_slice_reaches_everybody_once(store: Store, database: Database) -> None:
    """Slices go on where the last one ended, and going through them again adds nothing."""
    ids = [(await subscribe(store, channel)).id for channel in range(5)]
    terms = {"expires_at": LATER, "wish_id": await find_wish_id(database), "due_at": NOW, "now": NOW, "limit": 2}
    for _ in range(2):
        after, ends = None, []
        while True:
            after = await store.plan.fan_out(ALERT, after=after, **terms)  # type: ignore[arg-type]
            ends.append(after)
            if after is None:
                break
        assert ends == [ids[1], ids[3], None]
    assert [row[0] for row in await states(database)] == ids


async def test_fan_outs_at_once_write_each_delivery_once(store: Store, database: Database) -> None:
    """Eight planners that fan the same alert out at the same moment leave one delivery for each subscription."""
    for channel in range(20):
        await subscribe(store, channel)
    await asyncio.gather(*(fan_out(database, store) for _ in range(8)))
    assert await only_states(database) == [DeliveryState.WAITING] * 20


async def test_those_who_came_later_are_left_out(store: Store, database: Database) -> None:
    """Nothing due before a subscription began is delivered to it, unless no moment is named."""
    await subscribe(store)
    await fan_out(database, store, due_at=NOW - timedelta(seconds=1))
    assert await states(database) == []
    await fan_out(database, store, due_at=None)
    assert len(await states(database)) == 1


async def test_what_was_sent_is_not_begun_again(store: Store, database: Database) -> None:
    """Fanning out again, as after a crash, leaves ended deliveries as they are."""
    await subscribe(store)
    await fan_out(database, store)
    await store.ledger.finish("me", [sent(message) for message in await claim(store)], NOW)
    await fan_out(database, store)
    assert await only_states(database) == [DeliveryState.SENT]


async def test_notice_goes_to_those_who_were_told(store: Store, database: Database) -> None:
    """Sent and being sent count as told, waiting does not; removed ones hear nothing, paused and suspended as always."""
    told, sending, removed, paused = [await subscribe(store, channel) for channel in range(4)]
    await fan_out(database, store)
    messages = await claim(store)
    await store.ledger.finish("me", [sent(m) for m in messages if m.deliveries[0].subscription.id != sending.id], NOW)
    await subscribe(store, 9)
    await fan_out(database, store)  # the fifth waits
    await store.subscriptions.remove(GUILD, removed.id, NOW)
    await store.subscriptions.pause(GUILD, paused.id, FOR_EVER, NOW)
    before = await states(database)
    for _ in range(2):
        await store.plan.fan_out_notice(MOVED, announced=ALERT.occurrence, expires_at=LATER, now=NOW)
    new = (await states(database))[len(before) :]
    assert new == [
        (told.id, DeliveryState.WAITING, None),
        (sending.id, DeliveryState.WAITING, None),
        (paused.id, DeliveryState.PAUSED, None),
    ]


async def test_notice_of_what_nobody_heard_of_is_none(store: Store, database: Database) -> None:
    """Where the old date was never announced, there is nothing to tell."""
    await subscribe(store)
    await fan_out(database, store)
    await store.plan.fan_out_notice(MOVED, announced=ALERT.occurrence, expires_at=LATER, now=NOW)
    await store.plan.fan_out_notice(MOVED, announced="2020-01-01", expires_at=LATER, now=NOW)
    assert await only_states(database) == [DeliveryState.WAITING]


async def test_expired_ends_what_waits_but_not_what_is_being_sent(store: Store, database: Database) -> None:
    """After the end nothing waits any more; a message on its way ends by itself and only then the alert is closed."""
    await subscribe(store, 1)
    await subscribe(store, 2)
    await fan_out(database, store)
    (message,) = await claim(store, limit=1)
    assert await store.plan.close_expired(LATER - timedelta(seconds=1)) == 0
    assert await store.plan.close_expired(LATER) == 1
    assert await only_states(database) == [DeliveryState.SENDING, DeliveryState.EXPIRED]
    assert await store.ledger.prune(LATER + timedelta(days=1)) == 0
    await store.ledger.finish("me", [sent(message)], LATER)
    assert await store.plan.close_expired(LATER) == 0
    assert await store.ledger.prune(LATER + timedelta(days=1)) == 4
    assert await states(database) == []


async def test_ends_in_slices(store: Store, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, all end, a slice at a time."""
    monkeypatch.setattr("bot.store.plan.SLICE", 2)
    for channel in range(5):
        await subscribe(store, channel)
    await fan_out(database, store)
    assert await store.plan.close_expired(LATER) == 5
    assert set(await only_states(database)) == {DeliveryState.EXPIRED}


async def test_cancel_ends_all_alerts_of_the_occurrence_only(store: Store, database: Database) -> None:
    """Every lead of the occurrence is cancelled with the reason; another date's alerts and notices stay."""
    one = await subscribe(store)
    for alert in (ALERT, replace(ALERT, lead=1), replace(ALERT, occurrence="2027-12-01"), MOVED):
        await fan_out(database, store, alert)
    assert await store.plan.cancel(ALERT.deadline, ALERT.occurrence, "moved", NOW) == 2
    cancelled, waiting = (one.id, DeliveryState.CANCELLED, "moved"), (one.id, DeliveryState.WAITING, None)
    assert await states(database) == [cancelled, cancelled, waiting, waiting]


async def test_counted_is_whom_a_notice_would_reach(store: Store, database: Database) -> None:
    """Counted are the channels of active subscriptions that were told, or are being told, each once; waiting ones are not."""
    first, second, removed, _waiting = [await subscribe(store, channel) for channel in range(4)]
    again = await subscribe(store, 1, selector=Selector(Scope.TAG, "nato"))  # in the second one's channel
    for wish in (first.wish, again.wish):
        await fan_out(database, store, wish_id=await find_wish_id(database, wish))
    assert await store.plan.count_notice(MOVED, ALERT.occurrence) == 0
    messages = await claim(store, limit=3)
    await store.ledger.finish("me", [sent(messages[0]), sent(messages[1])], NOW)
    await store.subscriptions.remove(GUILD, removed.id, NOW)
    assert await store.plan.count_notice(MOVED, ALERT.occurrence) == 2
    assert await store.plan.count_notice(MOVED, "2020-01-01") == 0
    await store.plan.fan_out_notice(MOVED, announced=ALERT.occurrence, expires_at=LATER, now=NOW)
    reached = {d.subscription.id for message in await claim(store) for d in message.deliveries if d.alert == MOVED}
    assert reached == {first.id, second.id, again.id}


async def test_counted_too_is_who_was_to_hear_of_an_earlier_move(store: Store, database: Database) -> None:
    """Who has yet to hear that a date had moved there counts as told of it."""
    await subscribe(store)
    await fan_out(database, store)
    await store.ledger.finish("me", [sent(message) for message in await claim(store)], NOW)
    await store.plan.fan_out_notice(MOVED, announced=ALERT.occurrence, expires_at=LATER, now=NOW)
    assert await store.plan.count_notice(replace(MOVED, occurrence=MOVED.detail, detail="2026-12-09"), MOVED.detail) == 1


async def _claim_and_send(store: Store) -> None:
    await store.ledger.finish("me", [sent(message) for message in await claim(store)], NOW)


BOUND: dict[str, Callable[[Plan], Awaitable[object]]] = {
    "fan_out": lambda p: p.fan_out(ALERT, expires_at=LATER, wish_id=WishId(1), due_at=None, now=NOW),
    "fan_out_notice": lambda p: p.fan_out_notice(MOVED, announced=ALERT.occurrence, expires_at=LATER, now=NOW),
    "keep_notice": lambda p: p.keep_notice(MOVED, LATER, NOW),
    "follow": lambda p: p.follow(ALERT, replace(ALERT, occurrence=MOVED.detail), wish_id=WishId(1), expires_at=LATER, now=NOW),
    "revive": lambda p: p.revive(ALERT.deadline, ALERT.occurrence, NOW),
    "cancel": lambda p: p.cancel(ALERT.deadline, ALERT.occurrence, Reason.MOVED, NOW),
    "save_dates": lambda p: p.save_dates([KnownDate(deadline="a", occurrence="")]),
    "advance": lambda p: p.advance(LATER),
    "close_expired": lambda p: p.close_expired(LATER),
}
"""Every write of the planner."""


async def _record(store: Store, database: Database) -> tuple[object, ...]:
    return await states(database), await store.plan.read()


async def _use(store: Store, *versions: str) -> None:
    for version in versions:
        edition = await store.contents.find_edition()
        await store.contents.apply(use(version), b"", instead_of=edition.version if edition else None)


@pytest.mark.parametrize("write", BOUND.values(), ids=BOUND)
async def test_nothing_is_written_by_a_content_that_is_no_longer_in_use(
    store: Store, database: Database, write: Callable[[Plan], Awaitable[object]]
) -> None:
    """Every write of a plan fails and changes nothing once another content is in use, also when the same one is back."""
    await subscribe(store)
    await fan_out(database, store)
    await _use(store, "a")
    plan = await store.plan.under("a")
    await write(plan)
    await _claim_and_send(store)
    await fan_out(database, store, replace(ALERT, lead=1))
    for versions in (("b",), ("a",)):
        await _use(store, *versions)
        before = await _record(store, database)
        with pytest.raises(StaleContentError):
            await write(plan)
        assert await _record(store, database) == before
    await write(await store.plan.under("a"))


async def test_nobody_plans_by_another_content_than_the_one_in_use(store: Store) -> None:
    """Where none was ever put to use any will do, until one is; then only that one."""
    plan = await store.plan.under("a")
    await plan.advance(NOW)
    await _use(store, "a")
    with pytest.raises(StaleContentError):
        await plan.advance(NOW)
    with pytest.raises(StaleContentError):
        await store.plan.under("b")
    await (await store.plan.under("a")).advance(NOW)


@pytest.mark.parametrize("reason", [Reason.MOVED, Reason.CANCELLED, Reason.OUTCOME])
async def test_what_ended_by_a_change_begins_anew_when_it_falls_due_again(store: Store, database: Database, reason: Reason) -> None:
    """An alert that a content had ended waits again once the content is back and it is planned again."""
    one = await subscribe(store)
    await fan_out(database, store)
    await store.plan.cancel(ALERT.deadline, ALERT.occurrence, reason, NOW)
    assert await states(database) == [(one.id, DeliveryState.CANCELLED, reason)]
    await fan_out(database, store)
    assert await states(database) == [(one.id, DeliveryState.WAITING, None)]


@pytest.mark.parametrize("reason", [Reason.GONE, Reason.REMOVED])
async def test_what_ended_otherwise_stays_ended(store: Store, database: Database, reason: Reason) -> None:
    """What ended for good does not begin anew."""
    await subscribe(store)
    await fan_out(database, store)
    await store.plan.cancel(ALERT.deadline, ALERT.occurrence, reason, NOW)
    await fan_out(database, store)
    assert await only_states(database) == [DeliveryState.CANCELLED]


async def test_what_was_off_is_revived_where_it_had_not_been_sent(
    store: Store, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On again, all alerts that had waited wait again, a slice at a time; what was sent, moved or removed stays as it was."""
    monkeypatch.setattr("bot.store.plan.SLICE", 2)
    first, second, third, removed = [await subscribe(store, channel) for channel in range(4)]
    await fan_out(database, store)
    (message,) = await claim(store, limit=1)
    await store.ledger.finish("me", [sent(message)], NOW)
    await store.plan.cancel(ALERT.deadline, ALERT.occurrence, Reason.CANCELLED, NOW)
    await store.subscriptions.remove(GUILD, removed.id, NOW)
    await store.plan.revive(ALERT.deadline, "2020-01-01", NOW)
    assert [state for _, state, _ in await states(database)] == [DeliveryState.SENT] + [DeliveryState.CANCELLED] * 3
    await store.plan.revive(ALERT.deadline, ALERT.occurrence, NOW)
    assert await states(database) == [
        (first.id, DeliveryState.SENT, None),
        (second.id, DeliveryState.WAITING, None),
        (third.id, DeliveryState.WAITING, None),
        (removed.id, DeliveryState.CANCELLED, "cancelled"),
    ]


async def test_what_was_judged_before_the_move_was_planned_follows_too(store: Store, database: Database) -> None:
    """An alert that was ended as moved is followed like one that waits; one that was sent is not."""
    sent_one, ended = [await subscribe(store, channel) for channel in range(2)]
    await fan_out(database, store)
    (message,) = await claim(store, limit=1)
    await store.ledger.finish("me", [sent(message)], NOW)
    await store.plan.cancel(ALERT.deadline, ALERT.occurrence, Reason.MOVED, NOW)
    there = replace(ALERT, occurrence=MOVED.detail)
    await store.plan.follow(ALERT, there, wish_id=await find_wish_id(database), expires_at=LATER, now=NOW)
    assert message.deliveries[0].subscription.id == sent_one.id
    assert (await states(database))[2:] == [(ended.id, DeliveryState.WAITING, None)]
