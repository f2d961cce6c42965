"""Cards of subscriptions whose maker was erased."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.chat.cards.subscriptions import subscription_card
from bot.domain.subscriptions import EVERYTHING, NOBODY, ChannelId, GuildId, Order, Subscription, SubscriptionId, UserId, Wish
from tests.chat.reading import text_in
from tests.store.making import NINE

if TYPE_CHECKING:
    from bot.chat.layout import Scene


def test_nobody_is_mentioned(scene: Scene) -> None:
    """A card names the person who made a subscription; where they were erased it says so in words, and mentions nobody."""
    order = Order(channel_id=ChannelId(2), selector=EVERYTHING)
    made = Subscription(
        id=SubscriptionId(1),
        guild_id=GuildId(1),
        order=order,
        wish=Wish(EVERYTHING, None, NINE),
        created_by=UserId(77),
        created_at=scene.now,
    )
    assert "Set up by <@77> on" in text_in(subscription_card(scene, made, ()))
    erased = text_in(subscription_card(scene, replace(made, created_by=NOBODY), ()))
    assert "Set up by somebody unknown on" in erased
    assert "<@" not in erased
