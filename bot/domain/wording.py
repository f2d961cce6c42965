"""What the bot says, apart from the facts; `alert_wording` has what it says about alerts."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from bot.domain.alert_wording import AlertCommandWords, AlertsWords, PostWords
from bot.domain.calendar_wording import CalendarWords
from bot.domain.content_card_wording import ContentCardWords, ContentCommandWords
from bot.domain.content_wording import ContentDiffWords
from bot.domain.entries import DeadlineKind, Precision, Stance, Standing, State
from bot.domain.sentences import Descriptions, Line, Section, says
from bot.domain.statements import Confidence, Rank
from bot.domain.treaty_wording import AllianceWords


class Dates(Section):
    """How dates are written."""

    months: Annotated[tuple[Line, ...], Field(min_length=12, max_length=12)]
    day: Line = says("day", "month", "year")
    month: Line = says("month", "year")
    day_of_month: Line = says("day", "month")
    span: Line = says("first", "last")
    moment: Line = says("day", "time", "zone")
    today: Line
    tomorrow: Line
    under_way: Line
    yesterday: Line
    in_days: Line = says("days")
    days_ago: Line = says("days")


class Common(Section):
    """Lines that several cards share."""

    confirmed_to: Line = says("date")
    confidence: dict[Confidence, Line] = says("date")
    state: dict[State, Line]
    caveat: Line = says("text")
    unknown_after: Line = says("date", "what")
    review_due: Line = says("date")
    sources: Line
    more_sources: Line = says("count")
    more: Line = says("count")
    rank: dict[Rank, Line]
    language: Line = says("language")
    not_opened: Line
    published: Line = says("date")
    open: Line
    first: Line
    previous: Line
    next: Line
    last: Line
    where: Line = says("first", "last", "total", "page", "pages")
    more_answers: Line
    read_on: Line
    timeline: Line
    deadlines: Line
    sources_button: Line
    with_reason: Line = says("text", "reason")
    back: Line


class TopicWords(Section):
    """The card of `/allies`."""

    facts: Line
    positions: Line
    position: Line = says("who", "says")
    next_deadline: Line = says("title", "when", "certainty")
    no_next_deadline: Line
    next_button: Line
    closest: Line = says("text")
    suggestions: Line = says("text")
    in_timeline: Line
    suggestions_hint: Line
    term: Line


class TimelineWords(Section):
    """The pages of `/timeline`."""

    title: Line
    filtered: Line = says("filters")
    everything: Line
    from_date: Line = says("date")
    to_date: Line = says("date")
    tag: Line = says("tag")
    search: Line = says("text")
    topic: Line = says("title")
    empty: Line
    eras: Line
    stance: dict[Stance, Line]
    our_reading: Line = says("stance")
    tags: Line = says("tags")


class DeadlineWords(Section):
    """The pages of `/deadlines` and the card of one."""

    title: Line
    title_all: Line
    tag: Line = says("tag")
    topic: Line = says("title")
    empty: Line
    passed: Line
    tags: Line
    all_tags: Line
    kind: dict[DeadlineKind, Line]
    standing: dict[Standing, Line]
    precision: dict[Precision, Line]
    rhythm: Line = says("rhythm")
    moved_from: Line = says("date")
    summary: Line
    why: Line
    change: Line
    history: Line
    outcome: Line
    outcome_unknown: Line = says("date")
    following: Line = says("dates")
    superseded_by: Line = says("title")
    show_all: Line
    show_ahead: Line


class AboutWords(Section):
    """The card of `/about`."""

    title: Line
    what: Line
    how: Line
    data: Line
    commands: Line
    version: Line = says("version", "content", "date", "topics", "events", "deadlines", "treaties", "sources")


class CommandWords(Descriptions):
    """What Discord shows beside the commands for everybody."""

    allies: Line
    allies_topic: Line
    allies_country: Line
    allies_with: Line
    allies_year: Line
    private: Line
    timeline: Line
    timeline_from: Line
    timeline_to: Line
    timeline_tag: Line
    timeline_search: Line
    deadlines: Line
    deadlines_tag: Line
    deadlines_all: Line
    about: Line


class ErrorWords(Section):
    """What somebody reads when something cannot be answered."""

    bad_date: Line = says("text")
    empty_range: Line = says("first", "last")
    unknown_tag: Line = says("text", "tags")
    entry_gone: Line = says("name")
    stale_control: Line
    search_too_long: Line
    unknown_country: Line = says("text")
    same_country: Line = says("names")
    year_out_of_range: Line = says("text", "first", "last")
    topic_and_country: Line
    unexpected: Line = says("error_id")
    store: Line = says("error_id")
    too_many_subscriptions: Line = says("limit")
    already_subscribed: Line = says("channel")
    subscription_gone: Line
    nothing_ahead: Line
    bad_leads: Line = says("text", "most", "days")
    bad_time: Line = says("text")
    bad_until: Line = says("text")
    unknown_zone: Line = says("text")
    unknown_selector: Line = says("text", "tags")
    note_too_long: Line = says("length", "most")
    not_manager: Line
    channel_refused: Line = says("channel", "missing")
    role_refused: Line = says("role", "channel")
    everyone_refused: Line
    cannot_publish: Line = says("channel")
    wrong_channel: Line = says("channel")
    not_administrator: Line
    administrators_unknown: Line
    stale_command: Line
    stale_content: Line
    nothing_to_return_to: Line
    cooldown: Line = says("until")
    server_cooldown: Line = says("until")


class Wording(BaseModel):
    """Everything the bot says in one language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dates: Dates
    common: Common
    topic: TopicWords
    timeline: TimelineWords
    deadline: DeadlineWords
    calendar: CalendarWords
    alliances: AllianceWords
    about: AboutWords
    commands: CommandWords
    posts: PostWords
    alerts: AlertsWords
    alert_commands: AlertCommandWords
    content_diff: ContentDiffWords
    content_commands: ContentCommandWords
    content_cards: ContentCardWords
    errors: ErrorWords
