"""The web port of a real process: it tells the truth while the gateway or the database is gone, and it counts what happens."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import psutil
import pytest
from ical.calendar_stream import IcsCalendarStream

from tests import postgres
from tests.loopback import POST_MESSAGE, TOKEN, Fault, serve
from tests.processes import detente, finish
from tests.staging import Stage, read_log

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.processes

READY, OPEN = '"event": "ready"', '"event": "web port open"'


class _Port:
    """The web port of a running bot, as somebody outside sees it."""

    def __init__(self, port: int, client: aiohttp.ClientSession) -> None:
        self.port = port
        self._client = client

    async def get(self, path: str) -> tuple[int, str]:
        async with self._client.get(f"http://127.0.0.1:{self.port}{path}") as answer:
            return answer.status, await answer.text()

    async def ready(self) -> tuple[int, dict[str, Any]]:
        """Return the status of /readyz and the checks that are not ok."""
        status, body = await self.get("/readyz")
        return status, {name: check for name, check in json.loads(body)["checks"].items() if not check["ok"]}

    async def wait_until_ready(self, *, is_ready: bool) -> dict[str, Any]:
        """Ask until it is ready, or no longer; return the checks that are not ok."""
        while True:
            status, failing = await self.ready()
            if (status == 200) is is_ready:
                return failing

    async def count(self, sample: str) -> float:
        """Return the value of a metric with its labels, 0 where there is none."""
        found = re.search(rf"^{re.escape(sample)} (\S+)$", (await self.get("/metrics"))[1], re.MULTILINE)
        return float(found[1]) if found else 0.0

    async def wait_for(self, sample: str, value: float) -> None:
        """Ask until a metric is at least `value`."""
        while await self.count(sample) < value:
            pass


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage with a date seven days from today."""
    async with serve() as discord, asyncio.timeout(90):
        stage = Stage(tmp_path, discord)
        stage.set_content(7)
        yield stage


@asynccontextmanager
async def _watched(stage: Stage) -> AsyncIterator[tuple[asyncio.subprocess.Process, _Port]]:
    """Run the bot with a web port, and wait until it is ready; its log is read on."""
    async with stage.running(HTTP_PORT="0") as process, aiohttp.ClientSession() as client:
        line = (await read_log(process, OPEN))[-1]
        port = _Port(json.loads(line)["port"], client)
        assert (await port.get("/healthz"))[0] == 200
        await port.wait_until_ready(is_ready=True)
        yield process, port


async def test_it_is_ready_and_counts_what_it_does(stage: Stage) -> None:
    """An alert, a command, a click and a forged command each show in the metrics, none by a name that somebody sent; so does a 429."""
    guild = stage.discord.add_guild()
    await stage.subscribe(stage.discord.add_channel(guild))
    stage.discord.fail(Fault(status=429, retry_after=0.1, route=POST_MESSAGE, times=1))
    async with _watched(stage) as (_, port):
        await stage.discord.wait_for_messages(1)
        answer = await stage.discord.use("deadlines")
        assert answer
        await stage.discord.use("forged{name='x'}")
        await port.wait_for('detente_deliveries_ended_total{end="sent"}', 1)
        assert await port.count("detente_messages_posted_total") == 1
        assert await port.count("detente_alert_lateness_seconds_count") == 1
        assert await port.count('detente_interaction_seconds_count{name="deadlines"}') == 1
        assert await port.count('detente_interaction_seconds_count{name="unknown"}') == 1
        assert await port.count('detente_discord_responses_total{status="429"}') == 1
        assert await port.count('detente_shards{state="open"}') == await port.count("detente_guilds") == 1
        assert await port.count("detente_next_alert_timestamp_seconds") > stage.now.timestamp()
        assert abs(await port.count("detente_clock_ahead_seconds")) < 30
        assert "forged" not in (await port.get("/metrics"))[1]


async def test_a_gateway_that_is_gone_makes_it_unready_and_not_unhealthy(stage: Stage) -> None:
    """Readiness names the gateway, health stays, and all is well once Discord takes the bot back.

    SIGTERM then ends it within ten seconds though somebody holds connections to the port, on which nobody listens any more.
    """
    async with _watched(stage) as (process, port):
        stage.discord.gateway.hang_ups = 2
        await stage.discord.disconnect(4000)
        assert (await port.wait_until_ready(is_ready=False)).keys() == {"gateway"}
        assert (await port.get("/healthz"))[0] == 200
        await port.wait_until_ready(is_ready=True)
        held = [await asyncio.open_connection("127.0.0.1", port.port) for _ in range(20)]
        process.terminate()
        assert (await finish(process, 10)).code == 0
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port.port)
        for _, writer in held:
            writer.close()


