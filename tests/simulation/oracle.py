"""Who watches over the year: after each step that can break what must hold, it is held against what people, editor and fate did."""

from __future__ import annotations

import asyncio
import gc
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from bot.domain.ledger import DeliveryState
from bot.domain.subscriptions import Status
from bot.services.messaging import Post
from tests.simulation import auditing, explaining, posting
from tests.simulation.calm import EVERYWHERE, Calm
from tests.simulation.journal import true_time
from tests.simulation.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from tests.simulation.discord_world import Channel, Guild, Message
    from tests.simulation.machine import Machine
    from tests.simulation.mirror import Change, Standing
    from tests.simulation.year import Year

AFTERMATH, SHARED_AFTERMATH = timedelta(minutes=45), timedelta(hours=3)
"""For how long after a trouble something may still be late: tries again are ten minutes apart at most, and a step that hangs is cut off
after as long. Where two processes share the pace, one that begins waits until the other's part must have ended; see CADENCE."""

EVERYTHING_EVERY = 30
"""Days after which garbage is looked for among all that there is, not only what is new; `running` tells why it is done at fixed times."""

GRAIN = timedelta(seconds=1)
"""What the ledger's seconds and SQLite's fractions of a day leave open."""

_WAYS: dict[DeliveryState | None, frozenset[DeliveryState]] = {
    None: frozenset({DeliveryState.WAITING, DeliveryState.HELD, DeliveryState.PAUSED}),
    DeliveryState.WAITING: frozenset(DeliveryState) - {DeliveryState.SENT, DeliveryState.SUPERSEDED},
    DeliveryState.HELD: frozenset(DeliveryState) - {DeliveryState.SENT, DeliveryState.SUPERSEDED, DeliveryState.SENDING},
    DeliveryState.SENDING: frozenset(DeliveryState),
    DeliveryState.CANCELLED: frozenset({DeliveryState.WAITING, DeliveryState.HELD, DeliveryState.PAUSED, DeliveryState.CANCELLED}),
}
"""What may become of a delivery; an end that is not named here is one for good."""


class BrokenInvariantError(Exception):
    """Something that must hold does not."""

    def __init__(self, invariant: str, what: str, lines: list[str]) -> None:
        """Name the invariant, say what was expected and seen, and keep the last lines of the journal about it."""
        self.invariant = invariant
        self.what = what
        self.lines = lines
        super().__init__(invariant, what, lines)

    def __str__(self) -> str:
        """Return the invariant and what was found."""
        return f"{self.invariant}: {self.what}"


