"""`detente doctor`: what it finds about settings, token, content, clock and machine, and that it changes nothing."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tests.loopback import TOKEN, serve
from tests.patient import Patient
from tests.processes import environment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
async def patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Patient]:
    """A machine on which the bot would run."""
    async with serve() as discord:
        yield Patient(tmp_path, discord, monkeypatch)


async def test_a_machine_that_is_ready(patient: Patient) -> None:
    """Everything is good, each part in a line of its own; the gateway is not touched and nothing is told to Discord."""
    ended = await patient.ask(HTTP_PORT="0")
    assert ended.code == 0, ended.out
    marks, parts = zip(*(line.split(":")[0].split(" ", 1) for line in ended.out.splitlines()[:-2]), strict=True)
    assert set(marks) == {"✓"}
    assert parts == (
        *("settings", "token", "install link", "intents", "shards", "gateway sessions", "clock (Discord)"),
        *("database", "disk", "content", "data folder", "time zones", "open files"),
    )
    assert ended.out.endswith("\nReady.\n")
    assert "permissions=274877991936" in ended.out
    assert "scope=bot+applications.commands" in ended.out
    assert (patient.discord.identified, patient.discord.commands) == ([], [])
    assert not patient.database.exists()


async def test_all_that_is_wrong_with_the_settings_comes_at_once(patient: Patient) -> None:
    """Each wrong variable is named without its value; the rest is looked at, but nothing that hangs on a wrong one."""
    wrong = {"DISCORD_TOKEN": "secret-and-malformed", "DATABASE_URL": "mysql://root:hunter2@db/x", "LOG_LEVEL": "loud", "SHARD_IDS": "0"}
    code, signs = await patient.tell(**wrong)
    assert code == 2
    assert all(name in signs["settings"][1] for name in wrong)
    assert (signs["content"][0], "database" in signs, "token" in signs) == ("good", False, False)


async def test_an_env_file_that_is_no_text_is_one_finding(patient: Patient) -> None:
    """A damaged .env is named; what the environment says is looked at all the same."""
    (patient.folder / ".env").write_bytes(b"\xff\xfe\x00")
    code, signs = await patient.look()
    assert (code, signs["settings"][0], signs["token"][0]) == (2, "bad", "good")
    assert ".env cannot be read" in signs["settings"][1]


async def test_a_misspelt_name_in_an_env_file_is_doubted(patient: Patient) -> None:
    """A variable that is nearly a setting keeps nothing from starting, and is named with the setting."""
    (patient.folder / ".env").write_text("HTTP_PROT=8080\n", encoding="utf-8")
    ended = await patient.ask()
    assert ended.code == 0, ended.out
    assert "! settings: .env, line 1: HTTP_PROT is no setting of the bot; did you mean HTTP_PORT?\n" in ended.out


async def test_without_a_token_the_rest_is_looked_at(patient: Patient) -> None:
    """A token that is not there yet is what is wrong, and everything else is told."""
    code, signs = await patient.tell(DISCORD_TOKEN="")
    assert code == 2
    assert "DISCORD_TOKEN is not set" in signs["token"][1]
    assert {mark for part, (mark, _) in signs.items() if part != "token"} == {"good"}
    assert patient.discord.requests == 0


async def test_a_token_that_discord_refuses(patient: Patient) -> None:
    """Discord's no is told with the remedy."""
    code, signs = await patient.tell(DISCORD_TOKEN=TOKEN[:-1] + "x")
    assert (code, signs["token"][0]) == (2, "bad")
    assert "Discord refuses DISCORD_TOKEN" in signs["token"][1]


