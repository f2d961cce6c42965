"""All treaties and countries in one book, which answers what two states are to each other on a day."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import chain, combinations
from typing import TYPE_CHECKING

from bot.domain.alliances import DEFENCE, PLEDGES, STANDING, Absence, Circle, Force, Label, Past, Relation, Tie
from bot.domain.treaties import Effect, Practice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.domain.countries import Country
    from bot.domain.dates import PartialDate
    from bot.domain.statements import CountryId
    from bot.domain.treaties import Membership, Suspension, Treaty


class TreatyBook:
    """All treaties and countries, arranged so that two states are compared by what they share."""

    def __init__(self, countries: Iterable[Country], treaties: Iterable[Treaty]) -> None:
        """Index memberships by country."""
        self._countries = {country.id: country for country in countries}
        self._treaties = tuple(treaties)
        self._members: dict[CountryId, dict[int, list[Membership]]] = {code: {} for code in self._countries}
        for number, treaty in enumerate(self._treaties):
            for party in treaty.parties:
                self._members[party.country].setdefault(number, []).append(party)
        self._kin = {code: tuple(self._list_kin(country)) for code, country in self._countries.items()}
        self.as_of = min((treaty.as_of for treaty in self._treaties if treaty.ended is None), default=None)

    def _list_kin(self, country: Country) -> Iterator[CountryId]:
        """Yield the codes under which the same state is told: its own, the one it continues, the one that continues it."""
        yield country.id
        if country.continues:
            yield country.continues
        yield from (other.id for other in self._countries.values() if other.continues == country.id)

    def find_state(self, code: CountryId, day: date) -> Country | None:
        """Return the country if it was a state on `day`, else the one that was the same state then, else None."""
        return next((self._countries[kin] for kin in self._kin[code] if self._countries[kin].exists(day)), None)

    def count_treaties(self, code: CountryId) -> int:
        """Return to how many treaties of the book the country was ever a party."""
        return len(self._members[code])

    def count_pairs(self) -> Counter[tuple[CountryId, CountryId]]:
        """Return how many treaties each two countries were ever both a party to."""
        named = (sorted({party.country for party in treaty.parties}) for treaty in self._treaties)
        return Counter(chain.from_iterable(combinations(codes, 2) for codes in named))

    def relate(self, one: CountryId, other: CountryId, day: date) -> Relation | Absence:
        """Return what the two states are to each other on `day`, or which of them was no state then."""
        left, right = self.find_state(one, day), self.find_state(other, day)
        if left is None or right is None:
            return self._absence(self._countries[other if left else one], day)
        ties = tuple(self._ties(left.id, right.id, day))
        held = {tie.treaty.id for tie in ties}
        past = tuple(past for past in self._past(left.id, right.id, day) if past.treaty.id not in held)
        relation = Relation(left, right, day, ties, past, self.as_of or day)
        return replace(relation, as_of=min((tie.treaty.as_of for tie in relation.deciding), default=relation.as_of))

    def _absence(self, country: Country, day: date) -> Absence:
        """Say that `country` was no state, and look before or after it for those in its place, step by step as far as it takes."""
        is_before = country.is_before(day)
        found: list[Country] = []
        waiting, seen = [country], {country.id}
        while waiting:
            near = waiting.pop(0)
            named = near.predecessors if is_before else near.successors
            following = [self._countries[code] for code in dict.fromkeys((*named, *self._kin[near.id])) if code not in seen]
            seen.update(there.id for there in following)
            found += [there for there in following if there.exists(day)]
            waiting += [there for there in following if not there.exists(day)]
        return Absence(country, day, tuple(found))

    def _shared(self, one: CountryId, other: CountryId) -> Iterator[tuple[Treaty, Membership, Membership]]:
        """Yield each two memberships by which one can owe the other something, in the order of the content; a state owes itself nothing."""
        mine, theirs = self._members[one], self._members[other] if one != other else {}
        for number in sorted(mine.keys() & theirs.keys()):
            treaty = self._treaties[number]
            yield from ((treaty, left, right) for left in mine[number] for right in theirs[number] if _counts(treaty, left, right))

    def _ties(self, one: CountryId, other: CountryId, day: date) -> Iterator[Tie]:
        return filter(None, (_tie(treaty, left, right, day) for treaty, left, right in self._shared(one, other)))

    def _past(self, one: CountryId, other: CountryId, day: date) -> Iterator[Past]:
        """Yield the defence treaties in force that bound the two, under any code, by memberships that were over by `day`."""
        found: list[Past] = []
        for left in self._kin[one]:
            for right in self._kin[other]:
                for treaty, mine, theirs in self._shared(left, right):
                    reaches = (treaty.reach, mine.reach, theirs.reach)
                    first, over = max(reach.first for reach in reaches), min(reach.over for reach in reaches)
                    if treaty.kind in DEFENCE and treaty.in_force and over <= day and self._met(left, right, first, over):
                        found.append(Past(treaty, mine, theirs, first, over))
        yield from sorted(found, key=lambda past: past.until, reverse=True)

    def _met(self, one: CountryId, other: CountryId, first: date, over: date) -> bool:
        """Whether both were states on one day from `first` until `over`: British India was none."""
        left, right = self._countries[one].periods, self._countries[other].periods
        return any(max(first, p.reach.first, q.reach.first) < min(over, p.reach.over, q.reach.over) for p in left for q in right)

    def list_boundaries(self, one: CountryId, other: CountryId) -> dict[date, PartialDate]:
        """Return every day, in order, on which what the two are to each other may change, with its date as exactly as it is known."""
        edges = [edge for code in (*self._kin[one], *self._kin[other]) for period in self._countries[code].periods for edge in period.edges]
        for left in self._kin[one]:
            for right in self._kin[other]:
                for treaty, *members in self._shared(left, right):
                    edges += treaty.edges
                    edges += [(member.signed.last, member.signed) for member in members if member.signed]
                    edges += [edge for period in (*members, *treaty.suspensions) for edge in period.edges]
        known: dict[date, PartialDate] = {}
        for day, told in sorted(edges, key=lambda edge: (edge[0], -edge[1].day, -edge[1].month)):
            known.setdefault(day, told)
        return known

    def list_circles(self, code: CountryId, day: date) -> tuple[Circle, ...] | Absence:
        """Return every treaty by which the country has allies on `day`, the firmest and widest first, or say that it was no state."""
        country = self.find_state(code, day)
        if country is None:
            return self._absence(self._countries[code], day)
        circles = filter(None, (self._circle(country.id, number, day) for number in self._members[country.id]))
        order = list(Label)
        return tuple(sorted(circles, key=lambda circle: (order.index(circle.label), -len(circle.allies))))

    def _circle(self, code: CountryId, number: int, day: date) -> Circle | None:
        treaty = self._treaties[number]
        if treaty.kind not in PLEDGES:
            return None
        allies: dict[CountryId, tuple[Country, Tie]] = {}
        for mine in self._members[code][number]:
            for party in treaty.parties:
                there = self._countries[party.country]
                if there.id != code and there.exists(day) and _counts(treaty, mine, party):
                    tie = _tie(treaty, mine, party, day)
                    if tie is not None and tie.force in STANDING:
                        allies[there.id] = (there, tie)
        return Circle(treaty, tuple(allies.values())) if allies else None


def _counts(treaty: Treaty, one: Membership, other: Membership) -> bool:
    """Whether one of the two can owe the other something: through the hub if there is one, and not as two guarantors."""
    return (treaty.hub is None or treaty.hub in {one.country, other.country}) and (one.role is None or one.role is not other.role)


def _tie(treaty: Treaty, one: Membership, other: Membership, day: date) -> Tie | None:
    """Return what the treaty is between two parties on `day`, or None where it is nothing between them then."""
    force = _find_force(treaty, one, other, day)
    if force is None:
        return None
    remarks = tuple(_remarks(treaty, one.country, other.country, day))
    return Tie(treaty, force, one, other, remarks, _is_sure(treaty, force, (one, other), remarks, day))


def _find_force(treaty: Treaty, one: Membership, other: Membership, day: date) -> Force | None:
    """Return what the treaty is worth between two parties on `day`, or None where it is nothing between them then."""
    if not all(reach.covers(day) for reach in (one.reach, other.reach, treaty.reach)):
        founders = one.reach.first == other.reach.first == treaty.reach.first
        signed = max((member.signed or treaty.signed).last for member in (one, other))
        return Force.SIGNED if founders and signed <= day < treaty.reach.first else None
    if treaty.in_force is None:
        return Force.SIGNED
    effects = {remark.effect for remark in _remarks(treaty, one.country, other.country, day)}
    if Effect.SUSPENDS in effects:
        return Force.SUSPENDED
    if treaty.sleep is not None and treaty.sleep.covers(day):
        return Force.DORMANT
    return Force.ON_PAPER if treaty.practice is Practice.NOMINAL or Effect.NOMINAL in effects else Force.IN_FORCE


def _is_sure(treaty: Treaty, force: Force, members: tuple[Membership, Membership], remarks: tuple[Suspension, ...], day: date) -> bool:
    """Whether the treaty has that force on `day` whatever the dates mean that are known only to the month or year."""
    if force is Force.SIGNED:
        return True
    telling = {Force.SUSPENDED: Effect.SUSPENDS, Force.ON_PAPER: Effect.NOMINAL}.get(force)
    reaches = [remark.reach for remark in remarks if remark.effect is telling]
    if reaches and not any(reach.surely_covers(day) for reach in reaches):
        return False
    asleep = (treaty.sleep,) if force is Force.DORMANT and treaty.sleep else ()
    return all(reach.surely_covers(day) for reach in (treaty.reach, *(member.reach for member in members), *asleep))


def _remarks(treaty: Treaty, one: CountryId, other: CountryId, day: date) -> Iterator[Suspension]:
    return (remark for remark in treaty.suspensions if remark.reach.covers(day) and remark.concerns(one, other))
