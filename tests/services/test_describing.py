"""What a new content changes, in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.comparing import ContentDiff, DateChange, KindChanges
from bot.domain.entries import Deadline
from bot.domain.ledger import AlertKind
from bot.domain.schedules import Occurrence, find_last, find_next
from bot.domain.wording import Wording
from bot.services.describing import describe, describe_fully
from bot.services.foreseeing import ForeseenAlert, ForeseenNotice, Impact
from bot.services.phrasing import Phrases
from tests.domain.strategies import deadline
from tests.small import NOW, WORDING

PHRASES = Phrases(Wording.model_validate(yaml.safe_load(WORDING)))
NOTHING = ContentDiff(kinds=(), dates=())
DAY, MOMENT = "2026-12-03", "2026-12-03T01:30 Europe/Brussels"
MOVED = PHRASES.words.content_diff.moved_hint
HINT = "A removed date is given an hour to come back"


def _occurrence(entry: Deadline) -> Occurrence:
    found = find_next(entry.when, NOW) or find_last(entry.when, NOW)
    assert found is not None
    return found


def _diff(*pairs: tuple[Deadline | None, Deadline | None]) -> ContentDiff:
    """Return the diff in which the dates of `pairs` (before, after) change."""
    changes = [
        DateChange(before=old, after=new, old=_occurrence(old) if old else None, new=_occurrence(new) if new else None)
        for old, new in pairs
    ]
    listed = {
        "added": tuple(c.deadline.id for c in changes if c.before is None),
        "changed": tuple(c.deadline.id for c in changes if c.before and c.after),
        "removed": tuple(c.deadline.id for c in changes if c.after is None),
    }
    titles = {str(change.deadline.id): change.deadline.title for change in changes}
    return ContentDiff(kinds=(KindChanges(kind="deadlines", titles=titles, **listed),), dates=tuple(changes))


def _tags(count: int) -> ContentDiff:
    ids = tuple(f"t{number}" for number in range(count))
    return ContentDiff(kinds=(KindChanges(kind="tags", added=ids, titles={i: f"Tag {i}" for i in ids}),), dates=())


def _card(diff: ContentDiff, impact: Impact | None = None, room: int = 4000) -> str:
    text, is_complete = describe(diff, impact, PHRASES, room)
    assert is_complete
    return text


CHANGES: list[tuple[str, Deadline | None, Deadline | None, str]] = [
    ("moved", deadline(DAY), deadline("2026-12-05"), "- changed: A summit (summit): 3 December 2026 → 5 December 2026"),
    ("added", None, deadline("2026-12-03/2026-12-04"), "- added: A summit (summit): 3 to 4 December 2026"),
    ("removed", deadline(DAY), None, "- removed: A summit (summit): 3 December 2026"),
    ("cancelled", deadline(DAY), deadline(DAY, status="cancelled"), "- changed: A summit (summit): 3 December 2026; scheduled → cancelled"),
    (
        "moved and less certain",
        deadline(DAY),
        deadline("2026-12-05", status="tentative"),
        "- changed: A summit (summit): 3 December 2026 → 5 December 2026; scheduled → tentative",
    ),
    (
        "outcome",
        deadline("2026-11-03"),
        deadline("2026-11-03", status="passed"),
        "- changed: A summit (summit): 3 November 2026; scheduled → passed; outcome added: It was held.",
    ),
    (
        "outcome reworded",
        deadline(DAY, status="passed"),
        deadline(DAY, status="passed", outcome="Held."),
        "- changed: A summit (summit): 3 December 2026; outcome now: Held.",
    ),
    (
        "outcome taken back",
        deadline(DAY, status="passed"),
        deadline(DAY),
        "- changed: A summit (summit): 3 December 2026; passed → scheduled; outcome taken back",
    ),
    (
        "a rule with the same next date",
        deadline("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=3"),
        deadline("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=3;COUNT=9"),
        "- changed: A summit (summit): 3 December 2026; the rule differs, the next date does not",
    ),
    (
        "an hour known, in its own zone",
        deadline(DAY),
        deadline(MOMENT),
        "- changed: A summit (summit): 3 December 2026 → 3 December 2026, 01:30 (Europe/Brussels)",
    ),
]


@pytest.mark.parametrize(("before", "after", "line"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_a_changed_date_is_one_line(before: Deadline | None, after: Deadline | None, line: str) -> None:
    """A line says what was done with the deadline, its title, its date and what became of it."""
    assert line in describe_fully(_diff((before, after)), None, PHRASES).splitlines()


def test_each_kind_has_a_heading_with_counts() -> None:
    """The dates come first; every kind counts what was added, changed and removed, and names it by its title and id."""
    dates = _diff((deadline(DAY), deadline("2026-12-05")), (deadline(DAY, id="vote", title="A vote"), None))
    typo = KindChanges(kind="deadlines", changed=("summit", "talk"), removed=("vote",), titles={**dates.kinds[0].titles, "talk": "A talk"})
    topics = KindChanges(kind="topics", added=("nato",), titles={"nato": "NATO\nand us"})
    words = KindChanges(kind="wording", changed=("topic.closest",), titles={"topic.closest": "topic.closest"})
    text = describe_fully(ContentDiff(kinds=(topics, typo, words), dates=dates.dates), None, PHRASES)
    assert text.split("\n\n") == [
        (
            "Deadlines: 2 changed, 1 removed\n"
            "- changed: A summit (summit): 3 December 2026 → 5 December 2026\n"
            "- removed: A vote (vote): 3 December 2026\n"
            f"- changed: A talk (talk)\n{PHRASES.words.content_diff.removed_hint}\n{MOVED}"
        ),
        "Topics: 1 added\n- added: NATO and us (nato)",
        "Wording: 1 changed\n- changed: topic.closest",
    ]


def test_no_hint_where_no_alert_can_be_missed() -> None:
    """Only a removed date that was still to come explains what becomes of its alerts."""
    assert HINT in describe_fully(_diff((deadline(DAY), None)), None, PHRASES)
    assert HINT not in describe_fully(_diff((deadline(DAY, status="passed"), None)), None, PHRASES)
    assert HINT not in describe_fully(_diff((deadline(DAY), deadline(DAY, status="cancelled"))), None, PHRASES)


def test_a_move_that_its_card_does_not_tell_is_hinted_at() -> None:
    """Only where the day of a single date ahead is another and `moved_from` stayed as it was."""
    old, new = deadline(DAY), deadline("2026-12-05")
    assert MOVED in describe_fully(_diff((old, new)), None, PHRASES)
    assert MOVED in describe_fully(
        _diff((deadline(DAY, moved_from="2026-12-01"), deadline("2026-12-05", moved_from="2026-12-01"))), None, PHRASES
    )
    for told in (
        (old, deadline("2026-12-05", moved_from=DAY)),
        (old, deadline("2026-12-05", status="cancelled")),
        (old, deadline(DAY, status="tentative")),
        (old, deadline("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=5")),
        (None, new),
        (old, None),
    ):
        assert MOVED not in describe_fully(_diff(told), None, PHRASES)


def test_nothing_differs() -> None:
    """Where nothing differs, that is all that is said, unless a notice follows all the same."""
    assert describe_fully(NOTHING, Impact(), PHRASES) == "No entry and no line of the wording differs."
    assert "Notices at once: 3 cancelled" in describe_fully(NOTHING, Impact(notices=(_notice(AlertKind.CANCELLED, 3),)), PHRASES)


def _notice(kind: AlertKind, messages: int, entry: Deadline | None = None, told: str = DAY, new: str = "") -> ForeseenNotice:
    moved = Occurrence.read(new) if new else None
    return ForeseenNotice(kind=kind, deadline=entry or deadline(DAY), old=Occurrence.read(told), new=moved, messages=messages)


def _alert(when: str, lead: int, messages: int, entry: Deadline) -> ForeseenAlert:
    due_at = datetime.fromisoformat(when).replace(tzinfo=UTC)
    return ForeseenAlert(due_at=due_at, deadline=entry, occurrence=_occurrence(entry), lead=lead, messages=messages)


IMPACT = Impact(
    subscriptions=1200,
    servers=31,
    notices=(
        _notice(AlertKind.MOVED, 1000, deadline("2026-12-05"), new="2026-12-05"),
        _notice(AlertKind.OUTCOME, 7, deadline(DAY, id="vote", title="A vote")),
    ),
    at_once=(_alert("2026-11-20T08:00", 7, 12, deadline("2026-11-27", id="talk", title="A talk")),),
    upcoming=(_alert("2026-12-04T08:00", 1, 990, deadline(MOMENT)), _alert("2026-12-05T08:00", 0, 3, deadline("2026-12-05"))),
)


def test_what_follows_is_told_with_numbers() -> None:
    """After the changes come who is touched, the notices by kind, the alerts whose hour would be past, and the next ones."""
    text = describe_fully(_diff((deadline(DAY), deadline("2026-12-05"))), IMPACT, PHRASES)
    assert text.split("\n\n")[1:] == [
        "Subscriptions to dates that change: 1,200; servers: 31",
        """\
