"""The offer “Alert this channel” on dates and answers: who sees it, what it does, and who is told that they may not."""

from __future__ import annotations

from datetime import timedelta

import discord
import pytest

from bot.chat.controls import GoButton
from bot.domain.ledger import DeliveryState, Outcome, Settled
from bot.domain.subscriptions import Obstacle
from tests.chat.alerting import Harbor
from tests.chat.conftest import World
from tests.chat.reading import Answer, labels_of, open_buttons, options_of, text_of
from tests.chat.test_alerts import suspend

OFFER = "Alert this channel"


@pytest.mark.parametrize(
    ("options", "selector"),
    [({}, "all"), ({"tag": "sanctions"}, "tag:sanctions"), ({"tag": "sanctions", "all": True}, "tag:sanctions")],
)
async def test_a_list_subscribes_to_what_it_shows(harbor: Harbor, options: dict[str, object], selector: str) -> None:
    """Pressed on `/deadlines`, the button subscribes the channel to everything, or to the tag that is shown, and answers privately."""
    listed = await harbor.ann.slash("deadlines", **options)
    answer = await harbor.ann.click(listed, label=OFFER)
    assert answer.is_private
    assert answer.id != listed.id
    assert "**Next alerts**" in text_of(answer)
    kept = await harbor.list_subscriptions()
    assert [(str(s.order.selector), s.order.channel_id) for s in kept] == [(selector, harbor.channel.id)]


async def test_a_date_subscribes_to_itself(harbor: Harbor) -> None:
    """On the card of a date ahead the button subscribes to that date alone; on one that has passed there is none."""
    listed = await harbor.ann.slash("deadlines", tag="nato", all=True)
    ahead, *_, passed = open_buttons(listed)
    opened = await harbor.ann.press(listed, ahead)
    await harbor.ann.click(opened, label=OFFER)
    assert str((await harbor.list_subscriptions())[0].order.selector).startswith("deadline:")
    listed = await harbor.ann.slash("deadlines", tag="nato", all=True)
    assert OFFER not in labels_of(await harbor.ann.press(listed, passed))


async def test_an_answer_asks_which_date(harbor: Harbor) -> None:
    """On an answer the button asks privately which of its dates is meant; the choice subscribes the channel."""
    answer = await harbor.ann.slash("allies", topic="new-start")
    asked = await harbor.ann.click(answer, label=OFFER)
    assert asked.is_private
    assert "Which of the dates that bear on" in text_of(asked)
    assert options_of(asked)[-1]["label"] == "Everything"
    chosen = await harbor.ann.pick(asked, options_of(asked)[0])
    assert chosen.id == asked.id
    assert str((await harbor.list_subscriptions())[0].order.selector).startswith("deadline:")


async def test_the_dates_of_an_answer_ask_too(harbor: Harbor) -> None:
    """On the dates that bear on one answer the button asks which of them."""
    answer = await harbor.ann.slash("allies", topic="new-start")
    listed = await harbor.ann.click(answer, label="Dates ahead")
    assert "Which of the dates" in text_of(await harbor.ann.click(listed, label=OFFER))


@pytest.mark.parametrize("name", ["allies", "deadlines"])
async def test_who_may_not_is_not_offered_it(harbor: Harbor, name: str) -> None:
    """Somebody who may not manage the server sees no button on their own cards, nor does anybody outside a server."""
    assert OFFER in labels_of(await harbor.ann.slash(name))
    assert OFFER not in labels_of(await harbor.bob.slash(name))
    cat = harbor.env.create_user("cat")
    assert OFFER not in labels_of(Answer.of(await cat.slash(name)))


async def test_the_offer_does_not_leak_within_a_minute(harbor: Harbor) -> None:
    """A card drawn for a manager is not given to somebody else who asks the same in the same minute, nor the other way round."""
    for _ in range(2):
        assert OFFER in labels_of(await harbor.ann.slash("deadlines"))
        assert OFFER not in labels_of(await harbor.bob.slash("deadlines"))


