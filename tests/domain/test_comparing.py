"""What a new content changes against an old one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.comparing import ContentDiff, ContentKind, DateChange, KindChanges, compare_contents
from bot.domain.entries import Deadline, Tag
from bot.domain.knowledge_base import KnowledgeBase
from bot.domain.schedules import Occurrence
from bot.knowledge.files import ContentFiles
from bot.knowledge.loading import load_files
from tests.domain.strategies import calendars, deadline
from tests.small import NOW, SMALL, WORDING

DAY, YEARLY = "2026-12-03", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=3"

_GROUND = 'sources: [archive], as_of: "2026-07-04"'
FILES = {
    **SMALL,
    "treaties.yaml": f"- {{id: pact, name: A pact, short: Pact, kind: consultation, signed: 1950, obligation: They talk., parties: [{{country: AA}}, {{country: BB}}], {_GROUND}}}\n",
    "countries.yaml": f"- {{id: AA, name: Aland, {_GROUND}}}\n- {{id: BB, name: Bland, {_GROUND}}}\n",
    "banned.yaml": "- {id: gossip, host: gossip.example, why: made up}\n",
}
"""The small content with an entry of each kind that it lacks."""


def _read(**changed: str) -> KnowledgeBase:
    """Return the small knowledge base, read anew; `changed` are texts of files by the name of their folder."""
    files = {name: changed.get(name.split("/", maxsplit=1)[0].removesuffix(".yaml"), text) for name, text in FILES.items()}
    loaded = load_files(ContentFiles("content", tuple(sorted((name, text.encode()) for name, text in files.items()))))
    assert loaded.knowledge is not None, loaded.problems
    return loaded.knowledge


@cache
def _small() -> KnowledgeBase:
    return _read()


def _with(*deadlines: Deadline) -> KnowledgeBase:
    return replace(_small(), deadlines=deadlines)


def _only(diff: ContentDiff) -> KindChanges:
    (changes,) = diff.kinds
    return changes


def _dates(before: Deadline | None, after: Deadline | None, now: datetime = NOW) -> list[tuple[str, str]]:
    """Return the keys (old, new) of every date that changes."""
    diff = compare_contents(_with(*filter(None, [before])), _with(*filter(None, [after])), now)
    return [(change.old.key if change.old else "", change.new.key if change.new else "") for change in diff.dates]


def test_a_content_read_twice_does_not_differ() -> None:
    """Two readings of the same files are equal, entry by entry, though no object is the same and a date was looked up in one."""
    one, other = _read(), _read()
    assert one.find_next_deadline(one.topics[0], NOW)
    assert one.topics[0] is not other.topics[0]
    diff = compare_contents(one, other, NOW)
    assert diff == ContentDiff(kinds=(), dates=())
    assert not diff


CHANGES: list[tuple[str, str, str, tuple[str, str]]] = [
    ("topics", "They fought the same enemy.", "They had one enemy.", ("wartime", "The wartime coalition")),
    ("events", "No successor was signed.", "None followed.", ("expiry", "The last arms treaty expires")),
    ("deadlines", "They may talk.", "They may speak.", ("summit", "A summit")),
    ("treaties", "They talk.", "They meet.", ("pact", "A pact")),
    ("countries", "name: Bland", "name: Blandia", ("BB", "Blandia")),
    ("glossary", "A state bound by", "A state that is bound by", ("ally", "Ally")),
    ("tags", "title: NATO", "title: The alliance", ("nato", "The alliance")),
    ("eras", "title: Since 2025", "title: Today", ("today", "Today")),
    ("sources", "title: Elbe Day", "title: Elbe", ("archive", "An archive: Elbe")),
    ("banned", "made up", "invented", ("gossip", "gossip.example")),
    ("wording", "today: today", "today: this very day", ("dates.today", "dates.today")),
]


@pytest.mark.parametrize(("kind", "old", "new", "named"), CHANGES, ids=[change[0] for change in CHANGES])
def test_a_change_is_told_under_its_kind(kind: str, old: str, new: str, named: tuple[str, str]) -> None:
    """One changed text is one changed entry of its kind, called as it is called now; no date changes with it."""
    text = next(text for name, text in FILES.items() if name.startswith(kind))
    assert old in text
    diff = compare_contents(_small(), _read(**{kind: text.replace(old, new, 1)}), NOW)
    assert diff
    assert diff.dates == ()
    assert _only(diff) == KindChanges(kind=kind, changed=(named[0],), titles=dict([named]))


def test_every_kind_of_content_is_compared() -> None:
    """The table above leaves no kind out."""
    assert [kind for kind, *_ in CHANGES] == list(ContentKind)


def test_lines_of_a_table_in_the_wording_are_told_one_by_one() -> None:
    """A line within a table goes by all its keys; the names of the months are one line."""
    words = WORDING.replace('confirmed: "Confirmed', 'confirmed: "Sure', 1).replace("January,", "Januar,")
    changes = _only(compare_contents(_small(), _read(wording=words), NOW))
    assert changes.changed == ("dates.months", "common.confidence.confirmed")


def test_what_was_removed_is_called_as_it_was() -> None:
    """Ids keep the order of their content, and what is gone its old title."""
    tags = "- {id: peace, title: Peace}\n- {id: nato, title: NATO}\n- {id: art, title: Art}\n"
    changes = _only(compare_contents(_small(), _read(tags=tags), NOW))
    assert (changes.added, changes.changed, changes.removed) == (("peace", "art"), (), ("war",))
    assert changes.titles == {"peace": "Peace", "art": "Art", "war": "The war"}


def test_another_order_is_no_difference() -> None:
    """The same entries written in another order change nothing."""
    assert not compare_contents(_with(deadline(DAY), deadline(DAY, id="b")), _with(deadline(DAY, id="b"), deadline(DAY)), NOW)


def _reworded(entry: Deadline) -> Deadline:
    return entry.model_copy(update={"when": entry.when.model_copy(update={"rhythm": "yearly"})})


DATES: list[tuple[str, Deadline | None, Deadline | None, list[tuple[str, str]]]] = [
    ("a typo", deadline(DAY), deadline(DAY, title="A typo put right"), []),
    ("the words for a rule", deadline(YEARLY), _reworded(deadline(YEARLY)), []),
    ("moved", deadline(DAY), deadline("2026-12-05"), [(DAY, "2026-12-05")]),
    ("a day added", deadline(DAY), deadline("2026-12-03/2026-12-04"), [(DAY, "2026-12-03/2026-12-04")]),
    ("added", None, deadline(DAY), [("", DAY)]),
    ("removed", deadline(DAY), None, [(DAY, "")]),
    ("less certain", deadline(DAY), deadline(DAY, status="tentative"), [(DAY, DAY)]),
    ("cancelled", deadline(DAY), deadline(DAY, status="cancelled"), [(DAY, DAY)]),
    ("superseded and moved", deadline(DAY), deadline("2026-12-05", status="superseded"), [(DAY, "2026-12-05")]),
    ("a recurring one cancelled", deadline(YEARLY), deadline(YEARLY, status="cancelled"), [(DAY, DAY)]),
    ("passed", deadline("2026-11-02"), deadline("2026-11-02", status="passed"), [("2026-11-02", "2026-11-02")]),
    ("put right in the past", deadline("2026-11-02"), deadline("2026-11-01"), [("2026-11-02", "2026-11-01")]),
    ("a rule with the same next date", deadline(YEARLY), deadline("FREQ=WEEKLY;BYDAY=TH"), [(DAY, "2026-11-26")]),
    ("a rule that has ended", deadline("FREQ=MONTHLY;UNTIL=20200301"), deadline(DAY), [("2020-03-01", DAY)]),
    ("outcome reworded", deadline(DAY, status="passed"), deadline(DAY, status="passed", outcome="Held."), [(DAY, DAY)]),
]


@pytest.mark.parametrize(("before", "after", "expected"), [row[1:] for row in DATES], ids=[row[0] for row in DATES])
def test_dates_that_change(before: Deadline | None, after: Deadline | None, expected: list[tuple[str, str]]) -> None:
    """A date change is told for a schedule, a status or an outcome, with the occurrence ahead or, of what is over, the last one."""
    assert _dates(before, after) == expected


def test_the_occurrence_is_the_one_ahead_at_that_moment() -> None:
    """The same change of a rule names another year's date a year later."""
    early, late = deadline(YEARLY), deadline(YEARLY.replace("DAY=3", "DAY=4"))
    assert _dates(early, late) == [(DAY, "2026-12-04")]
    assert _dates(early, late, datetime(2027, 1, 1, tzinfo=UTC)) == [("2027-12-03", "2027-12-04")]


