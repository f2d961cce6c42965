"""The bot as the container runs it: a stranger without rights, on a file system where only its data and /tmp can be written."""

from __future__ import annotations

import asyncio
import functools
import os
import shutil
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.loopback import TOKEN, serve
from tests.processes import ROOT, environment, finish
from tests.staging import read_log

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.processes import Finished

pytestmark = pytest.mark.processes

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
UID = 10001
DATA = "/mnt/data"
_PATHS = {str(path) for path in (ROOT, Path(sys.prefix), Path(sys.base_prefix))}
"""What the bot must read to run at all: the checkout, the environment, Python itself."""

# Arguments: the data folder, the home folder (closed to strangers), how many paths follow, the paths, and the command.
# Everything is mounted in a namespace of its own, which ends with the process; what is hidden below /tmp or home is laid there again.
_LOCK_DOWN = f"""
set -eu
data=$1 home=$2 count=$3; shift 3
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/data && mount --bind "$data" /mnt/data
paths=("${{@:1:$count}}"); shift "$count"
for n in "${{!paths[@]}}"; do mkdir "/mnt/$n" && mount --bind "${{paths[$n]}}" "/mnt/$n"; done
mount -t tmpfs -o mode=1777,size=64m tmpfs /tmp
mkdir -p "$home" && mount -t tmpfs -o mode=755 tmpfs "$home"
for n in "${{!paths[@]}}"; do
    mkdir -p "${{paths[$n]}}" && mount --bind "/mnt/$n" "${{paths[$n]}}" && mount -o remount,bind,ro "${{paths[$n]}}"
done
mount -o remount,ro /mnt
mount -o remount,ro "$home"
mount -o remount,bind,ro /
cd /mnt/data
exec setpriv --reuid={UID} --regid={UID} --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs -- "$@"
"""


def _command(data: Path, *command: str) -> list[str]:
    paths = sorted(_PATHS)
    return ["unshare", "--mount", "bash", "-c", _LOCK_DOWN, "lock-down", str(data), str(Path.home()), str(len(paths)), *paths, *command]


@functools.cache
def _obstacle() -> str:
    """Return why no such file system can be made here, "" where it can."""
    if missing := [name for name in ("unshare", "mount", "setpriv", "bash") if shutil.which(name) is None]:
        return f"no {', '.join(missing)} on this machine"
    if os.geteuid():
        return "only root may mount"
    tried = subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, text=True, check=False)
    return f"nothing can be mounted here: {tried.stderr.strip()}" if tried.returncode else ""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder that belongs to the user of the container."""
    if obstacle := _obstacle():
        pytest.skip(obstacle)
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    os.chown(folder, UID, UID)
    return folder


async def _start(data: Path, *arguments: str, **variables: str) -> asyncio.subprocess.Process:
    settings = {"DATA_DIR": DATA, "HOME": DATA, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **variables}
    return await asyncio.create_subprocess_exec(
        *_command(data, sys.executable, "-m", "bot", *arguments),
        env=environment(**settings),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def _running(data: Path, **variables: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the bot, and have it end with 0 on SIGTERM."""
    process = await _start(data, "run", DISCORD_TOKEN=TOKEN, LOG_FORMAT="json", **variables)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        ended = await finish(process, 15)
    assert ended.code == 0, ended.err


async def _run(data: Path, *arguments: str, **variables: str) -> Finished:
    return await finish(await _start(data, *arguments, **variables))


def _owners(folder: Path) -> dict[str, int]:
    """Return whose each file is."""
    return {path.name: path.stat().st_uid for path in folder.iterdir()}


async def test_the_bot_works_where_only_its_data_and_tmp_can_be_written(data: Path) -> None:
    """It logs in, answers, checks its content again on SIGHUP, is healthy, and ends with 0 on SIGTERM.

    All it leaves lies in its folder, and docs/operations.md names each file of it, so that the host knows what to keep.
    """
    async with serve() as discord, asyncio.timeout(180), _running(data, DISCORD_API_URL=discord.api_url) as process:
        log = await read_log(process, '"event": "ready"')
        assert "Are Russia and the US allies?" in str(await discord.use("allies"))
        process.send_signal(signal.SIGHUP)
        log += await read_log(process, '"action": "reload"')
        while (await _run(data, "health")).code:
            pass  # each try takes a second; the heart beats once the bot is ready
        left = _owners(data)
    assert '"result": "unchanged"' in log[-1]
    assert "Traceback" not in "".join(log)
    assert set(left.values()) == {UID}
    assert set(left) >= {"detente.sqlite", "heartbeat"}
    assert {name for name in left if f"`{name}`" not in PAGE} == set()


async def test_elsewhere_nothing_can_be_written(data: Path) -> None:
    """The same with DATA_DIR in another place ends with one sentence: the file system really is read-only."""
    for folder in ("/var/lib/detente", str(ROOT / "data" / "new")):
        ended = await _run(data, "run", DISCORD_TOKEN=TOKEN, DATA_DIR=folder)
        assert ended.code == 2
        assert ended.err.startswith("DATA_DIR cannot be used: Read-only file system")
