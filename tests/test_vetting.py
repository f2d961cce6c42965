"""Vetting content in a process of its own."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from bot import vetting
from bot.errors import ContentError
from bot.knowledge.files import ContentFiles, read_files
from bot.knowledge.loading import load_files
from bot.vetting import check_content, index, open_content, vet
from tests.conftest import CONTENT, NOW
from tests.small import SMALL, write_content

if TYPE_CHECKING:
    from pathlib import Path


async def test_good_content_passes_and_is_indexed(tmp_path: Path) -> None:
    """Content without a fault has no problems there either, and the index is that of the plain way."""
    files = read_files(write_content(tmp_path, SMALL))
    assert await vet(files, NOW) == check_content(load_files(files), NOW)
    assert (await index(files)).knowledge == open_content(files, NOW).knowledge


async def test_the_same_problems_come_back(tmp_path: Path) -> None:
    """Every problem comes back with its place and severity, those of cards and of files that could not be read included."""
    long = SMALL["events/all.yaml"].replace("They shook hands on a broken bridge.", "word " * 30)
    files = read_files(write_content(tmp_path, {**SMALL, "events/all.yaml": long, "tags.yaml": "- {id: nato}\n", "x.txt": "x"}))
    problems = await vet(files, NOW)
    assert problems == check_content(load_files(files), NOW)
    assert len(problems) > 1


async def test_secrets_stay_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that reads what is not trusted gets what Python needs, and no token, address or password by whatever name."""
    given: list[dict[str, str]] = []
    started = asyncio.create_subprocess_exec

    async def start(*command: str, env: dict[str, str], **options: int) -> asyncio.subprocess.Process:
        given.append(env)
        return await started(*command, env=env, **options)  # type: ignore[arg-type]

    for name in ("DISCORD_TOKEN", "DATABASE_URL", "PGPASSWORD", "PGPASSFILE", "POSTGRES_PASSWORD", "discord_token", "MY_PATH", "ANYTHING"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setattr("bot.vetting.asyncio.create_subprocess_exec", start)
    await vet(read_files(write_content(tmp_path, SMALL)), NOW)
    assert (given[0]["LANG"], given[0]["PATH"]) == ("C.UTF-8", os.environ["PATH"])
    assert "secret" not in given[0].values()


async def test_a_parser_that_falls_over_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is killed while it checks ends in an error about the content, and this one lives on."""
    started = asyncio.create_subprocess_exec

    async def start_and_kill(*command: str, **options: int) -> asyncio.subprocess.Process:
        child = await started(*command, **options)  # type: ignore[arg-type]
        child.kill()
        return child

    monkeypatch.setattr("bot.vetting.asyncio.create_subprocess_exec", start_and_kill)
    with pytest.raises(ContentError, match="could not be checked"):
        await vet(read_files(write_content(tmp_path, SMALL)), NOW)


async def test_checking_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that does not end is ended, and said to be too long."""
    monkeypatch.setattr(vetting, "LONGEST", 0.001)
    with pytest.raises(ContentError, match="longer than"):
        await vet(read_files(CONTENT), NOW)


async def test_what_has_not_passed_is_not_indexed() -> None:
    """Files that cannot be read raise the problems, also where nobody vetted them."""
    with pytest.raises(ContentError, match="not valid YAML"):
        await index(ContentFiles("content", (("events/all.yaml", b"- id: [\n"),)))
