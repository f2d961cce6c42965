"""Domain values in words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from bot import errors
from bot.domain.dates import DateSpan, PartialDate
from bot.domain.entries import Deadline, Event
from bot.domain.schedules import Occurrence
from bot.domain.screens import TimelineScreen
from bot.domain.statements import Source
from bot.errors import BadDateError, EmptyRangeError, EntryGoneError, SearchTooLongError, StaleControlError, UnknownTagError, UserError
from bot.services.phrasing import Phrases, superscript
from tests.domain.test_entries import DEADLINE, EVENT, SOURCE
from tests.small import NOW

if TYPE_CHECKING:
    from bot.domain.knowledge_base import KnowledgeBase

SPANS = [
    ("1991", "1991"),
    ("1991-12", "December 1991"),
    ("1991-12-05", "5 December 1991"),
    ("1941/1945", "1941 to 1945"),
    ("1941-11/1945-09-20", "November 1941 to 20 September 1945"),
    ("2026-12-03/2026-12-04", "3 to 4 December 2026"),
    ("2026-11-30/2026-12-01", "30 November to 1 December 2026"),
    ("2026-12-31/2027-01-01", "31 December 2026 to 1 January 2027"),
    ("2026-02/2026-03", "February 2026 to March 2026"),
    ("2026-02-05/2026-03", "5 February 2026 to March 2026"),
]

DISTANCES = [
    ("2026-11-22", "today"),
    ("2026-11-23", "tomorrow"),
    ("2026-11-21", "yesterday"),
    ("2026-11-24", "in 2 days"),
    ("2027-11-22", "in 365 days"),
    ("2026-11-20", "2 days ago"),
]

CERTAINTIES = [
    ({}, "scheduled, the day is confirmed"),
    ({"precision": "expected"}, "scheduled, the day is expected, not confirmed"),
    ({"precision": "exact"}, "scheduled"),
    ({"status": "tentative"}, "tentative, the day is confirmed"),
    ({"status": "cancelled", "precision": "expected"}, "cancelled"),
    ({"status": "superseded", "superseded_by": "other"}, "replaced by another date"),
    ({"status": "passed", "outcome": "Held.", "when": {"date": "2026-11-01"}}, "passed"),
    ({"when": {"date": "2026-11-01"}}, "date passed, outcome not known here"),
]

GROUNDS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["Confirmed to 4 July 2026."]),
    ({"confidence": "reported"}, ["Reported, not independently confirmed; as of 4 July 2026."]),
    (
        {"confidence": "unconfirmed", "sources": [], "caveat": "Hearsay."},
        ["Unconfirmed: we found no first-rank source; as of 4 July 2026.", "**Note:** Hearsay."],
    ),
    (
        {"unknown_after": {"date": "2026-07-05", "what": "What followed."}},
        ["Confirmed to 4 July 2026.", "**Not known here after 5 July 2026:** What followed."],
    ),
    ({"review_by": "2026-11-22"}, ["Confirmed to 4 July 2026."]),
    (
        {"review_by": "2026-11-21"},
        ["Confirmed to 4 July 2026.", "An editor was due to look at this again by 21 November 2026; treat it with care."],
    ),
]

SOURCES = [
    ({}, "primary source"),
    ({"rank": "party", "published": "2024-02"}, "a party's own words, published February 2024"),
    ({"rank": "press", "language": "ru", "opened": False}, "press, in Russian, a pointer; we have not read it ourselves"),
]

FILTERS = [
    (TimelineScreen(), "Everything in this knowledge base, oldest first."),
    (TimelineScreen(3), "Everything in this knowledge base, oldest first."),
    (TimelineScreen(first="1991-12"), "Showing from December 1991."),
    (TimelineScreen(first="1991", last="2001-09-11"), "Showing from 1991, to 11 September 2001."),
    (TimelineScreen(tag="war", search="{bridge}"), "Showing tagged The war, matching “{bridge}”."),
    (TimelineScreen(tag="gone"), "Showing tagged gone."),
    (TimelineScreen(topic="wartime"), "Showing for “The wartime coalition”."),
    (TimelineScreen(topic="gone"), "Showing for “gone”."),
]

COMPLAINTS = [
    (BadDateError(text="{soon}"), "“{soon}” is not a date I can read."),
    (EmptyRangeError(first=PartialDate(1992, 5), last=PartialDate(1991)), "it starts May 1992 and ends 1991."),
    (UnknownTagError(text="love", tags="NATO, War"), "There is no tag “love”. The tags are: NATO, War."),
    (EntryGoneError(name="x"), "That entry (`x`) is no longer in the knowledge base."),
    (StaleControlError(), "This button comes from an older version"),
    (SearchTooLongError(), "Please shorten the search."),
    (errors.UnknownCountryError(text="{x}"), "I know no country called “{x}”, nor one spelt like it."),
    (errors.SameCountryError(names="Russia, Soviet Union"), "That is one and the same state: Russia, Soviet Union."),
    (
        errors.YearOutOfRangeError(text="{1814}", first=1815, last=PartialDate(2026, 11, 22)),
        "“{1814}” lies outside what I can answer: treaties are told here from 1815 to 22 November 2026.",
    ),
    (errors.TopicAndCountryError(), "Please ask for a topic or for countries and a year, not both at once."),
    (errors.TooManySubscriptionsError(limit=25), "This server has 25 subscriptions already"),
    (errors.AlreadySubscribedError(channel=7), "That channel is subscribed to that already."),
    (errors.SubscriptionGoneError(), "There is no such subscription on this server (any more)."),
    (errors.NothingAheadError(), "there is nothing to test with"),
    (
        errors.BadLeadsError(text="{x}", most=10, days=365),
        "“{x}” are no lead days I can read. Write at most 10 whole numbers from 0 to 365",
    ),
    (errors.BadTimeError(text="x"), "“x” is no hour I can read."),
    (errors.BadUntilError(text="x"), "“x” is no end of a pause that I can use."),
    (errors.UnknownZoneError(text="x"), "I know no time zone or city “x”."),
    (errors.UnknownSelectorError(text="x", tags="NATO, War"), "“x” is neither a tag nor a date here. The tags are: NATO, War."),
    (errors.NoteTooLongError(length=201, most=200), "The note is 201 characters long; at most 200 fit."),
    (errors.NotManagerError(), "you need “Manage Server” (or “Administrator”)"),
    (errors.ChannelRefusedError(channel="<#7>", missing="“View Channel”"), "I could not post in <#7>. I lack “View Channel”."),
    (errors.RoleRefusedError(role="@x", channel="<#7>"), "I could not ping @x in <#7>."),
    (errors.EveryoneRefusedError(), "You may not mention everyone in that channel"),
    (errors.CannotPublishError(channel="<#7>"), "Only announcement channels can publish, and <#7> is none."),
    (errors.WrongChannelError(channel="<#7>"), "<#7> is none of these"),
    (errors.NotAdministratorError(), "Only those who administer this bot"),
    (errors.AdministratorsUnknownError(), "Discord did not tell me in time"),
    (errors.StaleCommandError(), "This command is no longer offered here"),
    (errors.StaleContentError(), "another version of the content came into use"),
    (errors.NothingToReturnToError(), "There is no earlier version to go back to"),
    (errors.CooldownError(until=1_790_000_000), "try again <t:1790000000:R>"),
    (
        errors.ServerCooldownError(until=1_790_000_000),
        "This server keeps me so busy that I need a moment. Please try again <t:1790000000:R>",
    ),
]


@pytest.fixture
def phrases(base: KnowledgeBase) -> Phrases:
    """The real words."""
    return Phrases(base.wording)


@pytest.mark.parametrize(("text", "said"), SPANS)
def test_dates_are_said_as_precisely_as_they_are_known(phrases: Phrases, text: str, said: str) -> None:
    """A span does not repeat the month or year that both of its days share."""
    assert phrases.span(DateSpan.parse(text)) == said


def test_a_day_is_said_with_its_month_in_words(phrases: Phrases) -> None:
    """A calendar day is said in full."""
    assert phrases.day(date(2026, 2, 5)) == "5 February 2026"


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({"date": "2026-12-03/2026-12-04"}, "3 to 4 December 2026"),
        ({"date": "2026-12"}, "1 to 31 December 2026"),
        ({"at": "2027-01-31T23:59", "zone": "Europe/Brussels"}, "31 January 2027, 23:59 (Europe/Brussels)"),
        ({"start": "2020-01-20", "rule": "FREQ=YEARLY", "rhythm": "yearly"}, "20 January 2027"),
    ],
)
def test_an_occurrence_is_said_in_the_zone_it_is_set_in(phrases: Phrases, when: dict[str, str], said: str) -> None:
    """A day is said as a day; a legal moment with its local time and zone."""
    deadline = Deadline.model_validate({**DEADLINE, "when": when})
    occurrence = deadline.find_next(NOW)
    assert occurrence is not None
    assert phrases.occurrence(occurrence, deadline) == said


@pytest.mark.parametrize(("day", "said"), DISTANCES)
@pytest.mark.parametrize("hour", [0, 23])
def test_distances_are_counted_in_days(phrases: Phrases, day: str, said: str, hour: int) -> None:
    """The distance of a day counts UTC dates, whatever the hour."""
    occurrence = Occurrence(date.fromisoformat(day), date.fromisoformat(day))
    assert phrases.distance(occurrence, datetime(2026, 11, 22, hour, tzinfo=UTC)) == said


@pytest.mark.parametrize(("change", "said"), CERTAINTIES)
def test_how_certain_a_date_is(phrases: Phrases, change: dict[str, Any], said: str) -> None:
    """Where a deadline stands is said, and how well its day is known only while it lies ahead."""
    assert phrases.certainty(Deadline.model_validate({**DEADLINE, **change}), NOW) == said


@pytest.mark.parametrize(("change", "lines"), GROUNDS)
def test_what_an_entry_stands_on(phrases: Phrases, change: dict[str, Any], lines: list[str]) -> None:
    """How sure an entry is comes first, then its note, where the trail ends, and that its review is overdue."""
    assert phrases.ground(Event.model_validate({**EVENT, **change}), NOW) == tuple(lines)


@pytest.mark.parametrize(("change", "said"), SOURCES)
def test_what_a_source_is(phrases: Phrases, change: dict[str, Any], said: str) -> None:
    """Rank, date, a language other than English, and whether it was read, are said."""
    assert phrases.source_details(Source.model_validate({**SOURCE, **change})) == said


@pytest.mark.parametrize(("screen", "said"), FILTERS)
def test_which_part_of_the_timeline_is_shown(phrases: Phrases, base: KnowledgeBase, screen: TimelineScreen, said: str) -> None:
    """Every filter is said, in words rather than ids where it still exists."""
    assert phrases.timeline_filters(screen, base) == said


@pytest.mark.parametrize(("error", "said"), COMPLAINTS, ids=lambda value: type(value).__name__)
def test_what_a_user_reads_when_something_cannot_be_answered(phrases: Phrases, error: UserError, said: str) -> None:
    """Each error is told in plain words with what was typed; braces in it are text."""
    assert said in phrases.complaint(error)


def test_every_user_error_can_be_told(phrases: Phrases) -> None:
    """The table above holds every error that a user may read."""
    assert {type(error) for error, _ in COMPLAINTS} == set(UserError.__subclasses__())
    assert all(phrases.complaint(error) for error, _ in COMPLAINTS)


@pytest.mark.parametrize(("number", "text"), [(0, "⁰"), (12, "¹²"), (34567, "³⁴⁵⁶⁷"), (890, "⁸⁹⁰")])
def test_numbers_of_notes_are_raised(number: int, text: str) -> None:
    """Every digit has its raised form."""
    assert superscript(number) == text
