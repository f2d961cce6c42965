"""What managers do with alerts: each function does one thing and returns the page that shows it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.chat.alert_options import Wanted, WantedSettings, bounded_id, read_id
from bot.chat.cards.history import history_card
from bot.chat.cards.preferences import ask_forget_card, forgotten_card, preferences_card
from bot.chat.cards.subscriptions import (
    ask_remove_card,
    ask_subscribe_card,
    edit_hints_card,
    posted_card,
    stop_card,
    subscription_card,
    subscriptions_card,
    what_of,
    where_of,
)
from bot.chat.permissions import check_asker, check_place, check_role
from bot.domain.ledger import MessageId
from bot.domain.managing import HistoryScreen, SubscriptionsScreen
from bot.domain.subscriptions import EVERYTHING, ChannelId, Order, Selector, Status, Timing
from bot.errors import EntryGoneError, StaleControlError
from bot.services.browsing import ENTRIES_PER_PAGE, Page
from bot.services.ordering import find_zone, is_known, parse_clock_time, parse_until

if TYPE_CHECKING:
    from discord import ui

    from bot.chat.desk import Visit
    from bot.domain.managing import AskSubscribeScreen, PausePostDeed, PostScreen, StopPostDeed, SubscribeDeed
    from bot.domain.subscriptions import Subscription, SubscriptionId

NO_SETTINGS = WantedSettings()
_MAX_PAGE = 1_000_000


async def add(visit: Visit, wanted: Wanted) -> ui.LayoutView:
    """Subscribe a channel after every check, and show what it will hear."""
    place = await visit.get_place(wanted.channel)
    order = Order(channel_id=ChannelId(place.channel.id), selector=EVERYTHING)
    order = replace(order, **wanted.changes(visit.scene.snapshot.knowledge))
    check_place(place, visit.scene.phrases.words, publish=order.publish)
    if wanted.role:
        check_role(wanted.role, place)
    added = await visit.subscribing.add(visit.guild_id, visit.user_id, order)
    words = visit.scene.phrases.words.alerts
    return _shown(visit, added, words.added if visit.subscribing.list_upcoming(added, 1) else words.added_idle)


async def subscribe(visit: Visit, deed: SubscribeDeed) -> ui.LayoutView:
    """Subscribe the channel where the button is, with the server's defaults."""
    try:
        selector = Selector.parse(deed.what)
    except ValueError:
        raise StaleControlError from None
    if not is_known(visit.scene.snapshot.knowledge, selector):
        raise EntryGoneError(name=selector.id)
    return await add(visit, Wanted(what=deed.what))


async def edit(visit: Visit, subscription: str, wanted: Wanted) -> ui.LayoutView:
    """Change what was given and keep the rest; with nothing given, show how."""
    before = await visit.subscribing.get(visit.guild_id, read_id(subscription))
    changes = wanted.changes(visit.scene.snapshot.knowledge)
    if wanted.channel is not None:
        changes["channel_id"] = ChannelId(wanted.channel.id)
    if not changes:
        return edit_hints_card(visit.scene, before)
    if obstacle := await _check_changed(visit, replace(before.order, **changes), changes):
        return _shown(visit, before, obstacle)
    after = await visit.subscribing.edit(visit.guild_id, before.id, lambda order: replace(order, **changes))
    return _shown(visit, after, visit.scene.phrases.words.alerts.changed)


async def _check_changed(visit: Visit, order: Order, changes: dict[str, Any]) -> str | None:
    """Check the channel and the role again where one of them, or publishing, is set; an hour may change whatever stands in the way.

    A channel that is gone comes back as the sentence that says so.
    """
    is_set = any(changes.get(name) for name in ("channel_id", "role_id", "publish"))
    if not is_set:
        return await _check_mention(visit, order)
    place = await visit.find_place_of(order.channel_id)
    if place is None:
        return visit.scene.phrases.words.alerts.channel_gone
    check_place(place, visit.scene.phrases.words, publish=order.publish)
    role = visit.guild.get_role(order.role_id) if order.role_id else None
    if role is not None:
        check_role(role, place)
    return None


