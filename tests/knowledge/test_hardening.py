"""Content that once slipped through the check, or broke it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.knowledge.checking import check
from bot.knowledge.loading import load
from bot.knowledge.searching import normalize
from bot.vetting import check_content
from tests.conftest import CONTENT
from tests.knowledge.broken import ILL_DATED, UNREADABLE, _event
from tests.small import NOW, SMALL, WORDING, write_content


def _check(folder: Path, **files: str) -> list[str]:
    return [str(p) for p in check(load(write_content(folder / "content", {**SMALL, **files})), NOW)]


def test_content_without_entries_is_told(tmp_path: Path) -> None:
    """Content without entries is told."""
    problems = check(load(write_content(tmp_path, {"wording/en.yaml": WORDING})), NOW)
    assert any("'verdict'" in str(p) for p in problems)


@pytest.mark.parametrize("line", ["    party: a party's own words\n", '    settled: "Settled history."\n'])
def test_a_missing_word_of_a_kind_is_told(tmp_path: Path, line: str) -> None:
    """A missing word of a kind is told."""
    assert line in WORDING
    folder = write_content(tmp_path, {**SMALL, "wording/en.yaml": WORDING.replace(line, "")})
    assert load(folder).problems


@pytest.mark.parametrize("text", ["{month:d} {year}", "{month!x} {year}", "{month:{width}}"])
def test_a_format_that_cannot_be_said_is_told(tmp_path: Path, text: str) -> None:
    """A format that cannot be said is told."""
    folder = write_content(tmp_path, {**SMALL, "wording/en.yaml": WORDING.replace("{month} {year}", text, 1)})
    assert load(folder).problems
    check_content(load(folder), NOW)


@pytest.mark.parametrize(
    "text",
    [
        _event("x", title="&t Foo", summary="*t"),
        _event("x", tags="&t [war]") + _event("y", tags="*t"),
    ],
    ids=["scalar", "across entries"],
)
def test_every_alias_is_told(tmp_path: Path, text: str) -> None:
    """Every alias is told."""
    assert any("anchors and aliases" in told for told in _check(tmp_path, **{"events/x.yaml": text}))


def test_both_kinds_of_problem_are_told_in_one_run(tmp_path: Path) -> None:
    """Both kinds of problem are told in one run."""
    told = _check(tmp_path, **{"events/x.yaml": _event("x", "  colour: red\n"), "events/y.yaml": _event("y", as_of='"2027-01-01"')})
    assert len(told) == 2, told


def test_everything_in_one_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything in one run."""
    monkeypatch.chdir(tmp_path)
    table = [b for b in (*UNREADABLE, *ILL_DATED) if b.name != "no-verdict"]
    files = {name: text for b in table for name, text in b.files.items()}
    assert sorted(_check(tmp_path, **files)) == sorted(t for b in table for t in b.expected)  # type: ignore[arg-type]


def test_a_broken_entry_is_not_also_called_missing(tmp_path: Path) -> None:
    """A broken entry is not also called missing."""
    told = _check(tmp_path, **{"sources/all.yaml": SMALL["sources/all.yaml"].replace("rank: research", "rank: best")})
    assert len(told) == 1, told


def test_a_slip_in_wording_is_told_at_its_line(tmp_path: Path) -> None:
    """A slip in wording is told at its line."""
    lines = WORDING.replace("{month} {year}", "{month} {yaer}", 1)
    line = next(n for n, text in enumerate(lines.splitlines(), 1) if "yaer" in text)
    assert f"wording/en.yaml:{line}:" in _check(tmp_path, **{"wording/en.yaml": lines})[0]


def test_a_number_of_thousands_of_digits_is_told(tmp_path: Path) -> None:
    """A number of thousands of digits is told."""
    assert _check(tmp_path, **{"topics/all.yaml": SMALL["topics/all.yaml"].replace("order: 10", "order: " + "9" * 5000)})


@pytest.mark.parametrize("text", ["New START™", "℃", "№ 5"])
def test_normalized_text_is_lower_case(text: str) -> None:
    """Normalized text is lower case."""
    assert normalize(text) == normalize(text).casefold()


def test_wording_is_checked_for_mentions(tmp_path: Path) -> None:
    """Wording is checked for mentions."""
    assert _check(tmp_path, **{"wording/en.yaml": WORDING.replace("today: today", 'today: "@everyone"')})


def test_no_source_of_the_real_content_stands_twice() -> None:
    """No source of the real content stands twice."""
    knowledge = load(CONTENT).knowledge
    assert knowledge
    kept = [(u.hostname or "").removeprefix("www.") + u.path.rstrip("/") + u.query for u in (urlsplit(s.url) for s in knowledge.sources)]
    assert sorted(kept) == sorted(set(kept))
