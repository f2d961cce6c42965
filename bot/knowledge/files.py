"""The files of a content folder as they were at one moment: read whole, named by a hash, packed to travel and to be kept."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from bot.errors import ContentError
from bot.knowledge.problems import Location, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_FILE_BYTES = 8 * 1024 * 1024
MAX_FILES = 2_000
MAX_BYTES = 64 * 1024 * 1024
"""More than a hundred times what the bot's own content is: no editor meets it, and nothing larger is ever read into memory."""

SCHEMA = "schema"
"""The folder of files that editors' programs use; it is no content."""

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
        """The first 12 hexadecimal digits of a SHA-256 over all paths and bytes."""
        digest = hashlib.sha256()
        for path, raw in self.files:
            digest.update(path.encode() + f"\0{len(raw)}\0".encode() + raw)
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
    paths = sorted((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file())
    return _collect(place, ((name, path.open) for name, path in paths))


def unpack(packed: bytes, place: str) -> ContentFiles:
    """Read what `pack` wrote, or a ZIP archive of a content folder; raises ContentError where it is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            paths = sorted(info.filename for info in archive.infolist() if not info.is_dir())
            return _collect(place, ((path, lambda mode, path=path: archive.open(path, mode[0])) for path in paths))  # type: ignore[misc]
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise ContentError([Problem(Location(place), f"this is no archive of content: {error}")]) from None


def _collect(place: str, listed: Iterable[tuple[str, Callable[[str], IO[bytes]]]]) -> ContentFiles:
    """Read the files that are content, each opened by what stands beside its path, within the limits."""
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    room = MAX_BYTES
    for path, opened in listed:
        parts = PurePosixPath(path).parts
        if parts[0] == SCHEMA or any(part.startswith(".") for part in parts):
            continue
        try:
            path.encode()
            with opened("rb") as file:
                raw = file.read(MAX_FILE_BYTES + 1)
        except (OSError, UnicodeEncodeError, EOFError, RuntimeError, zlib.error, zipfile.BadZipFile) as error:
            problems.append(Problem(_locate(place, path), f"the file cannot be read: {error}"))
            continue
        room -= len(raw)
        if len(raw) > MAX_FILE_BYTES:
            problems.append(Problem(_locate(place, path), f"the file is larger than {MAX_FILE_BYTES:,} bytes: cut it into several"))
        elif room < 0 or len(files) >= MAX_FILES:
            problems.append(Problem(_locate(place, path), f"the content is larger than {MAX_FILES:,} files or {MAX_BYTES:,} bytes"))
            break
        else:
            files[path] = raw
    return ContentFiles(place, tuple(files.items()), tuple(problems))


def _name(folder: Path) -> str:
    """Return the folder as somebody in the current folder would name it."""
    here = Path.cwd()
    return str(folder.relative_to(here) if folder.is_relative_to(here) else folder)


def _locate(place: str, path: str) -> Location:
    return Location(str(Path(place) / path).encode(errors="backslashreplace").decode())
