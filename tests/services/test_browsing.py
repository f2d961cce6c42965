"""Walking the timeline and the dates ahead."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.dates import PartialDate
from bot.domain.screens import DeadlinesScreen, TimelineScreen, read_address
from bot.errors import BadDateError, EmptyRangeError, EntryGoneError, SearchTooLongError, UnknownTagError, UserError
from bot.knowledge.searching import normalize
from bot.services.browsing import (
    ENTRIES_PER_PAGE,
    MAX_ADDRESS,
    Page,
    date_deadline,
    deadlines_page,
    find_event_page,
    find_tag,
    list_deadlines,
    list_era_pages,
    list_events,
    list_occurrences,
    list_tags,
    parse_timeline,
    timeline_page,
)
from tests.small import NOW

if TYPE_CHECKING:
    from bot.domain.knowledge_base import KnowledgeBase
    from bot.knowledge.snapshot import Snapshot

TYPED = [
    ((None, None, None, None), TimelineScreen()),
    (("1991", None, None, None), TimelineScreen(0, "1991")),
    (("25 December 1991", "2001", None, None), TimelineScreen(0, "1991-12-25", "2001")),
    (("1991", "1991-06", None, None), TimelineScreen(0, "1991", "1991-06")),
    ((None, None, " NATO ", None), TimelineScreen(tag="nato")),
    ((None, None, None, "  broken \n bridge "), TimelineScreen(search="broken bridge")),
    (("", "", "", ""), TimelineScreen()),
]

MISTYPED: list[tuple[tuple[str | None, ...], type[UserError], dict[str, object]]] = [
    (("soon", None, None, None), BadDateError, {"text": "soon"}),
    ((None, "1991-13", None, None), BadDateError, {"text": "1991-13"}),
    (("1992", "1991", None, None), EmptyRangeError, {"first": PartialDate(1992), "last": PartialDate(1991)}),
    ((None, None, "love", None), UnknownTagError, {"text": "love", "tags": "NATO, The war"}),
    ((None, None, None, "x" * MAX_ADDRESS), SearchTooLongError, {}),
    (("1991-12-25", "2001-09-11", "nato", "x" + ":" * 20), SearchTooLongError, {}),
]

FILTERED = [
    (TimelineScreen(), ["elbe", "expiry"]),
    (TimelineScreen(first="1946"), ["expiry"]),
    (TimelineScreen(first="1945-04-26"), ["expiry"]),
    (TimelineScreen(first="1945-04-25"), ["elbe", "expiry"]),
    (TimelineScreen(last="1945-04"), ["elbe"]),
    (TimelineScreen(last="1945-03"), []),
    (TimelineScreen(first="1945", last="1945"), ["elbe"]),
    (TimelineScreen(tag="war"), ["elbe"]),
    (TimelineScreen(search="bridge"), ["elbe"]),
    (TimelineScreen(search="2026"), ["expiry"]),
    (TimelineScreen(search="treaty bridge"), []),
    (TimelineScreen(topic="wartime"), ["elbe"]),
    (TimelineScreen(topic="verdict", tag="nato"), ["expiry"]),
]


@given(st.lists(st.integers(), max_size=40), st.integers(-5, 50))
def test_pages_cut_a_list_without_loss(items: list[int], number: int) -> None:
    """All pages together are the list, and a number past either end gives the nearest page."""
    page = Page.of(items, number)
    pages = [Page.of(items, n) for n in range(page.count)]
    assert [item for one in pages for item in one.items] == items
    assert page == pages[min(max(number, 0), page.count - 1)]
    assert page.total == len(items)
    assert list(page.items) == items[page.offset :][:ENTRIES_PER_PAGE]
    assert all(one.items for one in pages[1:])


@pytest.mark.parametrize(("typed", "screen"), TYPED)
def test_filters_are_read_as_typed(
    small: Snapshot, typed: tuple[str | None, str | None, str | None, str | None], screen: TimelineScreen
) -> None:
    """Dates, a tag and a search become the first page under them; what is empty filters nothing."""
    assert parse_timeline(small, *typed) == screen


@pytest.mark.parametrize(("typed", "error", "fields"), MISTYPED)
def test_filters_that_make_no_sense_are_refused(
    small: Snapshot, typed: tuple[str | None, str | None, str | None, str | None], error: type[UserError], fields: dict[str, object]
) -> None:
    """A bad date, an empty span, an unknown tag and too long a search each have an error that says what was typed."""
    with pytest.raises(error) as caught:
        parse_timeline(small, *typed)
    assert caught.value.fields == fields


@given(search=st.one_of(st.text(max_size=100), st.text(":;%é ", max_size=40)).filter(lambda text: text.strip() != "0"))
def test_a_search_fits_on_the_buttons_or_is_refused(small: Snapshot, search: str) -> None:
    """Whatever is searched for, the address of every page under it fits and leads back, or the search is refused; one without words is none."""
    shown = TimelineScreen(search=" ".join(search.split()) if normalize(search) else "")
    if len(shown.on_page(9999).address()) > MAX_ADDRESS:
        with pytest.raises(SearchTooLongError):
            parse_timeline(small, None, None, None, search)
    else:
        assert parse_timeline(small, None, None, None, search) == shown == read_address(shown.address())


@pytest.mark.parametrize(("screen", "expected"), FILTERED)
def test_events_under_filters(small: Snapshot, screen: TimelineScreen, expected: list[str]) -> None:
    """Filters take away events and keep the order by date."""
    assert [event.id for event in list_events(small, screen)] == expected
    assert [event.id for event in timeline_page(small, screen).items] == expected


@pytest.mark.parametrize("text", ["", None, "nato", "NATO", " Nato\n"])
def test_a_tag_is_known_by_id_or_title(base: KnowledgeBase, text: str | None) -> None:
    """A tag may be typed in any case; no text is no tag."""
    assert find_tag(base, text) == ("nato" if text else "")


@pytest.mark.parametrize(("text", "expected"), [("", ["nato", "war"]), ("w", ["war"]), ("THE", ["war"]), ("na", ["nato"]), ("x", [])])
def test_tags_are_suggested_by_the_beginning_of_a_word(base: KnowledgeBase, text: str, expected: list[str]) -> None:
    """Any word of the title, or the id, may be begun."""
    assert [tag.id for tag in list_tags(base, text)] == expected


@pytest.mark.parametrize("screen", [TimelineScreen(topic="gone"), DeadlinesScreen(topic="gone")])
def test_a_topic_that_is_gone_is_told(small: Snapshot, screen: TimelineScreen | DeadlinesScreen) -> None:
    """An old button that filters by a topic which no longer exists is answered, not failed."""
    with pytest.raises(EntryGoneError) as caught:
        _ = list_events(small, screen) if isinstance(screen, TimelineScreen) else list_deadlines(small, screen, NOW)
    assert caught.value.fields == {"name": "gone"}


def test_eras_with_events_name_their_first_page(snapshot: Snapshot) -> None:
    """Each era that has events under the filters leads to the page on which its first event stands."""
    for screen in (TimelineScreen(), TimelineScreen(tag="arms-control"), TimelineScreen(first="1991", last="2010")):
        events = list_events(snapshot, screen)
        eras = [era for era in snapshot.knowledge.eras if any(era.date.first <= e.date.first <= era.date.last for e in events)]
        found = list_era_pages(snapshot, screen)
        assert [era for era, _ in found] == eras
        for era, page in found:
            first = next(e for e in events if e.date.first >= era.date.first)
            assert first in timeline_page(snapshot, screen.on_page(page)).items


def test_every_event_stands_on_its_page(snapshot: Snapshot) -> None:
    """The page that an event leads back to holds it."""
    for event in snapshot.knowledge.events:
        assert event in timeline_page(snapshot, find_event_page(snapshot, event)).items


@pytest.mark.parametrize(
    ("screen", "expected"),
    [
        (DeadlinesScreen(), ["summit", "inaugural"]),
        (DeadlinesScreen(include_passed=True), ["summit", "inaugural", "vote"]),
        (DeadlinesScreen(tag="nato"), ["summit"]),
        (DeadlinesScreen(tag="nato", include_passed=True), ["summit", "vote"]),
        (DeadlinesScreen(topic="verdict", include_passed=True), ["summit", "inaugural"]),
        (DeadlinesScreen(topic="wartime", include_passed=True), []),
    ],
)
def test_deadlines_under_filters(small: Snapshot, screen: DeadlinesScreen, expected: list[str]) -> None:
    """What lies ahead comes first by date, what has passed after it and only if asked for."""
    assert [dated.deadline.id for dated in deadlines_page(small, screen, NOW).items] == expected


def test_deadlines_are_reckoned_at_the_hour_asked(small: Snapshot) -> None:
    """Years later one summit has passed and the yearly speech comes next in its own year."""
    later = datetime(2030, 1, 20, 12, tzinfo=UTC)
    dated = {
        d.deadline.id: (str(d.occurrence.first), d.is_ahead) for d in list_deadlines(small, DeadlinesScreen(include_passed=True), later)
    }
    assert dated == {"inaugural": ("2030-01-20", True), "summit": ("2026-12-03", False), "vote": ("2026-11-03", False)}


def test_passed_deadlines_come_latest_first(small: Snapshot) -> None:
    """Under what lies ahead, the newest of what has passed stands on top."""
    later = datetime(2030, 6, 1, tzinfo=UTC)
    listed = [d.deadline.id for d in list_deadlines(small, DeadlinesScreen(include_passed=True), later)]
    assert listed == ["inaugural", "summit", "vote"]


def test_all_occurrences_of_a_span(small: Snapshot) -> None:
    """Every occurrence of every deadline that touches the span is listed by date, with whether it lies ahead."""
    span = (PartialDate(2026), PartialDate(2028, 1))
    found = list_occurrences(small, DeadlinesScreen(), span, NOW)
    assert [(d.deadline.id, str(d.occurrence.first), d.is_ahead) for d in found] == [
        ("inaugural", "2026-01-20", False),
        ("vote", "2026-11-03", False),
        ("summit", "2026-12-03", True),
        ("inaugural", "2027-01-20", True),
        ("inaugural", "2028-01-20", True),
    ]


def test_occurrences_without_an_end_reach_five_years(small: Snapshot) -> None:
    """A span without bounds starts today and ends five years on."""
    found = list_occurrences(small, DeadlinesScreen(tag="war"), (None, None), NOW)
    assert [d.occurrence.first.year for d in found] == [2027, 2028, 2029, 2030, 2031]
    past = list_occurrences(small, DeadlinesScreen(), (None, PartialDate(2020)), NOW)
    assert past
    assert all(dated.occurrence.first.year <= 2020 and not dated.is_ahead for dated in past)


def test_every_real_deadline_can_be_dated(snapshot: Snapshot) -> None:
    """At any time, past or far ahead, each real deadline has an occurrence to show, over exactly if it is not ahead."""
    for year in (1940, 2026, 2027, 2100):
        now = datetime(year, 11, 22, 12, tzinfo=UTC)
        for deadline in snapshot.knowledge.deadlines:
            dated = date_deadline(deadline, now)
            assert dated.is_ahead is (deadline.find_next(now) is not None)
            assert not (dated.is_ahead and dated.occurrence.is_over(now))
