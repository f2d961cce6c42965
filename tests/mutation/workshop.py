"""A copy of the project in which modules may be broken, while the project itself stays whole."""

from __future__ import annotations

import importlib
import shutil
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from typing import TYPE_CHECKING

from tests.mutation.rehearsing import ENDLESS, FAILED, NOT_SWAPPABLE, Answer, Question, end, rehearse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection
    from pathlib import Path

    from tests.mutation.mutants import Mutant
    from tests.mutation.rehearsing import Reached

_LIBRARIES = ("alembic.command", "asyncpg", "aiosqlite", "babel", "discord.ext.commands", "icalendar", "simcord", "sqlalchemy.ext.asyncio")
_LEFT_OUT = (".git", ".venv*", ".mypy_cache", ".ruff_cache", ".import_linter_cache", ".hypothesis", ".pytest_cache")
_LOADING_SECONDS = 60.0
"""What it may take to load the tests anew."""

_SERVED = "[postgresql"
"""What stands in the names of tests that need a server; whether one must be started for them is seen last."""


class Bench:
    """A process that has the tests of some files ready."""

    def __init__(self, connection: Connection) -> None:
        """Ask through `connection`."""
        self._connection = connection

    def ask(self, question: Question) -> Answer:
        """Return the answer; where the tests could not even be loaded, or the process is gone, they failed."""
        try:
            self._connection.send((question.tests, question.module, question.source))
            if self._connection.poll(None if question.limit is None else question.limit + _LOADING_SECONDS):
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

    def judge(self, bench: Bench, mutant: Mutant, reached: Reached) -> str:
        """Return PASSED where no test that reaches the error notices it, else FAILED or ENDLESS; the quick tests are asked first."""
        met = {(mutant.path, line) for line in mutant.lines or ()}
        near = {name: seconds for name, (seconds, lines) in reached.items() if mutant.lines is None or not lines.isdisjoint(met)}
        # What none of them reaches may still have run while the module was loaded.
        asked = near or {name: seconds for name, (seconds, _) in reached.items()}
        quick_first = dict(sorted(asked.items(), key=lambda test: (_SERVED in test[0], test[1])))
        question = Question(quick_first, mutant.path, mutant.source)
        if mutant.is_in_code and near:
            word, _ = bench.ask(question)
            if word != NOT_SWAPPABLE:
                return word
        return self._judge_anew(question)

    def _judge_anew(self, question: Question) -> str:
        """Load everything anew, with the error on the disk: what is met while a module is loaded comes out only so."""
        file = self._root / question.module
        before = file.read_bytes()
        for cached in (file.parent / "__pycache__").glob(f"{file.stem}.*.pyc"):
            cached.unlink()  # two sources of one length within a second are one to Python's cache
        file.write_text(question.source or "", "utf-8")
        try:
            with self.open(sorted({name.split("::")[0] for name in question.tests or ()})) as bench:
                return bench.ask(Question(question.tests))[0]
        finally:
            file.write_bytes(before)
