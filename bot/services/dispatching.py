"""Sending what is due: claimed under a lease, judged, paced, posted once, and written down.

A message is posted at most once. Its nonce makes Discord return the first one to a quick second try; for a later one the bot
looks in the channel's own history for the message that carries this id, and adopts it. Where it cannot look, it waits.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import structlog

from bot.domain.ledger import FOUND, MessageKind, Outcome
from bot.domain.subscriptions import Status
from bot.errors import DeliveryError, NotTriedError
from bot.services.composing import compose
from bot.services.leasing import Lease
from bot.services.messaging import Report, UndeliverableError
from bot.services.observing import UNWATCHED, Observer, Setback, seconds_late, tell_ends
from bot.services.retrying import Retrying

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from bot.domain.ledger import Claimed, MessageId
    from bot.domain.subscriptions import SubscriptionId
    from bot.knowledge.snapshot import CurrentSnapshot
    from bot.services.messaging import Messenger, Pacer, Post
    from bot.store.store import Store

MAX_IN_FLIGHT = 100
SEND_TIMEOUT = 10.0
"""Seconds for one post, discord.py's own tries included."""

LEASE = timedelta(seconds=60)
"""How long a claimed message is this process's alone: longer than a full flight needs to be sent."""

FINISH_SECONDS = 5.0
"""How long a message on its way may take to end when the bot is stopped; what remains is looked for and tried again."""

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_BUSY_PAUSE, _MOST_OF_THEM = timedelta(milliseconds=250), 0.75

UNREADY_PAUSE = timedelta(seconds=1)
IDLE_PAUSE = timedelta(seconds=30)
"""Longest rest: another process may have left something to do."""

REPORT_LASTS = timedelta(days=7)

T = TypeVar("T")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """How the dispatcher behaves in time; tests and the demo choose other values."""

    lease: timedelta = LEASE
    first_pause: timedelta = FIRST_PAUSE
    idle_pause: timedelta = IDLE_PAUSE
    busy_pause: timedelta = timedelta(milliseconds=50)
    send_timeout: float = SEND_TIMEOUT
    in_flight: int = MAX_IN_FLIGHT

    def pause(self, waiting: int, rate: float) -> timedelta:
        """Return how long to rest with messages in flight: until most of those `waiting` for one of `rate` turns a second had theirs."""
        # To the database a round with one message is as much work as one with ten.
        turns = timedelta(seconds=_MOST_OF_THEM * waiting / rate) if rate else self.busy_pause
        return max(self.busy_pause, min(turns, LONGEST_BUSY_PAUSE))

    def take_on(self, rate: float) -> tuple[int, timedelta]:
        """Return how much to take on at `rate` turns a second, and for how long, so that all of it has had its turns well before."""
        # A message may need two turns, one to look for itself and one to be posted.
        lease = max(self.lease, timedelta(seconds=4 / rate))
        return max(1, min(self.in_flight, int(rate * lease.total_seconds() / 4))), lease


