"""Settings: every variable, every mistake, and the example that documents them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.errors import SettingsError
from bot.settings import LogFormat, LogLevel, Settings, packaged_content, read_settings

EXAMPLE = Path(__file__).resolve().parent.parent / ".env.example"
GOOD_TOKEN = "not-a-real-token-at-all.never.was-a-real-token-either"  # noqa: S105 - made up
PROXY = "http://proxy.internal:8080/api/v10"

GOOD = [
    ("DISCORD_API_URL", PROXY, "discord_api_url", PROXY),
    ("CONTENT_DIR", "/usr", "content_dir", Path("/usr")),
    ("DATA_DIR", "/var/lib/detente", "data_dir", Path("/var/lib/detente")),
    ("ADMIN_USER_IDS", "123,456", "admin_user_ids", frozenset({123, 456})),
    ("ADMIN_USER_IDS", " 123, 456 789,", "admin_user_ids", frozenset({123, 456, 789})),
    ("ADMIN_USER_IDS", "123", "admin_user_ids", frozenset({123})),
    ("ADMIN_USER_IDS", "", "admin_user_ids", frozenset()),
    ("ADMIN_GUILD_ID", "123", "admin_guild_id", 123),
    ("ADMIN_GUILD_ID", "", "admin_guild_id", None),
    ("CONTENT_WATCH", "true", "content_watch", True),
    ("NOTICE_LIMIT", "0", "notice_limit", 0),
    ("SHARD_COUNT", "16", "shard_count", 16),
    ("SHARD_IDS", "", "shard_ids", ()),
    ("HTTP_PORT", "8080", "http_port", 8080),
    ("HTTP_HOST", "0.0.0.0", "http_host", "0.0.0.0"),  # noqa: S104 - only read
    ("HTTP_HOST", "::1", "http_host", "::1"),
    ("HTTP_HOST", "bot.internal", "http_host", "bot.internal"),
    ("USES_PER_PERSON", "5", "uses_per_person", 5),
    ("USES_PER_SERVER", "50", "uses_per_server", 50),
    ("LEDGER_DAYS", "30", "ledger_days", 30),
    ("LOG_LEVEL", "debug", "log_level", LogLevel.DEBUG),
    ("LOG_LEVEL", "WARNING", "log_level", LogLevel.WARNING),
    ("LOG_FORMAT", "json", "log_format", LogFormat.JSON),
    ("LOG_FORMAT", "Console", "log_format", LogFormat.CONSOLE),
    ("LOG_LEVEL", "", "log_level", LogLevel.INFO),
]

BAD = [
    ("DATA_DIR", "~nobody-here/data", "begins with a home folder that is not known"),
    ("DISCORD_TOKEN", "hunter2-hunter2", "does not look like a bot token (three parts separated by dots)"),
    ("DISCORD_TOKEN", f"Bot {GOOD_TOKEN}", "does not look like a bot token"),
    ("DISCORD_API_URL", "discord.com/api/v10-hunter2", "is not the address of an API"),
    ("DISCORD_API_URL", "https://hunter2.example/api/", "is not the address of an API (with http://"),
    ("DATABASE_URL", "mysql://root:hunter2@localhost/x", "is of no form the bot knows"),
    ("DATABASE_URL", "sqlite:///hunter2", "is of no form the bot knows"),
    ("ADMIN_USER_IDS", "123,hunter2", "is not valid"),
    ("ADMIN_GUILD_ID", "hunter2", "is not valid"),
    ("ADMIN_GUILD_ID", "0", "is not valid"),
    ("CONTENT_WATCH", "hunter2", "is not valid"),
    ("NOTICE_LIMIT", "-1", "is not valid"),
    ("LOG_LEVEL", "hunter2", "is not valid"),
    ("LOG_FORMAT", "hunter2", "is not valid"),
    ("SUBSCRIPTIONS_PER_SERVER", "0", "is not valid"),
    ("SENDS_PER_SECOND", "1001", "is not valid"),
    ("LEASE_SECONDS", "1", "is not valid"),
    ("LEASE_SECONDS", "601", "is not valid"),
    ("SENDS_PER_SECOND", "0.09", "is not valid"),
    ("SENDS_PER_SECOND", "nan", "is not valid"),
    ("SHARD_COUNT", "0", "is not valid"),
    ("SHARD_IDS", "0-3", "needs SHARD_COUNT, which is not set or not valid"),
    ("SHARD_IDS", "0-hunter2", "cannot be read (1 of its parts are neither a number nor a range)"),
    ("HTTP_PORT", "65536", "is not valid"),
    ("SHARD_IDS", ",", "names no shard"),
    ("HTTP_HOST", "hunter2/x", "is not an address (without http:// and without a port)"),
    ("HTTP_HOST", "hunter2:8080", "is not an address"),
    ("HTTP_HOST", "http://127.0.0.1", "is not an address"),
    ("USES_PER_PERSON", "0", "is not valid"),
    ("USES_PER_SERVER", "0", "is not valid"),
    ("LEDGER_DAYS", "29", "is not valid"),
]


@pytest.fixture(autouse=True)
def _bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start from an empty folder and an environment without any of the variables."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.lower() in Settings.model_fields]:
        monkeypatch.delenv(name)


def _secrets(settings: Settings) -> dict[str, object]:
    token = settings.discord_token.get_secret_value() if settings.discord_token else None
    return settings.model_dump() | {"discord_token": token, "database_url": settings.choose_database()}


def test_without_anything_set_everything_has_its_default() -> None:
    """Only the token is missing in an empty environment."""
    assert _secrets(read_settings()) == {
        "discord_token": None,
        "discord_api_url": "https://discord.com/api/v10",
        "database_url": "sqlite+aiosqlite:///data/detente.sqlite",
        "content_dir": packaged_content(),
        "content_watch": False,
        "data_dir": Path("data"),
        "admin_user_ids": frozenset(),
        "admin_guild_id": None,
        "notice_limit": 100,
        "subscriptions_per_server": 25,
        "sends_per_second": 40,
        "lease_seconds": 60,
        "shard_count": None,
        "shard_ids": (),
        "http_port": None,
        "http_host": "127.0.0.1",
        "uses_per_person": 30,
        "uses_per_server": 300,
        "ledger_days": 365,
        "log_level": LogLevel.INFO,
        "log_format": LogFormat.CONSOLE,
    }


def test_the_content_that_came_along_is_there() -> None:
    """The default folder of the knowledge base holds the verdict."""
    assert (packaged_content() / "topics" / "verdict.yaml").is_file()


@pytest.mark.parametrize(("variable", "value", "field", "expected"), GOOD)
def test_a_variable_is_read(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, field: str, expected: object) -> None:
    """Each variable is read from the environment; an empty one keeps the default."""
    monkeypatch.setenv(variable, value)
    assert getattr(read_settings(), field) == expected


@pytest.mark.parametrize(("value", "shards"), [("0", (0,)), ("0-3,7", (0, 1, 2, 3, 7)), (" 7, 2-3 2", (2, 3, 7))])
def test_shards_are_numbers_and_ranges(monkeypatch: pytest.MonkeyPatch, value: str, shards: tuple[int, ...]) -> None:
    """SHARD_IDS is read in any order, each shard once."""
    monkeypatch.setenv("SHARD_COUNT", "8")
    monkeypatch.setenv("SHARD_IDS", value)
    assert read_settings().shard_ids == shards


@pytest.mark.parametrize(
    ("value", "reason"), [("6-8", "names a shard that SHARD_COUNT does not have: they are numbered from 0 to 7"), ("3-2", "cannot be read")]
)
def test_a_wrong_shard_is_refused(monkeypatch: pytest.MonkeyPatch, value: str, reason: str) -> None:
    """A shard beyond the count, and a range that runs backwards, are named."""
    monkeypatch.setenv("SHARD_COUNT", "8")
    monkeypatch.setenv("SHARD_IDS", value)
    with pytest.raises(SettingsError, match=f"^SHARD_IDS {reason}"):
        read_settings()


@pytest.mark.parametrize("url", ["sqlite+aiosqlite:///data/x.sqlite", "postgresql+asyncpg://me:hunter2@db/detente"])
def test_secrets_are_read_and_never_shown(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """The token and the database's address can be read where they are needed and are not in the settings' text."""
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("DISCORD_TOKEN", GOOD_TOKEN)
    settings = read_settings()
    assert (settings.require_token(), settings.choose_database()) == (GOOD_TOKEN, url)
    assert GOOD_TOKEN not in f"{settings!r}{settings}{settings.model_dump_json()}"
    assert url not in f"{settings!r}{settings}{settings.model_dump_json()}"


@pytest.mark.parametrize(("variable", "value", "reason"), BAD)
def test_a_wrong_variable_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, reason: str) -> None:
    """The text names the variable, what is wrong and what it expects; the value, perhaps a secret, is not in it."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as caught:
        read_settings()
    text = str(caught.value)
    assert text.startswith(f"{variable} {reason}")
    assert f"It expects {Settings.model_fields[variable.lower()].description}." in text
    assert "hunter2" not in text
    assert GOOD_TOKEN not in text
    assert caught.value.exit_code == 2
    assert caught.value.__suppress_context__


