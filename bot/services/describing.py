"""What a new content changes and what follows from it, in the words of the wording: in full, or as much as a card holds."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from bot.domain.comparing import ContentKind
from bot.domain.entries import Status
from bot.domain.ledger import AlertKind
from bot.domain.schedules import OnDate, Recurring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from bot.domain.comparing import ContentDiff, DateChange, KindChanges
    from bot.domain.content_wording import ContentDiffWords
    from bot.domain.entries import Deadline
    from bot.domain.schedules import Occurrence
    from bot.services.foreseeing import ForeseenAlert, ForeseenNotice, Impact
    from bot.services.phrasing import Phrases


def describe_fully(diff: ContentDiff, impact: Impact | None, phrases: Phrases) -> str:
    """Return everything, for a terminal or an attachment; moments are written out with their zone, titles with their ids."""
    blocks = list(_Description(phrases).blocks(diff, impact))
    return "\n\n".join(block.text(len(block.items), phrases.words.content_diff) for block in blocks)


def describe(diff: ContentDiff, impact: Impact | None, phrases: Phrases, room: int, quote: Callable[[str], str] = str) -> tuple[str, bool]:
    """Return at most `room` characters for a card, and whether that is everything; moments are Discord's timestamps.

    `quote` makes what editors typed (titles and outcomes) safe to repeat; each is on one line when it gets there. The longest
    lists lose their last lines first, and say how many.
    """
    words = phrases.words.content_diff
    blocks = list(_Description(phrases, quote, is_card=True).blocks(diff, impact))

    def written(most: int) -> str:
        return "\n\n".join(block.text(most, words) for block in blocks)

    longest = max(len(block.items) for block in blocks)
    whole = written(longest)
    if len(whole) <= room:
        return whole, True
    fitting = bisect_right(range(longest), room, key=lambda most: len(written(most))) - 1
    return (written(fitting) if fitting >= 0 else _cut(written(0), room)), False


def _cut(text: str, room: int) -> str:
    """Return as many whole lines of `text` as fit, it may be none."""
    while text and len(text) > room:
        text = text.rpartition("\n")[0]
    return text


@dataclass(frozen=True, slots=True)
class _Block:
    """A heading with the items below it and what is to be said after them."""

    heading: str
    items: tuple[str, ...] = ()
    hint: str = ""

    def text(self, most: int, words: ContentDiffWords) -> str:
        """Return it with at most so many items."""
        hidden = len(self.items) - most
        more = words.more.format(count=f"{hidden:,}") if hidden > 0 else ""
        return "\n".join(line for line in (self.heading, *self.items[:most], more, self.hint) if line)


@dataclass(frozen=True, slots=True)
class _Description:
    """Says what differs, for one reader: a card, or plain text."""

    phrases: Phrases
    quote: Callable[[str], str] = str
    is_card: bool = False

    @property
    def _words(self) -> ContentDiffWords:
        return self.phrases.words.content_diff

    def blocks(self, diff: ContentDiff, impact: Impact | None) -> Iterator[_Block]:
        """Yield one block a kind, the dates first, and those of the impact."""
        if not diff:
            yield _Block(self._words.nothing)
        for changes in sorted(diff.kinds, key=lambda changes: changes.kind != ContentKind.DEADLINES):
            yield self._kind(changes, diff)
        if impact and (diff or impact.messages):
            yield from self._impact(diff, impact)

    def _kind(self, changes: KindChanges, diff: ContentDiff) -> _Block:
        words, dates = self._words, diff.dates if changes.kind == ContentKind.DEADLINES else ()
        dated = {change.deadline.id for change in dates}
        listed = (
            (words.added, words.count_added, changes.added),
            (words.changed, words.count_changed, changes.changed),
            (words.removed, words.count_removed, changes.removed),
        )
        counts = ", ".join(count.format(count=f"{len(ids):,}") for _, count, ids in listed if ids)
        heading = self._heading(words.heading.format(kind=words.kind[ContentKind(changes.kind)], counts=counts))
        others = (line.format(what=self._name(changes, i)) for line, _, ids in listed for i in ids if i not in dated)
        hints = ((words.removed_hint, _is_missed), (words.moved_hint, _hides_its_move))
        told = (hint for hint, applies in hints if any(map(applies, dates)))
        return _Block(heading, (*map(self._date_change, dates), *others), "\n".join(told))

    def _date_change(self, change: DateChange) -> str:
        words = self._words
        line = words.added if change.before is None else words.removed if change.after is None else words.changed
        details = "; ".join(self._details(change))
        return line.format(what=words.detailed.format(what=self._deadline(change.deadline), details=details))

    def _details(self, change: DateChange) -> Iterator[str]:
        words, before, after = self._words, change.before, change.after
        old = self._date(change.old, before) if before and change.old else ""
        new = self._date(change.new, after) if after and change.new else ""
        yield words.turned.format(old=old, new=new) if old and new and old != new else new or old
        if before is None or after is None:
            return
        if before.when != after.when and old == new:
            yield words.later_dates
        if before.status != after.status:
            yield words.turned.format(old=words.status[before.status], new=words.status[after.status])
        if before.outcome != after.outcome:
            yield self._outcome(before.outcome, after.outcome)

    def _outcome(self, old: str | None, new: str | None) -> str:
        if new is None:
            return self._words.outcome_removed
        return (self._words.outcome_changed if old else self._words.outcome_added).format(text=self._said(new))

    def _impact(self, diff: ContentDiff, impact: Impact) -> Iterator[_Block]:
        words = self._words
        if diff.dates:
            touched = words.touched.format(subscriptions=f"{impact.subscriptions:,}", servers=f"{impact.servers:,}")
            yield _Block(touched if impact.subscriptions else words.nobody)
        if not impact.messages:
            yield _Block(words.quiet)
        if impact.notices:
            yield self._notices(impact.notices)
        if impact.at_once:
            count = f"{sum(alert.messages for alert in impact.at_once):,}"
            yield _Block(self._heading(words.late.format(count=count)), tuple(map(self._late, impact.at_once)))
        if impact.upcoming:
            yield _Block(self._heading(words.upcoming), tuple(map(self._upcoming, impact.upcoming)))

    def _notices(self, notices: tuple[ForeseenNotice, ...]) -> _Block:
        words = self._words
        messages: Counter[AlertKind] = Counter()
        for notice in notices:
            messages[notice.kind] += notice.messages
        counts = ", ".join(_notice_words(words, kind)[0].format(count=f"{count:,}") for kind, count in sorted(messages.items()))
        return _Block(self._heading(words.notices.format(counts=counts)), tuple(map(self._notice, notices)))

    def _notice(self, notice: ForeseenNotice) -> str:
        words, date = self._words, self._date(notice.old, notice.deadline)
        if notice.new:
            date = words.turned.format(old=date, new=self._date(notice.new, notice.deadline))
        what = words.detailed.format(what=self._deadline(notice.deadline), details=date)
        return _notice_words(words, notice.kind)[1].format(what=what, messages=f"{notice.messages:,}")

    def _late(self, alert: ForeseenAlert) -> str:
        return self._words.late_item.format(what=self._dated(alert), lead=self._lead(alert.lead), messages=f"{alert.messages:,}")

    def _upcoming(self, alert: ForeseenAlert) -> str:
        what, lead, when = self._dated(alert), self._lead(alert.lead), self._moment(alert.due_at)
        return self._words.upcoming_item.format(when=when, what=what, lead=lead, messages=f"{alert.messages:,}")

    def _dated(self, alert: ForeseenAlert) -> str:
        date = self._date(alert.occurrence, alert.deadline)
        return self._words.detailed.format(what=self._deadline(alert.deadline), details=date)

    def _lead(self, lead: int) -> str:
        words = self.phrases.words.alerts
        return {0: words.on_the_day, 1: words.day_before}.get(lead) or words.days_before.format(days=lead)

    def _heading(self, text: str) -> str:
        return f"**{text}**" if self.is_card else text

    def _deadline(self, deadline: Deadline) -> str:
        return self._title(deadline.id, deadline.title)

    def _name(self, changes: KindChanges, entry_id: str) -> str:
        return self._title(entry_id, changes.titles.get(entry_id, entry_id))

    def _title(self, entry_id: str, title: str) -> str:
        if self.is_card or title == entry_id:
            return self._said(title)
        return self._words.named.format(title=self._said(title), id=entry_id)

    def _said(self, text: str) -> str:
        """Return what an editor typed on one line, so that it can begin neither a heading nor a list of its own."""
        return self.quote(" ".join(text.split()))

    def _date(self, occurrence: Occurrence, deadline: Deadline) -> str:
        if occurrence.at is None:
            return self.phrases.occurrence(occurrence, deadline)
        return self._moment(occurrence.at, deadline)

    def _moment(self, at: datetime, deadline: Deadline | None = None) -> str:
        """Return a moment as each reader's own date and hour, else as the deadline's zone has it, or UTC."""
        if self.is_card:
            return f"<t:{int(at.timestamp())}:f>"
        zone = deadline.when.zone if deadline and not isinstance(deadline.when, OnDate) else None
        local = at.astimezone(zone or UTC)
        day = self.phrases.day(local.date())
        return self.phrases.words.dates.moment.format(day=day, time=f"{local:%H:%M}", zone=zone.key if zone else "UTC")


def _notice_words(words: ContentDiffWords, kind: AlertKind) -> tuple[str, str]:
    """Return how notices of a kind are counted, and how one of them is told."""
    return {
        AlertKind.MOVED: (words.count_moved, words.moved),
        AlertKind.CANCELLED: (words.count_cancelled, words.cancelled),
        AlertKind.OUTCOME: (words.count_outcome, words.outcome),
        AlertKind.RESTORED: (words.count_restored, words.restored),
    }[kind]


def _hides_its_move(change: DateChange) -> bool:
    """Whether the day of a date that is still to come is another now, and its card does not say which it was."""
    before, after = change.before, change.after
    if before is None or after is None or isinstance(before.when, Recurring) or isinstance(after.when, Recurring):
        return False
    is_ahead = after.status in {Status.SCHEDULED, Status.TENTATIVE}
    return is_ahead and before.when.first_day != after.when.first_day and before.moved_from == after.moved_from


def _is_missed(change: DateChange) -> bool:
    """Whether a date was removed of which alerts may have been on their way."""
    return change.after is None and change.before is not None and change.before.status in {Status.SCHEDULED, Status.TENTATIVE}
