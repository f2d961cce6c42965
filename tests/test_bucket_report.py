"""What is reported to discord.py's maintainers can be reproduced as it is written."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from tests.processes import ROOT, environment

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (ROOT / "docs" / "discord-py-buckets.md").read_text(encoding="utf-8")


async def test_the_reproduction_runs(tmp_path: Path) -> None:
    """The program in the report runs with discord.py alone, and prints a row for each number of channels."""
    program = tmp_path / "buckets.py"
    program.write_text(PAGE.partition("```python\n")[2].partition("```")[0], encoding="utf-8")
    command = (sys.executable, str(program), "5", "300")
    process = await asyncio.create_subprocess_exec(*command, cwd=tmp_path, env=environment(), stdout=asyncio.subprocess.PIPE)
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    title, *rows = out.decode().splitlines()
    assert title.split()[:2] == ["buckets", "again"]
    assert [row.split()[0] for row in rows] == ["5", "300"]
    assert all(float(number) > 0 for row in rows for number in row.split())
