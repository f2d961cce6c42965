"""The pages of `/alerts`: paging, history, doctor, Discord's limits, and the shape of every payload."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import ui

from bot.chat.cards import preferences, subscriptions
from bot.chat.cards.doctor import doctor_card
from bot.chat.cards.history import history_card
from bot.chat.examining import Diagnosis, Finding
from bot.chat.layout import Scene
from bot.chat.proving import find_faults
from bot.domain.judging import Reason
from bot.domain.ledger import Alert, AlertKind, DeliveryState, LedgerEntry
from bot.domain.managing import AskSubscribeScreen, DoctorScreen, HistoryScreen, SubscriptionsScreen
from bot.domain.screens import read_address
from bot.domain.subscriptions import (
    MAX_LEAD_DAYS,
    MAX_LEADS,
    MAX_NOTE,
    ChannelId,
    GuildId,
    GuildPreferences,
    Obstacle,
    Order,
    RoleId,
    Scope,
    Selector,
    Status,
    Subscription,
    SubscriptionId,
    Timing,
    UserId,
    Wish,
)
from bot.knowledge.snapshot import Snapshot
from bot.services.browsing import MAX_ADDRESS, Page
from bot.services.subscribing import Upcoming
from tests.chat.alerting import LIMIT, Harbor
from tests.chat.reading import Answer, labels_of, open_buttons, text_of
from tests.chat.test_alerts import add_herald, suspend
from tests.openapi import find_description, find_violation

DESCRIPTION = find_description()
BIG = 2**63 - 1
LONGEST_ZONE = "America/Argentina/ComodRivadavia"


async def test_the_list_is_paged_and_each_row_opens(harbor: Harbor) -> None:
    """Next, pressed to the end, shows each subscription exactly once; Open leads to it; the list says how many there are."""
    await harbor.add()
    for number in range(11):
        await harbor.add(channel=harbor.guild.create_text_channel(f"room-{number}"))
    page = await harbor.ann.slash("alerts list")
    assert "12 in all" in text_of(page)
    opened = open_buttons(page)
    while not labels_of(page)["Next"]["disabled"]:
        page = await harbor.ann.click(page, label="Next")
        opened += open_buttons(page)
    assert len(set(opened)) == 12
    assert "## Alerts: Everything" in text_of(await harbor.ann.press(page, opened[-1]))


async def test_an_empty_server_is_told_how_to_begin(harbor: Harbor) -> None:
    """Where nothing is subscribed, the list, the history and the doctor say so and what to type."""
    assert "`/alerts add` subscribes the channel" in text_of(await harbor.ann.slash("alerts list"))
    assert "no alert has fallen due on this server" in text_of(await harbor.ann.slash("alerts history"))
    doctor = text_of(await harbor.ann.slash("alerts doctor"))
    for part in ("Everything is in order", "Nothing is waiting to be sent", "No alert is due for any subscription", "No fallback channel"):
        assert part in doctor


async def test_the_history_is_paged_newest_first(harbor: Harbor) -> None:
    """Each drill is a row; pages turn; a page past the end shows the last; a row opens its date and Back returns."""
    kept = await harbor.subscribe()
    for _ in range(6):
        await harbor.ann.slash("alerts test", subscription=str(kept.id))
    page = await harbor.ann.slash("alerts history")
    assert "Entries 1–5 of 6 · page 1 of 2" in text_of(page)
    assert text_of(page).count("a test") == 5
    assert "on its way" in text_of(page)
    far = await harbor.ann.slash("alerts history", page=900)
    assert "page 2 of 2" in text_of(far)
    opened = await harbor.ann.press(far, open_buttons(far)[0])
    assert "**Why it matters here**" in text_of(opened)
    assert text_of(await harbor.ann.click(opened, label="Back")) == text_of(far)


FATES = [
    (DeliveryState.WAITING, "", "on its way"),
    (DeliveryState.SENDING, "", "on its way"),
    (DeliveryState.HELD, "", "kept until what stands in the way is gone"),
    (DeliveryState.SENT, "", "sent late, and marked so"),
    (DeliveryState.SUPERSEDED, "nearer", "not sent: a nearer alert about the same date took its place"),
    (DeliveryState.SUPERSEDED, "moved", "not sent: the date had moved"),
    (DeliveryState.EXPIRED, "", "not sent: the date was more than 48 hours past before it could go out"),
    (DeliveryState.CANCELLED, "removed", "not sent: the subscription was removed"),
    (DeliveryState.CANCELLED, "", "not sent: no reason was written down"),
    (DeliveryState.PAUSED, "", "not sent: the subscription was paused"),
    (DeliveryState.CANCELLED, "50007 Cannot send", "not sent: 50007 Cannot send"),
]


@pytest.mark.parametrize(("state", "reason", "said"), FATES)
def test_the_history_says_what_became_of_each(scene: Scene, state: DeliveryState, reason: str, said: str) -> None:
    """Each row tells when, what, the lead, the date, where, what became of it and why, in plain words."""
    alert = Alert(kind=AlertKind.ALERT, deadline="osce-ministerial-2026", occurrence="2026-12-03/2026-12-04", lead=7)
    subscription = _subscription(scene, 0, Obstacle.REFUSED)
    at = scene.now if state > DeliveryState.SENDING else None
    row = LedgerEntry(alert=alert, subscription=subscription, state=state, at=at, is_late=True, reason=reason, posted_id=None)
    text = _text_of(history_card(scene, HistoryScreen(), Page((row,), 0, 1, 1)))
    assert f"**OSCE Ministerial Council in Lugano** (7 days before, 3 to 4 December 2026)\n-# <#{BIG}> · {said}" in text


def test_the_history_tells_notices_and_drills(scene: Scene) -> None:
    """A notice or a drill is named as such, and a date that left the content keeps its id."""
    words = {AlertKind.DRILL: "a test", AlertKind.MOVED: "notice: moved", AlertKind.CANCELLED: "notice: cancelled"}
    for kind, said in words.items():
        alert = Alert(kind=kind, deadline="gone", occurrence="2027-01-03T17:00Z")
        subscription = _subscription(scene, 0, Obstacle.REFUSED)
        row = LedgerEntry(
            alert=alert, subscription=subscription, state=DeliveryState.SENT, at=scene.now, is_late=False, reason="", posted_id=1
        )
        text = _text_of(history_card(scene, HistoryScreen(), Page((row,), 0, 1, 1)))
        assert f"**gone** ({said}, 3 January 2027)" in text
        assert "· sent\n" in text


@pytest.mark.parametrize("reason", ["", "old_news"])
def test_the_history_does_not_call_a_date_past_because_news_of_it_was_old(scene: Scene, reason: str) -> None:
    """A notice that could not go out for a week, while its date is still ahead, was no news any more: that is what is said."""
    alert = Alert(kind=AlertKind.CANCELLED, deadline="gone", occurrence="2027-01-03")
    row = LedgerEntry(
        alert=alert,
        subscription=_subscription(scene, 0, Obstacle.REFUSED),
        state=DeliveryState.EXPIRED,
        at=scene.now,
        is_late=False,
        reason=reason,
        posted_id=None,
    )
    text = _text_of(history_card(scene, HistoryScreen(), Page((row,), 0, 1, 1)))
    assert "not sent: it was no news any more by the time it could go out" in text


def _text_of(view: ui.LayoutView) -> str:
    return "\n".join(item.content for item in view.walk_children() if isinstance(item, ui.TextDisplay))


async def test_the_doctor_names_each_trouble_and_its_remedy(harbor: Harbor) -> None:
    """Missing permissions, a mute role, a gone channel, a suspension and a closed fallback channel each get a red line; what works a green one."""
    fine, closed, gone = (harbor.guild.create_text_channel(name) for name in ("fine", "closed", "gone"))
    role = harbor.guild.create_role("Quiet")
    await harbor.add(channel=fine, what="nato")
    await add_herald(harbor).slash("alerts add", channel=closed, role=role)
    await harbor.add(channel=gone, what="sanctions")
    kept = await harbor.subscribe(what="space")
    await harbor.ann.slash("alerts settings", fallback=closed)
    await suspend(harbor, kept.id, Obstacle.REFUSED)
    await harbor.forbid(closed, send_messages=False, embed_links=False, mention_everyone=False)
    real = harbor.bot.get_channel(gone.id)
    assert isinstance(real, discord.TextChannel)
    await real.delete()
    await harbor.env.settle()
    text = await _read_pages(harbor, await harbor.ann.slash("alerts doctor"))
    assert f"🟢 <#{fine.id}> · NATO" in text
    assert f"🔴 <#{closed.id}> · Everything: I lack “Send Messages”, “Embed Links”. Switch it on" in text
    assert f"I cannot ping <@&{role.id}>" in text
    assert "🔴 A channel that is gone, or hidden from me · Sanctions: choose another with `/alerts edit`" in text
    assert "suspended, Discord refused the message" in text
    assert "🔴 Fallback channel: I lack “Send Messages”, “Embed Links” there." in text
    assert "**Next over all**" in text
    assert text.index("🔴") < text.index("🟢")


async def _read_pages(harbor: Harbor, page: Answer) -> str:
    texts = [text_of(page)]
    while "Next" in labels_of(page) and not labels_of(page)["Next"]["disabled"]:
        page = await harbor.ann.click(page, label="Next")
        texts.append(text_of(page))
    return "\n".join(texts)


async def test_a_date_that_left_the_content_is_told(harbor: Harbor) -> None:
    """The doctor names a subscription whose date or role is gone, and one that cannot publish where it is."""
    role = harbor.guild.create_role("Brief", mentionable=True)
    kept = await harbor.subscribe(role=role)
    changed = "UPDATE subscriptions SET publish = 1, role_id = 5, wish_id = ? WHERE id = ?"
    async with harbor.store.subscriptions._database.writing() as connection:
        await connection.exec_driver_sql("INSERT INTO wishes (id, selector, leads, zone, minute) VALUES (99, 'tag:gone', '', 'UTC', 540)")
        await connection.exec_driver_sql(changed, (99, kept.id))
    text = await _read_pages(harbor, await harbor.ann.slash("alerts doctor"))
    assert "no such tag or date is left to hear of" in text
    assert "the role to mention is gone" in text
    assert "this is no announcement channel" in text


@pytest.fixture
def longest(scene: Scene) -> Scene:
    """The real content, every date with the longest title there may be."""
    knowledge = scene.snapshot.knowledge
    deadlines = tuple(d.model_copy(update={"title": "W" * 90}) for d in knowledge.deadlines)
    return replace(scene, snapshot=Snapshot.of(replace(knowledge, deadlines=deadlines)), may_manage=True)


def _subscription(scene: Scene, number: int, obstacle: Obstacle) -> Subscription:
    deadline = scene.snapshot.knowledge.deadlines[number % len(scene.snapshot.knowledge.deadlines)]
    leads = tuple(range(MAX_LEAD_DAYS, MAX_LEAD_DAYS - MAX_LEADS, -1))
    selector = Selector(Scope.DEADLINE, deadline.id)
    return Subscription(
        id=SubscriptionId(BIG - number),
        guild_id=GuildId(BIG),
        order=Order(
            channel_id=ChannelId(BIG),
            selector=selector,
            leads=leads,
            clock_time=time(23, 59),
            zone=LONGEST_ZONE,
            role_id=RoleId(BIG - 1),
            publish=True,
            note="*" * MAX_NOTE,
        ),
        wish=Wish(selector, leads, Timing(time(23, 59), LONGEST_ZONE)),
        created_by=UserId(BIG),
        created_at=scene.now,
        status=Status.SUSPENDED,
        obstacle=obstacle,
        paused_until=datetime(9998, 1, 1, tzinfo=UTC),
    )


def _longest_cards(scene: Scene) -> Iterator[ui.LayoutView]:
    alerts = scene.phrases.words.alerts
    many = [_subscription(scene, number, obstacle) for obstacle in Obstacle for number in range(LIMIT)]
    ahead = [(d, o) for d in scene.snapshot.knowledge.deadlines if (o := d.find_next(scene.now))]
    upcoming = [Upcoming(scene.now, d, o, 364) for d, o in ahead[:5]]
    note = alerts.test_sent.format(title="W" * 90, channel="<#9223372036854775807>")
    for one in many:
        yield subscriptions.subscription_card(scene, one, upcoming[:3], note)
        yield subscriptions.subscription_card(scene, replace(one, status=Status.ACTIVE, obstacle=None), upcoming[:3], note)
        yield subscriptions.edit_hints_card(scene, one)
        yield subscriptions.ask_remove_card(scene, one)
    for page in range(LIMIT):
        yield subscriptions.subscriptions_card(scene, many, SubscriptionsScreen(page), note)
    yield subscriptions.posted_card(scene, many[-LIMIT:], note)
    yield subscriptions.stop_card(scene, many[-LIMIT:])
    yield subscriptions.elsewhere_card(scene)
    for topic in scene.snapshot.knowledge.topics:
        yield subscriptions.ask_subscribe_card(scene, AskSubscribeScreen(topic.id))
    settings = GuildPreferences(guild_id=GuildId(BIG), timing=many[0].wish.timing, fallback_channel_id=ChannelId(BIG))
    yield preferences.preferences_card(scene, settings, alerts.settings_saved)
    yield preferences.ask_forget_card(scene)
    yield preferences.forgotten_card(scene)
    findings = tuple(Finding(is_good=n % 2 == 0, text="W" * 700) for n in range(LIMIT * 3))
    for page in (0, 1, 99):
        yield doctor_card(scene, DoctorScreen(page), Diagnosis(findings, tuple((u, many[0]) for u in upcoming)))
    rows = tuple(_longest_rows(scene, many[0]))
    for start in range(0, len(rows), 5):
        yield history_card(scene, HistoryScreen(9_999), Page(rows[start : start + 5], 9_999, 10_001, 50_005))


def _longest_rows(scene: Scene, subscription: Subscription) -> Iterator[LedgerEntry]:
    deadlines = [d.id for d in scene.snapshot.knowledge.deadlines]
    for state in DeliveryState:
        for kind in AlertKind:
            for number, reason in enumerate(["", "W" * 2_000, *Reason]):
                name = deadlines[number] if number else "x" * 48
                alert = Alert(kind=kind, deadline=name, occurrence="2026-12-03/2026-12-04", lead=365)
                at = scene.now if state > DeliveryState.SENDING else None
                yield LedgerEntry(
                    alert=alert, subscription=subscription, state=state, at=at, is_late=True, reason=str(reason), posted_id=BIG
                )


def test_every_managed_page_fits_at_its_longest(longest: Scene) -> None:
    """With 25 subscriptions of the longest texts no page breaks a limit of Discord, and every control reads back."""
    drawn = 0
    for view in _longest_cards(longest):
        assert list(find_faults(view)) == []
        for item in view.walk_children():
            if isinstance(item, ui.DynamicItem) and isinstance(item.item, ui.Button):
                address = item.item.custom_id.removeprefix("v1:go:").rpartition(";")[0]  # type: ignore[union-attr]
                assert len(address) <= MAX_ADDRESS
                read_address(address)
        drawn += 1
    assert drawn > 600


@pytest.mark.skipif(DESCRIPTION is None, reason="Discord's OpenAPI file is not at hand (name it in DISCORD_OPENAPI)")
def test_every_managed_page_is_a_valid_message(longest: Scene) -> None:
    """Each page is a message that Discord's description accepts."""
    assert DESCRIPTION is not None
    found = set()
    for view in _longest_cards(longest):
        components = view.to_components()  # type: ignore[no-untyped-call]
        body: dict[str, Any] = {"type": 4, "data": {"flags": 1 << 15 | 1 << 6, "components": components}}
        found.add(find_violation(DESCRIPTION, "POST", "/interactions/1/token/callback", body))
    assert found == {None}


