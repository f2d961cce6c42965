"""The pictures of the docs are of the figures beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.picturing import DOCS, main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["reliability.svg", "performance.svg"])
def test_a_picture_shows_what_was_measured_last(tmp_path: Path, name: str) -> None:
    """Drawn again from the figures that are kept, it is the same to the letter: `make pictures` was not forgotten."""
    main(tmp_path)
    assert (tmp_path / name).read_text(encoding="utf-8") == (DOCS / name).read_text(encoding="utf-8")
