"""What `/alerts` lends to nobody, and what it says while something is paused, suspended or gone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
import pytest

from bot.chat.cards.subscriptions import when_line
from bot.chat.controls import GoButton
from bot.chat.layout import Scene
from bot.domain.subscriptions import Obstacle, RoleId, Status
from tests.chat.alerting import Harbor, button
from tests.chat.reading import Answer, text_of
from tests.chat.test_alerts import add_herald, suspend

MAY_NOT = "You may not mention everyone in that channel"


async def test_nobody_borrows_the_right_to_mention_everyone(harbor: Harbor) -> None:
    """What mentions everyone is changed, tested and resumed only by somebody who may mention everyone; others may take the role away."""
    cat = add_herald(harbor)
    await harbor.env.settle()
    await harbor.forbid(harbor.channel, mention_everyone=True)
    await cat.slash("alerts add", role=harbor.guild.default_role)
    (kept,) = await harbor.list_subscriptions()
    tries: list[tuple[str, dict[str, Any]]] = [
        ("edit", {"note": "mine"}),
        ("edit", {"at": "8"}),
        ("edit", {"publish": False}),
        ("edit", {"reset": "leads"}),
        ("test", {}),
        ("resume", {}),
    ]
    for command, options in tries:
        assert MAY_NOT in (await harbor.ann.slash(f"alerts {command}", subscription=str(kept.id), **options)).content, command
    assert await harbor.list_subscriptions() == (kept,)
    assert await harbor.subscribing.count_queue(harbor.guild_id) == 0
    for command, options in tries:
        assert MAY_NOT not in (await cat.slash(f"alerts {command}", subscription=str(kept.id), **options)).content, command
    await harbor.ann.slash("alerts edit", subscription=str(kept.id), reset="role")
    assert (await harbor.list_subscriptions())[0].order.role_id is None


async def test_who_may_not_write_may_mention_nobody(harbor: Harbor) -> None:
    """Where sending is off for the person, Discord lets them mention nobody, and so does the bot."""
    cat = add_herald(harbor)
    muted = harbor.guild.create_text_channel("muted")
    await harbor.env.settle()
    await harbor.forbid(muted, mention_everyone=True, send_messages=True, embed_links=True)
    real = harbor.bot.get_channel(muted.id)
    assert isinstance(real, discord.TextChannel)
    await real.set_permissions(real.guild.default_role, overwrite=discord.PermissionOverwrite(send_messages=False))
    await harbor.env.settle()
    everyone = harbor.guild.default_role
    for answer in (
        await cat.slash("alerts add", channel=muted, role=everyone),
        Answer.of(await cat.actor.slash(muted, "alerts add", role=everyone)),
    ):
        assert MAY_NOT in answer.content
    assert await harbor.list_subscriptions() == ()


async def test_a_role_that_is_gone_is_not_resumed(harbor: Harbor) -> None:
    """Try again names the remedy instead of resuming, until the role is taken back."""
    role = harbor.guild.create_role("Brief", mentionable=True)
    kept = await harbor.subscribe(role=role)
    await harbor.subscribing.edit(harbor.guild_id, kept.id, lambda order: replace(order, role_id=RoleId(5)))
    await suspend(harbor, kept.id, Obstacle.ROLE_GONE)
    refused = text_of(await harbor.ann.slash("alerts resume", subscription=str(kept.id)))
    assert "The role to mention is gone" in refused
    assert "Resumed" not in refused
    assert (await harbor.list_subscriptions())[0].status is Status.SUSPENDED
    await harbor.ann.slash("alerts edit", subscription=str(kept.id), reset="role")
    assert "**Resumed.**" in text_of(await harbor.ann.slash("alerts resume", subscription=str(kept.id)))


@pytest.mark.parametrize("options", [{"reset": "role"}, {"publish": False}, {"note": "Mind this"}])
async def test_what_is_taken_back_needs_no_permission(harbor: Harbor, options: dict[str, Any]) -> None:
    """Taking a role or publishing back works while the bot may not post."""
    kept = await harbor.subscribe(role=harbor.guild.create_role("Brief", mentionable=True))
    await harbor.forbid(harbor.channel, send_messages=False)
    answer = await harbor.ann.slash("alerts edit", subscription=str(kept.id), **options)
    assert "**Changed.**" in text_of(answer)


async def test_a_paused_one_can_be_tested_and_a_suspended_one_not(harbor: Harbor) -> None:
    """A drill goes out whatever is paused; of a suspended subscription, what stands in the way is said instead."""
    kept = await harbor.subscribe()
    await harbor.ann.slash("alerts pause", subscription=str(kept.id))
    assert "**A test is on its way**" in text_of(await harbor.ann.slash("alerts test", subscription=str(kept.id)))
    await suspend(harbor, kept.id, Obstacle.CANNOT_SEND)
    refused = text_of(await harbor.ann.slash("alerts test", subscription=str(kept.id)))
    assert "**No test was sent.** Suspended: I may not post there." in refused
    assert await harbor.subscribing.count_queue(harbor.guild_id) == 1


async def test_the_list_leads_to_the_settings(harbor: Harbor) -> None:
    """The list has a button to the server's settings."""
    assert "## Settings for alerts" in text_of(await harbor.ann.click(await harbor.ann.slash("alerts list"), label="Settings"))


