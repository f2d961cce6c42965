"""The gateway: clients identify, resume and hear what happens in the world, each at its own pace."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from tests.loopback.places import BOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.loopback.places import Guild

Text = str | Callable[[], str]

_GUILDS_INTENT = 1
_LAST_CODES = {1000, 1001, 4004, 4010, 4011, 4012, 4013, 4014}
"""Close codes after which a session cannot be resumed."""


class Session:
    """What a client has identified as, and the events that wait for it; it outlives a lost connection."""

    def __init__(self, number: int, identified: dict[str, Any]) -> None:
        """Begin with what the client sent to identify."""
        self.id = f"session-{number}"
        self.intents = int(identified["intents"])
        self.shard: tuple[int, int] = tuple(identified.get("shard", (0, 1)))
        self.socket: web.WebSocketResponse | None = None
        self.over = False
        self._sequence = 0
        self._waiting: deque[tuple[str, Text]] = deque()
        self._filled = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None

    def serves(self, guild: Guild) -> bool:
        """Return whether the events of a guild go to this session now."""
        there = guild.joined and not guild.unavailable
        return there and not self.over and bool(self.intents & _GUILDS_INTENT) and self.holds(guild)

    def holds(self, guild: Guild) -> bool:
        """Return whether a guild is on the session's shard."""
        return (guild.id >> 22) % self.shard[1] == self.shard[0]

    def send(self, event: str, text: Text) -> None:
        """Let an event wait for the client; `text` is JSON, or what writes it once it is sent."""
        self._waiting.append((event, text))
        self._filled.set()

    async def send_frame(self, frame: str | bytes) -> None:
        """Send a frame as it is, ahead of what waits; it has no number, so nothing of it is repeated.

        Raises:
            LookupError: The client is not connected.
        """
        if self.socket is None:
            raise LookupError("The client is not connected.")
        await (self.socket.send_str(frame) if isinstance(frame, str) else self.socket.send_bytes(frame))

    def attach(self, socket: web.WebSocketResponse) -> None:
        """Send what waits and what comes through a connection."""
        self.socket = socket
        self._pump = asyncio.create_task(self._send_all(socket))

    def detach(self, code: int | None) -> None:
        """Hold events back: the connection is gone, and with some close codes the session too."""
        self.socket = None
        self.over = code in _LAST_CODES
        if self._pump is not None:
            self._pump.cancel()

    async def _send_all(self, socket: web.WebSocketResponse) -> None:
        with suppress(ConnectionError):
            while await self._filled.wait():
                while self._waiting:
                    event, text = self._waiting[0]
                    data = text if isinstance(text, str) else text()
                    await socket.send_str(f'{{"op":0,"s":{self._sequence + 1},"t":"{event}","d":{data}}}')
                    self._sequence += 1
                    self._waiting.popleft()
                self._filled.clear()


class Gateway:
    """All the sessions there are."""

    def __init__(self, guilds: Mapping[int, Guild], changed: Callable[[], None]) -> None:
        """Serve `guilds`, and call `changed` whenever a client comes or goes."""
        self.url = ""
        self.sessions: list[Session] = []
        self.identified: list[dict[str, Any]] = []
        self.hang_ups = 0
        """How many of the next connections are closed before a word is said."""
        self.muted = 0
        self.is_mute = False
        """Whether the next connections hear nothing at all."""
        self.identify_every = 0.0
        """Seconds that must lie between two clients that identify; a session begun too early is invalid."""
        self.too_early = 0
        """How many were."""
        self._identified_at = -math.inf
        self._guilds = guilds
        self._changed = changed

    @property
    def is_heard(self) -> bool:
        """Whether anybody is connected."""
        return any(session.socket is not None for session in self.sessions)

    def announce(self, guild: Guild, event: str, payload: Callable[[], Any]) -> None:
        """Tell an event of a guild to those that it concerns; its JSON is made only if there is somebody."""
        listening = [session for session in self.sessions if session.serves(guild)]
        if listening:
            text = json.dumps(payload())
            for session in listening:
                session.send(event, text)

    def announce_guild(self, guild: Guild, *, new: bool) -> None:
        """Tell of a guild that the bot was added to, or that is available again."""
        for session in self.sessions:
            if session.serves(guild):
                session.send("GUILD_CREATE", _created(guild) if new else _available(guild))

    def client(self, index: int) -> Session:
        """Return the session of the `index`-th client that is connected, or else that may resume."""
        connected = [session for session in self.sessions if session.socket is not None]
        return (connected or [session for session in self.sessions if not session.over])[index]

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection to its end."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if self.hang_ups:
            self.hang_ups -= 1
            await socket.close(code=1001)
            return socket
        if self.is_mute:
            self.muted += 1
            self._changed()
            await socket.receive()
            return socket
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 41_250}, "s": None, "t": None})
        session: Session | None = None
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    session = await self._hear(socket, json.loads(message.data), session)
        finally:
            if session is not None and session.socket is socket:
                session.detach(socket.close_code)
            self._changed()
        return socket

    async def disconnect(self, code: int) -> None:
        """Close the connection of everybody with a close code."""
        for session in self.sessions:
            if session.socket is not None:
                socket = session.socket
                session.detach(code)
                await socket.close(code=code)

    async def _hear(self, socket: web.WebSocketResponse, message: dict[str, Any], session: Session | None) -> Session | None:
        match message["op"]:
            case 1:
                await socket.send_json({"op": 11, "d": None})
            case 2 if not self._may_identify():
                await socket.send_json({"op": 9, "d": False})
            case 2:
                session = self._identify(message["d"])
                session.attach(socket)
            case 6:
                session = next((s for s in self.sessions if s.id == message["d"]["session_id"] and not s.over), None)
                if session is None:
                    await socket.send_json({"op": 9, "d": False})
                else:
                    session.send("RESUMED", "{}")
                    session.attach(socket)
        self._changed()
        return session

    def _may_identify(self) -> bool:
        now = time.monotonic()
        if now - self._identified_at < self.identify_every:
            self.too_early += 1
            return False
        self._identified_at = now
        return True

    def _identify(self, identified: dict[str, Any]) -> Session:
        """Begin a session: READY names the guilds, and each follows by itself, as Discord has it."""
        self.identified.append(identified)
        session = Session(len(self.sessions), identified)
        guilds = [guild for guild in self._guilds.values() if guild.joined and session.holds(guild)]
        ready = {
            "v": 10,
            "user": BOT.payload(),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": list(session.shard),
            "application": {"id": str(BOT.id), "flags": 0},
        }
        session.send("READY", json.dumps(ready))
        self.sessions.append(session)
        for guild in guilds:
            if session.serves(guild):
                session.send("GUILD_CREATE", _available(guild))
        return session


def _created(guild: Guild) -> Text:
    return guild.text if guild.is_fleeting else guild.text()


def _available(guild: Guild) -> Text:
    def write() -> str:
        return f'{guild.text()[:-1]},"unavailable":false}}'

    return write if guild.is_fleeting else write()
