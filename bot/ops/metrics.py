"""Numbers for Prometheus, in a registry of their own. Labels come from closed sets: no ids, nothing that anybody typed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from bot.domain.ledger import DeliveryState
from bot.domain.subscriptions import Obstacle
from bot.services.observing import Observer, Refusal, Setback

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from prometheus_client import Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_LATENESS = (1, 5, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 21_600, 86_400, 172_800)
_WAITS = (0.001, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300)
_ANSWERS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30)
"""Discord waits three seconds for the first answer."""

_LAGS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
_ENDS = (DeliveryState.SENT, DeliveryState.SUPERSEDED, DeliveryState.EXPIRED, DeliveryState.CANCELLED, DeliveryState.PAUSED)
_STATUSES = ("2xx", "3xx", "4xx", "429", "5xx", "none")
_TOO_MANY = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What is read off the bot when somebody asks.

    `deliveries` is None where the database did not answer. `shards` says which are open; `rounds` are the seconds since each loop's
    last good round. `clock_ahead` are the seconds by which this machine's clock is ahead of Discord's, None where that is not known.
    """

    deliveries: Mapping[DeliveryState, int] | None
    in_flight: int
    guilds: int
    shards: Mapping[int, bool]
    content: str
    has_warning: bool
    next_alert_at: datetime | None
    rounds: Mapping[str, float]
    clock_ahead: float | None


class Metrics(Observer):
    """Counts what it is told, and renders it with what is read off the bot."""

    def __init__(self) -> None:
        """Begin to count from nothing."""
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._count_deliveries(registry)
        self._count_messages(registry)
        self._count_answers(registry)
        self._read = _Gauges(registry)
        self._lag = Histogram("detente_loop_lag_seconds", "How late the event loop ran its work", registry=registry, buckets=_LAGS)

    def _count_deliveries(self, registry: CollectorRegistry) -> None:
        self._ended = Counter("detente_deliveries_ended", "Deliveries that came to their end", ["end"], registry=registry)
        self._late = Counter("detente_deliveries_late", "Deliveries that were posted late, and said so", registry=registry)
        self._lateness = Histogram(
            "detente_alert_lateness_seconds", "From the hour an alert was due to its post", registry=registry, buckets=_LATENESS
        )
        for end in _ENDS:
            self._ended.labels(end.name.lower())

    def _count_messages(self, registry: CollectorRegistry) -> None:
        self._posted = Counter("detente_messages_posted", "Messages posted", registry=registry)
        self._held = Counter(
            "detente_messages_held", "Messages that a channel or role stood in the way of", ["obstacle"], registry=registry
        )
        self._failed = Counter(
            "detente_tries_failed", "Tries to post that came to nothing, to be made again", ["reason"], registry=registry
        )
        self._retries = Counter("detente_retries", "Tries to post that were not the first of their message", registry=registry)
        self._waits = Histogram("detente_pacer_wait_seconds", "Waiting for a turn to send", registry=registry, buckets=_WAITS)
        for obstacle in Obstacle:
            self._held.labels(obstacle)
        for setback in Setback:
            self._failed.labels(setback)

    def _count_answers(self, registry: CollectorRegistry) -> None:
        self._requests = Counter("detente_discord_responses", "Answers of Discord's HTTP API", ["status"], registry=registry)
        self._answers = Histogram(
            "detente_interaction_seconds",
            "From the arrival of a command or click to its end",
            ["name"],
            registry=registry,
            buckets=_ANSWERS,
        )
        self._refused = Counter("detente_interactions_refused", "Commands and clicks beyond somebody's share", ["share"], registry=registry)
        for status in _STATUSES:
            self._requests.labels(status)
        for refusal in Refusal:
            self._refused.labels(refusal)

    def ended(self, state: DeliveryState, *, is_late: bool) -> None:
        """Count an end."""
        self._ended.labels(state.name.lower()).inc()
        self._late.inc(is_late)

    def posted(self, late_seconds: Iterable[float]) -> None:
        """Count a message and how late each alert in it was."""
        self._posted.inc()
        for seconds in late_seconds:
            self._lateness.observe(max(0.0, seconds))

    def set_back(self, setback: Setback) -> None:
        """Count a try."""
        self._failed.labels(setback).inc()

    def tried_again(self) -> None:
        """Count a try that was not the first."""
        self._retries.inc()

    def held(self, obstacle: Obstacle) -> None:
        """Count a message held."""
        self._held.labels(obstacle).inc()

    def waited(self, seconds: float) -> None:
        """Count a turn."""
        self._waits.observe(seconds)

    def answered(self, name: str, seconds: float) -> None:
        """Count a command or control."""
        self._answers.labels(name).observe(seconds)

    def refused(self, refusal: Refusal) -> None:
        """Count a refusal."""
        self._refused.labels(refusal).inc()

    def requested(self, status: int | None) -> None:
        """Count an answer by the class of its status, 429 by itself."""
        kind = "none" if status is None else "429" if status == _TOO_MANY else f"{status // 100}xx"
        if kind in _STATUSES:  # 101 opens the gateway, which is no answer of the API
            self._requests.labels(kind).inc()

    def lagged(self, seconds: float) -> None:
        """Count a delay of the event loop."""
        self._lag.observe(seconds)

    def render(self, readings: Readings) -> bytes:
        """Return everything in Prometheus' text format."""
        self._read.set(readings)
        return generate_latest(_WithoutBirthdays(self._registry))


