"""A content folder or an archive of one as bytes, within limits, and never anything else."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from typing import TYPE_CHECKING

import pytest

from bot.errors import ContentError
from bot.knowledge import files as files_module
from bot.knowledge.files import MAX_FILE_BYTES, MAX_FILES, ContentFiles, read_files, unpack
from bot.knowledge.loading import load_files
from tests.small import SMALL, write_content

if TYPE_CHECKING:
    from pathlib import Path


def _archive(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, raw in entries.items():
            archive.writestr(zipfile.ZipInfo(name), raw, method)
    return packed.getvalue()


def _told(files: ContentFiles) -> list[str]:
    return [str(problem) for problem in files.problems]


def _packed() -> bytes:
    return _archive({name: text.encode() for name, text in SMALL.items()})


def test_a_file_that_is_too_large_is_told_and_not_kept(tmp_path: Path) -> None:
    """A file of one byte more than a file may hold is told, one of just as many is read."""
    write_content(tmp_path, {"events/a.yaml": b"#" * MAX_FILE_BYTES, "events/b.yaml": b"#" * (MAX_FILE_BYTES + 1)})
    found = read_files(tmp_path)
    assert [path for path, _ in found.files] == ["events/a.yaml"]
    assert _told(found) == [f"{tmp_path}/events/b.yaml:1:1: the file is larger than {MAX_FILE_BYTES:,} bytes: cut it into several"]


def test_too_much_together_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that together hold more than all may are told once, and reading ends there."""
    monkeypatch.setattr(files_module, "MAX_BYTES", 10)
    found = unpack(_archive({f"events/{n}.yaml": b"####" for n in range(5)}), "content")
    assert [path for path, _ in found.files] == ["events/0.yaml", "events/1.yaml"]
    assert [problem.location.path for problem in found.problems] == ["content/events/2.yaml"]


def test_too_many_files_are_told() -> None:
    """One file more than there may be is told, and reading ends there."""
    found = unpack(_archive({f"events/{n:05}.yaml": b"" for n in range(MAX_FILES + 50)}), "content")
    assert (len(found.files), len(found.problems)) == (MAX_FILES, 1)


def test_an_archive_that_unpacks_to_gigabytes_is_read_no_further_than_a_file_may_go() -> None:
    """Of an entry that would unpack to four gigabytes, one byte more than allowed is unpacked, and the entry is told."""
    raw = _archive({"events/x.yaml": b"\0" * (MAX_FILE_BYTES * 4)})
    at = raw.rindex(b"PK\x01\x02")
    claims_more = raw[: at + 24] + struct.pack("<L", 0xFFFFFFF0) + raw[at + 28 :]
    found = unpack(claims_more, "content")
    assert found.files == ()
    assert _told(found) == [f"content/events/x.yaml:1:1: the file is larger than {MAX_FILE_BYTES:,} bytes: cut it into several"]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_cannot_be_unpacked_piece_by_piece_is_not_unpacked(method: int) -> None:
    """An entry packed so that a little of it may unpack to gigabytes at once is told and not opened."""
    found = unpack(_archive({"events/x.yaml": b"#"}, method), "content")
    assert (found.files, len(found.problems)) == ((), 1)


@pytest.mark.parametrize(
    "name",
    ["../../x.yaml", "/etc/passwd", "events/../../x.yaml", "events\\x.yaml", "C:\\x.yaml", "//x/y.yaml", "events//x.yaml", "..", "/"],
)
def test_a_name_that_leads_elsewhere_is_no_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """An entry whose name leads out of the folder is no content, and nothing is written anywhere."""
    monkeypatch.chdir(tmp_path)
    found = unpack(_archive({name: b"- id: x\n"}), "content")
    assert found.files == ()
    assert [problem.message for problem in found.problems] in ([], ["the file cannot be read: its name leads out of the folder"])
    assert bool(found.problems) is not name.endswith("/")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "x\0y.yaml", "\0", ".", "./events/x.yaml"])
