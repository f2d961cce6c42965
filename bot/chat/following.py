"""From the address on a control of `/alerts` to the page it opens or the deed it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.chat import managing
from bot.chat.alert_options import bounded_id
from bot.chat.cards.doctor import doctor_card
from bot.chat.examining import examine
from bot.domain.managing import (
    AskForgetScreen,
    AskRemoveScreen,
    AskSubscribeScreen,
    DoctorScreen,
    DrillDeed,
    EditHintsScreen,
    ForgetDeed,
    HistoryScreen,
    ManagedScreen,
    PauseDeed,
    PausePostDeed,
    PreferencesScreen,
    RemoveDeed,
    ReportedScreen,
    ResumeDeed,
    StopPostDeed,
    SubscribeDeed,
    SubscriptionScreen,
    SubscriptionsScreen,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from discord import ui

    from bot.chat.desk import Visit

    Opened = Coroutine[Any, Any, ui.LayoutView]


async def show_doctor(visit: Visit, screen: DoctorScreen) -> ui.LayoutView:
    """Examine everything anew and show a page of what was found."""
    return doctor_card(visit.scene, screen, await examine(visit))


_PAGES: dict[type[ManagedScreen], Callable[[Visit, Any], Opened]] = {
    SubscriptionsScreen: managing.show_all,
    HistoryScreen: managing.show_history,
    AskSubscribeScreen: managing.ask_subscribe,
    SubscribeDeed: managing.subscribe,
    SubscriptionScreen: lambda visit, screen: managing.show(visit, bounded_id(screen.subscription)),
    EditHintsScreen: lambda visit, screen: managing.show_hints(visit, bounded_id(screen.subscription)),
    AskRemoveScreen: lambda visit, screen: managing.ask_remove(visit, bounded_id(screen.subscription)),
    PauseDeed: lambda visit, screen: managing.pause(visit, bounded_id(screen.subscription)),
    ResumeDeed: lambda visit, screen: managing.resume(visit, bounded_id(screen.subscription)),
    RemoveDeed: lambda visit, screen: managing.remove(visit, bounded_id(screen.subscription)),
    DrillDeed: lambda visit, screen: managing.drill(visit, bounded_id(screen.subscription)),
    PreferencesScreen: lambda visit, _: managing.settings(visit, managing.NO_SETTINGS),
    AskForgetScreen: lambda visit, _: managing.ask_forget(visit),
    PausePostDeed: managing.pause_posted,
    StopPostDeed: managing.stop_posted,
    ReportedScreen: lambda visit, _: show_doctor(visit, DoctorScreen()),
    ForgetDeed: lambda visit, _: managing.forget(visit),
    DoctorScreen: show_doctor,
}


def open_screen(visit: Visit, screen: ManagedScreen) -> Opened:
    """Return the work that opens the page, or does the deed, and draws what is to be shown."""
    return _PAGES[type(screen)](visit, screen)
