"""Cards of a server's subscriptions: all of them, one of them, and the questions before something is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.chat.cards.paging import page_buttons, where_line
from bot.chat.layout import Card, Scene, as_text, full_stamp, small
from bot.domain.entries import Deadline, Topic
from bot.domain.managing import (
    AskRemoveScreen,
    AskSubscribeScreen,
    DoctorScreen,
    DrillDeed,
    EditHintsScreen,
    HistoryScreen,
    PauseDeed,
    PreferencesScreen,
    RemoveDeed,
    ResumeDeed,
    SubscribeDeed,
    SubscriptionScreen,
    SubscriptionsScreen,
)
from bot.domain.screens import AnswerScreen
from bot.domain.subscriptions import DEFAULT_LEADS, EVERYTHING, NOBODY, Scope, Selector, Status
from bot.services.answering import MAX_CHOICES
from bot.services.browsing import Page
from bot.services.ordering import title_of
from bot.store.subscriptions import FOR_EVER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from discord import ui

    from bot.domain.subscriptions import Subscription
    from bot.services.subscribing import Upcoming

_COLOUR = discord.Colour(0xC98A2B)
_RED = discord.Colour(0xA8434A)
_SHOWN = 8


def what_of(scene: Scene, subscription: Subscription) -> str:
    """Return what a subscription hears of, in words."""
    return title_of(scene.snapshot.knowledge, subscription.order.selector, scene.phrases.words.alerts.everything)


def where_of(subscription: Subscription) -> str:
    """Return the channel of a subscription as Discord shows it."""
    return f"<#{subscription.order.channel_id}>"


def lead_of(scene: Scene, lead: int) -> str:
    """Return how many days before, in words."""
    words = scene.phrases.words.alerts
    return {0: words.on_the_day, 1: words.day_before}.get(lead) or words.days_before.format(days=lead)


def _maker(scene: Scene, subscription: Subscription) -> str:
    erased = subscription.created_by == NOBODY
    return scene.phrases.words.content_cards.somebody if erased else f"<@{subscription.created_by}>"


def subscription_card(scene: Scene, subscription: Subscription, upcoming: Sequence[Upcoming], note: str | None = None) -> ui.LayoutView:
    """Return one subscription: what, where, when, whom, how it stands, and its next alerts, below a `note` on what was just done."""
    words = scene.phrases.words.alerts
    suspended = subscription.status is Status.SUSPENDED
    card = Card(_RED if suspended else _COLOUR).text(note, words.heading.format(what=what_of(scene, subscription)))
    card.text(*_standing(scene, subscription)).text(*_order_lines(scene, subscription)).rule()
    silence = words.nothing_paused if _is_paused_for_good(scene, subscription) else words.nothing_next
    card.text(words.next, *(upcoming_line(scene, found) for found in upcoming), None if upcoming else silence)
    by = words.by.format(member=_maker(scene, subscription), when=f"<t:{int(subscription.created_at.timestamp())}:D>")
    card.text(small(by))
    halted = suspended or subscription.is_paused(scene.now)
    card.buttons(
        card.button(words.test, DrillDeed(subscription.id), primary=True),
        card.button(words.retry if suspended else words.resume, ResumeDeed(subscription.id))
        if halted
        else card.button(words.pause, PauseDeed(subscription.id)),
        card.button(words.edit, EditHintsScreen(subscription.id)),
        card.button(words.remove, AskRemoveScreen(subscription.id)),
        card.button(words.all, SubscriptionsScreen()),
    )
    return card.view()


def upcoming_line(scene: Scene, found: Upcoming) -> str:
    """Return one alert to come: when, what about, how many days before, and how certain its date is."""
    return scene.phrases.words.alerts.next_item.format(
        when=full_stamp(found.due_at),
        lead=lead_of(scene, found.lead),
        title=found.deadline.title,
        certainty=scene.phrases.certainty(found.deadline, scene.now, found.occurrence),
    )


def _standing(scene: Scene, subscription: Subscription) -> Iterator[str]:
    words = scene.phrases.words
    if subscription.status is Status.SUSPENDED and subscription.obstacle:
        yield words.alerts.suspended.format(reason=words.posts.obstacle[subscription.obstacle])
        yield small(words.alerts.suspended_after)
    if subscription.is_paused(scene.now) and subscription.paused_until:
        for_good = _is_paused_for_good(scene, subscription)
        yield words.alerts.paused_for_good if for_good else words.alerts.paused.format(when=full_stamp(subscription.paused_until))


def _is_paused_for_good(scene: Scene, subscription: Subscription) -> bool:
    return subscription.is_paused(scene.now) and subscription.paused_until is not None and subscription.paused_until >= FOR_EVER


def _order_lines(scene: Scene, subscription: Subscription) -> Iterator[str]:
    words, order = scene.phrases.words.alerts, subscription.order
    yield words.where.format(channel=where_of(subscription))
    yield when_line(scene, subscription)
    yield small(words.own_time if order.clock_time and order.zone else words.server_time)
    yield words.whom.format(role=_role(scene, subscription))
    if order.publish:
        yield words.publish
    if order.note:
        yield words.note.format(text=as_text(order.note))


def when_line(scene: Scene, subscription: Subscription) -> str:
    """Return the lead days, the local hour and the zone of a subscription."""
    words, timing = scene.phrases.words.alerts, subscription.wish.timing
    return words.when.format(leads=_leads(scene, subscription), time=f"{timing.clock_time:%H:%M}", zone=timing.zone)


def _leads(scene: Scene, subscription: Subscription) -> str:
    words, leads = scene.phrases.words.alerts, subscription.order.leads
    if leads is None:
        return words.own_leads.format(days=", ".join(map(str, DEFAULT_LEADS)))
    before = [lead for lead in leads if lead]
    days = lead_of(scene, before[0]) if len(before) == 1 else words.leads.format(days=", ".join(map(str, before)))
    return ", ".join(filter(None, (days if before else None, words.same_day if 0 in leads else None)))


def _role(scene: Scene, subscription: Subscription) -> str:
    words, role_id = scene.phrases.words.alerts, subscription.order.role_id
    if role_id is None:
        return words.nobody
    # The role that everybody has goes by the server's own id, and Discord shows no name for it.
    return words.everyone if int(role_id) == int(subscription.guild_id) else f"<@&{role_id}>"


def subscriptions_card(
    scene: Scene, subscriptions: Sequence[Subscription], screen: SubscriptionsScreen, note: str | None = None
) -> ui.LayoutView:
    """Return one page of a server's subscriptions, each with a button that opens it."""
    words = scene.phrases.words
    page = Page.of(subscriptions, screen.page)
    card = Card(_COLOUR).text(note, words.alerts.list_title.format(count=page.total))
    for subscription in page.items:
        card.entry(_row(scene, subscription), words.common.open, SubscriptionScreen(subscription.id))
    card.text(small(where_line(scene, page)) if page.items else words.alerts.empty)
    page_buttons(card, scene, screen, page)
    return card.buttons(
        card.button(words.alerts.doctor, DoctorScreen()),
        card.button(words.alerts.history, HistoryScreen()),
        card.button(words.alerts.settings, PreferencesScreen()),
    ).view()


