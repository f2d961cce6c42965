"""What the bot says about alerts: in the messages it posts by itself, and to those who manage them."""

from __future__ import annotations

from enum import StrEnum

from bot.domain.judging import Reason
from bot.domain.sentences import Descriptions, Line, Section, says
from bot.domain.subscriptions import Obstacle


class PostWords(Section):
    """The messages that the bot posts by itself."""

    heading: Line = says("title")
    several: Line = says("count")
    several_news: Line = says("count")
    days_left: Line = says("days")
    tomorrow: Line
    today: Line
    under_way: Line
    was_due: Line = says("date")
    late: Line = says("when")
    drill: Line
    moved: Line = says("title", "old", "new")
    cancelled: Line = says("title", "date")
    replaced: Line = says("title", "date", "other")
    outcome: Line = says("title", "date")
    outcome_otherwise: Line = says("title", "old", "new")
    restored: Line = says("title", "date")
    note: Line = says("text")
    details: Line
    pause: Line
    stop: Line
    report: Line = says("channel", "what", "reason", "server")
    report_after: Line
    obstacle: dict[Obstacle, Line]


class Permission(StrEnum):
    """What the bot needs of a channel, by discord.py's names."""

    VIEW_CHANNEL = "view_channel"
    SEND_MESSAGES = "send_messages"
    SEND_MESSAGES_IN_THREADS = "send_messages_in_threads"
    EMBED_LINKS = "embed_links"
    READ_MESSAGE_HISTORY = "read_message_history"
    MANAGE_THREADS = "manage_threads"
    MEMBERSHIP = "membership"


class Fate(StrEnum):
    """How a row of the history reads."""

    ON_THE_WAY = "on_the_way"
    HELD = "held"
    SENT = "sent"
    SENT_LATE = "sent_late"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    PAUSED = "paused"


class AlertsWords(Section):
    """The pages of `/alerts`, which only managers see."""

    alert_here: Line
    everything: Line
    everyone: Line
    # one subscription
    heading: Line = says("what")
    added: Line
    added_idle: Line
    changed: Line
    test_sent: Line = says("title", "channel")
    test_refused: Line = says("reason")
    channel_gone: Line
    role_gone: Line
    paused_now: Line
    resumed: Line
    resume_held: Line
    removed: Line = says("what", "channel")
    where: Line = says("channel")
    when: Line = says("leads", "time", "zone")
    leads: Line = says("days")
    same_day: Line
    own_leads: Line = says("days")
    own_time: Line
    server_time: Line
    whom: Line = says("role")
    nobody: Line
    publish: Line
    note: Line = says("text")
    by: Line = says("member", "when")
    paused: Line = says("when")
    paused_for_good: Line
    suspended: Line = says("reason")
    suspended_after: Line
    next: Line
    next_item: Line = says("when", "lead", "title", "certainty")
    nothing_next: Line
    nothing_paused: Line
    days_before: Line = says("days")
    day_before: Line
    on_the_day: Line
    # buttons
    test: Line
    pause: Line
    resume: Line
    remove: Line
    edit: Line
    all: Line
    doctor: Line
    history: Line
    cancel: Line
    retry: Line
    settings: Line
    # pages
    list_title: Line = says("count")
    list_row: Line = says("channel", "what", "details")
    list_active: Line
    list_paused: Line = says("when")
    list_paused_for_good: Line
    list_suspended: Line = says("reason")
    empty: Line
    posted_title: Line
    posted_gone: Line
    stop_title: Line
    edit_title: Line = says("what")
    edit_hints: Line
    ask_remove: Line = says("what", "channel")
    ask_forget: Line
    forget: Line
    forgotten: Line
    ask_add: Line = says("title")
    ask_add_select: Line
    # settings
    settings_title: Line
    settings_time: Line = says("time", "zone")
    settings_fallback: Line = says("channel")
    settings_no_fallback: Line
    settings_hint: Line
    settings_saved: Line
    # history
    history_title: Line
    history_empty: Line
    history_row: Line = says("when", "title", "kind", "date", "channel", "fate")
    history_drill: Line
    history_moved: Line
    history_cancelled: Line
    history_outcome: Line
    history_restored: Line
    fate: dict[Fate, Line] = says("reason")
    reason: dict[Reason, Line]
    no_reason: Line
    # doctor
    doctor_title: Line
    doctor_all_well: Line
    doctor_elsewhere: Line
    doctor_problems: Line = says("count")
    doctor_page: Line = says("page", "pages")
    good: Line = says("text")
    bad: Line = says("text")
    doctor_well: Line = says("channel", "what")
    doctor_channel_gone: Line = says("what")
    doctor_missing: Line = says("channel", "what", "missing")
    doctor_role_gone: Line = says("channel", "what")
    doctor_role_mute: Line = says("channel", "what", "role")
    doctor_publish: Line = says("channel", "what")
    doctor_zone: Line = says("channel", "what", "zone")
    doctor_selector_gone: Line = says("channel", "what")
    doctor_suspended: Line = says("channel", "what", "reason")
    doctor_time: Line = says("time", "zone")
    doctor_time_bad: Line = says("zone")
    doctor_fallback: Line = says("channel")
    doctor_no_fallback: Line
    doctor_fallback_bad: Line = says("missing")
    doctor_queue: Line = says("count")
    doctor_queue_empty: Line
    doctor_next: Line
    doctor_nothing_next: Line
    doctor_next_item: Line = says("when", "lead", "title", "channel")
    permission: dict[Permission, Line]


class AlertCommandWords(Descriptions):
    """What Discord shows beside `/alerts` and its options."""

    alerts: Line
    add: Line
    channel: Line
    what: Line
    leads: Line
    at: Line
    zone: Line
    role: Line
    publish: Line
    note: Line
    list: Line
    page: Line
    edit: Line
    subscription: Line
    reset: Line
    reset_leads: Line
    reset_at: Line
    reset_zone: Line
    reset_role: Line
    reset_note: Line
    reset_fallback: Line
    pause: Line
    until: Line
    resume: Line
    remove: Line
    settings: Line
    settings_zone: Line
    settings_at: Line
    fallback: Line
    reset_settings: Line
    test: Line
    history: Line
    doctor: Line
    forget: Line
