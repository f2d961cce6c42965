"""One life of the bot on a machine: opened in order, run until it is told to stop, and taken down in order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from discord.http import Route

from bot.app import Bot, Editing, Load, build_bot, utc_now
from bot.chat.cards.contents import news_of_proposal, news_of_start
from bot.chat.connecting import CLOSE_SECONDS, close, connect
from bot.chat.telling import tell_administrators
from bot.domain.sharding import Sharding
from bot.errors import SettingsError
from bot.knowledge.shelf import Shelf
from bot.knowledge.snapshot import CurrentSnapshot
from bot.ops.health import keep_beating
from bot.services.alerting import Rhythm
from bot.services.dispatching import Tempo
from bot.services.rereading import Rereading, Watch
from bot.services.starting import Starting
from bot.services.supplying import Source
from bot.services.working import Jobs, Worker, running
from bot.store.store import open_store
from bot.vetting import check_and_index, index, vet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from pathlib import Path

    from bot.chat.client import DetenteClient
    from bot.chat.layout import Scene
    from bot.chat.sheets import Sheet
    from bot.services.starting import Beginning
    from bot.settings import Settings
    from bot.store.store import Store

_log = structlog.get_logger(__name__)


async def run(settings: Settings) -> None:
    """Run the bot until it is told to stop.

    Raises SettingsError for a missing or refused token, ContentError, StoreError, and DiscordUnreachableError.
    """
    token = settings.require_token()
    _make_folder(settings.data_dir)
    Route.BASE = settings.discord_api_url
    signals = _heed_signals()
    async with contextlib.AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings.choose_database()))
        source = Source(
            folder=settings.content_dir,
            shelf=Shelf(settings.data_dir),
            check=check_and_index,
            vet=vet,
            index=index,
            limit=settings.notice_limit,
            is_watching=settings.content_watch,
        )
        beginning = await Starting(store, source, now=utc_now()).begin()
        bot = _build(settings, store, source, beginning)
        await stack.enter_async_context(bot.client)
        stack.push_async_callback(close, bot.client)
        await stack.enter_async_context(bot.running())
        await stack.enter_async_context(_beside(settings, bot, source, beginning, signals.reread))
        await _run_until(signals.stop, connect(bot.client, token))
    _log.info("stopped")


@dataclass(frozen=True, slots=True)
class _Signals:
    """What the host has asked for."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    reread: asyncio.Event = field(default_factory=asyncio.Event)


def _heed_signals() -> _Signals:
    """Take note of signals from the very start on: one that comes while the content is read must not end the bot."""
    signals, loop = _Signals(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, signals.stop.set)
    loop.add_signal_handler(signal.SIGHUP, signals.reread.set)
    return signals


def _build(settings: Settings, store: Store, source: Source, beginning: Beginning) -> Bot:
    """Build the bot as the settings say."""
    editing = Editing(source=source, user_ids=settings.admin_user_ids, guild_id=settings.admin_guild_id, beginning=beginning)
    tempo = Tempo.of(settings.sends_per_second, timedelta(seconds=settings.lease_seconds))
    load = Load(subscriptions=settings.subscriptions_per_server, sends_per_second=settings.sends_per_second, rhythm=Rhythm(tempo=tempo))
    sharding = Sharding(count=settings.shard_count, ids=settings.shard_ids)
    return build_bot(CurrentSnapshot(beginning.snapshot), store, load=load, editing=editing, sharding=sharding)


@contextlib.asynccontextmanager
async def _beside(settings: Settings, bot: Bot, source: Source, beginning: Beginning, signalled: asyncio.Event) -> AsyncIterator[None]:
    """Watch the content, beat, and tell those who administer the bot what it began with."""
    reloading = bot.reloading
    assert reloading is not None  # noqa: S101 - _build was given what it needs
    async with contextlib.AsyncExitStack() as stack:
        jobs = Jobs()
        stack.push_async_callback(jobs.cancel)
        tell = partial(_tell, jobs, bot.client, settings.admin_user_ids, source.shelf)
        tell(beginning.version, lambda scene: news_of_start(scene, beginning))
        rereading = Rereading(reloading, lambda proposal: tell(proposal.version, lambda scene: news_of_proposal(scene, proposal)))
        jobs.start(rereading.heed(signalled))
        if source.is_watching:
            watch = Watch(source.folder, rereading)
            await stack.enter_async_context(running([Worker("content watch", watch.step)], stop_seconds=CLOSE_SECONDS))
            stack.callback(watch.stop)
        jobs.start(keep_beating(settings.data_dir, lambda: bot.is_well, lambda: reloading.warning))
        yield


def _tell(
    jobs: Jobs, client: DetenteClient, user_ids: frozenset[int], shelf: Shelf, version: str, draw: Callable[[Scene], Sheet | None]
) -> None:
    """Send news of a content to those who administer the bot, once it is connected; remember it once somebody has it."""

    async def send() -> None:
        sheet = await asyncio.to_thread(draw, client.responder.scene())
        if sheet is None:
            return
        await client.wait_until_ready()
        if await tell_administrators(client, user_ids, sheet):
            await asyncio.to_thread(shelf.note_told, version)

    jobs.start(send())


async def _run_until(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Run `work` to its end or until `stop`, wherever it waits: discord.py sleeps for minutes between attempts to connect."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if stop.is_set():
        working.cancel()
        await asyncio.wait((working,))
    else:
        working.result()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"DATA_DIR cannot be used: {error.strerror} ({folder}). Name a folder the bot may write to."
        raise SettingsError(msg) from None
