"""Killed again and again at random instants: whether anything is lost or posted twice."""

from __future__ import annotations

import asyncio
import random
import re
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from benchmarks.crowding import Crowd, gather_crowd, size, tell
from benchmarks.figures import Figure
from bot.domain.ledger import DeliveryState
from bot.store.database import open_database
from bot.store.rows import in_state, is_open
from bot.store.store import build_store
from bot.store.tables import deliveries, messages, subscriptions
from tests.loopback import POST_MESSAGE, Fault, Limits, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.figures import Ground
    from bot.store.database import Database
    from tests.loopback import Loopback

KILLS = 200
CHANNELS = 600
SEED = 20261122
NONCE_WINDOW = 3.0
"""Seconds for which Discord knows a nonce: shorter than most restarts and longer than some."""

RATE = 150
"""Messages a second: a life is short, and begins with a look for all that the last one had claimed."""

_EARLY = 0.2
"""How many of the kills come while the bot starts."""

_TROUBLED = 0.5
"""In how many of its lives a few answers are lost."""

_LATENCY = Fault(delay=0.1, stored=True, route=POST_MESSAGE)
"""A message is there a while before its answer, so that a kill finds some in between."""

_LOST_ANSWERS = Fault(status=502, stored=True, route=POST_MESSAGE, times=3)
"""What makes discord.py post the same once more; only the nonce shows that it is the same."""

_VARIABLES = {"LEASE_SECONDS": "2", "SENDS_PER_SECOND": str(RATE)}
_LONGEST_START, _LONGEST_SENDING = 3.0, 2.0
_LIMIT_SECONDS = 120.0
_READ_HISTORY = "GET /channels/{channel}/messages"
_MARK = re.compile(r"v1:go:post-[a-z]+:(\d+);")


@dataclass(slots=True)
class _Tally:
    """What a run came to. `stray` counts messages that the ledger does not know as posted, or knows under another id."""

    kills: int = 0
    in_flight: int = 0
    deliveries: int = 0
    lost: int = 0
    twice: int = 0
    stray: int = 0
    adopted: int = 0
    known_by_nonce: int = 0
    too_many: int = 0
    details: list[str] = field(default_factory=list)


def measure_kills(_: Ground) -> Iterator[Figure]:
    """Yield what 200 random kills in one run have lost or doubled, and how many of them found messages on their way."""
    with tempfile.TemporaryDirectory(prefix="detente-kills-", dir="/var/tmp") as folder:
        tally = asyncio.run(_play(Path(folder), size("KILLS", KILLS), size("SEED", SEED)))
    yield Figure("kill -9 at random instants", tally.kills, "")
    yield Figure("of these, with messages claimed and not settled", tally.in_flight, "")
    yield Figure("deliveries due", tally.deliveries, "")
    yield Figure("lost", tally.lost, "", 1)
    yield Figure("twice", tally.twice, "", 1)
    yield Figure("posted, but not so in the ledger", tally.stray, "", 1)
    yield Figure("posted before a kill and found in the channel after it", tally.adopted, "")
    yield Figure("posted again and known by its nonce", tally.known_by_nonce, "")
    yield Figure("answers 429", tally.too_many, "")


async def _play(folder: Path, kills: int, seed: int) -> _Tally:
    chance, tally = random.Random(seed), _Tally()
    tell(f"kills: seed {seed}")
    async with serve(Limits(None)) as discord:
        discord.nonce_window = NONCE_WINDOW
        crowd = await gather_crowd(folder, discord, CHANNELS)
        async with open_database(crowd.url) as database:
            for number in range(kills):
                await _feed(crowd, database)
                await _live_and_die(crowd, chance, number)
                tally.kills += 1
                tally.in_flight += bool(await _count(database, DeliveryState.SENDING))
                if number % 10 == 9:
                    tell(f"kills: {number + 1} of {kills}, {len(discord.messages)} posted, {crowd.rounds} rounds")
            await _finish(crowd, database)
            await _audit(crowd, database, tally)
    for line in tally.details[:20]:
        tell(f"kills: {line}")
    return tally


async def _feed(crowd: Crowd, database: Database) -> None:
    """Let there always be more due than one life of the process can send."""
    if crowd.discord.identified and await _count(database, DeliveryState.WAITING) < CHANNELS // 2:
        await crowd.drill(build_store(database))


async def _count(database: Database, state: DeliveryState) -> int:
    async with database.reading() as connection:
        found: int = await connection.scalar(select(func.count()).select_from(deliveries).where(in_state(state))) or 0
        return found


