"""`/content` over real HTTP: whom Discord names as administrators, where the command is registered, files, and news."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from bot.app import build_client
from bot.chat import administering
from bot.chat.administering import Administration
from bot.chat.cards.contents import refused_news
from bot.chat.layout import Scene
from bot.chat.telling import tell_administrators
from bot.domain.editions import UseResult
from bot.errors import StoreError
from bot.knowledge.problems import Location, Problem
from tests.chat.editorial import Scripted, diff_of, proposal_of, retitled, status_of
from tests.loopback import ANN, OWNER, TOKEN, Fault, Limits, Loopback, Permission, User, Visitor
from tests.loopback_client import SECONDS, serve_discord_py

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.chat.client import DetenteClient
    from bot.knowledge.snapshot import CurrentSnapshot
    from tests.loopback import Answer, Channel

APPLICATION = "GET /oauth2/applications/@me"
PROBLEMS = tuple(Problem(Location(f"content/events/{n}.yaml", n), f"an event needs a source – “{n}” @everyone") for n in range(1, 101))


@pytest.fixture
async def loopback() -> AsyncIterator[Loopback]:
    """A Discord without rate limits, to which discord.py connects."""
    async with serve_discord_py(Limits.none()) as running:
        yield running


@pytest.fixture
def channel(loopback: Loopback) -> Channel:
    """A channel of a server."""
    return loopback.add_channel(loopback.add_guild("Newsroom"), "general")


@asynccontextmanager
async def administered(
    knowledge: CurrentSnapshot, reloading: Scripted, *user_ids: int, guild_id: int | None = None
) -> AsyncIterator[DetenteClient]:
    """Log the bot in; it is ready, and closed in the end."""
    client = build_client(knowledge, administration=Administration(reloading, frozenset(user_ids), guild_id))
    client._connection.guild_ready_timeout = 0.02
    async with AsyncExitStack() as stack, client:
        await client.login(TOKEN)
        connecting = asyncio.create_task(client.connect())
        stack.callback(connecting.cancel)
        async with asyncio.timeout(SECONDS):
            await client.wait_until_ready()
        yield client


async def _use(loopback: Loopback, command: str, channel: Channel, user: User) -> Answer:
    """Let somebody with every right in the server use a command; return the answer once it is whole."""
    async with asyncio.timeout(SECONDS):
        answer = await loopback.use(command, by=Visitor(channel, Permission.ADMINISTRATOR, user))
        if answer["type"] == 5:
            await answer.later.get()
    return answer


async def _is_served(loopback: Loopback, channel: Channel, user: User) -> bool:
    text = (await _use(loopback, "content status", channel, user)).message.text
    assert ("**In use:**" in text) != ("Only those who administer this bot" in text)
    return "**In use:**" in text


async def test_without_a_team_only_the_owner_and_the_named_are_served(
    loopback: Loopback, channel: Channel, knowledge: CurrentSnapshot
) -> None:
    """The owner of the application and who is in the settings may; an administrator of the server may not."""
    named = loopback.add_user("named")
    async with administered(knowledge, Scripted(status_of()), named.id):
        assert [await _is_served(loopback, channel, user) for user in (OWNER, named, ANN)] == [True, True, False]


@pytest.mark.parametrize(
    ("role", "accepted", "served"),
    [("admin", True, True), ("developer", True, True), ("read_only", True, False), ("admin", False, False), ("other", True, False)],
)
async def test_a_team_administers_by_its_roles(
    loopback: Loopback, channel: Channel, knowledge: CurrentSnapshot, role: str, *, accepted: bool, served: bool
) -> None:
    """Admins and developers of the team may; read-only members, pending invitations and roles nobody knows may not; its owner may."""
    loopback.set_team({ANN: (role, accepted)})
    async with administered(knowledge, Scripted(status_of())):
        assert await _is_served(loopback, channel, ANN) is served
        assert await _is_served(loopback, channel, OWNER)


async def test_who_leaves_the_team_is_out_at_once(loopback: Loopback, channel: Channel, knowledge: CurrentSnapshot) -> None:
    """Discord is asked on every use, of buttons too, with one request each; who is named in the settings costs none."""
    loopback.set_team({ANN: ("admin", True)})
    reloading = Scripted(status_of())
    async with administered(knowledge, reloading, 77):
        before = loopback.asked[APPLICATION]
        answer = await _use(loopback, "content status", channel, ANN)
        assert loopback.asked[APPLICATION] == before + 1
        loopback.set_team({})
        history = next(i for i in _custom_ids(answer.message.components) if "content-uses" in i)
        async with asyncio.timeout(SECONDS):
            pressed = await loopback.press(answer.message, history, by=Visitor(channel, Permission.ADMINISTRATOR, ANN))
        assert "Only those who administer this bot" in pressed["data"]["content"]
        assert not await _is_served(loopback, channel, ANN)
        asked = loopback.asked[APPLICATION]
        assert await _is_served(loopback, channel, User(77, "named"))
        assert loopback.asked[APPLICATION] == asked
    assert [name for name, *_ in reloading.asked] == ["look", "look"]


@pytest.mark.parametrize("fault", [Fault(delay=60, route=APPLICATION), Fault(status=503, route=APPLICATION)])
async def test_while_discord_is_silent_nobody_is_let_in(
    loopback: Loopback, channel: Channel, knowledge: CurrentSnapshot, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    """Where Discord does not say in time who administers the bot, nothing is done, and the answer says why."""
    monkeypatch.setattr(administering, "ASKING", 0.1)
    reloading = Scripted(status_of())
    async with administered(knowledge, reloading):
        loopback.fail(fault)
        with capture_logs() as lines:
            answer = await _use(loopback, "content reload", channel, OWNER)
        loopback.heal()
    assert "Discord did not tell me in time who administers me" in answer.message.text
    assert reloading.asked == []
    assert "administrators unknown" in {line["event"] for line in lines}


async def test_long_work_is_promised_at_once_and_its_files_arrive(loopback: Loopback, channel: Channel, knowledge: CurrentSnapshot) -> None:
    """The promise is private, the card follows with both files whole, and a page turned to later has none."""
    content = knowledge.current.knowledge
    diff = diff_of(content, retitled(content, "Mended:"))
    reloading = Scripted(proposal_of(UseResult.SHOWN, diff=diff, problems=PROBLEMS))
    async with administered(knowledge, reloading, ANN.id):
        answer = await _use(loopback, "content preview", channel, ANN)
        assert (answer["type"], answer["data"]["flags"]) == (5, 64)
        files = {name: raw.decode() for name, raw in answer.message.uploads.items()}
        assert list(files) == ["changes.txt", "problems.txt"]
        assert files["problems.txt"] == "".join(f"{problem}\n" for problem in PROBLEMS)
        assert all(event.title in files["changes.txt"] for event in content.events)
        assert [c["file"]["url"] for c in answer.message.components if c["type"] == 13] == [f"attachment://{name}" for name in files]
        reloading.answer = status_of()
        status = next(i for i in _custom_ids(answer.message.components) if i.startswith("v1:go:content;"))
        async with asyncio.timeout(SECONDS):
            turned = await loopback.press(answer.message, status, by=Visitor(channel, user=ANN))
        assert (turned["type"], turned.message, turned.message.uploads) == (7, answer.message, {})
    assert answer.message.pings == []


@pytest.mark.parametrize("fails", [False, True])
async def test_a_pressed_page_says_that_it_works(loopback: Loopback, channel: Channel, knowledge: CurrentSnapshot, *, fails: bool) -> None:
    """While a whole content is checked the page says so and has nothing to press; then it has the outcome, or the way on after a failure."""
    reloading, ann = Scripted(proposal_of(UseResult.UNCHANGED)), Visitor(channel, user=ANN)
    async with administered(knowledge, reloading, ANN.id):
        page = (await _use(loopback, "content reload", channel, ANN)).message
        reloading.answer = StoreError("locked") if fails else proposal_of(UseResult.OVERTAKEN)
        preview = next(i for i in _custom_ids(page.components) if "content-look" in i)
        async with asyncio.timeout(SECONDS):
            pressed = await loopback.press(page, preview, by=ann)
            later = [await pressed.later.get() for _ in range(2 if fails else 1)]
    assert pressed["type"] == 7
    assert "is being checked" in str(pressed["data"])
    assert _custom_ids(pressed["data"]["components"]) == []
    assert ["The database is busy" in body.get("content", "") for _, body in later] == ([True, False] if fails else [False])
    assert ("This did not finish" if fails else "somebody else put another version") in page.text
    assert any("v1:go:content;" in i for i in _custom_ids(page.components))


async def test_the_command_is_registered_in_one_server(loopback: Loopback, channel: Channel, knowledge: CurrentSnapshot) -> None:
    """With a server named, Discord is told `/content` for that server alone, and it works there."""
    guild = channel.of_guild
    async with administered(knowledge, Scripted(status_of()), guild_id=guild.id):
        assert "content" not in {command["name"] for command in loopback.commands}
        [told] = loopback.guild_commands[guild.id]
        assert (told["name"], told["default_member_permissions"]) == ("content", 0)
        assert await _is_served(loopback, channel, OWNER)


async def test_a_server_that_the_bot_is_not_in_keeps_nothing_from_working(
    loopback: Loopback, channel: Channel, knowledge: CurrentSnapshot
) -> None:
    """The bot starts all the same, the log says what to do, and the other commands answer."""
    away = loopback.add_guild("Away")
    loopback.remove_guild(away)
    with capture_logs() as lines:
        async with administered(knowledge, Scripted(), guild_id=away.id):
            assert "Détente" in (await _use(loopback, "about", channel, ANN)).message.text
    [line] = [line for line in lines if line["log_level"] == "error"]
    assert "Invite me there or correct ADMIN_GUILD_ID" in line["event"]
    assert (line["guild"], line["reason"]) == (away.id, "Missing Access (50001)")


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_commands_of_an_earlier_setting_answer_kindly(
    loopback: Loopback, channel: Channel, knowledge: CurrentSnapshot, *, elsewhere: bool
) -> None:
    """A server that still shows the command is served where it is for every server, and told kindly where it is for another."""
    loopback.guild_commands[channel.of_guild.id] = [{"name": "content"}]
    other = loopback.add_guild("Other")
    async with administered(knowledge, Scripted(status_of()), OWNER.id, guild_id=other.id if elsewhere else None):
        text = (await _use(loopback, "content status", channel, OWNER)).message.text
    assert ("This command is no longer offered here" if elsewhere else "**In use:**") in text


async def test_news_reach_those_who_answer_for_the_bot(loopback: Loopback, knowledge: CurrentSnapshot, scene: Scene) -> None:
    """The team's owner and admins and the named get it once each with its file, pinging nobody; who refuses is only logged."""
    shy, named, developer = loopback.add_user("shy", refuses=True), loopback.add_user("named"), loopback.add_user("developer")
    loopback.set_team({ANN: ("admin", True), shy: ("admin", True), developer: ("developer", True)})
    async with administered(knowledge, Scripted()) as client:
        with capture_logs() as lines:
            told = await tell_administrators(client, {named.id, ANN.id}, refused_news(scene, "abc", PROBLEMS))
    assert told == 3
    for user in (OWNER, ANN, named):
        [message] = loopback.messages_of(loopback.direct_channel(user))
        assert "Version `abc` in the folder has problems" in message.text
        assert message.uploads["problems.txt"].decode().splitlines()[99] == str(PROBLEMS[99])
        assert message.pings == []
    assert loopback.messages_of(loopback.direct_channel(developer)) == []
    assert [(line["event"], line["user"]) for line in lines if line["log_level"] == "warning"] == [("administrator not told", shy.id)]


async def test_news_reach_the_named_while_the_owner_is_unknown(loopback: Loopback, knowledge: CurrentSnapshot, scene: Scene) -> None:
    """Where Discord does not say who owns the bot, the named are told all the same, and nothing is raised."""
    async with administered(knowledge, Scripted()) as client:
        loopback.fail(Fault(status=403, route=APPLICATION))
        with capture_logs() as lines:
            assert await tell_administrators(client, {ANN.id}, refused_news(scene, "abc", PROBLEMS[:1])) == 1
    assert [line["event"] for line in lines if line["log_level"] == "warning"] == ["owner unknown"]


def _custom_ids(components: list[dict[str, Any]]) -> list[str]:
    return [c["custom_id"] for box in components for row in box.get("components", ()) for c in row.get("components", ())]