@pytest.mark.skipif(DESCRIPTION is None, reason="Discord's OpenAPI file is not at hand (name it in DISCORD_OPENAPI)")
async def test_all_requests_of_a_manager_are_valid(harbor: Harbor) -> None:
    """The synced commands, replies, edits, refusals and suggestions of a visit have the shape Discord describes."""
    answer = await harbor.add(leads="7, 1", note="look")
    for label in ("Pause", "Resume", "Send a test", "How to edit", "Back", "Remove", "Keep it", "All alerts", "Doctor", "History"):
        answer = await harbor.ann.click(answer, label=label)
    await harbor.add(what="cooking")
    await harbor.ann.suggestions("alerts add", "what", "")
    await harbor.ann.click(await harbor.ann.slash("alerts forget"), label="Erase everything")
    sent = [request for request in harbor.env.http_requests if request.json is not None]
    assert len(sent) >= 14
    assert [v for r in sent if (v := find_violation(_path(), r.method, r.path, r.json))] == []
    for request in sent:
        if isinstance(request.json, dict) and (data := request.json.get("data")) and "components" in data:
            assert data["allowed_mentions"] == {"parse": []}


def _path() -> Path:
    assert DESCRIPTION is not None
    return DESCRIPTION


async def test_every_command_says_what_it_does_and_only_where_it_works(harbor: Harbor) -> None:
    """`/alerts` is offered in servers, for installations there, to managers; each command and option has a description."""
    group = next(c for c in harbor.bot.tree.get_commands() if c.name == "alerts")
    described = group.to_dict(harbor.bot.tree)
    assert described["contexts"] == [0]
    assert described["integration_types"] == [0]
    assert described["default_member_permissions"] == discord.Permissions(manage_guild=True).value
    commands = described["options"]
    assert {command["name"] for command in commands} == {
        "add", "list", "edit", "pause", "resume", "remove", "settings", "test", "history", "doctor", "forget"
    }  # fmt: skip
    for part in (described, *commands, *(option for command in commands for option in command.get("options", []))):
        assert 10 < len(part["description"]) <= 100
    kinds = next(o for o in commands[0]["options"] if o["name"] == "channel")["channel_types"]
    assert sorted(kinds) == [0, 5, 10, 11, 12]
