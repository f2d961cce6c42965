"""Whatever a file holds, loading it gives problems or the expected error; `make fuzz` tries far more of the same."""

from __future__ import annotations

import pytest

from tests.knowledge.chance import SORTS
from tests.knowledge.fuzzing import fuzz

INPUTS = 100
"""Of each sort, so that the test takes seconds."""


@pytest.mark.parametrize("sort", SORTS)
def test_nothing_but_problems_comes_out(sort: str) -> None:
    """No input breaks the loader or the check, keeps them busy, or gives a problem that cannot be shown."""
    found = fuzz(sort, INPUTS)
    assert found.inputs >= INPUTS
    assert found.problems + found.refused + found.sound > 0
