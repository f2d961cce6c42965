"""What Discord says of a token: who it is, whether its application is set up well, and what it may start."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
from discord.http import Route

from bot.chat.permissions import LEAST_PERMISSIONS
from bot.domain.readiness import bad, doubt, good, judge_clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.readiness import Sign

PATIENCE = 20.0
"""Seconds that Discord gets to answer all of it; discord.py would try for longer."""

_FEW_STARTS = 20
_PRIVILEGED = ("gateway_presence", "gateway_guild_members", "gateway_message_content")
_UNREACHABLE = (aiohttp.ClientError, OSError, TimeoutError, discord.HTTPException, discord.RateLimited, discord.GatewayNotFound)


class _Dates:
    """Remembers by how much this machine's clock was ahead of the one that answered last, in seconds."""

    def __init__(self) -> None:
        self.ahead: float | None = None
        self.trace = aiohttp.TraceConfig()
        self.trace.on_request_end.append(self._note)

    async def _note(self, _: aiohttp.ClientSession, __: object, ended: aiohttp.TraceRequestEndParams) -> None:
        try:
            self.ahead = time.time() - parsedate_to_datetime(ended.response.headers["Date"]).timestamp()
        except (KeyError, ValueError):
            self.ahead = None


async def diagnose(token: str, api_url: str, shard_count: int | None) -> tuple[Sign, ...]:
    """Ask the Discord at `api_url` who the token is, without connecting to the gateway; the token is in no sign."""
    Route.BASE = api_url
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    dates = _Dates()
    try:
        async with asyncio.timeout(PATIENCE), discord.Client(intents=discord.Intents(guilds=True), http_trace=dates.trace) as client:
            signs = await _ask(client, token, shard_count)
    except discord.LoginFailure:
        signs = (_refused(),)
    except _UNREACHABLE as error:
        signs = (_unreachable(api_url, _name(error)),)
    except (LookupError, TypeError, ValueError, AttributeError):
        signs = (_unreachable(api_url, "what answers there is not Discord"),)
    return signs if dates.ahead is None else (*signs, judge_clock(dates.ahead, "Discord"))


async def _ask(client: discord.Client, token: str, shard_count: int | None) -> tuple[Sign, ...]:
    await client.login(token)
    shards, _, starts = await client.http.get_bot_gateway()
    application = client.application
    assert application is not None  # noqa: S101 - login has asked for it
    who = f"{client.user} (application {application.id}, in {application.approximate_guild_count} servers)"
    return (
        good("token", f"Discord knows it: {who}"),
        *_examine_application(application),
        _examine_shards(shards, shard_count),
        _examine_starts(starts, shard_count or shards),
    )


def invitation(application_id: int) -> str:
    """Return the link by which an application is added to a server with the least permissions that alerts need."""
    return discord.utils.oauth_url(application_id, permissions=LEAST_PERMISSIONS, scopes=("bot", "applications.commands"))


def _examine_application(application: discord.AppInfo) -> Iterator[Sign]:
    portal = "your application in Discord's developer portal"
    if application.interactions_endpoint_url:
        yield bad("commands", "Discord sends them to an interactions endpoint, not to the bot", f"Clear that address in {portal}.", 5)
    if application.bot_require_code_grant:
        yield doubt("install link", "the application requires a code grant, so a link adds the bot nowhere", f"Switch it off in {portal}.")
    else:
        public = "" if application.bot_public else " (only the owner may use it: the bot is not public)"
        yield good("install link", invitation(application.id) + public)
    too_much = [name for name in _PRIVILEGED if getattr(application.flags, name) or getattr(application.flags, f"{name}_limited")]
    if too_much:
        names = ", ".join(name.removeprefix("gateway_").replace("_", " ") for name in too_much)
        yield doubt("intents", f"privileged ones are allowed that the bot never asks for: {names}", f"Switch them off in {portal}.")
    else:
        yield good("intents", "no privileged one is allowed, and none is needed")


def _examine_shards(recommended: int, chosen: int | None) -> Sign:
    if chosen is None:
        return good("shards", f"Discord recommends {recommended}; SHARD_COUNT is not set, so that is what the bot takes")
    found = f"Discord recommends {recommended}; SHARD_COUNT is {chosen}"
    if chosen < recommended:
        return doubt("shards", found, f"Set SHARD_COUNT to {recommended} or more, in every process.")
    return good("shards", found)


def _examine_starts(starts: Any, shards: int) -> Sign:  # noqa: ANN401 - discord.py's own dictionary
    left, reset = starts["remaining"], timedelta(milliseconds=starts["reset_after"])
    found = f"{left} of {starts['total']} are left, {timedelta(seconds=reset // timedelta(seconds=1))} until they are all back"
    if left < shards:
        return bad("gateway sessions", found, f"Wait: one start of the bot needs {shards}. Find out what starts it so often.", 5)
    if left < shards + _FEW_STARTS:
        return doubt("gateway sessions", found, "Find out what starts the bot so often.")
    return good("gateway sessions", found)


def _refused() -> Sign:
    remedy = "Copy it again from the Bot page of your application in Discord's developer portal (Reset Token shows a new one)."
    return bad("token", "Discord refuses DISCORD_TOKEN", remedy, 2)


def _unreachable(api_url: str, reason: str) -> Sign:
    remedy = "Check this machine's network; if you set DISCORD_API_URL, check that too."
    return bad("token", f"not tried: Discord could not be reached at {api_url} ({reason})", remedy, 5)


def _name(error: BaseException) -> str:
    return f"no answer within {PATIENCE:.0f} seconds" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
