"""`/alerts add`, `edit`, `pause`, `resume`, `remove`, `test`, `settings` and `forget` as managers use them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from typing import Any

import discord
import pytest

from bot.domain.judging import NOTICE_LASTS
from bot.domain.ledger import DeliveryState
from bot.domain.subscriptions import Obstacle, Selector, Status, Timing
from bot.store.subscriptions import FOR_EVER
from tests.chat.alerting import Harbor
from tests.chat.reading import Person, labels_of, text_of


async def test_add_subscribes_the_channel_where_it_is_typed(harbor: Harbor) -> None:
    """`/alerts add` alone subscribes this channel to everything, with the server's hour, and shows the next three alerts."""
    answer = await harbor.add()
    text = text_of(answer)
    kept = (await harbor.list_subscriptions())[0]
    assert answer.is_private
    assert kept.order.channel_id == harbor.channel.id
    assert (str(kept.wish.selector), kept.wish.leads, kept.wish.timing) == ("all", None, Timing(time(9), "UTC"))
    assert kept.created_by == harbor.ann.actor.id
    stamps = [int(stamp) for stamp in re.findall(r"- <t:(\d+):F>: .+ \((?:scheduled|tentative), .+\)", text)]
    assert len(stamps) == 3
    assert stamps == sorted(stamps)
    assert stamps[0] > harbor.env.now().timestamp()
    assert {"Send a test", "How to edit", "All alerts"} <= labels_of(answer).keys()
    assert harbor.changes == ["changed"]


async def test_add_takes_every_option(harbor: Harbor) -> None:
    """Channel, dates, days, hour, zone, role, publishing and note are kept as they were given, and shown."""
    news = harbor.guild.create_news_channel("news")
    role = harbor.guild.create_role("Watchers", mentionable=True)
    answer = await harbor.add(
        channel=news,
        what="sanctions",
        leads="1 and 30, 7",
        at="6:30 pm",
        zone="washington",
        role=role,
        publish=True,
        note=" **look** \n here ",
    )
    order = (await harbor.list_subscriptions())[0].order
    assert (order.channel_id, str(order.selector), order.leads) == (news.id, "tag:sanctions", (30, 7, 1))
    assert (order.clock_time, order.zone, order.role_id) == (time(18, 30), "America/New_York", role.id)
    assert (order.publish, order.note) == (True, "**look** here")
    text = text_of(answer)
    for part in (
        f"<#{news.id}>",
        "30, 7, 1 days before, at 18:30 (America/New\\_York)".replace("\\", ""),
        f"<@&{role.id}>",
        "Published",
        "\\*\\*look\\*\\*",
    ):
        assert part in text
    assert "## Alerts: Sanctions" in text


async def test_one_date_can_be_chosen_by_its_title(harbor: Harbor) -> None:
    """What a suggestion shows is understood when it is typed out."""
    kept = await harbor.subscribe(what="OSCE Ministerial Council in Lugano")
    assert kept.order.selector == Selector.parse("deadline:osce-ministerial-2026")


async def test_options_are_suggested(harbor: Harbor) -> None:
    """Tags, dates ahead, zones, cities and the server's subscriptions are suggested as somebody types."""
    kept = await harbor.subscribe()
    assert (await harbor.ann.suggestions("alerts add", "what", ""))[0] == "all"
    assert "tag:sanctions" in await harbor.ann.suggestions("alerts add", "what", "sanc")
    assert "deadline:osce-ministerial-2026" in await harbor.ann.suggestions("alerts add", "what", "lugano")
    assert await harbor.ann.suggestions("alerts edit", "zone", "geneva") == ["Europe/Zurich"]
    assert "Asia/Tokyo" in await harbor.ann.suggestions("alerts settings", "zone", "tok")
    for command in ("edit", "pause", "resume", "remove", "test"):
        assert await harbor.ann.suggestions(f"alerts {command}", "subscription", "general · every") == [str(kept.id)]
    assert await harbor.ann.suggestions("alerts edit", "subscription", "nothing like it") == []


async def test_edit_changes_what_is_given_and_keeps_the_rest(harbor: Harbor) -> None:
    """Only the options that are given change."""
    before = await harbor.subscribe(leads="30, 7", at="8", note="Mind this")
    answer = await harbor.ann.slash("alerts edit", subscription=str(before.id), leads="2", what="nato")
    after = (await harbor.list_subscriptions())[0].order
    assert (after.leads, str(after.selector), after.clock_time, after.note) == ((2,), "tag:nato", time(8), "Mind this")
    assert "**Changed.**" in text_of(answer)


