"""A machine for `detente doctor` to look at, which must leave everything as it was and tell no secret."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from discord.http import Route

from bot.doctor import examine
from bot.domain.readiness import find_exit_code
from bot.settings import Settings
from bot.store.database import open_database
from tests.loopback import TOKEN, Loopback
from tests.processes import Finished, detente
from tests.small import SMALL, write_content

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import pytest

Signs = dict[str, tuple[str, str]]
"""What was found, by part: the worst mark of it, and all that was said with the remedies."""

SECRETS = (TOKEN, "hunter2")


def _by_part(told: Iterable[Mapping[str, Any]]) -> Signs:
    signs: Signs = {}
    for sign in told:
        mark, found = signs.get(sign["part"], ("good", ""))
        worst = str(sign["mark"]) if sign["mark"] != "good" else mark
        signs[sign["part"]] = (worst, f"{found}{sign['found']} {sign['remedy']}\n")
    return signs


class Patient:
    """A machine to look at: a folder with the small content, and a Discord."""

    def __init__(self, folder: Path, discord: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
        """Begin with everything as it should be."""
        self.folder = folder
        self.discord = discord
        self._monkeypatch = monkeypatch
        self.variables = {
            "DISCORD_TOKEN": TOKEN,
            "DISCORD_API_URL": discord.api_url,
            "DATA_DIR": str(folder / "data"),
            "CONTENT_DIR": str(write_content(folder / "content", SMALL)),
        }

    async def ask(self, *arguments: str, **variables: str) -> Finished:
        """Run the doctor; a variable that is "" is not set. Whatever it says, no secret is in it, and no file is new or changed."""
        before = self._files()
        given = {name: value for name, value in {**self.variables, **variables}.items() if value}
        ended = await detente("doctor", *arguments, cwd=self.folder, **given)
        assert self._files() == before
        assert "Traceback" not in ended.err, ended.err
        assert not any(secret in ended.out + ended.err for secret in (*SECRETS, variables.get("DISCORD_TOKEN") or TOKEN))
        return ended

    async def tell(self, **variables: str) -> tuple[int, Signs]:
        """Run the doctor and return its exit code and what it says."""
        ended = await self.ask("--json", **variables)
        told: dict[str, Any] = json.loads(ended.out)
        assert (told["exit_code"], told["ready"]) == (ended.code, ended.code == 0)
        return ended.code, _by_part(told["signs"])

    async def look(self, **variables: str) -> tuple[int, Signs]:
        """Let the doctor look right here, which takes a tenth of the time; else as `tell`."""
        before = self._files()
        with self._monkeypatch.context() as patched:
            patched.setattr(Route, "BASE", Route.BASE)
            patched.chdir(self.folder)
            for name in Settings.model_fields:
                patched.delenv(name.upper(), raising=False)
            for name, value in {**self.variables, **variables}.items():
                patched.setenv(name, value)
            signs = await examine()
        assert self._files() == before
        assert not any(secret in str(signs) for secret in SECRETS)
        return find_exit_code(signs), _by_part([asdict(sign) for sign in signs])

    def _files(self) -> dict[str, tuple[int, bytes]]:
        files = (path for path in self.folder.rglob("*") if path.is_file())
        # Whoever reads beside a bot notes it in -shm, which is no part of what is kept.
        return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files if path.suffix != ".sqlite-shm"}

    @property
    def database(self) -> Path:
        """The file of the database."""
        return self.folder / "data" / "detente.sqlite"

    async def make_database(self) -> None:
        """Let the bot have been here."""
        async with open_database(f"sqlite+aiosqlite:///{self.database}"):
            pass
