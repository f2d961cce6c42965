"""What a person sees in a message: its texts, buttons and selects, read from the payload the bot sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Component = dict[str, Any]


def walk(components: list[Component]) -> Iterator[Component]:
    """Yield every component, those within others included."""
    for component in components:
        yield component
        yield from walk(component.get("components", []))
        if accessory := component.get("accessory"):
            yield accessory


def text_of(result: Any) -> str:
    """Return everything that can be read in the answer to a command or control."""
    message = result.response
    texts = [c["content"] for c in walk(message.components) if "content" in c]
    return "\n".join([message.content or "", *texts])


def labels_of(result: Any) -> dict[str, Component]:
    """Return the buttons by label."""
    return {c["label"]: c for c in walk(result.response.components) if c["type"] == 2}


def options_of(result: Any) -> list[Component]:
    """Return the options of the first select."""
    options: list[Component] = next(c["options"] for c in walk(result.response.components) if c["type"] == 3)
    return options
