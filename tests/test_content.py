"""The real content: sound, complete, and careful about what it cannot know."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from bot.domain.entries import Standing, State
from bot.domain.schedules import Recurring, next_occurrences
from bot.domain.statements import Rank
from bot.knowledge.auditing import count_coverage, list_link_faults
from bot.knowledge.checking import check
from bot.knowledge.loading import load
from tests.conftest import CONTENT, NOW

if TYPE_CHECKING:
    from bot.domain.knowledge_base import KnowledgeBase
    from bot.domain.schedules import Occurrence
    from bot.knowledge.snapshot import Snapshot

TRAIL_ENDS = date(2026, 7, 5)
"""The last day of which anything is known for certain."""

TOPICS = {
    "adversary-or-rival",
    "anchorage-and-calls",
    "china",
    "cold-war",
    "cyber",
    "inspections",
    "lend-lease",
    "nato-article-5",
    "new-start",
    "nineties",
    "normalization-versus-alliance",
    "pacts-north-korea-iran",
    "reset",
    "sanctions",
    "spheres-of-influence",
    "turn-of-2025",
    "ukraine-war-and-talks",
    "verdict",
    "wartime-alliance",
    "what-an-ally-is",
    "what-to-watch",
    "whom-to-read",
}

BANNED = {"wikipedia.org", "menafn.com", "rt.com", "sputnikglobe.com", "news-pravda.com", "monexus.net", "bit.ly"}
"""Of each reason for which a host is banned, one; the list itself is part of the content."""


@pytest.fixture
def base(snapshot: Snapshot) -> KnowledgeBase:
    """The real knowledge base."""
    return snapshot.knowledge


def test_the_content_has_no_problems(base: KnowledgeBase) -> None:
    """Nothing is wrong with the real content, not even a warning; that every card fits Discord was proven as it was opened."""
    loaded = load(CONTENT)
    assert [str(problem) for problem in check(loaded, NOW)] == []
    assert loaded.knowledge == base


def test_every_topic_of_the_mission_exists(base: KnowledgeBase) -> None:
    """Each question the bot was made for has its answer, the verdict first."""
    assert {topic.id for topic in base.topics} >= TOPICS
    assert base.topics[0].id == "verdict"


def test_the_verdict_is_no(base: KnowledgeBase) -> None:
    """The first word of the first answer is No, and the matter is not closed."""
    verdict = base.topics[0]
    assert verdict.answer.startswith("No")
    assert verdict.state is State.DEVELOPING
    assert verdict.unknown_after is not None
    assert verdict.unknown_after.date <= TRAIL_ENDS


def test_new_start_is_said_to_have_expired(base: KnowledgeBase) -> None:
    """The answer, the timeline and the dates agree that New START expired on 5 February 2026."""
    topic = next(t for t in base.topics if t.id == "new-start")
    event = next(e for e in base.events if e.id == "new-start-expiry")
    deadline = next(d for d in base.deadlines if d.id == "new-start-expiry")
    assert "expired on 5 February 2026" in topic.answer
    assert topic.state is State.DEVELOPING  # the treaty is over, what follows it is not
    assert "expires" in event.title
    assert (str(event.date), deadline.standing(NOW)) == ("2026-02-05", Standing.ENDED)
    assert deadline.when.first_day == date(2026, 2, 5)


def test_the_verdict_says_that_the_treaty_is_over(base: KnowledgeBase) -> None:
    """The verdict, too, names the end of New START with its day."""
    assert "expired on 5 February 2026" in base.topics[0].body


def test_no_event_lies_after_the_trail_ends(base: KnowledgeBase) -> None:
    """Nothing is told as having happened after 5 July 2026."""
    assert [event.id for event in base.events if event.date.last > TRAIL_ENDS] == []


def test_no_source_is_newer_than_the_trail(base: KnowledgeBase) -> None:
    """No source was published after 5 July 2026, but for the notice of September that the date of one executive order rests on."""
    later = [source.id for source in base.sources if source.published and source.published.first > TRAIL_ENDS]
    assert later == ["fr-eo-13848-2026"]


def test_no_outcome_is_claimed_after_the_trail_ends(base: KnowledgeBase) -> None:
    """A deadline that passed later than anything is known says since when its outcome is unknown, and has none."""
    later = [d for d in base.deadlines if not isinstance(d.when, Recurring) and d.when.first_day > TRAIL_ENDS]
    passed = [d for d in later if d.find_next(NOW) is None]
    assert passed
    assert [d.id for d in later if d.outcome] == []
    assert [d.id for d in passed if d.unknown_after is None or d.standing(NOW) is not Standing.OUTCOME_UNKNOWN] == []


def test_what_has_moved_since_says_where_the_trail_ends(base: KnowledgeBase) -> None:
    """Every topic with events that is still moving says after which day nothing is known here."""
    moving = [topic for topic in base.topics if topic.state is State.DEVELOPING and topic.events]
    assert moving
    assert [topic.id for topic in moving if topic.unknown_after is None] == []


def test_what_is_no_source_is_banned(base: KnowledgeBase) -> None:
    """Encyclopedias that anybody edits, copiers, machines, networks and shorteners are banned; that no source stands there is checked above."""
    assert {banned.host for banned in base.banned} >= BANNED


def test_nearly_every_event_and_treaty_has_a_source_of_first_rank(base: KnowledgeBase) -> None:
    """Nine of ten events and treaties stand on a primary source, an institute, a party for itself or a paper of record."""
    assert base.events
    rows = {row.kind: row for row in count_coverage(load(CONTENT))}
    assert [row for kind in ("events", "treaties") if (row := rows[kind]).first_rank * 10 < row.entries * 9] == []


def test_no_address_ages_badly() -> None:
    """Every address is https, names a host and carries nothing that follows readers."""
    assert [str(problem) for problem in list_link_faults(load(CONTENT))] == []


def test_every_topic_has_a_source_of_rank(base: KnowledgeBase) -> None:
    """No answer rests only on what a party says of itself."""
    assert [t.id for t in base.topics if all(s.rank is Rank.PARTY for s in base.list_sources(t.all_sources))] == []


def test_every_deadline_occurs_lazily(base: KnowledgeBase) -> None:
    """Occurrences are made one by one, ascending and from the day asked for on; no list of them is kept."""
    start = date(2026, 11, 22)
    for deadline in base.deadlines:
        occurrences: Iterator[Occurrence] = deadline.when.occurrences(start)
        assert isinstance(occurrences, Iterator)
        found = list(islice(occurrences, 20))
        assert all(occurrence.last >= start for occurrence in found)
        assert [o.first for o in found] == sorted({o.first for o in found})
        assert len(found) == 20 if isinstance(deadline.when, Recurring) else len(found) <= 1


def test_every_recurring_deadline_renews_for_good(base: KnowledgeBase) -> None:
    """A recurring deadline comes within a year of any day, this century's last as well."""
    recurring = [deadline for deadline in base.deadlines if isinstance(deadline.when, Recurring)]
    assert recurring
    for deadline in recurring:
        for start in (date(2026, 11, 22), date(2050, 2, 28), date(2099, 12, 31)):
            (following,) = next_occurrences(deadline.when, start, 1)
            assert start <= following.first <= start + timedelta(days=366)
