"""Threats, each met over real HTTP with forged interactions; and the page that names them names a test for each."""

from __future__ import annotations

import ast
import asyncio
import re
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from discord import Permissions

from bot.app import build_client, utc_now
from bot.chat.administering import Administration
from bot.chat.diagnosing import invitation
from bot.chat.permissions import LEAST_PERMISSIONS
from bot.domain.subscriptions import GuildId
from bot.services.subscribing import Subscribing
from bot.store.store import open_store
from tests.chat.editorial import Scripted
from tests.loopback import OWNER, TOKEN, USUAL, Limits, Loopback, Permission, Visitor
from tests.loopback_client import SECONDS, serve_discord_py
from tests.staging import Stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.knowledge.snapshot import CurrentSnapshot
    from bot.store.store import Store
    from tests.loopback import Answer, Channel, Guild

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "security.md"
EVERY_RIGHT = (1 << 53) - 1
COMMANDS = ("list", "history", "doctor", "settings", "add", "forget")


@dataclass(frozen=True, slots=True)
class Fort:
    """The bot with alerts and `/content`, logged in to a Discord that passes on whatever is forged."""

    discord: Loopback
    store: Store
    scripted: Scripted

    async def use(self, command: str, place: Channel | None, permissions: int = EVERY_RIGHT, /, **options: Any) -> str:
        """Let somebody with these permissions there use a command; return everything that the answer says."""
        async with asyncio.timeout(SECONDS):
            answer: Answer = await self.discord.use(command, options=options, by=Visitor(place, permissions))
            if answer["type"] == 5:
                await answer.later.get()
        return answer.message.text


@pytest.fixture
async def fort(knowledge: CurrentSnapshot, tmp_path: Path) -> AsyncIterator[Fort]:
    """The bot, ready."""
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(serve_discord_py(Limits.none()))
        store = await stack.enter_async_context(open_store(f"sqlite+aiosqlite:///{tmp_path / 'fort.sqlite'}"))
        scripted = Scripted()
        subscribing = Subscribing(store, knowledge, utc_now, lambda: None, 25)
        client = build_client(knowledge, utc_now, subscribing, Administration(scripted, frozenset({OWNER.id}), None))
        client._connection.guild_ready_timeout = 0.02
        await stack.enter_async_context(client)
        await client.login(TOKEN)
        stack.callback(asyncio.create_task(client.connect()).cancel)
        async with asyncio.timeout(SECONDS):
            await client.wait_until_ready()
        yield Fort(discord, store, scripted)


def _open(discord: Loopback, **rights: int) -> tuple[Guild, Channel]:
    guild = discord.add_guild("Helsinki", **rights)
    return guild, discord.add_channel(guild, "general")


async def test_alerts_are_managed_nowhere_but_in_a_server_of_the_bot(fort: Fort) -> None:
    """With every right forged along, in direct messages and where the bot is only somebody's own app, nothing is shown or done."""
    guild, channel = _open(fort.discord)
    fort.discord.remove_guild(guild)
    async with asyncio.timeout(SECONDS):
        while (await fort.use("alerts list", channel)).startswith("##"):
            pass  # until the bot has heard that it was removed
    for place in (channel, None):
        for command in COMMANDS:
            assert "Manage Server" in await fort.use(f"alerts {command}", place), (command, place)
    assert await fort.store.guilds.list_all() == {}


async def test_a_member_without_the_right_forges_nothing(fort: Fort) -> None:
    """Discord's menus hide the commands; who sends them all the same is refused."""
    guild, channel = _open(fort.discord)
    for command in COMMANDS:
        assert "Manage Server" in await fort.use(f"alerts {command}", channel, USUAL), command
    assert await fort.store.subscriptions.list_of(GuildId(guild.id)) == ()


async def test_content_is_administered_by_nobody_else_wherever_they_ask(fort: Fort) -> None:
    """Every right in a server makes nobody an administrator of the bot, there or in direct messages."""
    _, channel = _open(fort.discord)
    for place in (channel, None):
        for command in ("status", "preview", "reload", "rollback", "history"):
            assert "Only those who administer this bot" in await fort.use(f"content {command}", place)
    assert fort.scripted.asked == []


async def test_another_servers_channels_and_roles_are_no_choice(fort: Fort) -> None:
    """A channel of another server that is forged into an option is as good as none, and a role of another server rings nobody."""
    guild, channel = _open(fort.discord)
    other, target = _open(fort.discord)
    for command, option in (("add", "channel"), ("settings", "fallback")):
        assert "View Channel" in await fort.use(f"alerts {command}", channel, **{option: target})
    foreign = fort.discord.add_role(other, "foreign", mentionable=False)
    await fort.use("alerts add", channel, Permission.MANAGE_GUILD | USUAL, role=foreign)
    assert await fort.store.subscriptions.list_of(GuildId(guild.id)) == ()
    assert await fort.store.subscriptions.list_of(GuildId(other.id)) == ()


async def test_suggestions_tell_nobody_what_others_have(fort: Fort) -> None:
    """Only who may manage the server is offered its subscriptions: neither a member nor the manager of another server is."""
    _, channel = _open(fort.discord)
    _, elsewhere = _open(fort.discord)
    await fort.use("alerts add", channel)
    asking = [(channel, EVERY_RIGHT), (channel, USUAL), (elsewhere, EVERY_RIGHT), (None, EVERY_RIGHT)]
    for command in ("edit", "pause", "resume", "remove", "test"):
        async with asyncio.timeout(SECONDS):
            offered = [await fort.discord.complete(f"alerts {command}", {"subscription": ""}, by=Visitor(*by)) for by in asking]
        assert [len(answer["data"]["choices"]) for answer in offered] == [1, 0, 0, 0], command


