"""What an editor is told beyond the errors: banned hosts, addresses that age badly, work that awaits, and how well entries are sourced."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.knowledge.auditing import Coverage, count_coverage, list_awaiting, list_link_faults
from bot.knowledge.checking import check
from bot.knowledge.loading import load
from tests.small import NOW, SMALL, write_content

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.knowledge.loading import Loaded

_BANNED = "- {id: anybodys, host: anybodys.org, why: anybody may edit it}\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, so that places read as in a checkout."""
    monkeypatch.chdir(tmp_path)


def _loaded(files: Mapping[str, str]) -> Loaded:
    return load(write_content(Path("content"), {**SMALL, **files}))


def _source(url: str, rank: str = "press") -> str:
    return f'- id: cited\n  publisher: Somebody\n  title: Something\n  url: "{url}"\n  rank: {rank}\n'


def _event(*extra: str, event_id: str = "audited", sources: str = "[cited]") -> str:
    lines = (f"- id: {event_id}", 'date: "1990"', "title: T", "summary: S", "tags: [war]", f"sources: {sources}", 'as_of: "2026-07-04"')
    return "\n  ".join((*lines, *extra)) + "\n"


def _cites(url: str, rank: str = "press") -> dict[str, str]:
    return {"sources/cited.yaml": _source(url, rank), "events/cited.yaml": _event()}


@pytest.mark.parametrize(
    ("url", "banned"),
    [
        ("https://anybodys.org/x", True),
        ("https://www.anybodys.org/x", True),
        ("https://EN.M.Anybodys.ORG/x", True),
        ("https://anybodys.org.uk/x", False),
        ("https://notanybodys.org/x", False),
        ("https://example.org/?from=anybodys.org", False),
    ],
)
def test_a_source_on_a_banned_host_is_an_error(url: str, *, banned: bool) -> None:
    """The host itself and its subdomains are refused, whatever the case, and the problem names host and reason; nothing else is."""
    told = [str(p) for p in check(_loaded({"banned.yaml": _BANNED, **_cites(url)}), NOW) if p.location.path.endswith("cited.yaml")]
    message = "anybodys.org is no source here (anybody may edit it): find another, or take the statement back"
    assert told == ([f"content/sources/cited.yaml:4:8: {message}"] if banned else [])


def test_a_host_banned_twice_is_an_error() -> None:
    """The second entry for one host, with or without www, is told, and names the first."""
    again = _BANNED + "- {id: again, host: www.anybodys.org, why: it copies}\n"
    told = [str(p) for p in check(_loaded({"banned.yaml": again}), NOW) if p.location.path.endswith("banned.yaml")]
    assert told == ["content/banned.yaml:2:21: 'anybodys' bans this host already: keep one of them"]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://example.org/x?id=7&page=2#part", None),
        ("http://example.org/x", "the address begins with http: only https is linked to"),
        ("example.org/x", "the address begins with no scheme: only https is linked to"),
        ("https:///x", "the address names no host"),
        ("https://localhost/x", "the address names no host"),
        ("https://[x", "this is not an address"),
        ("https://example.org/x?utm_source=feed", "'utm_source' in the address follows readers and tells nothing of the page: take it out"),
        ("https://example.org/x?id=7&FBCLID=1", "'FBCLID' in the address follows readers and tells nothing of the page: take it out"),
        ("https://example.org/utm_source=feed", None),
    ],
)
def test_each_fault_of_an_address_is_told(url: str, said: str | None) -> None:
    """An address without https, without a host or with what follows readers is told at its place, also where it could not be read."""
    told = [str(p) for p in list_link_faults(_loaded(_cites(url))) if "cited" in p.location.path]
    assert told == ([f"content/sources/cited.yaml:4:8: {said}"] if said else [])


def test_sound_addresses_have_no_fault() -> None:
    """Nothing is wrong with the addresses of the small knowledge base."""
    assert list_link_faults(_loaded({})) == ()


def test_what_awaits_review_is_piled_up_by_reason() -> None:
    """Unopened sources, unconfirmed entries, reviews due within thirty days and entries on lesser sources each have their pile, with places."""
    events = _event("confidence: unconfirmed", "caveat: One paper says so.", 'review_by: "2026-12-22"')
    later = _event('review_by: "2026-12-23"', event_id="later", sources="[archive]")
    files = {"sources/cited.yaml": _source("https://example.org/x", "other"), "events/cited.yaml": events + later}
    piles = {pile.title: [f"{item.location}: {item.message}" for item in pile.items] for pile in list_awaiting(_loaded(files), NOW)}
    assert piles == {
        "sources that nobody has opened": ["content/sources/all.yaml:7:7: ministry: https://example.org/ministry"],
        "unconfirmed entries": ["content/events/cited.yaml:8:15: audited: One paper says so."],
        "entries to be reviewed by now or within 30 days": ["content/events/cited.yaml:10:14: audited: by 2026-12-22"],
        "entries that rest on lesser sources only": ["content/events/cited.yaml:6:12: audited: Somebody"],
    }


def test_a_reason_without_entries_has_no_pile() -> None:
    """Of the small knowledge base only one source awaits somebody to open it."""
    assert [(pile.title, len(pile.items)) for pile in list_awaiting(_loaded({}), NOW)] == [("sources that nobody has opened", 1)]


def test_coverage_counts_each_kind() -> None:
    """Each entry is of first rank, on lesser sources only or without any; a topic counts what its facts and positions name."""
    alone = _event("confidence: unconfirmed", "caveat: Nobody says so.", event_id="alone", sources="[]")
    files = {
        "sources/cited.yaml": _source("https://example.org/x", "other"),
        "events/cited.yaml": _event() + _event(event_id="second") + alone,
    }
    rows = {row.kind: row for row in count_coverage(_loaded(files))}
    assert list(rows) == ["topics", "events", "deadlines", "treaties", "countries", "glossary"]
    assert rows["events"] == Coverage(kind="events", entries=5, first_rank=2, closest=2, lesser_only=2, without=1, unconfirmed=1)
    assert rows["deadlines"] == Coverage(kind="deadlines", entries=3, first_rank=3)
    assert rows["topics"] == Coverage(kind="topics", entries=2, first_rank=2, closest=2)
    assert rows["treaties"] == Coverage(kind="treaties")


@pytest.mark.parametrize(("first_rank", "entries", "percent"), [(0, 0, None), (0, 3, 0), (2, 3, 66), (199, 200, 99), (200, 200, 100)])
def test_only_all_of_them_make_a_hundred(first_rank: int, entries: int, percent: int | None) -> None:
    """The share is rounded down, and nothing has none."""
    assert Coverage(kind="events", entries=entries, first_rank=first_rank).percent == percent
