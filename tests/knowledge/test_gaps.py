"""One slip is one problem: what only follows from it is counted, not told, and a name that is none is told with the nearest one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.domain.countries import Period
from bot.knowledge.checking import check
from bot.knowledge.guessing import MOST_GUESSES, list_keys
from bot.knowledge.loading import load
from bot.knowledge.problems import Severity
from tests.small import NOW, SMALL, write_content

if TYPE_CHECKING:
    from collections.abc import Mapping

TABS = {
    "tags.yaml": "- id: nato\n\ttitle: NATO\n- {id: war, title: The war}\n",
    "sources/all.yaml": SMALL["sources/all.yaml"].replace("  publisher", "\tpublisher", 1),
    "topics/all.yaml": SMALL["topics/all.yaml"].replace("  menu", "\tmenu", 1),
    "events/all.yaml": SMALL["events/all.yaml"].replace("  title", "\ttitle", 1),
    "deadlines/all.yaml": SMALL["deadlines/all.yaml"].replace("  title", "\ttitle", 1),
}
"""Each file of the small content, with one tab in it."""

STRAY = '- {id: stray, date: "1990", title: T, summary: S, tags: [love], sources: [archive], as_of: "2026-07-04"}\n'


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, so that problems name their files as somebody in a checkout reads them."""
    monkeypatch.chdir(tmp_path)


def _told(changes: Mapping[str, str | bytes], *, without: str = "") -> tuple[list[str], list[str]]:
    """Return the errors and the warnings that changed files give."""
    files = {name: text for name, text in {**SMALL, **changes}.items() if name != without}
    problems = check(load(write_content(Path("content"), files)), NOW)
    return tuple([str(p) for p in problems if p.severity is kind] for kind in (Severity.ERROR, Severity.WARNING))  # type: ignore[return-value]


@pytest.mark.parametrize("path", TABS)
def test_a_tab_is_one_problem(path: str) -> None:
    """What other files name and this one holds is no problem of theirs; it is only counted, where the tab stands."""
    errors, warnings = _told({path: TABS[path]})
    assert len(errors) == 1
    assert "tab" in errors[0] or "cannot start any token" in errors[0]
    place = errors[0].partition(": ")[0]
    assert [warning.partition(": ")[0] for warning in warnings] == [place]
    assert "what may only follow from this is not told until it can be read" in warnings[0]


def test_what_was_left_out_is_counted() -> None:
    """The tags are named seven times by what can be read."""
    _, warnings = _told({"tags.yaml": TABS["tags.yaml"]})
    assert warnings == [
        "content/tags.yaml:2:1: warning: what may only follow from this is not told until it can be read: 7 problems are left out"
    ]


def test_what_does_not_follow_is_told_all_the_same() -> None:
    """A tag that the broken file does not hold either is a problem of its own."""
    errors, _ = _told({"tags.yaml": TABS["tags.yaml"], "events/stray.yaml": STRAY})
    assert [error for error in errors if "love" in error] == ["content/events/stray.yaml:1:58: there is no 'love' in tags"]


@pytest.mark.parametrize(
    ("path", "text", "told"),
    [
        ("tags.yml", SMALL["tags.yaml"], "content/tags.yml:1:1: this is not read, for its name ends in .yml: call it tags.yaml"),
        ("tags.YAML", SMALL["tags.yaml"], "content/tags.YAML:1:1: this is not read, for its name ends in .YAML: call it tags.yaml"),
        ("tags.yaml", SMALL["tags.yaml"].encode() + b"# \xff\n", "content/tags.yaml:1:1: the file cannot be read as UTF-8 text"),
        ("tags.yaml", SMALL["tags.yaml"].replace("id: war", "idd: war"), "content/tags.yaml:2:3: the key 'id' is missing"),
    ],
)
def test_a_file_that_is_not_read_takes_nobody_along(path: str, text: str | bytes, told: str) -> None:
    """Under another ending, in another encoding or without an id, entries are known by their names to whoever names them."""
    errors, warnings = _told({path: text}, without="" if path == "tags.yaml" else "tags.yaml")
    assert errors[0].startswith(told)
    assert not [error for error in errors if "there is no" in error]
    assert len(warnings) == 1


