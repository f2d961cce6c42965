"""The same answers as in the chat."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from bot.app import utc_now
from bot.domain.entries import Term, Topic
from bot.domain.screens import AnswerScreen, DeadlinesScreen, TreatyScreen
from bot.domain.treaties import Treaty
from bot.errors import ContentError
from bot.knowledge.checking import check
from bot.knowledge.loading import load
from bot.knowledge.problems import Severity
from bot.knowledge.snapshot import Snapshot
from bot.services import exporting
from bot.services.answering import Suggestions, find_answer, id_of, label_of
from bot.services.browsing import find_search, find_tag, list_deadlines, list_events, list_occurrences, parse_span, parse_timeline
from bot.services.calendaring import write_calendar
from bot.services.narrating import Narrator
from bot.services.phrasing import Phrases
from bot.terminal.printing import print_json, print_lines, print_suggestions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.domain.statements import Entry, Source
    from bot.services.browsing import DatedDeadline


def open_snapshot(folder: Path) -> Snapshot:
    """Return the content of `folder`, indexed; raises ContentError with all problems."""
    loaded = load(folder)
    errors = [problem for problem in check(loaded, utc_now()) if problem.severity is Severity.ERROR]
    if loaded.knowledge is None or errors:
        raise ContentError(errors)
    return Snapshot.of(loaded.knowledge)


def save_calendar(snapshot: Snapshot, file: Path | None, tags: Iterable[str]) -> None:
    """Write the calendar of the dates with any of `tags`, all of them without one, to `file` or standard output.

    Raises UnknownTagError and OSError.
    """
    written = write_calendar(snapshot.knowledge, tags=[find_tag(snapshot.knowledge, tag) for tag in tags])
    if file is None:
        click.echo(written, nl=False)
    else:
        file.write_bytes(written)
        click.echo(file)


def print_answer(snapshot: Snapshot, text: str, *, as_json: bool) -> None:
    """Print what `/allies` would answer to `text`."""
    found, now, knowledge = find_answer(snapshot, text), utc_now(), snapshot.knowledge
    if isinstance(found, Suggestions):
        print_suggestions([id_of(a) for a in found.answers]) if as_json else None
        click.echo(f"No answer goes by “{text}”. Did you mean one of these?", err=True)
        for answer in found.answers:
            click.echo(f"  {label_of(answer)}: detente allies {id_of(answer)}", err=True)
        if find_search(snapshot, text):
            click.echo(f"  {knowledge.wording.topic.in_timeline}: detente timeline --search {shlex.quote(text)}", err=True)
        raise SystemExit(1)
    if found.is_guess:
        click.echo(knowledge.wording.topic.closest.format(text=text), err=True)
    screen = found.screen
    if isinstance(screen, AnswerScreen):
        topic = knowledge.get(Topic, screen.topic)
        print_json(exporting.topic(topic, knowledge, now, is_guess=found.is_guess)) if as_json else _print_topic(topic, snapshot, now)
    elif isinstance(screen, TreatyScreen):
        treaty = knowledge.get(Treaty, screen.treaty)
        print_json(exporting.treaty(treaty, knowledge)) if as_json else _print_treaty(treaty, snapshot, now)
    else:
        term = knowledge.get(Term, getattr(screen, "term", ""))
        print_json(exporting.term(term, knowledge, is_guess=found.is_guess)) if as_json else _print_term(term, snapshot, now)


def _print_topic(topic: Topic, snapshot: Snapshot, now: datetime) -> None:
    phrases, knowledge = Phrases(snapshot.knowledge.wording), snapshot.knowledge
    numbers = {source: number for number, source in enumerate(topic.all_sources, 1)}
    words = phrases.words.topic
    lines = [f"# {topic.title}", f"**{topic.answer}**", topic.body, words.facts]
    lines.append("\n".join(f"- {f.text} [{', '.join(str(numbers[s]) for s in f.sources)}]" for f in topic.facts))
    if topic.positions:
        lines += [words.positions, "\n".join(f"- {words.position.format(who=p.who, says=p.says)}" for p in topic.positions)]
    if following := knowledge.find_next_deadline(topic, now):
        deadline, occurrence = following
        when = f"{phrases.occurrence(occurrence, deadline)}, {phrases.distance(occurrence, now)}"
        lines.append(words.next_deadline.format(title=deadline.title, when=when, certainty=phrases.certainty(deadline, now)))
    _print_card(lines, phrases, topic, knowledge.list_sources(topic.all_sources), now)


def _print_term(term: Term, snapshot: Snapshot, now: datetime) -> None:
    phrases = Phrases(snapshot.knowledge.wording)
    _print_card([f"# {term.term}", term.definition], phrases, term, snapshot.knowledge.list_sources(term.sources), now)


def _print_treaty(treaty: Treaty, snapshot: Snapshot, now: datetime) -> None:
    phrases = Phrases(snapshot.knowledge.wording)
    narrator, words = Narrator.of(snapshot, phrases, now.date()), phrases.words.alliances.treaty
    details = " · ".join(filter(None, (treaty.article, words.kind[treaty.kind], words.binding[treaty.binding])))
    lines = [f"# {treaty.name}", details, narrator.treaty_dates(treaty), treaty.obligation]
    lines += [words.hub.format(country=narrator.countries[treaty.hub].spoken)] if treaty.hub else []
    lines += [words.contested.format(text=treaty.contested)] if treaty.contested else []
    lines += [*map(narrator.remark_of, treaty.suspensions), *([treaty.note] if treaty.note else [])]
    count = words.parties.format(count=len({party.country for party in treaty.parties}))
    lines.append(f"{count}\n{narrator.parties(treaty, sys.maxsize)}")
    _print_card(lines, phrases, treaty, snapshot.knowledge.list_sources(treaty.sources), now)


def _print_card(lines: list[str], phrases: Phrases, entry: Entry, sources: Iterable[Source], now: datetime) -> None:
    print_lines([*lines, *phrases.ground(entry, now)], phrases, sources)


def print_timeline(snapshot: Snapshot, options: tuple[str | None, ...], *, as_json: bool) -> None:
    """Print the events under the filters (first, last, tag, search); raises UserError for a bad one."""
    first, last, tag, search = options
    screen = parse_timeline(snapshot, first, last, tag, search)
    events, phrases = list_events(snapshot, screen), Phrases(snapshot.knowledge.wording)
    if as_json:
        print_json([exporting.entry(event, snapshot.knowledge) for event in events])
        return
    what, title = Column("What happened", ratio=1), escape(phrases.timeline_filters(screen, snapshot.knowledge))
    table = Table(Column("Date", max_width=16), what, Column("Sources", max_width=24), title=title, show_lines=True)
    for event in events:
        publishers = ", ".join(dict.fromkeys(s.publisher for s in snapshot.knowledge.list_sources(event.sources)))
        table.add_row(phrases.span(event.date), f"[bold]{escape(event.title)}[/bold]\n{escape(event.summary)}", escape(publishers))
    Console().print(table)


def print_deadlines(snapshot: Snapshot, options: tuple[str | None, ...], *, include_passed: bool, as_json: bool) -> None:
    """Print the dates ahead, or every occurrence between two dates (first, last, tag); raises UserError for a bad one."""
    first, last, tag = options
    now, span = utc_now(), parse_span(first, last)
    screen = DeadlinesScreen(tag=find_tag(snapshot.knowledge, tag), include_passed=include_passed)
    dated = list_occurrences(snapshot, screen, span, now) if any(span) else list_deadlines(snapshot, screen, now)
    if as_json:
        print_json([exporting.deadline(d, snapshot.knowledge, now) for d in dated])
    else:
        _print_deadline_table(dated, snapshot, now)


def _print_deadline_table(dated: Iterable[DatedDeadline], snapshot: Snapshot, now: datetime) -> None:
    phrases = Phrases(snapshot.knowledge.wording)
    widest = Column("What", ratio=1)  # the rest is short, and would take as much room
    table = Table(Column("Date", max_width=16), Column("", no_wrap=True), widest, Column("How certain", max_width=16), show_lines=True)
    for entry in dated:
        deadline, occurrence = entry.deadline, entry.occurrence
        what = f"[bold]{escape(deadline.title)}[/bold] ({deadline.id})\n{escape(deadline.outcome or deadline.summary)}"
        when = phrases.occurrence(occurrence, deadline)
        table.add_row(when, phrases.distance(occurrence, now), what, phrases.certainty(deadline, now, occurrence))
    Console().print(table)