def test_a_name_that_is_none_is_no_content(name: str) -> None:
    """An entry without a name, or with a NUL in it, is passed over, refused or no content, and breaks nothing."""
    raw = _archive({"N" * max(1, len(name)): b"- id: x\n"}).replace(b"N" * max(1, len(name)), name.encode() or b"\0")
    try:
        found = unpack(raw, "content")
    except ContentError:
        return
    assert load_files(found).errors


def test_a_file_that_stands_twice_is_told() -> None:
    """Of two entries with one name neither may win in silence."""
    raw = _archive({"events/x.yaml": b"- a\n", "events/y.yaml": b"- b\n"}).replace(b"events/y.yaml", b"events/x.yaml")
    assert _told(unpack(raw, "content")) == ["content/events/x.yaml:1:1: the archive holds this file twice"]


def test_an_encrypted_file_is_told() -> None:
    """An encrypted entry is told, not asked a password for."""
    raw = bytearray(_archive({"events/x.yaml": b"- id: x\n"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + offset] |= 1
    assert ["is encrypted" in told for told in _told(unpack(bytes(raw), "content"))] == [True]


@pytest.mark.parametrize(
    "raw", [b"", b"PK", b"no archive", _packed()[:-30], _packed()[100:] + b"\0" * 70_000, b"PK\x05\x06" + b"\xff" * 18]
)
def test_what_is_no_archive_is_a_content_error(raw: bytes) -> None:
    """Nothing, a piece of an archive or something else raises the error that the caller expects."""
    with pytest.raises(ContentError, match="content:1:1: this is no archive of content"):
        unpack(raw, "content")


def test_a_damaged_archive_gives_problems_or_a_content_error() -> None:
    """Whatever bytes of an archive were changed, it gives files, problems or the expected error, and nothing else."""
    drawn = random.Random(7)  # noqa: S311 - the same damage every time
    sound = _packed()
    outcomes = set()
    for _ in range(400):
        raw = bytearray(sound)
        for _ in range(drawn.randint(1, 6)):
            at = drawn.randrange(len(raw)) if drawn.random() < 0.4 else drawn.randrange(len(raw) - 700, len(raw))
            raw[at] = drawn.randrange(256)
        try:
            outcomes.add(bool(unpack(bytes(raw), "content").problems))
        except ContentError:
            outcomes.add(None)  # type: ignore[arg-type]
    assert outcomes == {True, False, None}


def test_an_archive_of_a_later_kind_is_a_content_error() -> None:
    """An archive that asks for a later program than this raises the error that the caller expects."""
    raw = bytearray(_archive({"events/x.yaml": b"- id: x\n"}))
    raw[raw.index(b"PK\x01\x02") + 6] = 99
    with pytest.raises(ContentError, match="this is no archive of content: zip file version"):
        unpack(bytes(raw), "content")


@pytest.mark.parametrize("flag", [0x20, 0x40], ids=["patched data", "strong encryption"])
def test_a_file_that_cannot_be_unpacked_is_told(flag: int) -> None:
    """An entry of a sort that this program cannot unpack is told."""
    raw = bytearray(_archive({"events/x.yaml": b"- id: x\n"}))
    raw[raw.index(b"PK\x01\x02") + 8] = raw[raw.index(b"PK\x03\x04") + 6] = flag
    assert ["the file cannot be read" in told for told in _told(unpack(bytes(raw), "content"))] == [True]


def test_a_file_beyond_all_bounds_is_told() -> None:
    """An entry that is said to begin at byte 2**63 is told."""
    raw = bytearray(_archive({"events/x.yaml": b"- id: x\n"}))
    at, end = raw.index(b"PK\x01\x02"), raw.index(b"PK\x05\x06")
    extra = struct.pack("<HHQ", 1, 8, 2**63)
    raw[at + 30 : at + 32] = struct.pack("<H", len(extra))
    raw[at + 42 : at + 46] = b"\xff" * 4
    raw[end + 12 : end + 16] = struct.pack("<L", end - at + len(extra))
    assert len(_told(unpack(bytes(raw[:end] + extra + raw[end:]), "content"))) == 1
