"""The REST routes: what each does to the world, and what it answers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.loopback.answers import RefusedError, answer
from tests.loopback.messages import CROSSPOSTED, Message
from tests.loopback.permissions import Permission
from tests.loopback.places import BOT, OWNER, Channel, ChannelType

if TYPE_CHECKING:
    from tests.loopback.server import Loopback

Handler = Callable[["Loopback", web.Request], Awaitable[web.Response]]
_MOST = 100
_USUAL = 50
_NO_TEXT = {ChannelType.CATEGORY, ChannelType.FORUM}


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path with its parameters in braces, and what happens there; `free` ones need no token and know no limit."""

    method: str
    path: str
    handler: Handler
    free: bool = False

    @property
    def name(self) -> str:
        """How limits and faults name it."""
        return f"{self.method} {self.path}"


async def read_body(request: web.Request) -> dict[str, Any]:
    """Return the JSON of a request; the message of one that carries files has them in `attachments`, and their bytes in `uploads`."""
    if request.content_type != "multipart/form-data":
        try:
            body: dict[str, Any] = await request.json()
        except ValueError:
            raise RefusedError(50109) from None
        return body
    form = await request.post()
    body = json.loads(str(form.get("payload_json", "{}")))
    files = {name[6:-1]: file for name, file in form.items() if isinstance(file, web.FileField)}
    if not files:
        return body
    return {**body, "data": _with_files(body["data"], files)} if "data" in body else _with_files(body, files)


def _with_files(message: dict[str, Any], files: dict[str, web.FileField]) -> dict[str, Any]:
    told = {str(a.get("id")): a for a in message.get("attachments", [])}
    kept = [a for key, a in told.items() if key not in files]
    uploads = {f.filename: f.file.read() for f in files.values()}
    sent = [
        {**told.get(n, {}), "id": n, "filename": f.filename, "size": len(uploads[f.filename]), "content_type": f.content_type}
        for n, f in files.items()
    ]
    return {**message, "attachments": kept + sent, "uploads": uploads}


async def _me(_: Loopback, __: web.Request) -> web.Response:
    return answer({**BOT.payload(), "mfa_enabled": True, "locale": "en-US", "verified": True})


async def _application(loopback: Loopback, _: web.Request) -> web.Response:
    words = {"id": str(BOT.id), "name": BOT.name, "icon": None, "description": "", "summary": "", "verify_key": "0"}
    team = loopback.team
    owner = OWNER if team is None else team.as_user
    told = {"owner": owner.payload(), "team": None if team is None else team.payload()}
    return answer({**words, "bot_public": True, "bot_require_code_grant": False, "flags": 0, **told, **loopback.application})


async def _gateway(loopback: Loopback, _: web.Request) -> web.Response:
    return answer({"url": loopback.gateway.url})


async def _gateway_bot(loopback: Loopback, _: web.Request) -> web.Response:
    start = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 16}
    return answer({"url": loopback.gateway.url, "shards": loopback.shards, "session_start_limit": {**start, **loopback.starts}})


async def _sync_commands(loopback: Loopback, request: web.Request) -> web.Response:
    loopback.commands = await request.json()
    return answer([{"id": str(n), "application_id": "1", "version": "1", **c} for n, c in enumerate(loopback.commands, 10)])


async def _sync_guild_commands(loopback: Loopback, request: web.Request) -> web.Response:
    guild = loopback.guilds.get(int(request.match_info["guild"]))
    if guild is None or not guild.joined:
        raise RefusedError(50001)
    loopback.guild_commands[guild.id] = told = await request.json()
    own = {"application_id": "1", "guild_id": str(guild.id), "version": "1"}
    return answer([{"id": str(n), **own, **c} for n, c in enumerate(told, 1000)])


async def _get_guild(loopback: Loopback, request: web.Request) -> web.Response:
    guild = loopback.guilds.get(int(request.match_info["guild"]))
    if guild is None or not guild.joined:
        raise RefusedError(10004)
    return answer(guild.brief())


async def _open_direct(loopback: Loopback, request: web.Request) -> web.Response:
    user = loopback.users.get(int((await read_body(request))["recipient_id"]))
    if user is None:
        raise RefusedError(50035)
    return answer(loopback.direct_channel(user).payload())


def _channel(loopback: Loopback, request: web.Request) -> Channel:
    """Return the channel of a request if the bot may see it."""
    channel = loopback.channels.get(int(request.match_info["channel"]))
    if channel is None or channel.deleted:
        raise RefusedError(10003)
    if channel.guild is not None and not (channel.guild.joined and _may(channel, Permission.VIEW_CHANNEL)):
        raise RefusedError(50001)
    return channel


def _may(channel: Channel, permissions: int) -> bool:
    return channel.guild is None or channel.guild.bot_permissions(channel) & permissions == permissions


def _demand(channel: Channel, permissions: int) -> None:
    if not _may(channel, permissions):
        raise RefusedError(50013)


def _message(loopback: Loopback, request: web.Request) -> Message:
    """Return the message of a request if the bot may see its channel."""
    message = loopback.store.find(_channel(loopback, request), int(request.match_info["message"]))
    if message is None:
        raise RefusedError(10008)
    return message


async def _get_channel(loopback: Loopback, request: web.Request) -> web.Response:
    return answer(_channel(loopback, request).payload())


async def _post_message(loopback: Loopback, request: web.Request) -> web.Response:
    body = await read_body(request)
    channel = _channel(loopback, request)
    if channel.recipient in loopback.refusing:
        raise RefusedError(50007)
    _demand_posting(channel, body)
    message = loopback.store.post(channel, body)
    loopback.changed()
    return answer(message.payload())


