"""Simulated stretches of a year: everything holds, the same seed is the same story, and what is broken on purpose is noticed."""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.simulation import breaks
from tests.simulation.__main__ import name_replay, read_seeds, tell
from tests.simulation.fate import CALM, STORMY
from tests.simulation.running import lay_ground
from tests.simulation.year import Plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.running import Ground

ROUGH = replace(STORMY, kills=700.0, dooms=700.0, stops=200.0, discord_storms=300.0, disk_storms=0.0, outages=0.0, long_absences=0.0)
"""Two deaths a day."""


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """A folder to simulate in."""
    with lay_ground() as ground:
        yield ground


@pytest.mark.parametrize(("seed", "days"), [(1, 4), (2, 4), (3, 2), (4, 1)])
def test_everything_holds(ground: Ground, seed: int, days: int) -> None:
    """A calm one, a stormy one, a wild one and one of two processes; `make simulate` runs whole years."""
    result = ground.play(replace(Plan.of(seed, servers=5, days=days), rest_days=0.5))
    assert result.broken is None, result.broken.lines
    assert result.counts["posts"] > 0


def test_the_same_seed_is_the_same_story(ground: Ground) -> None:
    """Line by line, by a digest of both journals; another seed is another story. Garbage is looked for once before and once a day."""
    plan = replace(Plan.of(3, servers=2, days=2), rest_days=0.5)
    collections: list[str] = []
    gc.callbacks.append(lambda phase, _: collections.append(phase))
    first = ground.play(plan)
    del gc.callbacks[-1]
    assert collections.count("start") == 3
    assert first.counts["faults"] > 0
    assert ground.play(plan).digest == first.digest
    assert ground.play(replace(plan, seed=13)).digest != first.digest


@pytest.mark.parametrize(
    ("broken", "invariant", "machines", "weather"),
    [
        (breaks.ForgottenMessages(), "once", 1, ROUGH),
        (breaks.ForgottenAlert(), "complete", 1, CALM),
        (breaks.UntoldChanges(), "nobody is left behind", 1, replace(CALM, edits=1_000.0)),
        (breaks.IgnoredLeases(), "leases", 2, ROUGH),
        (breaks.UnmarkedDelay(), "marked late", 1, replace(CALM, kills=700.0)),
        (breaks.WrongChannel(), "asked for", 1, CALM),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, breaks.Whole) else None,
)
def test_what_is_broken_is_noticed(ground: Ground, broken: breaks.Whole, invariant: str, machines: int, weather: object) -> None:
    """Each part that is replaced by a broken one breaks the invariant that stands for it."""
    plan = Plan(seed=1, servers=6, days=20, machines=machines, weather=weather)  # type: ignore[arg-type] # a Weather
    result = ground.play(plan, breaks=broken)
    assert result.broken is not None
    assert result.broken.invariant == invariant, result.broken.lines


def test_a_seed_that_fails_is_told_with_its_story_and_how_to_play_it_again(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    """The line of the seed, the last lines of the journal about it, what was found, and a command."""
    plan = Plan(seed=1, servers=6, days=20, weather=CALM)
    result = ground.play(plan, breaks=breaks.WrongChannel())
    tell(result)
    told = capsys.readouterr().out
    assert result.broken is not None
    assert told.startswith("seed 1: BROKEN asked for; 6 servers, 1 process, 20 days; ")
    assert str(result.broken) in told
    assert told.endswith("again: python -m tests.simulation 1 --servers 6 --days 20 --trace\n")
    assert name_replay(plan) in told


def test_seeds_are_read_as_they_are_written() -> None:
    """One, several, or from one to another."""
    assert read_seeds("7") == [7]
    assert read_seeds("1-3,8") == [1, 2, 3, 8]
