"""The files of a content folder as they were at one moment: read whole, named by a hash, packed to travel and to be kept."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import zipfile
import zlib
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from bot.errors import ContentError
from bot.knowledge.problems import Location, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MAX_FILE_BYTES = 8 * 1024 * 1024
MAX_FILES = 2_000
MAX_BYTES = 64 * 1024 * 1024
"""More than a hundred times what the bot's own content is: no editor meets it, and nothing larger is ever read into memory."""

SCHEMA = "schema"
"""The folder of files that editors' programs use; it is no content."""

_UNREADABLE = (OSError, UnicodeEncodeError, OverflowError, EOFError, RuntimeError, zlib.error, zipfile.BadZipFile)
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class ContentFiles:
    """What a content folder held: (path below the folder with slashes, bytes), by path.

    `place` is what problems call the folder; `problems` is what kept a file from being read.
    """

    place: str
    files: tuple[tuple[str, bytes], ...]
    problems: tuple[Problem, ...] = ()

    @cached_property
    def version(self) -> str:
        """The first 12 hexadecimal digits of a SHA-256 over all paths and bytes, and over what could not be read."""
        digest = hashlib.sha256()
        for path, raw in self.files:
            digest.update(path.encode() + f"\0{len(raw)}\0".encode() + raw)
        for problem in self.problems:
            digest.update(f"{problem}\0".encode())
        return digest.hexdigest()[:12]

    def locate(self, path: str) -> Location:
        """Return the beginning of a file as somebody in the current folder would name it."""
        return _locate(self.place, path)

    def pack(self) -> bytes:
        """Return everything as one ZIP archive, the same for the same content."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, raw in self.files:
                archive.writestr(zipfile.ZipInfo(path, _LONG_AGO), raw, zipfile.ZIP_DEFLATED)
        return packed.getvalue()


def read_files(folder: Path) -> ContentFiles:
    """Read all content below `folder`; hidden files and the schema are left out. What cannot be read is a problem."""
    place = _name(folder)
    if not folder.is_dir():
        return ContentFiles(place, (), (Problem(Location(place), "there is no such content folder"),))
    closed: list[Problem] = []
    paths = sorted((path.relative_to(folder).as_posix(), path) for path in _walk(folder, place, closed))
    found = _collect(place, ((name, partial(_open, path)) for name, path in paths))
    return replace(found, problems=(*found.problems, *closed))


def _walk(folder: Path, place: str, closed: list[Problem]) -> Iterator[Path]:
    """Yield every file below `folder`, through links too, as mounted configuration has them; add folders that cannot be read to `closed`."""

    def complain(error: OSError) -> None:
        inside = Path(error.filename or folder)
        name = inside.relative_to(folder).as_posix() if inside.is_relative_to(folder) else ""
        closed.append(Problem(_locate(place, name), f"the folder cannot be read: {error.strerror}"))

    been: set[str] = set()
    for name, folders, files in os.walk(folder, followlinks=True, onerror=complain):
        folders[:] = [inner for inner in folders if not inner.startswith(".")]
        if (real := os.path.realpath(name)) in been:  # a link that leads back up would never end
            folders.clear()
            continue
        been.add(real)
        yield from (path for path in (Path(name) / file for file in files) if _may_be_read(path))


def _may_be_read(path: Path) -> bool:
    """Whether there is a file, or something that will say why it cannot be read; a pipe or a socket would never end."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True


def unpack(packed: bytes, place: str) -> ContentFiles:
    """Read what `pack` wrote, or a ZIP archive of a content folder; raises ContentError where it is none. Nothing is ever written."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            packed_files = sorted((info for info in archive.infolist() if not info.filename.endswith("/")), key=lambda info: info.filename)
            return _collect(place, ((info.filename, partial(_open_packed, archive, info)) for info in packed_files))
    except (*_UNREADABLE, ValueError) as error:
        raise ContentError([Problem(Location(place), f"this is no archive of content: {error}")]) from None


def _open(path: Path) -> IO[bytes]:
    return path.open("rb")


def _open_packed(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    """Open a file of an archive, in the one form that is unpacked no further than it is read."""
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise zipfile.BadZipFile("it is packed in a way that is not used here")
    return archive.open(info)


def _collect(place: str, listed: Iterable[tuple[str, Callable[[], IO[bytes]]]]) -> ContentFiles:
    """Read the files that are content, each opened by what stands beside its path, within the limits."""
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    room = MAX_BYTES
    for path, opened in listed:
        if _is_passed_over(path):
            continue
        try:
            raw = _read(path, opened)
        except _UNREADABLE as error:
            raw, fault = b"", f"the file cannot be read: {error}"
        else:
            fault = f"the file is larger than {MAX_FILE_BYTES:,} bytes: cut it into several" if len(raw) > MAX_FILE_BYTES else ""
        room -= len(raw)
        if not fault and (room < 0 or len(files) + len(problems) >= MAX_FILES):
            fault = f"the content is larger than {MAX_FILES:,} files or {MAX_BYTES:,} bytes"
        if fault or path in files:
            problems.append(Problem(_locate(place, path), fault or "the archive holds this file twice"))
        else:
            files[path] = raw
        if room < 0 or len(files) + len(problems) > MAX_FILES:
            break
    return ContentFiles(place, tuple(files.items()), tuple(problems))


def _is_passed_over(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return parts[:1] == (SCHEMA,) or any(part.startswith(".") and part != ".." for part in parts)


def _read(path: str, opened: Callable[[], IO[bytes]]) -> bytes:
    """Return what a file holds, one byte more than it may where it holds too much; raises OSError and what archives raise."""
    path.encode()
    parts = path.split("/")
    if "\\" in path or not all(parts) or ".." in parts:
        raise OSError("its name leads out of the folder")
    with opened() as file:
        return file.read(MAX_FILE_BYTES + 1)


def _name(folder: Path) -> str:
    """Return the folder as somebody in the current folder would name it."""
    here = Path.cwd()
    return str(folder.relative_to(here) if folder.is_relative_to(here) else folder)


def _locate(place: str, path: str) -> Location:
    return Location(str(Path(place) / path.lstrip("/")).encode(errors="backslashreplace").decode())
