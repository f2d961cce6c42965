"""Signs of life: a heartbeat in a file, fresh while the bot is connected and its loop runs, and a watchdog for a loop that stands still."""

from __future__ import annotations

import contextlib
import faulthandler
import time
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BEAT_SECONDS = 15.0
RETRY_SECONDS = 1.0
STALE_SECONDS = 60.0
FILE_NAME = "heartbeat"
STANDSTILL_SECONDS = 300.0
"""How long the event loop may stand still: longer than any pause of a machine that is only busy, or was stopped for a moment."""


class Heartbeat:
    """The file that tells of a bot that is well; `step` is one beat."""

    def __init__(self, folder: Path, is_well: Callable[[], bool], warn: Callable[[], str] = str) -> None:
        """Write into `folder` as long as `is_well()` says so, with what `warn()` has to say."""
        self._path = folder / FILE_NAME
        self._is_well = is_well
        self._warn = warn

    async def step(self) -> timedelta:
        """Beat if all is well; return how long to rest."""
        well = self._is_well()
        if well:
            # A full or vanished disk must not end the bot; the stale file tells.
            with contextlib.suppress(OSError):
                self._path.write_text(self._warn(), encoding="utf-8")
        return timedelta(seconds=BEAT_SECONDS if well else RETRY_SECONDS)


class Watchdog:
    """Ends a process whose event loop stands still: writes every stack to standard error and exits with 1; `step` puts it off.

    A thread of the interpreter's own waits for it, so it bites even where no Python code can run.
    """

    def __init__(self, seconds: float = STANDSTILL_SECONDS) -> None:
        """Bite once `step` has not been called for `seconds`."""
        self._seconds = seconds

    async def step(self) -> timedelta:
        """Put it off; return how long to rest."""
        faulthandler.dump_traceback_later(self._seconds, exit=True)
        return timedelta(seconds=self._seconds / 20)

    def stop(self) -> None:
        """Let it bite no more."""
        faulthandler.cancel_dump_traceback_later()


def remove_heartbeat(folder: Path) -> None:
    """Remove the sign of life that a bot left in `folder`, so that nobody takes one for alive that has ended or only begins."""
    with contextlib.suppress(OSError):
        (folder / FILE_NAME).unlink(missing_ok=True)


def heartbeat_age(folder: Path) -> float | None:
    """Return the seconds between now and the last heartbeat, or None where there never was one; one of tomorrow is no good either."""
    try:
        return abs(time.time() - (folder / FILE_NAME).stat().st_mtime)
    except OSError:
        return None


def find_warning(folder: Path) -> str:
    """Return what the last heartbeat warned of, "" where of nothing."""
    try:
        return (folder / FILE_NAME).read_text(encoding="utf-8")
    except OSError:
        return ""
