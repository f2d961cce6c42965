"""Sending what is due: claimed under a lease, judged, paced, posted once, and written down.

A message is posted at most once. Its nonce makes Discord return the first one to a quick second try; for a later one the bot
looks in the channel's own history for the message that carries this id, and adopts it. Where it cannot look, it waits.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import structlog

from bot.domain.ledger import FOUND, MessageKind, Outcome
from bot.domain.subscriptions import Status
from bot.errors import DeliveryError
from bot.services.composing import compose
from bot.services.leasing import Lease
from bot.services.messaging import Report, UndeliverableError
from bot.services.observing import UNWATCHED, Observer, Setback, tell_ends
from bot.services.pacing import Pace, Tempo
from bot.services.reach import Reach
from bot.services.retrying import Retrying

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from bot.domain.ledger import Claimed, MessageId
    from bot.domain.subscriptions import SubscriptionId
    from bot.knowledge.snapshot import CurrentSnapshot
    from bot.services.messaging import Messenger, Pacer, Post
    from bot.store.store import Store

FINISH_SECONDS = 5.0
"""How long a message on its way may take to end when the bot is stopped; what remains is looked for and tried again."""

UNREADY_PAUSE = timedelta(seconds=1)
REPORT_LASTS = timedelta(days=7)

T = TypeVar("T")
_log = structlog.get_logger(__name__)


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
        self._pace = Pace()
        self._queue_clock = queue_clock or clock
        self._reach = Reach(messenger.is_reachable, self._queue_clock)
        self._retrying = Retrying(knowledge, clock=clock, queue_clock=self._queue_clock, first_pause=self._tempo.first_pause)

    async def step(self) -> timedelta:
        """Write down what has ended, start what is due, and return how long to rest.

        Raises StaleContentError where the content in use is another one than this process's: then it begins nothing new.
        """
        await self._write_down()
        if not self._messenger.is_ready() or not self._pacer.rate:
            return self._tempo.busy_pause if self._flight else UNREADY_PAUSE
        is_behind = self._waiting > 0
        await self._start()
        pace = self._pace.read(asyncio.get_running_loop().time(), self._pacer.rate, is_behind=is_behind)
        if self._flight or self._outcomes:
            return self._tempo.pause(self._waiting, pace)
        due_at = await self._store.ledger.find_next_attempt(self._queue_clock())
        rest = due_at - self._queue_clock() if due_at else self._tempo.idle_pause
        return min(max(rest, self._tempo.busy_pause), self._tempo.idle_pause)

    @property
    def _waiting(self) -> int:
        """How many messages wait for their turn."""
        return len(self._flight) - len(self._begun)

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
        # One line for all: a line costs more than most of what is done for a message.
        _log.info("settled", messages=[_sum_up(outcome, is_ours=outcome.message_id in kept) for outcome in outcomes])

    async def _start(self) -> None:
        most, length = self._tempo.take_on(self._pacer.rate)
        room = most - len(self._flight) - len(self._outcomes)
        if room <= 0:
            return
        lease = Lease.begin(self._queue_clock, length)
        version, tried_at = self._knowledge.current.knowledge.version, self._messenger.find_time()
        claimed = await self._store.ledger.claim(
            self._worker, now=self._queue_clock(), lease=length, limit=room, after=self._after, version=version, tried_at=tried_at
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
        self._reach.require(claimed.guild_id)
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
        posted_at = self._clock()
        self.observer.posted((posted_at - due).total_seconds() for due in composed.due)
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
        self._pace.note()
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


def _sum_up(outcome: Outcome, *, is_ours: bool) -> dict[str, object]:
    """Return what the log says of an outcome: only what there is to say."""
    said = {"posted": outcome.posted_id, "reason": outcome.reason, "lost_lease": not is_ours}
    return {"id": outcome.message_id, **{name: value for name, value in said.items() if value}}