async def _check_mention(visit: Visit, order: Order) -> str | None:
    """Let nobody who may not ping a role have a say in, or set off, what does; one that anybody may ping needs no look."""
    role = visit.guild.get_role(order.role_id) if order.role_id else None
    if role is None or (role.mentionable and not role.is_default()):
        return None
    place = await visit.find_place_of(order.channel_id)
    if place is None:
        return visit.scene.phrases.words.alerts.channel_gone
    check_asker(role, place)
    return None


async def pause(visit: Visit, subscription: SubscriptionId, until: str | None = None) -> ui.LayoutView:
    """Pause a subscription, until a day in its own zone or until somebody resumes it."""
    before = await visit.subscribing.get(visit.guild_id, subscription)
    end = parse_until(until, before.wish.timing.zone_info, visit.scene.now)
    paused = await visit.subscribing.pause(visit.guild_id, subscription, end)
    return _shown(visit, paused, visit.scene.phrases.words.alerts.paused_now)


async def resume(visit: Visit, subscription: SubscriptionId) -> ui.LayoutView:
    """Resume a paused or suspended subscription, unless its channel or its role is gone."""
    words = visit.scene.phrases.words
    before = await visit.subscribing.get(visit.guild_id, subscription)
    suspended = before.status is Status.SUSPENDED
    if obstacle := await _find_obstacle(visit, before.order, look=suspended):
        return _shown(visit, before, obstacle)
    resumed = await visit.subscribing.resume(visit.guild_id, subscription)
    note = words.alerts.resume_held if suspended else words.alerts.resumed
    return _shown(visit, resumed, note if resumed.status is Status.ACTIVE else None)


async def _find_obstacle(visit: Visit, order: Order, *, look: bool) -> str | None:
    """Return what keeps a subscription from being resumed; raises a UserError where a right is missing. `look` at the channel, too."""
    words = visit.scene.phrases.words
    place = await visit.find_place_of(order.channel_id)
    if place is None:
        return words.alerts.channel_gone
    if look:
        check_place(place, words)
    if order.role_id and visit.guild.get_role(order.role_id) is None:
        return words.alerts.role_gone
    return await _check_mention(visit, order)


async def remove(visit: Visit, subscription: SubscriptionId) -> ui.LayoutView:
    """Remove a subscription and show those that are left."""
    removed = await visit.subscribing.remove(visit.guild_id, subscription)
    words = visit.scene.phrases.words.alerts
    note = words.removed.format(what=what_of(visit.scene, removed), channel=where_of(removed))
    return subscriptions_card(visit.scene, await visit.list_subscriptions(), SubscriptionsScreen(), note)


async def drill(visit: Visit, subscription: SubscriptionId) -> ui.LayoutView:
    """Send a drill through the real path, unless something stands in the way that is known already."""
    found = await visit.subscribing.get(visit.guild_id, subscription)
    words = visit.scene.phrases.words.alerts
    if obstacle := await _check_mention(visit, found.order):
        return _shown(visit, found, obstacle)
    if found.status is Status.SUSPENDED and found.obstacle:
        return _shown(visit, found, words.test_refused.format(reason=visit.scene.phrases.words.posts.obstacle[found.obstacle]))
    upcoming = await visit.subscribing.drill(visit.guild_id, found.id, str(visit.interaction.id))
    return _shown(visit, found, words.test_sent.format(title=upcoming.deadline.title, channel=where_of(found)))


async def forget(visit: Visit) -> ui.LayoutView:
    """Erase everything about the server."""
    await visit.subscribing.forget(visit.guild_id)
    return forgotten_card(visit.scene)


