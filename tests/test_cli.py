"""`detente` in a terminal: the same answers as in the chat, for people and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.processes import ROOT, detente
from tests.small import SMALL, write_content


async def test_help_names_every_command(tmp_path: Path) -> None:
    """`--help` lists what there is."""
    ended = await detente("--help", cwd=tmp_path)
    for command in ("run", "demo", "check", "schema", "allies", "timeline", "deadlines", "calendar", "health"):
        assert f"\n  {command} " in ended.out


async def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    """Answering `--help` loads neither discord.py nor pydantic nor the content."""
    ended = await detente("--help", cwd=tmp_path, PYTHONPROFILEIMPORTTIME="1")
    loaded = {line.rpartition("|")[2].strip() for line in ended.err.splitlines()}
    assert "click" in loaded
    assert not loaded & {"discord", "pydantic", "yaml", "rich", "aiohttp", "asyncio"}


async def test_version(tmp_path: Path) -> None:
    """`--version` prints name and version."""
    assert (await detente("--version", cwd=tmp_path)).out.startswith("detente 0.")


async def test_allies_answers_for_people(tmp_path: Path) -> None:
    """`detente allies` prints the verdict with its date and its sources."""
    out = (await detente("allies", cwd=tmp_path)).out
    assert "Are Russia and the US allies?" in out
    assert "Confirmed to" in out
    assert "https://" in out


async def test_allies_takes_a_topic_in_words(tmp_path: Path) -> None:
    """A topic may be several words, with a typo."""
    answer = json.loads((await detente("allies", "new", "strat", "--json", cwd=tmp_path)).out)
    assert answer["id"] == "new-start"
    assert answer["next_deadline"]["first"] > "2026-11-22"


async def test_allies_offers_what_may_be_meant(tmp_path: Path) -> None:
    """A topic nobody wrote about ends with 1 and three offers; as JSON they are on standard output."""
    ended = await detente("allies", "zzzz qqqq", "--json", cwd=tmp_path)
    assert ended.code == 1
    assert len(json.loads(ended.out)["suggestions"]) == 3
    assert "Did you mean" in ended.err


async def test_a_glossary_term_is_answered_too(tmp_path: Path) -> None:
    """Words of the glossary are found by the same command."""
    assert json.loads((await detente("allies", "hotline", "--json", cwd=tmp_path)).out)["term"].startswith("Hotline")


async def test_timeline_filters(tmp_path: Path) -> None:
    """`detente timeline` takes the chat's filters and prints events with their sources written out."""
    events = json.loads((await detente("timeline", "--from", "1991", "--to", "1991", "--tag", "diplomacy", "--json", cwd=tmp_path)).out)
    assert [event["id"] for event in events] == ["start-i", "ussr-dissolved"]
    assert events[0]["sources"][0]["url"].startswith("http")
    assert "START I" in (await detente("timeline", "--from", "1991", "--to", "1991", cwd=tmp_path)).out


async def test_deadlines_lists_every_occurrence_of_a_span(tmp_path: Path) -> None:
    """With --from and --to a recurring date appears as often as it occurs."""
    ended = await detente("deadlines", "--from", "2027-01", "--to", "2028-12", "--json", cwd=tmp_path)
    days = [d["occurrence"]["first"] for d in json.loads(ended.out) if d["id"] == "eu-sectoral-sanctions"]
    assert days == ["2027-01-31", "2027-07-31", "2028-01-31", "2028-07-31"]


