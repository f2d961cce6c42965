"""`python -m benchmarks.probing FILE MODULE [ARGUMENT…]`: run a module as it is, and write down every pause of its event loop.

A pause is the time between two looks at the sockets: whatever arrives in it waits for that long. The loop is asyncio's own, with a
selector that looks at the clock, so an idle process is not woken by being watched. The collector's pauses are written down too;
SIGUSR1 asks for a full collection, to see how long it takes. One line of JSON each, with `at` in seconds since the epoch.
"""

from __future__ import annotations

import gc
import json
import runpy
import selectors
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping

LEAST_SECONDS = 0.01
"""Shorter pauses are not worth a line."""


def watch(file: TextIO) -> None:
    """Write down the pauses of every event loop made from now on, and of the collector."""

    def note(kind: str, seconds: float, **more: int) -> None:
        if seconds >= LEAST_SECONDS:
            file.write(json.dumps({"at": round(time.time(), 3), kind: round(seconds, 4), **more}) + "\n")

    class Watching(selectors.DefaultSelector):
        """A selector that knows how long it was not asked."""

        _since = time.perf_counter()

        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            note("pause", time.perf_counter() - self._since)
            ready = super().select(timeout)
            self._since = time.perf_counter()
            return ready

    # asyncio asks for it by this name whenever it makes a loop.
    selectors.DefaultSelector = Watching  # type: ignore[misc]
    began = 0.0

    def collecting(phase: str, info: Mapping[str, Any]) -> None:
        nonlocal began
        if phase == "start":
            began = time.perf_counter()
        else:
            note("collection", time.perf_counter() - began, generation=info["generation"])

    gc.callbacks.append(collecting)

    def collect(*_: object) -> None:
        start = time.perf_counter()
        gc.collect()
        file.write(json.dumps({"at": time.time(), "asked": time.perf_counter() - start}) + "\n")

    signal.signal(signal.SIGUSR1, collect)


def main(path: str, module: str, *arguments: str) -> None:
    """Run a module with arguments under watch."""
    sys.argv = [module, *arguments]
    # Never closed: the collector still works when everything else has ended.
    watch(Path(path).open("w", encoding="utf-8", buffering=1))  # noqa: SIM115
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
