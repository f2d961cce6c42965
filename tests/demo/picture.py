"""`python -m tests.demo.picture`: the screenshots of the README, taken of the demo as it is now."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from pathlib import Path

from tests.demo.browsing import ask, open_page, press, see, start_demo, type_command
from tests.processes import ROOT, finish

DOCS = ROOT / "docs"
_MESSAGE = "#channel-message-list article"


async def _take() -> None:
    DOCS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        demo = await start_demo(Path(folder))
        async with open_page(demo.url, height=2200) as page:
            await type_command(page, "/allies")
            await see(page, "Confirmed to")
            await page.locator(_MESSAGE).last.screenshot(path=DOCS / "allies.png")
            await press(page, "Dates ahead", "Dates that bear on")
            await page.locator(_MESSAGE).last.screenshot(path=DOCS / "deadlines.png")
            await ask(page, "/allies", country="Poland", **{"with": "United Kingdom", "year": "1939"})
            await see(page, "It changed within 1939")
            await page.locator(_MESSAGE).last.screenshot(path=DOCS / "relation.png")
        demo.process.send_signal(signal.SIGINT)
        await finish(demo.process)


if __name__ == "__main__":
    asyncio.run(_take())
