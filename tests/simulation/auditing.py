"""Whether anything is missing: what the calendar says had to be told stands in the ledger, and nobody is left with an outdated date."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.domain.ledger import AlertKind, DeliveryState, MessageKind
from bot.domain.subscriptions import Status
from tests.simulation import overtaking, reckoning
from tests.simulation.calm import EVERYWHERE
from tests.simulation.journal import true_time
from tests.simulation.memory import ENDS, Told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.mirror import Standing
    from tests.simulation.newsroom import Content, Date
    from tests.simulation.oracle import Oracle

A_DAY = timedelta(days=1)
MARGIN = timedelta(minutes=5)
"""How near to the hour of an alert a change leaves it open whether the alert is made."""

_ON_THE_WAY = frozenset({DeliveryState.WAITING, DeliveryState.HELD, DeliveryState.SENDING})
_NEWS_KINDS = frozenset({AlertKind.MOVED, AlertKind.CANCELLED, AlertKind.OUTCOME, AlertKind.RESTORED})

_Due = tuple["Date", str, int, datetime]
"""An entry, its occurrence, the lead, and when the alert is due."""


class Auditor:
    """Audits one stretch of time after the other."""

    def __init__(self, oracle: Oracle) -> None:
        """Begin with what is due after the beginning."""
        self._oracle = oracle
        self._audited_to: datetime | None = None
        self.checked = self.overtaken = self.believed = 0
        """How much was found to be required, and how many outdated beliefs were looked into."""

    def audit(self, now: datetime) -> None:
        """Look for what fell due since the last audit, up to two hours ago or the last time when all was well."""
        start = self._audited_to
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
            self._audit_beliefs()

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
        at, limit = due, true_time()
        while at < limit and not self._oracle.calm.is_calm((EVERYWHERE,), at, at + MARGIN):
            at += MARGIN
        return at

    def _require(self, subscription: int, entry: Date, occurrence: str, lead: int, due: datetime) -> None:
        found = self._oracle.memory.alerts_of.get((subscription, entry.id, occurrence), {})
        if not any(key.kind is AlertKind.ALERT and key.lead == lead for key in found):
            standing = self._oracle.memory.standings[subscription].latest
            if standing is not None and standing.status != Status.REMOVED:
                what = f"{entry.id} {occurrence} {lead} days before was due at {due}, and the ledger has no word of it"
                self._oracle.fail("complete", what, subscription=subscription, guild=standing.guild, channel=standing.channel)

    def _audit_beliefs(self) -> None:
        """See to it that whoever was told a date knows what the content says now, or the ledger says why not."""
        content = self._oracle.memory.contents.latest
        for subscription, beliefs in self._oracle.memory.beliefs.items():
            standing = self._oracle.memory.standings[subscription].latest
            if standing is None or standing.status != Status.ACTIVE:
                continue
            for deadline, told in beliefs.items():
                self._audit_belief(subscription, standing, told, content, deadline)

    def _audit_belief(self, subscription: int, standing: Standing, told: Told, content: Content, deadline: str) -> None:
        oracle, entry = self._oracle, reckoning.find(content, deadline)
        scopes = oracle.scopes(standing, subscription, deadline)
        self.believed += 1
        if entry is None or _is_true(entry, told) or not oracle.calm.is_calm(scopes, true_time() - MARGIN, true_time()):
            return
        news = [
            (key, row)
            for about, keys in oracle.memory.alerts_of.items()
            if about[:2] == (subscription, deadline)
            for key in keys
            if key.kind in _NEWS_KINDS and (row := oracle.memory.rows[key, subscription]).at >= told.at
        ]
        if not any(row.state in _ON_THE_WAY or row.state in {DeliveryState.PAUSED, DeliveryState.EXPIRED} for _, row in news):
            what = f"was told {told}, the content says {entry}, and nothing in the ledger explains it"
            oracle.fail("nobody is left behind", what, subscription=subscription, guild=standing.guild, channel=standing.channel)

    def judge_end(self) -> None:
        """See to it that nothing is left on its way, and that ledger and Discord know the same messages."""
        memory, oracle = self._oracle.memory, self._oracle
        for (key, subscription), row in memory.rows.items():
            standing = memory.standings[subscription].latest
            is_suspended = standing is not None and standing.status == Status.SUSPENDED
            # What may have been posted before a server removed the bot is looked for when it is back.
            is_kept = row.state in {DeliveryState.HELD, DeliveryState.SENDING} and is_suspended
            if row.state not in ENDS and not (is_kept and self._is_obstructed(standing)):
                oracle.fail("one end", f"{key} is left {row.state.name}, {standing}", subscription=subscription)
        posted = oracle.year.mirror.list_posted()
        for mark, message in memory.posts.items():
            if mark in posted and posted[mark] != message.id:
                oracle.fail("on Discord", f"message {mark} is {message.id} on Discord, {posted[mark]} in the ledger", mark=mark)
            elif mark not in posted and oracle.year.mirror.is_known(mark):
                oracle.fail("on Discord", f"message {mark} is on Discord, and the ledger does not know it", mark=mark)
        for left, kind, reason in oracle.year.mirror.list_open():
            if kind == MessageKind.DELIVERIES and not self._is_waited_for(left):
                oracle.fail("one end", f"message {left} is left open: {reason}", mark=left)

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


def _is_true(entry: Date, told: Told) -> bool:
    """Whether what was told is still what the content says; of what recurs only the next is known to have been told."""
    if entry.when[0] == "rule":
        return True
    only, now = reckoning.only(entry), true_time()
    is_past = reckoning.is_past_everywhere(told.occurrence, now) and reckoning.is_past_everywhere(only, now)
    if told.kind in {"CANCELLED", "OUTCOME"}:
        return not entry.is_expected or is_past
    # What has passed is put right without a message, and what becomes of it then is told to those who knew the day.
    return (is_past and only != told.occurrence) or (entry.is_expected and only == told.occurrence)
