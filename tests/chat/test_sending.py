"""A printed card reaches Discord as the very request that discord.py's own `send` would make."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord
import pytest

from bot.app import build_client
from bot.chat.cards.posts import post_card
from bot.chat.messenger import DiscordMessenger
from bot.domain.judging import find_only
from bot.domain.ledger import AlertKind, MessageId
from bot.domain.subscriptions import ChannelId, GuildId, Obstacle, RoleId
from bot.errors import DeliveryError
from bot.services.messaging import Item, Post, UndeliverableError
from tests.domain.strategies import subscription
from tests.loopback import TOKEN, Channel, Fault, Limits, Loopback
from tests.loopback.messages import Message
from tests.loopback.store import MessageStore
from tests.loopback_client import serve_discord_py

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.chat.client import DetenteClient
    from bot.knowledge.snapshot import CurrentSnapshot

Bodies = list[dict[str, Any]]


@pytest.fixture
def bodies(monkeypatch: pytest.MonkeyPatch) -> Bodies:
    """What the loopback Discord was asked to post, as it came."""
    came: Bodies = []
    post = MessageStore.post

    def keep(store: MessageStore, channel: Channel, body: dict[str, Any]) -> Message:
        came.append(body)
        return post(store, channel, body)

    monkeypatch.setattr(MessageStore, "post", keep)
    return came


@asynccontextmanager
async def opened(knowledge: CurrentSnapshot) -> AsyncIterator[tuple[DetenteClient, Loopback, Channel]]:
    """Log the bot's client in, without a gateway."""
    async with serve_discord_py(Limits.none()) as loopback, build_client(knowledge) as client:
        await client.login(TOKEN)
        yield client, loopback, loopback.add_channel(loopback.add_guild("Helsinki"), "alerts")


def _post(knowledge: CurrentSnapshot, channel: Channel, *role_ids: int) -> Post:
    deadline = knowledge.current.knowledge.deadlines[0]
    subscribed = [subscription(number, role_id=role_id) for number, role_id in enumerate(role_ids or (None,), 1)]
    return Post(
        message_id=MessageId(99),
        guild_id=GuildId(channel.of_guild.id),
        channel_id=ChannelId(channel.id),
        items=(Item(kind=AlertKind.ALERT, deadline=deadline, occurrence=find_only(deadline)),),
        subscriptions=tuple(subscribed),
    )


@pytest.mark.parametrize("others", [(), (71,), (71, 72)])
@pytest.mark.parametrize("everyone", [False, True])
async def test_the_request_is_that_of_send(knowledge: CurrentSnapshot, bodies: Bodies, others: tuple[int, ...], *, everyone: bool) -> None:
    """With no, one or several roles, and with everyone: each field of the body is what `send` makes of the card."""
    async with opened(knowledge) as (client, _, channel):
        told = _post(knowledge, channel, *others, *([channel.of_guild.id] if everyone else []))
        await DiscordMessenger(client, client.responder.scene).post(told)
        mentions = discord.AllowedMentions(everyone=everyone, users=False, roles=[discord.Object(i) for i in others], replied_user=False)
        place = client.get_partial_messageable(channel.id)
        await place.send(view=post_card(client.responder.scene(), told), nonce="d99", allowed_mentions=mentions)
    printed, sent = bodies
    assert printed == sent
    assert printed["flags"] == 1 << 15


async def test_the_same_message_is_not_posted_twice(knowledge: CurrentSnapshot) -> None:
    """A second try within the nonce's window brings back the first message's id; another message has an id of its own."""
    async with opened(knowledge) as (client, loopback, channel):
        messenger, told = DiscordMessenger(client, client.responder.scene), _post(knowledge, channel)
        first, again = await messenger.post(told), await messenger.post(told)
        other = await messenger.post(replace(told, message_id=MessageId(100)))
        assert first == again == loopback.messages[0].id
        assert other == loopback.messages[1].id
        assert len(loopback.messages) == 2


async def test_what_discord_refuses_is_told_in_our_words(knowledge: CurrentSnapshot) -> None:
    """A closed channel is an obstacle; trouble, and an answer that is lost, are passing."""
    async with opened(knowledge) as (client, loopback, channel):
        messenger, told = DiscordMessenger(client, client.responder.scene), _post(knowledge, channel, RoleId(71))
        loopback.fail(Fault(status=403, code=50013, times=1))
        with pytest.raises(UndeliverableError) as closed:
            await messenger.post(told)
        assert closed.value.obstacle is Obstacle.CANNOT_SEND
        for passing in (Fault(status=503, times=1), Fault(reset=True, times=1)):
            loopback.fail(passing)
            with pytest.raises(DeliveryError):
                await messenger.post(told)
        assert loopback.messages == []
