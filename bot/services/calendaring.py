"""The dates ahead as an iCalendar file (RFC 5545), to which any calendar program can subscribe.

An entry's UID is made of the deadline's id alone, so that it stays the same entry whatever becomes of its date, its text or the bot.
Nothing here asks the clock: the same content and the same history of changes give the same bytes.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice, takewhile
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from icalendar import STATUS, TRANSP, Calendar, Event, Timezone, vDDDLists, vDuration, vRecur

from bot.domain.entries import Deadline, Precision, Standing, Status, Tag
from bot.domain.schedules import LAST_DAY, Occurrence, OnDate, Recurring
from bot.domain.statements import Confidence
from bot.services.phrasing import Phrases

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from bot.domain.knowledge_base import KnowledgeBase
    from bot.domain.ledger import KnownDate

DOMAIN = "detente-bot"
"""Behind the @ of each UID. No host: two bots with the same content tell of the same dates, and a calendar need not show them twice."""

REFRESH = timedelta(hours=6)
"""How often a calendar program may look again."""

LISTED_YEARS = 10
"""For how many years after its as-of date a rhythm is written out that no RRULE can say."""

_A_DAY = timedelta(days=1)
_ZONES_FROM, _ZONES_TO = date(1970, 1, 1), date(2100, 1, 1)
"""Between these a zone's changes of the clock are written out; programs that know the zone by its name need none of them."""

_EVERY_DAY = "MO,TU,WE,TH,FR,SA,SU"


def write_calendar(knowledge: KnowledgeBase, known: Iterable[KnownDate] = (), tags: Collection[str] = ()) -> bytes:
    """Return the calendar of all deadlines with any of `tags` (ids; none means all), in UTF-8.

    `known` is what the database knows of them (`Plan.read`): it numbers the revisions, and remembers dates ahead that the content no
    longer has, which stay as cancelled (they have no tags any more, so only in the whole calendar). Without it every entry counts as
    its first revision.
    """
    chosen = [d for d in sorted(knowledge.deadlines, key=lambda d: d.id) if not tags or not set(tags).isdisjoint(d.tags)]
    writer, remembered = _Writer(knowledge), {date.deadline: date for date in known}
    events = [writer.event(d, remembered[d.id].changes if d.id in remembered else 0) for d in chosen]
    if not tags:
        gone = (date for name, date in sorted(remembered.items()) if knowledge.find(Deadline, name) is None)
        events += [event for date in gone if (event := writer.find_gone(date))]
    words = knowledge.wording.calendar
    calendar = Calendar.new(
        name=words.name,
        description=words.about,
        prodid="-//detente-bot//calendar//EN",
        uid=f"calendar@{DOMAIN}",
        refresh_interval=REFRESH,
        subcomponents=[*_zones(chosen), *events],
    )
    calendar["REFRESH-INTERVAL"].params["VALUE"] = "DURATION"  # RFC 7986, 5.7: the type must be named
    calendar.add("X-PUBLISHED-TTL", vDuration(REFRESH))  # the older name of the same
    written: bytes = calendar.to_ical()
    return written


