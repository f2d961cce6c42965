"""What is proposed for the content, what it would do, and how things stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.domain.editions import UseResult
from bot.knowledge.problems import list_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.comparing import ContentDiff
    from bot.domain.editions import Edition
    from bot.knowledge.problems import Problem
    from bot.services.foreseeing import Impact

DETAIL_LENGTH = 300
"""Characters that the audit trail keeps of what is for people."""

_MOST_LOGGED = 50
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a change would do, and what came of it.

    `result`: SHOWN for a preview; APPLIED; UNCHANGED where the content is the one in use; REFUSED because of `problems` (errors);
    UNCONFIRMED where it would send more than `limit` messages and the confirmation is missing; OVERTAKEN where somebody else
    changed the content meanwhile. `version` is the proposed one, `current` the one in use before. `diff` and `impact` are None
    where there is nothing to compare. `problems` holds warnings too; it is not final where checking itself failed.
    """

    result: UseResult
    version: str
    current: str
    limit: int
    diff: ContentDiff | None = None
    impact: Impact | None = None
    problems: tuple[Problem, ...] = ()
    is_final: bool = True

    @property
    def detail(self) -> str:
        """What the audit trail keeps of it: the first problem, or how much of what changed."""
        if errors := list_errors(self.problems):
            return f"{errors[0]} ({len(errors)} in all)"[:DETAIL_LENGTH]
        counts = (
            [sum(len(getattr(kind, name)) for kind in self.diff.kinds) for name in ("added", "changed", "removed")] if self.diff else []
        )
        parts = [f"{count} {name}" for count, name in zip(counts, ("added", "changed", "removed"), strict=False) if count]
        return ", ".join([*parts, *([f"up to {self.impact.messages} messages"] if self.impact and self.impact.messages else [])])

    @property
    def warning(self) -> str:
        """What the health check says while the folder's content is not used; "" where nothing is in the way."""
        return warn(self.result, self.version, len(list_errors(self.problems)), self.impact.messages if self.impact else 0)


def warn(result: UseResult, version: str, problems: int, messages: int) -> str:
    """Say in one sentence why the folder's content is not used; "" where it is."""
    if result in {UseResult.REFUSED, UseResult.KEPT_EARLIER}:
        counted = "1 problem; detente check tells it" if problems == 1 else f"{problems} problems; detente check lists them"
        return f"The content in the folder cannot be used ({counted}); an earlier version is in use."
    if result is UseResult.OVERTAKEN:
        return "This version of the program cannot use the content in use, so it sends no alerts. Install the version that can."
    if result is UseResult.UNCONFIRMED:
        return f"The content in the folder ({version}) would send up to {messages} messages and waits for somebody to confirm it (/content reload)."
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentStatus:
    """What is in use (`edition` None: never recorded), what the folder holds, and what is in the way.

    `in_folder` is the folder's version; `failure` says why this process does not follow the edition, "" where it does.
    """

    edition: Edition | None
    in_use: str
    in_folder: str
    is_watching: bool
    failure: str


def log_problems(problems: Sequence[object]) -> None:
    """Write the first of them to the log, and how many there are: ten thousand lines would only hold everybody up."""
    for problem in problems[:_MOST_LOGGED]:
        _log.warning("content", problem=str(problem))
    if len(problems) > _MOST_LOGGED:
        _log.warning("content", more_problems=len(problems) - _MOST_LOGGED)