async def test_who_presses_it_without_the_right_is_told(harbor: Harbor) -> None:
    """On a manager's public card the button answers others with who may, and subscribes nothing; a copy has no button."""
    listed = await harbor.ann.slash("deadlines")
    assert "you need “Manage Server”" in (await harbor.bob.click(listed, label=OFFER)).content
    assert OFFER not in labels_of(await harbor.bob.click(listed, label="Next"))
    assert await harbor.list_subscriptions() == ()


async def test_what_is_missing_is_said(harbor: Harbor) -> None:
    """Where the bot could not post, or the channel hears of it already, the button says why not."""
    listed = await harbor.ann.slash("deadlines")
    await harbor.forbid(harbor.channel, embed_links=False)
    assert "“Embed Links”" in (await harbor.ann.click(listed, label=OFFER)).content
    await harbor.forbid(harbor.channel, embed_links=True)
    await harbor.ann.click(listed, label=OFFER)
    assert "subscribed to that already" in (await harbor.ann.click(listed, label=OFFER)).content


async def test_without_alerts_nothing_is_offered(world: World) -> None:
    """A bot that is built without a database has no alerts, and their controls lead nowhere."""
    role = world.ann.actor.guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    cat = world.ann.actor.guild.add_member(world.env.create_user("cat"), roles=[role])
    assert OFFER not in labels_of(Answer.of(await cat.slash(world.channel, "deadlines")))
    posted = await world.post(GoButton("subs", label="press"))
    assert "leads nowhere now" in (await world.ann.click(posted, label="press")).content


async def test_the_buttons_of_a_post_know_it_by_the_ledger(harbor: Harbor) -> None:
    """Of several subscriptions in a channel, the buttons under a post reach only those that it was sent for."""
    meant = await harbor.subscribe(what="nato")
    other = await harbor.subscribe(what="sanctions")
    await harbor.ann.slash("alerts test", subscription=str(meant.id))
    posted = await harbor.bot.get_partial_messageable(harbor.channel.id).send(view=_view("post-pause:1"))
    now = harbor.env.now()
    (claimed,) = await harbor.store.ledger.claim("worker", now=now, lease=timedelta(minutes=5), limit=5)
    settled = tuple(Settled(alert_id=d.alert_id, subscription_id=d.subscription.id, state=DeliveryState.SENT) for d in claimed.deliveries)
    await harbor.store.ledger.finish("worker", [Outcome(message_id=claimed.id, posted_id=posted.id, settled=settled)], now)
    assert "**Paused.**" in text_of(await harbor.ann.click(posted, label="press"))
    paused = {s.id: s.paused_until is not None for s in await harbor.list_subscriptions()}
    assert paused == {meant.id: True, other.id: False}


async def test_a_post_whose_subscription_is_gone_says_so(harbor: Harbor) -> None:
    """The buttons of a post outlive its subscription and say that nothing is left."""
    for deed in ("post-pause", "post-stop"):
        assert "no longer subscribed here" in text_of(await _press(harbor, f"{deed}:1"))


async def test_a_report_leads_to_the_doctor(harbor: Harbor) -> None:
    """Details under the news of a suspension opens the doctor on the server, and says where it is in direct messages."""
    kept = await harbor.subscribe()
    await suspend(harbor, kept.id, Obstacle.CANNOT_SEND)
    assert "## Doctor" in text_of(await _press(harbor, "post-report:1"))
    cat = harbor.env.create_user("cat")
    dm = await (await harbor.bot.fetch_user(cat.id)).create_dm()

    posted = await dm.send(view=_view("post-report:1"))
    answer = Answer.of(await cat.click(posted, label="press"))
    assert "On the server this is about" in text_of(answer)


async def _press(harbor: Harbor, address: str) -> Answer:
    posted = await harbor.bot.get_partial_messageable(harbor.channel.id).send(view=_view(address))
    return await harbor.ann.click(posted, label="press")


def _view(address: str) -> discord.ui.LayoutView:
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(discord.ui.ActionRow(GoButton(address, label="press")))
    return view
