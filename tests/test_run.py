"""`detente run` as a process, against a Discord on loopback: it logs in, ends cleanly, and says plainly what is wrong."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest

from tests.loopback import TOKEN, serve
from tests.processes import detente, finish, start


async def test_it_logs_in_with_least_intents_syncs_its_commands_and_ends_on_sigterm(tmp_path: Path) -> None:
    """The real process logs in, tells Discord its commands, answers one, beats its heart, and ends with 0 on SIGTERM, dead at once."""
    async with serve() as discord:
        variables = {"DISCORD_TOKEN": TOKEN, "DISCORD_API_URL": discord.api_url, "DATA_DIR": str(tmp_path / "data"), "LOG_FORMAT": "json"}
        process = await start("run", cwd=tmp_path, **variables)
        log = await _read_until(process, '"event": "ready"')
        assert [d["intents"] for d in discord.identified] == [1]
        assert {command["name"] for command in discord.commands} == {"allies", "timeline", "deadlines", "about", "alerts", "content"}
        async with asyncio.timeout(10):
            answer = await discord.use("allies")
        health = await detente("health", cwd=tmp_path, DATA_DIR=str(tmp_path / "data"))
        async with asyncio.timeout(20):
            while health.code:
                health = await detente("health", cwd=tmp_path, DATA_DIR=str(tmp_path / "data"))
        process.send_signal(signal.SIGTERM)
        ended = await finish(process, 15)
    over = await detente("health", cwd=tmp_path, DATA_DIR=str(tmp_path / "data"))
    assert (over.code, over.out) == (1, f"No bot is ready with DATA_DIR={tmp_path / 'data'}.\n")
    assert ended.code == 0
    assert "Are Russia and the US allies?" in json.dumps(answer)
    assert all(json.loads(line) for line in log)
    assert TOKEN not in "".join(log) + ended.out + ended.err
    assert "fresh" in health.out


async def _read_until(process: asyncio.subprocess.Process, wanted: str) -> list[str]:
    assert process.stderr is not None
    lines: list[str] = []
    async with asyncio.timeout(30):
        while not lines or wanted not in lines[-1]:
            line = (await process.stderr.readline()).decode()
            assert line, lines
            lines.append(line)
    return lines


async def test_a_missing_token_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    """Without DISCORD_TOKEN the bot names it, says where to get it and where to put it."""
    ended = await detente("run", cwd=tmp_path)
    assert ended.code == 2
    assert ended.err.startswith("DISCORD_TOKEN is not set. It expects the bot's token")
    assert ended.err.count("\n") == 1


async def test_a_refused_token_is_named_and_never_shown(tmp_path: Path) -> None:
    """A token that Discord refuses gives one sentence and exit code 2; the token is in no line."""
    refused = TOKEN[:-1] + "x"
    async with serve() as discord:
        ended = await detente("run", cwd=tmp_path, DISCORD_TOKEN=refused, DISCORD_API_URL=discord.api_url, LOG_LEVEL="debug")
    assert ended.code == 2
    assert "DISCORD_TOKEN was refused by Discord." in ended.err
    assert "Traceback" not in ended.err
    assert refused not in ended.err + ended.out


async def test_an_unreachable_discord_is_named(tmp_path: Path) -> None:
    """When nothing answers, the bot says where it knocked and what to check, exit code 5."""
    async with serve() as discord:
        address = discord.api_url
    ended = await detente("run", cwd=tmp_path, DISCORD_TOKEN=TOKEN, DISCORD_API_URL=address)
    assert ended.code == 5
    assert f"Discord could not be reached at {address}" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("DISCORD_TOKEN", "secret-but-malformed", "DISCORD_TOKEN does not look like a bot token"),
        ("DATABASE_URL", "mysql://root:hunter2@db/x", "DATABASE_URL is of no form the bot knows"),
        ("ADMIN_USER_IDS", "123,abc", "ADMIN_USER_IDS is not valid"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL is not valid"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT is not valid"),
        ("DISCORD_API_URL", "discord.com", "DISCORD_API_URL is not the address of an API"),
    ],
)
async def test_a_wrong_value_names_its_variable_but_not_itself(tmp_path: Path, variable: str, value: str, said: str) -> None:
    """Each wrong variable is named with what it expects; its value, which may be a secret, is never repeated."""
    ended = await detente("run", cwd=tmp_path, **{variable: value})
    assert ended.code == 2
    assert said in ended.err
    assert "It expects" in ended.err
    assert value not in ended.err


async def test_an_env_file_is_read(tmp_path: Path) -> None:
    """Variables may stand in .env."""
    (tmp_path / ".env").write_text("LOG_LEVEL=loud\n", encoding="utf-8")
    assert "LOG_LEVEL is not valid" in (await detente("run", cwd=tmp_path)).err


async def test_broken_content_ends_with_every_problem_and_exit_code_3(tmp_path: Path) -> None:
    """Content that cannot be used keeps the bot from starting, with all problems and their places."""
    (tmp_path / "content" / "topics").mkdir(parents=True)
    (tmp_path / "content" / "topics" / "x.yaml").write_text("- id: x\n  title: X\n", encoding="utf-8")
    ended = await detente("run", cwd=tmp_path, DISCORD_TOKEN=TOKEN, CONTENT_DIR="content")
    assert ended.code == 3
    assert "content/topics/x.yaml:1:3: the key 'answer' is missing" in ended.err
    assert "content/wording/en.yaml:1:1: the file is missing" in ended.err


async def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """DATA_DIR below a file gives one sentence and exit code 2."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    ended = await detente("run", cwd=tmp_path, DISCORD_TOKEN=TOKEN, DATA_DIR=str(tmp_path / "file" / "data"))
    assert ended.code == 2
    assert ended.err.startswith("DATA_DIR cannot be used")


