"""A Discord on loopback: enough of REST and gateway for the real process to log in over real HTTP and WebSocket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GAbCdE.this-is-not-a-real-token-0000000"  # noqa: S105 - not a real one
USER = {"id": "1", "username": "detente", "discriminator": "0", "avatar": None, "bot": True}
APPLICATION = {
    "id": "1",
    "name": "detente",
    "icon": None,
    "description": "",
    "bot_public": True,
    "bot_require_code_grant": False,
    "verify_key": "0",
    "summary": "",
    "flags": 0,
    "owner": {"id": "2", "username": "owner", "discriminator": "0", "avatar": None},
}


@dataclass(slots=True)
class Loopback:
    """A running server; `status` makes every REST answer fail with it, `identified` holds what clients sent to log in."""

    port: int = 0
    status: int = 200
    commands: list[Any] = field(default_factory=list)
    identified: list[dict[str, Any]] = field(default_factory=list)
    _sockets: list[web.WebSocketResponse] = field(default_factory=list)
    _sequence: int = 1
    _answers: dict[str, asyncio.Future[Any]] = field(default_factory=dict)

    @property
    def api_url(self) -> str:
        """The base of its REST API."""
        return f"http://127.0.0.1:{self.port}/api/v10"

    async def use(self, command: str, client: int = 0) -> Any:
        """Let somebody use a slash command in a direct message with the `client`-th bot that logged in; return its answer."""
        self._sequence += 1
        interaction = str(1_000_000 + self._sequence)
        self._answers[interaction] = asyncio.get_running_loop().create_future()
        event = _interaction(interaction, command)
        await self._sockets[client].send_json({"op": 0, "s": self._sequence, "t": "INTERACTION_CREATE", "d": event})
        return await self._answers[interaction]

    async def disconnect(self, code: int) -> None:
        """Close the gateway for everybody with a close code."""
        for socket in self._sockets:
            await socket.close(code=code)

    async def _callback(self, request: web.Request) -> web.Response:
        interaction = request.match_info["id"]
        body = await request.json()
        self._answers[interaction].set_result(body)
        return _json({"interaction": {"id": interaction, "type": 2, "response_message_id": "9"}})

    async def _rest(self, request: web.Request) -> web.Response:
        if self.status != 200 or request.headers.get("Authorization") != f"Bot {TOKEN}":
            return _json({"message": "401: Unauthorized", "code": 0}, self.status if self.status != 200 else 401)
        match request.match_info["route"].split("/"):
            case ["users", "@me"]:
                return _json(USER)
            case ["oauth2", "applications", "@me"]:
                return _json(APPLICATION)
            case ["gateway"]:
                return _json({"url": f"ws://127.0.0.1:{self.port}/gateway"})
            case ["applications", "1", "commands"]:
                self.commands = await request.json()
                return _json([{"id": str(n), "application_id": "1", "version": "1", **c} for n, c in enumerate(self.commands, 10)])
            case _:
                return _json({"message": "404: Not Found", "code": 0}, 404)

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 41_250}, "s": None, "t": None})
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._answer(socket, json.loads(message.data))
        return socket

    async def _answer(self, socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        if message["op"] == 1:
            await socket.send_json({"op": 11, "d": None})
        elif message["op"] == 2:
            self.identified.append(message["d"])
            self._sockets.append(socket)
            ready = {
                "v": 10,
                "user": USER,
                "guilds": [],
                "session_id": "s",
                "resume_gateway_url": f"ws://127.0.0.1:{self.port}/gateway",
                "application": {"id": "1", "flags": 0},
            }
            await socket.send_json({"op": 0, "s": 1, "t": "READY", "d": ready})


def _interaction(interaction: str, command: str) -> dict[str, Any]:
    """Return the event of a slash command without options, used in a direct message."""
    return {
        "id": interaction,
        "application_id": "1",
        "type": 2,
        "token": f"token-{interaction}",
        "version": 1,
        "channel_id": "5",
        "channel": {"id": "5", "type": 1, "last_message_id": None, "flags": 0},
        "user": {"id": "3", "username": "ann", "discriminator": "0", "avatar": None, "global_name": "Ann"},
        "data": {"id": "10", "name": command, "type": 1},
        "locale": "en-US",
        "entitlements": [],
        "authorizing_integration_owners": {"1": "3"},
        "context": 1,
        "app_permissions": "0",
        "attachment_size_limit": 10_485_760,
    }


def _json(body: Any, status: int = 200) -> web.Response:
    # Without a charset: discord.py reads JSON only where the content type is exactly this.
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json")


@asynccontextmanager
async def serve() -> AsyncIterator[Loopback]:
    """Serve on a free port of 127.0.0.1."""
    loopback = Loopback()
    app = web.Application()
    app.router.add_get("/gateway", loopback._gateway)
    app.router.add_get("/gateway/", loopback._gateway)
    app.router.add_post("/api/v10/interactions/{id}/{token}/callback", loopback._callback)
    app.router.add_route("*", "/api/v10/{route:.*}", loopback._rest)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    loopback.port = runner.addresses[0][1]
    try:
        yield loopback
    finally:
        await runner.cleanup()
