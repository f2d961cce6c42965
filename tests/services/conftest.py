"""The small knowledge base, indexed, for use cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.knowledge.loading import load
from bot.knowledge.snapshot import Snapshot
from tests.small import SMALL, write_content

if TYPE_CHECKING:
    from bot.domain.knowledge_base import KnowledgeBase


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
