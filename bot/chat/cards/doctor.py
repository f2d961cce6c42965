"""The card of `/alerts doctor`: bad lines first, each with its remedy, then the good ones and what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.chat.cards.paging import page_buttons
from bot.chat.cards.subscriptions import lead_of, where_of
from bot.chat.layout import Card, Scene, full_stamp, small
from bot.domain.managing import DoctorScreen, HistoryScreen, SubscriptionsScreen
from bot.services.browsing import Page

if TYPE_CHECKING:
    from collections.abc import Iterable

    from discord import ui

    from bot.chat.examining import Diagnosis, Finding
    from bot.domain.subscriptions import Subscription
    from bot.services.subscribing import Upcoming

_ROOM = 2_400
"""Characters of findings on a page; what comes next needs the rest."""


def doctor_card(scene: Scene, screen: DoctorScreen, diagnosis: Diagnosis) -> ui.LayoutView:
    """Return one page of what the doctor found, and the next alerts over all."""
    words = scene.phrases.words.alerts
    pages = _packed(_line(scene, finding) for finding in diagnosis.findings)
    number = min(max(screen.page, 0), len(pages) - 1)
    bad = sum(not finding.is_good for finding in diagnosis.findings)
    card = Card(discord.Colour(0xA8434A if bad else 0x3A8F5C))
    card.text(words.doctor_title, words.doctor_problems.format(count=bad) if bad else words.doctor_all_well)
    card.text(*pages[number]).rule()
    card.text(words.doctor_next, *(_upcoming(scene, *found) for found in diagnosis.upcoming))
    card.text(None if diagnosis.upcoming else words.doctor_nothing_next)
    if len(pages) > 1:
        card.text(small(words.doctor_page.format(page=number + 1, pages=len(pages))))
    page_buttons(card, scene, screen, Page((), number, len(pages), len(diagnosis.findings)))
    return card.buttons(
        card.button(words.all, SubscriptionsScreen(), primary=True),
        card.button(words.history, HistoryScreen()),
        card.button(words.retry, screen.on_page(0)),
    ).view()


def _line(scene: Scene, finding: Finding) -> str:
    words = scene.phrases.words.alerts
    return (words.good if finding.is_good else words.bad).format(text=finding.text)


def _packed(lines: Iterable[str]) -> list[list[str]]:
    """Put the lines on pages, in order, as many on each as fit."""
    pages: list[list[str]] = [[]]
    for line in lines:
        if pages[-1] and sum(map(len, pages[-1])) + len(pages[-1]) + len(line) > _ROOM:
            pages.append([])
        pages[-1].append(line)
    return pages


def _upcoming(scene: Scene, found: Upcoming, subscription: Subscription) -> str:
    return scene.phrases.words.alerts.doctor_next_item.format(
        when=full_stamp(found.due_at), lead=lead_of(scene, found.lead), title=found.deadline.title, channel=where_of(subscription)
    )
