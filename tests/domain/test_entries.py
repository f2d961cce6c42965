"""What makes an answer, an event, a deadline and a source valid."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from bot.domain.entries import Deadline, Event, Standing, Term, Topic
from bot.domain.schedules import Recurring
from bot.domain.statements import Source

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

TERM: dict[str, Any] = {"id": "ally", "term": "Ally", "definition": "Bound by treaty.", "sources": ["list"], "as_of": "2026-07-04"}
EVENT: dict[str, Any] = {
    "id": "elbe",
    "date": "1945-04-25",
    "title": "Elbe",
    "summary": "They met.",
    "tags": ["war"],
    "sources": ["list"],
    "as_of": "2026-07-04",
}
TOPIC: dict[str, Any] = {
    "id": "verdict",
    "title": "Are they allies?",
    "menu": "Verdict",
    "answer": "No.",
    "body": "No treaty.",
    "facts": [{"text": "No treaty.", "sources": ["list"]}],
    "state": "developing",
    "sources": ["list"],
    "as_of": "2026-07-04",
}
DEADLINE: dict[str, Any] = {
    "id": "summit",
    "title": "A summit",
    "kind": "meeting",
    "when": {"date": "2026-12-03"},
    "status": "scheduled",
    "precision": "day",
    "summary": "They meet.",
    "why": "They may talk.",
    "tags": ["nato"],
    "sources": ["list"],
    "as_of": "2026-07-04",
}
SOURCE: dict[str, Any] = {"id": "list", "publisher": "State", "title": "Treaties", "url": "https://example.org/a", "rank": "primary"}

_PAST = {"when": {"date": "2026-11-01"}}
_UNKNOWN = {"unknown_after": {"date": "2026-11-01", "what": "How it ended."}}

INVALID: list[tuple[type[BaseModel], dict[str, Any], dict[str, Any], str]] = [
    (Term, TERM, {"id": "Ally"}, "should match pattern"),
    (Term, TERM, {"id": "an ally"}, "should match pattern"),
    (Term, TERM, {"id": "-ally"}, "should match pattern"),
    (Term, TERM, {"id": "a" * 49}, "at most 48 characters"),
    (Term, TERM, {"term": "x" * 61}, "at most 60 characters"),
    (Term, TERM, {"definition": " \n "}, "at least 1 character"),
    (Term, TERM, {"definition": None}, "valid string"),
    (Term, TERM, {"sources": []}, "at least one source, or confidence: unconfirmed with a caveat"),
    (Term, TERM, {"confidence": "unconfirmed"}, "an unconfirmed entry needs a caveat"),
    (Term, TERM, {"confidence": "certain"}, "Input should be 'confirmed', 'reported' or 'unconfirmed'"),
    (Term, TERM, {"as_of": "2026-07"}, "must be a full day"),
    (Term, TERM, {"as_of": None}, "must be a full day such as 2026-11-22"),
    (Term, TERM, {"unknown_after": {"date": "2026-07-04"}}, "Field required"),
    (Term, TERM, {"colour": "red"}, "Extra inputs are not permitted"),
    (Event, EVENT, {"tags": []}, "at least 1 item"),
    (Event, EVENT, {"date": "1945-13"}, "month must be in 1..12"),
    (Event, EVENT, {"date": "1945/1941"}, "lies before"),
    (Event, EVENT, {"stance": "friendly"}, "Input should be 'allied'"),
    (Topic, TOPIC, {"facts": []}, "at least 1 item"),
    (Topic, TOPIC, {"facts": [{"text": "x", "sources": ["list"]}] * 7}, "at most 6 items"),
    (Topic, TOPIC, {"facts": [{"text": "x", "sources": []}]}, "at least 1 item"),
    (Topic, TOPIC, {"positions": [{"who": "x", "says": "y", "sources": ["list"]}] * 5}, "at most 4 items"),
    (Topic, TOPIC, {"menu": "x" * 46}, "at most 45 characters"),
    (Topic, TOPIC, {"answer": "x" * 261}, "at most 260 characters"),
    (Topic, TOPIC, {"body": "x" * 1001}, "at most 1000 characters"),
    (Deadline, DEADLINE, {"lead_days": [1, 7]}, "lead days must descend and not repeat"),
    (Deadline, DEADLINE, {"lead_days": [7, 7]}, "lead days must descend and not repeat"),
    (Deadline, DEADLINE, {"lead_days": [366]}, "less than or equal to 365"),
    (Deadline, DEADLINE, {"lead_days": [-1]}, "greater than or equal to 0"),
    (Deadline, DEADLINE, {"outcome": "Held."}, "only a passed deadline has an outcome"),
    (Deadline, DEADLINE, {"status": "passed"}, "a passed deadline says how it ended"),
    (Deadline, DEADLINE, {"status": "superseded"}, "superseded and superseded_by belong together"),
    (Deadline, DEADLINE, {"superseded_by": "other"}, "superseded and superseded_by belong together"),
    (Source, SOURCE, {"url": "ftp://example.org"}, "should match pattern"),
    (Source, SOURCE, {"url": "https://example.org/a b"}, "should match pattern"),
    (Source, SOURCE, {"url": "https://example.org/a)"}, "should match pattern"),
    (Source, SOURCE, {"url": "https://example.org/<a>"}, "should match pattern"),
    (Source, SOURCE, {"url": "javascript:alert(1)"}, "should match pattern"),
    (Source, SOURCE, {"language": "English"}, "should match pattern"),
    (Source, SOURCE, {"rank": "gossip"}, "Input should be 'primary'"),
]

STANDINGS = [
    ({}, Standing.AHEAD),
    ({"status": "tentative"}, Standing.TENTATIVE),
    ({"status": "cancelled"}, Standing.CANCELLED),
    ({"status": "superseded", "superseded_by": "other"}, Standing.SUPERSEDED),
    (_PAST, Standing.OUTCOME_UNKNOWN),
    ({**_PAST, "status": "tentative"}, Standing.OUTCOME_UNKNOWN),
    ({**_PAST, "status": "cancelled"}, Standing.CANCELLED),
    ({**_PAST, "status": "passed", "outcome": "Held."}, Standing.ENDED),
    ({**_PAST, **_UNKNOWN, "status": "passed"}, Standing.OUTCOME_UNKNOWN),
    ({**_UNKNOWN, "status": "passed"}, Standing.OUTCOME_UNKNOWN),
    ({"when": {"date": "2026-11-20/2026-11-22"}}, Standing.AHEAD),
    ({"when": {"at": "2026-11-22T12:00", "zone": "UTC"}}, Standing.AHEAD),
    ({"when": {"at": "2026-11-22T11:59", "zone": "UTC"}}, Standing.OUTCOME_UNKNOWN),
]


@pytest.mark.parametrize(("model", "valid"), [(Term, TERM), (Event, EVENT), (Topic, TOPIC), (Deadline, DEADLINE), (Source, SOURCE)])
def test_an_entry_with_what_it_needs_is_valid_and_frozen(model: type[BaseModel], valid: dict[str, Any]) -> None:
    """An entry that has just what it must have is taken, lacks nothing it could spare, and cannot be changed."""
    entry = model.model_validate(valid)
    for key in valid:
        with pytest.raises(ValidationError):
            model.model_validate({name: value for name, value in valid.items() if name != key})
    with pytest.raises(ValidationError):
        entry.id = "other"  # type: ignore[attr-defined]


@pytest.mark.parametrize(("model", "valid", "change", "reason"), INVALID)
def test_what_makes_no_sense_is_refused(model: type[BaseModel], valid: dict[str, Any], change: dict[str, Any], reason: str) -> None:
    """Each thing that an entry must not say is refused with its reason."""
    with pytest.raises(ValidationError) as caught:
        model.model_validate({**valid, **change})
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    "url", ["https://example.org", "https://example.org/a?b=c&d=%20#e", "https://example.org/Act_(1941)", "https://example.org/(a)-(b)/c"]
)
def test_addresses_that_a_link_on_discord_can_hold(url: str) -> None:
    """An address may hold balanced round brackets, which many archives use."""
    assert Source.model_validate({**SOURCE, "url": url}).url == url


def test_an_unconfirmed_entry_with_a_caveat_needs_no_source() -> None:
    """What nobody could confirm may stand without a source as long as it says so."""
    term = Term.model_validate({**TERM, "sources": [], "confidence": "unconfirmed", "caveat": "Nobody knows."})
    assert term.sources == ()


def test_texts_are_trimmed_and_paragraphs_set_apart() -> None:
    """Space around a text goes, and each line of a body becomes a paragraph."""
    topic = Topic.model_validate({**TOPIC, "answer": "  No.\n", "body": "One.\n\n \nTwo.\nThree.\n"})
    assert (topic.answer, topic.body) == ("No.", "One.\n\nTwo.\n\nThree.")


def test_all_sources_of_a_topic_each_once() -> None:
    """The sources of the whole come first, then those of facts and positions, none twice."""
    facts = [{"text": "x", "sources": ["b", "a"]}, {"text": "y", "sources": ["c"]}]
    positions = [{"who": "x", "says": "y", "sources": ["c", "d"]}]
    topic = Topic.model_validate({**TOPIC, "sources": ["a"], "facts": facts, "positions": positions})
    assert topic.all_sources == ("a", "b", "c", "d")


@pytest.mark.parametrize(("change", "standing"), STANDINGS)
def test_where_a_deadline_stands(change: dict[str, Any], standing: Standing) -> None:
    """A date that went by is never called scheduled, and one without a known outcome says so."""
    deadline = Deadline.model_validate({**DEADLINE, **change})
    assert deadline.standing(NOW) is standing
    assert (deadline.find_next(NOW) is not None) is (standing in {Standing.AHEAD, Standing.TENTATIVE})


def test_a_recurring_deadline_lies_ahead_and_behind() -> None:
    """A deadline that comes again has a next and a last occurrence at once."""
    when = {"start": "2020-01-20", "rule": "FREQ=YEARLY", "rhythm": "every year"}
    deadline = Deadline.model_validate({**DEADLINE, "when": when})
    following, last = deadline.find_next(NOW), deadline.find_last(NOW)
    assert isinstance(deadline.when, Recurring)
    assert following is not None
    assert last is not None
    assert (str(following.first), str(last.first)) == ("2027-01-20", "2026-01-20")
