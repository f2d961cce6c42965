"""A .env as people write it: what sets nothing is told with its line, what is nearly a setting with the setting, and no value ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.env_file import is_readable, list_faults, list_slips
from bot.errors import SettingsError
from bot.settings import list_misspelt, read_settings, read_what_is_valid
from tests.processes import detente

NAMES = ("DISCORD_TOKEN", "HTTP_PORT", "HTTP_HOST", "LOG_LEVEL")
SECRET = "hunter2"  # noqa: S105 - what must never be repeated

FAULTS = [
    ("DISCORD_TOKEN\n", [1]),
    (f"DISCORD_TOKEN: {SECRET}\n", [1]),
    (f"DISCORD_TOKEN {SECRET}\n", [1]),
    (f"{SECRET}.{SECRET}\n", [1]),
    (f'\n# a note\n\nDISCORD_TOKEN="{SECRET}\nLOG_LEVEL=info\n', [4]),
    (f"DISCORD_TOKEN='{SECRET}'x\n", [1]),
    (f"<<<<<<< HEAD\nDISCORD_TOKEN={SECRET}\n=======\nLOG_LEVEL=info\n>>>>>>> other\n", [1, 3, 5]),
    ("", []),
    ("\n\n# only notes\n", []),
    (f"\ufeffDISCORD_TOKEN={SECRET}\r\nexport LOG_LEVEL = info # as ever\r\nHTTP_PORT=\r\n", []),
]

SLIPS = [
    ("HTTP_PROT=1\n", ["line 1: HTTP_PROT is no setting of the bot; did you mean HTTP_PORT?"]),
    (f"\n\nTOKEN={SECRET}\n", ["line 3: TOKEN is no setting of the bot; did you mean DISCORD_TOKEN?"]),
    (f"Discord-Token={SECRET}\n", ["line 1: Discord-Token is no setting of the bot; did you mean DISCORD_TOKEN?"]),
    (f"discord_token={SECRET}\nPOSTGRES_PASSWORD={SECRET}\nCOMPOSE_PROJECT_NAME=x\n", []),
]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the file is, in the current folder."""
    monkeypatch.chdir(tmp_path)
    return Path(".env")


@pytest.mark.parametrize(("text", "lines"), FAULTS)
def test_a_line_that_sets_nothing_is_told(file: Path, text: str, lines: list[int]) -> None:
    """Each is told by file and line with what a line looks like, and nothing of what stands in it."""
    file.write_bytes(text.encode())
    told = list_faults(file)
    assert [sentence.partition(", sets nothing: a line is NAME=value")[0] for sentence in told] == [f".env, line {line}" for line in lines]
    assert SECRET not in "".join(told)
    assert is_readable(file)


@pytest.mark.parametrize(("text", "told"), SLIPS)
def test_a_name_that_is_nearly_a_setting_is_told(file: Path, text: str, told: list[str]) -> None:
    """A slip is named with the setting; what is no setting's business, such as compose's own variables, is passed over."""
    file.write_text(text, encoding="utf-8")
    assert list_slips(file, NAMES) == tuple(f".env, {line}" for line in told)


def test_no_file_is_no_fault(file: Path) -> None:
    """Without a file there is nothing to say; one that cannot be read is one fault."""
    assert (list_faults(file), list_slips(file, NAMES), is_readable(file)) == ((), (), True)
    file.write_bytes(b"LOG_LEVEL=\xff")
    assert (len(list_faults(file)), list_slips(file, NAMES), is_readable(file)) == (1, (), False)
    file.unlink()
    file.mkdir()
    assert (len(list_faults(file)), list_slips(file, NAMES), is_readable(file)) == (1, (), False)


def test_nothing_is_done_with_a_broken_file(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What the host meant cannot be known, so nothing starts; for a diagnosis the other lines count. The parser itself says nothing."""
    file.write_text("LOG_LEVEL error\nLOG_FORMAT=json\nHTTP_PROT=1\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"^\.env, line 1, sets nothing"):
        read_settings()
    settings, complaints = read_what_is_valid()
    assert (settings.log_level, settings.log_format, list(complaints)) == ("info", "json", [".env"])
    assert list_misspelt() == (".env, line 3: HTTP_PROT is no setting of the bot; did you mean HTTP_PORT?",)
    assert not caplog.records


async def test_a_start_tells_of_slips(tmp_path: Path) -> None:
    """A bot whose port was misspelt says so in its log, and a broken line ends it with 2 before anything else."""
    (tmp_path / ".env").write_text("HTTP_PROT=1\n", encoding="utf-8")
    ended = await detente("run", cwd=tmp_path)
    assert (ended.code, "did you mean HTTP_PORT?" in ended.err) == (2, True)
    (tmp_path / ".env").write_text("HTTP_PORT\n", encoding="utf-8")
    ended = await detente("run", cwd=tmp_path)
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert ended.err.startswith(".env, line 1, sets nothing")
