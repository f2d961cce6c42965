"""A date that is over by its outcome keeps the day that was announced, so that whoever heard of that day hears of what follows."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.domain.changes import compare
from bot.domain.entries import Deadline
from bot.domain.ledger import AlertKind, KnownDate

NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)


def _deadline(day: str, *, is_over: bool) -> Deadline:
    return Deadline.model_validate(
        {
            "id": "talks",
            "title": "Talks",
            "kind": "meeting",
            "when": {"date": day},
            "status": "passed" if is_over else "scheduled",
            "outcome": "They were held." if is_over else None,
            "precision": "day",
            "summary": "They meet.",
            "why": "They may talk.",
            "tags": ["nato"],
            "sources": ["ministry"],
            "as_of": "2026-07-04",
        }
    )


def test_on_again_on_another_day_that_was_written_while_it_was_over() -> None:
    """Told of the 3rd and how it ended, then set to December, then on again: it has moved from the 3rd, which is what was announced."""
    told = KnownDate(deadline="talks", occurrence="2026-11-03", has_outcome=True)
    while_over = compare([told], {"talks": _deadline("2026-12-05", is_over=True)}, NOW)
    assert while_over.notices == ()
    known = while_over.dates or (told,)
    (notice,) = compare(known, {"talks": _deadline("2026-12-05", is_over=False)}, NOW).notices
    assert (notice.kind, notice.occurrence, notice.detail) == (AlertKind.MOVED, "2026-11-03", "2026-12-05")
