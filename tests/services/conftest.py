"""The small knowledge base, indexed, for use cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.knowledge.loading import load
from bot.knowledge.snapshot import Snapshot
from tests.services.telling import narrator_of
from tests.small import SMALL, write_content

if TYPE_CHECKING:
    from bot.domain.knowledge_base import KnowledgeBase
    from bot.domain.treaty_wording import AllianceWords
    from bot.services.narrating import Narrator


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Two topics, two events, three deadlines and a term."""
    loaded = load(write_content(tmp_path_factory.mktemp("content"), SMALL))
    assert loaded.knowledge is not None, loaded.problems
    return Snapshot.of(loaded.knowledge)


@pytest.fixture
def base(small: Snapshot) -> KnowledgeBase:
    """The small knowledge base itself."""
    return small.knowledge


@pytest.fixture
def narrator(snapshot: Snapshot) -> Narrator:
    """Tells about the made-up countries in the real wording."""
    return narrator_of(snapshot)


@pytest.fixture
def words(narrator: Narrator) -> AllianceWords:
    """The real wording."""
    return narrator.phrases.words.alliances
