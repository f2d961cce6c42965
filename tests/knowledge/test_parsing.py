"""YAML to plain values, with the place of everything."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.parsing import ENTRIES_PER_SLICE, MAX_DEPTH, MAX_SLICE, Parsed, parse_document, parse_entries
from bot.knowledge.problems import Location, Problem, Severity

SCALARS = [
    ("text", "text"),
    ("'NO'", "NO"),
    ('"no"', "no"),
    ("true", True),
    ("False", False),
    ("TRUE", True),
    ("null", None),
    ("~", None),
    ("", None),
    ("7", 7),
    ("-3", -3),
    ("+3", 3),
    ("0", 0),
    ("'7'", "7"),
    ("007", "007"),
    ("0x1F", "0x1F"),
    ("1_000", "1_000"),
    ("12:30", "12:30"),
    ("1991-12-25", "1991-12-25"),
    ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z"),
    ("3.14", "3.14"),
    (".inf", ".inf"),
    ("[1, two]", [1, "two"]),
    ("{a: {b: 1}}", {"a": {"b": 1}}),
]

_TAGS = "tags (!) are not used here: write the value alone"

BARE = ["NO", "no", "No", "yes", "YES", "on", "Off"]

BROKEN = [
    ("", "1:1", "the file is empty"),
    ("# only a comment\n", "1:1", "the file is empty"),
    ("id: x\n", "1:1", "the file must hold a list of entries"),
    ("just text", "1:1", "the file must hold a list of entries"),
    ("- id: x\n\ttitle: y\n", "2:1", "this is not valid YAML: found a tab character"),
    ("- id: 'x\n", "2:1", "this is not valid YAML: found unexpected end of stream"),
    ("- id: x\n  title: a: b\n", "2:11", "this is not valid YAML: mapping values are not allowed"),
    ("- id: [a\n- id: b\n", "2:5", "this is not valid YAML"),
    ("- id: *gone\n", "1:7", "anchors and aliases (& and *) are not used here"),
    ("- id: x\n---\n- id: y\n", "2:1", "a file holds one document"),
    ("---\n- id: x\n...\n", "3:1", "a file holds one document"),
    ("%YAML 1.1\n---\n- id: x\n", "1:1", "directives (%YAML and %TAG) are not used here"),
    ("%TAG ! tag:x,2026:\n---\n- id: x\n", "1:1", "directives (%YAML and %TAG) are not used here"),
    ("%TAG !\n---\n- id: x\n", "1:7", "this is not valid YAML"),
    ("- id: x\n  id: y\n", "2:3", "the key 'id' stands twice"),
    ("- {a: {b: 1, b: 2}}\n", "1:14", "the key 'b' stands twice"),
    ("- ? [a]\n  : b\n", "1:5", "a key must be plain text"),
    ("- a: &list [x]\n", "1:6", "anchors and aliases (& and *) are not used here"),
    ("- &me x: y\n", "1:3", "anchors and aliases (& and *) are not used here"),
    ("- a: x\n  <<: {b: y}\n", "2:3", "merge keys (<<) are not used here"),
    ("- !!python/object/apply:os.system [ls]\n", "1:3", _TAGS),
    ("- a: !!python/name:os.system x\n", "1:6", _TAGS),
    ("- a: !mine {b: c}\n", "1:6", _TAGS),
    ("- a: !!str 7\n", "1:6", _TAGS),
    ("- a: !!binary aGk=\n", "1:6", _TAGS),
    ("- a: ! x\n", "1:6", _TAGS),
    ("- !!str a: x\n", "1:3", _TAGS),
    ("- a: x\0y\n", "1:7", "an invisible character here (U+0000)"),
    ("- a: x\n- b: \x1b[2J\n", "2:6", "an invisible character here (U+001B)"),
    ("- a: x\r- b: y\n", "1:7", "an invisible character here (U+000D)"),
    ("- a: x\u2028- b: y\n", "1:7", "an invisible character here (U+2028)"),
    ("- a: x\x85- b: y\n", "1:7", "an invisible character here (U+0085)"),
    ("- a: x # \u202ey\n", "1:10", "an invisible character here (U+202E)"),
    ("- \ufeffa: x\n", "1:3", "an invisible character here (U+FEFF)"),
    ("- a: \ud800\n", "1:6", "an invisible character here (U+D800)"),
    ('- a: "\\ud800"\n', "1:9", "this is not valid YAML: found invalid Unicode character escape code"),
    ("- a: no\n", "1:6", 'a bare no is read as true or false in YAML: write "no" in quotes'),
]


def _entries(text: str) -> tuple[list[Parsed], list[Problem]]:
    problems: list[Problem] = []
    return [parsed for entries in parse_entries(text, "x.yaml", problems) for parsed in entries], problems


@pytest.mark.parametrize(("text", "value"), SCALARS)
def test_what_a_value_means(text: str, value: Any) -> None:
    """Numbers, truth and nothing are read as such; dates, times and odd numbers stay text."""
    entries, problems = _entries(f"- a: {text}\n")
    assert ([entry.value for entry in entries], problems) == ([{"a": value}], [])


@pytest.mark.parametrize("text", BARE)
def test_a_bare_no_is_never_false(text: str) -> None:
    """A country code that YAML takes for a truth value stays the text it is, and the editor is told to quote it."""
    entries, problems = _entries(f"- id: x\n  codes: [US, {text}]\n")
    assert entries[0].value["codes"] == ["US", text]
    assert [(str(p.location), f'"{text}" in quotes' in p.message) for p in problems] == [("x.yaml:2:15", True)]


@pytest.mark.parametrize(("text", "place", "message"), BROKEN)
def test_what_is_broken_is_told_with_its_place(text: str, place: str, message: str) -> None:
    """YAML that cannot be read, or reads otherwise than it looks, is told with line and column."""
    _, problems = _entries(text)
    assert [str(problem.location) for problem in problems] == [f"x.yaml:{place}"]
    assert message in problems[0].message


DEEP = ["[", "[\n", "{a: ", "- ", "? ", "- [", "- {a: [", "- ? "]


@pytest.mark.parametrize("level", DEEP)
def test_what_nests_too_deeply_is_told_at_once(level: str) -> None:
    """However it is written, what nests without end is told where it gets too deep, and the process goes on."""
    deep = (MAX_SLICE - 1) // len(level)
    problems: list[Problem] = []
    assert parse_document(level * deep + "\n", "x.yaml", problems) is None
    assert len(problems) == 1
    problems = _entries("- id: x\n- " + level * 9_000 + "\n")[1]
    assert [("nested too deeply" in p.message or "not valid YAML" in p.message) for p in problems] == [True]


def test_twenty_levels_are_read() -> None:
    """What nests just as deep as it may is read, one level more is told at the bracket that is too much."""
    entries, problems = _entries("- " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1) + "\n")
    assert (len(entries), problems) == (1, [])
    assert [str(p) for p in _entries("- " + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "\n")[1]] == [
        f"x.yaml:1:{MAX_DEPTH + 2}: this is nested too deeply: at most {MAX_DEPTH} levels are read"
    ]


@pytest.mark.parametrize("text", ["'" + "[" * 500 + "'", '"' + "{" * 500 + '"', "|\n    " + "- " * 500, "# " + "[" * 500])
def test_brackets_in_a_text_are_no_depth(text: str) -> None:
    """Brackets and dashes in quotes, blocks and comments are text."""
    entries, problems = _entries(f"- id: {text}\n")
    assert (len(entries), problems) == (1, [])


def test_an_alias_bomb_is_told_and_never_grows() -> None:
    """Lists of aliases to lists of aliases stay as small as they are written."""
    lines = ["- &a0 [x, x, x, x, x, x, x, x, x, x]", *(f"- &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 14))]
    entries, problems = _entries("\n".join(lines) + "\n")
    assert [entry.value for entry in entries[1:]] == [[None] * 10] * 13
    assert len(problems) == 14 + 130


def test_a_slice_that_is_too_long_is_told() -> None:
    """Entries far longer than any can be are told at the first of them, those of the next slice are read."""
    long = [f"- id: n{n}\n  text: {'x' * (MAX_SLICE // 10)}" for n in range(ENTRIES_PER_SLICE)]
    entries, problems = _entries("\n".join([*long, "- id: next"]) + "\n")
    assert [entry.value for entry in entries] == [{"id": "next"}]
    assert [(str(p.location), p.message.partition(";")[0]) for p in problems] == [("x.yaml:1:1", "this is longer than 262,144 characters")]


def test_a_document_is_one_mapping_or_a_problem() -> None:
    """A file that is one mapping is read whole; one that is broken adds its problem and gives nothing."""
    problems: list[Problem] = []
    found = parse_document("a: 1\nb: [x]\n", "w.yaml", problems)
    assert (found and found.value, problems) == ({"a": 1, "b": ["x"]}, [])
    assert parse_document("a: [", "w.yaml", problems) is None
    assert [p.location.path for p in problems] == ["w.yaml"]


@pytest.mark.parametrize(
    ("keys", "place", "key_place"),
    [
        (("id",), "2:7", "2:3"),
        (("facts",), "4:5", "3:3"),
        (("facts", 1, "text"), "5:13", "5:7"),
        (("facts", 1), "5:7", "5:7"),
        (("facts", 7, "text"), "4:5", "4:5"),
        (("facts", 1, "gone"), "5:7", "5:7"),
        (("gone", "text"), "2:3", "2:3"),
    ],
)
def test_every_value_and_key_has_its_place(keys: tuple[int | str, ...], place: str, key_place: str) -> None:
    """A value is found by the keys that lead to it, a missing one by the nearest thing on the way."""
    entries, _ = _entries("# comment\n- id: x\n  facts:\n    - text: a\n    - text: b\n")
    assert str(entries[0].locate()) == "x.yaml:2:3"
    assert str(entries[0].locate(keys)) == f"x.yaml:{place}"
    assert str(entries[0].locate_key(keys)) == f"x.yaml:{key_place}"


@given(st.lists(st.integers(1, 6), min_size=1, max_size=350))
def test_lines_stay_right_however_long_the_file(heights: list[int]) -> None:
    """Whatever the heights of hundreds of entries, each is found at its own line, in slices of at most a hundred."""
    lines = ["# header", ""]
    wanted = []
    for number, height in enumerate(heights):
        lines += ["# note", f"- id: n{number}", "  text: |", *["    - not an entry"] * height]
        wanted.append((len(lines) - height - 1, f"n{number}"))
    text = "\n".join(lines)
    problems: list[Problem] = []
    slices = list(parse_entries(text, "x.yaml", problems))
    found = [(parsed.locate(("id",)).line, parsed.value["id"]) for entries in slices for parsed in entries]
    assert (found, problems) == (wanted, [])
    assert all(len(entries) <= ENTRIES_PER_SLICE for entries in slices)


def test_a_broken_slice_does_not_hide_the_others() -> None:
    """Where the entries of one slice cannot be read, those of the next are, and every place is right."""
    lines = [f"- id: n{number}" for number in range(250)]
    lines[50], lines[120], lines[230] = "- id: 'open", "- id: no", "- id: [open"
    entries, problems = _entries("\n".join(lines) + "\n")
    assert [p.location.line for p in problems] == [(50 // ENTRIES_PER_SLICE + 1) * ENTRIES_PER_SLICE + 1, 121, 232]
    read = [n for n in range(250) if n // ENTRIES_PER_SLICE not in {50 // ENTRIES_PER_SLICE, 230 // ENTRIES_PER_SLICE}]
    assert [entry.value["id"] for entry in entries] == [f"n{n}" if n != 120 else "no" for n in read]


def test_problems_are_told_in_a_form_editors_open() -> None:
    """A problem reads as path, line, column and message; a warning says that it is one."""
    place = Location("content/x.yaml", 12, 5)
    assert str(Problem(place, "is wrong")) == "content/x.yaml:12:5: is wrong"
    assert str(Problem(place, "is old", Severity.WARNING)) == "content/x.yaml:12:5: warning: is old"


def test_what_a_problem_quotes_cannot_act_on_a_terminal() -> None:
    """Control characters in a message or a file's name are written out, and a long message is cut."""
    told = str(Problem(Location("content/\x1b[2J\n.yaml"), "unknown key \x1b]0;\u202e" + "x" * 5000))
    assert told.isprintable()
    assert told.startswith("content/\\x1b[2J\\n.yaml:1:1: unknown key \\x1b]0;\\u202ex")
    assert len(told) < 500
