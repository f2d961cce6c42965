"""What people deploy with: the compose files and the systemd unit hold what they promise, and agree with the bot."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.chat.connecting import CLOSE_SECONDS
from bot.errors import ContentError, SettingsError
from bot.settings import Settings, read_settings
from tests.processes import ROOT

ALONE, CLUSTER = "compose.yaml", "compose.cluster.yaml"
COMPOSE = {name: yaml.safe_load((ROOT / name).read_text(encoding="utf-8")) for name in (ALONE, CLUSTER)}
SERVICES = [pytest.param(service, id=f"{file}:{name}") for file, made in COMPOSE.items() for name, service in made["services"].items()]
BOTS = [
    pytest.param(file, name, service, id=f"{file}:{name}")
    for file, made in COMPOSE.items()
    for name, service in made["services"].items()
    if name != "database"
]
UNIT = (ROOT / "deploy" / "detente.service").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
_INTERPOLATED = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
_DAY_SECONDS = 86_400
_LOGINS_A_DAY = 1000


def _bots(file: str) -> dict[str, Any]:
    return {name: service for name, service in COMPOSE[file]["services"].items() if name != "database"}


def _fill_in(text: object) -> str:
    """Do to a value what compose does, where only the variables without a default are set."""
    return _INTERPOLATED.sub(lambda found: found[3] if found[2] == "-" else "0123abc", str(text))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_runs_without_rights_on_a_read_only_file_system(service: dict[str, Any]) -> None:
    """No root, no capability, no way to gain one, nothing to write to but its volume and a small /tmp; limits on memory and processes."""
    assert str(service["user"]).split(":")[0] not in {"0", "root"}
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all("size=" in mount for mount in service["tmpfs"])
    assert service["mem_limit"]
    assert not {"privileged", "cap_add", "network_mode", "pid", "devices"} & set(service)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_comes_back_is_watched_and_fills_no_disk(service: dict[str, Any]) -> None:
    """It restarts unless somebody stopped it, has a health check, time to end, and a log that is thrown away in the end."""
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] == "CMD"
    assert int(service["stop_grace_period"].removesuffix("s")) > CLOSE_SECONDS
    assert service["logging"] == {"driver": "json-file", "options": {"max-size": "10m", "max-file": "5"}}


@pytest.mark.parametrize(("file", "name", "service"), BOTS)
def test_a_bot_is_given_settings_that_it_knows_and_takes(
    file: str, name: str, service: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every variable is a setting, and all together are accepted; what they name inside the container is there."""
    monkeypatch.chdir(tmp_path)
    for variable in [variable for variable in os.environ if variable.lower() in Settings.model_fields]:
        monkeypatch.delenv(variable)
    for variable, value in service["environment"].items():
        assert variable.lower() in Settings.model_fields, variable
        monkeypatch.setenv(variable, _fill_in(value))
    settings = read_settings()
    assert str(settings.data_dir) == re.search(r"VOLUME (\S+)", DOCKERFILE)[1]  # type: ignore[index]
    assert [volume.split(":")[1] for volume in service["volumes"]] == [str(settings.data_dir)]
    assert {_fill_in(port).rsplit(":", 1)[1] for port in service["ports"]} == {str(settings.http_port)}
    assert service["user"].split(":")[0] == re.search(r"USER (\S+)", DOCKERFILE)[1]  # type: ignore[index]
    assert service["init"] is True
    assert service["env_file"] == ".env"


@pytest.mark.parametrize(("file", "name", "service"), BOTS)
def test_a_bot_has_the_health_check_of_its_image(file: str, name: str, service: dict[str, Any]) -> None:
    """Engines that leave HEALTHCHECK out of an image find the same one in the compose file."""
    check = service["healthcheck"]
    words = ", ".join(f'"{word}"' for word in check["test"][1:])
    timing = f"--interval={check['interval']} --timeout={check['timeout']} --start-period={check['start_period']}"
    assert f"HEALTHCHECK {timing} CMD [{words}]" in DOCKERFILE