def posted_card(scene: Scene, subscriptions: Sequence[Subscription], note: str | None = None) -> ui.LayoutView:
    """Return what a posted message was for, each with a button that opens it."""
    words = scene.phrases.words
    card = Card(_COLOUR).text(note, words.alerts.posted_title if subscriptions else words.alerts.posted_gone)
    for subscription in subscriptions[:_SHOWN]:
        card.entry(_row(scene, subscription), words.common.open, SubscriptionScreen(subscription.id))
    return card.buttons(card.button(words.alerts.all, SubscriptionsScreen(), primary=True)).view()


def stop_card(scene: Scene, subscriptions: Sequence[Subscription]) -> ui.LayoutView:
    """Return the question which of those that a posted message was for shall stop; each leads to the question whether to remove it."""
    words = scene.phrases.words
    card = Card(_RED).text(words.alerts.stop_title if subscriptions else words.alerts.posted_gone)
    for subscription in subscriptions[:_SHOWN]:
        card.entry(_row(scene, subscription), words.alerts.remove, AskRemoveScreen(subscription.id))
    return card.buttons(card.button(words.alerts.all, SubscriptionsScreen(), primary=True)).view()


def elsewhere_card(scene: Scene) -> ui.LayoutView:
    """Return where the doctor is to be found, for somebody who asks in direct messages."""
    return Card().text(scene.phrases.words.alerts.doctor_elsewhere).view()


