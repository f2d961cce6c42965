"""Whatever is wrong with the content is told, all at once, each thing at its place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.errors import ContentError
from bot.knowledge.checking import FIRST_TOPIC, check
from bot.knowledge.loading import load
from bot.knowledge.problems import Severity
from tests.knowledge.broken import ILL_DATED, ILL_NAMED, LOOSE, UNREADABLE, Broken
from tests.small import NOW, SMALL, write_content

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.knowledge.problems import Problem


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, so that problems name their files as somebody in a checkout reads them."""
    monkeypatch.chdir(tmp_path)


def _problems(*changes: Mapping[str, str | bytes]) -> tuple[Problem, ...]:
    files: dict[str, str | bytes] = dict(SMALL)
    for change in changes:
        files |= change
    return check(load(write_content(Path("content"), files)), NOW)


def _told_together(table: Iterable[Broken]) -> None:
    table = tuple(table)
    problems = _problems(*(broken.files for broken in table))
    assert sorted(map(str, problems)) == sorted(told for broken in table for told in broken.expected)
    assert list(problems) == sorted(problems)


def test_the_small_knowledge_base_is_sound() -> None:
    """The files that the other tests break have no problem themselves."""
    assert _problems() == ()


@pytest.mark.parametrize("broken", [*UNREADABLE, *LOOSE, *ILL_NAMED, *ILL_DATED], ids=lambda broken: broken.name)
def test_each_problem_is_told_at_its_place(broken: Broken) -> None:
    """One broken thing gives exactly its problems, with file, line and column."""
    assert sorted(map(str, _problems(broken.files))) == sorted(broken.expected)


def test_everything_unreadable_or_loose_is_told_in_one_run() -> None:
    """With every file broken in its own way at once, no problem hides another, and all stand in file order."""
    _told_together((*UNREADABLE, *LOOSE))


def test_everything_that_only_the_whole_tells_is_told_in_one_run() -> None:
    """Loose ends, ill dates, idle sources and a missing verdict are all told at once."""
    _told_together((*LOOSE, *ILL_DATED))


def test_one_entry_with_three_faults_gives_three_problems() -> None:
    """A fault of an entry does not hide the next one in the same entry."""
    text = '- id: Bad Id\n  date: "1991-13"\n  title: NO\n  summary: x\n  tags: [war]\n  sources: [archive]\n  as_of: soon\n'
    assert [(p.location.line, p.location.column) for p in _problems({"events/x.yaml": text})] == [(1, 7), (2, 9), (3, 10), (7, 10)]


def test_only_overdue_work_is_a_warning() -> None:
    """What an editor should look at again does not keep the content from being used; everything else does."""
    warned = {broken.name for broken in (*UNREADABLE, *LOOSE, *ILL_DATED) if any(": warning: " in told for told in broken.expected)}
    problems = _problems(*(broken.files for broken in ILL_DATED if broken.name in warned))
    assert warned == {"review-due", "gone-by"}
    assert [p.severity for p in problems] == [Severity.WARNING] * 2


def test_a_problem_past_the_hundredth_entry_has_its_own_line() -> None:
    """In a file of hundreds of entries, read in slices, every problem keeps the line of the file."""
    entry = '- id: n{0}\n  date: "{1}"\n  title: T\n  summary: S\n  tags: [{2}]\n  sources: [archive]\n  as_of: "2026-07-04"\n'
    broken_dates, broken_tags = {3, 99, 100, 299}, {101, 200, 250}
    text = "# comment\n" + "".join(
        entry.format(n, "1991-13" if n in broken_dates else "1991", "love" if n in broken_tags else "war") for n in range(300)
    )
    found = {str(p) for p in _problems({"events/many.yaml": text})}
    dates = {f"content/events/many.yaml:{2 + 7 * n + 1}:9: date: month must be in 1..12" for n in broken_dates}
    tags = {f"content/events/many.yaml:{2 + 7 * n + 4}:10: there is no 'love' in tags" for n in broken_tags}
    assert found == dates | tags


def test_the_error_that_stops_the_bot_carries_every_problem() -> None:
    """The text of a content error has one line for each problem."""
    problems = _problems(*(broken.files for broken in LOOSE))
    error = ContentError(problems)
    assert (str(error).splitlines(), error.exit_code) == ([str(p) for p in problems], 3)
    assert len(error.problems) == len(LOOSE)


def test_a_link_in_an_address_is_no_mention() -> None:
    """An address may hold an at sign; it is never shown as text."""
    text = '- {id: at, publisher: P, title: T, url: "https://example.org/@here/x", rank: press}\n'
    use = '- {id: at, date: "1990", title: T, summary: S, tags: [war], sources: [at], as_of: "2026-07-04"}\n'
    assert _problems({"sources/at.yaml": text, "events/at.yaml": use}) == ()


def test_the_first_topic_is_the_verdict() -> None:
    """The topic that must exist is the one that the bot answers with when none is named."""
    assert FIRST_TOPIC == "verdict"
