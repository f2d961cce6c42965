"""Reading what a manager typed into `/alerts`: leads, hours, zones, and which deadlines are meant."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from bot.domain.dates import PartialDate
from bot.domain.entries import Deadline, Tag
from bot.domain.schedules import instant
from bot.domain.subscriptions import EVERYTHING, MAX_LEAD_DAYS, MAX_LEADS, MAX_NOTE, Scope, Selector
from bot.errors import BadLeadsError, BadTimeError, BadUntilError, NoteTooLongError, UnknownSelectorError, UnknownZoneError
from bot.services.answering import MAX_CHOICES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.knowledge_base import KnowledgeBase

_NUMBER = re.compile(r"\d{1,4}", re.ASCII)
_CLOCK = re.compile(r"(?P<hour>\d{1,2})(?:h|[:.h](?P<minute>\d{2}))?\s*(?P<half>am|pm)?", re.ASCII | re.IGNORECASE)
_LENGTH = re.compile(r"(?P<number>\d{1,3})\s*(?P<unit>h|hours?|d|days?|w|weeks?)", re.ASCII | re.IGNORECASE)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}

# Cities that people look for and that name no zone of their own in the IANA database.
_CITIES = {
    "Atlanta": "America/New_York",
    "Austin": "America/Chicago",
    "Bangalore": "Asia/Kolkata",
    "Barcelona": "Europe/Madrid",
    "Basel": "Europe/Zurich",
    "Beijing": "Asia/Shanghai",
    "Bern": "Europe/Zurich",
    "Bonn": "Europe/Berlin",
    "Boston": "America/New_York",
    "Canberra": "Australia/Sydney",
    "Cape Town": "Africa/Johannesburg",
    "Cologne": "Europe/Berlin",
    "Dallas": "America/Chicago",
    "Delhi": "Asia/Kolkata",
    "Edinburgh": "Europe/London",
    "Florence": "Europe/Rome",
    "Frankfurt": "Europe/Berlin",
    "Geneva": "Europe/Zurich",
    "Hamburg": "Europe/Berlin",
    "Hanoi": "Asia/Bangkok",
    "Houston": "America/Chicago",
    "Kharkiv": "Europe/Kyiv",
    "Lviv": "Europe/Kyiv",
    "Lyon": "Europe/Paris",
    "Manchester": "Europe/London",
    "Miami": "America/New_York",
    "Milan": "Europe/Rome",
    "Montreal": "America/Toronto",
    "Mumbai": "Asia/Kolkata",
    "Munich": "Europe/Berlin",
    "New Delhi": "Asia/Kolkata",
    "Osaka": "Asia/Tokyo",
    "Ottawa": "America/Toronto",
    "Philadelphia": "America/New_York",
    "Rio de Janeiro": "America/Sao_Paulo",
    "Rotterdam": "Europe/Amsterdam",
    "Saint Petersburg": "Europe/Moscow",
    "San Francisco": "America/Los_Angeles",
    "Seattle": "America/Los_Angeles",
    "Strasbourg": "Europe/Paris",
    "Tel Aviv": "Asia/Jerusalem",
    "The Hague": "Europe/Amsterdam",
    "Washington": "America/New_York",
    "Wellington": "Pacific/Auckland",
}
_REGIONS = ("Africa/", "America/", "Antarctica/", "Arctic/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")


def parse_leads(text: str | None) -> tuple[int, ...] | None:
    """Return the lead days in a text like "30, 7, 1, 0", descending, each once; None for no text. Raises BadLeadsError."""
    if text is None or not text.strip():
        return None
    parts = [part for part in re.split(r"[\s,;/]+|\band\b", text.strip()) if part]
    if not all(_NUMBER.fullmatch(part) for part in parts):
        raise BadLeadsError(text=text, most=MAX_LEADS, days=MAX_LEAD_DAYS)
    leads = sorted({int(part) for part in parts}, reverse=True)
    if not leads or len(leads) > MAX_LEADS or leads[0] > MAX_LEAD_DAYS:
        raise BadLeadsError(text=text, most=MAX_LEADS, days=MAX_LEAD_DAYS)
    return tuple(leads)


def parse_clock_time(text: str | None) -> time | None:
    """Return the hour in "9", "09:00", "9:30", "9 pm"; None for no text. Raises BadTimeError."""
    if text is None or not text.strip():
        return None
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise BadTimeError(text=text)
    hour, minute, half = int(found["hour"]), int(found["minute"] or 0), (found["half"] or "").lower()
    if half and not 1 <= hour <= 12:  # noqa: PLR2004 - hours on a dial
        raise BadTimeError(text=text)
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return time(hour, minute)
    except ValueError:
        raise BadTimeError(text=text) from None


def parse_note(text: str | None) -> str | None:
    """Return the note on one line, None for no text; raises NoteTooLongError."""
    note = " ".join((text or "").split())
    if len(note) > MAX_NOTE:
        raise NoteTooLongError(length=len(note), most=MAX_NOTE)
    return note or None


def parse_until(text: str | None, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return the end of a pause (aware UTC): "3 days", "12h", or the start of a local date; None for no text. Raises BadUntilError."""
    if text is None or not text.strip():
        return None
    if found := _LENGTH.fullmatch(text.strip()):
        until = now + int(found["number"]) * _UNITS[found["unit"][0].lower()]
    else:
        try:
            until = instant(PartialDate.parse(text).first, time(), zone)
        except (ValueError, OverflowError):
            raise BadUntilError(text=text) from None
    if until <= now:
        raise BadUntilError(text=text)
    return until


