"""Log lines, for people or for machines; the standard library's loggers (discord.py, aiohttp) go the same way.

Whatever stands in a value, one event is one line, and only a traceback, set in, takes more.
"""

from __future__ import annotations

import io
import logging
import re
import sys
from typing import TYPE_CHECKING, Any

import aiohttp
import structlog

if TYPE_CHECKING:
    import asyncio

    from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

# Without the frames' local variables: discord.py's hold the token.
_TRACEBACKS = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))

# The token of an interaction or webhook stands in the addresses that discord.py names; for a quarter of an hour it lets anybody answer.
_SECRET_IN_PATH = re.compile(r"(/(?:interactions|webhooks)/\d+/)[^/\s?'\"]+")

# What ends a line or steers a terminal, in some reader or other: controls, line and paragraph separators, and what turns text around.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_LOST = (OSError, aiohttp.ClientError)
_log = structlog.get_logger(__name__)


def set_up_logs(level: str, *, json: bool) -> None:
    """Write lines from `level` on to standard error, as JSON or for people; libraries write from info on: their debugging tells secrets."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    ending: list[Processor] = (
        [_TRACEBACKS, structlog.processors.JSONRenderer()]
        if json
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=_write_traceback)]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _shorten_lost_connections, _tame, *ending],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.INFO, logging.getLevelNamesMapping()[level.upper()]))
    logging.getLogger("bot").setLevel(level.upper())
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells at every start what it might do


def log_loose_end(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what failed in a task that nobody waits for: a loop's exception handler. Names of tasks hold what people typed; they are left out."""
    _log.error("task failed", said=context.get("message"), exc_info=context.get("exception"))


def _shorten_lost_connections(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Say in a few words what discord.py says with a traceback: that a connection was lost."""
    failure = event.get("exc_info")
    if isinstance(failure, tuple) and isinstance(failure[1], _LOST) and str(event.get("logger")).startswith("discord."):
        event["error"], event["reason"] = type(failure[1]).__name__, str(failure[1])
        del event["exc_info"]
    return event


def _tame(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Take out of every value what would begin a new line, steer a terminal or open a door."""
    return {key: value if key == "exc_info" else _tamed(value) for key, value in event.items()}


def _tamed(value: Any) -> Any:  # noqa: ANN401 - whatever stands in the log
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_tamed(part) for part in value]
    if isinstance(value, dict):
        return {_escape(str(key)): _tamed(part) for key, part in value.items()}
    return _escape(str(value))


def _escape(text: str) -> str:
    if text.isascii() and text.isprintable() and "/" not in text:
        return text  # nothing of either kind can be in it, and most values are so: looking costs a twentieth of the search
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", _SECRET_IN_PATH.sub(r"\1…", text))


def _write_traceback(out: io.TextIOBase | Any, exc_info: ExcInfo) -> None:  # noqa: ANN401 - structlog's own signature
    """Write a traceback set in, so that nothing in it can look like a line of the log."""
    text = io.StringIO()
    structlog.dev.plain_traceback(text, exc_info)
    out.write("".join(f"\n    {_escape(line)}" for line in text.getvalue().split("\n") if line))
