"""When a deadline falls: once on a date, once at a moment with a zone, or again and again by a rule."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, cached_property, lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from dateutil import tz
from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, WithJsonSchema, model_validator

from bot.domain.dates import DayField, SpanField
from bot.domain.rules import occurs, read_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dateutil.rrule import rrule


_CLOCK_TIME = re.compile(r"\d{2}:\d{2}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", re.ASCII)


LAST_DAY = date(9998, 12, 31)
"""Days after it are reckoned as this one: there must be room for an hour, a zone and a few days of grace before the calendar ends."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One instance of a deadline: its first and last day and, where a legal moment is known, the instant (aware UTC)."""

    first: date
    last: date
    at: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether it lies wholly before `now`; a day without a moment ends when it has ended everywhere on Earth."""
        if self.at is not None:
            return self.at < now
        # The last place on Earth to leave a date is UTC-12, twelve hours after UTC.
        return datetime.combine(self.last, time(12), UTC).timestamp() + 86_400 <= now.timestamp()

    @property
    def key(self) -> str:
        """What tells this instance from the others of its deadline: the moment in UTC, the day, or first/last day; ISO 8601."""
        if self.at is not None:
            return f"{self.at:%Y-%m-%dT%H:%MZ}"
        return str(self.first) if self.first == self.last else f"{self.first}/{self.last}"

    @classmethod
    def read(cls, key: str) -> Occurrence:
        """Return the instance that a key names; a moment gives its UTC day. Raises ValueError for what is no key."""
        return _read_key(key)

    def day_in(self, zone: ZoneInfo) -> date:
        """The day it falls on for somebody in `zone`: a day stays that day, a moment is looked up on the local calendar."""
        return self.first if self.at is None else self.at.astimezone(zone).date()

    def ends_in(self, zone: ZoneInfo) -> datetime:
        """The instant (aware UTC) from which it is past for somebody in `zone`: the moment, or the end of the last day there."""
        return self.at or instant(min(self.last, LAST_DAY) + timedelta(days=1), time(), zone)

    @property
    def reckoned_at(self) -> datetime:
        """The instant to count from: the moment, or noon UTC of the first day, which is that day in nearly every zone."""
        return self.at or datetime.combine(self.first, time(12), UTC)


@lru_cache(maxsize=1_024)
def _read_key(key: str) -> Occurrence:
    if key.endswith("Z"):
        at = datetime.fromisoformat(key)
        return Occurrence(at.date(), at.date(), at)
    first, _, last = key.partition("/")
    return Occurrence(date.fromisoformat(first), date.fromisoformat(last or first))


@lru_cache(maxsize=4_096)  # to find the hours that are skipped takes long, and a thousand messages ask for the same
def instant(day: date, clock_time: time, zone: ZoneInfo) -> datetime:
    """Return the UTC instant of a local time; a time that a DST gap skips moves forward, one that comes twice is the first."""
    local = datetime.combine(day, clock_time, zone)
    return tz.resolve_imaginary(local).astimezone(UTC)


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def _read_zone(value: object) -> object:
    if isinstance(value, str):
        if value not in _zone_names():
            msg = f"{value!r} is not an IANA time zone such as Europe/Brussels"
            raise ValueError(msg)
        return ZoneInfo(value)
    return value


def _read_time(value: object) -> object:
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or not _CLOCK_TIME.fullmatch(value):
        raise ValueError("must be a local time such as 12:00; its zone stands in zone")
    return time.fromisoformat(value)


def _read_moment(value: object) -> object:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueError("must be a local moment such as 2027-01-03T12:00; its zone stands in zone")
    return datetime.fromisoformat(value)


ZoneField = Annotated[ZoneInfo, BeforeValidator(_read_zone), WithJsonSchema({"type": "string"})]
TimeField = Annotated[time, BeforeValidator(_read_time), WithJsonSchema({"type": "string", "pattern": r"^\d{2}:\d{2}$"})]
MomentField = Annotated[
    datetime,
    BeforeValidator(_read_moment),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$"}),
]


date_type = date  # a field below is called date


class _Schedule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class OnDate(_Schedule):
    """Once, on a day or over several days."""

    date: SpanField

    @property
    def first_day(self) -> date_type:
        """The first day it can fall on."""
        return self.date.first

    def occurrences(self, start: date_type) -> Iterator[Occurrence]:
        """Yield the occurrence, unless it ended before `start`."""
        if self.date.last >= start:
            yield Occurrence(self.date.first, self.date.last)


class AtMoment(_Schedule):
    """Once, at a moment: local `at` in `zone`."""

    at: MomentField
    zone: ZoneField

    @model_validator(mode="after")
    def _lies_in_the_calendar(self) -> AtMoment:
        try:
            instant(self.at.date(), self.at.time(), self.zone)
        except OverflowError:
            raise ValueError("the moment lies outside the calendar") from None
        return self

    @property
    def first_day(self) -> date_type:
        """The local day of the moment."""
        return self.at.date()

    def occurrences(self, start: date_type) -> Iterator[Occurrence]:
        """Yield the occurrence, unless its local day lies before `start`."""
        day = self.at.date()
        if day >= start:
            yield Occurrence(day, day, instant(day, self.at.time(), self.zone))


class Recurring(_Schedule):
    """Again and again from `start` by an RFC 5545 `rule`, as days, or at a local `time` in `zone`."""

    start: DayField
    rule: str = Field(min_length=1, max_length=200)
    rhythm: str = Field(min_length=1, max_length=80)
    time: TimeField | None = None
    zone: ZoneField | None = None

    @model_validator(mode="after")
    def _is_usable(self) -> Recurring:
        if (self.time is None) != (self.zone is None):
            msg = "time and zone belong together"
            raise ValueError(msg)
        if not occurs(self._days):
            msg = f"the rule {self.rule!r} never occurs"
            raise ValueError(msg)
        return self

    @cached_property
    def _days(self) -> rrule:
        return read_rule(self.rule, self.start)

    @property
    def first_day(self) -> date_type:
        """The day the rule counts from."""
        return self.start

    def occurrences(self, start: date_type) -> Iterator[Occurrence]:
        """Yield occurrences from `start` on, one by one, without end where the rule has none."""
        for moment in self._days.xafter(datetime.combine(start, time()), inc=True):
            yield self._on(moment.date())

    def find_previous(self, day: date_type) -> Occurrence | None:
        """Return the latest occurrence before `day`, or None."""
        found = self._days.before(datetime.combine(day, time()))
        return self._on(found.date()) if found else None

    def _on(self, day: date_type) -> Occurrence:
        return Occurrence(day, day, None if self.time is None or self.zone is None else instant(day, self.time, self.zone))


def _schedule_kind(value: Any) -> str | None:  # noqa: ANN401 - whatever the YAML holds
    if isinstance(value, _Schedule):
        return type(value).__name__
    if isinstance(value, dict):
        return next((kind for key, kind in (("rule", "Recurring"), ("at", "AtMoment"), ("date", "OnDate")) if key in value), None)
    return None


Schedule = Annotated[
    Annotated[OnDate, Tag("OnDate")] | Annotated[AtMoment, Tag("AtMoment")] | Annotated[Recurring, Tag("Recurring")],
    Discriminator(
        _schedule_kind,
        custom_error_type="schedule",
        custom_error_message="needs one of: date, or at with zone, or start with rule and rhythm",
    ),
]


def next_occurrences(schedule: Schedule, start: date, limit: int) -> tuple[Occurrence, ...]:
    """Return at most `limit` occurrences that end on or after `start`."""
    return tuple(islice(schedule.occurrences(start), limit))


def find_next(schedule: Schedule, now: datetime) -> Occurrence | None:
    """Return the occurrence that is under way at `now` (aware UTC) or comes next, or None."""
    # Two days back: the day may not have ended everywhere on Earth. Six: a daily rule, fourteen hours east of Greenwich,
    # needs that many to get past now.
    candidates = islice(schedule.occurrences(now.date() - timedelta(days=2)), 6)
    return next((o for o in candidates if not o.is_over(now)), None)


def find_last(schedule: Schedule, now: datetime) -> Occurrence | None:
    """Return the latest occurrence that is over at `now` (aware UTC), or None."""
    if not isinstance(schedule, Recurring):
        return next((o for o in schedule.occurrences(schedule.first_day) if o.is_over(now)), None)
    found = schedule.find_previous(now.date() + timedelta(days=2))
    while found and not found.is_over(now):
        found = schedule.find_previous(found.first)
    return found