def test_dates_come_by_the_new_date() -> None:
    """Changes are sorted by the date that holds from now on; a removed deadline stands where it was."""
    old = _with(deadline("2026-12-01", id="a"), deadline("2026-12-02", id="b"), deadline("2026-12-07", id="c"))
    new = _with(deadline("2026-12-09", id="a"), deadline("2026-12-08T12:00 UTC", id="b"), deadline("2026-11-30", id="d"))
    assert [change.deadline.id for change in compare_contents(old, new, NOW).dates] == ["d", "c", "b", "a"]


def _knowledge_bases() -> st.SearchStrategy[KnowledgeBase]:
    tags = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("xy"), max_size=5)
    return st.builds(
        lambda drawn, titles: replace(_small(), deadlines=drawn, tags=tuple(Tag(id=i, title=title) for i, title in titles.items())),
        calendars(date(2026, 11, 22)),
        tags,
    )


def _applied(old: list[str], changes: KindChanges | None) -> set[str]:
    return (set(old) - set(changes.removed)) | set(changes.added) if changes else set(old)


def _swapped(diff: ContentDiff) -> tuple[Any, ...]:
    """Return what the comparison the other way round must give, apart from order and titles."""
    kinds = [(c.kind, set(c.removed), set(c.changed), set(c.added)) for c in diff.kinds]
    return kinds, {c.deadline.id: (c.after, c.before, c.new, c.old) for c in diff.dates}


