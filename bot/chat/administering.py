"""The desk where the content is administered: checks who asks each time, does the work, and answers privately, however long it takes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord
import structlog

from bot.chat.cards.content_status import status_sheet, uses_sheet
from bot.chat.cards.contents import broken_sheet, proposal_sheet, stopped_sheet, working_sheet
from bot.chat.desk import is_private_page, promise, wait_for
from bot.chat.permissions import list_administrators
from bot.chat.replying import LOST
from bot.domain.content_screens import (
    AskRollbackScreen,
    ContentScreen,
    PreviewScreen,
    ReloadDeed,
    RollbackDeed,
    StatusScreen,
    UsesScreen,
)
from bot.domain.editions import Editor, Origin, UseResult
from bot.domain.subscriptions import UserId
from bot.errors import AdministratorsUnknownError, ContentError, NotAdministratorError
from bot.services.browsing import ENTRIES_PER_PAGE, Page
from bot.services.reloading import Consent

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from collections.abc import Set as AbstractSet

    from bot.chat.layout import Scene
    from bot.chat.replying import Responder
    from bot.chat.sheets import Sheet
    from bot.services.proposing import Proposal
    from bot.services.reloading import Reloading

    Work = Callable[["ContentVisit"], Coroutine[Any, Any, Sheet]]

_log = structlog.get_logger(__name__)
ASKING = 10.0
"""Seconds that Discord gets to say who administers the bot; discord.py would try for longer."""

_MAX_PAGE = 1_000_000


@dataclass(frozen=True, slots=True)
class Administration:
    """What administering the content needs: the service, who may besides owner and team, and the only server for it (None: any)."""

    reloading: Reloading
    user_ids: AbstractSet[int]
    guild_id: int | None


@dataclass(frozen=True, slots=True)
class ContentVisit:
    """Somebody who administers the bot, and what they are served with."""

    interaction: discord.Interaction[Any]
    responder: Responder
    reloading: Reloading

    @property
    def by(self) -> Editor:
        """The person, for the audit trail."""
        return Editor(Origin.COMMAND, UserId(self.interaction.user.id))

    @property
    def scene(self) -> Scene:
        """What a card is drawn from now: after a reload that is the new content."""
        return self.responder.scene(self.interaction)


class ContentDesk:
    """Serves administrators; whoever is none is told so."""

    def __init__(self, responder: Responder, administration: Administration) -> None:
        """Work as `administration` says; what fails is put into words by `responder`."""
        self._responder = responder
        self._administration = administration

    async def serve(self, interaction: discord.Interaction[Any], screen: ContentScreen) -> None:
        """Open the page, or do the deed, for an administrator, and show what it returns to nobody else."""
        try:
            if isinstance(screen, _LONG):
                await self._begin(interaction)
                sheet = await self._work(interaction, screen)
            else:
                sheet = await wait_for(interaction, self._work(interaction, screen))
            await _show(interaction, sheet)
        except Exception as error:  # noqa: BLE001 - the edge: an error here must end in a reply
            await self._responder.apologize(interaction, error)
            if isinstance(screen, _LONG) and is_private_page(interaction):
                await self._free(interaction)

    async def _begin(self, interaction: discord.Interaction[Any]) -> None:
        """Say that it takes longer; on a private page nobody would see a promise, so the page itself says it and cannot be pressed twice."""
        if is_private_page(interaction):
            sheet = working_sheet(self._responder.scene())
            await interaction.response.edit_message(view=sheet.view, attachments=[])
        else:
            await promise(interaction)

    async def _free(self, interaction: discord.Interaction[Any]) -> None:
        """Let the page go on after work that failed, of which a message of its own tells."""
        try:
            await interaction.edit_original_response(view=stopped_sheet(self._responder.scene()).view)
        except LOST as error:
            _log.warning("page left as it was", reason=str(error))

    async def _work(self, interaction: discord.Interaction[Any], screen: ContentScreen) -> Sheet:
        await self._check(interaction)
        visit = ContentVisit(interaction, self._responder, self._administration.reloading)
        try:
            return await _WORK[type(screen)](visit, screen)
        except ContentError as error:
            _log.error("content that was in use cannot be read", reason=str(error))
            return broken_sheet(visit.scene, error.problems)

    async def _check(self, interaction: discord.Interaction[Any]) -> None:
        """Raise NotAdministratorError, or AdministratorsUnknownError; who is not in the settings is looked up anew each time."""
        if interaction.user.id in self._administration.user_ids:
            return
        try:
            async with asyncio.timeout(ASKING):
                application = await interaction.client.application_info()
        except LOST as error:
            _log.warning("administrators unknown", user=interaction.user.id, reason=str(error) or type(error).__name__)
            raise AdministratorsUnknownError from None
        if interaction.user.id not in list_administrators(application):
            raise NotAdministratorError


async def show_status(visit: ContentVisit, _: StatusScreen) -> Sheet:
    """Show how things stand."""
    status = await visit.reloading.look(visit.by)
    return status_sheet(visit.scene, status)


async def preview(visit: ContentVisit, _: PreviewScreen) -> Sheet:
    """Show what putting the folder's content to use would do."""
    proposal = await visit.reloading.preview(visit.by)
    return await _drawn(visit, proposal)


