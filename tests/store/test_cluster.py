"""What several processes need of the store: who lives, leases that are whole, and each its own part of the servers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from bot.domain.sharding import Sharding
from bot.domain.subscriptions import GuildId, Obstacle
from bot.store.processes import FORGOTTEN_AFTER
from bot.store.tables import processes
from tests.store.making import LEASE, NOW, claim, fan_out, obstructed, subscribe

if TYPE_CHECKING:
    from bot.store.database import Database
    from bot.store.store import Store


async def _silence(database: Database, process_id: str, seconds: int) -> None:
    """Let a process have been silent for so long."""
    async with database.writing() as connection:
        silent = update(processes).where(processes.c.id == process_id)
        await connection.execute(silent.values(beat_at=processes.c.beat_at - seconds))


async def test_those_who_gave_a_sign_of_life_lately_are_counted(store: Store, database: Database) -> None:
    """A process counts from its first sign of life until it leaves or is silent for too long; another sign brings it back."""
    assert (await store.processes.beat("a", "all", 15)).living == 1
    assert (await store.processes.beat("b", "all", 15)).living == 2
    await _silence(database, "b", 13)
    assert (await store.processes.beat("a", "all", 15)).living == 2
    await _silence(database, "b", 2)
    assert (await store.processes.beat("a", "all", 15)).living == 1
    assert (await store.processes.beat("b", "all", 15)).living == 2
    await store.processes.leave("b")
    assert (await store.processes.beat("a", "all", 15)).living == 1


async def test_the_databases_clock_is_told_with_fractions(store: Store) -> None:
    """The time that comes with a sign of life is the database's, here this machine's too, to much less than a second."""
    before = datetime.now(UTC)
    times = [(await store.processes.beat("a", "all", 15)).at for _ in range(5)]
    assert before - timedelta(milliseconds=5) <= times[0]
    assert times[-1] <= datetime.now(UTC) + timedelta(milliseconds=5)
    assert any(at.microsecond for at in times)


async def test_rows_of_yesterdays_dead_are_deleted(store: Store, database: Database) -> None:
    """What is left of a process that was killed a day ago goes with the next sign of life of any other."""
    now = int(datetime.now(UTC).timestamp())
    rows = [{"id": i, "shards": "", "started_at": 0, "beat_at": now - FORGOTTEN_AFTER + s} for i, s in (("old", -9), ("new", 99))]
    async with database.writing() as connection:
        await connection.execute(insert(processes), rows)
    await store.processes.beat("me", "all", 15)
    async with database.reading() as connection:
        assert set(await connection.scalars(select(processes.c.id))) == {"me", "new"}


async def test_a_lease_is_never_shorter_than_whoever_has_it_believes(store: Store, database: Database) -> None:
    """Claimed in the middle of a second, nobody else gets it before the whole lease is over."""
    await subscribe(store)
    await fan_out(database, store)
    claimed_at = NOW + timedelta(milliseconds=900)
    assert await claim(store, "a", claimed_at)
    assert not await claim(store, "b", claimed_at + LEASE - timedelta(milliseconds=1))
    assert await claim(store, "b", claimed_at + LEASE + timedelta(seconds=1))


async def test_each_process_looks_at_its_own_servers_obstacles(store: Store, database: Database) -> None:
    """Of servers on four shards, each part gets its own, however many others are due before them; together they get all."""
    guilds = [GuildId((number << 22) + 12345 + (1 << 60)) for number in range(8)]
    for channel, guild in enumerate(guilds):
        await subscribe(store, channel, guild)
    await fan_out(database, store)
    await store.ledger.finish("me", [obstructed(message, Obstacle.CANNOT_VIEW) for message in await claim(store)], NOW)
    later, found = NOW + timedelta(days=1), {}
    for ids in ((0,), (1, 3), (2,)):
        found[ids] = await store.subscriptions.list_to_probe(later, 2 * len(ids), Sharding(count=4, ids=ids))
        assert {(s.guild_id >> 22) % 4 for s in found[ids]} == set(ids)
    assert sorted(s.guild_id for part in found.values() for s in part) == guilds
    assert len(await store.subscriptions.list_to_probe(later, 99, Sharding(count=4))) == 8