@pytest.mark.parametrize("size", [101, 6_000])
async def test_texts_longer_than_discord_lets_through_are_answered(fort: Fort, size: int) -> None:
    """Every text option takes more than its limit without failing or hanging: a sentence or a card comes back, and nothing is kept."""
    guild, channel = _open(fort.discord)
    long = ("[x](y) @everyone \u202e" * size)[:size]
    tries: list[tuple[str, dict[str, Any]]] = [
        *(("allies", {option: long}) for option in ("topic", "country")),
        ("allies", {"country": "Japan", "year": long}),
        *(("timeline", {option: long}) for option in ("from", "tag", "search")),
        ("deadlines", {"tag": long}),
        *(("alerts add", {option: long}) for option in ("what", "leads", "at", "zone")),
        *((f"alerts {command}", {"subscription": long}) for command in ("edit", "pause", "remove", "test")),
        ("alerts add", {"note": long * 5}),
    ]
    for command, options in tries:
        said = await fort.use(command, channel, **options)
        assert 0 < len(said) <= 4_000, command
        assert "went wrong" not in said, (command, said)
        assert "\u202e" not in said, command
    assert await fort.store.subscriptions.list_of(GuildId(guild.id)) == ()


async def test_what_is_typed_is_in_no_line_of_the_log(fort: Fort, capfd: pytest.CaptureFixture[str]) -> None:
    """Texts of refused and answered commands leave no trace in the log, so nobody forges a line there, and nothing private is kept."""
    _, channel = _open(fort.discord)
    capfd.readouterr()
    forged = "Helsinki\n2026-01-01 [error] lost everything \x1b[31m"
    for command, option in (
        ("allies", "topic"),
        ("timeline", "tag"),
        ("alerts add", "what"),
        ("alerts add", "zone"),
        ("alerts edit", "subscription"),
    ):
        await fort.use(command, channel, **{option: forged})
    logged = "".join(capfd.readouterr())
    assert "refused" in logged
    assert "lost everything" not in logged
    assert "\x1b[31m" not in logged


async def test_the_least_permissions_are_enough_and_none_can_be_spared(fort: Fort) -> None:
    """A server that grants exactly what the invitation asks for takes alerts in channel and thread; without any one of them it does not."""
    guild = fort.discord.add_guild("Strict", everyone=0, bot=LEAST_PERMISSIONS.value)
    for name, is_granted in LEAST_PERMISSIONS:
        if not is_granted:
            continue
        channel = fort.discord.add_channel(guild, name.replace("_", "-"))
        thread = fort.discord.add_thread(channel, name)
        fort.discord.forbid(channel, Permissions(**{name: True}).value)
        said = [await fort.use("alerts add", place) for place in (channel, thread)]
        assert any("I could not post" in text for text in said), (name, said)
        fort.discord.change_channel(channel, overwrites={})
        said = [await fort.use("alerts add", place) for place in (channel, thread)]
        assert all("**Done.**" in text for text in said if "already" not in text), (name, said)


def test_the_invitation_asks_for_these_and_nothing_else() -> None:
    """README and the page name the same number, which is what the code needs."""
    number = str(LEAST_PERMISSIONS.value)
    assert f"permissions={number}" in invitation(1)
    for page in (PAGE, ROOT / "README.md"):
        named = set(re.findall(r"permissions=(\d+)", page.read_text(encoding="utf-8"))) - {"0"}
        assert named == {number}, page


@pytest.mark.processes
async def test_an_alert_rings_its_role_and_nobody_whom_a_text_names(tmp_path: Path) -> None:
    """Mentions in a note, even of a bot that may ring everyone, ring nobody; the role that was chosen rings."""
    async with serve_discord_py(Limits.none()) as discord, asyncio.timeout(60):
        stage = Stage(tmp_path, discord)
        stage.set_content(7)
        guild, channel = _open(discord, bot=EVERY_RIGHT)
        chosen, named = (discord.add_role(guild, name, mentionable=True) for name in ("chosen", "named"))
        await stage.subscribe(channel, role=chosen, note=f"@everyone @here {named.mention} <@{OWNER.id}>")
        async with stage.running():
            [posted] = await discord.wait_for_messages(1)
    assert posted.pings == [chosen.mention]


def _threats() -> dict[str, str]:
    """Return the text of each threat on the page, by its heading."""
    text = PAGE.read_text(encoding="utf-8").split("## Threats", 1)[1].split("\n## ", 1)[0]
    return {part.split("\n", 1)[0]: part for part in text.split("\n### ")[1:]}


def test_every_threat_has_a_defence_a_place_and_a_test() -> None:
    """Each threat on the page says where in the code it is met and which test shows it; places and tests exist."""
    threats = _threats()
    assert len(threats) >= 16
    for title, text in threats.items():
        assert re.search(r"tests/[\w/]+\.py::test_\w+", text), title
        assert re.search(r"`(?:bot/[\w/.]+|Dockerfile|compose\.yaml|Makefile|requirements/|deploy/)", text), title
    page = PAGE.read_text(encoding="utf-8")
    for path in re.findall(r"`((?:bot|tests|deploy|requirements|docs)/[\w/.-]*)[`:]", page):
        assert (ROOT / path).exists(), path
    for path, name in re.findall(r"(tests/[\w/]+\.py)::(test_\w+)", page):
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}, (path, name)
