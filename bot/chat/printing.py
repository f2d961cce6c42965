"""Posts, drawn once for many channels: what differs from one to the next is put into a plate of the first.

That is whom a message mentions, the subscriptions' own lines, and the message's id in the buttons below. All else depends on what is told,
on the zone it is told in and, for the room there is, on the length of the lines above it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from bot.chat.cards.posts import headings, post_card
from bot.chat.keeping import Drawn

if TYPE_CHECKING:
    from bot.chat.layout import Scene
    from bot.services.messaging import Post

    Component = dict[str, Any]

MAX_KEPT = 256
"""Plates kept at most; a channel with lines of its own has one of its own."""

_OWN = re.compile(r"(v1:go:post-[a-z]+:)\d+(;\d+)")
"""The custom_id of a button that carries the message's id."""


@dataclass(frozen=True, slots=True)
class Plate:
    """A card taken apart: its container, as many texts above as it has, what it is about, and the row of buttons below."""

    like: Post
    """The post it was drawn for: what it tells goes by identity, so it has to stay."""

    container: Component
    heads: tuple[Component, ...]
    body: tuple[Component, ...]
    row: Component

    @classmethod
    def of(cls, scene: Scene, post: Post, heads: int) -> Self:
        """Draw a post that has so many texts above what it is about."""
        (container,) = post_card(scene, post).to_components()  # type: ignore[no-untyped-call]
        *parts, row = container["components"]
        return cls(post, container, tuple(parts[:heads]), tuple(parts[heads:]), row)

    def print(self, post: Post, heads: tuple[str, ...]) -> list[Component]:
        """Return the card of a post that differs from the first only in what stands above and in its id."""
        row = {**self.row, "components": [_readdress(button, post.message_id) for button in self.row["components"]]}
        texts = ({**head, "content": text} for head, text in zip(self.heads, heads, strict=True))
        return [{**self.container, "components": [*texts, *self.body, row]}]


def _readdress(button: Component, message_id: int) -> Component:
    own = _OWN.fullmatch(button["custom_id"])
    return {**button, "custom_id": f"{own[1]}{message_id}{own[2]}"} if own else button


class Printer:
    """Prints posts, with plates that are kept for the minute."""

    def __init__(self) -> None:
        """Begin without plates."""
        self._plates: Drawn[tuple[object, ...], Plate] = Drawn(MAX_KEPT)

    def print(self, scene: Scene, post: Post) -> list[Component]:
        """Return what Discord is to be sent of the card that `post_card` would draw."""
        plates, heads = self._plates.at(scene), headings(scene, post)
        told = tuple((i.kind, id(i.deadline), i.occurrence, i.due_at, i.previous) for i in post.items)
        key = (told, post.zone, *map(len, heads))
        if key not in plates:
            plates[key] = Plate.of(scene, post, len(heads))
        return plates[key].print(post, heads)
