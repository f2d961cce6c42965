"""News for those who answer for the bot, as direct messages."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import discord
import structlog

from bot.chat.permissions import list_owners
from bot.chat.replying import LOST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.chat.sheets import Sheet

_log = structlog.get_logger(__name__)
_SECONDS = 60.0


async def tell_administrators(client: discord.Client, user_ids: Iterable[int], sheet: Sheet) -> int:
    """Send `sheet` to the application's owner (of a team: its owner and admins) and to `user_ids`; return how many took it.

    The client must be logged in. Who cannot be reached is logged; nothing is raised.
    """
    told = 0
    for user_id in sorted({*user_ids, *await _find_owners(client)}):
        try:
            async with asyncio.timeout(_SECONDS):
                channel = await client.create_dm(discord.Object(user_id))
                await channel.send(view=sheet.view, files=sheet.attachments(), allowed_mentions=discord.AllowedMentions.none())
            told += 1
        except LOST as error:
            _log.warning("administrator not told", user=user_id, reason=str(error) or type(error).__name__)
    return told


async def _find_owners(client: discord.Client) -> frozenset[int]:
    try:
        async with asyncio.timeout(_SECONDS):
            return list_owners(await client.application_info())
    except LOST as error:
        _log.warning("owner unknown", reason=str(error) or type(error).__name__)
        return frozenset()
