"""The guide for editors: what it shows can be copied."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

from bot.knowledge.checking import check
from bot.knowledge.loading import load
from bot.knowledge.problems import Severity
from tests.conftest import CONTENT, NOW

if TYPE_CHECKING:
    from pathlib import Path

GUIDE = CONTENT.parent / "docs" / "editing.md"
_EXAMPLE = re.compile(r"^```yaml\n# content/(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ENTRY = re.compile(r"^- \{?id:", re.MULTILINE)
EXAMPLES = _EXAMPLE.findall(GUIDE.read_text(encoding="utf-8"))


def test_every_example_of_the_guide_is_sound_content(tmp_path: Path) -> None:
    """All its examples together, each added to the file it names, leave the real content without an error, and one of each kind is there."""
    folder = tmp_path / "content"
    shutil.copytree(CONTENT, folder)
    for name, text in EXAMPLES:
        path = folder / name
        path.write_text((path.read_text(encoding="utf-8") if path.exists() else "") + text, encoding="utf-8")
    loaded = load(folder)
    assert [str(p) for p in check(loaded, NOW) if p.severity is Severity.ERROR] == []
    assert {name.split("/")[0].removesuffix(".yaml") for name, _ in EXAMPLES} >= {
        "events",
        "deadlines",
        "treaties",
        "countries",
        "topics",
        "sources",
    }
    added = sum(len(_ENTRY.findall(text)) for _, text in EXAMPLES)
    assert len(loaded.written) == len(load(CONTENT).written) + added
