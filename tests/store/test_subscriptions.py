"""Subscriptions, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.ledger import AlertKind, DeliveryState
from bot.domain.subscriptions import (
    EVERYTHING,
    GuildPreferences,
    Obstacle,
    RoleId,
    Scope,
    Selector,
    Status,
    SubscriptionId,
    Timing,
    Wish,
    WishId,
)
from bot.errors import AlreadySubscribedError, SubscriptionGoneError, TooManySubscriptionsError
from bot.store.subscriptions import FOR_EVER
from tests.store.making import (
    ALERT,
    GUILD,
    MANAGER,
    NINE,
    NOW,
    OTHER_GUILD,
    WISH,
    claim,
    fan_out,
    find_wish_id,
    obstructed,
    only_states,
    order,
    states,
    subscribe,
)

if TYPE_CHECKING:
    from bot.store.database import Database
    from bot.store.store import Store

A_TAG = Selector(Scope.TAG, "nato")


async def test_comes_back_as_it_was_ordered(store: Store) -> None:
    """Every part of an order is there again, and what follows the server says so."""
    wanted = order(selector=A_TAG, leads=(30, 7), clock_time=time(18, 30), role_id=RoleId(5), publish=True, note="Mind it")
    wish = Wish(A_TAG, (30, 7), Timing(time(18, 30), "Asia/Tokyo"))
    added = await store.subscriptions.add(GUILD, wanted, wish, MANAGER, NOW, 5)
    assert added == await store.subscriptions.get(GUILD, added.id)
    assert (added.order, added.wish, added.created_at, added.created_by) == (wanted, wish, NOW, MANAGER)
    assert await store.subscriptions.list_of(GUILD) == (added,)


async def test_of_one_wish_share_its_row(store: Store) -> None:
    """Equal wishes are kept once, others apart."""
    await subscribe(store, 1)
    await subscribe(store, 2)
    await subscribe(store, 3, selector=A_TAG)
    found = await store.subscriptions.list_wishes()
    assert set(found.values()) == {WISH, Wish(A_TAG, None, NINE)}
    assert await store.subscriptions.find_last_wish_id() == max(found)


async def test_no_wish_no_last_wish(store: Store) -> None:
    """An empty store has no last wish."""
    assert await store.subscriptions.find_last_wish_id() is None


async def test_a_channel_wants_the_same_only_once(store: Store) -> None:
    """A second subscription to the same selector is refused, whatever else differs; after removal it may be made again."""
    first = await subscribe(store)
    with pytest.raises(AlreadySubscribedError):
        await subscribe(store, leads=(1,))
    await store.subscriptions.remove(GUILD, first.id, NOW)
    assert (await subscribe(store)).id > first.id


async def test_an_edit_may_not_make_a_second_of_the_same(store: Store) -> None:
    """Replacing keeps the rule, but does not take a subscription for its own double."""
    await subscribe(store, 1)
    second = await subscribe(store, 2)
    with pytest.raises(AlreadySubscribedError):
        await store.subscriptions.replace(GUILD, second.id, order(1), WISH, NOW)
    changed = await store.subscriptions.replace(GUILD, second.id, order(2, note="hi"), WISH, NOW)
    assert changed.order.note == "hi"


async def test_limit_holds_when_all_come_at_once(store: Store) -> None:
    """Of twelve made at once under a limit of five, five are kept."""
    wanted = [store.subscriptions.add(GUILD, order(channel), WISH, MANAGER, NOW, 5) for channel in range(12)]
    results = await asyncio.gather(*wanted, return_exceptions=True)
    assert sum(isinstance(result, TooManySubscriptionsError) for result in results) == 7
    assert await store.subscriptions.count(GUILD) == 5


async def test_same_order_at_once_is_kept_once(store: Store) -> None:
    """Of six equal orders at the same moment one is kept."""
    results = await asyncio.gather(*(subscribe(store) for _ in range(6)), return_exceptions=True)
    assert sum(isinstance(result, AlreadySubscribedError) for result in results) == 5


async def test_no_server_reaches_anothers(store: Store) -> None:
    """Whatever names the wrong server finds nothing and changes nothing."""
    mine = await subscribe(store)
    theirs = (
        store.subscriptions.get(OTHER_GUILD, mine.id),
        store.subscriptions.remove(OTHER_GUILD, mine.id, NOW),
        store.subscriptions.pause(OTHER_GUILD, mine.id, FOR_EVER, NOW),
        store.subscriptions.unpause(OTHER_GUILD, mine.id),
        store.subscriptions.replace(OTHER_GUILD, mine.id, order(9), WISH, NOW),
    )
    for attempt in theirs:
        with pytest.raises(SubscriptionGoneError):
            await attempt
    chosen = GuildPreferences(guild_id=OTHER_GUILD, timing=NINE)
    await store.subscriptions.set_preferences(chosen, {mine.id: Wish(EVERYTHING, (1,), NINE)}, NOW)
    assert await store.subscriptions.get(GUILD, mine.id) == mine


async def test_removed_is_gone_and_cancels_what_waits(store: Store, database: Database) -> None:
    """A removed one is not found, not listed, not fanned out to; what waited for it is cancelled."""
    kept, gone = await subscribe(store, 1), await subscribe(store, 2)
    await fan_out(database, store)
    assert (await store.subscriptions.remove(GUILD, gone.id, NOW)).status is Status.ACTIVE
    with pytest.raises(SubscriptionGoneError):
        await store.subscriptions.get(GUILD, gone.id)
    assert await store.subscriptions.list_of(GUILD) == (kept,)
    await fan_out(database, store, replace(ALERT, lead=1))
    assert await states(database) == [
        (kept.id, DeliveryState.WAITING, None),
        (gone.id, DeliveryState.CANCELLED, "removed"),
        (kept.id, DeliveryState.WAITING, None),
    ]


async def test_paused_hears_nothing_until_it_ends(store: Store, database: Database) -> None:
    """What waits when a pause begins, and what falls due in it, ends as PAUSED; afterwards alerts come again."""
    one = await subscribe(store)
    await fan_out(database, store)
    paused = await store.subscriptions.pause(GUILD, one.id, NOW + timedelta(days=1), NOW)
    assert paused.is_paused(NOW)
    await fan_out(database, store, replace(ALERT, lead=1))
    await fan_out(database, store, replace(ALERT, lead=0), now=NOW + timedelta(days=1))
    assert await only_states(database) == [DeliveryState.PAUSED, DeliveryState.PAUSED, DeliveryState.WAITING]


async def test_for_ever_is_kept_and_can_be_ended(store: Store) -> None:
    """A pause without an end survives the way through the database, until somebody ends it."""
    one = await subscribe(store)
    assert (await store.subscriptions.pause(GUILD, one.id, FOR_EVER, NOW)).paused_until == FOR_EVER
    assert (await store.subscriptions.unpause(GUILD, one.id)).paused_until is None


async def _suspend(store: Store, database: Database) -> SubscriptionId:
    one = await subscribe(store)
    await fan_out(database, store)
    (message,) = await claim(store)
    await store.ledger.finish("me", [obstructed(message, Obstacle.CANNOT_SEND)], NOW)
    assert await only_states(database) == [DeliveryState.HELD]
    return one.id


async def test_unpause_resumes_what_was_suspended(store: Store, database: Database) -> None:
    """Somebody who resumes by hand ends a suspension too, and what was held goes on."""
    suspended = await _suspend(store, database)
    resumed = await store.subscriptions.unpause(GUILD, suspended)
    assert (resumed.status, resumed.obstacle) == (Status.ACTIVE, None)
    assert await only_states(database) == [DeliveryState.WAITING]


@pytest.mark.parametrize("changed", [order(2), order(1, role_id=RoleId(9))], ids=["channel", "role"])
async def test_edit_that_may_mend_it_resumes(store: Store, database: Database, changed: object) -> None:
    """Another channel or role makes a suspended one active again."""
    suspended = await _suspend(store, database)
    edited = await store.subscriptions.replace(GUILD, suspended, changed, WISH, NOW)  # type: ignore[arg-type]
    assert edited.status is Status.ACTIVE
    assert await only_states(database) == [DeliveryState.WAITING]


async def test_edit_that_mends_nothing_leaves_it_suspended(store: Store, database: Database) -> None:
    """A new note does not bring a permission back."""
    suspended = await _suspend(store, database)
    edited = await store.subscriptions.replace(GUILD, suspended, order(note="x"), WISH, NOW)
    assert (edited.status, edited.obstacle) == (Status.SUSPENDED, Obstacle.CANNOT_SEND)
    assert await store.subscriptions.list_suspended(GUILD) == (edited,)


async def test_held_and_removed_is_cancelled(store: Store, database: Database) -> None:
    """Removing a suspended one cancels what was held for it."""
    suspended = await _suspend(store, database)
    await store.subscriptions.remove(GUILD, suspended, NOW)
    assert await only_states(database) == [DeliveryState.CANCELLED]
    assert await store.subscriptions.list_suspended(GUILD) == ()


async def test_what_falls_due_while_suspended_is_held(store: Store, database: Database) -> None:
    """A suspended one gets its deliveries as HELD; they go on when it resumes."""
    suspended = await _suspend(store, database)
    await fan_out(database, store, replace(ALERT, lead=1))
    assert await only_states(database) == [DeliveryState.HELD, DeliveryState.HELD]
    await store.subscriptions.resume([suspended], NOW)
    assert await only_states(database) == [DeliveryState.WAITING, DeliveryState.WAITING]


async def test_probes_come_later_each_time(store: Store, database: Database) -> None:
    """A suspended one is looked at after five minutes; after the next strike in ten; a probe can be put off."""
    suspended = await _suspend(store, database)
    five, ten = timedelta(minutes=5), timedelta(minutes=10)
    assert await store.subscriptions.list_to_probe(NOW + five - timedelta(seconds=1), 9) == ()
    assert [s.id for s in await store.subscriptions.list_to_probe(NOW + five, 9)] == [suspended]
    await store.subscriptions.postpone_probe([suspended], NOW + ten)
    assert await store.subscriptions.list_to_probe(NOW + five, 9) == ()
    await store.subscriptions.resume([suspended], NOW)
    assert await store.subscriptions.list_to_probe(NOW + ten, 9) == ()
    message = next(m for m in await claim(store) if m.deliveries)
    await store.ledger.finish("me", [obstructed(message, Obstacle.CANNOT_VIEW)], NOW)
    assert await store.subscriptions.list_to_probe(NOW + ten - timedelta(seconds=1), 9) == ()
    assert [s.obstacle for s in await store.subscriptions.list_to_probe(NOW + ten, 9)] == [Obstacle.CANNOT_VIEW]


async def test_those_who_follow_the_server_get_another_wish(store: Store, database: Database) -> None:
    """Reshaping gives each its own new wish; what is fanned out goes by the new one."""
    one = await subscribe(store)
    evening = Wish(EVERYTHING, None, Timing(time(20), "Europe/Brussels"))
    await store.subscriptions.set_preferences(GuildPreferences(guild_id=GUILD, timing=evening.timing), {one.id: evening}, NOW)
    assert (await store.subscriptions.get(GUILD, one.id)).wish == evening
    await fan_out(database, store)
    assert await states(database) == []
    await fan_out(database, store, wish_id=await find_wish_id(database, evening))
    assert len(await states(database)) == 1


async def test_preferences_are_kept(store: Store) -> None:
    """Preferences are found as they were saved last; a server that has only subscriptions has none."""
    await subscribe(store)
    assert await store.guilds.find_preferences(GUILD) is None
    for zone in ("Asia/Tokyo", "Europe/Paris"):
        chosen = GuildPreferences(guild_id=GUILD, timing=Timing(time(7, 15), zone))
        await store.subscriptions.set_preferences(chosen, {}, NOW)
        assert await store.guilds.find_preferences(GUILD) == chosen


async def test_drill_reaches_a_paused_one(store: Store, database: Database) -> None:
    """What somebody asks for is sent although the subscription is paused; an alert proper is not."""
    one = await subscribe(store)
    await store.subscriptions.pause(GUILD, one.id, FOR_EVER, NOW)
    drill = replace(ALERT, kind=AlertKind.DRILL, lead=0, detail="1")
    for alert in (ALERT, drill, drill):
        await store.plan.deliver(alert, one.id, expires_at=NOW + timedelta(days=1), now=NOW)
    assert await only_states(database) == [DeliveryState.PAUSED, DeliveryState.WAITING]


async def test_wishes_are_counted_by_channels(store: Store, database: Database) -> None:
    """Of each wish the channels with an active subscription are counted; removed and suspended ones are not."""
    assert await store.subscriptions.count_by_wish() == {}
    _, removed, suspended = [await subscribe(store, channel) for channel in range(3)]
    await subscribe(store, 3, OTHER_GUILD)
    await subscribe(store, 1, selector=A_TAG)
    await fan_out(database, store)
    refused = [message for message in await claim(store) if message.channel_id == suspended.order.channel_id]
    await store.ledger.finish("me", [obstructed(message, Obstacle.CANNOT_SEND) for message in refused], NOW)
    await store.subscriptions.remove(GUILD, removed.id, NOW)
    every, tagged = await find_wish_id(database), await find_wish_id(database, Wish(A_TAG, None, NINE))
    assert await store.subscriptions.count_by_wish() == {every: 2, tagged: 1}


async def test_reach_counts_subscriptions_and_servers_of_any_number_of_wishes(store: Store, database: Database) -> None:
    """Each subscription and server counts once, removed ones do not, and there may be more wishes than a statement has parameters."""
    removed = await subscribe(store, 1)
    await subscribe(store, 2)
    await subscribe(store, 2, selector=A_TAG)
    await subscribe(store, 3, OTHER_GUILD)
    await store.subscriptions.remove(GUILD, removed.id, NOW)
    every, tagged = await find_wish_id(database), await find_wish_id(database, Wish(A_TAG, None, NINE))
    assert await store.subscriptions.count_reach([]) == (0, 0)
    assert await store.subscriptions.count_reach([tagged]) == (1, 1)
    assert await store.subscriptions.count_reach(iter([every, tagged])) == (3, 2)
    assert await store.subscriptions.count_reach(map(WishId, range(1, 40_000))) == (3, 2)