Notices at once: 1,000 moved, 7 outcome known
- moved: A summit (summit): 3 December 2026 → 5 December 2026; messages: 1,000
- outcome known: A vote (vote): 3 December 2026; messages: 7""",
        "Alerts whose hour would be past, at once: 12\n- A talk (talk): 27 November 2026, 7 days before; messages: 12",
        """\
Alerts that come next
- 4 December 2026, 08:00 (UTC): A summit (summit): 3 December 2026, 01:30 (Europe/Brussels), the day before; messages: 990
- 5 December 2026, 08:00 (UTC): A summit (summit): 5 December 2026, on the day; messages: 3""",
    ]


@pytest.mark.parametrize("kind", sorted(set(AlertKind) - {AlertKind.ALERT, AlertKind.DRILL}))
def test_every_kind_of_notice_can_be_told(kind: AlertKind) -> None:
    """Each kind of notice is counted and told in words of its own."""
    text = describe_fully(NOTHING, Impact(notices=(_notice(kind, 1500), _notice(kind, 20))), PHRASES)
    heading, *items = text.split("\n\n")[1].splitlines()
    said = heading.removeprefix("Notices at once: 1,520 ")
    assert items == [f"- {said}: A summit (summit): 3 December 2026; messages: {count}" for count in ("1,500", "20")]


def test_a_change_that_sends_nothing_says_so() -> None:
    """Where nobody is subscribed or nothing is due, that is said in words; of changed texts nothing is said about dates."""
    moved = describe_fully(_diff((deadline(DAY), deadline("2026-12-05"))), Impact(), PHRASES)
    assert moved.endswith("Nobody is subscribed to a date that changes.\n\nNothing is posted at once.")
    assert describe_fully(_tags(1), Impact(), PHRASES).endswith("(t0)\n\nNothing is posted at once.")


def test_the_old_moment_of_a_notice_keeps_its_local_day() -> None:
    """A moment of which only the UTC instant is known is told on the day that it has in the deadline's zone."""
    new_york = deadline("2026-12-05T19:30 America/New_York")
    moment = _notice(AlertKind.MOVED, 1, new_york, told="2026-12-03T00:30Z", new="2026-12-06T00:30Z")
    text = describe_fully(NOTHING, Impact(notices=(moment,)), PHRASES)
    assert "2 December 2026, 19:30 (America/New_York) → 5 December 2026, 19:30 (America/New_York)" in text
    day = _notice(AlertKind.MOVED, 1, deadline("2026-12-05"), told="2026-12-03T00:30Z", new="2026-12-05")
    assert "3 December 2026, 00:30 (UTC) → 5 December 2026" in describe_fully(NOTHING, Impact(notices=(day,)), PHRASES)


