"""The demo as a newcomer meets it: `detente demo` as a process, in a real Chromium."""

from __future__ import annotations

import asyncio
import re
import shutil
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, async_playwright, expect

from tests.processes import finish, start

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed on this machine")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that is being served."""

    process: asyncio.subprocess.Process
    url: str


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    """`detente demo` on a free port; it must end with 0 when it is interrupted."""
    process = await start("demo", "--no-browser", "--port", "0", cwd=tmp_path)
    assert process.stdout is not None
    async with asyncio.timeout(30):
        line = (await process.stdout.readline()).decode()
    address = re.search(r"http://127\.0\.0\.1:\d+/#\S+", line)
    assert address is not None, line
    yield Demo(process, address[0])
    process.send_signal(signal.SIGINT)
    ended = await finish(process, 20)
    assert ended.code == 0, ended.err
    assert "The demo has ended" in ended.out
    assert "Traceback" not in ended.err


@pytest.fixture
async def page(demo: Demo) -> AsyncIterator[Page]:
    """The demo's page in a real browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        opened = await browser.new_page(viewport={"width": 1200, "height": 1600})
        opened.set_default_timeout(20_000)
        await opened.goto(demo.url)
        yield opened
        await browser.close()


async def _type(page: Page, command: str) -> None:
    composer = page.locator("#channel-composer-input")
    await composer.click()
    await composer.press_sequentially(command)
    await page.get_by_role("option", name=command).first.click()
    await page.locator("#send-message").click()


def _timeline(page: Page) -> Locator:
    return page.locator("#channel-timeline")


async def _press(page: Page, label: str, seen: str) -> None:
    """Press a button and wait for its effect."""
    await page.get_by_role("button", name=label, exact=True).first.click()
    await _see(page, seen)


async def _see(page: Page, text: str) -> None:
    """Wait until the channel shows `text` and the page takes clicks again; it drops those that come while it works."""
    await expect(_timeline(page)).to_contain_text(text, timeout=20_000)
    await expect(page.locator("#action-status")).not_to_contain_text("…", timeout=20_000)


@needs_chromium
async def test_a_newcomer_types_allies_and_reads_on(page: Page) -> None:
    """Typing /allies shows the verdict; its select and its buttons lead on; another viewer gets a private copy."""
    shown = _timeline(page)
    await _see(page, "Nothing here reaches Discord")
    await _type(page, "/allies")
    await _see(page, "Are Russia and the US allies?")
    await _see(page, "Confirmed to")
    await _press(page, "Timeline", "Russia and the United States, by date")
    await _press(page, "Back", "Key facts")
    await shown.get_by_text("Answers that touch on this…").click()
    await page.locator("[role=option]:visible").first.click()
    await expect(shown).not_to_contain_text("Are Russia and the US allies?", timeout=20_000)
    await _see(page, "Key facts")
    await page.locator("#viewer-picker").select_option(label="Mel (member)")
    await _press(page, "All sources", "Only you can see this")


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


async def test_a_taken_port_is_named(demo: Demo, tmp_path: Path) -> None:
    """A second demo on the same port says so in one sentence and how to get a free one."""
    port = demo.url.split(":")[2].partition("/")[0]
    ended = await finish(await start("demo", "--no-browser", "--port", port, cwd=tmp_path))
    assert ended.code == 2
    assert f"Port {port} on 127.0.0.1 cannot be used" in ended.err
    assert "--port 0" in ended.err
