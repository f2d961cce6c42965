"""The server: it lets every request through the token check, the faults and the limits, and lets tests steer."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from contextlib import asynccontextmanager
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.loopback.answers import RefusedError, refusal
from tests.loopback.faults import Fault, Faults
from tests.loopback.interactions import Answer, Interaction, Interactions, Visitor, command_data, event, press_data
from tests.loopback.limits import Limits
from tests.loopback.rest import ROUTES, Route
from tests.loopback.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from tests.loopback.messages import Message
    from tests.loopback.places import Channel

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GAbCdE.this-is-not-a-real-token-0000000"  # noqa: S105 - not a real one
_COMMAND, _COMPONENT, _AUTOCOMPLETE = 2, 3, 4
_VARIABLES = re.compile(r"\{(guild|channel|message)\}")


class Loopback(World):
    """A running Discord.

    Attributes:
        port: Where it listens on 127.0.0.1.
        status: Anything but 200 makes every REST request with a token fail with it.
        commands: The commands that the bot told last.
        guild_commands: Those that it told last for one guild, by the guild's id.
        requests: How many REST requests came.
        asked: How many came to each route, by its name.
        answered: How many were answered with each status; 0 counts the connections cut.
        limits: The rate limits; may be replaced at any time.
        shards: How many shards Discord recommends.
        application: What is said of the application besides, or otherwise, by REST.
        starts: What is said of the gateway's sessions besides, or otherwise.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        """Begin with an empty world and Discord's limits, or others."""
        super().__init__()
        self.port = 0
        self.status = 200
        self.shards = 1
        self.application: dict[str, Any] = {}
        self.starts: dict[str, int] = {}
        self.limits = limits or Limits()
        self.commands: list[Any] = []
        self.guild_commands: dict[int, list[Any]] = {}
        self.requests = 0
        self.asked: Counter[str] = Counter()
        self.answered: Counter[int] = Counter()
        self.interactions = Interactions(self.snowflakes)
        self._faults = Faults()

    @property
    def ahead(self) -> float:
        """The seconds by which its clock is ahead of this machine's: that in its answers, and that in its ids."""
        return self.snowflakes.ahead

    @ahead.setter
    def ahead(self, seconds: float) -> None:
        self.snowflakes.ahead = seconds

    @property
    def api_url(self) -> str:
        """The base of its REST API."""
        return f"http://127.0.0.1:{self.port}/api/v10"

    @property
    def identified(self) -> list[dict[str, Any]]:
        """What clients sent to identify themselves."""
        return self.gateway.identified

    @property
    def too_many(self) -> int:
        """How many requests were answered with 429."""
        return self.answered[429]

    @property
    def hanging(self) -> int:
        """How many requests hang now."""
        return self._faults.hanging

    @property
    def messages(self) -> list[Message]:
        """All the messages of all channels, in order."""
        return self.store.messages

    @property
    def nonce_window(self) -> float:
        """The seconds for which a nonce is known."""
        return self.store.nonce_window

    @nonce_window.setter
    def nonce_window(self, seconds: float) -> None:
        self.store.nonce_window = seconds

    def messages_of(self, channel: Channel) -> list[Message]:
        """Return the messages of a channel, in order."""
        return self.store.of(channel)

    async def wait_for_messages(self, count: int, channel: Channel | None = None) -> list[Message]:
        """Wait until there are so many messages, in one channel or in all, and return them."""
        await self.wait_until(lambda: self.store.count(channel) >= count)
        return list(self.messages) if channel is None else self.messages_of(channel)

    async def use(self, command: str, client: int = 0, *, options: Mapping[str, Any] | None = None, by: Visitor | None = None) -> Answer:
        """Let somebody use a command, such as `alerts add`, with the `client`-th bot that is connected; return its answer.

        Without a visitor who says where, it is Ann in her direct messages. An option may be a channel, a role or a user.
        """
        by = by or Visitor()
        data = command_data(self._command_id(command), command, options or {}, by)
        guild = by.channel.guild if by.channel else None
        if guild is not None and command.split(maxsplit=1)[0] in {told["name"] for told in self.guild_commands.get(guild.id, ())}:
            data["guild_id"] = str(guild.id)
        return await self._interact(self._begin(by), _COMMAND, data, by, client)

    async def complete(self, command: str, options: Mapping[str, Any], client: int = 0, *, by: Visitor | None = None) -> Answer:
        """Let somebody type into the last of the options of a command; return what the bot suggests."""
        by = by or Visitor()
        data = command_data(self._command_id(command), command, options, by, focused=list(options)[-1])
        return await self._interact(self._begin(by), _AUTOCOMPLETE, data, by, client)

    async def press(
        self, message: Message, custom_id: str, client: int = 0, *, values: Sequence[Any] = (), by: Visitor | None = None
    ) -> Answer:
        """Let somebody press a button of a message, or choose `values` in a select; return the bot's answer.

        Raises:
            LookupError: The message has nothing under that custom id that can be pressed.
        """
        by = by or Visitor(message.channel)
        data = press_data(message.component(custom_id), values, by)
        return await self._interact(self.interactions.begin(message.channel, message), _COMPONENT, data, by, client)

    async def disconnect(self, code: int) -> None:
        """Close the gateway for everybody with a close code."""
        await self.gateway.disconnect(code)

    def fail(self, fault: Fault) -> None:
        """Switch a fault on."""
        self._faults.add(fault)

    def heal(self) -> None:
        """Switch all faults off; requests that hang go on at once."""
        self._faults.clear()

    def _command_id(self, command: str) -> str:
        names = [told["name"] for told in self.commands]
        name = command.split(maxsplit=1)[0]
        return str(10 + (names.index(name) if name in names else 0))

    def _begin(self, by: Visitor) -> Interaction:
        return self.interactions.begin(by.channel or self.direct_channel(by.user))

    async def _interact(self, interaction: Interaction, kind: int, data: Mapping[str, Any], by: Visitor, client: int) -> Answer:
        self.gateway.client(client).send("INTERACTION_CREATE", json.dumps(event(interaction, kind, data, by)))
        return await interaction.answered

    async def serve_request(self, request: web.Request, route: Route | None) -> web.Response:
        """Answer a request; `None` stands for a route that the loopback does not have."""
        self.requests += 1
        self.asked[route.name if route else f"{request.method} {request.path}"] += 1
        response = await self._answer(request, route)
        self.answered[0 if isinstance(response, _Unheard) else response.status] += 1
        if self.ahead:
            response.headers["Date"] = formatdate(time.time() + self.ahead, usegmt=True)
        self.changed()
        return response

    async def _answer(self, request: web.Request, route: Route | None) -> web.Response:
        if route is None or not route.free:
            if self.status != 200:
                return refusal(self.status)
            if request.headers.get("Authorization") != f"Bot {TOKEN}":
                return refusal(401)
        if route is None:
            return refusal(404)
        fault = self._faults.meet(route.name, _channel_of(request))
        return await (self._carry_out(request, route) if fault is None else self._fail(request, route, fault))

    async def _fail(self, request: web.Request, route: Route, fault: Fault) -> web.Response:
        carried_out = await self._carry_out(request, route) if fault.stored else None
        if fault.delay > 0:
            await self._faults.hang(fault.delay, self.changed)
        if fault.reset:
            return _cut(request)
        told = fault.response() or carried_out
        if told is not None:
            return told
        hung_up = request.transport is None or request.transport.is_closing()
        return _Unheard() if hung_up else await self._carry_out(request, route)

    async def _carry_out(self, request: web.Request, route: Route) -> web.Response:
        """Let a request through the limits and do what it asks for."""
        refused = None if route.free else self.limits.refuse_globally()
        if refused is not None:
            return refused
        refused, headers = self.limits.refuse_locally(route.name, _channel_of(request))
        if refused is not None:
            return refused
        try:
            response = await route.handler(self, request)
        except RefusedError as error:
            response = error.response()
        response.headers.update(headers)
        return response


