"""What an editor reads where YAML itself cannot be read: the parser's words, and what to do in plain ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.knowledge.parsing import parse_entries

if TYPE_CHECKING:
    from bot.knowledge.problems import Problem

SLIPS = [
    ("- id: x\n\ttitle: y\n", "blanks, never with tabs"),
    ("- id: x\n  title: @y\n", "begins with a mark stands in quotes"),
    ("- id: x\n   title: y\n", "begin in the same column"),
    ("- id: x\n title: y\n", "begin in the same column, and each entry with '- '"),
    ("- id: x\n  title: a: b\n", "holds a colon or quotes stands in quotes"),
    ('- id: x\n  title: "a "word" b"\n', "ends with it"),
    ('- id: x\n  title: "a\n  text: "b"\n', "ends with it"),
    ("- id: x\n  tags: [a, b\n  text: c\n", "ends with its bracket"),
    ("- id: x\n  title: 'a\n", "opened and not closed"),
]


@pytest.mark.parametrize(("text", "hint"), SLIPS)
def test_a_slip_is_told_with_what_to_do(text: str, hint: str) -> None:
    """Each of the usual slips is one problem, with a place and a hint that needs no knowledge of YAML."""
    problems: list[Problem] = []
    assert not [entry for entries in parse_entries(text, "x.yaml", problems) for entry in entries]
    assert [hint in problem.message for problem in problems] == [True], problems
