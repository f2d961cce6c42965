"""What nothing needs any more is deleted for good, on both databases, and what something needs stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, func, select, update

from bot.domain.editions import Action, UseResult
from bot.domain.ledger import AlertKind, DeliveryState
from bot.domain.subscriptions import Wish
from bot.store.rows import to_seconds
from bot.store.tables import METADATA, alerts, content_uses, deliveries, messages, subscriptions, wishes
from tests.store.making import (
    ALERT,
    GUILD,
    LATER,
    MANAGER,
    NINE,
    NOW,
    claim,
    fan_out,
    find_wish_id,
    only_states,
    order,
    sent,
    subscribe,
    use,
)

if TYPE_CHECKING:
    from datetime import datetime

    from bot.store.database import Database
    from bot.store.store import Store

YEAR = timedelta(days=365)


async def _count(database: Database, *names: str) -> list[int]:
    async with database.reading() as connection:
        return [(await connection.execute(select(func.count()).select_from(METADATA.tables[name]))).scalar_one() for name in names]


async def test_a_removed_subscription_stays_as_long_as_the_ledger_names_it(store: Store, database: Database) -> None:
    """Its row, which holds who made it, goes with the last delivery about it; the one beside it stays."""
    kept, removed = await subscribe(store), await subscribe(store, 2)
    await fan_out(database, store)
    await store.ledger.finish("me", [sent(message) for message in await claim(store)], NOW)
    await store.plan.close_expired(LATER)
    await store.subscriptions.remove(GUILD, removed.id, NOW)
    assert await store.prune(NOW) == 0
    assert len((await store.ledger.list_history(GUILD, 0, 9))[0]) == 2
    await store.prune(LATER + YEAR)
    assert await _count(database, "subscriptions", "deliveries", "alerts", "messages") == [1, 0, 0, 0]
    assert await store.subscriptions.list_of(GUILD) == (kept,)


async def test_one_that_was_never_told_anything_goes_at_once(store: Store, database: Database) -> None:
    """Removed before its first alert, nothing of it is kept, and its id is given to nobody else."""
    first = await subscribe(store)
    await store.subscriptions.remove(GUILD, first.id, NOW)
    assert await store.subscriptions.prune() == 1
    assert await _count(database, "subscriptions") == [0]
    assert (await subscribe(store)).id > first.id


async def test_what_waits_is_named_by_the_ledger_too(store: Store, database: Database) -> None:
    """A message that is being sent for a removed subscription still finds it."""
    one = await subscribe(store)
    await fan_out(database, store)
    assert await claim(store)
    await store.subscriptions.remove(GUILD, one.id, NOW)
    assert await store.subscriptions.prune() == 0
    assert await only_states(database) == [DeliveryState.SENDING]


async def test_wishes_that_nobody_has_go(store: Store, database: Database) -> None:
    """Who changes a subscription back and forth leaves no row for each change; what somebody has, and the latest id, stay."""
    other, one = await subscribe(store, 2), await subscribe(store)
    for lead in range(20):
        wanted = order(leads=(lead,))
        await store.subscriptions.replace(GUILD, one.id, wanted, Wish(wanted.selector, wanted.leads, NINE), NOW)
    await store.subscriptions.replace(GUILD, one.id, order(), other.wish, NOW)
    last = await store.subscriptions.find_last_wish_id()
    assert await store.subscriptions.prune() == 19
    assert await store.subscriptions.find_last_wish_id() == last
    assert await store.subscriptions.list_of(GUILD) == (other, replace(one, wish=other.wish))


async def test_the_id_of_a_wish_never_changes_its_meaning(store: Store, database: Database) -> None:
    """After the latest wish was left by all and tidied, another one does not get its id: a planner may have read it before."""
    one = await subscribe(store)
    given = []
    for lead in range(5):
        wanted = order(leads=(lead,))
        wish = Wish(wanted.selector, wanted.leads, NINE)
        await store.subscriptions.replace(GUILD, one.id, wanted, wish, NOW)
        given.append(await find_wish_id(database, wish))
        await store.subscriptions.replace(GUILD, one.id, order(), one.wish, NOW)
        await store.subscriptions.prune()
    assert len(set(given)) == 5
    assert (await _count(database, "wishes"))[0] == 2


async def test_who_changed_the_content_is_forgotten_in_time(store: Store, database: Database) -> None:
    """Old rows of the trail go, and from those that lead back the person; what is in use, was in use and was taken back stays known."""
    await store.contents.apply(use("a", at=NOW - YEAR), b"a", instead_of=None)
    await store.contents.note(use("b", Action.PREVIEW, UseResult.SHOWN, NOW - YEAR))
    await store.contents.apply(use("b", at=NOW - YEAR), b"b", instead_of="a")
    await store.contents.apply(use("c", at=NOW - YEAR), b"c", instead_of="b")
    await store.contents.go_back(use("b", Action.ROLLBACK, at=NOW - YEAR), instead_of="c")
    await store.contents.note(use("b", Action.STATUS, UseResult.SHOWN, NOW))
    before = await _what_is_known(store)
    assert await store.contents.prune(NOW) == 5
    assert await store.contents.prune(NOW) == 0
    assert await _what_is_known(store) == before
    assert before[0] == ["b", "a", True, True, True, False, False, False, True]
    uses, total = await store.contents.list_uses(0, 9)
    assert [each.by.user_id for each in uses] == [MANAGER, None, None, None, None]
    assert total == 5
    assert (await store.contents.go_back(use("a", Action.ROLLBACK), instead_of="b")).version == "a"
    async with database.reading() as connection:
        assert (await connection.execute(select(func.count(content_uses.c.user_id)))).scalar_one() == 2


async def _what_is_known(store: Store) -> tuple[list[object], int]:
    edition = await store.contents.find_edition()
    assert edition is not None
    used = [await store.contents.has_used(version) for version in "abcd"]
    taken_back = [await store.contents.was_taken_back(version) for version in "abc"]
    return [edition.version, edition.returns_to, *used, *taken_back], int(edition.id)


async def test_drills_are_kept_while_they_run_and_no_longer(store: Store, database: Database) -> None:
    """Who asks for a test each second leaves no row for each of them once they are over; what else was told stays."""
    one = await subscribe(store)
    await fan_out(database, store)
    for token in "abc":
        drill = replace(ALERT, kind=AlertKind.DRILL, lead=0, detail=token)
        await store.plan.deliver(drill, one.id, expires_at=NOW + timedelta(days=7), now=NOW)
    await store.plan.close_expired(NOW + timedelta(days=6))
    assert await store.ledger.prune(NOW - YEAR) == 0
    await store.plan.close_expired(NOW + timedelta(days=7))
    assert await store.ledger.prune(NOW - YEAR) == 6
    assert await _count(database, "alerts", "deliveries") == [1, 1]


async def test_what_is_in_use_survives_any_tidying(store: Store, database: Database) -> None:
    """Whatever the moment, pruning takes nothing that somebody still has: subscriptions, wishes, the content, what is on its way."""
    await subscribe(store)
    await fan_out(database, store, replace(ALERT, lead=1))
    await store.contents.apply(use("a"), b"a", instead_of=None)
    assert await store.prune(LATER + 9 * YEAR) == 1  # the person in the trail
    assert await _count(database, "subscriptions", "wishes", "deliveries", "packages", "content_uses") == [1] * 5
    async with database.reading() as connection:
        assert (await connection.execute(select(subscriptions.c.wish_id, wishes.c.id).join(wishes))).one()


async def _list_kinds(database: Database) -> list[AlertKind]:
    async with database.reading() as connection:
        return [AlertKind(kind) for kind in await connection.scalars(select(alerts.c.kind).order_by(alerts.c.id))]


async def test_a_notice_stays_as_long_as_the_date_that_it_is_about(store: Store, database: Database) -> None:
    """Told that a date is off, the channel is owed that it is on again until the date has passed; then all of it goes together."""
    await subscribe(store)
    await fan_out(database, store, expires_at=LATER + YEAR)
    off = replace(ALERT, kind=AlertKind.CANCELLED, lead=1)
    await fan_out(database, store, off)
    await fan_out(database, store, replace(off, deadline="other"))
    await store.plan.close_expired(LATER)
    await store.ledger.prune(LATER + YEAR)
    assert await _list_kinds(database) == [AlertKind.ALERT, AlertKind.CANCELLED]
    await store.plan.close_expired(LATER + YEAR)
    await store.ledger.prune(LATER + YEAR + timedelta(seconds=1))
    assert await _list_kinds(database) == []


async def test_a_notice_is_not_kept_by_the_dates_that_come_after_it(store: Store, database: Database) -> None:
    """Of what recurs there are always alerts: those made later keep neither a notice nor an alert of a date that has passed."""
    await subscribe(store)
    await fan_out(database, store)
    await fan_out(database, store, replace(ALERT, kind=AlertKind.CANCELLED, lead=1))
    await fan_out(database, store, replace(ALERT, occurrence="2027-12-01"), expires_at=LATER + YEAR)
    await store.plan.close_expired(LATER)
    await store.ledger.prune(LATER + timedelta(days=1))
    assert await _list_kinds(database) == [AlertKind.ALERT]


STUCK = [
    ("posted", {"posted_id": 5}, DeliveryState.SENT, NOW),
    ("not posted", {"posted_id": None}, DeliveryState.WAITING, None),
    ("deleted", None, DeliveryState.SENT, NOW - timedelta(minutes=1)),
]


@pytest.mark.parametrize(("closed", "state", "at"), [row[1:] for row in STUCK], ids=[row[0] for row in STUCK])
async def test_what_is_stuck_in_a_message_that_is_over_is_freed(
    store: Store, database: Database, closed: dict[str, int | None] | None, state: DeliveryState, at: datetime | None
) -> None:
    """It was sent with what was posted, as of then, and waits again where nothing was; what is truly on its way is left alone."""
    await subscribe(store, 1)
    await subscribe(store, 2)
    await fan_out(database, store, now=NOW - timedelta(minutes=1))
    one, _ = await claim(store)
    over = messages.c.id == one.id
    async with database.writing() as connection:
        await connection.execute(update(messages).where(over).values(is_open=False, **closed) if closed else delete(messages).where(over))
    assert await store.ledger.prune(NOW - YEAR) == 0
    assert await only_states(database) == [state, DeliveryState.SENDING]
    async with database.reading() as connection:
        freed = select(deliveries.c.at).where(deliveries.c.subscription_id == one.deliveries[0].subscription.id)
        assert await connection.scalar(freed) == (to_seconds(at) if at else None)
