"""The composition root: builds everything once, runs it, and takes it down in order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import structlog
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.chat.client import DetenteClient
from bot.chat.events import watch_guilds
from bot.chat.messenger import DiscordMessenger
from bot.chat.rendering import Renderer
from bot.chat.replying import Responder
from bot.errors import DiscordUnreachableError, SettingsError
from bot.knowledge.files import read_files
from bot.knowledge.snapshot import CurrentSnapshot
from bot.ops.health import keep_beating
from bot.services.alerting import Alerting, Rhythm
from bot.services.dispatching import Tempo
from bot.services.pacing import EvenPacer
from bot.services.subscribing import Subscribing
from bot.store.store import open_store
from bot.vetting import open_content, program_version

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

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
    knowledge: CurrentSnapshot, clock: Callable[[], datetime] = utc_now, subscribing: Subscribing | None = None
) -> DetenteClient:
    """Return the bot, not yet connected, answering from `knowledge` as of `clock()`; without `subscribing` it knows no alerts."""
    responder = Responder(knowledge, Renderer(program_version()), clock)
    return DetenteClient(responder, knowledge.current.knowledge.wording.commands, subscribing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much the bot takes on: subscriptions a server may have, messages it posts a second, how often its loops look."""

    subscriptions: int = 25
    sends_per_second: float = 40.0
    rhythm: Rhythm = field(default_factory=Rhythm)


def build_bot(
    knowledge: CurrentSnapshot, store: Store, clock: Callable[[], datetime] = utc_now, load: Load | None = None
) -> tuple[DetenteClient, Alerting]:
    """Return the bot, not yet connected, and its alerts, not yet running, kept in `store`."""
    load = load or Load()
    # The loops are built last, from what the commands need; a command wakes them only once both are there.
    subscribing = Subscribing(store, knowledge, clock, lambda: alerting.wake(), load.subscriptions)  # noqa: PLW0108 - not bound yet
    client = build_client(knowledge, clock, subscribing)
    messenger = DiscordMessenger(client, client.responder.scene)
    pacer = EvenPacer(load.sends_per_second)
    alerting = Alerting(store, knowledge, messenger, clock=clock, pacer=pacer, rhythm=load.rhythm)
    watch_guilds(client, alerting.watcher)
    return client, alerting


async def run(settings: Settings) -> None:
    """Run the bot until it is told to stop.

    Raises SettingsError for a missing or refused token, ContentError, StoreError, and DiscordUnreachableError.
    """
    token = settings.require_token()
    knowledge = open_knowledge(settings.content_dir, utc_now())
    _make_folder(settings.data_dir)
    Route.BASE = settings.discord_api_url
    async with contextlib.AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings.choose_database()))
        tempo = Tempo.of(settings.sends_per_second, timedelta(seconds=settings.lease_seconds))
        load = Load(subscriptions=settings.subscriptions_per_server, sends_per_second=settings.sends_per_second, rhythm=Rhythm(tempo=tempo))
        client, alerting = build_bot(knowledge, store, load=load)
        await stack.enter_async_context(client)
        stack.push_async_callback(_close, client)
        await stack.enter_async_context(alerting.running())
        beating = asyncio.create_task(keep_beating(settings.data_dir, lambda: client.is_connected and alerting.is_well))
        stack.callback(beating.cancel)
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await _run_until(stop, _connect(client, token))
    _log.info("stopped")


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
