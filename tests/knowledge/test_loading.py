"""A content folder to a knowledge base, at once or in slices."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.domain.entries import Topic
from bot.knowledge import loading
from bot.knowledge.checking import check
from bot.knowledge.files import read_files, unpack
from bot.knowledge.loading import Loaded, load, load_files
from bot.knowledge.problems import MAX_PROBLEMS
from tests.knowledge.broken import LOOSE, UNREADABLE
from tests.small import NOW, SMALL, write_content

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.knowledge_base import KnowledgeBase

_ENTRY = '- id: n{0}\n  date: "{1}"\n  title: T{0}\n  summary: S\n  tags: [war]\n  sources: [archive]\n  as_of: "2026-07-04"\n'
_MANY = "".join(_ENTRY.format(n, 1500 + n % 400) for n in range(650))
_BROKEN: dict[str, str | bytes] = {name: text for broken in (*UNREADABLE, *LOOSE) for name, text in broken.files.items()}

_FOLDERS: dict[str, Mapping[str, str | bytes]] = {
    "small": SMALL,
    "many": {**SMALL, "events/many.yaml": _MANY},
    "broken": {**SMALL, **_BROKEN},
    "late-faults": {**SMALL, "events/many.yaml": _MANY.replace('"1700"', '"1700-13"').replace("title: T333", "title: NO")},
    "nothing": {},
}


def _whole(loaded: Loaded) -> tuple[object, ...]:
    places = [(key, str(parsed.locate()), parsed.value) for key, parsed in loaded.written.items()]
    return loaded.knowledge, loaded.problems, places


def _knowledge(folder: Path) -> KnowledgeBase:
    loaded = load(folder)
    assert loaded.knowledge is not None, loaded.problems
    return loaded.knowledge


def test_entries_come_in_reading_order(tmp_path: Path) -> None:
    """Topics come by their order, events and eras by date, terms by name, whatever the order of the files."""
    terms = "".join(f'- {{id: {t.lower()}, term: {t}, definition: D, sources: [archive], as_of: "2026-07-04"}}\n' for t in ("Zero", "beta"))
    early = _ENTRY.format(1, "1776/1783") + _ENTRY.format(2, "1945") + _ENTRY.format(3, "1945-04")
    first_topic = SMALL["topics/all.yaml"].replace("order: 20", "order: 5")
    files = {**SMALL, "glossary/a.yaml": terms, "events/zz.yaml": early, "topics/all.yaml": first_topic}
    knowledge = _knowledge(write_content(tmp_path, files))
    assert [t.id for t in knowledge.topics] == ["wartime", "verdict"]
    assert [e.id for e in knowledge.events] == ["n1", "n2", "n3", "elbe", "expiry"]
    assert [t.term for t in knowledge.terms] == ["Ally", "beta", "Zero"]
    assert [e.id for e in knowledge.eras] == ["war-years", "today"]
    assert [d.id for d in knowledge.deadlines] == ["summit", "inaugural", "vote"]


@pytest.mark.parametrize("name", _FOLDERS)
def test_packed_content_is_the_same(tmp_path: Path, name: str) -> None:
    """Entries, problems and places are the same after content was packed and unpacked, and packing twice gives the same bytes."""
    files = read_files(write_content(tmp_path, _FOLDERS[name]))
    packed = files.pack()
    assert _whole(load_files(unpack(packed, files.place))) == _whole(load_files(files))
    assert unpack(packed, "elsewhere").version == files.version
    assert packed == files.pack()


def test_the_version_tells_contents_apart(tmp_path: Path) -> None:
    """The version depends on what the files are called and hold, and on nothing else."""
    first = write_content(tmp_path / "a", SMALL)
    shutil.copytree(first, tmp_path / "b")
    changed = {**SMALL, "events/all.yaml": SMALL["events/all.yaml"].replace("broken", "Broken")}
    renamed = {("events/other.yaml" if name == "events/all.yaml" else name): text for name, text in SMALL.items()}
    versions = {
        _knowledge(folder).version
        for folder in (first, tmp_path / "b", write_content(tmp_path / "c", changed), write_content(tmp_path / "d", renamed))
    }
    assert len(versions) == 3
    assert _knowledge(first).version == _knowledge(tmp_path / "b").version
    assert all(len(version) == 12 for version in versions)


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    """A folder that is not there is one problem."""
    loaded = load(tmp_path / "gone")
    assert loaded.knowledge is None
    assert [str(p) for p in loaded.problems] == [f"{tmp_path / 'gone'}:1:1: there is no such content folder"]


@pytest.mark.parametrize("name", ["events/all.yaml", "wording/en.yaml", "tags.yaml"])
def test_a_file_that_may_be_half_written_is_told(tmp_path: Path, name: str) -> None:
    """A file that does not end with a line break is told at its end, even where what is there can be read."""
    text = SMALL[name].rstrip("\n")
    loaded = load(write_content(tmp_path, {**SMALL, name: text}))
    place = f"{tmp_path / name}:{text.count(chr(10)) + 1}:{len(text.splitlines()[-1]) + 1}"
    assert loaded.knowledge is None
    assert [str(p) for p in loaded.errors] == [f"{place}: the file does not end with a line break: it may be half written"]


def test_a_file_cut_anywhere_is_told(tmp_path: Path) -> None:
    """Wherever a file that is being written ends for the moment, its content does not pass, unless it ends with a whole line."""
    raw = SMALL["tags.yaml"].encode()
    for length in range(1, len(raw)):
        loaded = load(write_content(tmp_path, {**SMALL, "tags.yaml": raw[:length]}))
        assert bool(loaded.errors) is not (raw[length - 1 : length] == b"\n"), length


def test_line_ends_and_marks_of_other_systems_are_taken(tmp_path: Path) -> None:
    """Lines ended as on Windows and a byte order mark change nothing that is read, nor where it stands."""
    foreign: dict[str, str | bytes] = {name: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() for name, text in SMALL.items()}
    ours, theirs = load(write_content(tmp_path / "a", SMALL)), load(write_content(tmp_path / "b", foreign))
    assert theirs.knowledge is not None, theirs.problems
    assert ours.knowledge is not None
    assert theirs.knowledge.topics == ours.knowledge.topics
    assert {key: parsed.locate(("id",)).line for key, parsed in theirs.written.items()} == {
        key: parsed.locate(("id",)).line for key, parsed in ours.written.items()
    }


def test_more_entries_than_there_may_be_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one entry of a kind more than there may be, the file that holds it is told and read no further."""
    monkeypatch.setattr(loading, "MAX_ENTRIES", 650 + 2)
    folder = write_content(tmp_path, {**SMALL, "events/many.yaml": _MANY})
    assert load(folder).knowledge is not None
    write_content(folder, {"events/more.yaml": _ENTRY.format(700, 1900)})
    assert [str(p) for p in load(folder).errors] == [
        f"{folder}/events/more.yaml:1:1: there are more than 652 entries in events: the rest was not read"
    ]


