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

from bot.errors import DiscordUnreachableError, SettingsError

if TYPE_CHECKING:
    from bot.chat.client import DetenteClient

CLOSE_SECONDS = 1.5
_TOKEN_REFUSED = 4004  # a close code of the gateway

_log = structlog.get_logger(__name__)


async def close(client: DetenteClient) -> None:
    """Close the gateway, without waiting long for a network that is dead."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await client.close()


async def connect(client: DetenteClient, token: str) -> None:
    """Log in and stay connected; raises SettingsError for a refused token, and DiscordUnreachableError."""
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
        if client.shards:
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