@cache
def _places() -> dict[str, tuple[str, str]]:
    """Folded name of a place -> (what to show, zone); zones first, then the cities that share one."""
    zones = {zone: (zone, zone) for zone in sorted(available_timezones()) if zone.startswith(_REGIONS) or zone == "UTC"}
    cities = {f"{city} ({zone})": (f"{city} ({zone})", zone) for city, zone in _CITIES.items()}
    return {_fold(name): place for name, place in {**zones, **cities}.items()}


def _fold(text: str) -> str:
    return " ".join(text.replace("_", " ").replace("/", " ").replace("(", " ").replace(")", " ").casefold().split())


def _habits(zone: str) -> tuple[timedelta | None, ...]:
    """What tells places apart whose name is the same: how far they are from UTC in each month."""
    return tuple(datetime(2026, month, 1, tzinfo=ZoneInfo(zone)).utcoffset() for month in range(1, 13))


def find_zone(text: str | None) -> str | None:
    """Return the IANA zone that a text names: itself, its city, or a city known here; None for no text. Raises UnknownZoneError."""
    if text is None or not text.strip():
        return None
    wanted = _fold(text)
    places = _places()
    if wanted in places:
        return places[wanted][1]
    named = {zone for folded, (_, zone) in places.items() if folded.endswith(f" {wanted}")}
    named |= {zone for city, zone in _CITIES.items() if _fold(city) == wanted}
    # Some zones go by two names, as America/Buenos_Aires and America/Argentina/Buenos_Aires; the longer one is the one in use.
    if len({_habits(zone) for zone in named}) == 1:
        return max(named, key=lambda zone: (zone.count("/"), zone))
    if text.strip() in available_timezones():
        return text.strip()
    raise UnknownZoneError(text=text)


def list_zones(typed: str) -> tuple[tuple[str, str], ...]:
    """Return (what to show, zone) for the places that have a word starting with what was typed; all from the top for nothing."""
    wanted = _fold(typed)
    fitting = (place for folded, place in _places().items() if folded.startswith(wanted) or f" {wanted}" in folded)
    return tuple(islice(fitting, MAX_CHOICES))


def find_selector(knowledge: KnowledgeBase, text: str | None) -> Selector:
    """Return which deadlines a text means: everything for no text, a tag or a deadline by id or title. Raises UnknownSelectorError."""
    wanted = (text or "").strip().casefold()
    if not wanted or wanted in {"all", "everything"}:
        return EVERYTHING
    for selector, title in _selectors(knowledge):
        if wanted in {str(selector).casefold(), selector.id, title.casefold()}:
            return selector
    raise UnknownSelectorError(text=text, tags=", ".join(tag.title for tag in knowledge.tags))


def list_selectors(knowledge: KnowledgeBase, typed: str, everything: str, now: datetime) -> tuple[tuple[str, str], ...]:
    """Return (title, selector text) of what can be subscribed and has a word that starts with what was typed."""
    wanted = typed.strip().casefold()
    choices = [(everything, str(EVERYTHING)), *((title, str(s)) for s, title in _selectors(knowledge, now))]
    fitting = (c for c in choices if not wanted or f" {wanted}" in f" {c[0].casefold()}" or wanted in c[1])
    return tuple(islice(fitting, MAX_CHOICES))


def is_known(knowledge: KnowledgeBase, selector: Selector) -> bool:
    """Whether the knowledge base still has the tag or deadline that a selector names."""
    if selector.scope is Scope.TAG:
        return knowledge.find(Tag, selector.id) is not None
    return selector.scope is Scope.ALL or knowledge.find(Deadline, selector.id) is not None


def title_of(knowledge: KnowledgeBase, selector: Selector, everything: str) -> str:
    """Return what a selector is called; its own text where the tag or deadline is gone."""
    if selector.scope is Scope.ALL:
        return everything
    if selector.scope is Scope.TAG:
        tag = knowledge.find(Tag, selector.id)
        return tag.title if tag else str(selector)
    deadline = knowledge.find(Deadline, selector.id)
    return deadline.title if deadline else str(selector)


def _selectors(knowledge: KnowledgeBase, now: datetime | None = None) -> Iterator[tuple[Selector, str]]:
    """Yield tags, then deadlines, next first; with `now` only deadlines that are ahead."""
    for tag in knowledge.tags:
        yield Selector(Scope.TAG, tag.id), tag.title
    if now is None:
        yield from ((Selector(Scope.DEADLINE, d.id), d.title) for d in knowledge.deadlines)
        return
    ahead = [(o.reckoned_at, d) for d in knowledge.deadlines if (o := d.find_next(now))]
    for _, deadline in sorted(ahead, key=lambda found: (found[0], found[1].id)):
        yield Selector(Scope.DEADLINE, deadline.id), deadline.title
