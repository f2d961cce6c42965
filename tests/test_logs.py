"""Log lines hold what happened and no secrets."""

from __future__ import annotations

import json
import logging

import pytest

from bot.ops.logs import set_up_logs
from tests.loopback import TOKEN


def _fail(token: str) -> None:
    headers = {"Authorization": f"Bot {token}"}
    raise ConnectionResetError(f"{len(headers)} headers were not sent")


@pytest.mark.parametrize("as_json", [True, False])
def test_a_traceback_tells_the_error_but_no_local_variable(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    """discord.py holds the token in local variables of the frames it fails in; no log line may show them."""
    kept = logging.getLogger().handlers[:], logging.getLogger().level
    try:
        set_up_logs("info", json=as_json)
        try:
            _fail(TOKEN)
        except ConnectionResetError:
            logging.getLogger("discord.gateway").exception("reset")
    finally:
        logging.getLogger().handlers[:], level = kept
        logging.getLogger().setLevel(level)
    line = capsys.readouterr().err
    assert "ConnectionResetError" in line
    assert TOKEN not in line
    assert not as_json or json.loads(line)["event"] == "reset"
