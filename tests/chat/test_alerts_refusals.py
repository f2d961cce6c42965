"""What `/alerts` refuses, and that it says why and what to do: rights, permissions, roles, limits, other servers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord
import pytest
import sqlalchemy
from structlog.testing import capture_logs

from bot.chat import desk
from bot.chat.controls import GoButton
from bot.domain.managing import ManagedScreen
from bot.domain.screens import Screen
from bot.domain.subscriptions import Obstacle, Status
from bot.knowledge.snapshot import CurrentSnapshot
from tests.chat.alerting import LIMIT, Harbor, open_harbor
from tests.chat.reading import Answer, text_of
from tests.chat.test_alerts import add_herald, suspend

COMMANDS: dict[str, dict[str, str]] = {
    "add": {},
    "list": {},
    "edit": {"subscription": "1"},
    "pause": {"subscription": "1"},
    "resume": {"subscription": "1"},
    "remove": {"subscription": "1"},
    "settings": {},
    "test": {"subscription": "1"},
    "history": {},
    "doctor": {},
    "forget": {},
}
NOT_MANAGER = "you need “Manage Server” (or “Administrator”)"


async def _let_through(harbor: Harbor) -> None:
    """Let Discord show the commands to bob, as a server's settings can."""
    command = next(c for c in await harbor.bot.tree.fetch_commands() if c.name == "alerts")
    harbor.guild.set_command_permissions(command, {harbor.bob.actor: True})


async def test_every_command_is_for_managers(harbor: Harbor) -> None:
    """Whoever lacks Manage Server is told so by each command, even where Discord let them use it, and nothing happens."""
    await harbor.add()
    await _let_through(harbor)
    group = harbor.bot.tree.get_command("alerts")
    assert isinstance(group, discord.app_commands.Group)
    assert {command.name for command in group.commands} == set(COMMANDS)
    for name, options in COMMANDS.items():
        answer = await harbor.bob.slash(f"alerts {name}", **options)
        assert answer.is_private
        assert NOT_MANAGER in answer.content, name
    assert await harbor.bob.suggestions("alerts edit", "subscription", "") == []
    assert len(await harbor.list_subscriptions()) == 1


async def test_an_administrator_may(harbor: Harbor) -> None:
    """Administrator is enough."""
    role = harbor.guild.create_role("Admins", permissions=discord.Permissions(administrator=True))
    cat = harbor.guild.add_member(harbor.env.create_user("cat"), roles=[role])
    assert "**Done.**" in text_of(Answer.of(await cat.slash(harbor.channel, "alerts add")))


def _managed_addresses() -> list[str]:
    names = {"what": "all", "topic": "verdict"}
    made = []
    for kind in Screen.known.values():
        if issubclass(kind, ManagedScreen):
            arguments = [names.get(field, "1") for field in kind.__dataclass_fields__]
            made.append(":".join((kind.name, *arguments)))
    return sorted(made)


@pytest.mark.parametrize("address", _managed_addresses())
async def test_every_managed_control_is_for_managers(harbor: Harbor, address: str) -> None:
    """Whoever presses a managed control without the right reads who may, privately, and nothing happens."""
    await harbor.add(what="nato")
    posted = await _post(harbor, address)
    clicked = await harbor.bob.click(posted, label="press")
    assert clicked.is_private
    assert NOT_MANAGER in clicked.content
    assert len(await harbor.list_subscriptions()) == 1
    assert await harbor.subscribing.count_queue(harbor.guild_id) == 0


@pytest.mark.parametrize("address", _managed_addresses())
async def test_a_managed_control_on_a_public_message_answers_privately(harbor: Harbor, address: str) -> None:
    """Pressed by a manager on a message that all see, each control answers with a new private message."""
    await harbor.add(what="nato")
    posted = await _post(harbor, address)
    clicked = await harbor.ann.click(posted, label="press")
    assert clicked.is_private
    assert clicked.id != posted.id


async def _post(harbor: Harbor, address: str, channel_id: int | None = None) -> discord.Message:
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(discord.ui.ActionRow(GoButton(address, label="press")))
    return await harbor.bot.get_partial_messageable(channel_id or harbor.channel.id).send(view=view)


