"""What the data folder remembers of content: the last good one, and what the content folder held when it was last looked at."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import structlog

from bot.errors import ContentError
from bot.knowledge.files import unpack

if TYPE_CHECKING:
    from pathlib import Path

    from bot.knowledge.files import ContentFiles

LAST_GOOD = "last-good-content.zip"
LAST_SEEN = "last-seen-content"
LAST_TOLD = "last-told-content"

_log = structlog.get_logger(__name__)


class Shelf:
    """A folder's memory. A disk that is full or gone must not stop anybody: what could not be kept is logged."""

    def __init__(self, folder: Path) -> None:
        """Keep things in `folder`, which exists."""
        self._folder = folder

    def keep(self, files: ContentFiles) -> None:
        """Remember a good content in place of the one before."""
        self._write(LAST_GOOD, files.pack())

    def find_kept(self) -> ContentFiles | None:
        """Return the last good content; None where there is none that can be read."""
        packed = self._find(LAST_GOOD)
        if packed is None:
            return None
        try:
            return unpack(packed, str(self._folder / LAST_GOOD))
        except ContentError as error:
            _log.error("last good content unreadable", reason=str(error))
            return None

    def note_told(self, version: str) -> None:
        """Remember about which content those who administer the bot have been told; "" where there is nothing to tell."""
        self._write(LAST_TOLD, version.encode())

    def find_told(self) -> str:
        """Return about which content they have been told last, "" where about none."""
        return (self._find(LAST_TOLD) or b"").decode(errors="replace")

    def note_seen(self, version: str) -> None:
        """Remember which good content the content folder held."""
        self._write(LAST_SEEN, version.encode())

    def find_seen(self) -> str | None:
        """Return which good content the folder held when it was last looked at; None where that is not known."""
        seen = self._find(LAST_SEEN)
        return seen.decode(errors="replace") if seen else None

    def _write(self, name: str, data: bytes) -> None:
        """Write whole or not at all: a power cut leaves the old file or the new one."""
        path, new = self._folder / name, self._folder / f"{name}.new"
        try:
            with new.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        except OSError as error:
            _log.error("not kept", file=str(path), reason=str(error))
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)  # half a file only takes room

    def _find(self, name: str) -> bytes | None:
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            _log.error("not readable", file=str(self._folder / name), reason=str(error))
            return None
