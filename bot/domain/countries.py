"""States as they came and went: a code, names, and the days on which each existed."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Annotated, NamedTuple

from pydantic import Field, StringConstraints, model_validator

from bot.domain.dates import PartialDate, PartialField
from bot.domain.statements import CountryId, Entry, Strict, text_of

CODE = StringConstraints(pattern=r"^([A-Z]{2}|X-[A-Z]{2})$")
"""ISO 3166-1 alpha-2, the code of ISO 3166-3 for a state that is gone, or X- and two letters where ISO has none."""

FIRST_YEAR = 1815
"""The year the knowledge of treaties begins with."""


class Reach(NamedTuple):
    """The days of a period: possible from `first`, certain from `sure`, certain until `fading`, over from `over` on."""

    first: date
    sure: date
    fading: date
    over: date

    def covers(self, day: date) -> bool:
        """Whether `day` lies in the period, as far as its bounds are known."""
        return self.first <= day < self.over

    def surely_covers(self, day: date) -> bool:
        """Whether `day` lies in the period, whatever day its bounds turn out to mean."""
        return self.sure <= day < self.fading


class Period(Strict):
    """From a date, included, until another, excluded; one left out is open, and either may be known only to the month or year."""

    since: PartialField | None = Field(default=None, alias="from")
    until: PartialField | None = None

    @model_validator(mode="after")
    def _runs_forward(self) -> Period:
        if self.since and self.until and self.until.last < self.since.first:
            msg = f"until {self.until} lies before from {self.since}"
            raise ValueError(msg)
        return self

    @property
    def edges(self) -> tuple[tuple[date, PartialDate], ...]:
        """The days on which it begins and is over, each with the date that tells so, as exactly as it is known."""
        begins = ((self.reach.first, self.since),) if self.since else ()
        return (*begins, (self.reach.over, self.until)) if self.until else begins

    @cached_property
    def reach(self) -> Reach:
        """The days it covers."""
        first, sure = (self.since.first, self.since.last) if self.since else (date.min, date.min)
        if self.until is None:
            return Reach(first, sure, date.max, date.max)
        over = self.until.first if self.until.day else self.until.last + min(timedelta(days=1), date.max - self.until.last)
        return Reach(first, sure, self.until.first, over)


class Country(Entry):
    """A state, or one that was: `continues` names the state it is the same as under another code, whose treaties it inherits.

    `status` is told wherever the country is: who recognises one that is not recognised by all.
    """

    id: Annotated[CountryId, CODE]
    name: Annotated[str, text_of(60)]
    in_sentences: Annotated[str, text_of(60)] | None = None
    other_names: tuple[Annotated[str, text_of(60)], ...] = Field(default=(), max_length=12)
    periods: tuple[Period, ...] = Field(default=(Period(),), min_length=1, max_length=6)
    continues: Annotated[CountryId, CODE] | None = None
    predecessors: tuple[Annotated[CountryId, CODE], ...] = Field(default=(), max_length=6)
    successors: tuple[Annotated[CountryId, CODE], ...] = Field(default=(), max_length=15)
    status: Annotated[str, text_of(200)] | None = None
    note: Annotated[str, text_of(300)] | None = None

    @model_validator(mode="after")
    def _follow_each_other(self) -> Country:
        for earlier, later in pairwise(self.periods):
            if earlier.reach.over > later.reach.first:
                msg = "the periods of a country must follow each other without overlapping"
                raise ValueError(msg)
        return self

    @property
    def spoken(self) -> str:
        """The name as it stands within a sentence: the United States."""
        return self.in_sentences or self.name

    def exists(self, day: date) -> bool:
        """Whether it was a state on `day`, as far as the days of its beginning and end are known."""
        return any(period.reach.covers(day) for period in self.periods)

    def is_before(self, day: date) -> bool:
        """Whether `day` lies before the country began."""
        return day < self.periods[0].reach.first