@pytest.mark.parametrize("deed", ["sub", "edit", "ask-remove", "do-pause", "do-resume", "do-remove", "do-drill"])
async def test_another_servers_subscription_cannot_be_reached(harbor: Harbor, deed: str) -> None:
    """A control with the id of another server's subscription finds nothing, and changes nothing."""
    kept = await harbor.subscribe()
    posted = await _post(harbor, f"{deed}:{kept.id}", harbor.eve.channel.id)
    assert "There is no such subscription" in (await harbor.eve.click(posted, label="press")).content
    assert await harbor.list_subscriptions() == (kept,)
    assert await harbor.subscribing.count_queue(harbor.guild_id) == 0


@pytest.mark.parametrize("command", ["edit", "pause", "resume", "remove", "test"])
@pytest.mark.parametrize("typed", ["theirs", "0", "99999999999999999999999", "²", "general", "-1"])
async def test_a_subscription_that_is_not_there_is_said_kindly(harbor: Harbor, command: str, typed: str) -> None:
    """Ids of other servers, numbers beyond any database and text are all no such subscription."""
    kept = await harbor.subscribe()
    answer = await harbor.eve.slash(f"alerts {command}", subscription=str(kept.id) if typed == "theirs" else typed)
    assert "There is no such subscription on this server" in answer.content
    assert await harbor.list_subscriptions() == (kept,)


@pytest.mark.parametrize(
    "address", ["sub:99999999999999999999", "sub:0", "do-remove:-1", "do-add:cooking", "do-add:tag", "ledger:x", "do-add:"]
)
async def test_forged_controls_answer_kindly(harbor: Harbor, address: str) -> None:
    """Addresses that nobody made get a sentence instead of a failure."""
    clicked = await harbor.ann.click(await _post(harbor, address), label="press")
    assert re.search("no such subscription|leads nowhere now", clicked.content)


async def test_a_date_that_is_gone_cannot_be_subscribed(harbor: Harbor) -> None:
    """A button for a date that the content no longer has says so."""
    clicked = await harbor.ann.click(await _post(harbor, "do-add:deadline%3Agone"), label="press")
    assert "(`gone`) is no longer in the knowledge base" in clicked.content


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"leads": "soon"}, "“soon” are no lead days I can read. Write at most 10 whole numbers from 0 to 365"),
        ({"leads": "366"}, "“366” are no lead days"),
        ({"leads": "1 2 3 4 5 6 7 8 9 10 11"}, "Write at most 10"),
        ({"at": "25:00"}, "“25:00” is no hour I can read"),
        ({"at": "noonish"}, "“noonish” is no hour"),
        ({"zone": "Atlantis"}, "I know no time zone or city “Atlantis”"),
        ({"what": "cooking"}, "“cooking” is neither a tag nor a date here"),
        ({"note": "x" * 201}, "The note is 201 characters long; at most 200 fit"),
        ({"publish": True}, "Only announcement channels can publish"),
        ({"what": "**@everyone**"}, "\\*\\*@\u200beveryone\\*\\*"),
    ],
)
async def test_options_that_cannot_be_used_are_named(harbor: Harbor, options: dict[str, Any], said: str) -> None:
    """An option that cannot be read is repeated as text, with what to write instead, and nothing is kept."""
    answer = await harbor.add(**options)
    assert answer.is_private
    assert said in answer.content
    assert await harbor.list_subscriptions() == ()
    kept = await harbor.subscribe()
    assert said in (await harbor.ann.slash("alerts edit", subscription=str(kept.id), **options)).content
    assert await harbor.list_subscriptions() == (kept,)


@pytest.mark.parametrize("until", ["yesterday", "2026-11-01", "0 days", "2026-13"])
async def test_a_pause_that_ends_in_the_past_is_refused(harbor: Harbor, until: str) -> None:
    """An end that cannot be read or lies behind is named."""
    kept = await harbor.subscribe()
    answer = await harbor.ann.slash("alerts pause", subscription=str(kept.id), until=until)
    assert f"“{until}” is no end of a pause" in answer.content
    assert (await harbor.list_subscriptions())[0].paused_until is None


