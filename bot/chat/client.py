"""The Discord client: least intents, no member cache, mentions closed, commands synced at start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
import structlog
from discord import app_commands

from bot.chat.administering import ContentDesk
from bot.chat.alert_commands import add_alert_commands
from bot.chat.buckets import sweep_seldom
from bot.chat.commands import add_commands
from bot.chat.content_commands import add_content_commands, sync_guild_commands
from bot.chat.controls import CONTROLS
from bot.chat.desk import Desk
from bot.chat.finishing import AtWork
from bot.chat.measuring import DiscordClock, measure, note_screen, trace_requests
from bot.domain.content_screens import ContentScreen
from bot.domain.managing import ManagedScreen
from bot.domain.screens import read_address
from bot.domain.sharding import Sharding
from bot.errors import CooldownError, StaleCommandError, StaleControlError
from bot.services.observing import UNWATCHED, Observer, Refusal

if TYPE_CHECKING:
    from bot.chat.administering import Administration
    from bot.chat.cooling import Cooling
    from bot.chat.replying import Responder
    from bot.domain.wording import CommandWords
    from bot.services.subscribing import Subscribing

ALONE = Sharding(count=1)
"""One process with the whole gateway in one connection."""

_log = structlog.get_logger(__name__)


class Tree(app_commands.CommandTree["DetenteClient"]):
    """The command tree; what fails before a command's own code runs gets an answer too."""

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Whether a command, or what is being typed into one, is to be served."""
        return await self.client.admit(interaction)

    async def on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError) -> None:
        """Answer whatever went wrong; a command that Discord still shows and the bot no longer has is nobody's mistake."""
        is_stale = isinstance(error, app_commands.CommandNotFound)
        await self.client.responder.apologize(interaction, StaleCommandError() if is_stale else error)


class DetenteClient(discord.AutoShardedClient):
    """Answers commands and controls; everything it says comes from the responder."""

    def __init__(
        self,
        responder: Responder,
        words: CommandWords,
        subscribing: Subscribing | None = None,
        administration: Administration | None = None,
        sharding: Sharding = ALONE,
        cooling: Cooling | None = None,
    ) -> None:
        """Connect `responder` to Discord's events; `words` describe the commands.

        Without `subscribing` there are no alerts, without `administration` nobody can change the content, without `cooling` no limits.
        """
        # No voice here, so discord.py need not warn that its libraries are missing.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        self.discord_clock = DiscordClock(responder.clock)
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            shard_count=sharding.count,
            shard_ids=list(sharding.ids) or None,  # type: ignore[arg-type] # None means all of them
            http_trace=trace_requests(lambda: self.observer, self.discord_clock),
        )
        sweep_seldom(self.http)
        self.observer: Observer = UNWATCHED
        self.sharding = sharding
        self.at_work = AtWork()
        self._cooling = cooling
        self.responder = responder
        self.tree = Tree(self)
        self.desk = Desk(responder, subscribing) if subscribing else None
        self.content_desk = ContentDesk(responder, administration) if administration else None
        self._content_guild = administration.guild_id if administration else None
        responder.offers_alerts = subscribing is not None
        self._add_commands(words)
        self.add_dynamic_items(*CONTROLS)

    def _add_commands(self, words: CommandWords) -> None:
        add_commands(self.tree, self.responder, words)
        all_words = self.responder.scene().phrases.words
        if self.desk:
            add_alert_commands(self.tree, self.desk, all_words)
        if self.content_desk:
            add_content_commands(self.tree, self.content_desk, all_words.content_commands, self._content_guild)

    @property
    def is_connected(self) -> bool:
        """Whether the gateway is open now, on every shard; `is_ready` stays true after the connection is lost."""
        return self.is_ready() and not any(shard.is_closed() for shard in self.shards.values())

    def list_shards(self) -> dict[int, bool]:
        """Return which of this process's shards, once they were opened for the first time, are open now."""
        return {number: not shard.is_closed() for number, shard in self.shards.items()}

    async def setup_hook(self) -> None:
        """Tell Discord which commands there are; one process does so for all."""
        if not self.sharding.is_first:
            return
        synced = await self.tree.sync()
        _log.info("commands synced", count=len(synced))
        if self._content_guild:
            await sync_guild_commands(self.tree, self._content_guild)

    async def on_ready(self) -> None:
        """Say that the bot is there."""
        _log.info("ready", user=self.user.id if self.user else None, guilds=len(self.guilds))

    async def admit(self, interaction: discord.Interaction[Any]) -> bool:
        """Note that an interaction is at work and return True, unless whoever it is asks for too much: then refuse it kindly."""
        self.at_work.note()
        refusal = self._cooling.find_refusal(interaction) if self._cooling else None
        if refusal is None:
            measure(interaction, self.observer)
        else:
            self.observer.refused(Refusal.PERSON if isinstance(refusal, CooldownError) else Refusal.SERVER)
            await self.responder.refuse(interaction, refusal)
        return refusal is None

    async def follow(self, interaction: discord.Interaction[Any], address: str) -> None:
        """Show the screen a control leads to, or do the deed."""
        if not await self.admit(interaction):
            return
        try:
            screen = read_address(address)
        except StaleControlError as error:
            await self.responder.apologize(interaction, error)
            return
        note_screen(interaction, screen.name)
        if isinstance(screen, ManagedScreen) and self.desk:
            await self.desk.follow(interaction, screen)
        elif isinstance(screen, ContentScreen) and self.content_desk:
            await self.content_desk.serve(interaction, screen)
        elif not isinstance(screen, ManagedScreen | ContentScreen):
            await self.responder.follow(interaction, screen)
        else:
            await self.responder.apologize(interaction, StaleControlError())