class _Writer:
    """Turns deadlines into entries, in the words of the content."""

    def __init__(self, knowledge: KnowledgeBase) -> None:
        self._knowledge = knowledge
        self._phrases = Phrases(knowledge.wording)
        self._words = knowledge.wording.calendar

    def event(self, deadline: Deadline, changes: int) -> Event:
        """Return the entry of a deadline that has changed `changes` times."""
        written_at = datetime.combine(deadline.as_of, time(), UTC)
        sources = self._knowledge.list_sources(deadline.sources)
        event = Event.new(
            uid=f"{deadline.id}@{DOMAIN}",
            summary=self._summary(deadline),
            description=self._description(deadline),
            status=_status(deadline),
            sequence=changes,
            stamp=written_at,
            last_modified=written_at,
            categories=[tag.title for name in deadline.tags if (tag := self._knowledge.find(Tag, name))],
            url=sources[0].url if sources else None,
            transparency=TRANSP.TRANSPARENT,
        )
        _add_dates(event, deadline)
        return event

    def find_gone(self, known: KnownDate) -> Event | None:
        """Return the entry, cancelled, of a date that was ahead when the content lost it; None for any other."""
        if known.gone_at is None or not known.occurrence:
            return None
        occurrence = Occurrence.read(known.occurrence)
        if occurrence.is_over(known.gone_at):
            return None
        day = self._phrases.day(known.gone_at.date())
        event = Event.new(
            uid=f"{known.deadline}@{DOMAIN}",
            summary=self._words.gone.format(name=known.deadline),
            description=self._words.gone_about.format(date=day),
            status=STATUS.CANCELLED,
            sequence=known.changes,
            stamp=known.gone_at,
            last_modified=known.gone_at,
            transparency=TRANSP.TRANSPARENT,
        )
        _add_span(event, occurrence)
        return event

    def _summary(self, deadline: Deadline) -> str:
        """Return the title, and in words what is not certain of the date or of how it ended: many programs show no STATUS."""
        words, title = self._words, deadline.title
        if deadline.status is Status.CANCELLED:
            return words.cancelled.format(title=title)
        if deadline.status is Status.SUPERSEDED:
            return words.replaced.format(title=title)
        if not _is_known_to_the_day(deadline):
            return words.vague.format(title=title, when=self._when(deadline))
        if _status(deadline) is STATUS.TENTATIVE:
            return words.tentative.format(title=title)
        is_open = deadline.standing(_noon(deadline.as_of)) is Standing.OUTCOME_UNKNOWN
        return words.outcome_unknown.format(title=title) if is_open else title

    def _when(self, deadline: Deadline) -> str:
        """Say when it is, once for all instances of a rhythm."""
        if isinstance(deadline.when, OnDate):
            return self._phrases.span(deadline.when.date)
        if isinstance(deadline.when, Recurring):
            return self._words.rhythm.format(rhythm=deadline.when.rhythm)
        return self._phrases.occurrence(_first_of(deadline), deadline)

    def _description(self, deadline: Deadline) -> str:
        words, phrases, known_at = self._phrases.words.deadline, self._phrases, _noon(deadline.as_of)
        parts = [self._words.when.format(when=self._when(deadline), certainty=phrases.certainty(deadline, known_at))]
        if not _is_known_to_the_day(deadline):
            parts.append(self._words.not_to_the_day)
        if deadline.moved_from:
            parts.append(words.moved_from.format(date=phrases.span(deadline.moved_from)))
        told = (("", deadline.summary), (words.why, deadline.why), (words.change, deadline.change), (words.outcome, deadline.outcome))
        parts += ["\n".join(filter(None, (heading, text))) for heading, text in told if text]
        if deadline.superseded_by and (other := self._knowledge.find(Deadline, deadline.superseded_by)):
            parts.append(words.superseded_by.format(title=other.title))
        parts += phrases.ground(deadline, known_at)
        # The content stresses words with asterisks, which a calendar would show as they are.
        text = "\n\n".join(parts).replace("*", "")
        sources = self._knowledge.list_sources(deadline.sources)
        lines = [self._words.source.format(publisher=s.publisher, title=s.title, url=s.url) for s in sources]
        return "\n\n".join((text, *lines))


def _noon(day: date) -> datetime:
    """Return when a statement made on `day` counts as made: at noon, which is that day in nearly every zone."""
    return datetime.combine(day, time(12), UTC)


def _first_of(deadline: Deadline) -> Occurrence:
    """Return the first occurrence; of a rhythm that is over the last that the content can speak of."""
    when = deadline.when
    if isinstance(when, Recurring) and deadline.status is Status.PASSED and (last := when.find_previous(deadline.as_of + _A_DAY)):
        return last
    return next(iter(when.occurrences(when.first_day)))


def _is_known_to_the_day(deadline: Deadline) -> bool:
    return not isinstance(deadline.when, OnDate) or bool(deadline.when.date.start.day and deadline.when.date.end.day)