def _row(scene: Scene, subscription: Subscription) -> str:
    words = scene.phrases.words.alerts
    details = f"{_state(scene, subscription)} · {_leads(scene, subscription)}"
    return words.list_row.format(channel=where_of(subscription), what=what_of(scene, subscription), details=details)


def _state(scene: Scene, subscription: Subscription) -> str:
    words = scene.phrases.words
    if subscription.status is Status.SUSPENDED and subscription.obstacle:
        return words.alerts.list_suspended.format(reason=words.posts.obstacle[subscription.obstacle])
    return pause_of(scene, subscription) or words.alerts.list_active


def pause_of(scene: Scene, subscription: Subscription) -> str | None:
    """Return how long a subscription is paused, in words; None where it is not."""
    words = scene.phrases.words.alerts
    if subscription.paused_until is None or not subscription.is_paused(scene.now):
        return None
    for_good = subscription.paused_until >= FOR_EVER
    return words.list_paused_for_good if for_good else words.list_paused.format(when=full_stamp(subscription.paused_until))


def edit_hints_card(scene: Scene, subscription: Subscription) -> ui.LayoutView:
    """Return how a subscription is changed."""
    words = scene.phrases.words
    card = Card(_COLOUR).text(words.alerts.edit_title.format(what=what_of(scene, subscription)), *_order_lines(scene, subscription))
    card.rule().text(words.alerts.edit_hints)
    return card.buttons(card.button(words.common.back, SubscriptionScreen(subscription.id), primary=True)).view()


def ask_remove_card(scene: Scene, subscription: Subscription) -> ui.LayoutView:
    """Return the question whether a subscription is to be removed."""
    words = scene.phrases.words.alerts
    card = Card(_RED).text(words.ask_remove.format(what=what_of(scene, subscription), channel=where_of(subscription)))
    return card.buttons(
        card.button(words.remove, RemoveDeed(subscription.id), danger=True),
        card.button(words.pause, PauseDeed(subscription.id)),
        card.button(words.cancel, SubscriptionScreen(subscription.id)),
    ).view()


def ask_subscribe_card(scene: Scene, screen: AskSubscribeScreen) -> ui.LayoutView:
    """Return the question which of a topic's dates ahead a channel is to hear of; raises EntryGoneError."""
    words, knowledge = scene.phrases.words, scene.snapshot.knowledge
    topic = knowledge.get(Topic, screen.topic)
    ahead = [(o.reckoned_at, d) for d in (knowledge.get(Deadline, i) for i in topic.deadlines) if (o := d.find_next(scene.now))]
    ordered = [d for _, d in sorted(ahead, key=lambda found: (found[0], found[1].id))][: MAX_CHOICES - 1]
    choices = [(d.title, SubscribeDeed(str(Selector(Scope.DEADLINE, d.id)))) for d in ordered]
    card = Card(_COLOUR).text(words.alerts.ask_add.format(title=topic.title))
    card.select(words.alerts.ask_add_select, [*choices, (words.alerts.everything, SubscribeDeed(str(EVERYTHING)))])
    return card.buttons(card.button(words.common.back, AnswerScreen(topic.id))).view()
