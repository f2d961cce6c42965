"""The last resort: a process that was told to stop ends, also where its loop never comes back to hear of it."""

from __future__ import annotations

import asyncio
import signal
import sys

import pytest

from tests.processes import ROOT, environment, finish

_WORK = """
import asyncio, time
from bot.ops import stopping
from bot.services.ending import Ending

stopping.LAST_RESORT_SECONDS = 1.0

async def live():
    with stopping.heeding(Ending(), stopping.LastResort()):
        print("alive", flush=True)
        while True:
            try:
                time.sleep(60)  # the loop stands still
            except BaseException:
                pass

asyncio.run(live())
"""


@pytest.mark.parametrize(
    ("signals", "code"), [((signal.SIGTERM,), 0), ((signal.SIGTERM, signal.SIGINT), 130), ((signal.SIGINT, signal.SIGTERM), 143)]
)
async def test_a_process_that_hangs_ends_all_the_same(signals: tuple[signal.Signals, ...], code: int) -> None:
    """One signal ends it with 0 once its time is over and says so; a second one ends it at once with a code of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _WORK),
        cwd=ROOT,
        env=environment(PYTHONPATH=str(ROOT)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"alive\n"
    for number in signals:
        process.send_signal(number)
        await asyncio.sleep(0.05)  # two that come at once are one to the kernel
    ended = await finish(process, 30)
    assert ended.code == code
    assert ("stopped by force" in ended.out + ended.err) == (code == 0)
