"""Tests that were collected once and are run again and again, each time in a child of the process that collected them."""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from hypothesis import Phase, settings

from tests.mutation.noting import NOTEBOOK, Lines, annotate
from tests.mutation.swapping import NotSwappableError, list_functions, swap

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from multiprocessing.connection import Connection
    from types import FunctionType

Reached = dict[str, tuple[float, Lines]]
"""Of each test, how many seconds it took and which statements of which modules it ran."""

Answer = tuple[str, Reached]
"""What came of a run, one of the words below, and what was reached where that was asked."""

PASSED, FAILED, ENDLESS, NOT_SWAPPABLE = "passed", "failed", "endless", "not swappable"
_OPTIONS = ("-x", "-q", "-n0", "-m", "not processes", "--assert=plain", "-p", "no:cacheprovider", "--hypothesis-profile=mutation")
_CONTENT_READERS = ("bot/domain/", "bot/knowledge/", "bot/app.py")
"""What the content is made of; an error in anything else leaves it as it is."""

_GRACE_SECONDS = 10.0
_PATIENCE_SECONDS = 5.0
"""What a test may take beside five times what it took before the error."""


@dataclass(frozen=True, slots=True)
class Question:
    """Run `tests`, which took so many seconds each before (None: all, noting what they reach); with another `source` for `module`."""

    tests: Mapping[str, float] | None = None
    module: str = ""
    source: str | None = None

    @property
    def limit(self) -> float | None:
        """How many seconds all of it may take; None: as long as it takes."""
        return None if self.tests is None else allow(sum(self.tests.values())) + _GRACE_SECONDS


def allow(seconds: float) -> float:
    """Return for how many seconds something is waited for that took `seconds` before the error."""
    return 5 * seconds + _PATIENCE_SECONDS


@dataclass(slots=True, eq=False)
class _Rehearsal:
    """A plugin of pytest that answers questions where the tests would have run."""

    root: Path
    modules: Mapping[str, str]
    """By its file, the path of each module that may be broken."""

    connection: Connection
    reached: Reached = field(default_factory=dict)
    is_watching: bool = False
    _shared: set[tuple[str, int]] = field(default_factory=set)
    _functions: tuple[FunctionType, ...] = ()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Answer until there are no more questions; a collection that failed is left to pytest."""
        if session.testsfailed:
            return None
        if not any(module.startswith(_CONTENT_READERS) for module in self.modules.values()):
            _read_content()
        self._functions = list_functions(self.modules)
        gc.freeze()  # what is loaded by now stays; a child that counted it would get a copy of it all
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
        self.is_watching = question.tests is None
        try:
            if question.source is not None:
                session.config.option.tbstyle = "no"  # nobody reads how it failed
                self._swap(question.module, question.source)
            for module in self.modules.values() if self.is_watching else ():
                self._swap(module, annotate(module, (self.root / module).read_text("utf-8")))
        except NotSwappableError:
            sending.send((NOT_SWAPPABLE, {}))
            return
        if question.tests is not None:
            items = {item.nodeid: item for item in session.items}
            session.items[:] = [items[name] for name in question.tests if name in items]
        signal.signal(signal.SIGALRM, lambda *_: sending.send((ENDLESS, {})))  # whoever asked ends this process
        failed = False
        try:
            for item, following in zip(session.items, [*session.items[1:], None], strict=True):
                signal.setitimer(signal.ITIMER_REAL, 0 if question.tests is None else allow(question.tests[item.nodeid]))
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                failed = session.testsfailed > 0
                if failed:
                    break
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            session._setupstate.teardown_exact(None)  # servers of the whole session are stopped here too
        sending.send((FAILED if failed else PASSED, {name: (took, lines | self._shared) for name, (took, lines) in self.reached.items()}))

    def _swap(self, module: str, source: str) -> None:
        file = self.root / module
        swap(self._functions, str(file), file.read_text("utf-8"), source)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Leave in the log why the tests fail as things are."""
        if report.failed and self.is_watching:
            sys.stdout.write(f"\n{report.nodeid}\n{report.longreprtext}\n")
            sys.stdout.flush()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Note which statements of the modules a test with its fixtures runs."""
        NOTEBOOK.clear()
        began = monotonic()
        try:
            return (yield)
        finally:
            self.reached[item.nodeid] = (monotonic() - began, frozenset(NOTEBOOK))

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        """Note apart what is prepared for several tests, each of which may notice an error in it."""
        if fixturedef.scope == "function":
            return (yield)
        before = set(NOTEBOOK)
        NOTEBOOK.clear()
        try:
            return (yield)
        finally:
            self._shared |= NOTEBOOK
            NOTEBOOK.update(before)


def _read_content() -> None:
    """Read the real content once, which takes longer than most tests, instead of in every child."""
    shared: Any = sys.modules["tests.conftest"]
    content = shared.open_knowledge(shared.CONTENT, shared.NOW)
    shared.open_knowledge = lambda *_: content


def rehearse(root: Path, modules: Sequence[str], files: Sequence[str], connection: Connection) -> None:
    """Collect the tests in `files` of the project at `root`, and answer questions about them. For a process of its own."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs in the background deaf to it
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
