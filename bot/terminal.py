"""The same answers as in the chat, for a terminal or, as JSON, for a program."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape
from rich.table import Table

from bot.app import utc_now
from bot.domain.comparing import compare_contents
from bot.domain.entries import Term, Topic
from bot.domain.screens import AnswerScreen, DeadlinesScreen
from bot.errors import ContentError
from bot.knowledge.auditing import count_coverage, list_awaiting, list_link_faults
from bot.knowledge.checking import check
from bot.knowledge.files import read_files
from bot.knowledge.loading import load, load_files
from bot.knowledge.problems import Severity
from bot.knowledge.revisions import read_revision
from bot.knowledge.snapshot import Snapshot
from bot.services import exporting
from bot.services.answering import Suggestions, find_answer, id_of, label_of
from bot.services.browsing import find_tag, list_deadlines, list_events, list_occurrences, parse_span, parse_timeline
from bot.services.calendaring import write_calendar
from bot.services.describing import describe_fully
from bot.services.phrasing import Phrases
from bot.settings import read_settings
from bot.vetting import check_content

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.domain.knowledge_base import KnowledgeBase
    from bot.domain.statements import Entry, Source
    from bot.errors import UserError
    from bot.knowledge.auditing import Coverage, Pile
    from bot.services.browsing import DatedDeadline


def open_snapshot(folder: Path) -> Snapshot:
    """Return the content of `folder`, indexed; raises ContentError with all problems."""
    loaded = load(folder)
    errors = [problem for problem in check(loaded, utc_now()) if problem.severity is Severity.ERROR]
    if loaded.knowledge is None or errors:
        raise ContentError(errors)
    return Snapshot.of(loaded.knowledge)


def check_folder(folder: Path, against: str | None = None, *, links: bool = False, stats: bool = False) -> int:
    """Print every problem of a content folder, what it holds, and how it differs from the one in `against`; return the exit code.

    `against` is a folder, else a git revision; raises RevisionError or ContentError where it cannot be compared with.
    `links` looks at every address too and lists what awaits review, which is no error; `stats` counts how well entries are sourced.
    """
    loaded, now = load(folder), utc_now()
    problems = (*check_content(loaded, now), *(list_link_faults(loaded) if links else ()))
    for problem in problems:
        click.echo(str(problem))
    if links:
        _print_awaiting(list_awaiting(loaded, now))
    if stats:
        _print_coverage(count_coverage(loaded))
    errors = sum(p.severity is Severity.ERROR for p in problems)
    click.echo(f"{folder}: {len(loaded.written)} entries, {errors} errors, {len(problems) - errors} warnings")
    if against is not None:
        _print_differences(loaded.knowledge, folder, against)
    return ContentError.exit_code if errors else 0


def _print_awaiting(piles: tuple[Pile, ...]) -> None:
    for pile in piles:
        click.echo(f"\n{pile.title[0].upper()}{pile.title[1:]}:")
        for item in pile.items:
            click.echo(f"  {item.location}: {item.message}")
    counts = "; ".join(f"{pile.title}: {len(pile.items)}" for pile in piles)
    click.echo(f"\nAwaiting review: {counts or 'nothing'}\n")


def _print_coverage(rows: Iterable[Coverage]) -> None:
    table = Table(
        title="How the entries are sourced", caption="First rank: primary, research, a party for itself, agencies and papers of record"
    )
    table.add_column("Kind", no_wrap=True)
    for heading in ("Entries", "First rank", "%", "Primary, research", "Lesser only", "None", "Uncon-\nfirmed"):
        table.add_column(heading, justify="right")
    for row in rows:
        share = "" if row.percent is None else str(row.percent)
        numbers = (row.first_rank, share, row.closest, row.lesser_only, row.without, row.unconfirmed)
        table.add_row(row.kind, str(row.entries), *map(str, numbers))
    Console().print(table)


def _print_differences(new: KnowledgeBase | None, folder: Path, against: str) -> None:
    if new is None:
        click.echo(f"Not compared with {against}: {folder} must load first.")
        return
    files = read_files(Path(against)) if against and Path(against).is_dir() else read_revision(folder, against)
    old = load_files(files)
    if old.knowledge is None:
        msg = f"There is no comparing with {files.place}, which this version of the program cannot load:"
        raise ContentError([msg, *old.errors])
    click.echo(f"\nAgainst {files.place}:\n")
    click.echo(describe_fully(compare_contents(old.knowledge, new, utc_now()), None, Phrases(new.wording)))


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


def explain(error: UserError) -> str:
    """Return what a user reads, in the words of the content in use where it can be read."""
    loaded = load(read_settings().content_dir)
    return Phrases(loaded.knowledge.wording).complaint(error) if loaded.knowledge else str(error)


def print_answer(snapshot: Snapshot, text: str, *, as_json: bool) -> None:
    """Print what `/allies` would answer to `text`."""
    found, now, knowledge = find_answer(snapshot, text), utc_now(), snapshot.knowledge
    if isinstance(found, Suggestions):
        names = [f"{id_of(a)} ({label_of(a)})" for a in found.answers]
        print_suggestions([id_of(a) for a in found.answers]) if as_json else None
        click.echo(f"No answer goes by {text!r}. Did you mean: {'; '.join(names)}?", err=True)
        raise SystemExit(1)
    if found.is_guess:
        click.echo(knowledge.wording.topic.closest.format(text=text), err=True)
    screen = found.screen
    if isinstance(screen, AnswerScreen):
        topic = knowledge.get(Topic, screen.topic)
        print_json(exporting.topic(topic, knowledge, now, is_guess=found.is_guess)) if as_json else _print_topic(topic, snapshot, now)
    else:
        term = knowledge.get(Term, getattr(screen, "term", ""))
        print_json(exporting.term(term, knowledge, is_guess=found.is_guess)) if as_json else _print_term(term, snapshot, now)


def print_suggestions(arguments: list[str]) -> None:
    """Print as JSON what to ask instead, each as the arguments of `detente allies`."""
    print_json({"kind": "suggestions", "found": None, "suggestions": arguments})


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


def _print_card(lines: list[str], phrases: Phrases, entry: Entry, sources: Iterable[Source], now: datetime) -> None:
    print_lines([*lines, *phrases.ground(entry, now)], phrases, sources)


def print_lines(lines: Iterable[str], phrases: Phrases, sources: Iterable[Source]) -> None:
    """Print paragraphs of Markdown, and the sources below them with their addresses."""
    listed = "\n".join(f"{n}. {s.publisher}: {s.title}, {s.url}" for n, s in enumerate(sources, 1))
    Console().print(Markdown("\n\n".join([*lines, *([phrases.words.common.sources, listed] if listed else [])])))


def print_timeline(snapshot: Snapshot, options: tuple[str | None, ...], *, as_json: bool) -> None:
    """Print the events under the filters (first, last, tag, search); raises UserError for a bad one."""
    first, last, tag, search = options
    screen = parse_timeline(snapshot, first, last, tag, search)
    events, phrases = list_events(snapshot, screen), Phrases(snapshot.knowledge.wording)
    if as_json:
        print_json([exporting.entry(event, snapshot.knowledge) for event in events])
        return
    table = Table("Date", "What happened", "Sources", title=escape(phrases.timeline_filters(screen, snapshot.knowledge)), show_lines=True)
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
    table = Table("Date", "", "What", "How certain", show_lines=True)
    for entry in dated:
        deadline, occurrence = entry.deadline, entry.occurrence
        what = f"[bold]{escape(deadline.title)}[/bold] ({deadline.id})\n{escape(deadline.outcome or deadline.summary)}"
        when = phrases.occurrence(occurrence, deadline)
        table.add_row(when, phrases.distance(occurrence, now), what, phrases.certainty(deadline, now, occurrence))
    Console().print(table)


def print_json(value: Any) -> None:  # noqa: ANN401 - anything JSON holds
    """Print `value` as JSON, in plain ASCII where the terminal takes no UTF-8."""
    is_unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    click.echo(json.dumps(value, ensure_ascii=not is_unicode, indent=2))