def test_problems_without_number_end_the_reading(tmp_path: Path) -> None:
    """A file made to give a million problems gives thousands, says that it was read no further, and nothing is called missing."""
    text = "".join("- id: x\n" + "".join(f"  k{n}: 1\n" for n in range(1000)) for _ in range(300))
    problems = check(load(write_content(tmp_path, {**SMALL, "deadlines/a.yaml": text})), NOW)
    assert MAX_PROBLEMS < len(problems) < 3 * MAX_PROBLEMS
    assert any("the rest was not read" in p.message for p in problems)
    assert {p.location.path for p in problems} == {f"{tmp_path}/deadlines/a.yaml"}


def test_missing_words_are_told(tmp_path: Path) -> None:
    """Without the file of wording nothing can be said, and that is the one problem."""
    folder = write_content(tmp_path, {name: text for name, text in SMALL.items() if name != "wording/en.yaml"})
    loaded = load(folder)
    assert loaded.knowledge is None
    assert [str(p) for p in loaded.errors] == [f"{folder}/wording/en.yaml:1:1: the file is missing: it holds what the bot says"]


def test_what_is_no_content_is_passed_over(tmp_path: Path) -> None:
    """Hidden files and the schemas for editors do not count."""
    extra: dict[str, str | bytes] = {".DS_Store": b"\xff", "events/.swp.yaml": "{", ".git/events.yaml": "{", "schema/event.json": "{"}
    plain, more = write_content(tmp_path / "a", SMALL), write_content(tmp_path / "b", {**SMALL, **extra})
    assert _knowledge(plain) == _knowledge(more)


@pytest.mark.parametrize("inside", [True, False])
def test_problems_name_files_as_seen_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, inside: bool) -> None:
    """A file under the current folder is named from there, any other by its whole path."""
    here = tmp_path if inside else tmp_path / "elsewhere"
    here.mkdir(exist_ok=True)
    monkeypatch.chdir(here)
    folder = write_content(tmp_path / "content", {**SMALL, "events/x.yaml": ""})
    assert [p.location.path for p in load(folder).problems] == ["content/events/x.yaml" if inside else f"{folder}/events/x.yaml"]


def test_links_between_entries_can_be_followed(tmp_path: Path) -> None:
    """From a topic to its sources and next deadline, and from an event or deadline to the topics that name it."""
    knowledge = _knowledge(write_content(tmp_path, SMALL))
    verdict = knowledge.get(Topic, knowledge.topics[0].id)
    assert [s.publisher for s in knowledge.list_sources(verdict.all_sources)] == ["State Department", "Ministry"]
    assert [t.id for t in knowledge.list_topics_of_event(knowledge.events[0].id)] == ["verdict", "wartime"]
    assert [t.id for t in knowledge.list_topics_of_deadline(knowledge.deadlines[0].id)] == ["verdict"]
    assert str(knowledge.dated) == "2026-11-04"
