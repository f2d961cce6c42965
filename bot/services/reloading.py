"""Changing the content while the bot runs: look, apply, take back; and follow what another process applied."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from bot.domain.comparing import compare_contents
from bot.domain.editions import Action, Origin, Use, UseResult
from bot.errors import ContentError, DetenteError, NothingToReturnToError, StaleContentError, StoreError
from bot.knowledge.files import unpack
from bot.knowledge.problems import Location, Problem, list_errors
from bot.services.foreseeing import foresee
from bot.services.proposing import DETAIL_LENGTH, ContentStatus, Proposal
from bot.services.supplying import let_go, read_and_hash, read_settled

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from bot.domain.editions import Editor
    from bot.knowledge.files import ContentFiles
    from bot.knowledge.snapshot import CurrentSnapshot, Snapshot
    from bot.services.supplying import Source
    from bot.store.store import Store


FOLLOW_EVERY = timedelta(seconds=2)
"""How often a process looks whether another one changed the content."""
TRY_AGAIN = timedelta(minutes=1)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What somebody has seen before they say yes: the version proposed and the one it replaces ("" for whatever they are).

    `is_confirmed`: they agreed to the many messages that this sends.
    """

    version: str = ""
    current: str = ""
    is_confirmed: bool = False

    def covers(self, proposal: Proposal) -> bool:
        """Whether it is this proposal that was seen."""
        return self.version in {"", proposal.version} and self.current in {"", proposal.current}


ANYTHING = Consent()


