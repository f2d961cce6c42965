"""The pages for those who host and those who try: what they tell to type exists."""

from __future__ import annotations

import itertools
import re
import shlex
from typing import TYPE_CHECKING

import click
import pytest
import yaml

from bot.cli import main
from bot.errors import ContentError, DetenteError, DiscordUnreachableError, SettingsError, StoreError
from bot.settings import Settings
from tests.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = ("README.md", "docs/operations.md")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^ *```console\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_END_A_COMMAND = {"&&", "||", "|", ";", ">"}
_TAKE_A_NAME = {"-u", "-t", "--unit", "--tag", "tag"}
"""Options after which `detente` is the name of something else."""


def _typed(page: str) -> Iterator[str]:
    """Yield each line of a page that somebody is to type: after a `$` in a block, or in backticks in the text."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for block in _BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            if line.lstrip().startswith(("$ ", "# ")):
                yield line.lstrip()[2:]
    yield from _CODE.findall(_BLOCK.sub("", text))


def _words(line: str) -> list[str]:
    """Split a line as a shell does; what is no shell line splits at blanks."""
    try:
        return shlex.split(line, comments=True)
    except ValueError:
        return line.split()


def _calls_of(line: str) -> list[tuple[str, list[str]]]:
    """Return (subcommand, options) of every call of `detente` in a line; one with options alone has "" for a subcommand."""
    words, calls = _words(line), []
    for n, word in enumerate(words[:-1]):
        is_program = re.fullmatch(r"(/\S*/bin/)?detente", word) and (n == 0 or words[n - 1] not in _TAKE_A_NAME)
        if is_program and re.fullmatch(r"[a-z]+|--?[a-z]+", words[n + 1]):
            arguments = list(itertools.takewhile(lambda part: part not in _END_A_COMMAND, words[n + 1 :]))
            options = [part.split("=")[0] for part in arguments if part.startswith("-")]
            calls.append(("" if words[n + 1].startswith("-") else words[n + 1], options))
    return calls


@pytest.mark.parametrize("page", PAGES)
def test_every_command_on_a_page_exists(page: str) -> None:
    """Each `detente …` names a command of the command line, and options that it has."""
    calls = [call for line in _typed(page) for call in _calls_of(line)]
    assert len(calls) >= 3
    for name, options in calls:
        command = main.commands.get(name) if name else main
        assert command is not None, f"detente {name}"
        known = {option for parameter in command.params if isinstance(parameter, click.Option) for option in parameter.opts}
        assert set(options) <= known | {"-h", "--help"}, f"detente {name}"


def test_the_reader_of_pages_sees_commands_and_nothing_else() -> None:
    """It tells a call from the name of a user, a unit or an image; so the test above can fail."""
    seen = [
        ("detente deadlines --from 2027 --to 2027-06", ["--from", "--to"]),
        ("sudo -u detente env A=b /opt/detente/venv/bin/detente health", []),
        ("docker compose exec bot detente backup x --deep=yes && ls --all", ["--deep"]),
    ]
    for line, options in seen:
        assert [found[1] for found in _calls_of(line)] == [options]
    for line in ("sudo systemctl restart detente", "journalctl --unit detente --follow", "docker build -t detente ."):
        assert _calls_of(line) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_on_a_page_exists(page: str) -> None:
    """Each `make …` names a target of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {words[1] for words in map(_words, _typed(page)) if words[:1] == ["make"] and len(words) > 1}
    assert named
    assert named <= targets


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_links_exists(page: str) -> None:
    """Each relative link leads to a file, and to one of its headings where it names one."""
    folder = (ROOT / page).parent
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", (ROOT / page).read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        file = folder / path if path else ROOT / page
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}, target


def test_every_service_and_setting_on_the_page_for_hosts_exists() -> None:
    """`docker compose … bot` names a service, and each name in capitals is a setting or stands in a compose file."""
    composes = [(ROOT / name).read_text(encoding="utf-8") for name in ("compose.yaml", "compose.cluster.yaml")]
    services = {name for text in composes for name in yaml.safe_load(text)["services"]}
    assert set(re.findall(r"docker compose [^`\n]*\b(?:exec|follow|HUP) ([a-z][\w-]*)", OPERATIONS)) <= services
    named = set(re.findall(r"\b([A-Z]+(?:_[A-Z]+)+)\b", OPERATIONS))
    assert named
    assert {name for name in named if name.lower() not in Settings.model_fields and not any(name in text for text in composes)} == set()


def test_the_table_of_exit_codes_is_that_of_the_errors() -> None:
    """docs/operations.md tells each exit code once."""
    codes = [int(code) for code in re.findall(r"^\| (\d) \|", OPERATIONS, re.MULTILINE)]
    errors = (DetenteError, SettingsError, ContentError, StoreError, DiscordUnreachableError)
    assert codes == [0, *(error.exit_code for error in errors)]
