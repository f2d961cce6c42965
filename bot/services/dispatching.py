"""Sending what is due: claimed under a lease, judged, paced, posted once, and written down.

A message is posted at most once. Its nonce makes Discord return the first one to a quick second try; for a later one the bot
looks in the channel's own history for the message that carries this id, and adopts it. Where it cannot look, it waits.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import structlog

from bot.domain.judging import Reason
from bot.domain.ledger import FOUND, DeliveryState, MessageKind, Outcome, Settled
from bot.domain.subscriptions import Status
from bot.errors import DeliveryError, NotTriedError
from bot.services.composing import compose
from bot.services.messaging import Report, UndeliverableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from bot.domain.ledger import Claimed, MessageId
    from bot.domain.subscriptions import SubscriptionId
    from bot.knowledge.snapshot import CurrentSnapshot
    from bot.services.composing import Composed
    from bot.services.messaging import Messenger, Pacer, Post
    from bot.store.store import Store

MAX_IN_FLIGHT = 100
SEND_TIMEOUT = 10.0
"""Seconds for one post, discord.py's own tries included."""

LEASE = timedelta(seconds=60)
"""How long a claimed message is this process's alone: longer than a full flight needs to be sent."""

FINISH_SECONDS = 6.0
"""How long a message in flight may take to end when the bot is stopped; what remains is taken up at the next start."""

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=10)
BUSY_PAUSE = timedelta(milliseconds=50)
UNTRIED_PAUSE = timedelta(seconds=20)
GIVEN_UP_AFTER = timedelta(days=30)
"""How long a message is looked for whose fate is not known; most become worthless much earlier."""

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
    send_timeout: float = SEND_TIMEOUT
    in_flight: int = MAX_IN_FLIGHT

    @classmethod
    def of(cls, sends_per_second: float, lease: timedelta) -> Tempo:
        """Choose how much to take on, so that all of it has had its turns well before the lease ends."""
        # A message may need two turns, one to look for itself and one to be posted.
        return cls(lease=lease, in_flight=max(1, min(MAX_IN_FLIGHT, int(sends_per_second * lease.total_seconds() / 4))))


