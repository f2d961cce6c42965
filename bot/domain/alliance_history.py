"""How two states stood to each other from one day to another: a turn for every day on which the answer changed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from bot.domain.alliances import Relation
from bot.domain.dates import PartialDate

if TYPE_CHECKING:
    from datetime import date

    from bot.domain.alliances import Absence, Label
    from bot.domain.statements import CountryId
    from bot.domain.treaty_book import TreatyBook


@dataclass(frozen=True, slots=True)
class Turn:
    """What holds from `since` on, until the next turn; `known` is that day as exactly as it is known."""

    since: date
    known: PartialDate
    outcome: Relation | Absence

    @property
    def label(self) -> Label | None:
        """The label, or None where one of the two was no state."""
        return self.outcome.label if isinstance(self.outcome, Relation) else None


def list_turns(book: TreatyBook, one: CountryId, other: CountryId, first: date, last: date) -> tuple[Turn, ...]:
    """Return how the two stood on `first` and each change up to `last`, both included; a change is another label or other deciding treaties."""
    days = {first: PartialDate.of(first)} | {day: known for day, known in book.list_boundaries(one, other).items() if first < day <= last}
    turns = (Turn(day, known, book.relate(one, other, day)) for day, known in days.items())
    return tuple(next(same) for _, same in groupby(turns, key=_what_counts))


def _what_counts(turn: Turn) -> tuple[object, ...]:
    outcome = turn.outcome
    if isinstance(outcome, Relation):
        return outcome.label, outcome.one.id, outcome.other.id, outcome.is_former, *(tie.treaty.id for tie in outcome.deciding)
    return (outcome.country.id,)