def test_the_library_keeps_quiet_about_values_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error beneath, should it ever reach a log, does not hold the value either."""
    monkeypatch.setenv("DATABASE_URL", "mysql://root:hunter2@localhost/x")
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert "hunter2" not in str(caught.value)


def test_a_mistake_is_told_in_plain_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong variable is told in three sentences: what is wrong, what it expects, where to set it."""
    monkeypatch.setenv("LOG_FORMAT", "xml")
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert str(caught.value) == (
        "LOG_FORMAT is not valid (Input should be 'console' or 'json'). It expects console (for people) or json (for machines). "
        "Set it in the environment or in .env (see .env.example)."
    )


def test_all_wrong_variables_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three mistakes give three lines, in the order of the settings."""
    for variable in ("LOG_LEVEL", "DATABASE_URL", "DISCORD_TOKEN"):
        monkeypatch.setenv(variable, "nonsense")
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert [line.split()[0] for line in str(caught.value).splitlines()] == ["DISCORD_TOKEN", "DATABASE_URL", "LOG_LEVEL"]


def test_a_missing_token_is_told_only_where_it_is_needed() -> None:
    """Settings without a token can be read; asking for the token tells how to set it."""
    settings = read_settings()
    with pytest.raises(SettingsError, match=r"^DISCORD_TOKEN is not set\. It expects the bot's token"):
        settings.require_token()


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What .env says holds unless the environment says otherwise; what it says beyond the settings is passed over."""
    (tmp_path / ".env").write_text("LOG_LEVEL=error\nLOG_FORMAT=json\nPATH_OF_SOMEBODY=x\n", encoding="utf-8")
    monkeypatch.setenv("LOG_LEVEL", "debug")
    assert (read_settings().log_level, read_settings().log_format) == (LogLevel.DEBUG, LogFormat.JSON)


