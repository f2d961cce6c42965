"""Logging in and out, with what went wrong in plain words."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import aiohttp
import discord
import structlog
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.chat.guarding import Guard, guard_client
from bot.errors import DiscordUnreachableError, SettingsError

if TYPE_CHECKING:
    from bot.chat.client import DetenteClient
    from bot.services.ending import Ending

CLOSE_SECONDS = 1.5
ANSWER_SECONDS = 3.0
"""How long answers that are on their way may take once the bot is to stop: Discord waits no longer for one."""

_KEPT_FOR_ANSWERS, _KEPT_FOR_CLOSING, _KEPT_FOR_OTHERS = 1.9, 1.1, 0.6
"""What each step of closing leaves, of the seconds that all of it may take, to those after it."""

_TOKEN_REFUSED = 4004  # a close code of the gateway

_log = structlog.get_logger(__name__)


async def close(client: DetenteClient, ending: Ending) -> None:
    """Take in nothing more, let the answers that are on their way go out, and close, without waiting long for a network that is dead."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(ending.grant(CLOSE_SECONDS, leave=_KEPT_FOR_ANSWERS)):
            await asyncio.gather(*(shard.disconnect() for shard in client.shards.values()), return_exceptions=True)
    if unanswered := await client.at_work.finish(ending.grant(ANSWER_SECONDS, leave=_KEPT_FOR_CLOSING)):
        _log.warning("not answered", interactions=unanswered)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(ending.grant(CLOSE_SECONDS, leave=_KEPT_FOR_OTHERS)):
            await client.close()


async def connect(client: DetenteClient, token: str, guard: Guard | None = None) -> None:
    """Log in and stay connected; raises SettingsError for a refused token, and DiscordUnreachableError.

    Where it is cancelled, `close` ends what discord.py still does.
    """
    guard = guard or Guard()
    try:
        await client.login(token)
        # Ask for the gateway's address instead of assuming it: behind another API base it is another one.
        gateway = await client.http.request(Route("GET", "/gateway"))
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway["url"])
        guard_client(client, guard)
        await _stay_connected(client, guard)
    except discord.LoginFailure:
        raise _refused() from None
    except discord.ConnectionClosed as error:
        raise (_refused() if error.code == _TOKEN_REFUSED else _unreachable(str(error))) from None
    except discord.HTTPException as error:
        raise _unwilling(error) from None
    except (aiohttp.ClientError, OSError, discord.GatewayNotFound, discord.PrivilegedIntentsRequired) as error:
        raise _unreachable(str(error) or type(error).__name__) from None
    except RecursionError:
        # discord.py tries to open a shard for the first time by calling itself, once more every five seconds.
        raise _unreachable("its gateway did not answer for more than an hour") from None
    except (LookupError, TypeError, AttributeError) as error:
        if client.shards:
            raise
        # Before the first connection these are an answer that is not Discord's, or discord.py resuming what never was.
        _log.debug("no gateway", exc_info=error)
        raise _unreachable("what answers there is not Discord, or its gateway refused the connection") from None


async def _stay_connected(client: DetenteClient, guard: Guard) -> None:
    """Serve the gateway until it ends by itself or the guard gives up; its task is not waited for: discord.py may not heed a cancellation."""
    connecting = asyncio.create_task(client.connect(), name="gateway")
    try:
        await asyncio.wait((connecting, guard.given_up), return_when=asyncio.FIRST_COMPLETED)
        (guard.given_up if guard.given_up.done() else connecting).result()
    finally:
        connecting.cancel()
        guard.given_up.cancel()


def _refused() -> SettingsError:
    return SettingsError(
        "DISCORD_TOKEN was refused by Discord. Copy the token again from the Bot page of your application in Discord's "
        "developer portal (Reset Token shows a new one) and set it in the environment or in .env."
    )


def _unwilling(error: discord.HTTPException) -> DiscordUnreachableError:
    """Tell of an answer that is a refusal; its text, which may be a whole page, is left out."""
    said = f"{error.status} {error.response.reason or ''}".rstrip()
    return DiscordUnreachableError(
        f"What answers at {Route.BASE} said {said}. If you set DISCORD_API_URL, check it; if not, Discord is in trouble or turns this "
        "machine away for now, so try again later. DISCORD_TOKEN is not the cause."
    )


def _unreachable(reason: str) -> DiscordUnreachableError:
    reason = " ".join(reason.split()).rstrip(".")
    return DiscordUnreachableError(
        f"Discord could not be reached at {Route.BASE}: {reason}. Check this machine's network; if you set DISCORD_API_URL, "
        "check that too. DISCORD_TOKEN is not the cause."
    )