def _plain(diff: ContentDiff) -> tuple[Any, ...]:
    kinds = [(c.kind, set(c.added), set(c.changed), set(c.removed)) for c in diff.kinds]
    return kinds, {c.deadline.id: (c.before, c.after, c.old, c.new) for c in diff.dates}


@settings(max_examples=150)
@given(_knowledge_bases(), _knowledge_bases())
def test_a_diff_leads_from_one_content_to_the_other(old: KnowledgeBase, new: KnowledgeBase) -> None:
    """Adding and removing what a diff names gives the new ids, what it does not name is equal, and swapped it is its own mirror."""
    diff = compare_contents(old, new, NOW)
    by_kind = {changes.kind: changes for changes in diff.kinds}
    for kind, before, after in (("deadlines", old.deadlines, new.deadlines), ("tags", old.tags, new.tags)):
        changes = by_kind.get(kind)
        assert _applied([e.id for e in before], changes) == {e.id for e in after}
        named = {*changes.added, *changes.changed, *changes.removed} if changes else set()
        assert {e for e in before if e.id not in named} == {e for e in after if e.id not in named}
    assert _swapped(diff) == _plain(compare_contents(new, old, NOW))


@settings(max_examples=60)
@given(_knowledge_bases(), st.booleans())
def test_a_diff_with_itself_is_empty(knowledge: KnowledgeBase, copies: bool) -> None:
    """Nothing differs from itself, nor from a copy."""
    copied = replace(knowledge, deadlines=tuple(d.model_copy(deep=True) for d in knowledge.deadlines)) if copies else knowledge
    assert not compare_contents(knowledge, copied, NOW)


@settings(max_examples=100)
@given(_knowledge_bases(), _knowledge_bases())
def test_dates_are_among_the_changed_deadlines(old: KnowledgeBase, new: KnowledgeBase) -> None:
    """A date change belongs to a deadline that the diff names, has an occurrence for each side, and comes in order of date."""
    diff = compare_contents(old, new, NOW)
    named = {i for changes in diff.kinds if changes.kind == "deadlines" for i in (*changes.added, *changes.changed, *changes.removed)}
    assert {change.deadline.id for change in diff.dates} <= named
    assert all(_is_whole(change) for change in diff.dates)
    moments = [_moment(change) for change in diff.dates]
    assert moments == sorted(moments)


def _is_whole(change: DateChange) -> bool:
    return (change.before is None) == (change.old is None) and (change.after is None) == (change.new is None)


def _moment(change: DateChange) -> datetime:
    occurrence: Occurrence | None = change.new or change.old
    assert occurrence is not None
    return occurrence.reckoned_at
