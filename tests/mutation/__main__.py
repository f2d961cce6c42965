"""`python -m tests.mutation MODULE`: break a module in one small way after another, and name what no test noticed."""

from __future__ import annotations

import random
import sys
from argparse import ArgumentParser
from collections import Counter
from contextlib import suppress
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING

import yaml

from tests.mutation.mutants import Mutant, list_mutants
from tests.mutation.rehearsing import ENDLESS, FAILED, PASSED, Question
from tests.mutation.scope import TESTS, list_tests
from tests.mutation.workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.mutation.rehearsing import Reached
    from tests.mutation.workshop import Bench

_PROJECT = Path(__file__).resolve().parent.parent.parent
_EXPLAINED = Path(__file__).with_name("explained.yaml")


def main() -> int:
    """Try the mutants that were asked for; return 1 where one survived that explained.yaml does not explain."""
    parser = ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument(
        "modules", nargs="+", choices=sorted(TESTS), metavar="MODULE", help="a module to break, such as bot/domain/judging.py"
    )
    parser.add_argument("--limit", type=int, default=0, help="how many mutants of each to draw; 0: all")
    parser.add_argument("--seed", type=int, default=1, help="which ones are drawn")
    parser.add_argument("--tests", nargs="+", default=[], metavar="FILE", help="ask these tests instead of those that scope.py names")
    asked = parser.parse_args()
    drawn = tuple(chain.from_iterable(_draw(module, asked.limit, asked.seed) for module in asked.modules))
    files = dict.fromkeys(asked.tests or chain.from_iterable(list_tests(_PROJECT, module) for module in asked.modules))
    with TemporaryDirectory(prefix="detente-mutation-") as folder:
        return _examine(Workshop(_PROJECT, Path(folder), asked.modules, tuple(files)), drawn)


def _draw(module: str, limit: int, seed: int) -> tuple[Mutant, ...]:
    """Return the mutants of a module that are to be tried, those within functions first: they take the least."""
    drawn = every = list_mutants(_PROJECT, module)
    if 0 < limit < len(every):
        lottery = random.Random(seed)  # noqa: S311 - which mutants are tried is no secret
        drawn = tuple(sorted(lottery.sample(every, limit), key=lambda mutant: mutant.line))
    _say(f"{module}: {len(drawn)} of {len(every)} mutants")
    return tuple(sorted(drawn, key=lambda mutant: not mutant.is_in_code))


def _examine(workshop: Workshop, mutants: tuple[Mutant, ...]) -> int:
    """Try mutants, name those that survived, and print how many there were of each sort."""
    reasons, counts = _read_reasons(), Counter[tuple[str, str]]()
    with workshop.open() as bench:
        began = monotonic()
        word, reached = bench.ask(Question())
        if word != PASSED:
            _say(f"The tests fail as things are, so they can judge nothing:\n{workshop.log}")
            return 2
        _say(f"{len(reached)} tests in {monotonic() - began:.0f} s")
        with suppress(KeyboardInterrupt):  # what was found so far is told
            for mutant in mutants:
                counts[mutant.path, _judge(workshop, bench, mutant, reached, reasons)] += 1
    _say("")
    for (module, word), count in sorted(counts.items()):
        _say(f"{module}: {count} {word}")
    _say(f"{counts.total()} mutants in {monotonic() - began:.0f} s")
    return 1 if any(word == "survived" for _, word in counts) else 0


def _judge(workshop: Workshop, bench: Bench, mutant: Mutant, reached: Reached, reasons: Mapping[tuple[str, str, str, str], str]) -> str:
    """Return what became of a mutant in a word; name one that survived."""
    if (mutant.path, mutant.where, mutant.before, mutant.after) in reasons:
        return "explained"
    word = workshop.judge(bench, mutant, reached)
    if word == FAILED:
        _say(".", end="")
        return "killed"
    if word == ENDLESS:  # an endless loop, or a machine that stood still meanwhile
        _say(f"\nOUT OF TIME {mutant}")
        return "out of time"
    _say(f"\nSURVIVED {mutant}")
    return "survived"


def _read_reasons() -> dict[tuple[str, str, str, str], str]:
    """Return why an error is none, or cannot be noticed, by (module, function, before, after)."""
    told = yaml.safe_load(_EXPLAINED.read_text("utf-8")) or {}
    return {
        (module, one["where"], one["before"], one["after"]): group["why"]
        for module, groups in told.items()
        for group in groups
        for one in group["mutants"]
    }


def _say(text: str, end: str = "\n") -> None:
    sys.stdout.write(f"{text}{end}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