async def _live_and_die(crowd: Crowd, chance: random.Random, number: int) -> None:
    """Start the bot and kill it, sometimes while it starts and mostly while it sends."""
    crowd.discord.heal()
    if chance.random() < _TROUBLED:
        crowd.discord.fail(_LOST_ANSWERS)
    crowd.discord.fail(_LATENCY)
    before = _asked(crowd.discord)
    process = await crowd.start(**_VARIABLES)
    if chance.random() < _EARLY:
        await asyncio.sleep(chance.uniform(0, _LONGEST_START))
    else:
        async with asyncio.timeout(_LIMIT_SECONDS):
            await crowd.discord.wait_until(lambda: _asked(crowd.discord) > before)
        await asyncio.sleep(chance.uniform(0, _LONGEST_SENDING))
    assert process.returncode is None, f"life {number} ended by itself:\n{crowd.log.read_text()[-3000:]}"
    process.kill()
    await process.wait()


def _asked(discord: Loopback) -> int:
    return discord.asked[POST_MESSAGE] + discord.asked[_READ_HISTORY]


async def _finish(crowd: Crowd, database: Database) -> None:
    """Let the bot live until all is settled."""
    crowd.discord.heal()
    async with crowd.running(**_VARIABLES), asyncio.timeout(_LIMIT_SECONDS * 5):
        while await _is_busy(database):  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.5)


async def _is_busy(database: Database) -> bool:
    async with database.reading() as connection:
        opened = await connection.scalar(select(func.count()).select_from(messages).where(is_open()))
    return bool(opened or await _count(database, DeliveryState.WAITING) or await _count(database, DeliveryState.SENDING))


async def _audit(crowd: Crowd, database: Database, tally: _Tally) -> None:
    """Hold what the channels got against what was due to them."""
    posted = Counter(_key(message) for message in crowd.discord.messages)
    by_key = {_key(message): message for message in crowd.discord.messages}
    tally.deliveries = (crowd.rounds + 1) * len(crowd.channels)
    rows = await _read_ledger(database)
    tally.lost = tally.deliveries - len(rows)
    for row in rows:
        key = (row.channel_id, row.message_id)
        if row.state != DeliveryState.SENT or key not in posted:
            tally.lost += 1
            tally.details.append(f"lost: {row}")
        elif by_key[key].id != row.posted_id:
            tally.details.append(f"another id: {row}, posted {by_key[key].id}")
    tally.twice = sum(posted.values()) - len(posted)
    tally.details += [f"twice: {key} {_describe(crowd, key)}" for key, times in posted.items() if times > 1]
    known = {(row.channel_id, row.message_id): row.posted_id for row in rows}
    tally.stray = sum(known.get(key) != message.id for key, message in by_key.items())
    async with database.reading() as connection:
        found = select(func.count()).select_from(messages).where(messages.c.reason == "found in the channel")
        tally.adopted = await connection.scalar(found) or 0
    tally.too_many = crowd.discord.too_many
    tally.known_by_nonce = max(0, crowd.discord.asked[POST_MESSAGE] - len(crowd.discord.messages) - tally.too_many)


async def _read_ledger(database: Database) -> list[Any]:
    columns = (deliveries.c.alert_id, deliveries.c.subscription_id, deliveries.c.state, deliveries.c.message_id)
    query = (
        select(*columns, subscriptions.c.channel_id, messages.c.posted_id, messages.c.attempts, messages.c.first_attempt_at)
        .select_from(deliveries)
        .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
        .outerjoin(messages, messages.c.id == deliveries.c.message_id)
    )
    async with database.reading() as connection:
        return list(await connection.execute(query))


def _key(message: Any) -> tuple[int, int]:
    """Return the channel of a posted message and the ledger's id for it, which its buttons carry."""
    return message.channel.id, next(int(mark.group(1)) for part in _walk(message.components) if (mark := _MARK.match(part)))


def _walk(components: list[dict[str, Any]]) -> Iterator[str]:
    for component in components:
        yield component.get("custom_id", "")
        yield from _walk([*component.get("components", []), *filter(None, [component.get("accessory")])])


def _describe(crowd: Crowd, key: tuple[int, int]) -> str:
    """Return when each of the messages of one key was posted, in wall seconds, and with which nonce."""
    same = [message for message in crowd.discord.messages if _key(message) == key]
    return ", ".join(f"{message.id} {time.time() - time.monotonic() + message.posted_at:.3f} {message.nonce}" for message in same)
