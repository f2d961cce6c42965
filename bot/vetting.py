"""Whether content may be used: everything is checked, every card drawn, and while the bot runs in a process of its own.

Drawing every card of a large knowledge base keeps a processor busy for half a minute, and a file that brings a parser down must
not bring the bot down: so the bot itself only reads what has passed.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from typing import TYPE_CHECKING

import structlog

from bot.chat.layout import Scene
from bot.chat.proving import list_misfits
from bot.chat.rendering import Renderer
from bot.errors import ContentError
from bot.knowledge.checking import check
from bot.knowledge.files import unpack
from bot.knowledge.loading import load_files
from bot.knowledge.problems import Location, Problem, Severity, list_errors
from bot.knowledge.snapshot import Snapshot
from bot.services.phrasing import Phrases
from bot.settings import environment_without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.knowledge.files import ContentFiles
    from bot.knowledge.loading import Loaded

LONGEST = 600.0
"""Seconds that checking may take; ten thousand entries need a tenth of it."""

_log = structlog.get_logger(__name__)


@cache
def program_version() -> str:
    """Return the version of the installed program."""
    try:
        return installed_version("detente-bot")
    except PackageNotFoundError:
        return "0+unknown"


def check_content(loaded: Loaded, now: datetime) -> tuple[Problem, ...]:
    """Return everything that is wrong with loaded content at `now`, cards that Discord would refuse included."""
    return _check_and_index(loaded, now)[0]


def check_and_index(files: ContentFiles, now: datetime) -> tuple[tuple[Problem, ...], Snapshot | None]:
    """Return everything that is wrong with content and, unless it is broken, the content indexed; all in one go, right here."""
    return _check_and_index(load_files(files), now)


def open_content(files: ContentFiles, now: datetime) -> Snapshot:
    """Check content and return it indexed, all in one go; raises ContentError with all problems. Warnings are logged."""
    problems, snapshot = check_and_index(files, now)
    if snapshot is None:
        raise ContentError(list_errors(problems))
    for problem in problems:
        _log.warning("content", problem=str(problem))
    return snapshot


async def vet(files: ContentFiles, now: datetime) -> tuple[Problem, ...]:
    """Return everything that is wrong with content at `now`, found out in another process; raises ContentError where that one failed."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "bot.vetting", files.place, now.isoformat()),
        env=environment_without_secrets(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        packed = await asyncio.to_thread(files.pack)
        async with asyncio.timeout(LONGEST):
            said, complained = await child.communicate(packed)
    except TimeoutError:
        raise _failed(files, f"it took longer than {LONGEST:.0f} seconds") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        _log.error("checking failed", exit_code=child.returncode, said=complained.decode(errors="replace")[-2000:])
        raise _failed(files, f"the process that checks it ended with code {child.returncode}; the log says more")
    return (*files.problems, *(_read_problem(line) for line in said.splitlines()))


async def index(files: ContentFiles) -> Snapshot:
    """Return content that has passed, indexed, made in a thread so that the event loop goes on."""
    with _collector_resting():
        return await asyncio.to_thread(_index, files)


def _check_and_index(loaded: Loaded, now: datetime) -> tuple[tuple[Problem, ...], Snapshot | None]:
    """Return every problem, and the indexed content unless something is wrong: the cards are drawn from the same index."""
    problems = check(loaded, now)
    if loaded.knowledge is None or list_errors(problems):
        return problems, None
    snapshot = Snapshot.of(loaded.knowledge)
    misfits = list_misfits(Scene(snapshot, Phrases(loaded.knowledge.wording), now), Renderer(program_version()))
    found = (*problems, *(Problem(_place(loaded, kind, entry_id), text) for kind, entry_id, text in misfits))
    return found, None if list_errors(found) else snapshot


def _place(loaded: Loaded, kind: str, entry_id: str) -> Location:
    parsed = loaded.written.get((kind, entry_id))
    return parsed.locate(("id",)) if parsed else Location("content")


def _failed(files: ContentFiles, reason: str) -> ContentError:
    return ContentError([Problem(Location(files.place), f"the content could not be checked: {reason}")])


def _index(files: ContentFiles) -> Snapshot:
    loaded = load_files(files)
    if loaded.knowledge is None:
        raise ContentError(loaded.errors)
    snapshot = Snapshot.of(loaded.knowledge)
    while loaded.written:
        loaded.written.popitem()  # one by one: letting go of all at once would hold up every other thread
    return snapshot


@contextmanager
def _collector_resting() -> Iterator[None]:
    """Keep the garbage collector from walking the growing pile again and again, which stalls the event loop each time."""
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # What was read stays; were it not set aside, the first pass of the collector would walk all of it at once.
        gc.freeze()
        if collected:
            gc.enable()


def _read_problem(line: bytes) -> Problem:
    told = json.loads(line)
    return Problem(Location(**told["location"]), told["message"], Severity(told["severity"]))


def _examine() -> None:
    """Check the packed content that comes in, and write one problem a line: what the other process runs."""
    os.nice(5)  # the bot's answers go first
    place, now = sys.argv[1:]
    problems = check_content(load_files(unpack(sys.stdin.buffer.read(), place)), datetime.fromisoformat(now))
    sys.stdout.writelines(json.dumps(asdict(problem)) + "\n" for problem in problems)


if __name__ == "__main__":
    _examine()
