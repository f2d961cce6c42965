"""What somebody else may have put into a content folder: made by chance, loaded as the bot loads it, counted and timed.

`python -m tests.knowledge.fuzzing 100000` loads a hundred thousand inputs in two processes. Nothing but problems, each at its
place, or ContentError may come out; a process that dies is noticed by the other one.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context

from hypothesis import HealthCheck, Phase, given, settings

from bot.errors import ContentError
from bot.knowledge.checking import check
from bot.knowledge.files import ContentFiles, unpack
from bot.knowledge.loading import load_files
from tests.knowledge.chance import BASES, SORTS
from tests.small import NOW

PROCESSES = 2
LONGEST = 2.0
"""Seconds of work that no input of these sizes may take."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a number of inputs of one sort gave."""

    sort: str
    inputs: int
    sound: int
    problems: int
    refused: int
    slowest: float

    def __str__(self) -> str:
        """One row of the table that a long run prints."""
        told = f"{self.sound:>9,} sound {self.refused:>9,} no archive {self.problems:>11,} problems"
        return f"{self.sort:<10} {self.inputs:>9,} inputs {told}   slowest {self.slowest * 1000:>5.0f} ms"


def examine(files: ContentFiles) -> int:
    """Load and check `files`; return how many problems there are, each of them fit to be shown and at a place inside."""
    loaded = load_files(files)
    problems = check(loaded, NOW)
    assert loaded.knowledge is not None or loaded.errors
    if deadline := loaded.valid["deadlines"].get("fuzzed"):
        deadline.find_last(NOW)
        tuple(islice(deadline.when.occurrences(NOW.date()), 20))
    for problem in problems:
        assert str(problem).isprintable(), problem
        assert problem.location.path.startswith("content"), problem
        assert min(problem.location.line, problem.location.column) >= 1, problem
    return len(problems)


def fuzz(sort: str, inputs: int) -> Findings:
    """Load `inputs` inputs of one sort; raises what came out of the first that broke, made as small as it gets."""
    counts = {"inputs": 0, "sound": 0, "problems": 0, "refused": 0}
    slowest = 0.0

    @settings(
        max_examples=inputs, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink)
    )
    @given(SORTS[sort])
    def load(drawn: dict[str, bytes] | bytes) -> None:
        nonlocal slowest
        began = time.process_time()
        counts["inputs"] += 1
        try:
            found = examine(unpack(drawn, "content") if isinstance(drawn, bytes) else _content({**BASES[sort], **drawn}))
        except ContentError:
            counts["refused"] += 1
        else:
            counts["problems"] += found
            counts["sound"] += not found
        took = time.process_time() - began
        assert took < LONGEST, f"took {took:.1f} s"
        slowest = max(slowest, took)

    load()
    return Findings(sort=sort, slowest=slowest, **counts)


def _content(files: dict[str, bytes]) -> ContentFiles:
    return ContentFiles("content", tuple(sorted(files.items())))


def main(inputs: int) -> None:
    """Load `inputs` inputs, as many of each sort, and print what came of them."""
    began = time.monotonic()
    share = -(-inputs // (len(SORTS) * 10))
    rows: dict[str, list[Findings]] = {sort: [] for sort in SORTS}
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        for found in pool.map(fuzz, *zip(*[(sort, share) for _ in range(10) for sort in SORTS], strict=True)):
            rows[found.sort].append(found)
            print(found, flush=True)  # noqa: T201 - a long run shows that it goes on
    print()  # noqa: T201
    for sort, group in rows.items():
        sums = {name: sum(getattr(one, name) for one in group) for name in ("inputs", "sound", "problems", "refused")}
        print(Findings(sort=sort, slowest=max(one.slowest for one in group), **sums))  # noqa: T201
    total = sum(one.inputs for group in rows.values() for one in group)
    print(f"{total:,} inputs in {time.monotonic() - began:,.0f} s, no crash")  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]))
