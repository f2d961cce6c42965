"""What administrators of the content see and do, as addresses: a control on a card names the page it opens or the deed it does.

Fields are only ever added at the end, as in `screens`, whose form these addresses share.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from bot.domain.screens import Screen


@dataclass(frozen=True, slots=True)
class ContentScreen(Screen):
    """Base of all pages and deeds that are for those who administer the bot."""


@dataclass(frozen=True, slots=True)
class StatusScreen(ContentScreen):
    """Which content is in use, and what the folder holds."""

    name = "content"


@dataclass(frozen=True, slots=True)
class PreviewScreen(ContentScreen):
    """What putting the folder's content to use would do."""

    name = "content-look"


@dataclass(frozen=True, slots=True)
class AskRollbackScreen(ContentScreen):
    """What going back one version would do, and the question whether to."""

    name = "content-back"


@dataclass(frozen=True, slots=True)
class UsesScreen(ContentScreen):
    """One page of the audit trail."""

    name = "content-uses"
    page: int = 0

    def on_page(self, page: int) -> Self:
        """Return the same list at another page."""
        return replace(self, page=page)


@dataclass(frozen=True, slots=True)
class ReloadDeed(ContentScreen):
    """Put the folder's content to use if it still is `version`, instead of `current`; `is_confirmed`: however many messages that sends."""

    name = "do-reload"
    version: str
    is_confirmed: bool = False
    current: str = ""


@dataclass(frozen=True, slots=True)
class RollbackDeed(ContentScreen):
    """Go back one version if that still is `version`, from `current`; `is_confirmed`: however many messages that sends."""

    name = "do-rollback"
    version: str
    is_confirmed: bool = False
    current: str = ""