class _Unheard(web.Response):
    """Stands for the answer that nobody hears."""


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return _Unheard()


def _channel_of(request: web.Request) -> int:
    return int(request.match_info.get("channel", 0))


def _add_route(app: web.Application, loopback: Loopback, route: Route) -> None:
    async def handle(request: web.Request) -> web.Response:
        return await loopback.serve_request(request, route)

    app.router.add_route(route.method, "/api/v10" + _VARIABLES.sub(r"{\1:\\d+}", route.path), handle)


@asynccontextmanager
async def serve(limits: Limits | None = None) -> AsyncIterator[Loopback]:
    """Serve on a free port of 127.0.0.1, with Discord's limits or others."""
    loopback = Loopback(limits)

    async def refuse(request: web.Request) -> web.Response:
        return await loopback.serve_request(request, None)

    app = web.Application(client_max_size=1 << 25)
    for path in ("/gateway", "/gateway/"):
        app.router.add_get(path, loopback.gateway.connect)
    for route in ROUTES:
        _add_route(app, loopback, route)
    app.router.add_route("*", "/api/v10/{route:.*}", refuse)
    runner = web.AppRunner(app, shutdown_timeout=1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    loopback.port = runner.addresses[0][1]
    loopback.gateway.url = f"ws://127.0.0.1:{loopback.port}/gateway"
    try:
        yield loopback
    finally:
        await runner.cleanup()