def _status(deadline: Deadline) -> STATUS:
    """Return CONFIRMED only for a date that the content calls certain; a day that was stays certain where nobody knows how it ended."""
    if deadline.status in {Status.CANCELLED, Status.SUPERSEDED}:
        return STATUS.CANCELLED
    is_doubtful = (
        deadline.precision is Precision.EXPECTED
        or deadline.confidence is Confidence.UNCONFIRMED
        or not _is_known_to_the_day(deadline)
        or deadline.status is Status.TENTATIVE
    )
    return STATUS.TENTATIVE if is_doubtful else STATUS.CONFIRMED


def _add_dates(event: Event, deadline: Deadline) -> None:
    when, first = deadline.when, _first_of(deadline)
    if not isinstance(when, Recurring) or deadline.status is Status.PASSED:
        _add_span(event, first)
        return
    if first.at is None or when.time is None or when.zone is None:
        _add_span(event, first)
    else:
        # In its own zone, or half of the year it would come an hour early or late.
        event.start = datetime.combine(first.first, when.time, when.zone)
    if rule := _find_rule(when):
        event.add("RRULE", rule)
    else:
        event.add("RDATE", list(_listed(when, deadline.as_of)))


def _add_span(event: Event, occurrence: Occurrence) -> None:
    """Set a moment in UTC, which no table of zones can shift, and days as days, with the end one day behind the last."""
    if occurrence.at is not None:
        event.start = occurrence.at
    else:
        event.start = min(occurrence.first, LAST_DAY)
        event.end = min(occurrence.last, LAST_DAY) + _A_DAY


def _find_rule(when: Recurring) -> vRecur | None:
    """Return the rule as other programs read it, None where they would read another one, or none, out of it.

    It counts from the first day it falls on, as RFC 5545 demands of DTSTART; the days are the same.
    """
    rule: vRecur = vRecur.from_ical(when.rule.upper().removeprefix("RRULE:").replace("BYWEEKDAY=", "BYDAY="))
    if "BYEASTER" in rule:
        return None  # python-dateutil's own
    if "BYWEEKNO" in rule and "BYDAY" not in rule:
        rule["BYDAY"] = _EVERY_DAY.split(",")  # python-dateutil takes all of the week, RFC 5545 the weekday of DTSTART
    for until in rule.pop("UNTIL", []):
        day = until.date() if isinstance(until, datetime) else until
        # It has to be of the same kind as DTSTART, and in UTC where that has a zone.
        rule["UNTIL"] = [day if when.time is None or when.zone is None else datetime.combine(day, when.time, when.zone).astimezone(UTC)]
    return rule


def _listed(when: Recurring, as_of: date) -> Iterator[date | datetime]:
    """Yield the days, or the moments in UTC, of a rhythm up to some years after `as_of`, behind the first, which DTSTART says."""
    last = min(as_of, LAST_DAY - timedelta(days=366 * LISTED_YEARS)) + timedelta(days=366 * LISTED_YEARS)
    for occurrence in islice(takewhile(lambda o: o.first <= last, when.occurrences(when.start)), 1, None):
        yield occurrence.at or occurrence.first


def _zones(deadlines: Iterable[Deadline]) -> list[Timezone]:
    """Return the tables of the zones that rhythms are set in."""
    whens = [d.when for d in deadlines if isinstance(d.when, Recurring) and d.when.zone and d.status is not Status.PASSED]
    first = min((when.start for when in whens), default=_ZONES_FROM)
    keys = sorted({when.zone.key for when in whens if when.zone})
    return [_zone(key, min(first.replace(month=1, day=1), _ZONES_FROM)) for key in keys]


@lru_cache(maxsize=64)
def _zone(key: str, first: date) -> Timezone:
    table = Timezone.from_tzinfo(ZoneInfo(key), tzid=key, first_date=first, last_date=_ZONES_TO)
    for part in table.subcomponents:
        # A change is told in the time that holds before it; where the clock goes forward, icalendar tells it in the time after.
        if (skipped := part.TZOFFSETTO - part.TZOFFSETFROM) > timedelta(0):
            part.DTSTART -= skipped
            if changes := part.get("RDATE"):
                part["RDATE"] = vDDDLists([change.dt - skipped for change in changes.dts])
    return table
