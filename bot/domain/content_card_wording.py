"""What the bot says to those who administer its content: the pages of `/content`, and the news sent to them."""

from __future__ import annotations

from bot.domain.editions import Action, Origin, UseResult
from bot.domain.sentences import Descriptions, Line, Section, says


class ContentCommandWords(Descriptions):
    """What Discord shows beside `/content` and its options."""

    content: Line
    status: Line
    preview: Line
    reload: Line
    rollback: Line
    history: Line
    page: Line


class ContentCardWords(Section):
    """The pages of `/content`, which only administrators see."""

    # how things stand
    status_title: Line
    in_use: Line = says("version")
    since: Line = says("when", "who")
    never_recorded: Line
    who: dict[Origin, Line] = says("member")
    somebody: Line
    behind: Line = says("version")
    failure: Line = says("reason")
    folder_same: Line
    folder_other: Line = says("version")
    watched: Line
    not_watched: Line
    earlier: Line = says("version")
    no_earlier: Line
    counts: Line = says("topics", "events", "deadlines", "treaties", "countries", "terms", "tags", "eras", "sources", "date")
    # what a change would do, and what came of it
    working: Line
    stopped: Line
    preview_title: Line = says("old", "new")
    rollback_title: Line = says("old", "new")
    nothing_yet: Line
    over_limit: Line = says("limit")
    folder_changed: Line
    way_back_changed: Line
    unchanged: Line = says("version")
    refused_title: Line = says("version", "count")
    refused_title_one: Line = says("version")
    refused: Line = says("version")
    unconfirmed: Line = says("messages", "servers", "limit")
    applied: Line = says("old", "new")
    rolled_back: Line = says("old", "new")
    files_untouched: Line
    overtaken: Line
    nothing_to_compare: Line
    all_changes: Line
    warnings: Line = says("count")
    problem: Line = says("text")
    all_problems: Line
    more_problems: Line = says("count")
    # buttons
    preview: Line
    reload: Line
    confirm: Line
    roll_back: Line
    go_back_to: Line = says("version")
    keep: Line
    status: Line
    history: Line
    # the audit trail
    history_title: Line
    history_empty: Line
    history_row: Line = says("when", "action", "who", "version", "result")
    no_version: Line
    action: dict[Action, Line]
    result: dict[UseResult, Line]
    # news
    started_with_earlier: Line = says("version", "problems")
    change_refused: Line = says("version", "problems")
    change_unconfirmed: Line = says("version", "messages")