@pytest.mark.parametrize("file", COMPOSE)
def test_ports_are_open_to_this_machine_only(file: str) -> None:
    """Every published port stands on 127.0.0.1, once; the database has none."""
    services = COMPOSE[file]["services"]
    ports = [_fill_in(port) for service in services.values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert len({port.rsplit(":", 1)[0] for port in ports}) == len(ports)
    assert "ports" not in services.get("database", {})


@pytest.mark.parametrize("file", COMPOSE)
def test_no_secret_stands_in_a_compose_file(file: str) -> None:
    """A password comes from .env, and its absence is told; every other variable that is read is a setting."""
    text = (ROOT / file).read_text(encoding="utf-8")
    assert {name for name, _, _ in _INTERPOLATED.findall(text)} <= {"HTTP_PORT", "POSTGRES_PASSWORD"}
    assert all(sign == "?" for name, sign, _ in _INTERPOLATED.findall(text) if name == "POSTGRES_PASSWORD")
    for service in COMPOSE[file]["services"].values():
        for variable, value in service["environment"].items():
            assert "TOKEN" not in variable
            if "PASSWORD" in variable or "@" in str(value):
                assert re.search(r"(^|:)\$\{POSTGRES_PASSWORD:\?[^}]*\}($|@)", str(value)), variable


def test_every_shard_is_served_by_exactly_one_process() -> None:
    """The SHARD_IDS of the cluster cover SHARD_COUNT; the pace of the one token is the same for all, who share it by themselves."""
    environments = [bot["environment"] for bot in _bots(CLUSTER).values()]
    counts = {made["SHARD_COUNT"] for made in environments}
    assert sorted(made["SHARD_IDS"] for made in environments) == list(range(*counts))
    assert not any("SENDS_PER_SECOND" in made for made in environments)


def test_the_processes_of_a_cluster_share_the_database_and_nothing_else() -> None:
    """One database, which they wait for, with the name and the user that they ask for; a volume and a port for each."""
    bots, database = _bots(CLUSTER), COMPOSE[CLUSTER]["services"]["database"]
    made = database["environment"]
    address = {bot["environment"]["DATABASE_URL"] for bot in bots.values()}
    assert address == {f"postgresql+asyncpg://{made['POSTGRES_USER']}:{made['POSTGRES_PASSWORD']}@database/{made['POSTGRES_DB']}"}
    assert all(bot["depends_on"] == {"database": {"condition": "service_healthy"}} for bot in bots.values())
    volumes = [volume.split(":")[0] for service in (*bots.values(), database) for volume in service["volumes"]]
    assert sorted(volumes) == sorted(COMPOSE[CLUSTER]["volumes"])


def test_no_env_file_gets_into_an_image() -> None:
    """The context of a build leaves everything out but what the Dockerfile copies."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = {name.rstrip("/") for line in re.findall(r"^COPY (?!--from)(.*)", DOCKERFILE, re.MULTILINE) for name in line.split()[:-1]}
    assert lines[0] == "*"
    assert {line[1:] for line in lines if line.startswith("!")} == copied


def _unit(key: str) -> str:
    return re.findall(rf"^{key}=(.*)$", UNIT, re.MULTILINE)[-1]  # type: ignore[no-any-return]


def _analyse(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Let systemd read the unit, with a program that exists here."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine")
    copy = tmp_path / "detente.service"
    copy.write_text(UNIT.replace("/opt/detente/venv/bin/detente", sys.executable), encoding="utf-8")
    return subprocess.run(["systemd-analyze", *arguments, str(copy)], capture_output=True, text=True, check=False)


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    """`systemd-analyze verify` has nothing to say."""
    verified = _analyse(tmp_path, "verify", "--man=no")
    assert (verified.returncode, verified.stderr) == (0, "")


def test_the_unit_is_locked_down(tmp_path: Path) -> None:
    """`systemd-analyze security` finds an exposure of 1.5 of 10 at most."""
    judged = _analyse(tmp_path, "security", "--offline=yes", "--threshold=15")
    assert judged.returncode == 0, judged.stdout[-300:]


def test_the_unit_restarts_what_a_restart_can_mend() -> None:
    """Not settings and content; everything else for ever, but less often than Discord lets a bot log in a day."""
    assert _unit("Restart") == "on-failure"
    assert set(_unit("RestartPreventExitStatus").split()) == {str(SettingsError.exit_code), str(ContentError.exit_code)}
    assert _unit("StartLimitIntervalSec") == "0"
    assert int(_unit("RestartSec")) * _LOGINS_A_DAY > _DAY_SECONDS
    assert int(_unit("TimeoutStopSec")) > CLOSE_SECONDS
    assert _unit("ExecStart").endswith("/detente run")
    assert _unit("ExecReload") == "/bin/kill -HUP $MAINPID"


def test_the_unit_lets_the_bot_make_itself_less_urgent() -> None:
    """The process that checks changed content calls nice(), which a filter without @resources would forbid."""
    allowed = re.findall(r"^SystemCallFilter=(.*)$", UNIT, re.MULTILINE)
    assert allowed == ["@system-service", "~@privileged"]