@pytest.mark.parametrize(
    ("reset", "field"), [("leads", "leads"), ("at", "clock_time"), ("zone", "zone"), ("role", "role_id"), ("note", "note")]
)
async def test_edit_takes_a_choice_back(harbor: Harbor, reset: str, field: str) -> None:
    """`reset` gives one choice back to the default and leaves the others."""
    role = harbor.guild.create_role("Watchers", mentionable=True)
    before = await harbor.subscribe(leads="3", at="8", zone="Asia/Tokyo", role=role, note="Mind this")
    await harbor.ann.slash("alerts edit", subscription=str(before.id), reset=reset)
    after = (await harbor.list_subscriptions())[0].order
    names = ("leads", "clock_time", "zone", "role_id", "note")
    assert {name for name in names if getattr(after, name) is None} == {field}


async def test_edit_with_nothing_says_how(harbor: Harbor) -> None:
    """`/alerts edit` without a change, and the button, explain what can be given."""
    kept = await harbor.subscribe()
    typed = await harbor.ann.slash("alerts edit", subscription=str(kept.id))
    opened = await harbor.ann.click(await harbor.add(what="nato"), label="How to edit")
    for answer in (typed, opened):
        assert "`reset` takes one choice back" in text_of(answer)


@pytest.mark.parametrize(
    ("until", "end"),
    [
        (None, FOR_EVER),
        ("3 days", datetime(2026, 11, 25, 12, tzinfo=UTC)),
        ("12h", datetime(2026, 11, 23, 0, tzinfo=UTC)),
        ("2027-01-15", datetime(2027, 1, 14, 15, tzinfo=UTC)),
    ],
)
async def test_pause_lasts_as_long_as_is_said(harbor: Harbor, until: str | None, end: datetime) -> None:
    """A pause ends after a span, at the start of a day in the subscription's zone, or when somebody resumes it."""
    kept = await harbor.subscribe(zone="Asia/Tokyo")
    options: dict[str, Any] = {"until": until} if until else {}
    answer = await harbor.ann.slash("alerts pause", subscription=str(kept.id), **options)
    assert (await harbor.list_subscriptions())[0].paused_until == end
    assert "⏸️ **Paused** until" in text_of(answer)
    resumed = await harbor.ann.slash("alerts resume", subscription=str(kept.id))
    assert (await harbor.list_subscriptions())[0].paused_until is None
    assert "**Resumed.**" in text_of(resumed)


async def test_a_pause_without_end_shows_no_next_alert(harbor: Harbor) -> None:
    """While it is paused for good, nothing is announced as coming; Resume is offered instead of Pause."""
    await harbor.add()
    answer = await harbor.ann.click(await _open_first(harbor), label="Pause")
    assert "Nothing comes while it is paused." in text_of(answer)
    assert "Resume" in labels_of(answer)
    assert "Pause" not in labels_of(answer)
    assert "⏸️" not in text_of(await harbor.ann.click(answer, label="Resume"))


async def test_a_subscription_that_nothing_falls_due_for_says_so(harbor: Harbor) -> None:
    """Whoever chose leads that no date ahead is far enough away for is not told that a pause is the reason."""
    answer = await harbor.add(what="eo-13848-midterm-report", leads="300")
    assert "Nothing is due for it" in text_of(answer)
    assert "paused" not in text_of(answer)


async def _open_first(harbor: Harbor) -> Any:
    return await harbor.ann.click(await harbor.ann.slash("alerts list"), label="Open")


async def test_remove_asks_first(harbor: Harbor) -> None:
    """Nothing is removed by the command; the question's button does it, and Keep it goes back."""
    kept = await harbor.subscribe()
    asked = await harbor.ann.slash("alerts remove", subscription=str(kept.id))
    assert "## Remove these alerts?" in text_of(asked)
    kept_it = await harbor.ann.click(asked, label="Keep it")
    assert len(await harbor.list_subscriptions()) == 1
    removed = await harbor.ann.click(await harbor.ann.click(kept_it, label="Remove"), label="Remove")
    assert "**Removed:** Everything in" in text_of(removed)
    assert await harbor.list_subscriptions() == ()
    assert removed.id == asked.id


async def test_a_test_puts_a_drill_on_its_way(harbor: Harbor) -> None:
    """`/alerts test` and the button plan one drill each of what comes next, and say where it goes."""
    kept = await harbor.subscribe()
    answer = await harbor.ann.slash("alerts test", subscription=str(kept.id))
    assert "**A test is on its way**" in text_of(answer)
    await harbor.ann.click(answer, label="Send a test")
    assert await harbor.subscribing.count_queue(harbor.guild_id) == 2
    entries, total = await harbor.subscribing.list_history(harbor.guild_id, 0, 5)
    assert total == 2
    assert {entry.state for entry in entries} == {DeliveryState.WAITING}
    assert NOTICE_LASTS.days == 7


