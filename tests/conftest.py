"""Fixtures that several rooms share."""

from __future__ import annotations

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
