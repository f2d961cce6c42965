"""Fixtures that several rooms share."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from bot.app import open_knowledge
from bot.chat.layout import Scene
from bot.services.phrasing import Phrases

if TYPE_CHECKING:
    from bot.knowledge.snapshot import CurrentSnapshot, Snapshot

settings.register_profile("detente", deadline=None)  # a busy machine is no failure
settings.load_profile("detente")

CONTENT = Path(__file__).resolve().parent.parent / "content"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""The day the content was written for."""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run twice as many workers as there are cores: the long tests mostly wait for processes."""
    return 2 * (os.cpu_count() or 2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long stories, then with the other tests of whole processes, so that no worker is left with one of them at the end."""
    here = Path(__file__).parent
    items.sort(key=lambda item: (item.get_closest_marker("processes") is None, item.path.parent != here))


@pytest.fixture(scope="session")
def knowledge() -> CurrentSnapshot:
    """The real content."""
    return open_knowledge(CONTENT, NOW)


@pytest.fixture
def snapshot(knowledge: CurrentSnapshot) -> Snapshot:
    """The real content, indexed."""
    return knowledge.current


@pytest.fixture
def scene(snapshot: Snapshot) -> Scene:
    """The real content on 22 November 2026."""
    return Scene(snapshot, Phrases(snapshot.knowledge.wording), NOW)
