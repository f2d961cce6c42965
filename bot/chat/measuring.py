"""How long answers take and what Discord's HTTP API says, told to an observer in words of our own: nothing that anybody sent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import discord

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

    from bot.services.observing import Observer

SUGGESTIONS = "suggestions"
UNKNOWN = "unknown"
_SCREEN = "screen"


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


def trace_requests(find_observer: Callable[[], Observer]) -> aiohttp.TraceConfig:
    """Return what discord.py takes as `http_trace`: it tells of each answer of Discord's HTTP API, each of its own tries included."""
    trace = aiohttp.TraceConfig()

    async def ended(_: aiohttp.ClientSession, __: SimpleNamespace, end: aiohttp.TraceRequestEndParams) -> None:
        find_observer().requested(end.response.status)

    async def lost(_: aiohttp.ClientSession, __: SimpleNamespace, ___: aiohttp.TraceRequestExceptionParams) -> None:
        find_observer().requested(None)

    trace.on_request_end.append(ended)
    trace.on_request_exception.append(lost)
    return trace
