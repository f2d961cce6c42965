"""What the bot says to those who write and administer its content."""

from __future__ import annotations

from bot.domain.comparing import ContentKind
from bot.domain.entries import Status
from bot.domain.sentences import Line, Section, says


class ContentDiffWords(Section):
    """What a new content changes, and what follows from it; read in a terminal, in a file and on a card."""

    nothing: Line
    heading: Line = says("kind", "counts")
    kind: dict[ContentKind, Line]
    count_added: Line = says("count")
    count_changed: Line = says("count")
    count_removed: Line = says("count")
    added: Line = says("what")
    changed: Line = says("what")
    removed: Line = says("what")
    named: Line = says("title", "id")
    detailed: Line = says("what", "details")
    turned: Line = says("old", "new")
    status: dict[Status, Line]
    later_dates: Line
    outcome_added: Line = says("text")
    outcome_changed: Line = says("text")
    outcome_removed: Line
    removed_hint: Line
    moved_hint: Line
    more: Line = says("count")
    # what follows
    touched: Line = says("subscriptions", "servers")
    nobody: Line
    quiet: Line
    notices: Line = says("counts")
    count_moved: Line = says("count")
    count_cancelled: Line = says("count")
    count_outcome: Line = says("count")
    count_restored: Line = says("count")
    moved: Line = says("what", "messages")
    cancelled: Line = says("what", "messages")
    outcome: Line = says("what", "messages")
    restored: Line = says("what", "messages")
    late: Line = says("count")
    late_item: Line = says("what", "lead", "messages")
    upcoming: Line
    upcoming_item: Line = says("when", "what", "lead", "messages")