class Dispatcher:
    """Claims, sends and settles; `step` is one round of it."""

    def __init__(  # noqa: PLR0913 - what it works with, and by which clocks
        self,
        store: Store,
        knowledge: CurrentSnapshot,
        messenger: Messenger,
        *,
        clock: Callable[[], datetime],
        pacer: Pacer,
        tempo: Tempo | None = None,
        queue_clock: Callable[[], datetime] | None = None,
    ) -> None:
        """Send through `messenger`, at the pace of `pacer`.

        `queue_clock` is the one that all processes share: by it they claim and give back.
        """
        self._store = store
        self._knowledge = knowledge
        self._messenger = messenger
        self._clock = clock
        self._pacer = pacer
        self._worker = f"{os.getpid()}-{secrets.token_hex(6)}"  # what this process claims, no other may finish
        self._tempo = tempo or Tempo()
        self._flight: dict[MessageId, asyncio.Task[None]] = {}
        self._outcomes: list[Outcome] = []
        self._after: SubscriptionId | None = None
        self.observer: Observer = UNWATCHED
        self._begun: set[MessageId] = set()
        """Those in flight that Discord may know of by now."""
        self._queue_clock = queue_clock or clock
        self._retrying = Retrying(knowledge, clock=clock, queue_clock=self._queue_clock, first_pause=self._tempo.first_pause)

    async def step(self) -> timedelta:
        """Write down what has ended, start what is due, and return how long to rest.

        Raises StaleContentError where the content in use is another one than this process's: then it begins nothing new.
        """
        await self._write_down()
        if not self._messenger.is_ready() or not self._pacer.rate:
            return self._tempo.busy_pause if self._flight else UNREADY_PAUSE
        await self._start()
        if self._flight or self._outcomes:
            return self._tempo.pause(len(self._flight) - len(self._begun), self._pacer.rate)
        due_at = await self._store.ledger.find_next_attempt(self._queue_clock())
        rest = due_at - self._queue_clock() if due_at else self._tempo.idle_pause
        return min(max(rest, self._tempo.busy_pause), self._tempo.idle_pause)

    @property
    def in_flight(self) -> int:
        """How many messages are being sent."""
        return len(self._flight)

    async def finish(self) -> None:
        """Give back at once what was not begun, wait a while for what is on its way, and write down what became of it."""
        await self._recall([i for i in self._flight if i not in self._begun], "given back: this process stops", is_untried=True)
        await self._write_down()
        if self._flight:
            await asyncio.wait(self._flight.values(), timeout=FINISH_SECONDS)
        await self._recall(list(self._flight), "this process stopped before Discord had answered", pause=self._tempo.first_pause)
        await self._write_down()

    async def _recall(self, ids: list[MessageId], reason: str, *, is_untried: bool = False, pause: timedelta = timedelta()) -> None:
        """Cut off the carrying of these; whatever did not end by itself meanwhile is for anybody after `pause`."""
        tasks = {i: self._flight[i] for i in ids}
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        for i in ids:
            self._flight.pop(i, None)  # one that was cut off before its first step
        retry_at = self._queue_clock() + pause
        cut_off = (i for i, task in tasks.items() if task.cancelled())
        self._outcomes += [Outcome(message_id=i, retry_at=retry_at, reason=reason, is_untried=is_untried) for i in cut_off]

    async def _write_down(self) -> None:
        if not self._outcomes:
            return
        outcomes, self._outcomes = self._outcomes, []
        try:
            kept = await self._store.ledger.finish(self._worker, outcomes, self._clock())
        except BaseException:
            self._outcomes = [*outcomes, *self._outcomes]  # nothing was written; the next round tries again
            raise
        tell_ends(self.observer, outcomes, kept)
        for outcome in outcomes:
            _log.info(
                "settled",
                message=outcome.message_id,
                posted=outcome.posted_id,
                reason=outcome.reason or None,
                ours=outcome.message_id in kept,
            )

    async def _start(self) -> None:
        most, length = self._tempo.take_on(self._pacer.rate)
        room = most - len(self._flight) - len(self._outcomes)
        if room <= 0:
            return
        lease = Lease.begin(self._queue_clock, length)
        version = self._knowledge.current.knowledge.version
        claimed = await self._store.ledger.claim(
            self._worker, now=self._queue_clock(), lease=length, limit=room, after=self._after, version=version
        )
        for message in claimed:
            if message.attempts == 1 and message.deliveries:
                self._after = message.deliveries[0].subscription.id
            # One that has outlasted its lease is claimed again; it is still the same try.
            if message.id not in self._flight:
                self._flight[message.id] = asyncio.create_task(self._carry(message, lease))

    async def _carry(self, claimed: Claimed, lease: Lease) -> None:
        """Take one message to an outcome, whatever happens on the way."""
        if claimed.attempts > 1:
            self.observer.tried_again()
        try:
            outcome = await self._try(claimed, lease)
            self._outcomes.append(outcome)
        finally:
            self._begun.discard(claimed.id)
            self._flight.pop(claimed.id, None)

    async def _try(self, claimed: Claimed, lease: Lease) -> Outcome:
        try:
            return await self._deliver(claimed, lease)
        except UndeliverableError as error:
            self.observer.held(error.obstacle)
            return self._retrying.hold(claimed, error)
        except Exception as error:  # noqa: BLE001 - the edge: one message that fails must not stop the others
            if not isinstance(error, (DeliveryError, TimeoutError)):
                _log.exception("delivery failed", message=claimed.id)
            self.observer.set_back(Setback.of(error))
            return self._retrying.retry(claimed, error)

    async def _deliver(self, claimed: Claimed, lease: Lease) -> Outcome:
        if not self._messenger.is_reachable(claimed.guild_id):
            raise NotTriedError("the server is in an outage, or gone")
        if claimed.kind is MessageKind.REPORT:
            return await self._deliver_report(claimed, lease)
        # What an earlier try may have posted was composed as things stood then.
        if claimed.attempts > 1 and (found := await self._find_posted(claimed)):
            return found
        composed = compose(claimed, self._knowledge.current.knowledge, self._clock())
        gives_back = len(composed.settled) < len(claimed.deliveries)
        if composed.post is None:
            return Outcome(message_id=claimed.id, settled=composed.settled, gives_back=gives_back)
        post = composed.post
        posted_id = await self._send_once(claimed, lease, lambda: self._messenger.post(post))
        self.observer.posted(seconds_late(claimed, composed.settled, self._clock()))
        reason = await self._publish(post, posted_id)
        return Outcome(message_id=claimed.id, posted_id=posted_id, settled=composed.settled, gives_back=gives_back, reason=reason)

    async def _publish(self, post: Post | None, posted_id: int) -> str:
        """Publish where that was asked for; what is posted stays posted, so a failure only ends up in the ledger."""
        if post is None or not post.publish:
            return ""
        try:
            await self._send(lambda: self._messenger.publish(post.channel_id, posted_id))
        except (DeliveryError, UndeliverableError, TimeoutError) as error:
            _log.warning("not published", message=post.message_id, reason=str(error))
            return f"posted, but not published: {str(error) or type(error).__name__}"
        return ""

    async def _find_posted(self, claimed: Claimed) -> Outcome | None:
        earlier = compose(claimed, self._knowledge.current.knowledge, claimed.first_attempt_at)
        try:
            posted_id = await self._send(lambda: self._messenger.find_posted(claimed, claimed.first_attempt_at))
        except UndeliverableError as error:
            error.may_be_posted = True
            raise
        if posted_id is None:
            return None
        reason = await self._publish(earlier.post, posted_id) or FOUND
        return Outcome(message_id=claimed.id, posted_id=posted_id, settled=earlier.as_sent(claimed), reason=reason)

    async def _send(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask Discord for one thing when it is this message's turn, within the time limit."""
        await self._wait_for_turn()
        async with asyncio.timeout(self._tempo.send_timeout):
            return await ask()

    async def _wait_for_turn(self) -> None:
        asked = asyncio.get_running_loop().time()
        await self._pacer.turn()
        self.observer.waited(asyncio.get_running_loop().time() - asked)

    async def _send_once(self, claimed: Claimed, lease: Lease, ask: Callable[[], Awaitable[int]]) -> int:
        """Post, when it is this message's turn, what nobody else may post now; return Discord's id.

        discord.py may wait and try again by itself, and this process may be frozen anywhere: what is not answered when the lease
        ends is cut off, before another process looks for it.
        """
        await self._wait_for_turn()
        left = lease.require()
        self._begun.add(claimed.id)
        async with asyncio.timeout(min(self._tempo.send_timeout, left)):
            return await ask()

    async def _deliver_report(self, claimed: Claimed, lease: Lease) -> Outcome:
        subscription = claimed.subscription
        if subscription is None or subscription.status is not Status.SUSPENDED or self._clock() > claimed.first_attempt_at + REPORT_LASTS:
            return Outcome(message_id=claimed.id, reason="nothing to report any more")
        if claimed.attempts > 1 and (found := await self._send(lambda: self._messenger.find_posted(claimed, claimed.first_attempt_at))):
            return Outcome(message_id=claimed.id, posted_id=found, reason=FOUND)
        report = Report(
            message_id=claimed.id,
            guild_id=claimed.guild_id,
            channel_id=claimed.channel_id,
            recipient_id=claimed.recipient_id,
            subscription=subscription,
        )
        posted_id = await self._send_once(claimed, lease, lambda: self._messenger.report(report))
        return Outcome(message_id=claimed.id, posted_id=posted_id)
