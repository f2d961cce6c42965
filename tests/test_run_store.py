"""`detente run` where the database cannot be used: one plain sentence, exit code 4, and the file is left as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.loopback import TOKEN
from tests.processes import detente

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite+aiosqlite:///{folder}", "cannot be opened. Check that it is a file"),
        ("sqlite+aiosqlite:///{folder}/notes.txt", "is not a database. Name another file in DATABASE_URL"),
        ("sqlite+aiosqlite:///{folder}/notes.txt/x.sqlite", "cannot be made"),
        ("postgresql+asyncpg://me:hunter2@127.0.0.1:1/detente", "cannot be reached"),
    ],
)
async def test_a_database_that_cannot_be_used_is_named(tmp_path: Path, url: str, said: str) -> None:
    """What is wrong and what to do is said in one line without a traceback or a password."""
    notes = tmp_path / "notes.txt"
    notes.write_text("not a database\n" * 100, encoding="utf-8")
    ended = await detente("run", cwd=tmp_path, DISCORD_TOKEN=TOKEN, DATABASE_URL=url.format(folder=tmp_path))
    assert ended.code == 4
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert "hunter2" not in ended.err
    assert notes.read_text(encoding="utf-8") == "not a database\n" * 100
