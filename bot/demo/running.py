"""`detente demo`: the real bot on a local page, with a live clock that can be moved, until Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import time
import webbrowser
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
import discord
import simcord

from bot.app import Editing, Load, build_bot, utc_now
from bot.demo import seams
from bot.demo.world import Requests, build_world
from bot.errors import SettingsError
from bot.knowledge.shelf import Shelf
from bot.knowledge.snapshot import CurrentSnapshot
from bot.services.alerting import Rhythm
from bot.services.pacing import Tempo
from bot.services.starting import Starting
from bot.services.supplying import Source
from bot.store.store import open_store
from bot.vetting import check_and_index, index, vet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from simcord.preview import Preview

    from bot.store.store import Store

TICK_SECONDS = 1.0
SLICE_SECONDS = 3600.0
"""Longest stretch of simulated time advanced in one go, so that clicks get their turn in between."""

ALONE = Load(rhythm=Rhythm(look_again=timedelta(days=1), look_every=timedelta(hours=12), tempo=Tempo(idle_pause=timedelta(days=1))))
"""Nobody else writes to the demo's database, so its loops need not look; skipping a month would make them look ten thousand times."""

LIMIT = 100
"""Messages that a change of the content may send without a second confirmation, as in a real bot."""

_HELP = "Commands: skip 3d (or 12h, 30m, 45s), now, help, quit."
_UNITS = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}


async def run_demo(content: Path, *, port: int, open_browser: bool) -> None:
    """Serve the demo on 127.0.0.1:`port` (0 for any) until Ctrl-C, `quit` or the end of the session.

    Raises ContentError, and SettingsError where the port is taken.
    """
    with tempfile.TemporaryDirectory(prefix="detente-demo-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        async with open_store(f"sqlite+aiosqlite:///{folder / 'demo.sqlite'}") as store:
            source = Source(
                folder=content, shelf=Shelf(folder), check=check_and_index, vet=vet, index=index, limit=LIMIT, settled_after=0.1
            )
            beginning = await Starting(store, source, now=utc_now()).begin()
            administrators: set[int] = set()
            editing = Editing(source=source, beginning=beginning, user_ids=administrators)
            async with _open_world(CurrentSnapshot(beginning.snapshot), store, editing) as (env, bot):
                requests = Requests()
                world = await build_world(env, bot, requests, content)
                administrators.add(world.viewers[0].id)
                page = env.preview(world.channel, viewers=world.viewers, layout="channel", port=port or None)
                async with _entered(page, port) as preview:
                    await _announce(preview.url, open_browser=open_browser)
                    await _until_stopped(env, preview, requests)
    click.echo("The demo has ended; nothing was kept.")


@contextlib.asynccontextmanager
async def _open_world(knowledge: CurrentSnapshot, store: Store, editing: Editing) -> AsyncIterator[tuple[simcord.Env, discord.Client]]:
    """Run the real bot with its alerts in a simulated world that begins now."""
    seams.settle_fast()
    bot = build_bot(knowledge, store, discord.utils.utcnow, ALONE, editing)
    env = simcord.Env(bot.client, check_errors=False, settle_timeout=120)
    seams.name_bot(env, "Détente")
    seams.set_clock(env, utc_now().replace(microsecond=0))
    await env.start()
    try:
        async with seams.as_bot(env, bot.alerting.running()):
            yield env, bot.client
    finally:
        await env.shutdown()


@contextlib.asynccontextmanager
async def _entered(page: Preview, port: int) -> AsyncIterator[Preview]:
    try:
        preview = await page.__aenter__()
    except simcord.SetupError as error:
        msg = f"Port {port} on 127.0.0.1 cannot be used ({error}). Choose another: detente demo --port 0 picks a free one."
        raise SettingsError(msg) from None
    try:
        yield preview
    finally:
        await preview.close()


async def _announce(url: str, *, open_browser: bool) -> None:
    click.echo(f"Détente is waiting for you at {url}")
    click.echo("Type /allies there. Nothing reaches Discord; the server is simulated on this computer. Ctrl-C ends it.")
    if sys.stdin is not None and sys.stdin.isatty():
        click.echo(_HELP)
    if open_browser:
        # A machine without a browser is no reason to stop: the address stands above. A text browser must not block the page.
        with contextlib.suppress(webbrowser.Error):
            await asyncio.to_thread(webbrowser.open, url)


async def _until_stopped(env: simcord.Env, preview: Preview, requests: Requests) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    jobs = [
        asyncio.create_task(_drive(env, preview, requests)),
        asyncio.create_task(stop.wait()),
        asyncio.create_task(preview.wait_closed()),
    ]
    if sys.stdin is not None and sys.stdin.isatty():
        _listen(lambda line: _obey(line, env, requests, stop))
    try:
        done, _ = await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
        for job in done:
            job.result()
    finally:
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)


async def _drive(env: simcord.Env, preview: Preview, requests: Requests) -> None:
    """Let simulated time pass with real time, plus what was asked to be skipped, and draw the page again when it changed."""
    turns = seams.Turns(env, preview)
    ticked_at = time.monotonic()
    while True:
        await asyncio.sleep(TICK_SECONDS)
        now = time.monotonic()
        skipped = requests.take()
        left, ticked_at = now - ticked_at + skipped, now
        while left > 0:
            async with turns.lock:
                await env.advance_time(min(left, SLICE_SECONDS))
            left -= SLICE_SECONDS
            await asyncio.sleep(0)
        if skipped or turns.is_outdated:
            await turns.refresh()
        if skipped:
            click.echo(f"It is now {env.now():%A %d %B %Y, %H:%M} UTC in the demo.")


def _listen(obey: Callable[[str], None]) -> None:
    """Pass on each line typed in the terminal. A pipe transport would leave the terminal non-blocking for the shell after us."""
    loop, terminal = asyncio.get_running_loop(), sys.stdin.fileno()

    def read() -> None:
        if typed := os.read(terminal, 4096):  # a terminal hands over one line at a time
            obey(typed.decode(errors="replace"))
        else:
            loop.remove_reader(terminal)

    loop.add_reader(terminal, read)


def _obey(line: str, env: simcord.Env, requests: Requests, stop: asyncio.Event) -> None:
    """Do what was typed in the terminal."""
    match line.split():
        case ["skip", length] if (seconds := parse_length(length)) is not None:
            requests.skips.append(seconds)
        case ["now"]:
            click.echo(f"{env.now():%A %d %B %Y, %H:%M} UTC")
        case ["quit" | "exit"]:
            stop.set()
        case []:
            pass
        case _:
            click.echo(_HELP)


def parse_length(text: str) -> float | None:
    """Return the seconds in 3d, 12h, 30m or 45s, at most ten years; None for anything else."""
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not number.isdecimal() or len(number) > 5:  # noqa: PLR2004 - keeps the number small
        return None
    seconds = int(number) * _UNITS[unit]
    return seconds if 0 < seconds <= 3650 * _UNITS["d"] else None