def test_a_file_that_cannot_be_opened_takes_nobody_along() -> None:
    """Where nothing is known of what a file holds, nothing of its kind is called missing, and everything else is."""
    write_content(Path("content"), {**SMALL, "events/stray.yaml": STRAY.replace("archive", "hearsay").replace("love", "war")})
    Path("content/tags.yaml").unlink()
    Path("content/tags.yaml").symlink_to("nowhere.yaml")
    told = [str(problem) for problem in check(load(Path("content")), NOW)]
    assert [line for line in told if "there is no" in line] == ["content/events/stray.yaml:1:74: there is no 'hearsay' in sources"]
    assert [line for line in told if "8 problems are left out" in line]


LETTERS = "- {id: letters, publisher: P, title: T, url: 'https://example.org/letters', rank: research, published: '1990'}\n"


@pytest.mark.parametrize("is_opened", [True, False])
def test_a_source_that_a_broken_file_may_use_is_not_called_unused(*, is_opened: bool) -> None:
    """Whoever uses it may stand in what could not be read; where nothing but that is missing, it is told."""
    user = STRAY.replace("archive", "letters").replace("love", "war")
    files = {**SMALL, "sources/letters.yaml": LETTERS}
    unused = ["content/sources/letters.yaml:1:8: no entry uses the source 'letters'"]
    assert [str(p) for p in check(load(write_content(Path("content"), files)), NOW)] == unused
    if is_opened:
        write_content(Path("content"), {"events/stray.yaml": f"{user}- id: other\n\ttitle: T\n"})
    else:
        Path("content/events/stray.yaml").symlink_to("nowhere.yaml")
    told = [str(problem) for problem in check(load(Path("content")), NOW)]
    assert unused[0] not in told
    assert [line for line in told if "1 problem is left out" in line]


def test_where_not_even_the_kind_is_known_nothing_is_called_missing() -> None:
    """What stands at a place that says nothing of what it holds may be whatever others name."""
    write_content(Path("content"), {**SMALL, "events/stray.yaml": STRAY})
    assert [p for p in check(load(Path("content")), NOW) if "there is no 'love' in tags" in str(p)]
    Path("content/moved.yaml").symlink_to("nowhere.yaml")
    assert not [p for p in check(load(Path("content")), NOW) if "there is no 'love' in tags" in str(p)]


SLIPS = [
    ("events/all.yaml", "tags: [war]", "tags: [wra]", "there is no 'wra' in tags (did you mean 'war'?)"),
    ("events/all.yaml", "sources: [archive]", "sources: [archiv]", "there is no 'archiv' in sources (did you mean 'archive'?)"),
    ("events/all.yaml", "tags: [war]", "tags: [love]", "there is no 'love' in tags"),
    ("events/all.yaml", "  stance: allied", "  Stance: allied", "unknown key 'Stance' (did you mean 'stance'?)"),
    ("events/all.yaml", "  stance: allied", "  STANCE: allied", "unknown key 'STANCE' (did you mean 'stance'?)"),
    ("events/all.yaml", "  stance: allied", "  colour: red", "unknown key 'colour'"),
    ("topics/all.yaml", "  - text: No", "  - txet: No", "unknown key 'facts.0.txet' (did you mean 'text'?)"),
    ("deadlines/all.yaml", "zone: America", "zoen: America", "unknown key 'when.zoen' (did you mean 'zone'?)"),
    ("wording/en.yaml", "  in_days:", "  in_day:", "unknown key 'dates.in_day' (did you mean 'in_days'?)"),
]


@pytest.mark.parametrize(("path", "right", "wrong", "told"), SLIPS)
def test_a_misspelt_name_is_told_with_the_nearest(path: str, right: str, wrong: str, told: str) -> None:
    """An id or a key that is none comes with the one that is most like it, wherever it stands; nothing is made up for one that is like none."""
    errors, _ = _told({path: SMALL[path].replace(right, wrong, 1)})
    assert [error.partition(": ")[2] for error in errors if error.endswith(told)] == [told]


def test_a_key_is_guessed_as_it_is_written() -> None:
    """Where Python has a word of its own, the file's is told."""
    assert list_keys(Period, ()) == ("from", "until")


def test_not_more_is_guessed_than_anybody_reads() -> None:
    """A file made to hold thousands of names that are none costs no more than the first hundred."""
    many = "".join(STRAY.replace("stray", f"stray-{n}").replace("love", f"wart{n}") for n in range(MOST_GUESSES + 20))
    errors, _ = _told({"events/many.yaml": many})
    assert sum("did you mean 'war'?" in error for error in errors) <= MOST_GUESSES
    assert sum("there is no 'wart" in error for error in errors) == MOST_GUESSES + 20
