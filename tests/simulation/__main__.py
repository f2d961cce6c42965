"""`python -m tests.simulation [SEEDS]`: simulate a year for each seed; print one line for each, and how to replay one that fails."""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from tests.simulation.running import Result, lay_ground
from tests.simulation.year import Plan

if TYPE_CHECKING:
    from collections.abc import Iterator

USUAL_SEEDS = "1-8"


def read_seeds(text: str) -> list[int]:
    """Return the seeds of a text such as 7, 1-20 or 1-3,8."""
    seeds: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        seeds += range(int(first), int(last or first) + 1)
    return seeds


def name_replay(plan: Plan) -> str:
    """Return the command that plays the same again, every line of its journal printed."""
    return f"python -m tests.simulation {plan.seed} --servers {plan.servers} --days {plan.days} --trace"


def play(seed: int, *, servers: int, days: int, is_traced: bool) -> Result:
    """Simulate one seed."""
    with lay_ground() as ground:
        return ground.play(Plan.of(seed, servers, days), is_traced=is_traced)


def tell(result: Result) -> None:
    """Print what came of a seed."""
    print(result, flush=True)  # noqa: T201 - what was asked for
    if result.broken is not None:
        print("\n".join([*result.broken.lines, str(result.broken), f"again: {name_replay(result.plan)}"]), flush=True)  # noqa: T201


def main(arguments: list[str]) -> int:
    """Play the seeds, several at a time; return 1 where something did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("seeds", nargs="?", default=USUAL_SEEDS, type=read_seeds)
    parser.add_argument("--servers", type=int, default=200)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--trace", action="store_true", help="print each line of the journal")
    chosen = parser.parse_args(arguments)
    one = partial(play, servers=chosen.servers, days=chosen.days, is_traced=chosen.trace)
    if chosen.trace or chosen.jobs == 1 or len(chosen.seeds) == 1:
        return _tell_all(map(one, chosen.seeds))
    with ProcessPoolExecutor(chosen.jobs) as pool:
        return _tell_all(pool.map(one, chosen.seeds))


def _tell_all(results: Iterator[Result]) -> int:
    broken = 0
    for result in results:
        tell(result)
        broken += result.broken is not None
    print(f"{broken} of them did not hold" if broken else "all of them held", flush=True)  # noqa: T201 - what was asked for
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
