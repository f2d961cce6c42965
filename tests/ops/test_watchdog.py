"""The watchdog ends a process whose event loop stands still, and no other."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from tests.processes import ROOT, Finished, environment, finish

_WORK = """
import asyncio, sys, time
from bot.ops.health import Watchdog
from bot.services.working import Worker, running

def stand_still():
    time.sleep(60)

async def live():
    async with running([Worker("watchdog", Watchdog(float(sys.argv[1])).step)], stop_seconds=1):
        print("alive", flush=True)
        line = await asyncio.to_thread(sys.stdin.readline)
        if line.strip() == "stand still":
            stand_still()

asyncio.run(live())
"""


async def _start(seconds: float) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-c", _WORK, str(seconds))
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=environment(PYTHONPATH=str(ROOT)), stdin=pipe, stdout=pipe, stderr=pipe
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"alive\n"
    return process


async def _say(process: asyncio.subprocess.Process, word: str) -> Finished:
    assert process.stdin is not None
    process.stdin.write(f"{word}\n".encode())
    return await finish(process, 30)


async def test_a_loop_that_stands_still_ends_the_process_with_all_stacks() -> None:
    """The process ends with 1 long before the work would be done, and says where each thread was."""
    ended = await _say(await _start(1.0), "stand still")
    assert ended.code == 1
    assert "Timeout (0:00:01)!" in ended.err
    assert "stand_still" in ended.err


async def test_a_process_that_was_stopped_for_a_moment_goes_on() -> None:
    """SIGSTOP and SIGCONT, with less than the watchdog's patience between them, end nothing."""
    process = await _start(20.0)
    process.send_signal(signal.SIGSTOP)
    await asyncio.to_thread(os.waitid, os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
    process.send_signal(signal.SIGCONT)
    ended = await _say(process, "go")
    assert (ended.code, ended.err) == (0, "")
