"""What two states are to each other, and who the allies of one are, for a terminal or, as JSON, for a program."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from bot.app import utc_now
from bot.domain.alliances import Absence
from bot.domain.countries import Country
from bot.domain.screens import CirclesScreen, RelationScreen, Screen
from bot.domain.statements import CountryId
from bot.services import exporting
from bot.services.narrating import Narrator
from bot.services.phrasing import Phrases
from bot.services.relating import Which, day_of, find_circles, find_question, find_relation, list_changes, relate
from bot.terminal.answers import print_answer
from bot.terminal.printing import print_json, print_lines, print_suggestions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from bot.domain.alliances import Relation
    from bot.domain.treaties import Treaty
    from bot.knowledge.snapshot import Snapshot


def print_allies(snapshot: Snapshot, words: Sequence[str], *, as_json: bool) -> None:
    """Print what `/allies` would answer to a topic, or to one or two countries and a date; raises UserError."""
    question = find_question(snapshot, words)
    if question is None:
        print_answer(snapshot, " ".join(words), as_json=as_json)
        return
    printer = _Printer.of(snapshot, as_json=as_json)
    # Today's date is put in and taken out again: a program gets a relation also where people get the topic about today.
    found = find_relation(snapshot, replace(question, when=question.when or str(printer.today)), printer.today)
    screen = printer.settle(found, with_date=bool(question.when))
    if isinstance(screen, RelationScreen):
        printer.print_relation(screen)
        if question.other is None and not as_json:
            name = printer.narrator.countries[CountryId(screen.one)].spoken
            click.echo(f"All allies of {name}: detente allies {_arguments(CirclesScreen(screen.one, screen.on))}")
    elif isinstance(screen, CirclesScreen):
        printer.print_circles(screen)


def print_all_allies(snapshot: Snapshot, country: str, when: str, *, as_json: bool) -> None:
    """Print all allies of a country by treaty, today or on a date; raises UserError."""
    printer = _Printer.of(snapshot, as_json=as_json)
    screen = printer.settle(find_circles(snapshot, country, when, printer.today))
    if isinstance(screen, CirclesScreen):
        printer.print_circles(screen)


@dataclass(frozen=True, slots=True)
class _Printer:
    """Prints screens about countries, for people or for programs."""

    snapshot: Snapshot
    narrator: Narrator
    as_json: bool

    @classmethod
    def of(cls, snapshot: Snapshot, *, as_json: bool) -> _Printer:
        """Print what holds today (UTC)."""
        return cls(snapshot, Narrator.of(snapshot, Phrases(snapshot.knowledge.wording), utc_now().date()), as_json)

    @property
    def today(self) -> date:
        """The day it prints for."""
        return self.narrator.today

    def settle(self, found: Screen | Which, *, with_date: bool = True) -> Screen:
        """Return the screen that was found; else ask which one is meant, say how to ask for each, and end with 1."""
        if isinstance(found, Screen):
            return found if with_date else _undated(found)
        offers = [(label, _arguments(screen if with_date else _undated(screen)) or shlex.quote(label)) for label, screen in found.screens]
        if self.as_json:
            print_suggestions([arguments for _, arguments in offers])
        question = self.narrator.phrases.which(found).format(text=found.text)
        click.echo(question.removeprefix("### "), err=True)
        for label, arguments in offers:
            click.echo(f"  {label}: detente allies {arguments}", err=True)
        sys.exit(1)

    def print_relation(self, screen: RelationScreen) -> None:
        """Print what two countries are to each other: for people, the topic that answers for today where there is one."""
        knowledge = self.snapshot.knowledge
        outcome = relate(knowledge, screen, self.today)
        if isinstance(outcome, Absence):
            self._print_absence(outcome, screen)
        elif self.as_json:
            turns = list_changes(knowledge, screen, self.today)
            print_json(exporting.relation(outcome, screen, turns, knowledge, self.narrator))
        elif not screen.on and (topic := knowledge.find_topic_of_pair(outcome.one.id, outcome.other.id)):
            print_answer(self.snapshot, topic.id, as_json=False)
        else:
            self._print(self._tell(outcome, screen), outcome.treaties)

    def _tell(self, relation: Relation, screen: RelationScreen) -> list[str]:
        """Return the paragraphs of the card about two countries, the treaties that decide first."""
        narrator, asked_for = self.narrator, (CountryId(screen.one), CountryId(screen.other))
        words, (one, other) = narrator.phrases.words.alliances.relation, (narrator.countries[code] for code in asked_for)
        lines = [
            words.title.format(one=one.name, other=other.spoken),
            narrator.verdict(relation, screen.asked),
            *narrator.explain(relation, asked_for),
        ]
        lines += [_listed(*narrator.tie(tie)) for tie in relation.strongest_first]
        lines.append("\n".join(narrator.past(relation)))
        changes = narrator.changes(list_changes(self.snapshot.knowledge, screen, self.today))
        if changes and screen.asked:
            lines.append(_listed(words.changed.format(span=narrator.phrases.partial(screen.asked)), *changes))
        return [*lines, *narrator.cautions(relation)]

    def print_circles(self, screen: CirclesScreen) -> None:
        """Print all allies of a country by treaty."""
        knowledge, narrator, words = self.snapshot.knowledge, self.narrator, self.narrator.phrases.words.alliances.circles
        country, day = knowledge.get(Country, screen.country), day_of(screen.asked, self.today)
        circles = knowledge.treaty_book.list_circles(country.id, day)
        if isinstance(circles, Absence):
            self._print_absence(circles, screen)
        elif self.as_json:
            print_json(exporting.circles(circles, screen, day, knowledge, narrator))
        else:
            known = knowledge.treaty_book.as_of or day
            intro = (words.intro if circles else words.none).format(count=len(circles), when=narrator.when(screen.asked, day, known))
            told = (_listed(*narrator.circle(circle, most=len(circle.allies))) for circle in circles)
            lines = [words.title.format(country=country.spoken), intro, *told, narrator.caution(known)]
            self._print(lines, [circle.treaty for circle in circles])

    def _print_absence(self, absence: Absence, screen: RelationScreen | CirclesScreen) -> None:
        """Say that a country was no state, and how to ask about those in its place."""
        if self.as_json:
            print_json(exporting.absence(absence, screen, self.narrator))
            return
        codes = (screen.one, screen.other) if isinstance(screen, RelationScreen) else (screen.country,)
        kept = next((code for code in codes if code != absence.country.id), absence.country.id)
        instead = [there for there in absence.instead if there.id != kept]
        offers = [f"{there.name}: `detente allies {_arguments(_replaced(screen, absence.country.id, there.id))}`" for there in instead]
        lines = [self.narrator.absence(absence, screen.asked), *self.narrator.status(absence.country), absence.country.note or ""]
        told = self.narrator.instead(absence, self.snapshot.knowledge.get(Country, kept))
        self._print([*lines, *told, _listed("", *offers)], [])

    def _print(self, lines: Iterable[str], treaties: Iterable[Treaty]) -> None:
        """Print paragraphs and the sources of `treaties`."""
        named = dict.fromkeys(source for treaty in treaties for source in treaty.sources)
        print_lines(filter(None, lines), self.narrator.phrases, self.snapshot.knowledge.list_sources(named))


def _listed(heading: str, *lines: str) -> str:
    """Return a heading with a list below it, in Markdown."""
    return "\n".join([heading, *(f"- {line}" for line in lines)])


def _undated(screen: Screen) -> Screen:
    return replace(screen, on="") if isinstance(screen, RelationScreen | CirclesScreen) else screen


def _replaced(screen: RelationScreen | CirclesScreen, gone: str, there: str) -> Screen:
    """Return the screen with one country in the place of another."""
    if isinstance(screen, CirclesScreen):
        return replace(screen, country=there)
    return replace(screen, one=there) if screen.one == gone else replace(screen, other=there)


def _arguments(screen: Screen) -> str:
    """Return what to type after `detente allies` for a screen about countries."""
    if isinstance(screen, CirclesScreen):
        return " ".join(filter(None, ("--of", screen.country, screen.on)))
    return " ".join(filter(None, (screen.one, screen.other, screen.on))) if isinstance(screen, RelationScreen) else ""