async def test_settings_are_shown_and_changed(harbor: Harbor) -> None:
    """Hour, zone and fallback channel are kept; subscriptions without their own follow; the fallback can be taken back."""
    kept = await harbor.subscribe()
    own = await harbor.subscribe(what="nato", at="7:15", zone="Asia/Tokyo")
    assert "**Hour:** 09:00 (UTC)" in text_of(await harbor.ann.slash("alerts settings"))
    text = text_of(await harbor.ann.slash("alerts settings", zone="Paris", at="0:00", fallback=harbor.channel))
    assert "**Saved.**" in text
    assert "**Hour:** 00:00 (Europe/Paris)" in text
    assert f"**Fallback channel:** <#{harbor.channel.id}>" in text
    assert (await harbor.subscribing.get(harbor.guild_id, kept.id)).wish.timing == Timing(time(0), "Europe/Paris")
    assert (await harbor.subscribing.get(harbor.guild_id, own.id)).wish.timing == Timing(time(7, 15), "Asia/Tokyo")
    assert "**Fallback channel:** none" in text_of(await harbor.ann.slash("alerts settings", reset="fallback"))


async def test_forget_asks_and_leaves_nothing(harbor: Harbor) -> None:
    """After the question is answered, no row of any table names the server."""
    kept = await harbor.subscribe(role=harbor.guild.create_role("Watchers", mentionable=True))
    await harbor.ann.slash("alerts test", subscription=str(kept.id))
    await harbor.ann.slash("alerts settings", zone="Paris", fallback=harbor.channel)
    asked = await harbor.ann.slash("alerts forget")
    assert len(await harbor.list_subscriptions()) == 1
    assert "**Erased.**" in text_of(await harbor.ann.click(asked, label="Erase everything"))
    assert await harbor.list_subscriptions() == ()
    assert await harbor.store.guilds.find_preferences(harbor.guild_id) is None
    assert await harbor.subscribing.list_history(harbor.guild_id, 0, 5) == ((), 0)
    assert await harbor.subscribing.count_queue(harbor.guild_id) == 0
    assert harbor.guild_id not in await harbor.store.guilds.list_all()


async def test_forgetting_spares_other_servers(harbor: Harbor) -> None:
    """What another server set up stays."""
    await harbor.eve.slash("alerts add")
    await harbor.ann.click(await harbor.ann.slash("alerts forget"), label="Erase everything")
    assert "1 in all" in text_of(await harbor.eve.slash("alerts list"))


@pytest.mark.parametrize("kind", ["text", "news", "thread", "forum post"])
async def test_text_channels_threads_and_posts_can_be_alerted(harbor: Harbor, kind: str) -> None:
    """Text and announcement channels, threads and forum posts are all taken."""
    channel = await _make_channel(harbor, kind)
    await harbor.add(channel=channel)
    assert (await harbor.list_subscriptions())[0].order.channel_id == channel.id


async def _make_channel(harbor: Harbor, kind: str) -> Any:
    if kind == "news":
        return harbor.guild.create_news_channel("news")
    parent = harbor.guild.create_forum_channel("forum") if kind == "forum post" else harbor.guild.create_text_channel("more")
    await harbor.env.settle()
    if kind == "text":
        return parent
    real = harbor.bot.get_channel(parent.id)
    if isinstance(real, discord.ForumChannel):
        await real.create_thread(name="thread", content="hello")
    else:
        assert isinstance(real, discord.TextChannel)
        await real.create_thread(name="thread", type=discord.ChannelType.public_thread)
    await harbor.env.settle()
    return parent.threads[0]


@pytest.mark.parametrize("obstacle", list(Obstacle))
async def test_a_suspended_subscription_says_why_and_what_to_do(harbor: Harbor, obstacle: Obstacle) -> None:
    """The list, the page and the doctor tell the reason of a suspension; Try again resumes where the channel is in order."""
    kept = await harbor.subscribe()
    await suspend(harbor, kept.id, obstacle)
    reason = harbor.bot.responder.scene().phrases.words.posts.obstacle[obstacle]
    opened = await _open_first(harbor)
    for answer in (await harbor.ann.slash("alerts list"), opened, await harbor.ann.slash("alerts doctor")):
        assert reason in text_of(answer)
    if obstacle is not Obstacle.LEFT:
        resumed = await harbor.ann.click(opened, label="Try again")
        assert "goes out now, marked as late" in text_of(resumed)
        assert (await harbor.list_subscriptions())[0].status is Status.ACTIVE


def add_herald(harbor: Harbor) -> Person:
    """Let somebody join who may manage the server and mention everyone."""
    rights = discord.Permissions(manage_guild=True, mention_everyone=True)
    herald = harbor.guild.create_role("Heralds", permissions=rights)
    return Person(harbor.guild.add_member(harbor.env.create_user("cat"), roles=[herald]), harbor.channel)


async def suspend(harbor: Harbor, subscription_id: int, obstacle: Obstacle) -> None:
    """Write a suspension into the database, as a failed delivery would."""
    async with harbor.store.subscriptions._database.writing() as connection:
        statement = "UPDATE subscriptions SET status = 1, obstacle = ?, probe_at = 9999999999 WHERE id = ?"
        await connection.exec_driver_sql(statement, (str(obstacle), subscription_id))
