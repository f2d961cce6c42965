"""What the services tell somebody who counts; who that is and how it is counted, they do not know."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from bot.errors import DeliveryError, NotTriedError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from bot.domain.ledger import DeliveryState, MessageId, Outcome
    from bot.domain.subscriptions import Obstacle


class Setback(StrEnum):
    """Why a try to post came to nothing and has to be made again; few words, whatever Discord says."""

    NOT_TRIED = "not_tried"
    TIMEOUT = "timeout"
    DISCORD = "discord"
    UNEXPECTED = "unexpected"

    @classmethod
    def of(cls, error: Exception) -> Setback:
        """Return the word for what a try raised."""
        kinds = ((NotTriedError, cls.NOT_TRIED), (TimeoutError, cls.TIMEOUT), (DeliveryError, cls.DISCORD))
        return next((word for kind, word in kinds if isinstance(error, kind)), cls.UNEXPECTED)


class Refusal(StrEnum):
    """Whose share of answers was used up when one was refused."""

    PERSON = "person"
    SERVER = "server"


class Observer:
    """Is told what happens, and counts nothing; who counts, overrides. Every call returns at once and raises nothing."""

    def ended(self, state: DeliveryState, *, is_late: bool) -> None:
        """Take note that a delivery has come to its end."""

    def posted(self, late_seconds: Iterable[float]) -> None:
        """Take note of a posted message: for each alert in it, the seconds since it was due."""

    def set_back(self, setback: Setback) -> None:
        """Take note of a try that posted nothing, or of which nobody knows."""

    def tried_again(self) -> None:
        """Take note that a message is tried for a second or later time."""

    def held(self, obstacle: Obstacle) -> None:
        """Take note of a message that something about its channel or role stands in the way of."""

    def waited(self, seconds: float) -> None:
        """Take note of how long a turn to send took to come."""

    def answered(self, name: str, seconds: float) -> None:
        """Take note of a command or control that has run; `name` is one of those there are, never what somebody sent."""

    def refused(self, refusal: Refusal) -> None:
        """Take note of a command or control that was not answered because somebody has used up their share."""

    def requested(self, status: int | None) -> None:
        """Take note of an answer of Discord's HTTP API by its status, None where none came."""


UNWATCHED = Observer()


def tell_ends(observer: Observer, outcomes: Iterable[Outcome], kept: Collection[MessageId]) -> None:
    """Tell of each delivery that ended with a message in `kept`; what another process wrote down, it tells of itself."""
    for outcome in outcomes:
        if outcome.message_id in kept:
            for settled in outcome.settled:
                observer.ended(settled.state, is_late=settled.is_late)