def test_a_card_has_discords_own_moments() -> None:
    """On a card, headings are bold, moments are timestamps and days are words; ids are left out."""
    text = _card(_diff((deadline(DAY), deadline(MOMENT))), IMPACT)
    assert "- changed: A summit: 3 December 2026 → <t:1796257800:f>" in text.splitlines()
    assert "**Deadlines: 1 changed**" in text.splitlines()
    assert "- <t:1796371200:f>: A summit: <t:1796257800:f>, the day before; messages: 990" in text.splitlines()
    assert datetime(2026, 12, 3, 0, 30, tzinfo=UTC).timestamp() == 1796257800
    assert "<t:" not in describe_fully(_diff((deadline(DAY), deadline(MOMENT))), IMPACT, PHRASES)


def test_what_editors_typed_is_quoted_and_on_one_line() -> None:
    """Titles and outcomes reach the caller's quoting, line breaks taken out; nothing else does."""
    entry = deadline("2026-11-03", status="passed", title="A\n# summit", outcome="Held.\n@here")
    other = KindChanges(kind="events", added=("e",), titles={"e": "An\nevent"})
    diff = _diff((deadline("2026-11-03"), entry))
    seen: list[str] = []

    def quote(text: str) -> str:
        seen.append(text)
        return f"«{text}»"

    text, _ = describe(ContentDiff(kinds=(*diff.kinds, other), dates=diff.dates), None, PHRASES, 4000, quote)
    assert sorted(seen) == ["A # summit", "An event", "Held. @here"]
    assert "- changed: «A # summit»: 3 November 2026; scheduled → passed; outcome added: «Held. @here»\n" in text
    assert text.endswith("- added: «An event»")