async def test_everything_that_is_missing_is_named_at_once(harbor: Harbor) -> None:
    """A channel where the bot may do nothing is refused with all that is missing and where to switch it on."""
    closed = harbor.guild.create_text_channel("closed")
    await harbor.env.settle()
    await harbor.forbid(closed, view_channel=False, send_messages=False, embed_links=False, read_message_history=False)
    for answer in (await harbor.add(channel=closed), await harbor.ann.slash("alerts settings", fallback=closed)):
        for part in ("“View Channel”", f"<#{closed.id}>", "Permissions", "Server settings > Roles"):
            assert part in answer.content
    assert await harbor.list_subscriptions() == ()


@pytest.mark.parametrize(
    ("permission", "name"),
    [
        ("send_messages", "“Send Messages”"),
        ("embed_links", "“Embed Links”"),
        ("read_message_history", "“Read Message History”"),
    ],
)
async def test_a_missing_permission_is_named(harbor: Harbor, permission: str, name: str) -> None:
    """Each permission the bot needs is checked, here and in another channel, on adding and on moving."""
    closed = harbor.guild.create_text_channel("closed")
    await harbor.env.settle()
    kept = await harbor.subscribe()
    await harbor.forbid(closed, **{permission: False})
    moved = await harbor.ann.slash("alerts edit", subscription=str(kept.id), channel=closed)
    there = Answer.of(await harbor.ann.actor.slash(closed, "alerts add"))
    for answer in (await harbor.add(channel=closed, what="nato"), moved):
        assert f"I lack {name}" in answer.content
        assert answer.content.count("“") == 1, "only what is switched off is named"
    assert name in there.content
    assert await harbor.list_subscriptions() == (kept,)


async def test_a_thread_needs_its_own_permission(harbor: Harbor) -> None:
    """In a thread it is Send Messages in Threads that counts."""
    parent = harbor.guild.create_text_channel("parent")
    await harbor.env.settle()
    real = harbor.bot.get_channel(parent.id)
    assert isinstance(real, discord.TextChannel)
    await real.create_thread(name="thread", type=discord.ChannelType.public_thread)
    await harbor.forbid(parent, send_messages_in_threads=False)
    answer = await harbor.add(channel=parent.threads[0])
    assert "“Send Messages in Threads”" in answer.content
    assert "“Send Messages”" not in answer.content


async def test_a_locked_thread_needs_manage_threads(harbor: Harbor) -> None:
    """Only who may manage threads can write into a locked one; that is said, in the thread itself and from elsewhere."""
    parent = harbor.guild.create_text_channel("parent")
    await harbor.env.settle()
    real = harbor.bot.get_channel(parent.id)
    assert isinstance(real, discord.TextChannel)
    thread = await real.create_thread(name="thread", type=discord.ChannelType.public_thread)
    await thread.edit(locked=True)
    await harbor.env.settle()
    await harbor.forbid(parent, manage_threads=False)
    for answer in (await harbor.add(channel=parent.threads[0]), Answer.of(await harbor.ann.actor.slash(parent.threads[0], "alerts add"))):
        assert "“Manage Threads” (the thread is locked)" in answer.content


async def test_a_thread_that_is_not_at_hand_is_looked_up(harbor: Harbor) -> None:
    """A thread that the bot has not in memory, as an archived one, is asked for; one that is gone is refused."""
    await harbor.env.settle()
    real = harbor.bot.get_channel(harbor.channel.id)
    assert isinstance(real, discord.TextChannel)
    thread = await real.create_thread(name="old", type=discord.ChannelType.public_thread)
    await harbor.env.settle()
    handle = harbor.channel.threads[0]
    real.guild._remove_thread(thread)
    kept = await harbor.subscribe(channel=handle)
    assert kept.order.channel_id == thread.id
    assert harbor.bot.get_channel(thread.id) is None
    await thread.delete()
    await harbor.env.settle()
    gone = "The channel is gone, or hidden from me: choose another with `/alerts edit`, or remove"
    await suspend(harbor, kept.id, Obstacle.CHANNEL_GONE)
    for command, options in (("edit", {"publish": True}), ("resume", {})):
        assert gone in text_of(await harbor.ann.slash(f"alerts {command}", subscription=str(kept.id), **options))
    assert (await harbor.list_subscriptions())[0].status is Status.SUSPENDED
    assert "🔴 A channel that is gone, or hidden from me" in text_of(await harbor.ann.slash("alerts doctor"))