def test_settings_do_not_change() -> None:
    """Nothing changes a setting once it is read."""
    settings = read_settings()
    with pytest.raises(ValidationError):
        settings.log_level = LogLevel.DEBUG  # type: ignore[misc]


def test_the_example_documents_every_variable_in_order() -> None:
    """The example has one block for each setting, in order, with its description and its variable, and no others."""
    blocks = [block for block in EXAMPLE.read_text(encoding="utf-8").strip().split("\n\n")[1:] if block]
    found = [re.fullmatch(r"# ([A-Z_]+): (.+)\n(?:# )?([A-Z_]+)=.*", block) for block in blocks]
    assert [match and match.groups() for match in found] == [
        (name.upper(), field.description, name.upper()) for name, field in Settings.model_fields.items()
    ]


@pytest.mark.parametrize("opened", [False, True])
def test_the_example_says_the_defaults(tmp_path: Path, *, opened: bool) -> None:
    """Copied as it is, or with every variable opened, the example changes nothing."""
    defaults = read_settings()
    text = EXAMPLE.read_text(encoding="utf-8")
    (tmp_path / ".env").write_text(re.sub(r"^# (?=[A-Z_]+=)", "", text, flags=re.MULTILINE) if opened else text, encoding="utf-8")
    assert read_settings() == defaults


def test_an_env_file_that_is_no_text_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A .env in another encoding gives a sentence that names it, not a traceback."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_bytes(b"LOG_LEVEL=\xff\n")
    with pytest.raises(SettingsError, match=r"\.env cannot be read as UTF-8 text"):
        read_settings()
