"""`detente --help`, as somebody reads it who has never used it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from bot.cli import main
from tests.processes import detente

if TYPE_CHECKING:
    from pathlib import Path


async def test_every_command_is_listed_whole_below_what_it_is_for(tmp_path: Path) -> None:
    """`--help` lists each command once, below a heading, with a sentence that is not cut off."""
    out = (await detente("--help", cwd=tmp_path)).out
    assert set(main.commands) == set(main.list_commands(click.Context(main)))
    assert len(main.commands) == len(re.findall(r"^  [a-z]+ {2,}[A-Z]", out, re.MULTILINE))
    for heading in ("Ask", "Try and run", "Content", "Database"):
        assert f"\n{heading}:\n" in out
    assert "..." not in out.partition("\n\n")[2]


async def test_an_id_is_asked_for_in_plain_words(tmp_path: Path) -> None:
    """What is no id of Discord's is refused with an example, and the help shows no range of numbers with twenty digits."""
    for wrong in ("x", "0", "-5", str(2**63), "1" * 5000, "٣"):
        ended = await detente("erase", f"--guild={wrong}", cwd=tmp_path)
        assert ended.code == 2
        assert "An id is a number such as 81384788765712384" in ended.err
        assert "Traceback" not in ended.err
    assert "<=" not in (await detente("erase", "--help", cwd=tmp_path)).out
