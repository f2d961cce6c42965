"""`detente allies COUNTRY COUNTRY [DATE]` in a terminal: the same answers as in the chat, for people and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.processes import Finished, detente

if TYPE_CHECKING:
    from pathlib import Path

RELATION = {
    "kind",
    "countries",
    "asked",
    "day",
    "label",
    "label_text",
    "former",
    "treaties",
    "past",
    "changes",
    "topic",
    "as_of",
    "caution",
}
TREATY = {
    "id",
    "as_of",
    "confidence",
    "caveat",
    "review_by",
    "name",
    "short",
    "aliases",
    "kind",
    "binding",
    "dormant_from",
    "signed",
    "in_force",
    "ended",
    "article",
    "obligation",
    "contested",
    "note",
    "sources",
}
"""Fields of a treaty by itself."""

TIE = TREATY | {"force", "deciding", "members", "remarks", "is_sure"}
MEMBER = {"country", "signed", "from", "until", "role", "note"}


async def _allies(tmp_path: Path, *arguments: str, code: int = 0) -> Finished:
    ended = await detente("allies", *arguments, cwd=tmp_path)
    assert ended.code == code, ended.err
    assert "Traceback" not in ended.err
    return ended


async def _read(tmp_path: Path, *arguments: str, code: int = 0) -> Any:
    return json.loads((await _allies(tmp_path, *arguments, "--json", code=code)).out)


def _flat(text: str) -> str:
    """Return a text without its line breaks, which depend on the width of the terminal."""
    return " ".join(text.split())


async def test_two_countries_get_label_treaty_parties_and_sources(tmp_path: Path) -> None:
    """Austria and France are allies only by the EU's clause, and the terminal says so, with article, dates, caution and addresses."""
    out = _flat((await _allies(tmp_path, "Austria", "France")).out)
    for said in (
        "Austria and France Treaty allies, as of ",
        "Only through: Treaty on European Union, Article 42(7).",
        "mutual defence · in force",
        "Austria since 1 December 2009 (neutral",
        "France since 1 December 2009",
        "not a forecast of what they would do.",
        "Sources 1 ",
        "https://",
    ):
        assert said in out
    assert "All allies of" not in out


async def test_a_relation_as_json_has_every_field(tmp_path: Path) -> None:
    """The relation of New Zealand and the United States in 1990, field by field."""
    found = await _read(tmp_path, "NZ", "US", "1990")
    assert set(found) == RELATION
    assert found["countries"] == [
        {"id": "NZ", "name": "New Zealand", "status": None, "told_as": None},
        {"id": "US", "name": "United States", "status": None, "told_as": None},
    ]
    assert (found["asked"], found["day"], found["topic"], found["changes"]) == ("1990", "1990-07-01", None, [])
    assert (found["label"], found["label_text"], found["former"]) == ("no-formal-alliance", "No formal alliance", "treaty-allies")
    assert found["as_of"] >= "2026-07-08"
    assert "not a forecast" in found["caution"]
    anzus = next(treaty for treaty in found["treaties"] if treaty["id"] == "anzus")
    assert set(anzus) == TIE
    assert (anzus["short"], anzus["article"], anzus["kind"], anzus["binding"]) == ("ANZUS", "Article IV", "mutual-defence", "treaty")
    assert (anzus["signed"], anzus["in_force"], anzus["ended"]) == ("1951-09-01", "1952-04-29", None)
    assert (anzus["force"], anzus["deciding"], anzus["is_sure"]) == ("suspended", False, True)
    assert anzus["members"] == [
        {"country": code, "signed": None, "from": "1952-04-29", "until": None, "role": None, "note": None} for code in ("NZ", "US")
    ]
    (remark,) = anzus["remarks"]
    assert (remark["effect"], remark["from"], remark["until"]) == ("suspends", "1986-08-11", None)
    assert "suspended" in remark["text"]
    assert {source["url"].partition("://")[0] for source in anzus["sources"]} == {"https"}
    war = found["past"][-1]
    assert set(war) == TREATY | {"since", "until", "members"}
    assert (war["id"], war["since"], war["until"]) == ("un-declaration-1942", "1942-01-01", "1945-09-02")
    assert [set(member) for member in war["members"]] == [MEMBER, MEMBER]


async def test_a_state_that_did_not_exist_is_said_so(tmp_path: Path) -> None:
    """Ukraine in 1970 was no state; what stood in its place is offered as a command, and as an id in JSON; that is an answer."""
    out = _flat((await _allies(tmp_path, "Ukraine", "US", "1970")).out)
    assert out.startswith("Ukraine was not yet a state in 1970")
    assert "• Soviet Union: detente allies SU US 1970" in out
    found = await _read(tmp_path, "Ukraine", "US", "1970")
    assert set(found) == {"kind", "asked", "day", "absent", "text", "note", "instead"}
    assert (found["asked"], found["day"], found["absent"]) == ("1970", "1970-07-01", {"id": "UA", "name": "Ukraine", "status": None})
    assert found["instead"] == [{"id": "SU", "name": "Soviet Union", "status": None}]
    assert found["text"].startswith("Ukraine was not yet a state")


async def test_all_allies_of_a_country(tmp_path: Path) -> None:
    """`--of` lists the treaties by which a country has allies, with each of them, as JSON."""
    found = await _read(tmp_path, "--of", "japan", "July", "1955")
    assert set(found) == {"kind", "country", "asked", "day", "treaties", "as_of", "caution"}
    assert found["country"] == {"id": "JP", "name": "Japan", "status": None, "told_as": None}
    assert (found["asked"], found["day"]) == ("1955-07", "1955-07-15")
    (treaty,) = found["treaties"]
    assert set(treaty) == TREATY | {"label", "label_text", "allies"}
    assert (treaty["id"], treaty["label"], treaty["label_text"]) == ("us-jp-1951", "one-sided-pledge", "A one-sided pledge")
    assert treaty["allies"] == [{"id": "US", "name": "United States", "status": None, "role": "guarantor", "remarks": [], "is_sure": True}]


@pytest.mark.parametrize(
    ("arguments", "said", "suggestions"),
    [
        (("Korea", "1990"), "“Korea” may mean several countries", ["KP US 1990", "KR US 1990"]),
        (("Frnace", "Germany"), "No country goes by “Frnace”", ["FR DE"]),
        (("--of", "Korea"), "“Korea” may mean several countries", ["--of KP", "--of KR"]),
    ],
)
async def test_an_unclear_name_is_asked_back(tmp_path: Path, arguments: tuple[str, ...], said: str, suggestions: list[str]) -> None:
    """An ambiguous or misspelt name ends with 1: commands to choose from on standard error, as JSON also their arguments."""
    ended = await _allies(tmp_path, *arguments, "--json", code=1)
    assert ended.err.startswith(said)
    found = json.loads(ended.out)
    assert found["found"] is None
    assert sorted(found["suggestions"]) == suggestions
    for arguments_of_one in suggestions:
        assert f": detente allies {arguments_of_one}\n" in ended.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("France", "Germany", "1814"), "“1814” lies outside what I can answer"),
        (("--of", "France", "soon"), "“soon” is not a date I can read"),
    ],
)
async def test_what_cannot_be_answered_gets_one_sentence(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    """A bad date ends with 1 and the sentence the chat would give."""
    ended = await _allies(tmp_path, *arguments, code=1)
    assert said in ended.err
    assert ended.out == ""
