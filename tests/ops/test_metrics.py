"""The metrics: each is told of in the docs, labels come from closed sets, and what is told is counted."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

from bot.domain.ledger import DeliveryState
from bot.domain.subscriptions import Obstacle
from bot.ops.metrics import Metrics, Readings
from bot.services.observing import Refusal, Setback
from tests.processes import ROOT

if TYPE_CHECKING:
    from prometheus_client import Metric

DOCS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
READINGS = Readings(
    deliveries={DeliveryState.WAITING: 3, DeliveryState.HELD: 2, DeliveryState.SENDING: 1},
    in_flight=4,
    guilds=5,
    shards={0: True, 1: False},
    content="abc",
    has_warning=True,
    next_alert_at=datetime(2026, 12, 3, 8, tzinfo=UTC),
    rounds={"planner": 1.5},
    clock_ahead=-7.25,
)


def _families(metrics: Metrics, readings: Readings = READINGS) -> dict[str, Metric]:
    """Return what is printed, by the name that PromQL uses."""
    printed = metrics.render(readings).decode()
    return {f"{m.name}_total" if m.type == "counter" else m.name: m for m in text_string_to_metric_families(printed)}


def _value(families: dict[str, Metric], sample: str, **labels: str) -> float:
    return next(s.value for m in families.values() for s in m.samples if s.name == sample and s.labels == labels)


def test_the_docs_tell_of_every_metric_and_of_no_other() -> None:
    """The table in docs/operations.md has each metric that is printed, with its kind, and nothing else."""
    table = dict(re.findall(r"^\| `((?:detente|process)_\w+)` \| (\w+) \|", DOCS, re.MULTILINE))
    assert table == {name: family.type for name, family in _families(Metrics()).items()}


def test_what_is_told_is_counted() -> None:
    """Each kind of news ends in its own number."""
    metrics = Metrics()
    metrics.ended(DeliveryState.SENT, is_late=True)
    metrics.ended(DeliveryState.EXPIRED, is_late=False)
    metrics.posted((12.0, 700.0))
    metrics.set_back(Setback.TIMEOUT)
    metrics.tried_again()
    metrics.held(Obstacle.CANNOT_SEND)
    metrics.waited(0.2)
    metrics.answered("alerts add", 0.3)
    metrics.refused(Refusal.PERSON)
    metrics.lagged(0.004)
    told = _families(metrics)
    assert _value(told, "detente_deliveries_ended_total", end="sent") == 1
    assert _value(told, "detente_deliveries_ended_total", end="expired") == 1
    assert _value(told, "detente_deliveries_late_total") == 1
    assert _value(told, "detente_messages_posted_total") == 1
    assert _value(told, "detente_alert_lateness_seconds_bucket", le="15.0") == 1
    assert _value(told, "detente_alert_lateness_seconds_sum") == 712
    assert _value(told, "detente_tries_failed_total", reason="timeout") == 1
    assert _value(told, "detente_retries_total") == 1
    assert _value(told, "detente_messages_held_total", obstacle="cannot_send") == 1
    assert _value(told, "detente_pacer_wait_seconds_count") == 1
    assert _value(told, "detente_interaction_seconds_count", name="alerts add") == 1
    assert _value(told, "detente_interactions_refused_total", share="person") == 1
    assert _value(told, "detente_loop_lag_seconds_sum") == 0.004


def test_answers_of_discord_are_counted_by_class() -> None:
    """429 stands by itself; a gateway that opens is no answer of the API."""
    metrics = Metrics()
    for status in (200, 204, 304, 403, 404, 429, 502, 101, None):
        metrics.requested(status)
    told = _families(metrics)
    counted = {s.labels["status"]: s.value for s in told["detente_discord_responses_total"].samples}
    assert counted == {"2xx": 2, "3xx": 1, "4xx": 2, "429": 1, "5xx": 1, "none": 1}


def test_what_is_read_off_follows_the_bot() -> None:
    """Gauges show the latest reading: an old content's version is gone, and counts are left out while the database is silent."""
    metrics = Metrics()
    told = _families(metrics)
    assert _value(told, "detente_deliveries", state="held") == 2
    assert _value(told, "detente_shards", state="closed") == 1
    assert _value(told, "detente_next_alert_timestamp_seconds") == datetime(2026, 12, 3, 8, tzinfo=UTC).timestamp()
    assert _value(told, "detente_clock_ahead_seconds") == -7.25
    silent = replace(READINGS, deliveries=None, shards={}, content="def", next_alert_at=None, clock_ahead=None)
    told = _families(metrics, silent)
    assert math.isnan(_value(told, "detente_clock_ahead_seconds"))
    assert _value(told, "detente_database_up") == 0
    assert not told["detente_deliveries"].samples
    assert [s.labels for s in told["detente_content_info"].samples] == [{"version": "def"}]


def test_two_counts_do_not_mix() -> None:
    """Each has a registry of its own: what one is told, another does not show."""
    one, other = Metrics(), Metrics()
    one.tried_again()
    assert _value(_families(other), "detente_retries_total") == 0
