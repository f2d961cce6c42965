"""What `detente allies` prints where a treaty is named, and what it offers where nothing goes by the words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bot.terminal.relations import print_allies

if TYPE_CHECKING:
    from bot.knowledge.snapshot import Snapshot


def test_a_treaty_named_is_told(snapshot: Snapshot, capsys: pytest.CaptureFixture[str]) -> None:
    """CSTO leads to the treaty with its dates, its parties, what is set aside between two of them, and its sources."""
    print_allies(snapshot, ("csto",), as_json=False)
    out = " ".join(capsys.readouterr().out.split())
    for said in (
        "Collective Security Treaty (Tashkent)",
        "Article 4 · mutual defence · a treaty",
        "Signed 15 May 1992",
        "Between Armenia and all others",
        "Parties (",
        "Sources",
        "https://",
    ):
        assert said in out


def test_a_treaty_as_json_has_its_parties(snapshot: Snapshot, capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON its kind of answer is told first, and the treaty with all its parties stands within."""
    print_allies(snapshot, ("nato",), as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["kind", "treaty"]
    assert (found["kind"], found["treaty"]["name"], found["treaty"]["kind"]) == ("treaty", "North Atlantic Treaty", "mutual-defence")
    assert {"country": "FI", "signed": None, "from": "2023-04-04", "until": None, "role": None, "note": None} in found["treaty"]["parties"]


def test_what_to_type_instead_is_printed_whole(snapshot: Snapshot, capsys: pytest.CaptureFixture[str]) -> None:
    """Words that no answer goes by get three commands, and a fourth where the timeline has them."""
    with pytest.raises(SystemExit) as ended:
        print_allies(snapshot, ("open", "skies"), as_json=False)
    assert ended.value.code == 1
    first, *offers = capsys.readouterr().err.splitlines()
    assert first == "No answer goes by “open skies”. Did you mean one of these?"
    assert [offer.partition(": detente ")[2].split()[0] for offer in offers] == ["allies"] * 3 + ["timeline"]
    assert offers[-1].endswith("detente timeline --search 'open skies'")
