"""What was found about a machine that is to run the bot: good, doubtful or bad, each with its remedy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

CLOCK_DOUBT_SECONDS = 5
CLOCK_BAD_SECONDS = 60
"""From here on alerts would come noticeably early or late, and leases end at the wrong moment."""


class Mark(StrEnum):
    """How a finding stands: the bot runs well, runs with a doubt, or does not run."""

    GOOD = "good"
    DOUBT = "doubt"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One finding: which part of the machine, how it stands, what was found, and what to do about it ("" where nothing).

    `exit_code` is what a program ends with because of it; 0 unless it is bad.
    """

    part: str
    mark: Mark
    found: str
    remedy: str = ""
    exit_code: int = 0


def good(part: str, found: str) -> Sign:
    """Return a finding that needs nothing."""
    return Sign(part=part, mark=Mark.GOOD, found=found)


def doubt(part: str, found: str, remedy: str) -> Sign:
    """Return a finding that does not keep the bot from running."""
    return Sign(part=part, mark=Mark.DOUBT, found=found, remedy=remedy)


def bad(part: str, found: str, remedy: str, exit_code: int = 1) -> Sign:
    """Return a finding that keeps the bot from running, or from keeping its promises."""
    return Sign(part=part, mark=Mark.BAD, found=found, remedy=remedy, exit_code=exit_code)


def judge_clock(seconds: float, whose: str) -> Sign:
    """Judge by how many seconds this machine's clock is ahead of somebody else's (behind: less than 0), read to a second or so."""
    part = f"clock ({whose})"
    apart = abs(seconds)
    if apart <= CLOCK_DOUBT_SECONDS:
        return good(part, f"within {CLOCK_DOUBT_SECONDS} seconds of this machine's")
    found = f"this machine's is {apart:.0f} seconds {'ahead' if seconds > 0 else 'behind'}"
    remedy = "Alerts fall due by this machine's clock: let it be set by the network (NTP)."
    return bad(part, found, remedy) if apart > CLOCK_BAD_SECONDS else doubt(part, found, remedy)


def find_exit_code(signs: tuple[Sign, ...]) -> int:
    """Return what to end with: the exit code of the first bad sign, 0 where there is none."""
    return next((sign.exit_code for sign in signs if sign.mark is Mark.BAD), 0)