class Dispatcher:
    """Claims, sends and settles; `step` is one round of it."""

    def __init__(
        self,
        store: Store,
        knowledge: CurrentSnapshot,
        messenger: Messenger,
        *,
        clock: Callable[[], datetime],
        pacer: Pacer,
        tempo: Tempo | None = None,
    ) -> None:
        """Send through `messenger`, at the pace of `pacer`."""
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
        self._jitter = random.Random()  # noqa: S311 - spreads retries, guards nothing

    async def step(self) -> timedelta:
        """Write down what has ended, start what is due, and return how long to rest.

        Raises StaleContentError where the content in use is another one than this process's: then it begins nothing new.
        """
        await self._write_down()
        if not self._messenger.is_ready():
            return BUSY_PAUSE if self._flight else UNREADY_PAUSE
        await self._start()
        if self._flight or self._outcomes:
            return BUSY_PAUSE
        due_at = await self._store.ledger.find_next_attempt(self._clock())
        rest = due_at - self._clock() if due_at else self._tempo.idle_pause
        return min(max(rest, BUSY_PAUSE), self._tempo.idle_pause)

    async def finish(self) -> None:
        """Wait a while for what is in flight, claiming nothing more, and write down what has ended."""
        if self._flight:
            await asyncio.wait(self._flight.values(), timeout=FINISH_SECONDS)
        await self._write_down()

    async def _write_down(self) -> None:
        if not self._outcomes:
            return
        outcomes, self._outcomes = self._outcomes, []
        try:
            kept = await self._store.ledger.finish(self._worker, outcomes, self._clock())
        except BaseException:
            self._outcomes = [*outcomes, *self._outcomes]  # nothing was written; the next round tries again
            raise
        for outcome in outcomes:
            _log.info(
                "settled",
                message=outcome.message_id,
                posted=outcome.posted_id,
                reason=outcome.reason or None,
                ours=outcome.message_id in kept,
            )

    async def _start(self) -> None:
        room = self._tempo.in_flight - len(self._flight) - len(self._outcomes)
        if room <= 0:
            return
        lease_ends_at = self._clock() + self._tempo.lease
        version = self._knowledge.current.knowledge.version
        claimed = await self._store.ledger.claim(
            self._worker, now=self._clock(), lease=self._tempo.lease, limit=room, after=self._after, version=version
        )
        for message in claimed:
            if message.attempts == 1 and message.deliveries:
                self._after = message.deliveries[0].subscription.id
            # One that has outlasted its lease is claimed again; it is still the same try.
            if message.id not in self._flight:
                self._flight[message.id] = asyncio.create_task(self._carry(message, lease_ends_at))

    async def _carry(self, claimed: Claimed, lease_ends_at: datetime) -> None:
        """Take one message to an outcome, whatever happens on the way."""
        try:
            outcome = await self._deliver(claimed, lease_ends_at)
        except UndeliverableError as error:
            outcome = self._hold(claimed, error)
        except (DeliveryError, TimeoutError) as error:
            outcome = self._retry(claimed, error)
        except Exception as error:  # noqa: BLE001 - the edge: one message that fails must not stop the others
            _log.exception("delivery failed", message=claimed.id)
            outcome = self._retry(claimed, error)
        self._outcomes.append(outcome)
        del self._flight[claimed.id]

    async def _deliver(self, claimed: Claimed, lease_ends_at: datetime) -> Outcome:
        if not self._messenger.is_reachable(claimed.guild_id):
            raise NotTriedError("the server is in an outage, or gone")
        if claimed.kind is MessageKind.REPORT:
            return await self._deliver_report(claimed)
        # What an earlier try may have posted was composed as things stood then.
        if claimed.attempts > 1 and (found := await self._find_posted(claimed)):
            return found
        composed = compose(claimed, self._knowledge.current.knowledge, self._clock())
        gives_back = len(composed.settled) < len(claimed.deliveries)
        if composed.post is None:
            return Outcome(message_id=claimed.id, settled=composed.settled, gives_back=gives_back)
        if self._clock() >= lease_ends_at:
            raise NotTriedError("this process was held up until its lease had ended")
        post = composed.post
        posted_id = await self._send(lambda: self._messenger.post(post))
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
        return Outcome(message_id=claimed.id, posted_id=posted_id, settled=_as_sent(claimed, earlier), reason=reason)

    async def _send(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask Discord for one thing when it is this message's turn, within the time limit."""
        await self._pacer.turn()
        async with asyncio.timeout(self._tempo.send_timeout):
            return await ask()

    async def _deliver_report(self, claimed: Claimed) -> Outcome:
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
        return Outcome(message_id=claimed.id, posted_id=await self._send(lambda: self._messenger.report(report)))

    def _retry(self, claimed: Claimed, error: Exception) -> Outcome:
        """Try again later: twice as long each time, spread a little, and not before Discord said; unless it has become worthless."""
        if isinstance(error, NotTriedError):
            pause = UNTRIED_PAUSE * self._jitter.uniform(0.8, 1.2)
            return Outcome(message_id=claimed.id, retry_at=self._clock() + pause, reason=str(error), is_untried=True)
        if given_up := self._give_up(claimed, str(error)):
            return given_up
        pause = min(self._tempo.first_pause * 2 ** min(claimed.attempts - 1, 16), LONGEST_PAUSE) * self._jitter.uniform(0.8, 1.2)
        asked = getattr(error, "retry_after", None)
        retry_at = self._clock() + max(pause, timedelta(seconds=asked or 0))
        return Outcome(message_id=claimed.id, retry_at=retry_at, reason=str(error) or type(error).__name__)

    def _hold(self, claimed: Claimed, error: UndeliverableError) -> Outcome:
        """Suspend the subscriptions that the channel, its permissions or a role stand in the way of."""
        named = error.subscription_ids or tuple(d.subscription.id for d in claimed.deliveries)
        held = Outcome(message_id=claimed.id, obstacle=error.obstacle, suspended=named, reason=error.reason)
        if not error.may_be_posted or not claimed.deliveries:
            return held
        # An earlier try may have posted it: it stays one message, to be looked for when the channel can be seen again.
        return self._give_up(claimed, str(error)) or replace(held, retry_at=self._clock() + LONGEST_PAUSE)

    def _give_up(self, claimed: Claimed, reason: str) -> Outcome | None:
        """Return the end of a message that is worthless by now, though nobody could find out whether an earlier try had posted it."""
        try:
            composed = compose(claimed, self._knowledge.current.knowledge, self._clock())
        except NotTriedError:
            return None
        is_worth_it = composed.post is not None or composed.may_return
        if not claimed.deliveries or (is_worth_it and self._clock() < claimed.first_attempt_at + GIVEN_UP_AFTER):
            return None
        settled = tuple(
            replace(end, state=DeliveryState.EXPIRED, reason=str(Reason.PAST)) if end.state is DeliveryState.SENT else end
            for end in composed.settled
        )
        gives_back = len(settled) < len(claimed.deliveries)  # what has moved to another channel is sent there
        return Outcome(message_id=claimed.id, settled=settled, gives_back=gives_back, reason=f"given up: {reason}")


def _as_sent(claimed: Claimed, earlier: Composed) -> tuple[Settled, ...]:
    """Return the ends of the deliveries of a message that was found: those that were in it are sent, also where none would be now."""
    if earlier.post is not None:
        return earlier.settled
    return tuple(Settled(alert_id=d.alert_id, subscription_id=d.subscription.id, state=DeliveryState.SENT) for d in claimed.deliveries)
