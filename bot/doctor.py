"""Whether this machine is ready to run the bot: everything that a start needs is looked at, and nothing is changed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.app import utc_now
from bot.chat.diagnosing import diagnose
from bot.domain.readiness import bad, doubt, good
from bot.errors import ContentError, SettingsError
from bot.knowledge.loading import load
from bot.knowledge.problems import Severity
from bot.ops.machine import examine_files, examine_folder, examine_port, examine_zones
from bot.settings import list_misspelt, read_what_is_valid
from bot.store.examining import examine_database
from bot.vetting import check_content

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.domain.readiness import Sign
    from bot.settings import Settings

_SHOWN = 3
"""Problems of the content that are shown; `detente check` shows all."""


async def examine() -> tuple[Sign, ...]:
    """Return all that was found, in the order in which a start would need it. What hangs on a wrong setting is left out."""
    settings, complaints = read_what_is_valid()
    signs = [bad("settings", complaint, "", SettingsError.exit_code) for complaint in complaints.values()]
    if not complaints:
        signs.append(good("settings", "all that is set is valid"))
    signs += [doubt("settings", slip, "Correct the name, or take the line out.") for slip in list_misspelt()]
    wrong = frozenset(complaints)
    signs += await _examine_discord(settings, wrong)
    if not wrong & {"database_url", "data_dir"}:
        signs += await examine_database(settings.choose_database())
    if "content_dir" not in wrong:
        signs.append(await asyncio.to_thread(_examine_content, settings.content_dir))
    return (*signs, *_examine_machine(settings, wrong))


def _examine_machine(settings: Settings, wrong: frozenset[str]) -> Iterator[Sign]:
    if "data_dir" not in wrong:
        yield examine_folder(settings.data_dir)
    if not wrong & {"http_host", "http_port"} and (sign := examine_port(settings.http_host, settings.http_port, settings.data_dir)):
        yield sign
    yield examine_zones()
    yield examine_files()


def _examine_content(folder: Path) -> Sign:
    loaded = load(folder)
    problems = check_content(loaded, utc_now())
    errors = [str(problem) for problem in problems if problem.severity is Severity.ERROR]
    found = f"{folder}: {len(loaded.written)} entries, {len(errors)} errors, {len(problems) - len(errors)} warnings"
    if not errors:
        return good("content", found)
    shown = "; ".join(errors[:_SHOWN]) + ("; …" if len(errors) > _SHOWN else "")
    return bad("content", f"{found}. {shown}", "`detente check` shows them all.", ContentError.exit_code)


async def _examine_discord(settings: Settings, wrong: frozenset[str]) -> tuple[Sign, ...]:
    if "discord_token" in wrong:
        return ()
    if settings.discord_token is None:
        try:
            settings.require_token()
        except SettingsError as error:
            return (bad("token", str(error), "", error.exit_code),)
    if "discord_api_url" in wrong:
        return (doubt("token", "not tried, because DISCORD_API_URL is wrong", "Correct it and ask again."),)
    return await diagnose(settings.require_token(), settings.discord_api_url, settings.shard_count)
