"""A heartbeat in a file: fresh while the bot is connected and its loop runs, so that a container can be told to restart."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BEAT_SECONDS = 15.0
RETRY_SECONDS = 1.0
STALE_SECONDS = 60.0
FILE_NAME = "heartbeat"


async def keep_beating(folder: Path, is_well: Callable[[], bool], warn: Callable[[], str] = str) -> None:
    """Write the heartbeat in `folder` as long as `is_well()` says so, with what `warn()` has to say; runs until it is cancelled."""
    path = folder / FILE_NAME
    # A full or vanished disk must not end the bot; the stale file tells.
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
    while True:
        if well := is_well():
            with contextlib.suppress(OSError):
                path.write_text(warn(), encoding="utf-8")
        await asyncio.sleep(BEAT_SECONDS if well else RETRY_SECONDS)


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