class _Gauges:
    """What is not counted but read off."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._deliveries = Gauge("detente_deliveries", "Deliveries on the way", ["state"], registry=registry)
        self._is_up = Gauge("detente_database_up", "Whether the database answered", registry=registry)
        self._in_flight = Gauge("detente_messages_in_flight", "Messages this process is sending", registry=registry)
        self._next = Gauge("detente_next_alert_timestamp_seconds", "When something may fall due next", registry=registry)
        self._guilds = Gauge("detente_guilds", "Servers the bot is in, of this process's shards", registry=registry)
        self._shards = Gauge("detente_shards", "Shards of this process", ["state"], registry=registry)
        self._content = Gauge("detente_content_info", "The content in use", ["version"], registry=registry)
        self._warning = Gauge("detente_content_warning", "Whether something keeps a content from being used", registry=registry)
        self._clock = Gauge("detente_clock_ahead_seconds", "By how much this machine's clock is ahead of Discord's", registry=registry)
        self._rounds = Gauge("detente_loop_round_age_seconds", "Since each loop's last good round", ["loop"], registry=registry)

    def set(self, readings: Readings) -> None:
        """Take over the readings; what is not known is left out."""
        for gauge in (self._deliveries, self._content, self._rounds):
            gauge.clear()
        self._is_up.set(readings.deliveries is not None)
        for state, count in (readings.deliveries or {}).items():
            self._deliveries.labels(state.name.lower()).set(count)
        self._in_flight.set(readings.in_flight)
        self._next.set(readings.next_alert_at.timestamp() if readings.next_alert_at else 0)
        self._guilds.set(readings.guilds)
        self._shards.labels("open").set(sum(readings.shards.values()))
        self._shards.labels("closed").set(len(readings.shards) - sum(readings.shards.values()))
        self._content.labels(readings.content).set(1)
        self._warning.set(readings.has_warning)
        self._clock.set(math.nan if readings.clock_ahead is None else readings.clock_ahead)
        for loop, seconds in readings.rounds.items():
            self._rounds.labels(loop).set(seconds)


class _WithoutBirthdays:
    """The registry without the moment each series began, which prometheus_client adds to every one, and nobody asks for."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        for metric in self._registry.collect():
            metric.samples = [sample for sample in metric.samples if not sample.name.endswith("_created")]
            yield metric
