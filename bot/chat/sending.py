"""Sending a printed card: the request that discord.py's own `send` makes, without a view before it and a message object after it.

Those two cost more than everything else the bot does for a message. tests/chat/test_sending.py holds what is sent against what `send` sends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord.http import MultipartParameters

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.domain.subscriptions import ChannelId, RoleId

_OF_COMPONENTS = discord.MessageFlags(components_v2=True).value


async def send_components(
    client: discord.Client, channel_id: ChannelId, components: list[dict[str, Any]], *, nonce: str, mentions: discord.AllowedMentions
) -> int:
    """Post a message made of components alone and return Discord's id; raises as `send` does."""
    payload = {
        "content": None,
        "components": components,
        "nonce": nonce,
        "enforce_nonce": True,
        "tts": False,
        "flags": _OF_COMPONENTS,
        "allowed_mentions": mentions.to_dict(),
    }
    sent = await client.http.send_message(channel_id, params=MultipartParameters(payload=payload, multipart=None, files=None))
    return int(sent["id"])


def mentioning(role_ids: Collection[RoleId], guild_id: int) -> discord.AllowedMentions:
    """Let exactly these roles of a server be mentioned; the one everyone has goes by the server's own id."""
    roles = [discord.Object(role_id) for role_id in role_ids if role_id != guild_id]
    return discord.AllowedMentions(everyone=guild_id in role_ids, users=False, roles=roles, replied_user=False)
