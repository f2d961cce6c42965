"""The composition root: builds everything once, runs it, and takes it down in order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from discord.http import Route

from bot.chat.administering import Administration
from bot.chat.cards.contents import news_of_proposal, news_of_start
from bot.chat.client import DetenteClient
from bot.chat.connecting import CLOSE_SECONDS, close, connect
from bot.chat.events import watch_guilds
from bot.chat.messenger import DiscordMessenger
from bot.chat.rendering import Renderer
from bot.chat.replying import Responder
from bot.chat.telling import tell_administrators
from bot.errors import SettingsError
from bot.knowledge.files import read_files
from bot.knowledge.shelf import Shelf
from bot.knowledge.snapshot import CurrentSnapshot
from bot.ops.health import keep_beating
from bot.services.alerting import Alerting, Rhythm
from bot.services.dispatching import Tempo
from bot.services.pacing import EvenPacer
from bot.services.reloading import Reloading
from bot.services.rereading import Rereading, Watch
from bot.services.starting import Starting
from bot.services.subscribing import Subscribing
from bot.services.supplying import Source
from bot.services.working import Jobs, Worker, running
from bot.store.store import open_store
from bot.vetting import check_and_index, index, open_content, program_version, vet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from bot.chat.layout import Scene
    from bot.chat.sheets import Sheet
    from bot.services.starting import Beginning
    from bot.settings import Settings
    from bot.store.store import Store

_log = structlog.get_logger(__name__)


def utc_now() -> datetime:
    """Return the time, aware, in UTC."""
    return datetime.now(UTC)


def open_knowledge(folder: Path, now: datetime) -> CurrentSnapshot:
    """Load and check the content of `folder`; raises ContentError with all problems. Warnings are logged."""
    return CurrentSnapshot(open_content(read_files(folder), now))


def build_client(
    knowledge: CurrentSnapshot,
    clock: Callable[[], datetime] = utc_now,
    subscribing: Subscribing | None = None,
    administration: Administration | None = None,
) -> DetenteClient:
    """Return the client, not yet connected, answering from `knowledge` as of `clock()`.

    Without `subscribing` it knows no alerts, without `administration` no `/content`.
    """
    responder = Responder(knowledge, Renderer(program_version()), clock)
    return DetenteClient(responder, knowledge.current.knowledge.wording.commands, subscribing, administration)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much the bot takes on: subscriptions a server may have, messages it posts a second, how often its loops look."""

    subscriptions: int = 25
    sends_per_second: float = 40.0
    rhythm: Rhythm = field(default_factory=Rhythm)


@dataclass(frozen=True, slots=True, kw_only=True)
class Editing:
    """How the content may be changed while the bot runs: where it comes from, who may, and what it began with."""

    source: Source
    beginning: Beginning
    user_ids: AbstractSet[int] = frozenset()
    guild_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """The bot, not yet connected, and what works beside it once `running` is entered."""

    client: DetenteClient
    alerting: Alerting
    reloading: Reloading | None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the alerts, and follow the content that other processes put to use."""
        followers = [Worker("follower", self.reloading.follow)] if self.reloading else []
        async with self.alerting.running(), running(followers, stop_seconds=CLOSE_SECONDS):
            yield

    @property
    def is_well(self) -> bool:
        """Whether the gateway is open and every loop at work."""
        return self.client.is_connected and self.alerting.is_well


def build_bot(
    knowledge: CurrentSnapshot,
    store: Store,
    clock: Callable[[], datetime] = utc_now,
    load: Load | None = None,
    editing: Editing | None = None,
) -> Bot:
    """Return the bot over `store`; without `editing` its content stays as it is."""
    load = load or Load()

    def wake() -> None:
        # The loops are built last, from what the commands need; a command wakes them only once both are there.
        alerting.wake()

    subscribing = Subscribing(store, knowledge, clock, wake, load.subscriptions)
    reloading = administration = None
    if editing:
        began = editing.beginning
        reloading = Reloading(store, knowledge, editing.source, clock=clock, changed=wake, in_folder=began.version, warning=began.warning)
        administration = Administration(reloading, editing.user_ids, editing.guild_id)
    client = build_client(knowledge, clock, subscribing, administration)
    messenger = DiscordMessenger(client, client.responder.scene)
    pacer = EvenPacer(load.sends_per_second)
    alerting = Alerting(store, knowledge, messenger, clock=clock, pacer=pacer, rhythm=load.rhythm)
    watch_guilds(client, alerting.watcher)
    return Bot(client=client, alerting=alerting, reloading=reloading)


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
    return build_bot(CurrentSnapshot(beginning.snapshot), store, load=load, editing=editing)


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
