"""Several real processes on one database."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from typing import TYPE_CHECKING

from bot.domain.ledger import DeliveryState
from tests.processes import ROOT, environment
from tests.store.making import fan_out, fill, only_states

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store.database import Database
    from bot.store.store import Store

_OPEN = """
import asyncio, sys
from bot.store import open_store
async def main():
    print("ready", flush=True)
    sys.stdin.readline()
    async with open_store(sys.argv[1]) as store:
        print(await store.guilds.list_all())
asyncio.run(main())
"""


async def _start(*arguments: str) -> asyncio.subprocess.Process:
    """Start Python and wait until it says that it is ready."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, env=environment(), stdin=pipe, stdout=pipe, stderr=pipe
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n", (await process.communicate())[1].decode()
    return process


async def _run_at_once(*commands: tuple[str, ...]) -> list[str]:
    """Start processes, let all go at the same moment, and return what they printed."""
    processes = await asyncio.gather(*(_start(*command) for command in commands))
    outputs = await asyncio.wait_for(asyncio.gather(*(process.communicate(b"go\n") for process in processes)), 60)
    for process, (_, errors) in zip(processes, outputs, strict=True):
        assert process.returncode == 0, errors.decode()
    return [output.decode() for output, _ in outputs]


async def test_processes_never_share_a_delivery(store: Store, database: Database, url: str) -> None:
    """Two processes empty a queue of 600 deliveries side by side, and each delivery is sent by one of them, once."""
    await fill(database, store, 600)
    await fan_out(database, store)
    outputs = await _run_at_once(*(("-m", "tests.store.worker", url, name) for name in ("one", "two")))
    assert all(outputs)
    times_sent = Counter(line for output in outputs for line in output.splitlines())
    assert len(times_sent) == 600
    assert set(times_sent.values()) == {1}
    assert set(await only_states(database)) == {DeliveryState.SENT}


async def test_two_start_at_once_on_a_new_file(tmp_path: Path) -> None:
    """Two processes that open the same new file at the same moment both succeed, in a folder that neither found."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'new' / 'store.sqlite'}"
    assert await _run_at_once(*[("-c", _OPEN, url)] * 3) == ["{}\n"] * 3
