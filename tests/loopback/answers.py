"""The answers of REST: JSON in the form that discord.py reads, and Discord's refusals with their codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

_VIA = {"Via": "1.1 google"}
"""What Discord's edge adds; without it discord.py takes a 429 for a ban by Cloudflare."""

_REFUSALS = {
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10008: (404, "Unknown Message"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    40033: (400, "This message has already been crossposted"),
    40060: (400, "Interaction has already been acknowledged"),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50013: (403, "Missing Permissions"),
    50024: (400, "Cannot execute action on this channel type"),
    50035: (400, "Invalid Form Body"),
    50068: (400, "Invalid message type"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
}


class RefusedError(Exception):
    """A request that Discord refuses, with Discord's own code."""

    def __init__(self, code: int) -> None:
        """Refuse with a code; its status and sentence come from Discord's table."""
        self.code = code
        self.status, self.sentence = _REFUSALS[code]
        super().__init__(self.sentence)

    def response(self) -> web.Response:
        """Return the answer that tells it."""
        return refusal(self.status, self.code, self.sentence)


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return an answer whose content type is exactly application/json: only then does discord.py read it as JSON."""
    return web.Response(
        body=json.dumps(body).encode(),
        status=status,
        content_type="application/json",
        headers=_VIA if headers is None else {**_VIA, **headers},
    )


def refusal(status: int, code: int = 0, sentence: str | None = None) -> web.Response:
    """Return an error as Discord writes it; the sentence defaults to the one of the code."""
    _, known = _REFUSALS.get(code, (status, f"{status}: {web.Response(status=status).reason}"))
    return answer({"message": sentence or known, "code": code}, status)
