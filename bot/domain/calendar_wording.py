"""What the bot says in the calendar file, beside the words it has for dates anyway."""

from __future__ import annotations

from bot.domain.sentences import Line, Section, says


class CalendarWords(Section):
    """The calendar as a whole, and the headings and lines of its entries; plain text, no emphasis."""

    name: Line
    about: Line
    tentative: Line = says("title")
    outcome_unknown: Line = says("title")
    vague: Line = says("title", "when")
    cancelled: Line = says("title")
    replaced: Line = says("title")
    gone: Line = says("name")
    gone_about: Line = says("date")
    when: Line = says("when", "certainty")
    rhythm: Line = says("rhythm")
    not_to_the_day: Line
    source: Line = says("publisher", "title", "url")
