"""What a measurement yields, and how one is taken: medians, since other processes share the machine."""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CONTENT = Path(__file__).resolve().parent.parent / "content"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""The day the content was written for."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table; `aim` is what `value` should stay under, in the same unit."""

    name: str
    value: float
    unit: str
    aim: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None where there is none."""
        return None if self.aim is None else self.value < self.aim


@dataclass(frozen=True, slots=True)
class Ground:
    """Folders to measure on: one of 10,000 entries of all kinds, one of 10,000 answers and little else, one of 1,000 entries."""

    mixed: Path
    answers: Path
    small: Path


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Return the seconds that `work` took, after a collection so that it does not pay for earlier garbage, and its result."""
    gc.collect()
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def median_seconds(work: Callable[[], object], times: int) -> float:
    """Return the median seconds of `times` runs."""
    return median(timed(work)[0] for _ in range(times))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` (0 to 1) of `values` do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
