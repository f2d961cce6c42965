"""Whether anybody is left with an outdated date: what each subscription was told last of a date is held against what the content says."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.domain.ledger import AlertKind, DeliveryState
from bot.domain.subscriptions import Status
from tests.simulation import reckoning
from tests.simulation.calm import EVERYWHERE
from tests.simulation.journal import true_time

if TYPE_CHECKING:
    from tests.simulation.memory import Told
    from tests.simulation.mirror import Standing
    from tests.simulation.newsroom import Date
    from tests.simulation.oracle import Oracle

MARGIN = timedelta(minutes=5)
"""How long ago the last trouble must be over."""

ROLLED_ON_WITHIN = timedelta(hours=2)
"""How long after a date of a rhythm has passed the next one is the one that is known: the planner looks once an hour."""

_EXPLAIN = frozenset({DeliveryState.WAITING, DeliveryState.HELD, DeliveryState.SENDING, DeliveryState.PAUSED, DeliveryState.EXPIRED})
_NEWS_KINDS = frozenset({AlertKind.MOVED, AlertKind.CANCELLED, AlertKind.OUTCOME, AlertKind.RESTORED})


class Believing:
    """Audits what people believe."""

    def __init__(self, oracle: Oracle) -> None:
        """Begin."""
        self._oracle = oracle
        self.count = 0
        """How many beliefs were looked into."""

    def audit(self) -> None:
        """See to it that whoever was told a date knows what the content says now, or the ledger says why not."""
        content = {entry.id: entry for entry in self._oracle.memory.contents.latest}
        for subscription, beliefs in self._oracle.memory.beliefs.items():
            standing = self._oracle.memory.standings[subscription].latest
            if standing is None or standing.status != Status.ACTIVE:
                continue
            for deadline, told in beliefs.items():
                entry = content.get(deadline)
                self.count += 1
                if entry is not None and not self._is_true(entry, told):
                    self._require_news(subscription, standing, told, entry)

    def _require_news(self, subscription: int, standing: Standing, told: Told, entry: Date) -> None:
        oracle, now = self._oracle, true_time()
        if not oracle.calm.is_calm(oracle.scopes(standing, subscription, entry.id), now - MARGIN, now):
            return
        news = [
            oracle.memory.rows[key, subscription]
            for occurrence in oracle.memory.occurrences_of[subscription, entry.id]
            for key in oracle.memory.alerts_of[subscription, entry.id, occurrence]
            if key.kind in _NEWS_KINDS
        ]
        if not any(row.at >= told.at and row.state in _EXPLAIN for row in news):
            what = f"was told {told}, the content says {entry}, and nothing in the ledger explains it"
            oracle.fail("nobody is left behind", what, subscription=subscription, guild=standing.guild, channel=standing.channel)

    def _is_true(self, entry: Date, told: Told) -> bool:
        """Whether what was told is still what the content says, or nothing is owed to anybody any more."""
        now = true_time()
        if reckoning.is_past_everywhere(told.occurrence, now - timedelta(days=self._oracle.year.plan.ledger_days)):
            return True  # who was told of it is forgotten
        if entry.when[0] == "rule":
            return self._is_true_of_rhythm(entry, told)
        only = reckoning.only(entry)
        is_past = reckoning.is_past_everywhere(told.occurrence, now) and reckoning.is_past_everywhere(only, now)
        if told.kind in {"CANCELLED", "OUTCOME"}:
            return not entry.is_expected or is_past
        # What has passed is put right without a message; what becomes of it then is not.
        return entry.is_expected and (is_past or only == told.occurrence)

    def _is_true_of_rhythm(self, entry: Date, told: Told) -> bool:
        """Whether a date of a rhythm still holds; of the dates ahead the bot watches over the next one."""
        if reckoning.is_past_everywhere(told.occurrence, true_time()):
            return True
        if told.kind in {"CANCELLED", "OUTCOME"}:
            return not entry.is_expected
        return (entry.is_expected and reckoning.has(entry, told.occurrence)) or not self._was_next(entry.id, told)

    def _was_next(self, deadline: str, told: Told) -> bool:
        """Whether a date of a rhythm was the next one when the content ceased to have it, at a time when nothing was wrong."""
        changes = self._oracle.memory.contents.changes(told.at, true_time())
        for at, before, after in reversed(changes):
            held, holds = reckoning.find(before, deadline), reckoning.find(after, deadline)
            if held == holds or held is None or not (held.is_expected and reckoning.has(held, told.occurrence)):
                continue
            near = reckoning.occurrences(held, at.date() - timedelta(days=3), date.fromisoformat(told.occurrence[:10]))
            ahead = [key for key in near if not reckoning.is_past_everywhere(key, at - ROLLED_ON_WITHIN)]
            return ahead[:1] == [told.occurrence] and self._oracle.calm.is_calm((EVERYWHERE,), at - ROLLED_ON_WITHIN, at)
        return False
