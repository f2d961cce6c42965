"""The composition root: builds everything once, runs it, and takes it down in order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import structlog
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.chat.administering import Administration
from bot.chat.cards.contents import news_of_proposal, news_of_start
from bot.chat.client import DetenteClient
from bot.chat.events import watch_guilds
from bot.chat.messenger import DiscordMessenger
from bot.chat.rendering import Renderer
from bot.chat.replying import Responder
from bot.chat.telling import tell_administrators
from bot.domain.editions import Origin
from bot.errors import DiscordUnreachableError, SettingsError
from bot.knowledge.files import read_files
from bot.knowledge.shelf import Shelf
from bot.knowledge.snapshot import CurrentSnapshot
from bot.ops.health import keep_beating
from bot.services.alerting import Alerting, Rhythm
from bot.services.dispatching import Tempo
from bot.services.pacing import EvenPacer
from bot.services.reloading import Reloading, Source
from bot.services.rereading import Rereading, Watch
from bot.services.starting import Starting
from bot.services.subscribing import Subscribing
from bot.services.working import Jobs, Worker, running
from bot.store.store import open_store
from bot.vetting import index, open_content, program_version, vet

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
_CLOSE_SECONDS = 1.5
_TOKEN_REFUSED = 4004  # a close code of the gateway


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
    """How the content may be changed while the bot runs: where it comes from, who may, and what was wrong with it at the start."""

    source: Source
    user_ids: AbstractSet[int] = frozenset()
    guild_id: int | None = None
    warning: str = ""


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
        async with self.alerting.running(), running(followers, stop_seconds=_CLOSE_SECONDS):
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
        reloading = Reloading(store, knowledge, editing.source, clock=clock, changed=wake, warning=editing.warning)
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
    async with contextlib.AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings.choose_database()))
        bot, beginning = await _begin(settings, store)
        await stack.enter_async_context(bot.client)
        stack.push_async_callback(_close, bot.client)
        await stack.enter_async_context(bot.running())
        stop = asyncio.Event()
        await stack.enter_async_context(_beside(settings, bot, beginning, stop))
        await _run_until(stop, _connect(bot.client, token))
    _log.info("stopped")


async def _begin(settings: Settings, store: Store) -> tuple[Bot, Beginning]:
    """Choose the content and build the bot as the settings say."""
    shelf, limit = Shelf(settings.data_dir), settings.notice_limit
    starting = Starting(store, settings.content_dir, shelf, open_content=open_content, now=utc_now(), limit=limit)
    beginning = await starting.begin()
    source = Source(folder=settings.content_dir, shelf=shelf, vet=vet, index=index, limit=limit, is_watching=settings.content_watch)
    editing = Editing(source=source, user_ids=settings.admin_user_ids, guild_id=settings.admin_guild_id, warning=beginning.warning)
    tempo = Tempo.of(settings.sends_per_second, timedelta(seconds=settings.lease_seconds))
    load = Load(subscriptions=settings.subscriptions_per_server, sends_per_second=settings.sends_per_second, rhythm=Rhythm(tempo=tempo))
    return build_bot(CurrentSnapshot(beginning.snapshot), store, load=load, editing=editing), beginning


@contextlib.asynccontextmanager
async def _beside(settings: Settings, bot: Bot, beginning: Beginning, stop: asyncio.Event) -> AsyncIterator[None]:
    """Heed signals, watch the content, beat, and tell those who administer the bot what it began with."""
    reloading, loop = bot.reloading, asyncio.get_running_loop()
    assert reloading is not None  # noqa: S101 - _begin has built it
    async with contextlib.AsyncExitStack() as stack:
        jobs = Jobs()
        stack.push_async_callback(jobs.cancel)
        tell = partial(_tell, jobs, bot.client, settings.admin_user_ids)
        tell(lambda scene: news_of_start(scene, beginning))
        rereading = Rereading(reloading, lambda proposal: tell(lambda scene: news_of_proposal(scene, proposal)))
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        loop.add_signal_handler(signal.SIGHUP, lambda: jobs.start(rereading.reread(Origin.SIGNAL)))
        if settings.content_watch:
            watch = Watch(settings.content_dir, rereading)
            await stack.enter_async_context(running([Worker("content watch", watch.step)], stop_seconds=_CLOSE_SECONDS))
            stack.callback(watch.stop)
        jobs.start(keep_beating(settings.data_dir, lambda: bot.is_well, lambda: reloading.warning))
        yield


def _tell(jobs: Jobs, client: DetenteClient, user_ids: frozenset[int], draw: Callable[[Scene], Sheet | None]) -> None:
    """Send news to those who administer the bot, once it is connected."""
    sheet = draw(client.responder.scene())
    if sheet is None:
        return

    async def send() -> None:
        await client.wait_until_ready()
        await tell_administrators(client, user_ids, sheet)

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


async def _close(client: DetenteClient) -> None:
    """Close the gateway, without waiting long for a network that is dead."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_CLOSE_SECONDS):
            await client.close()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"DATA_DIR cannot be used: {error.strerror} ({folder}). Name a folder the bot may write to."
        raise SettingsError(msg) from None


async def _connect(client: DetenteClient, token: str) -> None:
    try:
        await client.login(token)
        # Ask for the gateway's address instead of assuming it: behind another API base it is another one.
        gateway = await client.http.request(Route("GET", "/gateway"))
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway["url"])
        await client.connect()
    except discord.LoginFailure:
        raise _refused() from None
    except discord.ConnectionClosed as error:
        raise (_refused() if error.code == _TOKEN_REFUSED else _unreachable(str(error))) from None
    except (aiohttp.ClientError, OSError, discord.HTTPException, discord.GatewayNotFound, discord.PrivilegedIntentsRequired) as error:
        raise _unreachable(str(error) or type(error).__name__) from None
    except (LookupError, TypeError, AttributeError) as error:
        if client.ws is not None:
            raise
        # Before the first connection these are an answer that is not Discord's, or discord.py resuming what never was.
        _log.debug("no gateway", exc_info=error)
        raise _unreachable("what answers there is not Discord, or its gateway refused the connection") from None


def _refused() -> SettingsError:
    return SettingsError(
        "DISCORD_TOKEN was refused by Discord. Copy the token again from the Bot page of your application in Discord's "
        "developer portal (Reset Token shows a new one) and set it in the environment or in .env."
    )


def _unreachable(reason: str) -> DiscordUnreachableError:
    return DiscordUnreachableError(
        f"Discord could not be reached at {Route.BASE}: {reason}. Check this machine's network; if you set DISCORD_API_URL, "
        "check that too. DISCORD_TOKEN is not the cause."
    )
