"""One frozen Settings from the environment and .env; nothing else reads os.environ."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.env_file import is_readable, list_faults, list_slips
from bot.errors import SettingsError

_API_URL = re.compile(r"https?://[^\s/]+(/\S*)?[^/\s]")
_DATABASE_URL = re.compile(r"(sqlite\+aiosqlite:///.+|postgresql\+asyncpg://.+)", re.ASCII)
_HARMLESS = re.compile(r"PATH|HOME|LANG|LANGUAGE|LC_\w+|TMPDIR|TMP|TEMP|TZ|PYTHON\w*|VIRTUAL_ENV|LD_LIBRARY_PATH|SYSTEMROOT", re.ASCII)
"""What another Python needs to start and to speak the same language. Named one by one: a secret may stand under any other name."""
_ENV_FILE = Path(".env")
_HOST = re.compile(r"[\w.-]+", re.ASCII)
_RANGE = re.compile(r"\d{1,5}(-\d{1,5})?", re.ASCII)
_TOKEN = re.compile(r"[\w-]{20,}\.[\w-]{5,}\.[\w-]{20,}", re.ASCII)


class LogFormat(StrEnum):
    """How log lines look."""

    CONSOLE = "console"
    JSON = "json"


class LogLevel(StrEnum):
    """From how severe on log lines are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def environment_without_secrets() -> dict[str, str]:
    """Return the environment for a process that has no business with the token, the database or anything else of the host's."""
    return {name: value for name, value in os.environ.items() if _HARMLESS.fullmatch(name.upper())}


