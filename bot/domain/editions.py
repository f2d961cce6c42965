"""Which content is in use, and who did what with it and when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.subscriptions import UserId

UseId = NewType("UseId", int)


class Action(StrEnum):
    """What was done with the content."""

    STATUS = "status"
    PREVIEW = "preview"
    RELOAD = "reload"
    ROLLBACK = "rollback"
    HISTORY = "history"
    START = "start"


class Origin(StrEnum):
    """What set it off."""

    COMMAND = "command"
    SIGNAL = "signal"
    WATCH = "watch"
    START = "start"


class UseResult(StrEnum):
    """What came of it; APPLIED alone changes which content is in use."""

    APPLIED = "applied"
    SHOWN = "shown"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    UNCONFIRMED = "unconfirmed"
    OVERTAKEN = "overtaken"
    FAILED = "failed"
    KEPT_EARLIER = "kept_earlier"


@dataclass(frozen=True, slots=True)
class Editor:
    """Who did it: a person who typed a command, or whatever else set it off."""

    origin: Origin
    user_id: UserId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One row of the audit trail; `detail` is for people."""

    at: datetime
    action: Action
    by: Editor
    version: str | None = None
    result: UseResult
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """The content in use: by which use it came, and the version that one step back leads to (None: there is none)."""

    id: UseId
    version: str
    since: datetime
    by: Editor
    returns_to: str | None