async def test_a_voice_channel_is_no_place_for_alerts(harbor: Harbor) -> None:
    """Typed in a voice channel's chat, the command says where alerts can go."""
    voice = harbor.guild.create_voice_channel("voice")
    answer = Answer.of(await harbor.ann.actor.slash(voice, "alerts add"))
    assert "text and announcement channels, threads and forum posts" in answer.content


async def test_a_role_that_cannot_be_pinged_is_said_now(harbor: Harbor) -> None:
    """A role nobody may mention is refused where the bot or the person may not mention everyone, on adding and on editing."""
    cat = add_herald(harbor)
    role = harbor.guild.create_role("Quiet")
    await harbor.env.settle()
    await harbor.forbid(harbor.channel, mention_everyone=False)
    kept = await harbor.subscribe(what="nato")
    for answer in (await cat.slash("alerts add", role=role), await cat.slash("alerts edit", subscription=str(kept.id), role=role)):
        assert f"I could not ping @Quiet in <#{harbor.channel.id}>. Switch on “Allow anyone to mention this role”" in answer.content
    assert await harbor.list_subscriptions() == (kept,)
    await harbor.forbid(harbor.channel, mention_everyone=True)
    for answer in (await harbor.add(role=role), await harbor.ann.slash("alerts edit", subscription=str(kept.id), role=role)):
        assert "a role that not just anyone may mention" in answer.content
    assert await harbor.list_subscriptions() == (kept,)
    assert f"<@&{role.id}>" in text_of(await cat.slash("alerts add", role=role))


async def test_everyone_needs_the_right_of_the_one_who_asks(harbor: Harbor) -> None:
    """@everyone is taken only from somebody who may mention everyone there, and only where the bot may too."""
    everyone = harbor.guild.default_role
    refused = await harbor.add(role=everyone)
    assert "You may not mention everyone in that channel" in refused.content
    herald = harbor.guild.create_role("Heralds", permissions=discord.Permissions(manage_guild=True, mention_everyone=True))
    cat = harbor.guild.add_member(harbor.env.create_user("cat"), roles=[herald])
    await harbor.env.settle()
    await harbor.forbid(harbor.channel, mention_everyone=False)
    assert "I could not ping" in Answer.of(await cat.slash(harbor.channel, "alerts add", role=everyone)).content
    await harbor.forbid(harbor.channel, mention_everyone=True)
    answer = Answer.of(await cat.slash(harbor.channel, "alerts add", role=everyone))
    assert "**Mentions:** everyone" in text_of(answer)
    assert (await harbor.list_subscriptions())[0].order.role_id == harbor.guild.id


async def test_the_same_twice_and_too_many_are_refused(harbor: Harbor) -> None:
    """A channel hears of the same once, and a server has a limit; both are said with what to do."""
    await harbor.add(what="nato")
    assert "subscribed to that already" in (await harbor.add(what="nato")).content
    for number in range(LIMIT - 1):
        await harbor.add(channel=harbor.guild.create_text_channel(f"room-{number}"))
    answer = await harbor.add()
    assert f"{LIMIT} subscriptions already, as many as it may" in answer.content
    assert len(await harbor.list_subscriptions()) == LIMIT


async def test_nothing_ahead_cannot_be_tested(harbor: Harbor) -> None:
    """A subscription to a date that has passed has nothing to test with."""
    kept = await harbor.subscribe(what="nato-ankara-2026")
    assert "there is nothing to test with" in (await harbor.ann.slash("alerts test", subscription=str(kept.id))).content