def packaged_content() -> Path:
    """Return the content that came with the program: inside the wheel, or beside the package in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "content"
    return inside if inside.is_dir() else package.parent / "content"


class Settings(BaseSettings):
    """Everything the host can set. Descriptions say what each variable expects; `.env.example` lists them all."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, frozen=True, extra="ignore", hide_input_in_errors=True
    )

    discord_token: SecretStr | None = Field(
        default=None, description="the bot's token, from the Bot page of your application in Discord's developer portal"
    )
    discord_api_url: str = Field(
        default="https://discord.com/api/v10",
        description="the address of Discord's API, for those who run a rate-limiting proxy; without a slash at the end",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="the address of the database: sqlite+aiosqlite:///PATH or postgresql+asyncpg://USER:PASSWORD@HOST/NAME; "
        "by default the file detente.sqlite in DATA_DIR",
    )
    content_dir: Path = Field(
        default_factory=packaged_content, description="the folder of the knowledge base; by default the one that came with the bot"
    )
    content_watch: bool = Field(
        default=False, description="true or false: whether a change of the folder is put to use by itself; false waits for /content reload"
    )
    data_dir: Path = Field(default=Path("data"), description="a folder the bot may write to; made when it does not exist")
    admin_user_ids: Annotated[frozenset[int], NoDecode] = Field(
        default=frozenset(), description="ids of Discord users who may administer the content, separated by commas, such as 123,456"
    )
    admin_guild_id: int | None = Field(
        default=None,
        ge=1,
        le=2**63 - 1,
        description="the id of the only Discord server where /content shows; by default it shows to the administrators of every server, "
        "and only those who administer the bot can use it",
    )
    notice_limit: int = Field(
        default=100, ge=0, description="a number of messages, from 0, that a change of the content may send without a second confirmation"
    )
    subscriptions_per_server: int = Field(
        default=25, ge=1, le=500, description="a number of subscriptions to alerts, from 1 to 500, that one server may have"
    )
    sends_per_second: float = Field(
        default=40,
        ge=0.1,
        le=1000,
        description="a number of messages a second, from 0.1 to 1000, that the bot posts by itself; Discord allows a token 50 requests "
        "a second in all, unless it granted yours more",
    )
    lease_seconds: int = Field(
        default=60,
        ge=2,
        le=600,
        description="a number of seconds, from 2 to 600, that another process, or this one after a crash, waits before it takes up what "
        "was being sent",
    )
    shard_count: int | None = Field(
        default=None,
        ge=1,
        le=100_000,
        description="a number of shards, from 1 to 100000, into which the gateway is divided, the same for all processes of one bot; by "
        "default as many as Discord recommends, all of them in this process",
    )
    shard_ids: Annotated[tuple[int, ...], NoDecode] = Field(
        default=(),
        description="the numbers of the shards that this process serves, counted from 0, such as 0-3,7; by default all. Needs SHARD_COUNT",
    )
    http_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="the port for /healthz, /readyz, /metrics and /calendar.ics; 0 picks a free one, which the log tells; off by default",
    )
    http_host: str = Field(
        default="127.0.0.1",
        description="the address, or the name, that HTTP_PORT listens on; by default only this machine, 0.0.0.0 for every network",
    )
    uses_per_person: int = Field(
        default=30, ge=1, le=1000, description="a number of commands and clicks, from 1 to 1000, of one person that are answered a minute"
    )
    uses_per_server: int = Field(
        default=300,
        ge=1,
        le=10_000,
        description="a number of commands and clicks, from 1 to 10000, in one server that are answered a minute",
    )
    ledger_days: int = Field(
        default=365,
        ge=30,
        le=3650,
        description="a number of days, from 30 to 3650, for which it is kept what was sent to whom and who changed the content",
    )
    log_level: LogLevel = Field(default=LogLevel.INFO, description="one of debug, info, warning, error")
    log_format: LogFormat = Field(default=LogFormat.CONSOLE, description="console (for people) or json (for machines)")

    @field_validator("discord_token")
    @classmethod
    def _looks_like_a_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _TOKEN.fullmatch(value.get_secret_value()):
            msg = "does not look like a bot token (three parts separated by dots)"
            raise ValueError(msg)
        return value

    @field_validator("discord_api_url")
    @classmethod
    def _is_an_api(cls, value: str) -> str:
        if not _API_URL.fullmatch(value):
            msg = "is not the address of an API (with http:// or https:// in front, without a slash at the end)"
            raise ValueError(msg)
        return value

    @field_validator("http_host")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if not _HOST.fullmatch(value):
            with suppress(ValueError):
                ip_address(value)
                return value
            msg = "is not an address (without http:// and without a port)"
            raise ValueError(msg)
        return value

    @field_validator("database_url")
    @classmethod
    def _is_a_known_database(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _DATABASE_URL.fullmatch(value.get_secret_value()):
            msg = "is of no form the bot knows"
            raise ValueError(msg)
        return value

    @field_validator("content_dir", "data_dir")
    @classmethod
    def _knows_home(cls, value: Path) -> Path:
        try:
            return value.expanduser()
        except RuntimeError:
            msg = f"begins with a home folder that is not known ({value.parts[0]})"
            raise ValueError(msg) from None

    @field_validator("content_dir")
    @classmethod
    def _is_a_folder(cls, value: Path) -> Path:
        if not value.is_dir():
            msg = f"is not a folder ({value})"
            raise ValueError(msg)
        return value

    @field_validator("admin_user_ids", mode="before")
    @classmethod
    def _reads_a_list(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the environment holds
        return [part for part in re.split(r"[,\s]+", value) if part] if isinstance(value, str) else value

    @field_validator("shard_ids", mode="before")
    @classmethod
    def _reads_ranges(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the environment holds
        if not isinstance(value, str):
            return value
        parts = [part for part in re.split(r"[,\s]+", value) if part]
        if not parts:
            msg = "names no shard"
            raise ValueError(msg)
        spans = [[int(end) for end in part.split("-")] for part in parts if _RANGE.fullmatch(part)]
        if wrong := len(parts) - sum(span[0] <= span[-1] for span in spans):
            msg = f"cannot be read ({wrong} of its parts are neither a number nor a range)"
            raise ValueError(msg)
        return tuple(sorted({shard for span in spans for shard in range(span[0], span[-1] + 1)}))

    @field_validator("shard_ids")
    @classmethod
    def _are_shards_of_the_count(cls, value: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        count: int | None = info.data.get("shard_count")
        if not value:
            return value
        if count is None:
            msg = "needs SHARD_COUNT, which is not set or not valid"
            raise ValueError(msg)
        if value[-1] >= count:
            msg = f"names a shard that SHARD_COUNT does not have: they are numbered from 0 to {count - 1}"
            raise ValueError(msg)
        return value

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _ignores_case(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the environment holds
        return value.lower() if isinstance(value, str) else value

    def require_token(self) -> str:
        """Return the token; raises SettingsError where there is none."""
        if self.discord_token is None:
            raise SettingsError(_sentence("DISCORD_TOKEN", "is not set"))
        return self.discord_token.get_secret_value()

    def choose_database(self) -> str:
        """Return the address of the database, which may hold a password: the one that is set, or a file in the data folder."""
        return self.database_url.get_secret_value() if self.database_url else f"sqlite+aiosqlite:///{self.data_dir / 'detente.sqlite'}"


def read_settings() -> Settings:
    """Read the environment and .env; raises SettingsError that names every variable and every line that is wrong, never its value."""
    if faults := list_faults(_ENV_FILE):
        raise SettingsError("\n".join(faults))
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(_complaint(detail) for detail in error.errors(include_url=False, include_input=False))) from None


def read_what_is_valid() -> tuple[Settings, dict[str, str]]:
    """Return the settings, those that are wrong as if they were not set, and what is wrong, by the name of the setting."""
    faults, env_file = list_faults(_ENV_FILE), _ENV_FILE if is_readable(_ENV_FILE) else None
    complaints = {".env": "\n".join(faults)} if faults else {}
    while True:
        try:
            # What is given here counts more than the environment.
            return Settings(
                _env_file=env_file, **{name: _default_of(name) for name in complaints if name in Settings.model_fields}
            ), complaints
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
            complaints |= {str(detail["loc"][0]): _complaint(detail) for detail in details}


def list_misspelt() -> tuple[str, ...]:
    """Return a sentence for each name in .env that is nearly a setting's; none where the file cannot be read."""
    return list_slips(_ENV_FILE, [name.upper() for name in Settings.model_fields])


def _default_of(name: str) -> Any:  # noqa: ANN401 - whatever the setting holds
    return Settings.model_fields[name].get_default(call_default_factory=True)


def _complaint(detail: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    reason = str(detail["ctx"]["error"]) if detail["type"] == "value_error" else f"is not valid ({detail['msg']})"
    return _sentence(str(detail["loc"][0]).upper(), reason)


def _sentence(variable: str, reason: str) -> str:
    field = Settings.model_fields[variable.lower()]
    return f"{variable} {reason}. It expects {field.description}. Set it in the environment or in .env (see .env.example)."
