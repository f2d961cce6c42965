"""Log lines hold what happened and no secrets, one line each."""

from __future__ import annotations

import ast
import asyncio
import json
import logging
import re
from typing import TYPE_CHECKING

import pytest
import structlog

from bot.ops.logs import log_loose_end, set_up_logs
from tests.loopback import TOKEN
from tests.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

EVIL = "x\n2026-11-22T12:00:00Z [error    ] forged\r\x1b[2J\u2028\u202etxt\x00"


@pytest.fixture(autouse=True)
def _usual_logs() -> Iterator[None]:
    """Put the log back as it was."""
    root, ours = logging.getLogger(), logging.getLogger("bot")
    kept = root.handlers[:], root.level, ours.level
    yield
    root.handlers[:], root.level, ours.level = kept
    structlog.reset_defaults()


def _fail(token: str) -> None:
    headers = {"Authorization": f"Bot {token}"}
    raise LookupError(f"{len(headers)} headers were not sent")


@pytest.mark.parametrize("as_json", [True, False])
def test_a_traceback_tells_the_error_but_no_local_variable(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    """discord.py holds the token in local variables of the frames it fails in; no log line may show them."""
    set_up_logs("info", json=as_json)
    try:
        _fail(TOKEN)
    except LookupError:
        logging.getLogger("discord.gateway").exception("reset")
    line = capsys.readouterr().err
    assert "LookupError" in line
    assert "_fail" in line
    assert TOKEN not in line
    assert not as_json or json.loads(line)["event"] == "reset"


@pytest.mark.parametrize("as_json", [True, False])
def test_whatever_a_value_holds_it_stays_in_its_line(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    """Newlines, escape sequences and what turns text around come out as codes, in our lines and in those of libraries."""
    set_up_logs("info", json=as_json)
    structlog.get_logger("bot.x").warning(EVIL, value=EVIL, many=[EVIL], inner={EVIL: EVIL}, thing=ValueError(EVIL))
    logging.getLogger("aiohttp.server").warning("%s came", EVIL)
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 2
    assert not set(said) & set("\r\x1b\u2028\u202e\x00")
    assert "forged" in said
    if as_json:
        assert [json.loads(line)["level"] for line in said.splitlines()] == ["warning", "warning"]


def _forge() -> None:
    raise ValueError(EVIL)


@pytest.mark.parametrize("as_json", [True, False])
def test_no_traceback_can_forge_a_line(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    """The text of an error may hold anything: on the console each of its lines is set in, as no event is."""
    set_up_logs("info", json=as_json)
    try:
        _forge()
    except ValueError:
        structlog.get_logger("bot.x").exception("failed")
    lines = capsys.readouterr().err.splitlines()
    assert all(line.startswith("    ") for line in lines[1:])
    assert (len(lines) == 1) == as_json
    assert not set("".join(lines)) & set("\r\x1b\u2028\u202e\x00")


def test_libraries_do_not_tell_their_debugging(capsys: pytest.CaptureFixture[str]) -> None:
    """discord.py's debugging holds every event of the gateway, with what people type: only the bot's own lines go below info."""
    set_up_logs("debug", json=True)
    logging.getLogger("discord.gateway").debug("For Shard ID 0: WebSocket Event: secret")
    structlog.get_logger("bot.x").debug("ours")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["ours"]


def test_the_token_of_an_interaction_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """discord.py names the address that a limit is for, and in it the token with which anybody could answer."""
    set_up_logs("info", json=False)
    for path in ("/interactions/12/aW50ZXJh/callback", "/webhooks/34/aW50ZXJh/messages/@original", "/webhooks/34/aW50ZXJh?wait=true"):
        logging.getLogger("discord.http").warning("We are being rate limited. POST https://discord.com/api/v10%s responded with 429.", path)
    said = capsys.readouterr().err
    assert "aW50ZXJh" not in said
    assert "/interactions/12/…/callback" in said


def test_a_lost_connection_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """What discord.py mends by itself needs no traceback."""
    set_up_logs("info", json=False)
    logging.getLogger("discord.shard").error("Attempting a reconnect in 1.00s", exc_info=ConnectionResetError("reset by peer"))
    [line] = capsys.readouterr().err.splitlines()
    assert "ConnectionResetError" in line


async def test_what_fails_in_a_task_nobody_waits_for_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    """The complaint of asyncio becomes a line with the traceback, without the task's name, which may hold what somebody typed."""
    set_up_logs("info", json=True)
    asyncio.get_running_loop().set_exception_handler(log_loose_end)

    async def fail() -> None:
        raise LookupError("lost")

    task = asyncio.create_task(fail(), name="discord-ui-dynamic-item-what-somebody-typed")
    await asyncio.wait((task,))
    del task
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["exception"][0]["exc_type"]) == ("task failed", "LookupError")
    assert "typed" not in json.dumps(line)


def _list_events() -> set[str]:
    """Return the name of every event that the bot logs at warning or above, as its sources have it."""
    levels, events = {"warning", "error", "exception", "critical"}, {"stopped by force"}  # that one is logged by a thread
    for path in (ROOT / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
                continue
            is_log = node.func.attr in levels and ast.unparse(node.func.value).lower().endswith("_log")
            if is_log or (node.func.attr == "_tell" and path.name == "working.py"):
                assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno}: give the event a name that can be looked up"
                events.add(str(node.args[0].value).partition(":")[0])
    return events


def test_every_event_worth_a_look_is_explained() -> None:
    """docs/operations.md tells what each warning and error means and what to do, and none that there is not."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").partition("## Logs and what to alert on")[2].partition("\n## ")[0]
    table = page.partition("| event |")[2].partition("\n\n")[0]
    told = {name for row in table.splitlines()[2:] for name in re.findall("`([^`]+)`", row.split("|")[1])}
    assert told - {"Timeout (0:05:00)!"} == _list_events()
