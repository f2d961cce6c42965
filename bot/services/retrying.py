"""What becomes of a message that could not be sent: tried again, held until an obstacle is gone, or given up."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.judging import Reason
from bot.domain.ledger import DeliveryState, Outcome
from bot.errors import NotTriedError
from bot.services.composing import compose, doubt
from bot.services.leasing import LeaseOverError
from bot.services.reach import OutOfReachError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.domain.ledger import Claimed
    from bot.knowledge.snapshot import CurrentSnapshot
    from bot.services.messaging import UndeliverableError

LONGEST_PAUSE = timedelta(minutes=10)
UNTRIED_PAUSE = timedelta(seconds=20)
GIVEN_UP_AFTER = timedelta(days=30)
"""How long a message is looked for whose fate is not known; most become worthless much earlier."""


class Retrying:
    """Decides when to try again, and when no more."""

    def __init__(
        self,
        knowledge: CurrentSnapshot,
        *,
        clock: Callable[[], datetime],
        queue_clock: Callable[[], datetime],
        first_pause: timedelta,
        untried_pause: timedelta = UNTRIED_PAUSE,
    ) -> None:
        """Judge by `knowledge` as of `clock()`; when a message is tried again is told by `queue_clock()`."""
        self._knowledge = knowledge
        self._clock = clock
        self._queue_clock = queue_clock
        self._first_pause = first_pause
        self._untried_pause = untried_pause
        self._jitter = random.Random()  # noqa: S311 - spreads retries, guards nothing

    def retry(self, claimed: Claimed, error: Exception) -> Outcome:
        """Try again later: twice as long each time, spread a little, and not before Discord said; unless it has become worthless."""
        if isinstance(error, NotTriedError):
            retry_at = self._queue_clock() + self._choose_rest(error)
            return Outcome(message_id=claimed.id, retry_at=retry_at, reason=str(error), is_untried=True)
        if given_up := self._give_up(claimed, str(error)):
            return given_up
        pause = min(self._first_pause * 2 ** min(claimed.attempts - 1, 16), LONGEST_PAUSE) * self._jitter.uniform(0.8, 1.2)
        asked = getattr(error, "retry_after", None)
        retry_at = self._queue_clock() + max(pause, timedelta(seconds=asked or 0))
        return Outcome(message_id=claimed.id, retry_at=retry_at, reason=str(error) or type(error).__name__)

    def _choose_rest(self, error: NotTriedError) -> timedelta:
        """Return how long to leave alone what was not tried.

        A server that is out of reach is looked at ever more seldom: `Watcher` says when it is back, and where that got lost, its message
        comes later by no more than half the time that it was away.
        """
        if isinstance(error, LeaseOverError):
            return timedelta()
        rest = self._untried_pause
        if isinstance(error, OutOfReachError):
            rest = max(rest, min(error.away / 2, LONGEST_PAUSE))
        return rest * self._jitter.uniform(0.8, 1.2)

    def hold(self, claimed: Claimed, error: UndeliverableError) -> Outcome:
        """Suspend the subscriptions that the channel, its permissions or a role stand in the way of."""
        named = error.subscription_ids or tuple(d.subscription.id for d in claimed.deliveries)
        held = Outcome(message_id=claimed.id, obstacle=error.obstacle, suspended=named, reason=error.reason)
        if not error.may_be_posted or not claimed.deliveries:
            return held
        # An earlier try may have posted it: it stays one message, to be looked for when the channel can be seen again.
        return self._give_up(claimed, str(error)) or replace(held, retry_at=self._queue_clock() + LONGEST_PAUSE)

    def _give_up(self, claimed: Claimed, reason: str) -> Outcome | None:
        """Return the end of a message that is worthless or a month old by now, though nobody knows whether an earlier try had posted it.

        Whoever may have been told by it has to hear what changes, so of that no delivery says that it came to nothing.
        """
        knowledge = self._knowledge.current.knowledge
        try:
            composed = compose(claimed, knowledge, self._clock())
            posted = compose(claimed, knowledge, claimed.first_attempt_at).as_sent(claimed)
        except NotTriedError:
            return None
        is_worth_it = composed.post is not None or composed.may_return
        if not claimed.deliveries or (is_worth_it and self._clock() < claimed.first_attempt_at + GIVEN_UP_AFTER):
            return None
        maybe = {end.delivery for end in (*posted, *composed.settled) if end.state is DeliveryState.SENT or end.reason == Reason.UNKNOWN}
        settled = tuple(doubt(end) if end.delivery in maybe else end for end in composed.settled)
        gives_back = len(settled) < len(claimed.deliveries)  # what has moved to another channel is sent there
        return Outcome(message_id=claimed.id, settled=settled, gives_back=gives_back, reason=f"given up: {reason}")
