"""What `/alerts doctor` finds: for each subscription and for the server as a whole, a good line or a bad one with its remedy."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from bot.chat.cards.subscriptions import pause_of, what_of, where_of
from bot.chat.permissions import can_ping, find_channel, list_missing, name_missing, place_of
from bot.domain.alert_wording import Permission
from bot.domain.subscriptions import Status
from bot.services.ordering import is_known

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from bot.chat.desk import Visit
    from bot.chat.permissions import Place
    from bot.domain.subscriptions import GuildPreferences, Subscription
    from bot.services.subscribing import Upcoming

NEXT_OVER_ALL = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's."""

    is_good: bool
    text: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything the doctor found, bad lines first, and the next alerts over all."""

    findings: tuple[Finding, ...]
    upcoming: tuple[tuple[Upcoming, Subscription], ...]


async def examine(visit: Visit) -> Diagnosis:
    """Look at every subscription, the settings and the queue."""
    subscriptions = await visit.list_subscriptions()
    places = await asyncio.gather(*(_find_place(visit, s.order.channel_id) for s in subscriptions))
    findings = [f for s, place in zip(subscriptions, places, strict=True) for f in _of_subscription(visit, s, place)]
    findings += [f async for f in _of_server(visit)]
    upcoming = [(u, s) for s in subscriptions if s.status is Status.ACTIVE for u in visit.subscribing.list_upcoming(s, NEXT_OVER_ALL)]
    upcoming.sort(key=lambda found: (found[0].due_at, found[0].deadline.id, found[1].id))
    return Diagnosis(tuple(sorted(findings, key=lambda f: f.is_good)), tuple(upcoming[:NEXT_OVER_ALL]))


async def _find_place(visit: Visit, channel_id: int) -> Place | None:
    channel = await find_channel(visit.guild, channel_id)
    return place_of(visit.interaction, channel, visit.guild) if channel else None


def _of_subscription(visit: Visit, subscription: Subscription, place: Place | None) -> Iterator[Finding]:
    words = visit.scene.phrases.words.alerts
    what = " · ".join(filter(None, (what_of(visit.scene, subscription), pause_of(visit.scene, subscription))))
    names = {"channel": where_of(subscription), "what": what}
    bad = [text.format(**names, **more) for text, more in _troubles(visit, subscription, place)]
    yield from (Finding(is_good=False, text=text) for text in bad)
    if not bad:
        yield Finding(is_good=True, text=words.doctor_well.format(**names))


def _troubles(visit: Visit, subscription: Subscription, place: Place | None) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield (sentence, its further fields) for whatever is wrong with a subscription."""
    words, order = visit.scene.phrases.words, subscription.order
    if place is None:
        yield words.alerts.doctor_channel_gone, {}
    else:
        yield from _troubles_there(visit, subscription, place)
    if subscription.wish.timing.zone not in available_timezones():
        yield words.alerts.doctor_zone, {"zone": subscription.wish.timing.zone}
    if not is_known(visit.scene.snapshot.knowledge, order.selector):
        yield words.alerts.doctor_selector_gone, {}
    if subscription.status is Status.SUSPENDED and subscription.obstacle:
        yield words.alerts.doctor_suspended, {"reason": words.posts.obstacle[subscription.obstacle]}


def _troubles_there(visit: Visit, subscription: Subscription, place: Place) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield what is wrong with the channel, the role and publishing, in a channel that is there."""
    words, order = visit.scene.phrases.words, subscription.order
    if missing := list_missing(place.channel, place.bot):
        yield words.alerts.doctor_missing, {"missing": name_missing(words, missing)}
    if order.publish and not place.is_announcing:
        yield words.alerts.doctor_publish, {}
    role = visit.guild.get_role(order.role_id) if order.role_id else None
    if order.role_id and role is None:
        yield words.alerts.doctor_role_gone, {}
    elif role is not None and not can_ping(role, place.bot):
        yield words.alerts.doctor_role_mute, {"role": words.alerts.everyone if role.is_default() else role.mention}


async def _of_server(visit: Visit) -> AsyncIterator[Finding]:
    words = visit.scene.phrases.words.alerts
    preferences = await visit.subscribing.get_preferences(visit.guild_id)
    yield _of_timing(visit, preferences)
    yield await _of_fallback(visit, preferences)
    waiting = await visit.subscribing.count_queue(visit.guild_id)
    yield Finding(is_good=True, text=words.doctor_queue.format(count=waiting) if waiting else words.doctor_queue_empty)


def _of_timing(visit: Visit, preferences: GuildPreferences) -> Finding:
    words, timing = visit.scene.phrases.words.alerts, preferences.timing
    if timing.zone not in available_timezones():
        return Finding(is_good=False, text=words.doctor_time_bad.format(zone=timing.zone))
    return Finding(is_good=True, text=words.doctor_time.format(time=f"{timing.clock_time:%H:%M}", zone=timing.zone))


async def _of_fallback(visit: Visit, preferences: GuildPreferences) -> Finding:
    words = visit.scene.phrases.words
    if preferences.fallback_channel_id is None:
        return Finding(is_good=True, text=words.alerts.doctor_no_fallback)
    place = await _find_place(visit, preferences.fallback_channel_id)
    missing = list_missing(place.channel, place.bot) if place else (Permission.VIEW_CHANNEL,)
    if missing:
        return Finding(is_good=False, text=words.alerts.doctor_fallback_bad.format(missing=name_missing(words, missing)))
    return Finding(is_good=True, text=words.alerts.doctor_fallback.format(channel=f"<#{preferences.fallback_channel_id}>"))