async def test_a_suspended_one_is_not_resumed_into_a_closed_channel(harbor: Harbor) -> None:
    """Resume looks at the channel first, and names what is still missing."""
    kept = await harbor.subscribe()
    async with harbor.store.subscriptions._database.writing() as connection:
        await connection.execute(sqlalchemy.text("UPDATE subscriptions SET status = 1, obstacle = 'cannot_send', probe_at = 9999999999"))
    await harbor.forbid(harbor.channel, send_messages=False)
    assert "“Send Messages”" in (await harbor.ann.slash("alerts resume", subscription=str(kept.id))).content


async def test_a_database_that_fails_is_said_with_an_id(knowledge: CurrentSnapshot, tmp_path: Path) -> None:
    """When the database cannot be used, the person reads that nothing was changed, and the log has the reason under the same id."""
    async with open_harbor(knowledge, tmp_path, check_errors=False) as harbor:
        async with harbor.store.subscriptions._database.writing() as connection:
            await connection.exec_driver_sql("DROP TABLE planning")
            await connection.exec_driver_sql("ALTER TABLE subscriptions RENAME TO lost")
        with capture_logs() as lines:
            answer = await harbor.ann.slash("alerts list")
            assert await harbor.ann.suggestions("alerts edit", "subscription", "") == []
    assert answer.is_private
    found = re.search(r"The database is busy or cannot be used; nothing was changed.*error `([0-9a-f]{8})`", answer.content)
    assert found is not None
    assert [line["error_id"] for line in lines if line["event"] == "database unusable"] == [found[1]]


async def test_an_answer_that_was_announced_arrives(harbor: Harbor, monkeypatch: pytest.MonkeyPatch) -> None:
    """After Discord was told that it takes longer, a command's page, a button's page and a refusal still arrive, privately."""

    async def wait_long(interaction: discord.Interaction[Any], work: Coroutine[Any, Any, discord.ui.LayoutView]) -> discord.ui.LayoutView:
        if interaction.message is None:
            await interaction.response.defer(ephemeral=True, thinking=True)
        else:
            await interaction.response.defer()
        return await work

    monkeypatch.setattr(desk, "wait_for", wait_long)
    added = await harbor.add()
    assert added.is_private
    assert "**Done.**" in text_of(added)
    paused = await harbor.ann.click(added, label="Pause")
    assert paused.id == added.id
    assert "**Paused" in text_of(paused)
    refused = await harbor.ann.actor.slash(harbor.channel, "alerts add")
    messages = [message.content for message in (refused.response, *refused.followups) if message]
    assert any("subscribed to that already" in content for content in messages)


class _Waiting:
    """An interaction whose answer takes as long as nobody has told Discord that it will come."""

    def __init__(self, *, on_private_page: bool) -> None:
        self.told: list[dict[str, bool]] = []
        self.is_told = asyncio.Event()
        self.response = self
        flags = discord.MessageFlags(ephemeral=True)
        self.message = SimpleNamespace(flags=flags) if on_private_page else None

    async def defer(self, **options: bool) -> None:
        """Hear that the answer takes longer."""
        self.told.append(options)
        self.is_told.set()


@pytest.mark.parametrize(("on_private_page", "told"), [(False, {"ephemeral": True, "thinking": True}), (True, {})])
async def test_work_that_takes_long_is_announced(monkeypatch: pytest.MonkeyPatch, on_private_page: bool, told: dict[str, bool]) -> None:
    """Where the database takes longer than Discord waits, Discord is told so in time; the answer stays private."""
    monkeypatch.setattr(desk, "PATIENCE", 0.0)
    interaction: Any = _Waiting(on_private_page=on_private_page)

    async def work() -> discord.ui.LayoutView:
        await interaction.is_told.wait()
        return discord.ui.LayoutView(timeout=None)

    assert await desk.wait_for(interaction, work()) is not None
    assert interaction.told == [told]


async def test_work_that_is_quick_is_not_announced() -> None:
    """An answer that is there at once is the only thing Discord hears."""
    interaction: Any = _Waiting(on_private_page=False)

    async def work() -> discord.ui.LayoutView:
        return discord.ui.LayoutView(timeout=None)

    await desk.wait_for(interaction, work())
    assert interaction.told == []