async def settings(visit: Visit, wanted: WantedSettings) -> ui.LayoutView:
    """Change the server's zone, hour or fallback channel, and show them."""
    before = await visit.subscribing.get_preferences(visit.guild_id)
    if wanted == NO_SETTINGS:
        return preferences_card(visit.scene, before)
    zone, clock_time = find_zone(wanted.zone), parse_clock_time(wanted.at)
    after = replace(before, timing=Timing(before.timing.clock_time if clock_time is None else clock_time, zone or before.timing.zone))
    if wanted.reset:
        after = replace(after, fallback_channel_id=None)
    if wanted.fallback is not None:
        place = await visit.get_place(wanted.fallback)
        check_place(place, visit.scene.phrases.words)
        after = replace(after, fallback_channel_id=ChannelId(place.channel.id))
    await visit.subscribing.set_preferences(after)
    return preferences_card(visit.scene, after, visit.scene.phrases.words.alerts.settings_saved)


async def show_all(visit: Visit, screen: SubscriptionsScreen) -> ui.LayoutView:
    """Show a page of the server's subscriptions."""
    return subscriptions_card(visit.scene, await visit.list_subscriptions(), screen)


async def show(visit: Visit, subscription: SubscriptionId) -> ui.LayoutView:
    """Show one subscription."""
    return _shown(visit, await visit.subscribing.get(visit.guild_id, subscription))


async def ask_remove(visit: Visit, subscription: SubscriptionId) -> ui.LayoutView:
    """Ask whether a subscription is to be removed."""
    return ask_remove_card(visit.scene, await visit.subscribing.get(visit.guild_id, subscription))


async def ask_forget(visit: Visit) -> ui.LayoutView:
    """Ask whether everything is to be erased."""
    return ask_forget_card(visit.scene)


async def ask_subscribe(visit: Visit, screen: AskSubscribeScreen) -> ui.LayoutView:
    """Ask which of a topic's dates the channel is to hear of."""
    return ask_subscribe_card(visit.scene, screen)


async def show_hints(visit: Visit, subscription: SubscriptionId) -> ui.LayoutView:
    """Show how a subscription is changed."""
    return edit_hints_card(visit.scene, await visit.subscribing.get(visit.guild_id, subscription))


async def show_history(visit: Visit, screen: HistoryScreen) -> ui.LayoutView:
    """Show a page of the ledger; a page past the end shows the last."""
    number = min(max(screen.page, 0), _MAX_PAGE)
    entries, total = await visit.subscribing.list_history(visit.guild_id, number * ENTRIES_PER_PAGE, ENTRIES_PER_PAGE)
    count = max(1, -(-total // ENTRIES_PER_PAGE))
    if number >= count:
        return await show_history(visit, HistoryScreen(count - 1))
    return history_card(visit.scene, screen, Page(entries, number, count, total))


async def pause_posted(visit: Visit, deed: PausePostDeed) -> ui.LayoutView:
    """Pause what a posted message was for, until somebody resumes it; a pause that is there already stays as it is."""
    posted = await _list_posted(visit, deed)
    running = {s.id for s in posted if not s.is_paused(visit.scene.now)}
    after = [await visit.subscribing.pause(visit.guild_id, s.id) if s.id in running else s for s in posted]
    note = visit.scene.phrases.words.alerts.paused_now if running else None
    return _shown(visit, after[0], note) if len(after) == 1 else posted_card(visit.scene, after, note)


async def stop_posted(visit: Visit, deed: StopPostDeed) -> ui.LayoutView:
    """Ask whether what a posted message was for is to be removed; of several, which."""
    posted = await _list_posted(visit, deed)
    return ask_remove_card(visit.scene, posted[0]) if len(posted) == 1 else stop_card(visit.scene, posted)


async def _list_posted(visit: Visit, screen: PostScreen) -> tuple[Subscription, ...]:
    return await visit.subscribing.list_posted(visit.guild_id, MessageId(bounded_id(screen.message)))


def _shown(visit: Visit, subscription: Subscription, note: str | None = None) -> ui.LayoutView:
    return subscription_card(visit.scene, subscription, visit.subscribing.list_upcoming(subscription), note)
