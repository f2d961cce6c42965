"""Being told to stop: the first signal ends the bot in order and within ten seconds, the second at once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from bot.services.ending import Ending

LAST_RESORT_SECONDS = 9.6
"""When a bot that was told to stop ends whatever still hangs; all that stops in order is done by then."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Signals:
    """What the host has asked for."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    reread: asyncio.Event = field(default_factory=asyncio.Event)


class LastResort:
    """Ends the process some seconds after it was armed, whatever still hangs: a thread, the loop, even the log."""

    def __init__(self) -> None:
        """Begin unarmed."""
        self._timer: threading.Timer | None = None

    @property
    def is_armed(self) -> bool:
        """Whether the end is near."""
        return self._timer is not None

    def arm(self, code: int = 1) -> None:
        """Let the process end with `code` unless it has ended by itself by then; the first call counts."""
        if self._timer is None:
            self._timer = threading.Timer(LAST_RESORT_SECONDS, self._end, (code,))
            self._timer.daemon = True
            self._timer.start()

    @staticmethod
    def _end(code: int) -> None:
        # Whoever holds the lock of the log may be what hangs.
        telling = threading.Thread(target=_log.warning, args=("stopped by force",), kwargs={"seconds": LAST_RESORT_SECONDS}, daemon=True)
        telling.start()
        telling.join(0.2)
        os._exit(code)


@contextlib.contextmanager
def heeding(ending: Ending, last_resort: LastResort) -> Iterator[Signals]:
    """Take note of SIGTERM, SIGINT and SIGHUP from the very start on: one that comes while the content is read counts too.

    The handlers are Python's own, not the loop's: they also run while the loop is held up. A second SIGTERM or SIGINT ends at once,
    with 128 and its number.
    """
    signals, loop = Signals(), asyncio.get_running_loop()
    told: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        if told:
            os._exit(128 + number)
        told.append(number)
        last_resort.arm(0)
        ending.begin()
        loop.call_soon_threadsafe(signals.stop.set)

    def reread(_: int, __: FrameType | None) -> None:
        loop.call_soon_threadsafe(signals.reread.set)

    kept = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    kept[signal.SIGHUP] = signal.signal(signal.SIGHUP, reread)
    try:
        yield signals
    finally:
        if not last_resort.is_armed:  # else a second signal still ends what holds up the interpreter
            for number, handler in kept.items():
                signal.signal(number, handler)
