"""What a bot costs, looked at from outside through all its lives."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import NamedTuple

import psutil

_MIB = 2**20


class Sample(NamedTuple):
    """At an instant by `time.monotonic()`: the CPU seconds used by all lives so far, and the memory of this one in MiB."""

    at: float
    cpu: float
    rss: float


@dataclass(slots=True)
class Costs:
    """The samples of a run, in order."""

    samples: list[Sample] = field(default_factory=list)
    _ended: float = 0.0
    _process: psutil.Process | None = None

    def begin(self, pid: int) -> None:
        """A life begins: what the last one used stays used."""
        self._ended = self.samples[-1].cpu if self.samples else 0.0
        self._process = psutil.Process(pid)

    def sample(self, at: float) -> None:
        """Look at the process at the instant `at`; one that has ended adds nothing."""
        if self._process is None:
            return
        try:
            with self._process.oneshot():
                times, rss = self._process.cpu_times(), self._process.memory_info().rss
        except psutil.Error:
            return
        if rss:
            self.samples.append(Sample(at, self._ended + times.user + times.system, rss / _MIB))

    def cpu_between(self, first: float, last: float) -> float:
        """Return the CPU seconds used between two instants, to the nearest samples outside of them."""
        if not self.samples:
            return 0.0
        instants = [sample.at for sample in self.samples]
        start = max(0, bisect_left(instants, first) - 1)
        end = min(len(instants) - 1, bisect_left(instants, last))
        return self.samples[end].cpu - self.samples[start].cpu

    @property
    def rss(self) -> float:
        """The memory at the last look, in MiB."""
        return self.samples[-1].rss if self.samples else 0.0
