"""Every private name of simcord that the demo and the tests lean on, in one place.

simcord is pinned exactly; tests/demo/test_seams.py tells when a new version has moved one of them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import simcord

if TYPE_CHECKING:
    from datetime import datetime

    from simcord.preview import Preview


def settle_fast() -> None:
    """Look for finished work every millisecond instead of every fifty."""
    defaults = simcord.Env._settle_internal.__kwdefaults__  # noqa: SLF001 - see the module
    if defaults is None or "idle" not in defaults:
        raise LookupError("simcord no longer has Env._settle_internal(idle=…)")
    defaults["idle"] = 0.001


def set_clock(env: simcord.Env, now: datetime) -> None:
    """Let the simulated world begin at `now` (aware UTC); call it before anything happens in it."""
    env.backend.clock._epoch = now  # noqa: SLF001 - see the module


def name_bot(env: simcord.Env, name: str) -> None:
    """Give the bot's user a name."""
    env.backend.bot_user.name = name


def count_messages(env: simcord.Env) -> int:
    """Return how many message events the world has seen: it grows whenever a page should be drawn again."""
    return sum(1 for kind, name, _ in env.backend.transcript if kind == "GATEWAY" and name.startswith("MESSAGE"))


def serialize_actions(preview: Preview) -> asyncio.Lock:
    """Make what viewers do wait while the returned lock is held; simcord refuses operations that overlap."""
    lock = asyncio.Lock()
    original = preview._action  # noqa: SLF001 - see the module

    async def waiting(*args: Any) -> Any:  # noqa: ANN401 - passes through
        async with lock:
            return await original(*args)

    preview._action = waiting  # type: ignore[method-assign,assignment]  # noqa: SLF001 - see the module
    return lock