class Oracle:
    """See the modules `posting`, `explaining` and `auditing` for what must hold."""

    def __init__(self, year: Year) -> None:
        """Watch over `year`."""
        self.year = year
        self.memory = Memory()
        self.calm = Calm(AFTERMATH if len(year.machines) == 1 else SHARED_AFTERMATH)
        self._broken: asyncio.Future[None] | None = None
        self._failure: BrokenInvariantError | None = None
        self._storms = 0
        self.auditor = auditing.Auditor(self)
        self.punctual = 0
        """How many alerts nothing held up."""
        self.offsets: list[tuple[datetime, timedelta]] = []
        """Since when a clock is off by how much, the latest last."""

    async def watch(self) -> None:
        """Audit the ledger every day; raises BrokenInvariantError as soon as anything is found broken."""
        self._broken = asyncio.get_running_loop().create_future()
        if self._failure is not None:
            raise self._failure
        auditing_days = asyncio.create_task(self._audit_days())
        await asyncio.wait((self._broken, auditing_days), return_when=asyncio.FIRST_COMPLETED)
        if auditing_days.done():
            auditing_days.result()
        self._broken.result()

    async def _audit_days(self) -> None:
        for day in count(1):
            await asyncio.sleep(86_400)
            gc.collect(1 if day % EVERYTHING_EVERY else 2)
            self.auditor.audit(true_time())

    def judge_end(self) -> None:
        """Look at what is left when nothing goes wrong any more; raises BrokenInvariantError."""
        self.auditor.audit(true_time())
        self.auditor.judge_end()
        if self._failure is not None:
            raise self._failure

    def fail(self, invariant: str, what: str, **about: Any) -> None:
        """Take note that something is broken, the first time; whoever watches raises it."""
        if self._failure is None:
            self.year.journal.note(f"BROKEN {invariant}", finding=what, **about)
            self._failure = BrokenInvariantError(invariant, what, self.year.journal.about(**about))
            if self._broken is not None and not self._broken.done():
                self._broken.set_exception(self._failure)

    def scopes(self, standing: Standing, subscription: int, deadline: str) -> tuple[Hashable, ...]:
        """Return where trouble may hold up what a subscription is to hear of a date."""
        return EVERYWHERE, standing.guild, standing.channel, ("subscription", subscription), ("date", deadline)

    def clock_range(self) -> tuple[datetime, datetime]:
        """Return the earliest and the latest that any process may have taken for now in the last minutes."""
        now = true_time()
        lately = [off for at, off in self.offsets if at > now - timedelta(minutes=5)]
        offsets = [m.offset for m in self.year.machines] + lately
        return now + min(offsets), now + max(offsets)

    def see_delivery(self, change: Change) -> None:
        """Hold a change of a delivery against what it may become, and why."""
        if change.old is not None and change.new is not None and change.old != change.new and change.new not in _WAYS.get(change.old, ()):
            self.fail("one end", f"{change.key} was {change.old.name} and became {change.new.name}", subscription=change.subscription)
        row = self.memory.keep(change)
        self.year.journal.note(
            "delivery",
            subscription=change.subscription,
            key=f"{change.key.deadline} {change.key.occurrence} {change.key.kind.name} {change.key.lead} {change.key.detail}".strip(),
            state="deleted" if change.new is None else change.new.name,
            message=change.message,
            reason=change.reason,
        )
        if row is not None and change.old != change.new:
            explaining.explain(self, change, row)

    def see_subscription(self, subscription: int, standing: Standing | None) -> None:
        """Take note of a subscription, and that what it is to hear may be held up while it is suspended."""
        self.memory.standings[subscription].note(standing)
        guild = standing.guild if standing else None
        channel = standing.channel if standing else None
        self.year.journal.note("subscription", subscription=subscription, guild=guild, channel=channel, standing=standing)
        scope = ("subscription", subscription)
        is_suspended = standing is not None and standing.status == Status.SUSPENDED
        self.calm.begin(scope) if is_suspended else self.calm.end(scope)
        self.calm.touch(scope)

    def see_message(self, message: int, *, is_open: bool, claimed_by: str | None, attempt_at: int, posted: int | None) -> None:
        """See to it that what one process claimed is no other's before the lease is over."""
        owner, until = self.memory.leases.get(message, (None, None))
        if owner is not None and claimed_by not in {owner, None} and until is not None and self.clock_range()[1] < until - GRAIN:
            self.fail("leases", f"message {message} was {owner}'s until {until}, and {claimed_by} claimed it before", message=message)
        if is_open and claimed_by:
            self.memory.leases[message] = claimed_by, datetime.fromtimestamp(attempt_at, UTC)
        else:
            self.memory.leases.pop(message, None)
        if posted is not None and (message not in self.memory.posts or self.memory.posts[message].id != posted):
            self.fail(
                "on Discord", f"message {message} is written down as posted as {posted}, which Discord does not know", message=message
            )

    def see_content(self, version: str) -> None:
        """Take note of the content in use, and which dates it changed."""
        before = self.memory.contents.latest if self.year.newsroom.contents and self.memory.contents._values else ()
        content = self.year.newsroom.contents[version]
        self.memory.contents.note(content)
        for entry in content:
            self.memory.entries[entry.id][entry] = None
        self.year.journal.note("content", version=version, new=[str(entry) for entry in content if entry not in before])
        gone = [entry for entry in before if entry not in content]
        for entry in (*content, *gone):
            if entry in gone or entry not in before:
                self.calm.touch(("date", entry.id))

    def see_message_stored(self, message: Message) -> None:
        """Hold what was posted against who asked for it, and when."""
        self.year.journal.note("posted", channel=message.place, mark=message.mark, id=message.id, kind=type(message.content).__name__)
        if message.mark in self.memory.posts:
            self.fail("once", f"message {message.mark} was posted twice", channel=message.place, mark=message.mark)
        self.memory.posts[message.mark] = message
        if isinstance(message.content, Post):
            posting.examine(self, message, message.content)

    def note_life(self, machine: Machine, *, is_well: bool) -> None:
        """Take note that a process can or cannot work."""
        scope = ("machine", machine.number)
        self.calm.end(scope) if is_well else self.calm.begin(scope)
        self._weigh()

    def _weigh(self) -> None:
        is_ill = self._storms > 0 or any(m.life is None or not m.is_open for m in self.year.machines)
        self.calm.begin(EVERYWHERE) if is_ill else self.calm.end(EVERYWHERE)

    def disturb(self, place: int | None) -> None:
        """Take note that something went wrong just now, with a channel or with everything."""
        self.calm.touch(EVERYWHERE if place is None else place)
        if place is None:
            self.offsets = [*self.offsets[-20:], *((true_time(), machine.offset) for machine in self.year.machines)]

    @contextmanager
    def disturbing(self) -> Iterator[None]:
        """Take note that everything may go wrong while this lasts."""
        self._storms += 1
        self._weigh()
        yield
        self._storms -= 1
        self._weigh()

    def note_place(self, guild: Guild) -> None:
        """Take note of what may be done in a server's channels now."""
        is_there = guild.is_present and guild.is_available
        self.calm.end(guild.id) if is_there else self.calm.begin(guild.id)
        self.calm.touch(guild.id)
        for channel in guild.had:
            self.calm.end(channel.id) if is_open(channel) else self.calm.begin(channel.id)
            if not is_there:
                self.calm.touch(channel.id)

    def note_failed_act(self, guild: int) -> None:
        """Take note that somebody was told that what they wanted could not be done; some of it may have been."""
        self.calm.touch(guild)

    def note_editing(self) -> None:
        """Take note that the content may be another one soon."""


def is_open(channel: Channel) -> bool:
    """Whether the bot may do everything it needs in a channel."""
    return channel.exists and channel.can_view and channel.can_send and channel.can_read and not channel.refuses
