"""The simulated server of the demo: one channel, an admin and a member, and a card that moves the clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import discord
from discord import ui

if TYPE_CHECKING:
    from pathlib import Path

    import simcord

SKIPS = {"+1 hour": 3_600.0, "+1 day": 86_400.0, "+7 days": 7 * 86_400.0, "+30 days": 30 * 86_400.0}
"""Label to seconds."""

_WELCOME = """## Welcome to the Détente demo
This is a simulated server on your own computer. **Nothing here reaches Discord.**
Type `/allies` below, or `/timeline`, `/deadlines`, `/about`. Switch between Ada (who runs this server) and Mel (a member) at the top.
As Ada, type `/alerts add`, then **move the clock** with the buttons below and watch the alerts arrive here. Or change a file in \
`{content}` and type `/content preview`: it shows what the change would do."""


@dataclass(slots=True)
class Requests:
    """Seconds that viewers asked to skip; the driver, which owns the clock, takes them from here."""

    skips: list[float] = field(default_factory=list)

    def take(self) -> float:
        """Return the sum of what was asked for and forget it."""
        total = sum(self.skips)
        self.skips.clear()
        return total


class ClockCard(ui.LayoutView):
    """The welcome with buttons that skip time. It holds ordinary buttons only, so it disturbs no dynamic one."""

    def __init__(self, requests: Requests, content: Path) -> None:
        """Add one button for each skip, and say where the `content` is that can be changed."""
        super().__init__(timeout=None)
        container: ui.Container[Any] = ui.Container(accent_colour=0x8A8A8A)
        container.add_item(ui.TextDisplay(_WELCOME.format(content=content)))
        container.add_item(ui.ActionRow(*(_skip_button(label, seconds, requests) for label, seconds in SKIPS.items())))
        self.add_item(container)


def _skip_button(label: str, seconds: float, requests: Requests) -> ui.Button[Any]:
    button: ui.Button[Any] = ui.Button(label=label, custom_id=f"demo:skip:{seconds:.0f}")

    async def ask(interaction: discord.Interaction[Any]) -> None:
        requests.skips.append(seconds)
        await interaction.response.defer()

    button.callback = ask  # type: ignore[method-assign]
    return button


@dataclass(frozen=True, slots=True)
class World:
    """What the demo page shows."""

    channel: simcord.ChannelHandle
    viewers: tuple[simcord.MemberActor, ...]


async def build_world(env: simcord.Env, bot: discord.Client, requests: Requests, content: Path) -> World:
    """Create the server, the channel and the two people, and post the welcome; `content` is the folder that the bot reads."""
    guild = env.create_guild("Détente demo")
    channel = guild.create_text_channel("town-square", topic="A simulated server; nothing leaves this computer")
    guild.create_role("Watchers", mentionable=True)
    admins = guild.create_role("Admins", permissions=discord.Permissions(administrator=True))
    ada = guild.add_member(env.create_user("ada", global_name="Ada (admin)"), roles=[admins])
    mel = guild.add_member(env.create_user("mel", global_name="Mel (member)"))
    await bot.get_partial_messageable(channel.id, guild_id=guild.id).send(view=ClockCard(requests, content))
    await env.settle()
    return World(channel, (ada, mel))
