"""Domain values in the words of the knowledge base, for the chat and the terminal alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from bot.domain.dates import DateSpan, PartialDate
from bot.domain.entries import Precision, Standing, Tag, Topic
from bot.domain.schedules import OnDate

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from bot.domain.entries import Deadline
    from bot.domain.knowledge_base import KnowledgeBase
    from bot.domain.schedules import Occurrence
    from bot.domain.screens import TimelineScreen
    from bot.domain.statements import Entry, Source
    from bot.domain.wording import Wording
    from bot.errors import UserError
    from bot.services.relating import Which

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class Phrases:
    """Says things; one per wording."""

    words: Wording

    def partial(self, value: PartialDate) -> str:
        """25 December 1991, December 1991 or 1991."""
        dates = self.words.dates
        if not value.month:
            return str(value.year)
        month = dates.months[value.month - 1]
        if not value.day:
            return dates.month.format(month=month, year=value.year)
        return dates.day.format(day=value.day, month=month, year=value.year)

    def day(self, value: date) -> str:
        """25 December 1991."""
        return self.partial(PartialDate.of(value))

    def span(self, value: DateSpan) -> str:
        """One date, or "first to last"."""
        if value.is_single:
            return self.partial(value.start)
        return self.words.dates.span.format(first=self._beginning(value.start, value.end), last=self.partial(value.end))

    def _beginning(self, start: PartialDate, end: PartialDate) -> str:
        """The start of a span without what its end says again: "3" of "3 to 4 December 2026"."""
        if not (start.day and end.day and start.year == end.year):
            return self.partial(start)
        if start.month == end.month:
            return str(start.day)
        return self.words.dates.day_of_month.format(day=start.day, month=self.words.dates.months[start.month - 1])

    def occurrence(self, value: Occurrence, deadline: Deadline) -> str:
        """The date of an occurrence; a legal moment with the local time and zone it is set in."""
        zone = None if isinstance(deadline.when, OnDate) else deadline.when.zone
        if value.at is not None and zone is not None:
            return self.words.dates.moment.format(day=self.day(value.first), time=f"{value.at.astimezone(zone):%H:%M}", zone=zone.key)
        return self.span(DateSpan(PartialDate.of(value.first), PartialDate.of(value.last)))

    def distance(self, value: Occurrence, now: datetime) -> str:
        """Today, tomorrow, under way, in 12 days, 3 days ago: by UTC date."""
        dates = self.words.dates
        days = (value.first - now.date()).days
        if days < 0 and value.first != value.last and not value.is_over(now):
            return dates.under_way
        named = {0: dates.today, 1: dates.tomorrow, -1: dates.yesterday}
        if days in named:
            return named[days]
        return dates.in_days.format(days=days) if days > 0 else dates.days_ago.format(days=-days)

    def certainty(self, deadline: Deadline, now: datetime, occurrence: Occurrence | None = None) -> str:
        """Say in words whether it is scheduled or tentative, and how well the day is known; of `occurrence` if one is given."""
        words = self.words.deadline
        standing = deadline.standing(now, occurrence)
        parts = [words.standing[standing]]
        if standing in {Standing.AHEAD, Standing.TENTATIVE} and deadline.precision is not Precision.EXACT:
            parts.append(words.precision[deadline.precision])
        return ", ".join(parts)

    def ground(self, entry: Entry, now: datetime) -> tuple[str, ...]:
        """How sure an entry is, its note, where the trail ends, and whether it is overdue for review; one line each."""
        common = self.words.common
        lines = [common.confidence[entry.confidence].format(date=self.day(entry.as_of))]
        if entry.caveat:
            lines.append(common.caveat.format(text=entry.caveat))
        if entry.unknown_after:
            lines.append(common.unknown_after.format(date=self.day(entry.unknown_after.date), what=entry.unknown_after.what))
        if entry.review_by and entry.review_by < now.date():
            lines.append(common.review_due.format(date=self.day(entry.review_by)))
        return tuple(lines)

    def source_details(self, source: Source) -> str:
        """Rank, date, language and whether it was read, separated by commas."""
        common = self.words.common
        parts = [common.rank[source.rank]]
        if source.published:
            parts.append(common.published.format(date=self.span(source.published)))
        if source.language != "en":
            parts.append(common.language.format(language=_name_language(source.language)))
        if not source.opened:
            parts.append(common.not_opened)
        return ", ".join(parts)

    def timeline_filters(self, screen: TimelineScreen, knowledge: KnowledgeBase) -> str:
        """Say which part of the timeline is shown."""
        words = self.words.timeline
        start, end = screen.span
        parts = []
        if start:
            parts.append(words.from_date.format(date=self.partial(start)))
        if end:
            parts.append(words.to_date.format(date=self.partial(end)))
        if screen.tag:
            parts.append(words.tag.format(tag=self.tag(screen.tag, knowledge)))
        if screen.search:
            parts.append(words.search.format(text=screen.search))
        if screen.topic:
            topic = knowledge.find(Topic, screen.topic)
            parts.append(words.topic.format(title=topic.title if topic else screen.topic))
        return words.filtered.format(filters=", ".join(parts)) if parts else words.everything

    def tag(self, tag: str, knowledge: KnowledgeBase) -> str:
        """Return the title of a tag, or what an old address calls it where it is gone."""
        found = knowledge.find(Tag, tag)
        return found.title if found else tag

    def which(self, which: Which) -> str:
        """Return the question which country was meant, or that none was; it may still use {text}."""
        words = self.words.alliances
        if not which.is_country:
            return words.which_other
        return words.which if which.is_known else words.which_unknown

    def complaint(self, error: UserError, quote: Callable[[str], str] = str) -> str:
        """What a user reads when something cannot be answered; `quote` makes what they typed safe to repeat."""
        template: str = getattr(self.words.errors, error.wording_key)
        fields = {k: self.partial(v) if isinstance(v, PartialDate) else quote(str(v)) for k, v in error.fields.items()}
        return template.format(**fields)


@cache
def _name_language(code: str) -> str:
    """Return Ukrainian for uk, which nobody reads as a language; the code where it has no name."""
    from babel import Locale

    name: str = Locale("en").languages.get(code, code)
    return name


def superscript(number: int) -> str:
    """Return 12 as ¹²."""
    return str(number).translate(_SUPERSCRIPTS)