async def test_deadlines_for_people(tmp_path: Path) -> None:
    """The table tells date, distance and certainty."""
    out = (await detente("deadlines", "--tag", "arms-control", cwd=tmp_path)).out
    assert "How certain" in out
    assert "New START" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("timeline", "--from", "1991-13"), "“1991-13” is not a date I can read"),
        (("deadlines", "--from", "2028", "--to", "2027"), "That span is empty"),
        (("timeline", "--tag", "cooking"), "There is no tag “cooking”"),
    ],
)
async def test_bad_options_get_one_sentence(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    """A bad option ends with 1 and the sentence the chat would give."""
    ended = await detente(*arguments, cwd=tmp_path)
    assert ended.code == 1
    assert said in ended.err
    assert "Traceback" not in ended.err


async def test_check_prints_every_problem_and_ends_with_3(tmp_path: Path) -> None:
    """`detente check FOLDER` names each problem with file, line and column."""
    folder = tmp_path / "content"
    (folder / "events").mkdir(parents=True)
    (folder / "events" / "x.yaml").write_text("- id: A\n  date: 1991-13\n", encoding="utf-8")
    ended = await detente("check", "content", cwd=tmp_path)
    assert ended.code == 3
    assert "content/events/x.yaml:1:7: id: " in ended.out
    assert "content/events/x.yaml:2:9: date: " in ended.out
    assert "errors" in ended.out


async def test_check_of_the_real_content_is_clean() -> None:
    """The content of this repository has no errors."""
    ended = await detente("check", "content", cwd=ROOT)
    assert ended.code == 0, ended.out


async def test_check_links_tells_what_is_wrong_from_what_awaits(tmp_path: Path) -> None:
    """`detente check --links` ends with 3 for a bad address, and lists what only awaits somebody with its file and line."""
    sources = SMALL["sources/all.yaml"].replace("org/elbe", "org/elbe?utm_source=feed")
    write_content(tmp_path / "content", {**SMALL, "sources/all.yaml": sources})
    ended = await detente("check", "content", "--links", cwd=tmp_path)
    assert ended.code == 3
    assert "content/sources/all.yaml:17:8: 'utm_source' in the address" in ended.out
    assert "Sources that nobody has opened:\n  content/sources/all.yaml:7:7: ministry" in ended.out
    assert "\nAwaiting review: sources that nobody has opened: 1\n" in ended.out


async def test_check_links_ends_well_where_things_only_await_review(tmp_path: Path) -> None:
    """Unopened sources are listed by --links, and are no error."""
    write_content(tmp_path / "content", SMALL)
    ended = await detente("check", "content", "--links", cwd=tmp_path)
    assert ended.code == 0, ended.out
    assert "\nAwaiting review: sources that nobody has opened: 1\n" in ended.out


async def test_check_stats_counts_by_kind(tmp_path: Path) -> None:
    """`detente check FOLDER --stats` prints a row for each kind of entry; without it no table is printed."""
    write_content(tmp_path / "content", SMALL)
    rows = [line.strip("│ ").split() for line in (await detente("check", "content", "--stats", cwd=tmp_path)).out.splitlines()]
    assert [row[0] for row in rows if len(row) > 1 and row[1] == "│"] == [
        "topics",
        "events",
        "deadlines",
        "treaties",
        "countries",
        "glossary",
    ]
    assert "deadlines" not in (await detente("check", "content", cwd=tmp_path)).out


async def test_schema_writes_the_files_editors_use(tmp_path: Path) -> None:
    """`detente schema FOLDER` writes one JSON Schema for each kind."""
    await detente("schema", "out", cwd=tmp_path)
    names = {path.stem for path in (tmp_path / "out").glob("*.json")}
    assert names == {"topic", "event", "deadline", "treaty", "country", "term", "tag", "era", "source", "banned", "wording"}


async def test_markup_in_a_search_is_text(tmp_path: Path) -> None:
    """Brackets that the table's library would read as markup are printed."""
    ended = await detente("timeline", "--search", "[/b] elbe", cwd=tmp_path)
    assert ended.code == 0, ended.err
    assert "[/b] elbe" in ended.out


async def test_a_past_occurrence_is_not_called_scheduled(tmp_path: Path) -> None:
    """In a span that lies back, each occurrence says that it has passed."""
    ended = await detente("deadlines", "--from", "2024", "--to", "2024", "--json", cwd=tmp_path)
    assert {d["standing"] for d in json.loads(ended.out)} == {"outcome_unknown"}


async def test_a_terminal_that_cannot_show_a_letter_gets_another(tmp_path: Path) -> None:
    """Where standard output is not UTF-8, what it cannot show is replaced and nothing breaks."""
    ended = await detente("allies", cwd=tmp_path, PYTHONUTF8="0", PYTHONIOENCODING="latin-1")
    assert ended.code == 0, ended.err


async def test_content_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    """A treaty with a party that no file knows ends every answer with its place and exit code 3, not with a traceback."""
    pact = '- {id: pact, name: A pact, short: Pact, kind: status, signed: 1950, obligation: They talk., parties: [{country: QQ}, {country: QR}], sources: [archive], as_of: "2026-07-04"}\n'
    write_content(tmp_path / "content", {**SMALL, "treaties.yaml": pact})
    ended = await detente("timeline", cwd=tmp_path, CONTENT_DIR="content")
    assert ended.code == 3
    assert "there is no 'QQ' in countries" in ended.err
    assert "Traceback" not in ended.err
