"""When anything was wrong that may hold something up, and where: of the whole world, a server, a channel, a date or a subscription."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.simulation.journal import true_time

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

EVERYWHERE = "everywhere"
FOR_EVER = datetime.max.replace(tzinfo=UTC)


class Calm:
    """Remembers stretches of trouble by scope; each is followed by an aftermath, in which what was held up is made up for."""

    def __init__(self, aftermath: timedelta) -> None:
        """Let every trouble have this `aftermath`."""
        self._aftermath = aftermath
        self._troubles: defaultdict[Hashable, list[list[datetime]]] = defaultdict(list)

    def begin(self, scope: Hashable) -> None:
        """Note that something is wrong from now on."""
        stretches = self._troubles[scope]
        if not stretches or stretches[-1][1] < true_time():
            stretches.append([true_time(), FOR_EVER])
        stretches[-1][1] = FOR_EVER

    def end(self, scope: Hashable) -> None:
        """Note that all is well again; what was well stays so."""
        stretches = self._troubles.get(scope)
        if stretches and stretches[-1][1] == FOR_EVER:
            stretches[-1][1] = true_time() + self._aftermath

    def touch(self, scope: Hashable) -> None:
        """Note that something was wrong just now."""
        stretches = self._troubles[scope]
        if not stretches or stretches[-1][1] != FOR_EVER:
            self.begin(scope)
            self.end(scope)

    def find_longest(self, scopes: Iterable[Hashable], start: datetime, end: datetime) -> timedelta:
        """Return how long the longest stretch between two instants was in which none of the scopes was in trouble."""
        longest, calm_since = timedelta(), start
        troubles = sorted(stretch for scope in scopes for stretch in self._between(scope, start, end))
        for first, last in troubles:
            longest = max(longest, min(first, end) - calm_since)
            calm_since = max(calm_since, last)
        return max(longest, end - calm_since) if calm_since < end else longest

    def is_calm(self, scopes: Iterable[Hashable], start: datetime, end: datetime) -> bool:
        """Whether nothing was wrong in any of the scopes, nor being made up for."""
        return not any(self._between(scope, start, end) for scope in scopes)

    def _between(self, scope: Hashable, start: datetime, end: datetime) -> list[list[datetime]]:
        found = []
        for stretch in reversed(self._troubles.get(scope, ())):
            if stretch[1] < start:
                break
            if stretch[0] <= end:
                found.append(stretch)
        return found
