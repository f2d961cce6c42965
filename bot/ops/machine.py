"""Whether this machine gives a bot what it needs: a folder to write to, time zones, a free port, enough open files."""

from __future__ import annotations

import os
import resource
import socket
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from bot.domain.readiness import bad, doubt, good
from bot.ops.health import STALE_SECONDS, heartbeat_age

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.readiness import Sign

_LEAST_FILES = 512
"""A hundred messages in flight, the database, the gateway and the web port, with as much again to spare."""


def examine_folder(folder: Path) -> Sign:
    """Tell whether the bot may write to DATA_DIR, or make it."""
    part = "data folder"
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    if not there.is_dir():
        return bad(part, f"{there} is a file", "Name a folder in DATA_DIR that the bot may write to.", 2)
    if not os.access(there, os.W_OK | os.X_OK):
        return bad(part, f"{there} may not be written by this user", "Give the bot's user the right, or name another in DATA_DIR.", 2)
    return good(part, f"{folder} may be written" if there == folder.absolute() else f"{folder} can be made")


def examine_zones() -> Sign:
    """Tell whether the time zones are there by which alerts fall due."""
    try:
        ZoneInfo("Europe/Brussels")
        count = len(available_timezones())
    except ZoneInfoNotFoundError:
        return bad("time zones", "this machine has none", "Install the Python package tzdata, or your system's.")
    return good("time zones", f"{count} are known")


def examine_port(host: str, port: int | None, data_dir: Path) -> Sign | None:
    """Tell whether HTTP_PORT is free; None where none is asked for."""
    if not port:
        return None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as error:
        return _of_taken(f"{host}:{port} cannot be used ({error.strerror or error})", data_dir)
    return good("web port", f"{host}:{port} is free")


def _of_taken(found: str, data_dir: Path) -> Sign:
    age = heartbeat_age(data_dir)
    if age is not None and age <= STALE_SECONDS:
        return doubt("web port", found, "A bot runs with this DATA_DIR: it is probably the one.")
    return bad("web port", found, "Name another in HTTP_PORT or HTTP_HOST, or end what uses it.", 2)


def examine_files() -> Sign:
    """Tell whether enough files may be open at once; a connection counts as one."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    found = "as many may be open as you like" if most == resource.RLIM_INFINITY else f"{most} may be open at once"
    if most != resource.RLIM_INFINITY and most < _LEAST_FILES:
        return doubt("open files", found, f"Allow {_LEAST_FILES} or more (ulimit -n, or LimitNOFILE= of systemd).")
    return good("open files", found)