async def test_adding_what_has_nothing_ahead_says_so(harbor: Harbor) -> None:
    """A date that has passed is kept, but not called done."""
    text = text_of(await harbor.add(what="nato-ankara-2026"))
    assert "nothing is ahead for it" in text
    assert "**Done.**" not in text


async def test_the_doctor_shows_a_pause(harbor: Harbor) -> None:
    """A paused subscription's line says so, and until when."""
    kept = await harbor.subscribe()
    await harbor.ann.slash("alerts pause", subscription=str(kept.id))
    assert "· Everything · paused until somebody resumes it" in text_of(await harbor.ann.slash("alerts doctor"))
    await harbor.ann.slash("alerts pause", subscription=str(kept.id), until="3 days")
    assert "· Everything · paused until <t:" in text_of(await harbor.ann.slash("alerts doctor"))


async def test_a_single_lead_reads_as_words(harbor: Harbor, scene: Scene) -> None:
    """One day before is “the day before”, with or without the day itself."""
    said = {
        "1": "the day before, at",
        "1, 0": "the day before, on the day itself, at",
        "7": "7 days before, at",
        "7, 1": "7, 1 days before, at",
    }
    kept = await harbor.subscribe()
    for leads, text in said.items():
        await harbor.ann.slash("alerts edit", subscription=str(kept.id), leads=leads)
        assert f"**When:** {text}" in when_line(scene, (await harbor.list_subscriptions())[0])


async def test_stop_asks_which_of_several(harbor: Harbor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop under a post for several asks which, each row leading to the question; Pause leaves alone what is paused already."""
    first, second = await harbor.subscribe(what="nato"), await harbor.subscribe(what="sanctions")
    await harbor.ann.slash("alerts pause", subscription=str(first.id), until="3 days")

    async def list_posted(*_: object) -> Any:
        return await harbor.list_subscriptions()

    monkeypatch.setattr(harbor.subscribing, "list_posted", list_posted)
    await _check_stop(harbor)
    before, _ = await harbor.list_subscriptions()
    await _press(harbor, "post-pause:1")
    assert (await harbor.list_subscriptions())[0] == before
    assert (await harbor.subscribing.get(harbor.guild_id, second.id)).paused_until is not None
    assert "**Paused.**" not in text_of(await _press(harbor, "post-pause:1"))


async def _check_stop(harbor: Harbor) -> None:
    asked = await _press(harbor, "post-stop:1")
    assert "### Which of these shall stop?" in text_of(asked)
    assert "## Remove these alerts?" in text_of(await harbor.ann.press(asked, button(asked, "Remove")))
    assert len(await harbor.list_subscriptions()) == 2


async def _press(harbor: Harbor, address: str) -> Answer:
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(discord.ui.ActionRow(GoButton(address, label="press")))
    posted = await harbor.bot.get_partial_messageable(harbor.channel.id).send(view=view)
    return await harbor.ann.click(posted, label="press")


async def test_nobody_borrows_the_right_to_ping_a_quiet_role(harbor: Harbor) -> None:
    """A role that only somebody entitled may ping is not rung by another manager through a note and a test."""
    cat, role = add_herald(harbor), harbor.guild.create_role("Quiet")
    await harbor.env.settle()
    await harbor.forbid(harbor.channel, mention_everyone=True)
    await cat.slash("alerts add", role=role)
    (kept,) = await harbor.list_subscriptions()
    await harbor.ann.slash("alerts edit", subscription=str(kept.id), note="mine")
    await harbor.ann.slash("alerts test", subscription=str(kept.id))
    assert await harbor.list_subscriptions() == (kept,)
    assert await harbor.subscribing.count_queue(harbor.guild_id) == 0
