"""Whether anything is missing: what the calendar says had to be told stands in the ledger, and nothing is left on its way."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.domain.ledger import AlertKind, DeliveryState, MessageKind
from bot.domain.subscriptions import Status
from tests.simulation import overtaking, reckoning
from tests.simulation.believing import Believing
from tests.simulation.calm import EVERYWHERE
from tests.simulation.journal import true_time
from tests.simulation.memory import ENDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.memory import Row
    from tests.simulation.mirror import Key, Standing
    from tests.simulation.newsroom import Content, Date
    from tests.simulation.oracle import Oracle

A_DAY = timedelta(days=1)
MARGIN = timedelta(minutes=5)
"""How near to the hour of an alert a change leaves it open whether the alert is made."""

FRESH = timedelta(minutes=10)
"""How long what falls due just before the end may be on its way, and not be written down."""

_Due = tuple["Date", str, int, datetime]
"""An entry, its occurrence, the lead, and when the alert is due."""


class Auditor:
    """Audits one stretch of time after the other."""

    def __init__(self, oracle: Oracle) -> None:
        """Begin with what is due after the beginning."""
        self._oracle = oracle
        self._audited_to: datetime | None = None
        self._believing = Believing(oracle)
        self._calm_after: dict[datetime, datetime] = {}
        self.checked = self.overtaken = 0
        """How much was found to be required."""

    def audit(self, now: datetime) -> None:
        """Look for what fell due since the last audit, up to two hours ago or the last time when all was well."""
        start, self._calm_after = self._audited_to, {}
        self._audited_to = until = self._find_end(now)
        if start is None or start >= until:
            return
        dues: dict[tuple[object, ...], list[_Due]] = {}
        for subscription, history in self._oracle.memory.standings.items():
            for standing in dict.fromkeys(history.between(start, until)):
                if standing is not None and standing.status != Status.REMOVED:
                    if (wish := _wish(standing)) not in dues:
                        dues[wish] = list(self._list_dues(standing, start, until))
                    self._audit_subscription(subscription, standing, dues[wish])
        for subscription, entry, occurrence, lead, at in overtaking.list_demands(self._oracle.memory, start, until):
            if self._is_left_alone(subscription, entry, at):
                self.overtaken += 1
                self._require(subscription, entry, occurrence, lead, at)
        if self._oracle.calm.is_calm((EVERYWHERE,), now - A_DAY / 12, now):
            self._believing.audit()

    def _find_end(self, now: datetime) -> datetime:
        """Return up to when everything that was due must have been planned by now."""
        until = now - A_DAY / 12
        if self._oracle.calm.is_calm((EVERYWHERE,), until, now):
            return until
        return self._audited_to or until

    def _list_dues(self, standing: Standing, start: datetime, until: datetime) -> Iterator[_Due]:
        """Yield what is due for whoever wishes the same, by any content of the stretch."""
        contents = self._oracle.memory.contents.between(start, until)
        for entry in dict.fromkeys(entry for content in contents for entry in content if entry.is_expected):
            for lead in reckoning.leads(standing, entry):
                first, last = (at.date() + lead * A_DAY for at in (start - A_DAY, until + A_DAY))
                for occurrence in reckoning.occurrences(entry, first, last):
                    due = reckoning.due(occurrence, lead, standing.zone, standing.minute)
                    if start < due <= until:
                        yield entry, occurrence, lead, due

    def _audit_subscription(self, subscription: int, standing: Standing, dues: list[_Due]) -> None:
        for entry, occurrence, lead, due in dues:
            if self._had_to_be_made(subscription, standing, entry, due):
                self._require(subscription, entry, occurrence, lead, due)

    def _had_to_be_made(self, subscription: int, standing: Standing, entry: Date, due: datetime) -> bool:
        """Whether from before its hour until it must have been planned nobody changed anything about it."""
        oracle, after = self._oracle, self._find_calm(due) + MARGIN
        if standing.created_at > due - MARGIN:
            return False
        others = oracle.memory.standings[subscription].between(due - MARGIN, after)
        if any(other is None or _wish(other) != _wish(standing) or other.status == Status.REMOVED for other in others):
            return False
        is_left_alone = all(_is_same(content, entry) for content in oracle.memory.contents.between(due - MARGIN, after))
        self.checked += is_left_alone
        return is_left_alone

    def _is_left_alone(self, subscription: int, entry: Date, at: datetime) -> bool:
        """Whether from a change until it must have been planned nobody changed anything more about it."""
        oracle, after = self._oracle, self._find_calm(at) + MARGIN
        standings = oracle.memory.standings[subscription].between(at, after)
        wishes = {None if s is None or s.status == Status.REMOVED else _wish(s) for s in standings}
        return len(wishes) == 1 and None not in wishes and all(_is_same(c, entry) for c in oracle.memory.contents.between(at, after))

    def _find_calm(self, due: datetime) -> datetime:
        """Return the first instant after `due` at which all was well for a while."""
        if due not in self._calm_after:
            at, limit = due, true_time()
            while at < limit and not self._oracle.calm.is_calm((EVERYWHERE,), at, at + MARGIN):
                at += MARGIN
            self._calm_after[due] = at
        return self._calm_after[due]

    @property
    def believed(self) -> int:
        """How many beliefs were looked into."""
        return self._believing.count

    def _require(self, subscription: int, entry: Date, occurrence: str, lead: int, due: datetime) -> None:
        found = self._oracle.memory.alerts_of.get((subscription, entry.id, occurrence), {})
        if not any(key.kind is AlertKind.ALERT and key.lead == lead for key in found):
            standing = self._oracle.memory.standings[subscription].latest
            if standing is not None and standing.status != Status.REMOVED:
                what = f"{entry.id} {occurrence} {lead} days before was due at {due}, and the ledger has no word of it"
                self._oracle.fail("complete", what, subscription=subscription, guild=standing.guild, channel=standing.channel)

    def judge_end(self) -> None:
        """See to it that nothing is left on its way, and that ledger and Discord know the same messages."""
        memory, oracle = self._oracle.memory, self._oracle
        for (key, subscription), row in memory.rows.items():
            standing = memory.standings[subscription].latest
            is_suspended = standing is not None and standing.status == Status.SUSPENDED
            # What may have been posted before a server removed the bot is looked for when it is back.
            is_kept = row.state in {DeliveryState.HELD, DeliveryState.SENDING} and is_suspended
            may_wait = self._is_fresh(row) or self._is_missing(key) or (is_kept and self._is_obstructed(standing))
            if row.state not in ENDS and not may_wait:
                oracle.fail("one end", f"{key} is left {row.state.name}, {standing}", subscription=subscription)
        posted = oracle.year.mirror.list_posted()
        for mark, message in memory.posts.items():
            if mark in posted and posted[mark] != message.id:
                oracle.fail("on Discord", f"message {mark} is {message.id} on Discord, {posted[mark]} in the ledger", mark=mark)
            elif (
                mark not in posted
                and message.at < true_time() - FRESH
                and oracle.year.mirror.is_known(mark)
                and not self._is_given_up(mark)
            ):
                oracle.fail("on Discord", f"message {mark} is on Discord, and the ledger does not know it", mark=mark)
        for left, kind, reason in oracle.year.mirror.list_open():
            if kind == MessageKind.DELIVERIES and not self._is_waited_for(left) and not self._is_about_to_be_sent(left):
                oracle.fail("one end", f"message {left} is left open: {reason}", mark=left)

    def _is_given_up(self, message: int) -> bool:
        """Whether the ledger says of what was in a message that nobody could find out whether it was posted."""
        memory = self._oracle.memory
        return any(memory.rows[pair].reason == "unknown" for pair in memory.of_message[message] if pair in memory.rows)

    def _is_fresh(self, row: Row) -> bool:
        """Whether a delivery fell due so short a while ago that it may still have to wait for its turn."""
        return row.made_at > true_time() - FRESH

    def _is_missing(self, key: Key) -> bool:
        """Whether it is news of a date that the content lacks: it may be back."""
        content = self._oracle.memory.contents.latest
        return key.kind not in {AlertKind.ALERT, AlertKind.DRILL} and reckoning.find(content, key.deadline) is None

    def _is_about_to_be_sent(self, message: int) -> bool:
        memory = self._oracle.memory
        return any(self._is_fresh(memory.rows[pair]) for pair in memory.of_message[message] if pair in memory.rows)

    def _is_waited_for(self, message: int) -> bool:
        """Whether a message waits for its server or its channel to be back."""
        standings = [self._oracle.memory.standings[subscription].latest for _, subscription in self._oracle.memory.of_message[message]]
        return any(standing is not None and self._is_obstructed(standing) for standing in standings)

    def _is_obstructed(self, standing: Standing | None) -> bool:
        """Whether a suspended subscription still has reason to be."""
        assert standing is not None
        world = self._oracle.year.world
        guild, channel = world.guilds[standing.guild], world.channels[standing.channel]
        is_role_gone = standing.role is not None and standing.role not in guild.roles
        return not guild.is_present or not channel.exists or is_role_gone


def _is_same(content: Content, entry: Date) -> bool:
    """Whether a content has an entry so, but for its text."""
    now = reckoning.find(content, entry.id)
    return now is not None and (now.when, now.leads, now.tags, now.is_expected) == (entry.when, entry.leads, entry.tags, True)


def _wish(standing: Standing) -> tuple[object, ...]:
    return standing.selector, standing.leads, standing.zone, standing.minute
