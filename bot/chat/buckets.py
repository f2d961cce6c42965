"""discord.py's rate-limit buckets, one for each channel lately posted to, swept now and then.

Whenever a request goes to a channel that has no bucket, discord.py 2.7.1 looks through all of them for those that rest for five minutes:
at 40 messages a second, each to another channel, through 12,000 for every message. Nothing but when it looks is changed here: no bucket
is forgotten sooner than by discord.py alone, so every limit that Discord has told holds as it did.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from discord.http import HTTPClient

SWEPT_EVERY = 30.0
"""Seconds between two looks. Buckets live for 300, so that is a tenth more of them in memory, and eleven looked at for each new one."""


def sweep_seldom(http: HTTPClient, every: float = SWEPT_EVERY) -> None:
    """Let `http` look for buckets to forget once in `every` seconds at most."""
    # There is no public way; see tests/chat/test_buckets.py, which tells when discord.py has another one.
    sweep, next_at = http._try_clear_expired_ratelimits, -math.inf  # noqa: SLF001

    def sweep_if_due() -> None:
        nonlocal next_at
        now = asyncio.get_running_loop().time()
        if now >= next_at:
            next_at = now + every
            sweep()

    http._try_clear_expired_ratelimits = sweep_if_due  # type: ignore[method-assign] # noqa: SLF001
