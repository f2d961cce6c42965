"""The demo in a real browser: a process that serves it, and what a newcomer does on its page."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Locator, Page, async_playwright, expect

from tests.processes import start

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
PATIENCE = 20_000
"""Milliseconds after which the page counts as stuck."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that is being served."""

    process: asyncio.subprocess.Process
    url: str


async def start_demo(folder: Path) -> Demo:
    """Run `detente demo` on a free port, in `folder`."""
    process = await start("demo", "--no-browser", "--port", "0", cwd=folder)
    assert process.stdout is not None
    async with asyncio.timeout(90):
        line = (await process.stdout.readline()).decode()
    address = re.search(r"http://127\.0\.0\.1:\d+/#\S+", line)
    assert address is not None, line
    return Demo(process, address[0])


@asynccontextmanager
async def open_page(url: str, height: int = 1600) -> AsyncIterator[Page]:
    """Open the demo's page in Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(viewport={"width": 1200, "height": height})
        page.set_default_timeout(PATIENCE)
        await page.goto(url)
        yield page
        await browser.close()


def channel(page: Page) -> Locator:
    """Return what the channel shows."""
    return page.locator("#channel-timeline")


async def type_command(page: Page, command: str) -> None:
    """Type a command, pick it from the list and send it."""
    composer = page.locator("#channel-composer-input")
    await composer.click()
    await composer.press_sequentially(command)
    await page.get_by_role("option", name=command).first.click()
    await page.locator("#send-message").click()


async def ask(page: Page, command: str, *, suggested: str = "", **options: str) -> None:
    """Type a command with options; the one named `suggested` is finished with the first suggestion that bears what was typed."""
    composer = page.locator("#channel-composer-input")
    await composer.click()
    await composer.press_sequentially(command)
    await page.get_by_role("option", name=command).first.click()
    for number, (name, text) in enumerate(options.items()):
        if number:
            await page.locator(".command-ghost").click()
        await page.locator(f'[role=option][data-value="{name}"]').click()
        await page.locator(f'.command-option-input[data-option="{name}"]').press_sequentially(text)
        if name == suggested:
            await page.locator("[role=option]:visible", has_text=text).first.click()
    await page.locator("#send-message").click()


async def press(page: Page, label: str, seen: str) -> None:
    """Press a button, of the newest message that has it, and wait for its effect."""
    await page.get_by_role("button", name=label, exact=True).last.click()
    await see(page, seen)


async def see(page: Page, text: str) -> None:
    """Wait until the channel shows `text` and the page takes clicks again; it drops those that come while it works."""
    await expect(channel(page)).to_contain_text(text, timeout=PATIENCE)
    await expect(page.locator("#action-status")).not_to_contain_text("…", timeout=PATIENCE)
