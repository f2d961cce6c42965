"""When an alert is due, reckoned a second time: by plain loops over the standard library's calendar and zones, nothing of the bot's own."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.mirror import Standing
    from tests.simulation.newsroom import Content, Date

USUAL_LEADS = (30, 7, 1, 0)
WORTH_TELLING = timedelta(hours=48)
A_DAY = timedelta(days=1)

_zone = cache(ZoneInfo)


@cache
def local(day: date, minute: int, zone: str) -> datetime:
    """Return the instant (aware UTC) of a minute of a day: the offset before a gap moves it forward, the first of two counts."""
    return datetime.combine(day, time(*divmod(minute, 60)), _zone(zone)).astimezone(UTC)


@cache
def first_day(occurrence: str, zone: str) -> date:
    """Return the day on which an occurrence (its key) begins for somebody in a zone."""
    if occurrence.endswith("Z"):
        return datetime.fromisoformat(occurrence).astimezone(_zone(zone)).date()
    return date.fromisoformat(occurrence[:10])


@cache
def due(occurrence: str, lead: int, zone: str, minute: int) -> datetime:
    """Return when an alert is due."""
    return local(first_day(occurrence, zone) - lead * A_DAY, minute, zone)


def worthless(occurrence: str, zone: str) -> datetime:
    """Return from when on an alert is worthless for somebody in a zone."""
    if occurrence.endswith("Z"):
        return datetime.fromisoformat(occurrence) + WORTH_TELLING
    return local(date.fromisoformat(occurrence[-10:]) + A_DAY, 0, zone) + WORTH_TELLING


def is_past_everywhere(occurrence: str, now: datetime) -> bool:
    """Whether nobody on Earth has an occurrence ahead."""
    if occurrence.endswith("Z"):
        return datetime.fromisoformat(occurrence) < now
    return datetime.combine(date.fromisoformat(occurrence[-10:]) + A_DAY, time(12), UTC) <= now


@cache
def occurrences(entry: Date, first: date, last: date) -> tuple[str, ...]:
    """Return the keys of what falls on days from `first` to `last`, a day more or less for those with an hour."""
    match entry.when:
        case ("day", days):
            return (days,) if first <= date.fromisoformat(days[:10]) <= last else ()
        case ("moment", at, zone):
            moment = datetime.fromisoformat(at)
            return (_moment_key(moment, zone),) if first - A_DAY <= moment.date() <= last + A_DAY else ()
        case ("rule", start, rule):
            begin = date.fromisoformat(start)
            return tuple(str(day) for day in _days(max(first, begin), last) if _falls(rule, day, begin))
    raise ValueError(entry.when)


def _moment_key(moment: datetime, zone: str) -> str:
    at = moment.replace(tzinfo=_zone(zone)).astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%MZ}"


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += A_DAY


def _falls(rule: str, day: date, begin: date) -> bool:
    """Whether one of the three rules that the editor writes falls on a day."""
    parts = dict(part.split("=") for part in rule.split(";"))
    match parts["FREQ"]:
        case "MONTHLY":
            return day.day == int(parts["BYMONTHDAY"])
        case "WEEKLY":
            return (day - begin).days % (7 * int(parts["INTERVAL"])) == 0
        case "YEARLY":
            return (day.month, day.day) == (int(parts["BYMONTH"]), int(parts["BYMONTHDAY"]))
    raise ValueError(rule)


@cache
def has(entry: Date, occurrence: str) -> bool:
    """Whether an entry has an occurrence."""
    near = date.fromisoformat(occurrence[:10])
    return occurrence in occurrences(entry, near - 2 * A_DAY, near + 2 * A_DAY)


def only(entry: Date) -> str:
    """Return the occurrence of an entry that does not recur."""
    match entry.when:
        case ("day", days):
            return days
        case ("moment", at, zone):
            return _moment_key(datetime.fromisoformat(at), zone)
    raise ValueError(entry.when)


def selects(selector: str, entry: Date) -> bool:
    """Whether a subscription to `selector` is about an entry."""
    scope, _, name = selector.partition(":")
    return scope == "all" or (scope == "tag" and name in entry.tags) or (scope == "deadline" and name == entry.id)


def leads(standing: Standing, entry: Date) -> tuple[int, ...]:
    """Return at which leads a subscription is to hear of an entry."""
    if not selects(standing.selector, entry):
        return ()
    return (entry.leads or USUAL_LEADS) if standing.leads is None else standing.leads


def find(content: Content, deadline: str) -> Date | None:
    """Return the entry of a content with this id."""
    return next((entry for entry in content if entry.id == deadline), None)
