"""Cards of a server's settings for alerts, and of forgetting the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.chat.layout import Card, Scene
from bot.domain.managing import DoctorScreen, ForgetDeed, SubscriptionsScreen

if TYPE_CHECKING:
    from discord import ui

    from bot.domain.subscriptions import GuildPreferences


def preferences_card(scene: Scene, preferences: GuildPreferences, note: str | None = None) -> ui.LayoutView:
    """Return a server's hour, zone and fallback channel, below a `note` on what was just done."""
    words, timing = scene.phrases.words.alerts, preferences.timing
    fallback = preferences.fallback_channel_id
    card = Card().text(note, words.settings_title)
    card.text(
        words.settings_time.format(time=f"{timing.clock_time:%H:%M}", zone=timing.zone),
        words.settings_fallback.format(channel=f"<#{fallback}>") if fallback else words.settings_no_fallback,
    )
    card.text(words.settings_hint)
    return card.buttons(
        card.button(words.all, SubscriptionsScreen(), primary=True),
        card.button(words.doctor, DoctorScreen()),
    ).view()


def ask_forget_card(scene: Scene) -> ui.LayoutView:
    """Return the question whether everything about the server is to be erased."""
    words = scene.phrases.words.alerts
    card = Card(discord.Colour(0xA8434A)).text(words.ask_forget)
    return card.buttons(
        card.button(words.forget, ForgetDeed(), danger=True),
        card.button(words.cancel, SubscriptionsScreen()),
    ).view()


def forgotten_card(scene: Scene) -> ui.LayoutView:
    """Return the news that nothing is kept any more."""
    return Card().text(scene.phrases.words.alerts.forgotten).view()
