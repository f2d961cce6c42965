"""Whether the ledger explains itself: each end that a delivery comes to must be what people, the editor or fate have brought about."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.ledger import AlertKind, DeliveryState
from bot.domain.subscriptions import Status
from tests.simulation import reckoning
from tests.simulation.journal import true_time
from tests.simulation.memory import WINDOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.memory import Row
    from tests.simulation.mirror import Change
    from tests.simulation.newsroom import Date
    from tests.simulation.oracle import Oracle

MISSING_FOR = timedelta(minutes=58)
"""A date may be missing from the content for an hour before what waits for it ends; a process follows within seconds."""

TRIED_FOR = timedelta(days=29)
"""A message that may have been posted is looked for at least so long, less a day for clocks and pauses, before it is given up."""

NEWS_FOR = timedelta(days=7) - timedelta(minutes=5)
"""A notice is news for a week, by a clock that may have been off when it was made."""

LONG_ENOUGH = timedelta(minutes=20)
"""A stretch without trouble in which what waits is sent."""


def explain(oracle: Oracle, change: Change, row: Row) -> None:
    """Hold the state that a delivery has come to against what happened."""
    explanations: dict[DeliveryState, Callable[[Oracle, Change, Row], str]] = {
        DeliveryState.SENT: _explain_sent,
        DeliveryState.SUPERSEDED: _explain_superseded,
        DeliveryState.EXPIRED: _explain_expired,
        DeliveryState.CANCELLED: _explain_cancelled,
        DeliveryState.PAUSED: _explain_paused,
    }
    find_fault = explanations.get(row.state)
    if find_fault is not None and (fault := find_fault(oracle, change, row)):
        oracle.fail("explained", f"{change.key} ended as {row.state.name} ({row.reason}): {fault}", subscription=change.subscription)


def _explain_sent(oracle: Oracle, change: Change, row: Row) -> str:
    if row.message not in oracle.memory.posts:
        return f"Discord has no message {row.message}"
    return "" if (change.key, change.subscription) in oracle.memory.told else f"message {row.message} does not say it"


def _explain_superseded(oracle: Oracle, change: Change, row: Row) -> str:
    if change.key.kind is not AlertKind.ALERT:
        return "" if row.reason == "changed_again" else "only alerts have nearer ones"
    others = oracle.memory.alerts_of[change.subscription, change.key.deadline, change.key.occurrence]
    has_nearer = any(key.kind is AlertKind.ALERT and key.lead < change.key.lead for key in others)
    return "" if has_nearer and row.reason == "nearer" else "the ledger has no nearer one"


def _explain_expired(oracle: Oracle, change: Change, row: Row) -> str:
    standings = oracle.memory.list_standings(change.subscription, row.made_at - WINDOW)
    if not standings:
        return ""
    if row.reason == "unknown":
        return _explain_unknown(oracle, change, row)
    if change.key.kind is AlertKind.ALERT:
        _, latest = oracle.clock_range()
        earliest = min(reckoning.worthless(change.key.occurrence, s.zone) for s in standings)
        if latest < earliest:
            return f"it is worth telling until {earliest}"
    elif any(reckoning.find(content, change.key.deadline) is None for content in oracle.memory.contents.since(true_time() - WINDOW)):
        return ""  # news of a date that is missing waits for it until it is no news any more
    scopes = {scope for s in standings for scope in oracle.scopes(s, change.subscription, change.key.deadline)}
    calm = oracle.calm.find_longest(scopes, row.begun_at, true_time())
    return f"for {calm} nothing kept it from being sent" if calm > LONG_ENOUGH else ""


def _explain_unknown(oracle: Oracle, change: Change, row: Row) -> str:
    """A message that may have been posted is given up after a month, or once there is nothing in it to tell any more."""
    if row.begun_at < true_time() - TRIED_FOR:
        return ""
    standings = oracle.memory.list_standings(change.subscription, row.made_at - WINDOW)
    is_silenced = not standings or any(s.status == Status.REMOVED or s.paused_until is not None for s in standings)
    if is_silenced or _is_changed(oracle, change, row) or _is_worthless(oracle, change, row):
        return ""
    return "it was not tried for a month, and is worth telling"


def _is_changed(oracle: Oracle, change: Change, row: Row) -> bool:
    """Whether the content came to say something else of the date since it was to be told, or a nearer alert was made."""
    contents = oracle.memory.contents.since(row.made_at - WINDOW)
    said = {(e.when, e.status, e.outcome) if (e := reckoning.find(content, change.key.deadline)) else None for content in contents}
    return len(said) > 1 or not _explain_superseded(oracle, change, replace(row, reason="nearer"))


def _is_worthless(oracle: Oracle, change: Change, row: Row) -> bool:
    """Whether it is past, or news no more."""
    _, latest = oracle.clock_range()
    if change.key.kind is not AlertKind.ALERT:
        return latest >= row.made_at + NEWS_FOR
    standings = oracle.memory.list_standings(change.subscription, row.made_at - WINDOW)
    return any(latest >= reckoning.worthless(change.key.occurrence, s.zone) for s in standings)


def _explain_cancelled(oracle: Oracle, change: Change, row: Row) -> str:
    standings = oracle.memory.standings[change.subscription].since(true_time() - WINDOW)
    if row.reason in {"removed", None}:
        is_removed = any(s is None or s.status == Status.REMOVED for s in standings)
        return "" if is_removed else "nobody removed the subscription"
    contents = oracle.memory.contents.since(true_time() - WINDOW)
    entries = [reckoning.find(content, change.key.deadline) for content in contents]
    if row.reason == "gone":
        missing_since = true_time() - MISSING_FOR
        was_missing = any(reckoning.find(c, change.key.deadline) is None for c in oracle.memory.contents.since(missing_since))
        return "" if was_missing and None in entries else "the content has it, or had it within the hour"
    fits: dict[str, Callable[[Date | None], bool]] = {
        "moved": lambda entry: entry is None or not reckoning.has(entry, change.key.occurrence),
        "cancelled": lambda entry: entry is not None and not entry.is_expected,
        "outcome": lambda entry: entry is not None and entry.outcome,
    }
    fit = fits.get(row.reason or "")
    if fit is None:
        return "there is no such reason"
    return "" if any(fit(entry) for entry in entries) else "the content says otherwise"


def _explain_paused(oracle: Oracle, change: Change, _: Row) -> str:
    lately = oracle.memory.list_standings(change.subscription, true_time() - WINDOW)
    earliest, _latest = oracle.clock_range()
    is_paused = any(s.paused_until is not None and s.paused_until > earliest - WINDOW for s in lately)
    return "" if is_paused else "nobody paused the subscription"
