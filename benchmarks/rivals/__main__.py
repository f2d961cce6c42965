"""`python -m benchmarks.rivals NAME API_URL TOKEN DATABASE [at-once]`: run one of the designs until it is killed."""

from __future__ import annotations

import asyncio
import importlib
import sys
from pathlib import Path

CLIENTS = {"looping": "LoopingClient", "deleting": "DeletingClient", "scheduling": "SchedulingClient", "posting": "PostingClient"}
"""The module of a design to its client."""


async def run(name: str, url: str, token: str, path: str, *options: str) -> None:
    """Run the design `name`; `bare` is aiohttp alone. None pays for what another one imports."""
    if name == "bare":
        from benchmarks.rivals.bare import post_bare

        await post_bare(url, token, Path(path))
    else:
        from benchmarks.rivals.connecting import stay

        client = getattr(importlib.import_module(f"benchmarks.rivals.{name}"), CLIENTS[name])
        await stay(client(Path(path), at_once="at-once" in options), url, token)


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
