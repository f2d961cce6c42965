"""One life of the bot on a machine: opened in order, run until it is told to stop, and taken down in order."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from discord.http import Route

from bot.app import Bot, Editing, Load, build_bot, utc_now
from bot.chat.cards.contents import news_of_proposal, news_of_start
from bot.chat.connecting import CLOSE_SECONDS, close, connect
from bot.chat.cooling import Uses
from bot.chat.telling import tell_administrators
from bot.domain.sharding import Sharding
from bot.errors import SettingsError
from bot.exposing import exposed
from bot.knowledge.shelf import Shelf
from bot.knowledge.snapshot import CurrentSnapshot
from bot.ops.health import Heartbeat, Watchdog, remove_heartbeat
from bot.ops.logs import log_loose_end
from bot.ops.stopping import LastResort, heeding
from bot.services.alerting import Rhythm
from bot.services.ending import Ending
from bot.services.pacing import Tempo
from bot.services.rereading import Rereading, Watch
from bot.services.sharing import Cadence
from bot.services.starting import Starting
from bot.services.supplying import Source
from bot.services.working import Jobs, Worker, minding, running
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

STORE_SECONDS = 0.6
"""How long the database may take to close; what was asked of it is over by then."""

LONGEST_REREAD = timedelta(minutes=20)
"""How long one look at a changed folder may take: checking it alone may take half of it."""

SET_ASIDE_SECONDS = 0.5
"""How often what is known of the servers is set aside while they come in."""

_log = structlog.get_logger(__name__)


async def run(settings: Settings) -> None:
    """Run the bot until it is told to stop.

    Raises SettingsError for a missing or refused token, ContentError, StoreError, DiscordUnreachableError, and WorkEndedError.
    """
    token = settings.require_token()
    _make_folder(settings.data_dir)
    Route.BASE = settings.discord_api_url
    asyncio.get_running_loop().set_exception_handler(log_loose_end)
    host = _Host(settings)
    with heeding(host.ending, host.last_resort) as signals:
        await _run_until(signals.stop, _live(host, signals.reread, token))
    _log.info("stopped")


@dataclass(frozen=True, slots=True)
class _Host:
    """What the bot lives in: what it was set to, and how it is to end."""

    settings: Settings
    ending: Ending = field(default_factory=Ending)
    last_resort: LastResort = field(default_factory=LastResort)

    def begin_end(self) -> None:
        """Let the time for stopping run, also where nobody asked for an end."""
        self.ending.begin()
        self.last_resort.arm()


async def _live(host: _Host, reread: asyncio.Event, token: str) -> None:
    """Open everything in order, connect, and take everything down in order."""
    settings, ending = host.settings, host.ending
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(_watched(ending))
        store = await stack.enter_async_context(ending.closing(open_store(settings.choose_database()), STORE_SECONDS))
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
        stack.push_async_callback(close, bot.client, ending)
        await stack.enter_async_context(bot.running(ending))
        await stack.enter_async_context(_beside(host, bot, source, beginning, reread))
        await stack.enter_async_context(exposed(settings, bot, store))
        stack.callback(host.begin_end)
        await connect(bot.client, token)


@contextlib.asynccontextmanager
async def _watched(ending: Ending) -> AsyncIterator[None]:
    """End the process where its event loop stands still."""
    watchdog = Watchdog()
    async with running([Worker("watchdog", watchdog.step)], stop_seconds=CLOSE_SECONDS, ending=ending):
        yield
    watchdog.stop()


def _build(settings: Settings, store: Store, source: Source, beginning: Beginning) -> Bot:
    """Build the bot as the settings say."""
    editing = Editing(source=source, user_ids=settings.admin_user_ids, guild_id=settings.admin_guild_id, beginning=beginning)
    lease = timedelta(seconds=settings.lease_seconds)
    rhythm = Rhythm(tempo=Tempo(lease=lease), ledger_kept=timedelta(days=settings.ledger_days))
    uses = Uses(person=settings.uses_per_person, server=settings.uses_per_server)
    load = Load(subscriptions=settings.subscriptions_per_server, sends_per_second=settings.sends_per_second, rhythm=rhythm, uses=uses)
    load = replace(load, cadence=Cadence.of(lease))
    sharding = Sharding(count=settings.shard_count, ids=settings.shard_ids)
    return build_bot(CurrentSnapshot(beginning.snapshot), store, load=load, editing=editing, sharding=sharding)


@contextlib.asynccontextmanager
async def _beside(host: _Host, bot: Bot, source: Source, beginning: Beginning, signalled: asyncio.Event) -> AsyncIterator[None]:
    """Watch the content, beat, and tell those who administer the bot what it began with."""
    settings, reloading = host.settings, bot.reloading
    assert reloading is not None  # noqa: S101 - _build was given what it needs
    async with contextlib.AsyncExitStack() as stack:
        jobs = Jobs()
        stack.push_async_callback(jobs.cancel)
        tell = partial(_tell, jobs, bot.client, settings.admin_user_ids, source.shelf)
        tell(beginning.version, lambda scene: news_of_start(scene, beginning))
        rereading = Rereading(reloading, lambda proposal: tell(proposal.version, lambda scene: news_of_proposal(scene, proposal)))
        mind = await stack.enter_async_context(minding())
        mind(jobs.start(rereading.heed(signalled), name="signals"))
        heartbeat = Heartbeat(settings.data_dir, lambda: bot.is_well, lambda: reloading.warning)
        stack.callback(remove_heartbeat, settings.data_dir)  # once it beats no more
        workers = [Worker("heartbeat", heartbeat.step)]
        watch = Watch(source.folder, rereading)
        if source.is_watching:
            workers.append(Worker("content watch", watch.step, longest=LONGEST_REREAD))
        await stack.enter_async_context(running(workers, stop_seconds=CLOSE_SECONDS, ending=host.ending))
        stack.callback(watch.stop)
        jobs.start(_settle(bot.client))
        yield


async def _settle(client: DetenteClient) -> None:
    """Set aside what is known of the servers, as they come in: the collector would walk it again and again, and find nothing.

    At 25,000 servers each full pass would hold up everything for more than a second.
    """
    known = 0
    while not client.is_ready():
        if len(client.guilds) > known:  # else, as long as Discord is away, only what failed would be set aside, and kept for ever
            gc.freeze()
            known = len(client.guilds)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SET_ASIDE_SECONDS):
                await client.wait_until_ready()
    gc.freeze()
    _log.info("memory settled", objects=gc.get_freeze_count())


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
    """Run `work` to its end or until `stop`, wherever it waits: opening, checking, or between two attempts to connect."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not stop.is_set():
        working.result()
        return
    working.cancel()
    await asyncio.wait((working,))
    if not working.cancelled() and (error := working.exception()):
        _log.warning("stopped with an error", error=type(error).__name__, reason=str(error))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"DATA_DIR cannot be used: {error.strerror} ({folder}). Name a folder the bot may write to."
        raise SettingsError(msg) from None
