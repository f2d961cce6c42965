"""What happened, in order: each line counts towards the digest, so that two runs of one seed can be told to be the same."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

BEGINNING = datetime(2026, 11, 1, tzinfo=UTC)
"""When every simulated year begins; clocks change in it on both halves of the Earth."""


def true_time() -> datetime:
    """Return the made-up time (aware UTC), as clocks that are right show it."""
    return BEGINNING + timedelta(seconds=asyncio.get_running_loop().time())


class Journal:
    """Lines of (when, what, details)."""

    def __init__(self, *, is_traced: bool = False) -> None:
        """Begin empty; `is_traced` prints each line."""
        self.lines: list[tuple[datetime, str, dict[str, Any]]] = []
        self._hash = hashlib.sha256()
        self._is_traced = is_traced

    def note(self, what: str, **details: Any) -> None:
        """Write a line."""
        line = (true_time(), what, details)
        self.lines.append(line)
        self._hash.update(f"{line[0].timestamp():.6f} {what} {details}\n".encode())
        if self._is_traced:
            print(show(line))  # noqa: T201 - asked for

    @property
    def digest(self) -> str:
        """The first hexadecimal digits of a hash over everything so far."""
        return self._hash.hexdigest()[:16]

    def about(self, limit: int = 40, **wanted: Any) -> list[str]:
        """Return the last lines of which a detail is one of the `wanted` (name=value), and those of the whole world among them."""
        found = []
        for line in reversed(self.lines):
            named = [line[2][name] == value for name, value in wanted.items() if name in line[2]]
            if any(named) or (not named and not line[2].keys() & {"guild", "channel", "subscription"}):
                found.append(show(line))
            if len(found) == limit:
                break
        return found[::-1]


def show(line: tuple[datetime, str, dict[str, Any]]) -> str:
    """Return a line for people."""
    at, what, details = line
    return f"{at:%Y-%m-%d %H:%M:%S.%f} {what} " + " ".join(f"{name}={value}" for name, value in details.items())