class Reloading:
    """Everything that changes the content; every use of it goes into the audit trail."""

    def __init__(  # noqa: PLR0913 - what it works with, and how it began
        self,
        store: Store,
        knowledge: CurrentSnapshot,
        source: Source,
        *,
        clock: Callable[[], datetime],
        changed: Callable[[], None],
        in_folder: str = "",
        warning: str = "",
    ) -> None:
        """Swap `knowledge`; `changed` is called after each swap.

        `in_folder` is the version that the folder held at the start, `warning` what was wrong then.
        """
        self._store = store
        self._knowledge = knowledge
        self._source = source
        self._clock = clock
        self._changed = changed
        self._turn = asyncio.Lock()
        self._in_folder = in_folder
        self._warning = warning
        self._failure = ""
        self._mark: object | None = None
        # Kept until the next change: whoever let go of all entries at once would hold up the loop.
        self._retired: list[Snapshot] = []

    @property
    def warning(self) -> str:
        """What keeps the folder's content, or the content in use, from being used here; "" where nothing does."""
        return self._failure or self._warning

    @property
    def _current(self) -> str:
        return self._knowledge.current.knowledge.version

    async def look(self, by: Editor) -> ContentStatus:
        """Return how things stand."""
        files = await asyncio.to_thread(read_and_hash, self._source.folder)
        edition = await self._store.contents.find_edition()
        await self._note(by, Action.STATUS, UseResult.SHOWN, self._current)
        unreadable = str(files.problems[0]) if files.problems else ""
        return ContentStatus(
            edition=edition,
            in_use=self._current,
            in_folder=files.version,
            is_watching=self._source.is_watching,
            failure=self.warning or unreadable,
        )

    async def preview(self, by: Editor) -> Proposal:
        """Return what `reload` would do now."""
        async with self._noting_failure(by, Action.PREVIEW):
            files = await read_settled(self._source)
            checked = await self._check(files)
            async with self._turn:
                proposal, _ = await self._propose(files, checked)
        await self._note(by, Action.PREVIEW, proposal.result, proposal.version, proposal.detail)
        return proposal

    async def reload(self, by: Editor, consent: Consent = ANYTHING) -> Proposal:
        """Put the content of the folder to use.

        Where it is not what the `consent` covers, the answer is a new preview (SHOWN) and nothing is changed.
        """
        async with self._noting_failure(by, Action.RELOAD):
            files = await read_settled(self._source)
            if by.origin is Origin.WATCH and not await self._is_wished(files.version):
                return Proposal(result=UseResult.UNCHANGED, version=files.version, current=self._current, limit=self._source.limit)
            checked = await self._check(files)
            async with self._turn:
                proposal, snapshot = await self._propose(files, checked)
                proposal = await self._settle(by, Action.RELOAD, proposal, snapshot, consent, files)
            await self._note_folder(proposal)
        return await self._noted(by, Action.RELOAD, proposal)

    async def preview_rollback(self, by: Editor) -> Proposal:
        """Return what `roll_back` would do now; raises NothingToReturnToError."""
        async with self._noting_failure(by, Action.PREVIEW):
            files = await self._find_earlier()
            checked = await self._check(files)
            async with self._turn:
                proposal, _ = await self._propose(files, checked)
        await self._note(by, Action.PREVIEW, proposal.result, proposal.version, proposal.detail)
        return proposal

    async def roll_back(self, by: Editor, consent: Consent = ANYTHING) -> Proposal:
        """Put the content to use that was in use before, as `reload` does; raises NothingToReturnToError."""
        async with self._noting_failure(by, Action.ROLLBACK):
            files = await self._find_earlier()
            checked = await self._check(files)
            async with self._turn:
                proposal, snapshot = await self._propose(files, checked)
                proposal = await self._settle(by, Action.ROLLBACK, proposal, snapshot, consent, files)
        return await self._noted(by, Action.ROLLBACK, proposal)

    async def list_uses(self, by: Editor | None, offset: int, limit: int) -> tuple[tuple[Use, ...], int]:
        """Return a part of the audit trail, newest first, and how long all of it is; None for one who only turns a page."""
        if by:
            await self._note(by, Action.HISTORY, UseResult.SHOWN, self._current)
        return await self._store.contents.list_uses(offset, limit)

    async def follow(self) -> timedelta:
        """Use what another process put to use, and return how long to rest."""
        mark = self._store.plan.find_mark()
        if mark is not None and mark == self._mark:
            return FOLLOW_EVERY
        async with self._turn:
            try:
                await self._catch_up()
            except ContentError as error:
                failure = f"The content in use cannot be used here: {error.problems[0]} ({len(error.problems)} in all)"[:DETAIL_LENGTH]
                if self._failure != failure:
                    _log.error("content in use cannot be used here", reason=failure)
                self._failure = failure
                return TRY_AGAIN
        self._mark = mark
        return FOLLOW_EVERY

    async def _catch_up(self) -> None:
        """Take up the content in use; whoever put it to use has checked it, and what this program cannot read raises ContentError."""
        edition = await self._store.contents.find_edition()
        if edition and edition.version != self._current:
            files = await self._unpack(edition.version)
            await self._swap(await self._source.index(files), files)
        self._failure = ""

    async def _is_wished(self, version: str) -> bool:
        """Whether a watched folder holds something that nobody has decided about."""
        return version != self._in_folder and not await self._store.contents.was_taken_back(version)

    async def _check(self, files: ContentFiles) -> Proposal:
        """Return what is wrong with `files`; it may take a minute, in which others have their turn."""
        proposal = Proposal(result=UseResult.SHOWN, version=files.version, current=self._current, limit=self._source.limit)
        try:
            problems, is_final = await self._source.vet(files, self._clock()), True
        except ContentError as error:
            problems, is_final = (
                tuple(p if isinstance(p, Problem) else Problem(Location(files.place), str(p)) for p in error.problems),
                False,
            )
        result = UseResult.REFUSED if list_errors(problems) else UseResult.SHOWN
        return replace(proposal, result=result, problems=problems, is_final=is_final)

    async def _propose(self, files: ContentFiles, checked: Proposal) -> tuple[Proposal, Snapshot | None]:
        """Return what `files` would change against what every process uses, and what to work with if they may be used."""
        with contextlib.suppress(ContentError):  # what is in use cannot be used here: this may be the way out
            await self._catch_up()
        edition = await self._store.contents.find_edition()
        now, current = self._clock(), self._knowledge.current.knowledge
        proposal = replace(checked, current=edition.version if edition else current.version)
        if proposal.result is UseResult.REFUSED:
            return proposal, None
        if files.version == proposal.current:
            return replace(proposal, result=UseResult.UNCHANGED), None
        snapshot = await self._source.index(files)
        diff = await asyncio.to_thread(compare_contents, current, snapshot.knowledge, now)
        impact = await foresee(self._store, diff, snapshot.knowledge, now)
        return replace(proposal, diff=diff if current.version == proposal.current else None, impact=impact), snapshot

    async def _settle(
        self, by: Editor, action: Action, proposal: Proposal, snapshot: Snapshot | None, consent: Consent, files: ContentFiles
    ) -> Proposal:
        """Decide whether what was proposed may be applied, and apply it."""
        if proposal.result is not UseResult.SHOWN or snapshot is None or not consent.covers(proposal):
            return proposal
        too_many = proposal.impact is not None and proposal.impact.messages > self._source.limit
        if too_many and not (consent.is_confirmed and consent.version):
            return replace(proposal, result=UseResult.UNCONFIRMED)
        applied = replace(proposal, result=UseResult.APPLIED)
        use, contents = self._use(by, action, applied), self._store.contents
        try:
            if action is Action.ROLLBACK:
                await contents.go_back(use, instead_of=proposal.current)
            else:
                await contents.apply(use, await asyncio.to_thread(files.pack), instead_of=proposal.current)
        except StaleContentError:
            return replace(proposal, result=UseResult.OVERTAKEN)
        if action is Action.RELOAD:
            self._in_folder = files.version
        await self._swap(snapshot, files)
        return applied

    async def _swap(self, snapshot: Snapshot, files: ContentFiles) -> None:
        """Let every reader see the new knowledge from now on: one assignment, so nobody sees a mixture."""
        _log.info("content changed", old=self._current, new=files.version)
        self._failure = ""
        if files.version == self._in_folder:
            self._warning = ""
        retired, self._retired = self._retired, [self._knowledge.current]
        self._knowledge.current = snapshot
        self._changed()
        await asyncio.to_thread(let_go, retired)
        await asyncio.to_thread(self._source.shelf.keep, files)

    async def _note_folder(self, proposal: Proposal) -> None:
        """Remember what the folder holds once it is decided what becomes of it; a reading that failed must be made again."""
        if proposal.result in {UseResult.SHOWN, UseResult.OVERTAKEN}:
            return
        self._in_folder, self._warning = proposal.version if proposal.is_final else "", proposal.warning
        if proposal.result is not UseResult.REFUSED:
            await asyncio.to_thread(self._source.shelf.note_seen, proposal.version)

    async def _find_earlier(self) -> ContentFiles:
        edition = await self._store.contents.find_edition()
        if edition is None or edition.returns_to is None:
            raise NothingToReturnToError
        return await self._unpack(edition.returns_to)

    async def _unpack(self, version: str) -> ContentFiles:
        packed = await self._store.contents.find_packed(version)
        if packed is None:
            raise ContentError([Problem(Location(f"version {version}"), "the database does not keep this content (any more)")])
        return await asyncio.to_thread(unpack, packed, f"version {version}")

    def _use(self, by: Editor, action: Action, proposal: Proposal) -> Use:
        return Use(at=self._clock(), action=action, by=by, version=proposal.version, result=proposal.result, detail=proposal.detail)

    @contextlib.asynccontextmanager
    async def _noting_failure(self, by: Editor, action: Action) -> AsyncIterator[None]:
        """Note a use that ends in an error, if the database still takes it."""
        try:
            yield
        except DetenteError as error:
            with contextlib.suppress(StoreError):
                await self._note(by, action, UseResult.FAILED, self._current, str(error)[:DETAIL_LENGTH])
            raise

    async def _noted(self, by: Editor, action: Action, proposal: Proposal) -> Proposal:
        """Note a change that was none; one that was applied has been noted with it."""
        _log.info("content", action=str(action), result=str(proposal.result), version=proposal.version, by=by.user_id or str(by.origin))
        if proposal.result is not UseResult.APPLIED:
            await self._store.contents.note(self._use(by, action, proposal))
        return proposal

    async def _note(self, by: Editor, action: Action, result: UseResult, version: str, detail: str = "") -> None:
        if by.origin is Origin.COMMAND:
            _log.info("content", action=str(action), result=str(result), version=version, by=by.user_id)
        await self._store.contents.note(Use(at=self._clock(), action=action, by=by, version=version, result=result, detail=detail))
