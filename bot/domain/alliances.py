"""Are two states allies on a day? The answer follows from the treaties they are parties to, and from nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.treaties import Treaty, TreatyKind

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.domain.countries import Country
    from bot.domain.treaties import Membership, Suspension


class Label(StrEnum):
    """What two states are to each other by treaty, from the strongest to none."""

    TREATY_ALLIES = "treaty-allies"
    ON_PAPER = "treaty-allies-on-paper"
    WARTIME_COALITION = "wartime-coalition"
    ONE_SIDED_PLEDGE = "one-sided-pledge"
    SIGNED = "signed-not-in-force"
    PARTNERS = "partners"
    NONE = "no-formal-alliance"


class Force(StrEnum):
    """What a treaty is worth between two parties on a day."""

    IN_FORCE = "in-force"
    ON_PAPER = "on-paper"
    SIGNED = "signed"
    SUSPENDED = "suspended"
    DORMANT = "dormant"


DEFENCE = {TreatyKind.MUTUAL_DEFENCE, TreatyKind.WARTIME_COALITION}
"""What made allies of those who once were bound by it."""

PLEDGES = DEFENCE | {TreatyKind.ONE_WAY_GUARANTEE}
"""Kinds by which somebody owes somebody help."""

STANDING = {Force.IN_FORCE, Force.ON_PAPER}
_LABELS: tuple[tuple[Label, Collection[TreatyKind], Collection[Force]], ...] = (
    (Label.TREATY_ALLIES, {TreatyKind.MUTUAL_DEFENCE}, {Force.IN_FORCE}),
    (Label.ON_PAPER, {TreatyKind.MUTUAL_DEFENCE}, {Force.ON_PAPER}),
    (Label.WARTIME_COALITION, {TreatyKind.WARTIME_COALITION}, STANDING),
    (Label.ONE_SIDED_PLEDGE, {TreatyKind.ONE_WAY_GUARANTEE}, STANDING),
    (Label.SIGNED, PLEDGES, {Force.SIGNED}),
)
"""The first row that any tie fits decides; partners and none come after it."""


@dataclass(frozen=True, slots=True)
class Tie:
    """A treaty between two states on a day; `one` and `other` are their memberships, `remarks` what is suspended or told between them.

    It is not `sure` where a date that is known only to the month or year leaves open whether it was in force.
    """

    treaty: Treaty
    force: Force
    one: Membership
    other: Membership
    remarks: tuple[Suspension, ...]
    is_sure: bool

    @property
    def has_lapsed(self) -> bool:
        """Whether it is a pledge of help that is suspended or dormant between the two."""
        return self.treaty.kind in DEFENCE and self.force in {Force.SUSPENDED, Force.DORMANT}

    @property
    def label(self) -> Label:
        """What this tie alone makes of the two."""
        for label, kinds, forces in _LABELS:
            if self.treaty.kind in kinds and self.force in forces:
                return label
        return Label.PARTNERS if self.force in STANDING and self.treaty.makes_partners else Label.NONE


@dataclass(frozen=True, slots=True)
class Past:
    """A defence treaty that bound two states from `since` until `until`, excluded, by the memberships `one` and `other`."""

    treaty: Treaty
    one: Membership
    other: Membership
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Relation:
    """What two states are to each other on a day; `ties` hold or explain, `past` are the defence treaties that bound them before, the latest first.

    `as_of` is the day to which that is known.
    """

    one: Country
    other: Country
    day: date
    ties: tuple[Tie, ...]
    past: tuple[Past, ...]
    as_of: date

    @property
    def label(self) -> Label:
        """What the strongest of the ties makes of them."""
        order = list(Label)
        return min((tie.label for tie in self.ties), key=order.index, default=Label.NONE)

    @property
    def strongest_first(self) -> tuple[Tie, ...]:
        """The ties, those that decide a pledge first, then the pledges that no longer count, then what makes partners, then the rest."""
        order = list(Label)
        lapsed = order.index(Label.PARTNERS) - 0.5  # a pledge that lapsed explains more than an agreement that holds
        return tuple(sorted(self.ties, key=lambda tie: lapsed if tie.has_lapsed else order.index(tie.label)))

    @property
    def treaties(self) -> tuple[Treaty, ...]:
        """Every treaty that the answer names, each once: the ties strongest first, then what bound the two before."""
        named = (*(tie.treaty for tie in self.strongest_first), *(past.treaty for past in self.past))
        return tuple({treaty.id: treaty for treaty in named}.values())

    @property
    def deciding(self) -> tuple[Tie, ...]:
        """The ties that make the label."""
        return tuple(tie for tie in self.ties if tie.label is self.label is not Label.NONE)

    @property
    def was(self) -> Label | None:
        """What no allies were before: by a treaty that has ended, sleeps or is suspended between them; None for allies and for others."""
        if self.label in {Label.TREATY_ALLIES, Label.ON_PAPER, Label.WARTIME_COALITION}:
            return None
        lapsed = [*(past.treaty for past in self.past), *(tie.treaty for tie in self.ties if tie.has_lapsed)]
        kinds = {treaty.kind for treaty in lapsed}
        if TreatyKind.MUTUAL_DEFENCE in kinds:
            return Label.TREATY_ALLIES
        return Label.WARTIME_COALITION if TreatyKind.WARTIME_COALITION in kinds else None

    @property
    def is_former(self) -> bool:
        """Whether they are no allies on that day, but were."""
        return self.was is not None


@dataclass(frozen=True, slots=True)
class Absence:
    """A country that was no state on a day; `instead` are those that stood in its place then, as far as they are known."""

    country: Country
    day: date
    instead: tuple[Country, ...]


@dataclass(frozen=True, slots=True)
class Circle:
    """One treaty by which a country has allies on a day, and each of them with the tie to it."""

    treaty: Treaty
    allies: tuple[tuple[Country, Tie], ...]

    @property
    def label(self) -> Label:
        """What the treaty makes of the country and the ally it binds most firmly."""
        return min((tie.label for _, tie in self.allies), key=list(Label).index)
