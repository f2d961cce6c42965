"""Cards are drawn once a minute, and never from old knowledge."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.chat.layout import Scene
from bot.chat.rendering import MAX_KEPT, Renderer
from bot.domain.screens import AnswerScreen, TimelineScreen
from bot.knowledge.snapshot import Snapshot


def test_a_card_is_drawn_once_a_minute(scene: Scene) -> None:
    """Within a minute the same card is given out; in the next it is drawn anew."""
    renderer, screen = Renderer("1"), AnswerScreen("verdict")
    first = renderer.draw(scene, screen)
    assert renderer.draw(replace(scene, now=scene.now + timedelta(seconds=59)), screen) is first
    assert renderer.draw(replace(scene, now=scene.now + timedelta(seconds=60)), screen) is not first


def test_new_knowledge_is_drawn_at_once(scene: Scene) -> None:
    """A card drawn from an earlier snapshot is never given out, even in the same minute."""
    renderer, screen = Renderer("1"), AnswerScreen("verdict")
    first = renderer.draw(scene, screen)
    reloaded = replace(scene, snapshot=Snapshot.of(scene.snapshot.knowledge))
    assert renderer.draw(reloaded, screen) is not first


def test_what_is_kept_is_bounded(scene: Scene) -> None:
    """However many different pages are asked for in a minute, only so many are kept."""
    renderer = Renderer("1")
    for number in range(MAX_KEPT * 2 + 1):
        renderer.draw(scene, TimelineScreen(search=f"x{number}"))
        assert len(renderer._kept) <= MAX_KEPT
