"""The messages of all channels, in order, and the nonces by which Discord knows one that it has taken already."""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.loopback.messages import Message, resolve_pings
from tests.loopback.places import BOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.loopback.places import Channel, Snowflakes, User


class MessageStore:
    """What was posted; the newest message has the greatest id."""

    def __init__(self, snowflakes: Snowflakes) -> None:
        """Start empty."""
        self.messages: list[Message] = []
        self.nonce_window = 180.0
        self._snowflakes = snowflakes
        self._of_channel: dict[int, list[Message]] = defaultdict(list)
        self._by_nonce: dict[tuple[int, str], Message] = {}

    def post(self, channel: Channel, body: Mapping[str, Any], author: User = BOT) -> Message:
        """Store a message, or return the one that the same nonce brought to the channel within the window."""
        key = (channel.id, str(body.get("nonce")))
        enforced = author is BOT and bool(body.get("enforce_nonce")) and body.get("nonce") is not None
        first = self._by_nonce.get(key) if enforced else None
        if first is not None and time.monotonic() - first.posted_at < self.nonce_window:
            return first
        message = Message(self._snowflakes.next(), channel, author, nonce=body.get("nonce"), reference=body.get("message_reference"))
        message.change(body)
        message.pings = resolve_pings(message)
        if enforced:
            self._by_nonce[key] = message
        self.messages.append(message)
        channel.last_message_id = message.id
        self._of_channel[channel.id].append(message)
        return message

    def edit(self, message: Message, body: Mapping[str, Any]) -> None:
        """Change a message; nobody is pinged again."""
        message.change(body)
        message.edited = datetime.now(UTC).isoformat()

    def delete(self, message: Message) -> None:
        """Take a message away; its nonce is still known."""
        self.messages.remove(message)
        self._of_channel[message.channel.id].remove(message)

    def of(self, channel: Channel) -> list[Message]:
        """Return a channel's messages, the oldest first."""
        return list(self._of_channel.get(channel.id, ()))

    def count(self, channel: Channel | None) -> int:
        """Return how many messages there are, in one channel or in all."""
        return len(self.messages) if channel is None else len(self._of_channel.get(channel.id, ()))

    def find(self, channel: Channel, message: int) -> Message | None:
        """Return one message."""
        messages = self._of_channel.get(channel.id, [])
        index = bisect_left(messages, message, key=_id)
        return messages[index] if index < len(messages) and messages[index].id == message else None

    def page(self, channel: Channel, query: Mapping[str, str], limit: int) -> list[Message]:
        """Return the messages before, after or around an id, or the last ones; the newest first."""
        messages = self._of_channel.get(channel.id, [])
        if "around" in query:
            middle = bisect_left(messages, int(query["around"]), key=_id)
            start = max(0, middle - limit // 2)
        elif "after" in query:
            start = bisect_right(messages, int(query["after"]), key=_id)
        else:
            end = bisect_left(messages, int(query["before"]), key=_id) if "before" in query else len(messages)
            start, limit = max(0, end - limit), min(limit, end)
        return messages[start : start + limit][::-1]


def _id(message: Message) -> int:
    return message.id