def test_the_longest_list_is_cut_first() -> None:
    """Where not all fits, the longest list ends with how many more there are, and the short ones stay whole."""
    few, many = _diff((deadline(DAY), deadline("2026-12-05"))), _tags(500)
    diff = ContentDiff(kinds=(*few.kinds, *many.kinds), dates=few.dates)
    text, is_complete = describe(diff, IMPACT, PHRASES, 1500)
    assert not is_complete
    assert len(text) <= 1500
    shown = text.count("- added: Tag t")
    assert f"- added: Tag t{shown - 1}\n- and {500 - shown} more\n" in text
    assert shown > 20
    assert "- changed: A summit: 3 December 2026 → 5 December 2026\n" in text
    assert text.count("messages: ") == 5
    assert _tags(500).kinds[0].added[-1] in describe_fully(diff, IMPACT, PHRASES)


@pytest.mark.parametrize("hidden", [1, 2, 30])
def test_what_is_hidden_is_counted(hidden: int) -> None:
    """A list that is cut says how many lines it lost, be it a single one."""
    whole = _card(_tags(31))
    room = len("\n".join([*whole.splitlines()[:-hidden], f"- and {hidden} more"]))
    text, is_complete = describe(_tags(31), None, PHRASES, room)
    assert not is_complete
    assert text.splitlines()[1:] == [*whole.splitlines()[1:-hidden], f"- and {hidden} more"]


def test_a_text_that_just_fits_is_whole() -> None:
    """Nothing is cut while the last character still fits."""
    whole = _card(_tags(9))
    assert describe(_tags(9), None, PHRASES, len(whole)) == (whole, True)
    assert describe(_tags(9), None, PHRASES, len(whole) - 1)[1] is False


@settings(max_examples=80)
@given(st.integers(0, 120), st.integers(-9, 2000), st.booleans())
def test_a_card_never_holds_more_than_fits(count: int, room: int, with_impact: bool) -> None:
    """Whatever the room, the text fits into it, consists of whole lines, and is called complete exactly where it is all of it."""
    few, many = _diff((deadline(DAY), None)), _tags(count)
    diff = ContentDiff(kinds=(*few.kinds, *(many.kinds if count else ())), dates=few.dates)
    impact = IMPACT if with_impact else None
    text, is_complete = describe(diff, impact, PHRASES, room)
    whole = _card(diff, impact, 1_000_000)
    assert len(text) <= max(room, 0)
    assert is_complete == (len(whole) <= room)
    assert is_complete == (text == whole)
    assert {line for line in text.splitlines() if not line.startswith("- and ")} <= set(whole.splitlines())