async def test_a_discord_that_is_not_there_or_is_none(patient: Patient) -> None:
    """Where nothing answers, or something else does, the address is told and what to check."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        free = found.getsockname()[1]
    code, signs = await patient.tell(DISCORD_API_URL=f"http://127.0.0.1:{free}/api")
    assert (code, signs["token"][0]) == (5, "bad")
    assert f"could not be reached at http://127.0.0.1:{free}/api" in signs["token"][1]
    code, signs = await patient.look(DISCORD_API_URL=patient.discord.api_url.removesuffix("/api/v10"))
    assert (code, signs["token"][0]) == (5, "bad")


async def test_an_application_that_is_set_up_badly(patient: Patient) -> None:
    """An endpoint that takes the commands away, a code grant, privileged intents, too few shards and no session left: each is told."""
    patient.discord.application = {"interactions_endpoint_url": "https://x.invalid", "bot_require_code_grant": True, "flags": 1 << 19}
    patient.discord.shards = 4
    patient.discord.starts = {"remaining": 1, "reset_after": 3_600_000}
    code, signs = await patient.look(SHARD_COUNT="2")
    assert code == 5
    marks = {part: signs[part][0] for part in ("commands", "install link", "intents", "shards", "gateway sessions")}
    assert marks == {"commands": "bad", "install link": "doubt", "intents": "doubt", "shards": "doubt", "gateway sessions": "bad"}
    assert "message content" in signs["intents"][1]
    assert "SHARD_COUNT to 4" in signs["shards"][1]
    assert "1 of 1000 are left, 1:00:00" in signs["gateway sessions"][1]


@pytest.mark.parametrize(
    ("seconds", "mark", "said"),
    [(30, "doubt", "(29|30|31) seconds behind"), (-30, "doubt", "(29|30|31) seconds ahead"), (600, "bad", "(599|600|601) seconds behind")],
)
async def test_a_clock_that_is_wrong(patient: Patient, seconds: int, mark: str, said: str) -> None:
    """Half a minute is a doubt, more than a minute keeps the bot from its promises: alerts fall due by this clock."""
    patient.discord.ahead = seconds
    code, signs = await (patient.tell if mark == "bad" else patient.look)()
    assert (code, signs["clock (Discord)"][0]) == (int(mark == "bad"), mark)
    assert re.search(said, signs["clock (Discord)"][1])


async def test_content_that_is_broken(patient: Patient) -> None:
    """How many problems there are, the first of them with their places, and the command that shows all."""
    (patient.folder / "content" / "topics" / "x.yaml").write_text("- id: x\n  title: X\n", encoding="utf-8")
    code, signs = await patient.tell()
    assert (code, signs["content"][0]) == (3, "bad")
    assert "content/topics/x.yaml:1:3: the key 'answer' is missing" in signs["content"][1]
    assert "`detente check`" in signs["content"][1]


async def test_a_port_that_is_taken(patient: Patient) -> None:
    """A port that somebody else uses keeps the bot from starting; beside a living bot it is only a doubt."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, signs = await patient.look(HTTP_PORT=str(port))
        assert (code, signs["web port"][0]) == (2, "bad")
        (patient.folder / "data").mkdir()
        (patient.folder / "data" / "heartbeat").write_text("", encoding="utf-8")
        code, signs = await patient.look(HTTP_PORT=str(port))
        assert (code, signs["web port"][0]) == (0, "doubt")
    code, signs = await patient.look(HTTP_PORT=str(port))
    assert (code, signs["web port"][0]) == (0, "good")


async def test_a_data_folder_below_a_file(patient: Patient) -> None:
    """DATA_DIR that can never be a folder is told."""
    (patient.folder / "file").write_text("", encoding="utf-8")
    code, signs = await patient.look(DATA_DIR=str(patient.folder / "file" / "data"))
    assert (code, signs["data folder"][0]) == (2, "bad")


_AS_ANOTHER = """
import asyncio, concurrent.futures.thread, json, os, pwd, sys
from pathlib import Path
from bot.doctor import examine_database, examine_folder
if os.geteuid() == 0:
    nobody = pwd.getpwnam("nobody")
    os.setgroups([]), os.setgid(nobody.pw_gid), os.setuid(nobody.pw_uid)
folder = Path(sys.argv[1])
signs = (examine_folder(folder), *asyncio.run(examine_database(f"sqlite+aiosqlite:///{folder / 'detente.sqlite'}")))
print(json.dumps([[sign.part, sign.mark, sign.exit_code] for sign in signs]))
"""


def test_a_folder_that_may_not_be_written() -> None:
    """For a user without the right, the data folder and the database in it are told, each with its exit code."""
    # Not pytest's folder: that of root may not be entered by others.
    with TemporaryDirectory(prefix="detente-doctor-") as folder:
        Path(folder).chmod(0o555)
        command = [sys.executable, "-c", _AS_ANOTHER, folder]
        ended = subprocess.run(command, env=environment(PYTHONPATH=str(ROOT)), check=False, capture_output=True, text=True)
        Path(folder).chmod(0o755)
    assert ended.returncode == 0, ended.stderr
    signs = json.loads(ended.stdout)
    assert signs[0] == ["data folder", "bad", 2]
    assert ["database", "bad", 4] in signs


def test_few_open_files_are_a_doubt() -> None:
    """A limit that a burst of alerts could reach is told with how to raise it."""
    script = "from bot.ops.machine import examine_files as e; s = e(); print(s.mark, s.found, s.remedy)"
    shell = shutil.which("sh") or "sh"
    command = [shell, "-c", f'ulimit -n 100 && "{sys.executable}" -c "{script}"']
    ended = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert ended.stdout.startswith("doubt 100 may be open at once Allow 512")