async def test_health_is_red_before_the_first_heartbeat(tmp_path: Path) -> None:
    """`detente health` fails where no bot is ready."""
    ended = await detente("health", cwd=tmp_path, DATA_DIR=str(tmp_path))
    assert ended.code == 1
    assert "No bot is ready" in ended.out


@pytest.mark.parametrize("wrong", [{}, {"LOG_LEVEL": "loud"}])
async def test_a_start_does_not_pass_for_the_life_before(tmp_path: Path, wrong: dict[str, str]) -> None:
    """The fresh heartbeat of a bot that crashed is gone even where the next start ends at a setting, a missing or a wrong one."""
    (tmp_path / ".env").write_text("DATA_DIR=kept\n", encoding="utf-8")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "heartbeat").write_text("", encoding="utf-8")
    assert (await detente("run", cwd=tmp_path, **wrong)).code == 2
    assert not (tmp_path / "kept" / "heartbeat").exists()


async def test_what_it_writes_is_for_its_own_user_alone(tmp_path: Path) -> None:
    """Under the usual umask every folder and file of the bot, a backup and what is restored from it is closed to other users."""
    usual = os.umask(0o022)
    try:
        async with serve() as discord:
            process = await start("run", cwd=tmp_path, DISCORD_TOKEN=TOKEN, DISCORD_API_URL=discord.api_url)
            await _read_until(process, "ready")
            process.send_signal(signal.SIGTERM)
            assert (await finish(process, 15)).code == 0
        assert (await detente("backup", "kept/b.sqlite", cwd=tmp_path)).code == 0
        assert (await detente("restore", "kept/b.sqlite", cwd=tmp_path, DATA_DIR="new")).code == 0
        target = f"sqlite+aiosqlite:///{tmp_path / 'copied.sqlite'}"
        assert (await detente("copy", "--to", target, cwd=tmp_path)).code == 0
    finally:
        os.umask(usual)
    modes = _modes(tmp_path)
    assert set(modes) >= {"data", "data/detente.sqlite", "data/last-good-content.zip", "kept", "kept/b.sqlite", "new", "copied.sqlite"}
    assert {path: oct(mode) for path, mode in modes.items() if mode & 0o077} == {}


def _modes(folder: Path) -> dict[str, int]:
    """Return the mode of everything below `folder`."""
    return {str(path.relative_to(folder)): path.stat().st_mode for path in folder.rglob("*")}


async def test_sigterm_ends_a_bot_that_waits_to_reconnect(tmp_path: Path) -> None:
    """While discord.py sleeps between two attempts to connect, the health check turns red and SIGTERM still ends the bot with 0."""
    async with serve() as discord:
        variables = {"DISCORD_TOKEN": TOKEN, "DISCORD_API_URL": discord.api_url, "DATA_DIR": str(tmp_path), "LOG_FORMAT": "json"}
        process = await start("run", cwd=tmp_path, **variables)
        await _read_until(process, '"event": "ready"')
    await _read_until(process, "Attempting a reconnect")
    process.send_signal(signal.SIGTERM)
    ended = await finish(process, 10)
    assert ended.code == 0
    assert TOKEN not in ended.err


async def test_an_api_that_is_not_discord_is_named(tmp_path: Path) -> None:
    """Where something else answers at DISCORD_API_URL, the bot says so in one sentence, exit code 5."""
    async with serve() as discord:
        elsewhere = discord.api_url.replace("/api/v10", "/elsewhere")
        ended = await detente("run", cwd=tmp_path, DISCORD_TOKEN=TOKEN, DISCORD_API_URL=elsewhere)
    assert ended.code == 5
    assert f"What answers at {elsewhere} said 404 Not Found. If you set DISCORD_API_URL, check it" in ended.err
    assert "Traceback" not in ended.err


async def test_a_token_reset_while_running_is_named(tmp_path: Path) -> None:
    """When the gateway closes with 4004, the bot ends with the sentence about the token and exit code 2."""
    async with serve() as discord:
        variables = {"DISCORD_TOKEN": TOKEN, "DISCORD_API_URL": discord.api_url, "DATA_DIR": str(tmp_path), "LOG_FORMAT": "json"}
        process = await start("run", cwd=tmp_path, **variables)
        await _read_until(process, '"event": "ready"')
        await discord.disconnect(4004)
        ended = await finish(process, 20)
    assert ended.code == 2
    assert "DISCORD_TOKEN was refused by Discord." in ended.err


async def test_a_content_dir_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A wrong CONTENT_DIR is a setting that is wrong, and is named as one."""
    ended = await detente("allies", cwd=tmp_path, CONTENT_DIR="elsewhere")
    assert ended.code == 2
    assert ended.err.startswith("CONTENT_DIR is not a folder (elsewhere).")
