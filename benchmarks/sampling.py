"""`python -m benchmarks.sampling FILE MODULE [ARGUMENT…]`: run a module as it is, and note where its processor time goes.

SIGUSR1 begins; at SIGUSR2 what was seen is written into FILE, as JSON: seconds by part of the program. Whenever the process has used a
few milliseconds of CPU, the kernel interrupts it, and what its main thread has used since is booked on the part that is at work there:
the innermost frame of the stack that belongs to one. What other threads have used is SQLite's. An idle process is not interrupted.
"""

from __future__ import annotations

import json
import runpy
import signal
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

EVERY_SECONDS = 0.004
"""Of CPU, not of time. More often would weigh: asyncio wakes up for each."""

BUCKETS, HTTP, THREADS, REST = "buckets", "http", "database's thread", "event loop"
OBJECTS = "discord.py's other objects"

_FUNCTIONS = {
    **dict.fromkeys(("get_ratelimit", "_try_clear_expired_ratelimits", "is_inactive"), BUCKETS),
    "handle_message_parameters": OBJECTS,
}
"""Functions of discord/http.py that are no part of the HTTP layer."""

_PARTS = (
    ("/bot/chat/buckets.py", BUCKETS),
    ("/discord/http.py", HTTP),
    ("/aiohttp/", HTTP),
    ("/discord/ui/", "cards"),
    ("/bot/chat/cards/", "cards"),
    ("/bot/chat/layout.py", "cards"),
    ("/bot/chat/measuring.py", "log and metrics"),
    ("/bot/chat/", "messenger"),
    ("/discord/utils.py", ""),
    ("/discord/", OBJECTS),
    ("/bot/store/", "store"),
    ("/sqlalchemy/", "store"),
    ("/aiosqlite/", "store"),
    ("/structlog/", "log and metrics"),
    ("/logging/", "log and metrics"),
    ("/prometheus_client/", "log and metrics"),
    ("/bot/ops/", "log and metrics"),
    ("/bot/domain/", "services"),
    ("/bot/services/", "services"),
)
"""Part of a file's path to part of the program; the first that fits counts, "" is whoever calls it."""


class Sampler:
    """Books the CPU of this process on its parts."""

    def __init__(self) -> None:
        """Begin with nothing booked."""
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._parts: dict[str, str] = {}
        self._main = self._all = 0.0

    def begin(self, *_: object) -> None:
        """Look from now on."""
        self._main, self._all = time.thread_time(), time.process_time()
        signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)

    def end(self) -> None:
        """Look no more."""
        signal.setitimer(signal.ITIMER_PROF, 0)

    def _look(self, _: int, frame: FrameType | None) -> None:
        main, whole = time.thread_time(), time.process_time()
        self.seconds[self._find_part(frame)] += main - self._main
        self.seconds[THREADS] += max(0.0, (whole - self._all) - (main - self._main))
        self._main, self._all = main, whole

    def _find_part(self, frame: FrameType | None) -> str:
        while frame is not None:
            code = frame.f_code
            if part := self._part_of(code.co_filename):
                return next((_FUNCTIONS[name] for name in code.co_qualname.split(".") if name in _FUNCTIONS), part)
            frame = frame.f_back
        return REST

    def _part_of(self, path: str) -> str:
        if path not in self._parts:
            self._parts[path] = next((part for piece, part in _PARTS if piece in path), "")
        return self._parts[path]


def main(path: str, module: str, *arguments: str) -> None:
    """Run a module with arguments."""
    sys.argv = [module, *arguments]
    sampler = Sampler()

    def write(*_: object) -> None:
        sampler.end()
        Path(path).write_text(json.dumps(sampler.seconds), encoding="utf-8")

    signal.signal(signal.SIGUSR1, sampler.begin)
    signal.signal(signal.SIGUSR2, write)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
