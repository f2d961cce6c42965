"""The container's own steps, executed in an empty folder: what they build starts, with its content inside."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, environment

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def _instructions(stage: int) -> list[tuple[str, str]]:
    """Return (instruction, arguments) of one build stage, from 0."""
    lines = [line for line in DOCKERFILE.splitlines() if line and not line.startswith("#")]
    starts = [n for n, line in enumerate(lines) if line.startswith("FROM ")] + [len(lines)]
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines[starts[stage] : starts[stage + 1]]]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the build stage of the Dockerfile makes, in a folder instead of /opt."""
    folder = tmp_path_factory.mktemp("container")
    (folder / "src").mkdir()
    for name, arguments in _instructions(0):
        if name == "COPY":
            *sources, target = arguments.split()
            for source in sources:
                _copy(ROOT / source, folder / "src" / target, into=len(sources) > 1 or target.endswith("/"))
        elif name == "RUN":
            command = arguments.replace("/opt/", f"{folder}/").replace("python -m venv", f"{shlex.quote(sys.executable)} -m venv")
            subprocess.run(command, shell=True, cwd=folder / "src", env=_pip_environment(), check=True)  # noqa: S602 - our own file
    return folder / "detente" / "bin"


def _copy(source: Path, target: Path, *, into: bool) -> None:
    target = target / source.name if into else target
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def _pip_environment() -> dict[str, str]:
    import os

    return environment() | {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "HTTP"))}


def _run(command: list[str], cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=environment(**variables), capture_output=True, text=True, check=False, timeout=60)


def test_the_container_starts_and_names_what_is_missing(installed: Path, tmp_path: Path) -> None:
    """ENTRYPOINT and CMD, without a token, end with the sentence about the token and exit code 2."""
    final = dict(_instructions(1))
    command = json.loads(final["ENTRYPOINT"]) + json.loads(final["CMD"])
    ended = _run([str(installed / command[0]), *command[1:]], tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.startswith("DISCORD_TOKEN is not set.")


def test_the_health_check_of_the_container_runs(installed: Path, tmp_path: Path) -> None:
    """The HEALTHCHECK command exists and is red where no bot runs."""
    command = json.loads(re.search(r"CMD (\[.*\])", dict(_instructions(1))["HEALTHCHECK"])[1])  # type: ignore[index]
    ended = _run([str(installed / command[0]), *command[1:]], tmp_path, DATA_DIR=str(tmp_path))
    assert ended.returncode == 1
    assert "No bot is ready" in ended.stdout


def test_the_wheel_holds_its_content(installed: Path, tmp_path: Path) -> None:
    """The installed program answers and checks its content far from the checkout, and CONTENT_DIR overrides it."""
    answer = json.loads(_run([str(installed / "detente"), "allies", "--json"], tmp_path).stdout)
    assert answer["id"] == "verdict"
    assert answer["sources"][0]["url"].startswith("http")
    checked = _run([str(installed / "detente"), "check"], tmp_path)
    assert checked.returncode == 0
    assert " 0 errors" in checked.stdout
    assert "CONTENT_DIR is not a folder" in _run([str(installed / "detente"), "check"], tmp_path, CONTENT_DIR="elsewhere").stderr


def test_the_wheel_holds_no_tests_and_no_simcord(installed: Path) -> None:
    """What is deployed is the bot and what it needs, nothing else."""
    code = "import importlib.util as u; print([n for n in ('simcord', 'tests', 'benchmarks', 'pytest') if u.find_spec(n)])"
    assert _run([str(installed / "python"), "-c", code], installed).stdout.strip() == "[]"


def test_the_demo_without_its_extra_says_how_to_get_it(installed: Path, tmp_path: Path) -> None:
    """`detente demo` without simcord names the extra to install instead of a traceback."""
    ended = _run([str(installed / "detente"), "demo"], tmp_path)
    assert ended.returncode == 2
    assert "pip install 'detente-bot[demo]'" in ended.stderr


def test_the_dockerfile_passes_the_linter() -> None:
    """Hadolint has nothing to say about the Dockerfile."""
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if hadolint is None:
        pytest.skip("hadolint has no wheel for this platform")
    assert subprocess.run([hadolint, str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False).stdout == ""


def test_the_final_stage_is_non_root_and_stops_on_sigterm() -> None:
    """The container runs as a numbered user, stops by SIGTERM, keeps its data in a volume and has a health check."""
    final = dict(_instructions(1))
    assert final["USER"] == "10001"
    assert "groupadd --gid 10001 detente && useradd --uid 10001 --gid 10001" in final["RUN"]
    assert "install -d -m 700 -o detente -g detente /data" in final["RUN"]
    assert final["STOPSIGNAL"] == "SIGTERM"
    assert final["VOLUME"] == "/data"
    assert "HEALTHCHECK" in final


def test_the_locks_hold_names_versions_and_hashes_only() -> None:
    """No lock names a download address, and every requirement has a hash."""
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text
        entries = [block for block in re.split(r"\n(?=\S)", text) if block.strip()]
        assert all(re.match(r"[a-z0-9.\-\[\]_]+==\S+", block) and "--hash=sha256:" in block for block in entries), lock
