"""How long answers take and what Discord's HTTP API says, told to an observer in words of our own: nothing that anybody sent.

What the API says of the time is kept too.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import structlog

from bot.domain.readiness import CLOCK_DOUBT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from types import SimpleNamespace

    from bot.services.observing import Observer

SUGGESTIONS = "suggestions"
UNKNOWN = "unknown"
_SCREEN = "screen"

_GRAIN_SECONDS = 1.0
"""How much time one reading of Discord's clock stands for."""

_log = structlog.get_logger(__name__)


def _count_seconds() -> float:
    """Return seconds that nobody sets, and that go on while the machine sleeps where it can tell."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class DiscordClock:
    """Discord's own time, which is in the id of every message: read off its answers, and counted on by what nobody sets.

    A machine's clock may be hours off after a start, until it is put right: what went by it then tells nothing later. Each answer has
    a date; in between, the seconds that pass are counted, so that it does not matter where this machine's clock is or goes.
    """

    def __init__(self, clock: Callable[[], datetime], count_seconds: Callable[[], float] = _count_seconds) -> None:
        """Warn where `clock`, this machine's, shows another time."""
        self._clock = clock
        self._count = count_seconds
        self._date: str | None = None
        self._read_at: datetime | None = None
        self._counted = 0.0
        self._is_told = False

    def find_now(self) -> datetime | None:
        """Return Discord's time (aware UTC), up to a second and an answer's way behind; None before the first answer."""
        return None if self._read_at is None else self._read_at + timedelta(seconds=self._count() - self._counted)

    def find_ahead(self) -> float | None:
        """Return by how many seconds this machine's clock is ahead of Discord's now; None before the first answer."""
        now = self.find_now()
        return None if now is None else (self._clock() - now).total_seconds()

    def note(self, date: str | None, seconds: float) -> None:
        """Take note of the `Date` of an answer that was waited for so long."""
        if date is None or date == self._date:
            return  # of many answers in one second the first tells most
        try:
            at = parsedate_to_datetime(date)
        except (ValueError, OverflowError):
            return
        self._date, self._read_at, self._counted = date, at.replace(tzinfo=at.tzinfo or UTC), self._count()
        self._compare(self._read_at, seconds)

    def _compare(self, at: datetime, seconds: float) -> None:
        """Warn once where this machine's clock is off by more than the reading may be, and again only after it was surely right."""
        ahead, doubt = (self._clock() - at).total_seconds(), _GRAIN_SECONDS + seconds
        if abs(ahead) > CLOCK_DOUBT_SECONDS + doubt and not self._is_told:
            _log.warning("clock is off", seconds_ahead=round(ahead), advice="alerts fall due by this machine's clock: keep it by NTP")
            self._is_told = True
        elif abs(ahead) < CLOCK_DOUBT_SECONDS - doubt:
            self._is_told = False


def note_screen(interaction: discord.Interaction[Any], screen: str) -> None:
    """Remember which kind of screen a control led to."""
    interaction.extras[_SCREEN] = screen


def measure(interaction: discord.Interaction[Any], observer: Observer) -> None:
    """Tell `observer`, once the task that calls this has ended, what it answered and how many seconds that took from now on."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    if task is not None:
        begun_at = loop.time()
        task.add_done_callback(lambda _: observer.answered(name_of(interaction), loop.time() - begun_at))


def name_of(interaction: discord.Interaction[Any]) -> str:
    """Return the command as the tree calls it, or the kind of screen behind a control; UNKNOWN for whatever the bot does not have."""
    if interaction.type is discord.InteractionType.autocomplete:
        return SUGGESTIONS
    if interaction.type is discord.InteractionType.component:
        return f"control {interaction.extras.get(_SCREEN, UNKNOWN)}"
    return interaction.command.qualified_name if interaction.command else UNKNOWN


def trace_requests(find_observer: Callable[[], Observer], clock: DiscordClock) -> aiohttp.TraceConfig:
    """Return what discord.py takes as `http_trace`: it tells of each answer of Discord's HTTP API, each of its own tries included.

    `clock` is told of the date of each.
    """
    trace = aiohttp.TraceConfig()

    async def began(_: aiohttp.ClientSession, context: SimpleNamespace, __: aiohttp.TraceRequestStartParams) -> None:
        context.began_at = time.monotonic()

    async def ended(_: aiohttp.ClientSession, context: SimpleNamespace, end: aiohttp.TraceRequestEndParams) -> None:
        find_observer().requested(end.response.status)
        if end.response.status != HTTPStatus.SWITCHING_PROTOCOLS:  # the gateway is another machine
            clock.note(end.response.headers.get("Date"), time.monotonic() - context.began_at)

    async def lost(_: aiohttp.ClientSession, __: SimpleNamespace, ___: aiohttp.TraceRequestExceptionParams) -> None:
        find_observer().requested(None)

    trace.on_request_start.append(began)
    trace.on_request_end.append(ended)
    trace.on_request_exception.append(lost)
    return trace
