"""Which groups of figures there are, and how one is measured: in a process of its own.

So none pays for what another left in memory.
"""

from __future__ import annotations

import importlib
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from benchmarks.figures import CONTENT, NOW
from benchmarks.generating import Mix, write_knowledge
from bot.knowledge.checking import check
from bot.knowledge.loading import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.figures import Figure, Ground

GROUPS = {
    "content": "reading:measure_content",
    "lag": "reading:measure_lag",
    "reload": "changing:measure_reload",
    "autocomplete": "suggesting:measure_autocomplete",
    "allying": "allying:measure_allying",
    "reply": "replying:measure_reply",
    "startup": "starting:measure_startup",
    "dispatch": "dispatching:measure_dispatch",
    "dispatch-faults": "dispatching:measure_dispatch_faults",
    "fanout": "fanning:measure_fanout",
    "kills": "killing:measure_kills",
    "memory": "remembering:measure_memory",
    "guilds": "housing:measure_guilds",
    "ledger": "ledgering:measure_ledger",
    "cpu": "costing:measure_cpu",
    "beside": "beside.measuring:measure_beside",
}
"""Name to module and function."""

ALERTS = ("dispatch", "dispatch-faults", "fanout", "kills", "memory")
"""The groups that `alerts` stands for."""

GROUNDLESS = (*ALERTS, "guilds", "ledger", "cpu", "beside")
"""Those that do not read the made-up knowledge bases."""

MIXED = Mix(topics=1_000, events=4_000, deadlines=1_000, terms=1_500, sources=2_500)
ANSWERS = Mix(topics=4_000, events=50, deadlines=50, terms=6_000, sources=2_000)
SMALL = Mix(topics=100, events=400, deadlines=100, terms=150, sources=250)

P = ParamSpec("P")
T = TypeVar("T")


def make_ground(ground: Ground) -> None:
    """Write the made-up knowledge bases into the folders of `ground`."""
    _in_process(_make_ground, ground)


def measure(name: str, ground: Ground) -> list[Figure]:
    """Return the figures of the group `name`."""
    return _in_process(_measure, name, ground)


def _in_process(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *args, **kwargs).result()


def _make_ground(ground: Ground) -> None:
    real = load(CONTENT).knowledge
    assert real is not None
    for path, mix in ((ground.mixed, MIXED), (ground.answers, ANSWERS), (ground.small, SMALL)):
        write_knowledge(path, CONTENT, real, mix)
        # A base that is refused would be measured as a very fast one: checks end early on an error.
        if problems := check(load(path), NOW):
            msg = f"the made-up knowledge base {path.name} is not valid, mend benchmarks/generating.py: {problems[0]}"
            raise ValueError(msg)


def _measure(name: str, ground: Ground) -> list[Figure]:
    module, function = GROUPS[name].split(":")
    return list(getattr(importlib.import_module(f"benchmarks.{module}"), function)(ground))
