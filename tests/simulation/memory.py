"""What the oracle remembers: contents, subscriptions and deliveries as they stood at any time, posts, and what they said."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bot.domain.ledger import DeliveryState
from tests.simulation.journal import true_time

if TYPE_CHECKING:
    from tests.simulation.discord_world import Message
    from tests.simulation.mirror import Change, Key, Standing
    from tests.simulation.newsroom import Content, Date

T = TypeVar("T")

WINDOW = timedelta(seconds=180)
"""How long ago what is posted now may have been claimed: a lease, and what a request that was given up may still need."""

ENDS = frozenset({DeliveryState.SENT, DeliveryState.SUPERSEDED, DeliveryState.EXPIRED, DeliveryState.CANCELLED, DeliveryState.PAUSED})


class History(Generic[T]):
    """A value and when it changed."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._times: list[datetime] = []
        self._values: list[T] = []

    def note(self, value: T) -> None:
        """Take note of the value from now on."""
        self._times.append(true_time())
        self._values.append(value)

    @property
    def latest(self) -> T:
        """The value now."""
        return self._values[-1]

    def since(self, start: datetime) -> list[T]:
        """Return the value at `start` and every later one."""
        return self._values[max(bisect_right(self._times, start) - 1, 0) :]

    def between(self, start: datetime, end: datetime) -> list[T]:
        """Return the value at `start` and every later one up to `end`; the first where it began later."""
        return self._values[max(bisect_right(self._times, start) - 1, 0) : max(bisect_right(self._times, end), 1)]

    def changes(self, start: datetime, end: datetime) -> list[tuple[datetime, T, T]]:
        """Return (when, before, after) of each change after `start` and up to `end`."""
        first, last = bisect_right(self._times, start), bisect_right(self._times, end)
        return [(self._times[i], self._values[i - 1], self._values[i]) for i in range(max(first, 1), last)]

    @property
    def began_at(self) -> datetime:
        """When there was a value first."""
        return self._times[0]


@dataclass(slots=True)
class Row:
    """A delivery as the ledger has it: since when it is there, on its way (anew, where it had ended), and in its state."""

    state: DeliveryState
    made_at: datetime
    begun_at: datetime
    at: datetime
    message: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a subscription was told last of a date: by which kind of message, and which day."""

    kind: str
    occurrence: str
    at: datetime


@dataclass(slots=True)
class Memory:
    """Everything that was seen."""

    contents: History[Content] = field(default_factory=History)
    entries: defaultdict[str, dict[Date, None]] = field(default_factory=lambda: defaultdict(dict))
    """Everything that a content ever said of a date."""
    standings: defaultdict[int, History[Standing | None]] = field(default_factory=lambda: defaultdict(History))
    rows: dict[tuple[Key, int], Row] = field(default_factory=dict)
    of_message: defaultdict[int, dict[tuple[Key, int], None]] = field(default_factory=lambda: defaultdict(dict))
    """What is, or was at last, in a message."""
    posts: dict[int, Message] = field(default_factory=dict)
    told: dict[tuple[Key, int], int] = field(default_factory=dict)
    """The message that told it."""
    beliefs: defaultdict[int, dict[str, Told]] = field(default_factory=lambda: defaultdict(dict))
    leases: dict[int, tuple[str, datetime]] = field(default_factory=dict)
    alerts_of: defaultdict[tuple[int, str, str], dict[Key, None]] = field(default_factory=lambda: defaultdict(dict))
    """The alerts in the ledger of a subscription, a date and its occurrence."""
    occurrences_of: defaultdict[tuple[int, str], dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    """The occurrences of a date that the ledger ever had for a subscription."""

    def keep(self, change: Change) -> Row | None:
        """Take note of what became of a delivery; return its row, None where it was deleted."""
        pair = (change.key, change.subscription)
        about = (change.subscription, change.key.deadline, change.key.occurrence)
        before, now = self.rows.get(pair), true_time()
        if change.new is None:
            self.rows.pop(pair, None)
            self.alerts_of[about].pop(change.key, None)
            return None
        self.occurrences_of[about[:2]][change.key.occurrence] = None
        made_at, begun_at = (before.made_at, before.begun_at) if before else (now, now)
        if before is not None and before.state in ENDS and change.new not in ENDS:
            begun_at = now
        row = self.rows[pair] = Row(change.new, made_at, begun_at, now, change.message, change.reason)
        self.alerts_of[about][change.key] = None
        if change.new is DeliveryState.SENDING and change.message is not None:
            self.of_message[change.message][pair] = None
        elif change.message is None and before is not None and before.message is not None:
            self.of_message[before.message].pop(pair, None)
        return row

    def list_standings(self, subscription: int, start: datetime) -> list[Standing]:
        """Return how a subscription stood at `start` and later; none where it did not exist."""
        return [standing for standing in self.standings[subscription].since(start) if standing is not None]

    def describe(self) -> dict[str, Any]:
        """Return how much there is, for the line that is printed of a seed."""
        return {"posts": len(self.posts), "deliveries": len(self.rows), "subscriptions": len(self.standings)}
