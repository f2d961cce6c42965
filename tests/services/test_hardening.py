"""Questions that once went without an answer."""

from __future__ import annotations

from pathlib import Path

from bot.domain.dates import PartialDate
from bot.domain.screens import DeadlinesScreen
from bot.knowledge.loading import load
from bot.knowledge.snapshot import Snapshot
from bot.services.answering import Found, find_answer, id_of, screen_of
from bot.services.browsing import list_events, list_occurrences, parse_timeline
from tests.conftest import CONTENT
from tests.small import NOW, SMALL, write_content


def _small(folder: Path) -> Snapshot:
    knowledge = load(write_content(folder, SMALL)).knowledge
    assert knowledge
    return Snapshot.of(knowledge)


def test_timeline_from_0800_is_answered(tmp_path: Path) -> None:
    """Timeline from 0800 is answered."""
    small = _small(tmp_path)
    assert len(list_events(small, parse_timeline(small, "0800", None, None, None))) == 2


def test_every_id_leads_to_its_answer() -> None:
    """Every id leads to its answer."""
    knowledge = load(CONTENT).knowledge
    assert knowledge
    snapshot = Snapshot.of(knowledge)
    assert [id_of(a) for a in snapshot.answers if find_answer(snapshot, id_of(a)) != Found(screen_of(a))] == []


def test_nonsense_is_answered_with_few_answers(tmp_path: Path) -> None:
    """Nonsense is answered with few answers."""
    one = {
        "topics/all.yaml": SMALL["topics/all.yaml"].split("- id: wartime")[0].replace("related: [wartime]", "related: []"),
        "glossary/all.yaml": SMALL["glossary/all.yaml"].replace("ally", "b"),
    }
    del one["glossary/all.yaml"]
    knowledge = load(write_content(tmp_path, {**{k: v for k, v in SMALL.items() if k != "glossary/all.yaml"}, **one})).knowledge
    assert knowledge
    find_answer(Snapshot.of(knowledge), "xyzzyq")


def test_dates_at_the_end_of_the_calendar(tmp_path: Path) -> None:
    """Dates at the end of the calendar."""
    list_occurrences(_small(tmp_path), DeadlinesScreen(), (PartialDate(9999), None), NOW)
