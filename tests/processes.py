"""Running `detente` as a user does: a process of its own, with an environment of its own."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Finished:
    """What a process left."""

    code: int
    out: str
    err: str


def environment(**variables: str) -> dict[str, str]:
    """Return a plain environment: only what a process needs to start, and `variables`."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "PYTHONUTF8": "1", "COLUMNS": "120", **variables}


async def start(*arguments: str, cwd: Path, **variables: str) -> asyncio.subprocess.Process:
    """Start `detente` with `arguments`."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=cwd,
        env=environment(PYTHONPATH=str(ROOT), **variables),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def finish(process: asyncio.subprocess.Process, seconds: float = 60.0) -> Finished:
    """Wait for a process, at most `seconds`; one that hangs is killed and fails the test."""
    try:
        out, err = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        process.kill()
        raise
    assert process.returncode is not None
    return Finished(process.returncode, out.decode(), err.decode())


async def detente(*arguments: str, cwd: Path, **variables: str) -> Finished:
    """Run `detente` to its end."""
    return await finish(await start(*arguments, cwd=cwd, **variables))
