"""Who may administer the content: those who are named, checked on every use, and nobody by being powerful in a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
import pytest
from structlog.testing import capture_logs

from bot.app import build_client
from bot.chat.administering import Administration
from bot.chat.controls import GoButton
from bot.domain.content_screens import AskRollbackScreen, PreviewScreen, ReloadDeed, RollbackDeed, StatusScreen, UsesScreen
from tests.chat.editorial import Editorial, Scripted, open_editorial, status_of
from tests.chat.reading import text_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.domain.content_screens import ContentScreen
    from bot.knowledge.snapshot import CurrentSnapshot

COMMANDS = ["status", "preview", "reload", "rollback", "history"]
SCREENS = [
    StatusScreen(),
    PreviewScreen(),
    AskRollbackScreen(),
    UsesScreen(),
    UsesScreen(3),
    ReloadDeed("a"),
    RollbackDeed("a", is_confirmed=True),
]


@pytest.fixture
async def desk(knowledge: CurrentSnapshot) -> AsyncIterator[Editorial]:
    """A running bot whose content can be administered."""
    async with open_editorial(knowledge) as opened:
        yield opened


@pytest.mark.parametrize("command", COMMANDS)
async def test_an_administrator_of_the_server_is_refused(desk: Editorial, command: str) -> None:
    """Who sees a command by being powerful in a server is told privately that it is not for them; the log has who it was."""
    with capture_logs() as lines:
        answer = await desk.bob.slash(f"content {command}")
    assert answer.is_private
    assert "Only those who administer this bot" in text_of(answer)
    assert desk.scripted.asked == []
    assert [(line["event"], line["user"]) for line in lines if line["event"] == "refused"] == [("refused", desk.bob.actor.id)]


@pytest.mark.parametrize("screen", SCREENS, ids=repr)
async def test_every_button_checks_who_presses_it(desk: Editorial, screen: ContentScreen) -> None:
    """A button that somebody else can see does nothing for them, whatever it leads to."""
    posted = await desk.post(GoButton(screen.address(), label="x"))
    for person in (desk.bob, desk.cleo):
        answer = await person.click(posted, label="x")
        assert answer.is_private
        assert "Only those who administer this bot" in text_of(answer)
    assert desk.scripted.asked == []


async def test_only_administrators_of_a_server_see_the_command(desk: Editorial) -> None:
    """Members do not find it in their menu; administrators of the server do."""
    names = {f"content {command}" for command in COMMANDS}
    assert names <= set(desk.ann.actor.available_commands(desk.channel))
    assert names <= set(desk.bob.actor.available_commands(desk.channel))
    assert not names & set(desk.cleo.actor.available_commands(desk.channel))


async def test_who_is_named_in_the_settings_needs_nothing_from_discord(desk: Editorial) -> None:
    """A named administrator is served while Discord does not say who owns the bot; everybody else is kept out, and told why."""
    desk.env.inject_error("GET", "/oauth2/applications/@me", status=403, times=None)
    desk.scripted.answer = status_of()
    assert "**In use:**" in text_of(await desk.ann.slash("content status"))
    for command in ("status", "reload"):
        answer = await desk.bob.slash(f"content {command}")
        assert answer.is_private
        assert "Discord did not tell me in time who administers me" in text_of(answer)
    assert [name for name, *_ in desk.scripted.asked] == ["look"]


async def test_without_administration_there_is_no_command_and_no_deed(knowledge: CurrentSnapshot) -> None:
    """A bot that was not given a way to change its content has no `/content`, and a button of another run leads nowhere."""
    async with open_editorial(knowledge) as desk:
        await desk.env.restart_bot(build_client(knowledge))
        assert not any(name.startswith("content") for name in desk.ann.actor.available_commands(desk.channel))
        posted = await desk.post(GoButton(ReloadDeed("a").address(), label="x"))
        assert "leads nowhere now" in text_of(await desk.ann.click(posted, label="x"))


@pytest.mark.parametrize("guild_id", [None, 123])
def test_the_command_is_registered_where_it_shall_show(knowledge: CurrentSnapshot, guild_id: int | None) -> None:
    """It is for servers only, hidden from all but administrators, and with a server named it is nowhere else."""
    client = build_client(knowledge, administration=Administration(Scripted(), frozenset(), guild_id))
    group = client.tree.get_command("content", guild=discord.Object(guild_id) if guild_id else None)
    assert group is not None
    told = group.to_dict(client.tree)
    assert told["default_member_permissions"] == 0
    assert (told["contexts"], told["integration_types"]) == ([0], [0])
    assert {option["name"] for option in told["options"]} == set(COMMANDS)
    for described in (told, *told["options"], *(o for option in told["options"] for o in option["options"])):
        assert 10 < len(described["description"]) <= 100
    other = client.tree.get_command("content", guild=None if guild_id else discord.Object(123))
    assert other is None