async def test_the_calendar_follows_a_change_of_the_content(stage: Stage) -> None:
    """A date that is moved while the bot runs keeps its UID, and its entry says that it is a later revision; so after a restart."""

    async def entry(port: _Port) -> tuple[object, int]:
        calendar = IcsCalendarStream.calendar_from_ics((await port.get("/calendar.ics"))[1])
        (event,) = (event for event in calendar.events if event.uid == "summit@detente-bot")
        return event.dtstart, event.sequence or 0

    async with _watched(stage) as (process, port):
        assert await entry(port) == (stage.day(7), 0)
        stage.set_content(20)
        process.send_signal(signal.SIGHUP)
        while await entry(port) != (stage.day(20), 1):
            pass
    async with _watched(stage) as (_, port):
        assert await entry(port) == (stage.day(20), 1)


async def test_a_database_that_hangs_or_is_gone_is_told_within_three_seconds(stage: Stage) -> None:
    """Every page answers in time while PostgreSQL is frozen, however many ask; thawed, all is well; killed, nobody hears where it was."""
    with postgres.running() as server:
        server.run_now("CREATE DATABASE detente")
        stage.variables["DATABASE_URL"] = server.url("detente")
        async with _watched(stage) as (_, port):
            frozen = _processes_of(server)
            for each in frozen:
                each.suspend()
            try:
                async with asyncio.timeout(3):
                    await port.wait_until_ready(is_ready=False)
                async with asyncio.timeout(3):
                    answers = await asyncio.gather(*(port.ready() for _ in range(20)))
                assert [(status, set(failing)) for status, failing in answers] == [(503, {"database"})] * 20
                async with asyncio.timeout(3):
                    assert (await port.get("/healthz"))[0] == 200
                async with asyncio.timeout(3):
                    assert await port.count("detente_database_up") == 0
                async with asyncio.timeout(3):
                    assert (await port.get("/calendar.ics"))[0] == 503
            finally:
                for each in frozen:
                    each.resume()
            await port.wait_until_ready(is_ready=True)
            await asyncio.to_thread(server.stop)
            async with asyncio.timeout(3):
                failing = await port.wait_until_ready(is_ready=False)
            assert failing["database"]["reason"] == "it cannot be reached or used; the bot's log says why"


def _processes_of(server: postgres.Server) -> list[psutil.Process]:
    """Return the server and its helpers."""
    main = psutil.Process(int((server.files / "data" / "postmaster.pid").read_text().split()[0]))
    return [main, *main.children()]


async def test_a_port_in_use_ends_the_bot_with_2(stage: Stage) -> None:
    """The one sentence names HTTP_PORT and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = {"DISCORD_TOKEN": TOKEN, "DISCORD_API_URL": stage.discord.api_url, "HTTP_PORT": str(taken.getsockname()[1])}
        ended = await detente("run", cwd=stage.folder, LOG_LEVEL="error", **settings)
    assert ended.code == 2
    assert ended.err.startswith("HTTP_PORT cannot be used: nothing can listen on port")
    assert ended.err.count("\n") == 1


async def test_the_terminal_writes_the_same_calendar(stage: Stage) -> None:
    """`detente calendar` needs no bot and no database; a wrong tag is told with those there are."""
    variables = {"CONTENT_DIR": str(stage.folder / "content")}
    written = await detente("calendar", "dates.ics", "--tag", "war", cwd=stage.folder, **variables)
    assert (written.code, written.out) == (0, f"dates.ics{os.linesep}")
    saved = (stage.folder / "dates.ics").read_bytes()
    printed = await detente("calendar", "--tag", "The war", cwd=stage.folder, **variables)
    assert printed.out.encode().splitlines() == saved.splitlines()
    assert [str(e.uid) for e in IcsCalendarStream.calendar_from_ics(saved.decode()).events] == ["inaugural@detente-bot"]
    assert (await detente("calendar", "--tag", "peace", cwd=stage.folder, **variables)).err.startswith("There is no tag “peace”.")
