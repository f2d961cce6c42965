"""What the bot says about treaties and about what they make of two states."""

from __future__ import annotations

from bot.domain.alliances import Force, Label
from bot.domain.sentences import Line, Section, says
from bot.domain.treaties import Binding, Role, TreatyKind


class RelationWords(Section):
    """The answer to "are A and B allies?"."""

    title: Line = says("one", "other")
    verdict: Line = says("label", "when")
    verdict_former: Line = says("label", "when")
    verdict_coalition: Line = says("label", "when")
    label: dict[Label, Line]
    meaning: dict[Label, Line]
    as_of: Line = says("day")
    as_known: Line = says("when", "day")
    on_day: Line = says("span", "day")
    in_span: Line = says("span", "day")
    told_as: Line = says("asked", "state")
    status: Line = says("country", "status")
    only_one: Line = says("treaty")
    past: Line
    caution: Line = says("date")
    selection: Line
    not_known: Line = says("date")
    changed: Line = says("span")
    more_ties: Line = says("count")
    events: Line


class TreatyWords(Section):
    """A treaty as such, and as it stands between two states."""

    heading: Line = says("name", "details")
    named: Line = says("short", "details")
    kind: dict[TreatyKind, Line]
    binding: dict[Binding, Line]
    force: dict[Force, Line]
    role: dict[Role, Line]
    member: Line = says("country", "span")
    both: Line = says("span")
    detailed: Line = says("text", "details")
    since: Line = says("date")
    until: Line = says("date")
    from_until: Line = says("first", "last")
    unsure: Line
    contested: Line = says("text")
    remark: Line = says("text", "span")
    remark_of: Line = says("one", "other", "text", "span")
    others: Line
    signed: Line = says("date")
    in_force: Line = says("date")
    not_in_force: Line
    ended: Line = says("date")
    dormant: Line = says("date")
    nominal: Line
    hub: Line = says("country")
    parties: Line = says("count")


class TurnsWords(Section):
    """How two states stood to each other through the years."""

    title: Line = says("one", "other")
    first: Line = says("year", "label")
    turn: Line = says("day", "label")
    beginning: Line = says("label")
    because: Line = says("label", "treaties")
    told_as: Line = says("label", "states")
    no_state: Line = says("country")
    method: Line


class AbsenceWords(Section):
    """A country that was no state on the day somebody asks about."""

    not_yet: Line = says("country", "when")
    no_longer: Line = says("country", "when")
    between: Line = says("country", "when")
    instead: Line
    same: Line = says("country")
    nothing: Line


class CirclesWords(Section):
    """All allies of one country."""

    title: Line = says("country")
    intro: Line = says("count", "when")
    none: Line = says("when")
    allies: Line = says("names")
    more: Line = says("names", "count")
    reserved: Line


class AllianceWords(Section):
    """Everything that is said about treaties between states."""

    relation: RelationWords
    treaty: TreatyWords
    turns: TurnsWords
    absence: AbsenceWords
    circles: CirclesWords
    which: Line = says("text")
    which_unknown: Line = says("text")
    which_other: Line = says("text")
    gone: Line = says("name", "years")
    turns_button: Line
    today_button: Line
    allies_button: Line = says("country")
    pair_button: Line
    choose: Line
