"""The demo as a newcomer meets it: `detente demo` as a process, in a real Chromium."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.demo.browsing import CHROMIUM, PATIENCE, Demo, ask, channel, open_page, press, see, start_demo, type_command
from tests.processes import finish, start

pytestmark = pytest.mark.processes

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed on this machine")


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    """`detente demo` on a free port; it must end with 0 when it is interrupted."""
    served = await start_demo(tmp_path)
    yield served
    served.process.send_signal(signal.SIGINT)
    ended = await finish(served.process, 20)
    assert ended.code == 0, ended.err
    assert "The demo has ended" in ended.out
    assert "Traceback" not in ended.err


@pytest.fixture
async def page(demo: Demo) -> AsyncIterator[Page]:
    """The demo's page in a real browser."""
    async with open_page(demo.url) as opened:
        yield opened


@needs_chromium
async def test_a_newcomer_types_allies_and_reads_on(page: Page) -> None:
    """Typing /allies shows the verdict; its select and its buttons lead on; another viewer gets a private copy."""
    await see(page, "Nothing here reaches Discord")
    await type_command(page, "/allies")
    await see(page, "Are Russia and the US allies?")
    await see(page, "Confirmed to")
    await press(page, "Timeline", "Russia and the United States, by date")
    await press(page, "Back", "Key facts")
    await channel(page).get_by_text("Answers that touch on this…").click()
    await page.locator("[role=option]:visible", has_text="What an ally is").click()
    await expect(channel(page)).not_to_contain_text("Are Russia and the US allies?", timeout=PATIENCE)
    await see(page, "Key facts")
    await page.locator("#viewer-picker").select_option(label="Mel (member)")
    await press(page, "All sources", "Only you can see this")


@needs_chromium
async def test_a_newcomer_asks_about_countries(page: Page) -> None:
    """Japan is suggested as it is typed and answered; Korea asks which is meant, and a press on one answers for it."""
    await ask(page, "/allies", suggested="country", country="Jap")
    await see(page, "Japan and the United States")
    await see(page, "Treaty allies")
    await ask(page, "/allies", country="Korea", year="1990")
    await see(page, "may mean several countries")
    await press(page, "South Korea", "South Korea and the United States")
    await see(page, "in 1990 (told for 1 July 1990)")
    await press(page, "Year by year", "South Korea and the United States, year by year")


@needs_chromium
async def test_the_clock_can_be_moved(page: Page, demo: Demo) -> None:
    """+30 days on the card moves the time that answers are given at, and the terminal says so."""
    await page.get_by_role("button", name="+30 days").click()
    assert demo.process.stdout is not None
    async with asyncio.timeout(60):
        line = ""
        while "It is now" not in line:
            line = (await demo.process.stdout.readline()).decode()
            assert line


@needs_chromium
async def test_an_alert_arrives_when_its_hour_comes(page: Page) -> None:
    """As Ada, /alerts add subscribes the channel; a month later the page shows alerts that nobody asked for."""
    await type_command(page, "/alerts add")
    await see(page, "Next alerts")
    await page.get_by_role("button", name="+30 days").click()
    await expect(channel(page)).to_contain_text("Pause these alerts", timeout=90_000)
    await see(page, "Why it matters here")


async def test_a_taken_port_is_named(demo: Demo, tmp_path: Path) -> None:
    """A second demo on the same port says so in one sentence and how to get a free one."""
    port = demo.url.split(":")[2].partition("/")[0]
    ended = await finish(await start("demo", "--no-browser", "--port", port, cwd=tmp_path))
    assert ended.code == 2
    assert f"Port {port} on 127.0.0.1 cannot be used" in ended.err
    assert "--port 0" in ended.err
