"""What managers see and do with alerts, as addresses: a control on a card names the page it opens or the deed it does.

Fields are only ever added at the end, as in `screens`, whose form these addresses share.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from bot.domain.screens import Screen


@dataclass(frozen=True, slots=True)
class ManagedScreen(Screen):
    """Base of all pages and deeds that need the permission to manage the server; they are drawn from the database."""


@dataclass(frozen=True, slots=True)
class SubscriptionsScreen(ManagedScreen):
    """One page of the server's subscriptions."""

    name = "subs"
    page: int = 0

    def on_page(self, page: int) -> Self:
        """Return the same list at another page."""
        return replace(self, page=page)


@dataclass(frozen=True, slots=True)
class SubscriptionScreen(ManagedScreen):
    """One subscription with its next alerts."""

    name = "sub"
    subscription: int


@dataclass(frozen=True, slots=True)
class HistoryScreen(ManagedScreen):
    """One page of the server's ledger."""

    name = "ledger"
    page: int = 0

    def on_page(self, page: int) -> Self:
        """Return the same list at another page."""
        return replace(self, page=page)


@dataclass(frozen=True, slots=True)
class PreferencesScreen(ManagedScreen):
    """The server's zone, hour and fallback channel."""

    name = "prefs"


@dataclass(frozen=True, slots=True)
class DoctorScreen(ManagedScreen):
    """What works, what does not, and the remedy."""

    name = "doctor"
    page: int = 0

    def on_page(self, page: int) -> Self:
        """Return the same list at another page."""
        return replace(self, page=page)


@dataclass(frozen=True, slots=True)
class AskForgetScreen(ManagedScreen):
    """The question whether everything about the server is really to be erased."""

    name = "ask-forget"


@dataclass(frozen=True, slots=True)
class AskRemoveScreen(ManagedScreen):
    """The question whether a subscription is really to be removed."""

    name = "ask-remove"
    subscription: int


@dataclass(frozen=True, slots=True)
class EditHintsScreen(ManagedScreen):
    """How a subscription is changed."""

    name = "edit"
    subscription: int


@dataclass(frozen=True, slots=True)
class AskSubscribeScreen(ManagedScreen):
    """The question which of a topic's dates the channel where the button is shall hear of."""

    name = "ask-add"
    topic: str


@dataclass(frozen=True, slots=True)
class SubscribeDeed(ManagedScreen):
    """Subscribe the channel where the button is to `what` (a Selector's text)."""

    name = "do-add"
    what: str


@dataclass(frozen=True, slots=True)
class PauseDeed(ManagedScreen):
    """Pause a subscription until somebody resumes it."""

    name = "do-pause"
    subscription: int


@dataclass(frozen=True, slots=True)
class ResumeDeed(ManagedScreen):
    """Resume a paused or suspended subscription."""

    name = "do-resume"
    subscription: int


@dataclass(frozen=True, slots=True)
class RemoveDeed(ManagedScreen):
    """Remove a subscription."""

    name = "do-remove"
    subscription: int


@dataclass(frozen=True, slots=True)
class DrillDeed(ManagedScreen):
    """Send a labelled drill through the real path of a subscription."""

    name = "do-drill"
    subscription: int


@dataclass(frozen=True, slots=True)
class ForgetDeed(ManagedScreen):
    """Erase everything about this server."""

    name = "do-forget"


@dataclass(frozen=True, slots=True)
class PostScreen(ManagedScreen):
    """Base of what the controls under a message that the bot posted by itself lead to.

    `message` is the id of the claimed message: by it the bot knows its own message again in a channel's history.
    """

    message: int


@dataclass(frozen=True, slots=True)
class PausePostDeed(PostScreen):
    """Pause every subscription that a posted message was for."""

    name = "post-pause"


@dataclass(frozen=True, slots=True)
class StopPostDeed(PostScreen):
    """Ask whether every subscription that a posted message was for is to be removed."""

    name = "post-stop"


@dataclass(frozen=True, slots=True)
class ReportedScreen(PostScreen):
    """What the doctor says, reached from the news that a subscription is suspended."""

    name = "post-report"