async def reload(visit: ContentVisit, deed: ReloadDeed) -> Sheet:
    """Put the folder's content to use, unless it is no longer the one that was shown."""
    proposal = await visit.reloading.reload(visit.by, _consent(deed))
    return await _drawn(visit, proposal, is_stale=proposal.result is UseResult.SHOWN)


def _consent(deed: ReloadDeed | RollbackDeed) -> Consent:
    return Consent(version=deed.version, current=deed.current, is_confirmed=deed.is_confirmed)


async def ask_roll_back(visit: ContentVisit, _: AskRollbackScreen) -> Sheet:
    """Show what going back one version would do."""
    proposal = await visit.reloading.preview_rollback(visit.by)
    return await _drawn(visit, proposal, goes_back=True)


async def roll_back(visit: ContentVisit, deed: RollbackDeed) -> Sheet:
    """Go back one version, unless that is no longer the one that was shown."""
    proposal = await visit.reloading.roll_back(visit.by, _consent(deed))
    return await _drawn(visit, proposal, goes_back=True, is_stale=proposal.result is UseResult.SHOWN)


async def _drawn(visit: ContentVisit, proposal: Proposal, *, goes_back: bool = False, is_stale: bool = False) -> Sheet:
    """Draw in a thread: ten thousand changes are many lines, and everybody else is to be answered meanwhile."""
    return await asyncio.to_thread(proposal_sheet, visit.scene, proposal, goes_back=goes_back, is_stale=is_stale)


async def show_uses(visit: ContentVisit, screen: UsesScreen) -> Sheet:
    """Show a page of the audit trail; a page past the end shows the last."""
    number = min(max(screen.page, 0), _MAX_PAGE)
    is_command = visit.interaction.type is discord.InteractionType.application_command
    uses, total = await visit.reloading.list_uses(visit.by if is_command else None, number * ENTRIES_PER_PAGE, ENTRIES_PER_PAGE)
    count = max(1, -(-total // ENTRIES_PER_PAGE))
    if number >= count:
        return await show_uses(visit, UsesScreen(count - 1))
    return uses_sheet(visit.scene, screen, Page(uses, number, count, total))


_LONG = (PreviewScreen, AskRollbackScreen, ReloadDeed, RollbackDeed)
"""What checks a whole content, which may take a minute: Discord is told at once that the answer will come."""

_WORK: dict[type[ContentScreen], Callable[[ContentVisit, Any], Coroutine[Any, Any, Sheet]]] = {
    StatusScreen: show_status,
    PreviewScreen: preview,
    ReloadDeed: reload,
    AskRollbackScreen: ask_roll_back,
    RollbackDeed: roll_back,
    UsesScreen: show_uses,
}


async def _show(interaction: discord.Interaction[Any], sheet: Sheet) -> None:
    """Show the sheet; where Discord does not take its files, without them, for what was done must be told."""
    try:
        await _send(interaction, sheet)
    except discord.HTTPException as error:
        if not sheet.files:
            raise
        _log.warning("files refused", reason=str(error))
        await _send(interaction, sheet.without_files())


async def _send(interaction: discord.Interaction[Any], sheet: Sheet) -> None:
    """Turn the private page where the control was pressed, or answer with a new one."""
    files = sheet.attachments()
    if interaction.response.is_done():
        await interaction.edit_original_response(view=sheet.view, attachments=files)
    elif is_private_page(interaction):
        await interaction.response.edit_message(view=sheet.view, attachments=files)
    else:
        await interaction.response.send_message(view=sheet.view, files=files, ephemeral=True)
