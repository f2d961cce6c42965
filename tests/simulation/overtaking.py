"""Alerts that a change has overtaken: their hour was ahead a moment ago, and is past. None of them may be swallowed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.subscriptions import Status
from tests.simulation import reckoning

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tests.simulation.memory import Memory
    from tests.simulation.mirror import Standing
    from tests.simulation.newsroom import Date

CLEAR = timedelta(minutes=5)
"""How far from the hour of an alert a change must be for it to be clear which came first."""

BACK_WITHIN = timedelta(minutes=55)

Demand = tuple[int, "Date", str, int, "datetime"]
"""A subscription, a date, its occurrence, the lead, and when the change was."""


def list_demands(memory: Memory, start: datetime, until: datetime) -> Iterator[Demand]:
    """Yield the alerts that changes between two instants have overtaken."""
    yield from _by_subscriptions(memory, start, until)
    yield from _by_contents(memory, start, until)


def _by_subscriptions(memory: Memory, start: datetime, until: datetime) -> Iterator[Demand]:
    for subscription, history in memory.standings.items():
        for at, before, after in history.changes(start, until):
            if before is None or after is None or Status.REMOVED in {before.status, after.status}:
                continue
            if (before.zone, before.minute) == (after.zone, after.minute):
                continue
            for entry in memory.contents.between(at, at)[-1]:
                yield from ((subscription, entry, *found, at) for found in _overtaken(entry, before, after, at))


def _overtaken(entry: Date, before: Standing, after: Standing, at: datetime) -> Iterator[tuple[str, int]]:
    if not entry.is_expected:
        return
    for lead in set(reckoning.leads(before, entry)) & set(reckoning.leads(after, entry)):
        day = at.date() + timedelta(days=lead)
        for occurrence in reckoning.occurrences(entry, day - timedelta(days=3), day + timedelta(days=3)):
            earlier = reckoning.due(occurrence, lead, after.zone, after.minute)
            later = reckoning.due(occurrence, lead, before.zone, before.minute)
            if earlier < at - CLEAR and at + CLEAR < later:
                yield occurrence, lead


def _by_contents(memory: Memory, start: datetime, until: datetime) -> Iterator[Demand]:
    for at, before, after in memory.contents.changes(start, until):
        for entry in after:
            if entry in before or not entry.is_expected or entry.when[0] == "rule":
                continue
            earlier = reckoning.find(before, entry.id)
            if earlier is not None and earlier.is_expected and earlier.when[0] != "rule" and _was_settled(memory, earlier, at):
                yield from _by_move(memory, earlier, entry, at)
            elif earlier is None and (gone_at := _find_gone_at(memory, entry, at)):
                yield from _by_absence(memory, entry, gone_at, at)


def _was_settled(memory: Memory, entry: Date, at: datetime) -> bool:
    """Whether the content had an entry so for long enough that the bot knew it."""
    return all(reckoning.find(content, entry.id) == entry for content in memory.contents.between(at - CLEAR, at)[:-1])


def _find_gone_at(memory: Memory, entry: Date, at: datetime) -> datetime | None:
    """Return since when the content had no such entry, where it had the same one within the hour, and for long enough before."""
    gone_at = None
    for when, before, after in memory.contents.changes(at - BACK_WITHIN, at):
        if reckoning.find(before, entry.id) == entry and reckoning.find(after, entry.id) is None and _was_settled(memory, entry, when):
            gone_at = when
    return gone_at


def _standing(memory: Memory, at: datetime) -> Iterator[tuple[int, Standing]]:
    for subscription, history in memory.standings.items():
        standing = history.between(at, at)[-1]
        if history.began_at < at and standing is not None and standing.status != Status.REMOVED:
            yield subscription, standing


def _by_move(memory: Memory, before: Date, after: Date, at: datetime) -> Iterator[Demand]:
    for subscription, standing in _standing(memory, at):
        for lead in set(reckoning.leads(standing, before)) & set(reckoning.leads(standing, after)):
            old, new = (reckoning.due(reckoning.only(e), lead, standing.zone, standing.minute) for e in (before, after))
            if new < at - CLEAR and at + CLEAR < old:
                yield subscription, after, reckoning.only(after), lead, at


def _by_absence(memory: Memory, entry: Date, gone_at: datetime, at: datetime) -> Iterator[Demand]:
    for subscription, standing in _standing(memory, gone_at):
        for lead in reckoning.leads(standing, entry):
            if gone_at + CLEAR < reckoning.due(reckoning.only(entry), lead, standing.zone, standing.minute) < at - CLEAR:
                yield subscription, entry, reckoning.only(entry), lead, at
