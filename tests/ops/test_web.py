"""The web port by itself, over real sockets: what it refuses, and that nobody can hold it up."""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web

from bot.errors import SettingsError
from bot.ops import guests
from bot.ops.guests import MAX_LINE
from bot.ops.web import serving, text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HOST = "127.0.0.1"


async def _hello(_: web.BaseRequest) -> web.Response:
    return text(200, "hello")


async def _broken(_: web.BaseRequest) -> web.Response:
    msg = "postgresql://somebody:secret@inside"
    raise ValueError(msg)


@asynccontextmanager
async def _served() -> AsyncIterator[int]:
    async with asyncio.timeout(20), serving({"/hello": _hello, "/broken": _broken}, HOST, 0) as port:
        yield port


async def _ask(port: int, path: str, method: str = "GET") -> tuple[int, str, dict[str, str]]:
    async with aiohttp.ClientSession() as session, session.request(method, f"http://{HOST}:{port}{path}") as answer:
        return answer.status, await answer.text(), dict(answer.headers)


async def _say(port: int, said: bytes) -> bytes:
    """Send raw bytes and return everything that comes until the other side hangs up."""
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(said)
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


async def test_pages_are_only_read_and_nothing_else_is_there() -> None:
    """Anything but GET and HEAD is refused in a line, so is any other path; HEAD tells the length and sends nothing."""
    async with _served() as port:
        assert (await _ask(port, "/hello"))[:2] == (200, "hello\n")
        assert (await _ask(port, "/"))[:2] == (404, "There is no such page.\n")
        assert (await _ask(port, "/../etc/passwd"))[0] == 404
        refused = await _say(port, b"POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n")
        assert refused.startswith(b"HTTP/1.1 405")
        assert b"Allow: GET, HEAD" in refused
        status, body, headers = await _ask(port, "/hello", "HEAD")
        assert (status, body, headers["Content-Length"]) == (200, "", "6")


async def test_answers_carry_headers_that_keep_browsers_from_mischief() -> None:
    """Every answer, refusals included, is of the type it says, is framed by nobody, loads nothing, and names no software."""
    async with _served() as port:
        for path in ("/hello", "/nothing", "/broken"):
            _, _, headers = await _ask(port, path)
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert headers["Server"] == "detente"
            assert headers["Connection"] == "close"


async def test_a_page_that_fails_tells_nothing_of_the_inside() -> None:
    """Whoever asks reads one plain sentence; the reason is for the log."""
    async with _served() as port:
        status, body, _ = await _ask(port, "/broken")
    assert (status, body) == (500, "Something went wrong; the bot's log says what.\n")


@pytest.mark.parametrize(
    "said",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET /" + b"a" * MAX_LINE + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /hello HTTP/1.1\r\n" + b"X: y\r\n" * 1_000 + b"\r\n",
        b"GET /hello HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    ],
)
async def test_what_is_no_request_is_refused_without_a_traceback(said: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """Garbage, and requests beyond the limits, are answered with 400 and hung up on; they cannot fill the log either."""
    caplog.set_level(logging.INFO)
    async with _served() as port:
        answer = await _say(port, said)
        assert answer.split(b" ", 2)[1] == b"400", answer
        assert b"aiohttp" not in answer
        assert (await _ask(port, "/hello"))[0] == 200
    assert "Traceback" not in caplog.text


async def test_one_connection_gets_one_answer() -> None:
    """Requests that follow in the same connection are not answered: nobody keeps one."""
    async with _served() as port:
        answer = await _say(port, b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
    assert answer.count(b"HTTP/1.1 200") == 1


@pytest.mark.parametrize("begun", [b"", b"GET /hello HTTP/1.1\r\nX-Slow: "])
async def test_who_sends_nothing_more_is_hung_up_on(monkeypatch: pytest.MonkeyPatch, begun: bytes) -> None:
    """A connection that is held open ends after its time, whatever was begun."""
    monkeypatch.setattr(guests, "SECONDS", 0.05)
    async with _served() as port, asyncio.timeout(5):
        assert await _say(port, begun) == b""


async def test_there_is_room_again_once_somebody_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many connections at once those beyond the limit are hung up on at once; the others are served, and so are new ones later."""
    monkeypatch.setattr(guests, "MOST", 3)
    async with _served() as port:
        held = [await asyncio.open_connection(HOST, port) for _ in range(3)]
        assert await _say(port, b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n") == b""
        for reader, writer in held:
            writer.write(b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"hello" in await reader.read()
            writer.close()
        assert (await _ask(port, "/hello"))[0] == 200


async def test_a_port_in_use_is_a_setting_that_is_wrong() -> None:
    """The error names HTTP_PORT, the port and what to do."""
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"HTTP_PORT cannot be used: nothing can listen on port {port} of {HOST}"):
            async with serving({}, HOST, port):
                pytest.fail("it listens")
