"""Treaties and pledges between states: what each party owes, since when, and what became of it."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from bot.domain.countries import CODE, Period, Reach
from bot.domain.dates import PartialDate, PartialField
from bot.domain.statements import SLUG, CountryId, Entry, TreatyId, text_of

if TYPE_CHECKING:
    from datetime import date

EVERYBODY = "all"
"""What stands in a suspension for every other party."""


class TreatyKind(StrEnum):
    """What the parties promise each other."""

    MUTUAL_DEFENCE = "mutual-defence"
    WARTIME_COALITION = "wartime-coalition"
    ONE_WAY_GUARANTEE = "one-way-guarantee"
    CONSULTATION = "consultation"
    NON_AGGRESSION = "non-aggression"
    STATUS = "status"


class Binding(StrEnum):
    """What makes it binding: a treaty, a government's own act, or a political word."""

    TREATY = "treaty"
    EXECUTIVE = "executive"
    POLITICAL = "political"


class Practice(StrEnum):
    """Whether the parties live by it: nominal is in force on paper, dormant no longer counts from `dormant_from` on."""

    ACTIVE = "active"
    NOMINAL = "nominal"
    DORMANT = "dormant"


class Role(StrEnum):
    """Who pledges and who is protected, where only one side does."""

    GUARANTOR = "guarantor"
    BENEFICIARY = "beneficiary"


class Effect(StrEnum):
    """What holds between two parties: the obligation is switched off, is in force on paper only, or something is told about it."""

    SUSPENDS = "suspends"
    NOMINAL = "nominal"
    FLAG = "flag"


class Membership(Period):
    """A country as a party, from a day until another; it may come back in a second membership.

    `signed` is when it signed or acceded, where that was later than the others.
    """

    country: Annotated[CountryId, CODE]
    signed: PartialField | None = None
    role: Role | None = None
    note: Annotated[str, text_of(160)] | None = None


class Suspension(Period):
    """What holds only between two parties; `all` stands for every other one."""

    between: Annotated[tuple[str, ...], Field(min_length=2, max_length=2)]
    effect: Effect
    note: Annotated[str, text_of(200)]

    def concerns(self, one: str, other: str) -> bool:
        """Whether it is about these two."""
        left, right = self.between
        return any(left in {a, EVERYBODY} and right in {b, EVERYBODY} for a, b in ((one, other), (other, one)))


class Treaty(Entry):
    """A pledge between states. Without `in_force` it is not known to be in force; with a `hub` only the pairs with that party count.

    `aliases` are other names that people ask by, as EU is. `partners` says whether it makes two parties partners; consultation and status
    do unless it says no, other kinds only where it says so.
    """

    id: Annotated[TreatyId, SLUG]
    name: Annotated[str, text_of(140)]
    short: Annotated[str, text_of(50)]
    aliases: tuple[Annotated[str, text_of(60)], ...] = Field(default=(), max_length=12)
    kind: TreatyKind
    binding: Binding = Binding.TREATY
    practice: Practice = Practice.ACTIVE
    dormant_from: PartialField | None = None
    signed: PartialField
    in_force: PartialField | None = None
    ended: PartialField | None = None
    article: Annotated[str, text_of(60)] | None = None
    obligation: Annotated[str, text_of(300)]
    parties: tuple[Membership, ...] = Field(min_length=2, max_length=80)
    hub: Annotated[CountryId, CODE] | None = None
    partners: bool | None = None
    suspensions: tuple[Suspension, ...] = Field(default=(), max_length=10)
    contested: Annotated[str, text_of(300)] | None = None
    note: Annotated[str, text_of(500)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Treaty:
        if (self.practice is Practice.DORMANT) != (self.dormant_from is not None):
            raise ValueError("practice dormant and dormant_from belong together")
        one_way = self.kind is TreatyKind.ONE_WAY_GUARANTEE
        if any((party.role is not None) != one_way for party in self.parties):
            raise ValueError("every party of a one-way-guarantee has a role, and no party of another kind")
        if self.ended and self.ended.last < (self.in_force or self.signed).first:
            raise ValueError("ended lies before in_force, or before signed where that is left out")
        return self

    @model_validator(mode="after")
    def _names_its_parties(self) -> Treaty:
        named = [party.country for party in self.parties]
        for suspension in self.suspensions:
            if strangers := [code for code in suspension.between if code != EVERYBODY and code not in named]:
                raise ValueError(f"a suspension names {', '.join(strangers)}, which is no party")
        if self.hub and self.hub not in named:
            raise ValueError(f"the hub {self.hub} is no party")
        for country in dict.fromkeys(named):
            reaches = sorted(party.reach for party in self.parties if party.country == country)
            if any(earlier.over > later.first for earlier, later in pairwise(reaches)):
                raise ValueError(f"{country} is a party twice on the same day")
        return self

    @property
    def makes_partners(self) -> bool:
        """Whether two parties without a defence pledge between them are partners because of it."""
        return self.partners if self.partners is not None else self.kind in {TreatyKind.CONSULTATION, TreatyKind.STATUS}

    @cached_property
    def _life(self) -> Period:
        return Period(since=self.in_force or self.signed, until=self.ended)

    @cached_property
    def reach(self) -> Reach:
        """The days on which it was in force, or, where that is not known, since it was signed; in the year of both not before it was signed."""
        reach, signed = self._life.reach, self.signed.first
        return reach._replace(first=max(reach.first, signed)) if signed <= reach.sure else reach

    @property
    def edges(self) -> tuple[tuple[date, PartialDate], ...]:
        """The days on which it was signed, took effect, fell asleep and was over, each with the date that tells so."""
        awaited = ((self.signed.last, self.signed),) if self.signed.last < self.reach.first else ()
        begins = (self.reach.first, self.in_force or self.signed)
        asleep = Period(since=self.dormant_from).edges
        return *awaited, begins, *asleep, *((day, told) for day, told in self._life.edges if day == self.reach.over)

    @cached_property
    def sleep(self) -> Reach | None:
        """The days from which it no longer counts although nobody ended it, or None."""
        return Period(since=self.dormant_from).reach if self.dormant_from else None
