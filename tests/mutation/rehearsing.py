"""Tests that were collected once and are run again and again, each time in a child of the process that collected them."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from hypothesis import Phase, settings

from tests.mutation.swapping import NotSwappableError, swap

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from multiprocessing.connection import Connection
    from types import FrameType

Reached = dict[str, tuple[float, frozenset[tuple[str, int]]]]
"""Of each test, how many seconds it took and which lines of which modules it ran."""

Answer = tuple[str, Reached]
"""What came of a run, one of the words below, and what was reached where that was asked."""

PASSED, FAILED, ENDLESS, NOT_SWAPPABLE = "passed", "failed", "endless", "not swappable"
_OPTIONS = ("-x", "-q", "-n0", "-m", "not processes", "--assert=plain", "-p", "no:cacheprovider", "--hypothesis-profile=mutation")
_GRACE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Question:
    """Run the tests called `names` (None: all, noting what they reach), at most for `limit` seconds; with another `source` for `module`."""

    names: Sequence[str] | None
    limit: float | None = None
    module: str = ""
    source: str | None = None


@dataclass(slots=True, eq=False)
class _Rehearsal:
    """A plugin of pytest that answers questions where the tests would have run."""

    root: Path
    modules: Mapping[str, str]
    """By its file, the path of each module that may be broken."""

    connection: Connection
    reached: Reached = field(default_factory=dict)
    is_watching: bool = False
    _lines: set[tuple[str, int]] = field(default_factory=set)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Answer until there are no more questions; a collection that failed is left to pytest."""
        if session.testsfailed:
            return None
        while (asked := self.connection.recv()) is not None:
            self.connection.send(self._answer(session, Question(*asked)))
        return True

    def _answer(self, session: pytest.Session, question: Question) -> Answer:
        context = get_context("fork")
        receiving, sending = context.Pipe(duplex=False)
        child = context.Process(target=self._perform, args=(session, question, sending))
        child.start()
        sending.close()
        answer: Answer = (ENDLESS, {})
        if receiving.poll(question.limit):
            answer = (FAILED, {})
            with suppress(EOFError):
                answer = receiving.recv()
        end(child)
        return answer

    def _perform(self, session: pytest.Session, question: Question, sending: Connection) -> None:
        """Run what was asked for, in the child."""
        if question.source is not None:
            session.config.option.tbstyle = "no"  # nobody reads how it failed
            try:
                file = self.root / question.module
                swap(str(file), file.read_text("utf-8"), question.source)
            except NotSwappableError:
                sending.send((NOT_SWAPPABLE, {}))
                return
        if question.names is not None:
            items = {item.nodeid: item for item in session.items}
            session.items[:] = [items[name] for name in question.names if name in items]
        self.is_watching = question.names is None
        failed = False
        try:
            for item, following in zip(session.items, [*session.items[1:], None], strict=True):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                failed = session.testsfailed > 0
                if failed:
                    break
        finally:
            session._setupstate.teardown_exact(None)  # servers of the whole session are stopped here too
        sending.send((FAILED if failed else PASSED, self.reached))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Leave in the log why the tests fail as things are."""
        if report.failed and self.is_watching:
            sys.stdout.write(f"\n{report.nodeid}\n{report.longreprtext}\n")
            sys.stdout.flush()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Note which lines of the modules a test with its fixtures runs."""
        if not self.is_watching:
            return (yield)
        self._lines, began = set(), monotonic()
        threading.settrace(self._enter)
        sys.settrace(self._enter)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            threading.settrace(None)
            self.reached[item.nodeid] = (monotonic() - began, frozenset(self._lines))

    def _enter(self, frame: FrameType, event: str, argument: object) -> Any:
        del event, argument
        return self._step if frame.f_code.co_filename in self.modules else None

    def _step(self, frame: FrameType, event: str, argument: object) -> Any:
        del event, argument
        self._lines.add((self.modules[frame.f_code.co_filename], frame.f_lineno))
        return self._step


def rehearse(root: Path, modules: Sequence[str], files: Sequence[str], connection: Connection) -> None:
    """Collect the tests in `files` of the project at `root`, and answer questions about them. For a process of its own."""
    os.chdir(root)
    sys.path.insert(0, str(root))
    # What this process was started with is of another copy of the project.
    for name in [name for name in sys.modules if name.split(".")[0] in {"bot", "tests", "benchmarks"}]:
        del sys.modules[name]
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    settings.register_profile("mutation", deadline=None, database=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
    output = os.open(root.parent / "tests.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    plugin = _Rehearsal(root, {str(root / module): module for module in modules}, connection)
    pytest.main([*_OPTIONS, f"--basetemp={root.parent / 'tests'}", *files], plugins=[plugin])


def end(child: Any) -> None:
    """Let a process that was told to end, or has run for too long, stop its servers; end whatever it leaves."""
    left = psutil.Process(child.pid).children(recursive=True) if child.is_alive() else []
    child.join(1)
    if child.is_alive():
        os.kill(child.pid, signal.SIGINT)
        child.join(_GRACE_SECONDS)
    if child.is_alive():
        child.kill()
        child.join()
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