def _demand_posting(channel: Channel, body: dict[str, Any]) -> None:
    """Refuse a message that the bot may not post in a channel."""
    if channel.type in _NO_TEXT:
        raise RefusedError(50008)
    _demand(channel, Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES)
    _demand(channel, (Permission.EMBED_LINKS if body.get("embeds") else 0) | (Permission.ATTACH_FILES if body.get("attachments") else 0))
    if channel.is_thread and channel.locked and not _may(channel, Permission.MANAGE_THREADS):
        raise RefusedError(50083)
    # A message wakes a thread that is only archived.
    channel.archived = False


async def _get_messages(loopback: Loopback, request: web.Request) -> web.Response:
    channel = _channel(loopback, request)
    limit = int(request.query.get("limit", _USUAL))
    if not 1 <= limit <= _MOST:
        raise RefusedError(50035)
    # Discord tells nothing rather than refuse, so who may not read finds the channel empty.
    readable = _may(channel, Permission.READ_MESSAGE_HISTORY)
    return answer([m.payload() for m in loopback.store.page(channel, request.query, limit)] if readable else [])


async def _get_message(loopback: Loopback, request: web.Request) -> web.Response:
    _demand(_channel(loopback, request), Permission.READ_MESSAGE_HISTORY)
    return answer(_message(loopback, request).payload())


async def _edit_message(loopback: Loopback, request: web.Request) -> web.Response:
    body, message = await read_body(request), _message(loopback, request)
    if message.author is not BOT:
        raise RefusedError(50005)
    loopback.store.edit(message, body)
    return answer(message.payload())


async def _delete_message(loopback: Loopback, request: web.Request) -> web.Response:
    message = _message(loopback, request)
    if message.author is not BOT:
        _demand(message.channel, Permission.MANAGE_MESSAGES)
    loopback.store.delete(message)
    return web.Response(status=204)


async def _crosspost(loopback: Loopback, request: web.Request) -> web.Response:
    message = _message(loopback, request)
    if message.channel.type is not ChannelType.ANNOUNCEMENT:
        raise RefusedError(50068)
    _demand(message.channel, Permission.SEND_MESSAGES | (Permission.MANAGE_MESSAGES if message.author is not BOT else 0))
    if message.crossposted:
        raise RefusedError(40033)
    message.flags |= CROSSPOSTED
    return answer(message.payload())


async def _start_thread(loopback: Loopback, request: web.Request) -> web.Response:
    body, parent = await read_body(request), _channel(loopback, request)
    if parent.guild is None or parent.is_thread or parent.type is ChannelType.CATEGORY:
        raise RefusedError(50024)
    forum = parent.type is ChannelType.FORUM
    _demand(parent, Permission.SEND_MESSAGES if forum else Permission.CREATE_PUBLIC_THREADS)
    thread = loopback.add_thread(parent, str(body["name"]))
    if not forum:
        return answer(thread.payload(), 201)
    message = loopback.store.post(thread, body["message"])
    loopback.changed()
    return answer({**thread.payload(), "message": message.payload()}, 201)


async def _take_callback(loopback: Loopback, request: web.Request) -> web.Response:
    body = await read_body(request)
    return answer(loopback.interactions.find(request.match_info["token"], unknown=10062).take(body))


async def _get_answer(loopback: Loopback, request: web.Request) -> web.Response:
    return answer(loopback.interactions.find(request.match_info["token"]).message(request.match_info["which"]).payload())


async def _edit_answer(loopback: Loopback, request: web.Request) -> web.Response:
    body = await read_body(request)
    return answer(loopback.interactions.find(request.match_info["token"]).edit(request.match_info["which"], body).payload())


async def _follow_up(loopback: Loopback, request: web.Request) -> web.Response:
    body = await read_body(request)
    interaction = loopback.interactions.find(request.match_info["token"])
    return answer(interaction.follow_up(loopback.snowflakes.next(), body).payload())


ROUTES = (
    Route("GET", "/users/@me", _me),
    Route("GET", "/oauth2/applications/@me", _application),
    Route("GET", "/gateway", _gateway),
    Route("GET", "/gateway/bot", _gateway_bot),
    Route("PUT", "/applications/1/commands", _sync_commands),
    Route("PUT", "/applications/1/guilds/{guild}/commands", _sync_guild_commands),
    Route("GET", "/guilds/{guild}", _get_guild),
    Route("POST", "/users/@me/channels", _open_direct),
    Route("GET", "/channels/{channel}", _get_channel),
    Route("POST", "/channels/{channel}/messages", _post_message),
    Route("GET", "/channels/{channel}/messages", _get_messages),
    Route("GET", "/channels/{channel}/messages/{message}", _get_message),
    Route("PATCH", "/channels/{channel}/messages/{message}", _edit_message),
    Route("DELETE", "/channels/{channel}/messages/{message}", _delete_message),
    Route("POST", "/channels/{channel}/messages/{message}/crosspost", _crosspost),
    Route("POST", "/channels/{channel}/threads", _start_thread),
    Route("POST", "/interactions/{id}/{token}/callback", _take_callback, free=True),
    Route("POST", "/webhooks/1/{token}", _follow_up, free=True),
    Route("GET", "/webhooks/1/{token}/messages/{which}", _get_answer, free=True),
    Route("PATCH", "/webhooks/1/{token}/messages/{which}", _edit_answer, free=True),
)
