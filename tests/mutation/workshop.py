"""A copy of the project in which modules may be broken, while the project itself stays whole."""

from __future__ import annotations

import importlib
import shutil
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from typing import TYPE_CHECKING

from tests.mutation.rehearsing import ENDLESS, FAILED, NOT_SWAPPABLE, PASSED, Answer, Question, end, rehearse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection
    from pathlib import Path

    from tests.mutation.mutants import Mutant
    from tests.mutation.rehearsing import Reached

_LIBRARIES = ("alembic.command", "asyncpg", "aiosqlite", "babel", "discord.ext.commands", "icalendar", "simcord", "sqlalchemy.ext.asyncio")
_LEFT_OUT = (".git", ".venv*", ".mypy_cache", ".ruff_cache", ".import_linter_cache", ".hypothesis", ".pytest_cache")
_SECONDS = 30.0
"""What a run may take beside five times what it took before the error."""


class Bench:
    """A process that has the tests of some files ready."""

    def __init__(self, connection: Connection) -> None:
        """Ask through `connection`."""
        self._connection = connection

    def ask(self, question: Question) -> Answer:
        """Return the answer; where the tests could not even be loaded, or the process is gone, they failed."""
        try:
            self._connection.send((question.names, question.limit, question.module, question.source))
            if self._connection.poll(None if question.limit is None else question.limit * 2 + _SECONDS):
                answer: Answer = self._connection.recv()
                return answer
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return FAILED, {}
        return ENDLESS, {}


class Workshop:
    """Tries mutants of some modules with the tests of some files."""

    def __init__(self, project: Path, folder: Path, modules: Sequence[str], files: Sequence[str]) -> None:
        """Copy `project` into `folder`, and load what takes long."""
        self._root = folder / "copy"
        self._modules = tuple(modules)
        self._files = tuple(files)
        shutil.copytree(project, self._root, ignore=shutil.ignore_patterns(*_LEFT_OUT))
        for name in _LIBRARIES:
            importlib.import_module(name)

    @property
    def log(self) -> str:
        """What pytest has printed last."""
        return (self._root.parent / "tests.log").read_text("utf-8", errors="replace")

    @contextmanager
    def open(self, files: Sequence[str] | None = None) -> Iterator[Bench]:
        """Let a process load the modules as they are now, and the tests in `files` (None: all)."""
        context = get_context("fork")
        here, there = context.Pipe()
        child = context.Process(target=rehearse, args=(self._root, self._modules, files or self._files, there))
        child.start()
        there.close()
        try:
            yield Bench(here)
        finally:
            with suppress(OSError):
                here.send(None)
            end(child)
            here.close()

    def notices(self, bench: Bench, mutant: Mutant, reached: Reached) -> bool:
        """Whether a test notices the error, of those that reach it; the quick ones are asked first."""
        met = {(mutant.path, line) for line in mutant.lines or ()}
        near = {name: seconds for name, (seconds, lines) in reached.items() if mutant.lines is None or not lines.isdisjoint(met)}
        names = sorted(near, key=lambda name: near[name])
        if not names:
            return False
        question = Question(names, _SECONDS + 5 * sum(near.values()), mutant.path, mutant.source)
        if mutant.is_in_code:
            word, _ = bench.ask(question)
            if word != NOT_SWAPPABLE:
                return word != PASSED
        return self._notices_anew(question)

    def _notices_anew(self, question: Question) -> bool:
        """Load everything anew, with the error on the disk: what is met while a module is loaded comes out only so."""
        file = self._root / question.module
        before = file.read_bytes()
        for cached in (file.parent / "__pycache__").glob(f"{file.stem}.*.pyc"):
            cached.unlink()  # two sources of one length within a second are one to Python's cache
        file.write_text(question.source or "", "utf-8")
        try:
            with self.open(sorted({name.split("::")[0] for name in question.names or ()})) as bench:
                return bench.ask(Question(question.names, question.limit))[0] != PASSED
        finally:
            file.write_bytes(before)
