"""What two states are to each other, put into lines for the chat and the terminal alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.alliances import Absence, Force, Label
from bot.domain.dates import DateSpan, PartialDate
from bot.domain.statements import CountryId
from bot.domain.treaties import EVERYBODY, Binding, Practice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from bot.domain.alliance_history import Turn
    from bot.domain.alliances import Circle, Past, Relation, Tie
    from bot.domain.countries import Country, Period
    from bot.domain.treaties import Membership, Suspension, Treaty
    from bot.knowledge.snapshot import Snapshot
    from bot.services.phrasing import Phrases

MAX_NAMED = 20
"""Countries named in one line of a list; the treaty's own card names them all."""

MAX_DECIDING = 4
"""Treaties named in one line of a history; the relation of that day names them all."""


@dataclass(frozen=True, slots=True)
class Narrator:
    """Tells relations in the words of `phrases`; `countries` has their names."""

    phrases: Phrases
    countries: Mapping[CountryId, Country]
    today: date

    @classmethod
    def of(cls, snapshot: Snapshot, phrases: Phrases, today: date) -> Narrator:
        """Tell with the names of a snapshot's countries, on `today` (UTC)."""
        return cls(phrases, {country.id: country for country in snapshot.knowledge.countries}, today)

    def when(self, asked: PartialDate | None, day: date, known: date | None = None) -> str:
        """On a day, or in a year or month with the day of it that the answer is told for; nothing is called true later than it is known."""
        words = self.phrases.words.alliances.relation
        if asked is None:
            return words.as_of.format(day=self.phrases.day(min(day, known or day)))
        line = words.on_day if asked.day else words.in_span
        told = line.format(span=self.phrases.partial(asked), day=self.phrases.day(day))
        return words.as_known.format(when=told, day=self.phrases.day(known)) if known and known < day else told

    def verdict(self, relation: Relation, asked: PartialDate | None) -> str:
        """Return the label with its day, and whether they were allies before."""
        words = self.phrases.words.alliances.relation
        lines = {None: words.verdict, Label.TREATY_ALLIES: words.verdict_former, Label.WARTIME_COALITION: words.verdict_coalition}
        line = lines[relation.was]
        return line.format(label=words.label[relation.label], when=self.when(asked, relation.day, relation.as_of))

    def explain(self, relation: Relation, asked_for: tuple[CountryId, CountryId]) -> list[str]:
        """Say what the label means, which state a name stood for then, and whether all rests on one treaty."""
        words = self.phrases.words.alliances.relation
        lines = [words.meaning[relation.label]]
        for code, state in zip(asked_for, (relation.one, relation.other), strict=True):
            lines += self.told_as(code, state)
            lines += self.status(state)
        defence = [tie for tie in relation.ties if tie.label in {Label.TREATY_ALLIES, Label.ON_PAPER}]
        if len(defence) == 1:
            lines.append(words.only_one.format(treaty=defence[0].treaty.name))
        return lines

    def status(self, state: Country) -> list[str]:
        """Say who recognises a state that is not recognised by all."""
        line = self.phrases.words.alliances.relation.status
        return [line.format(country=state.name, status=state.status)] if state.status else []

    def told_as(self, code: CountryId, state: Country) -> list[str]:
        """Say which state stood under another name on the day, if one did."""
        line = self.phrases.words.alliances.relation.told_as
        return [line.format(asked=self.countries[code].spoken, state=state.spoken)] if code != state.id else []

    def tie(self, tie: Tie) -> list[str]:
        """Return what a treaty is between two states: its name, article and force; what is owed; both parties; what is contested."""
        words, treaty = self.phrases.words.alliances.treaty, tie.treaty
        kind = words.binding[treaty.binding] if treaty.binding is not Binding.TREATY else words.kind[treaty.kind]
        is_word = treaty.binding is Binding.POLITICAL and tie.force is Force.IN_FORCE  # not binding, and in force: that puzzles
        article = None if treaty.article and treaty.article in treaty.name else treaty.article
        asleep = treaty.dormant_from if tie.force is Force.DORMANT else None
        force = words.dormant.format(date=self.phrases.partial(asleep)) if asleep else words.force[tie.force]
        details = " · ".join(filter(None, (article, kind, None if is_word else force)))
        lines = [words.heading.format(name=treaty.name, details=details), treaty.obligation, self._members(tie)]
        lines += (self.remark(remark) for remark in tie.remarks)
        return lines + self.doubts(treaty, is_sure=tie.is_sure)

    def doubts(self, treaty: Treaty, *, is_sure: bool = True) -> list[str]:
        """Say what is contested, unconfirmed or not known to the day about a treaty."""
        words = self.phrases.words.alliances.treaty
        lines = [words.contested.format(text=treaty.contested)] if treaty.contested else []
        lines += [self.phrases.words.common.caveat.format(text=treaty.caveat)] if treaty.caveat else []
        return lines if is_sure else [*lines, words.unsure]

    def _members(self, tie: Tie) -> str:
        """Return both parties with their dates, in one where these are the same and nothing else is told."""
        told = [self.member(member) for member in (tie.one, tie.other)]
        if tie.force is Force.SIGNED:
            words, signed = self.phrases.words.alliances.treaty, (tie.one.signed, tie.other.signed)
            days = (f"{self.countries[m.country].name}: {self.phrases.partial(m.signed)}" for m in (tie.one, tie.other) if m.signed)
            first = words.signed.format(date=self.phrases.partial(tie.treaty.signed))
            return f"{'; '.join((first, *days))}." if any(signed) else f"{first}."
        if tie.one.reach == tie.other.reach and not any((tie.one.role, tie.one.note, tie.other.note)) and (span := self.period(tie.one)):
            return self.phrases.words.alliances.treaty.both.format(span=span)
        return "; ".join(told) + "."

    def remark_of(self, remark: Suspension) -> str:
        """Return what holds only between two parties, naming them."""
        words = self.phrases.words.alliances.treaty
        one, other = (words.others if code == EVERYBODY else self.countries[CountryId(code)].spoken for code in remark.between)
        return words.remark_of.format(one=one, other=other, text=remark.note.rstrip("."), span=self.period(remark))

    def remark(self, remark: Suspension) -> str:
        """Return what holds only between two parties, and when."""
        return self.phrases.words.alliances.treaty.remark.format(text=remark.note.rstrip("."), span=self.period(remark))

    def member(self, member: Membership) -> str:
        """Return a party with its dates, what it pledges where only one side does, and its note."""
        words = self.phrases.words.alliances.treaty
        text = words.member.format(country=self.countries[member.country].name, span=self.period(member)).rstrip()
        details = ", ".join(filter(None, (words.role[member.role] if member.role else None, member.note)))
        return words.detailed.format(text=text, details=details) if details else text

    def period(self, period: Period) -> str:
        """Return "since 1949", "until 1999" or "1994 to 1999"; nothing for one without bounds."""
        words, partial = self.phrases.words.alliances.treaty, self.phrases.partial
        if period.since and period.until:
            return words.from_until.format(first=partial(period.since), last=partial(period.until))
        if period.since:
            return words.since.format(date=partial(period.since))
        return words.until.format(date=partial(period.until)) if period.until else ""

    def past(self, relation: Relation) -> list[str]:
        """Name the defence treaties that bound the two before, each with its years and what is told about how it ended."""
        words = self.phrases.words.alliances
        lines = [words.treaty.named.format(short=past.treaty.short, details=self._lapse(past)) for past in relation.past]
        return [words.relation.past, *(f"- {line}" for line in dict.fromkeys(lines))] if lines else []

    def _lapse(self, past: Past) -> str:
        first, last = PartialDate(past.since.year), PartialDate((past.until - timedelta(days=1)).year)
        notes = (f"{self.countries[m.country].name}: {m.note}" for m in (past.one, past.other) if m.note and m.until)
        return "; ".join((self.phrases.span(DateSpan(first, last)), *notes))

    def cautions(self, relation: Relation) -> list[str]:
        """Say to which day the answer is known, and that it is no forecast."""
        words = self.phrases.words.alliances.relation
        lines = [self.caution(relation.as_of)]
        if relation.label in {Label.PARTNERS, Label.NONE}:
            lines.append(words.selection)
        if relation.day > relation.as_of:
            lines.append(words.not_known.format(date=self.phrases.day(relation.as_of)))
        return lines

    def caution(self, known: date) -> str:
        """Say to which day an answer from treaties is known."""
        return self.phrases.words.alliances.relation.caution.format(date=self.phrases.day(known))

    def absence(self, absence: Absence, asked: PartialDate | None) -> str:
        """Say that a country was no state on the day."""
        words, country = self.phrases.words.alliances.absence, absence.country
        ended = country.periods[-1].reach.over <= absence.day
        line = words.not_yet if country.is_before(absence.day) else words.no_longer if ended else words.between
        return line.format(country=country.name, when=self.when(asked, absence.day))

    def instead(self, absence: Absence, kept: Country) -> list[str]:
        """Say what stood in the place of a country that was no state, beside the one that `kept` its place in the question."""
        words = self.phrases.words.alliances.absence
        lines = [words.same.format(country=there.spoken) for there in absence.instead if there.id == kept.id]
        if not absence.instead:
            return [words.nothing]
        return [*lines, words.instead] if len(absence.instead) > len(lines) else lines

    def turn(self, turn: Turn, *, is_first: bool, asked_for: tuple[CountryId, ...] = ()) -> str:
        """Return what holds from a day on, by which treaties, and which state was told then under another of the names `asked_for`."""
        words = self.phrases.words.alliances.turns
        label = self.turned(turn)
        told = (turn.outcome.one, turn.outcome.other) if asked_for and not isinstance(turn.outcome, Absence) else ()
        if states := [state.spoken for state in told if state.id not in asked_for]:
            label = words.told_as.format(label=label, states=", ".join(states))
        if is_first:
            return words.first.format(year=turn.since.year, label=label)
        return words.turn.format(day=self.phrases.partial(turn.known), label=label)

    def changes(self, turns: Sequence[Turn]) -> list[str]:
        """Return how a year or month began, and each change in it."""
        words = self.phrases.words.alliances.turns
        return (
            [words.beginning.format(label=self.turned(turns[0])), *(self.turn(turn, is_first=False) for turn in turns[1:])] if turns else []
        )

    def turned(self, turn: Turn) -> str:
        """Return what a turn makes of the two, and by which treaties."""
        words = self.phrases.words.alliances
        if isinstance(turn.outcome, Absence):
            return words.turns.no_state.format(country=turn.outcome.country.name)
        label = words.relation.label[turn.outcome.label]
        named = list(dict.fromkeys(tie.treaty.short for tie in turn.outcome.deciding))
        rest = [self.phrases.words.common.more.format(count=len(named) - MAX_DECIDING)] if len(named) > MAX_DECIDING else []
        treaties = " ".join([", ".join(named[:MAX_DECIDING]), *rest])
        return words.turns.because.format(label=label, treaties=treaties) if treaties else label

    def circle(self, circle: Circle, most: int = MAX_NAMED) -> list[str]:
        """Return a treaty that gives a country allies: its name and force, what is owed, and who they are, `most` of them by name."""
        words, treaty = self.phrases.words.alliances, circle.treaty
        label = words.relation.label[circle.label]
        details = " · ".join(filter(None, (treaty.article, label)))
        heading = words.treaty.heading.format(name=treaty.name, details=details)
        return [heading, treaty.obligation, self._allies(circle, most), *self.doubts(treaty)]

    def _allies(self, circle: Circle, most: int) -> str:
        words, treaty = self.phrases.words.alliances.circles, self.phrases.words.alliances.treaty
        named, label = [], circle.label
        for ally, tie in circle.allies:
            details = [treaty.role[tie.other.role]] if tie.other.role else []
            details += [treaty.force[tie.force]] if tie.label is not label else []
            details += [words.reserved] if tie.remarks or not tie.is_sure else []
            named.append(treaty.detailed.format(text=ally.spoken, details=", ".join(details)) if details else ally.spoken)
        names = ", ".join(named[:most])
        if len(named) > most:
            return words.more.format(names=names, count=len(named) - most)
        return words.allies.format(names=names)

    def parties(self, treaty: Treaty, room: int) -> str:
        """Name the parties, those of the same dates together, as many as fit into `room` characters."""
        spans: dict[str, list[str]] = {}
        for party in treaty.parties:
            words = self.phrases.words.alliances.treaty
            details = ", ".join(filter(None, (words.role[party.role] if party.role else None, party.note)))
            name = self.countries[party.country].name
            spans.setdefault(self.period(party), []).append(words.detailed.format(text=name, details=details) if details else name)
        text = "\n".join(f"- {', '.join(names)}: {span}" if span else f"- {', '.join(names)}" for span, names in spans.items())
        return text if len(text) <= room else text[: max(room, 1) - 1].rpartition(",")[0] + "…"

    def treaty_dates(self, treaty: Treaty) -> str:
        """Return when a treaty was signed, took effect, fell asleep and ended, as far as that happened."""
        words, partial = self.phrases.words.alliances.treaty, self.phrases.partial
        parts = [words.signed.format(date=partial(treaty.signed))]
        parts.append(words.in_force.format(date=partial(treaty.in_force)) if treaty.in_force else words.not_in_force)
        if treaty.dormant_from:
            parts.append(words.dormant.format(date=partial(treaty.dormant_from)))
        if treaty.practice is Practice.NOMINAL and treaty.ended is None:
            parts.append(words.nominal)
        if treaty.ended:
            parts.append(words.ended.format(date=partial(treaty.ended)))
        return ", ".join(parts) + "."


def name_with_years(phrases: Phrases, country: Country) -> str:
    """Return the name of a country, with its years where it is gone: Soviet Union (1922-1991)."""
    last = country.periods[-1]
    if last.until is None:
        return country.name
    first = country.periods[0].since
    years = f"{first.year if first else ''}–{last.until.year}"  # noqa: RUF001 - a span of years
    return phrases.words.alliances.gone.format(name=country.name, years=years)
