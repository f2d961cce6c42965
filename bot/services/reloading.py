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
from bot.errors import ContentError, NothingToReturnToError, StaleContentError
from bot.knowledge.files import read_files, unpack
from bot.knowledge.problems import Location, Problem, list_errors
from bot.services.foreseeing import foresee
from bot.services.proposing import ContentStatus, Proposal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime
    from pathlib import Path

    from bot.domain.editions import Edition, Editor
    from bot.knowledge.files import ContentFiles
    from bot.knowledge.shelf import Shelf
    from bot.knowledge.snapshot import CurrentSnapshot, Snapshot
    from bot.store.store import Store

    Vet = Callable[[ContentFiles, datetime], Awaitable[tuple[Problem, ...]]]
    Index = Callable[[ContentFiles], Awaitable[Snapshot]]

FOLLOW_EVERY = timedelta(seconds=2)
"""How often a process looks whether another one changed the content."""

TRY_AGAIN = timedelta(minutes=1)
SETTLED_AFTER = 0.3
"""Seconds for which a folder must not change before it counts as written."""

_MOST_READINGS = 30

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where content comes from and how it is made fit for use.

    `vet` returns everything that is wrong with files, `index` what the bot works with; both raise ContentError and let the event
    loop go on meanwhile. A change that would send more than `limit` messages needs a confirmation.
    """

    folder: Path
    shelf: Shelf
    vet: Vet
    index: Index
    limit: int
    is_watching: bool = False
    settled_after: float = SETTLED_AFTER


class Reloading:
    """Everything that changes the content; every use of it goes into the audit trail."""

    def __init__(
        self,
        store: Store,
        knowledge: CurrentSnapshot,
        source: Source,
        *,
        clock: Callable[[], datetime],
        changed: Callable[[], None],
        warning: str = "",
    ) -> None:
        """Swap `knowledge`; `changed` is called after each swap. `warning` says what was wrong at the start."""
        self._store = store
        self._knowledge = knowledge
        self._source = source
        self._clock = clock
        self._changed = changed
        self._turn = asyncio.Lock()
        self._warning = warning
        self._failure = ""
        self._mark: object | None = None
        self._seen = source.shelf.find_seen()

    @property
    def warning(self) -> str:
        """What keeps the folder's content, or the content in use, from being used here; "" where nothing does."""
        return self._failure or self._warning

    @property
    def _current(self) -> str:
        return self._knowledge.current.knowledge.version

    async def look(self, by: Editor) -> ContentStatus:
        """Return how things stand."""
        files = await asyncio.to_thread(_read_and_hash, self._source.folder)
        edition = await self._store.contents.find_edition()
        await self._note(by, Action.STATUS, UseResult.SHOWN, self._current)
        return ContentStatus(
            edition=edition,
            in_use=self._current,
            in_folder=files.version,
            is_watching=self._source.is_watching,
            failure=self._failure,
        )

    async def preview(self, by: Editor) -> Proposal:
        """Return what `reload` would do now."""
        async with self._turn:
            proposal, _ = await self._propose(await self._read())
        await self._note(by, Action.PREVIEW, proposal.result, proposal.version, proposal.detail)
        return proposal

    async def reload(self, by: Editor, version: str = "", *, is_confirmed: bool = False) -> Proposal:
        """Put the content of the folder to use.

        `version` is the one that somebody saw in a preview: where the folder holds another by now, the answer is a new preview
        (SHOWN) and nothing is changed. `is_confirmed`: somebody agreed to the many messages that this version sends.
        """
        async with self._turn:
            files = await self._read()
            # A watched folder changes in ways that are no change of the content: nothing to check, nothing to read about later.
            if by.origin is Origin.WATCH and files.version == self._seen:
                return Proposal(result=UseResult.UNCHANGED, version=files.version, current=self._current, limit=self._source.limit)
            await self._note_seen(files.version)
            proposal, snapshot = await self._propose(files)
            if proposal.result is UseResult.SHOWN and version in {"", files.version}:
                proposal = self._settle(proposal, is_confirmed=is_confirmed and version == files.version)
            if proposal.result is UseResult.APPLIED and snapshot is not None:
                use = self._use(by, Action.RELOAD, proposal)
                packed = await asyncio.to_thread(files.pack)
                applying = self._store.contents.apply(use, packed, instead_of=proposal.current)
                proposal = await self._apply(proposal, applying, files, snapshot)
        return await self._noted(by, Action.RELOAD, proposal)

    async def preview_rollback(self, by: Editor) -> Proposal:
        """Return what `roll_back` would do now; raises NothingToReturnToError."""
        async with self._turn:
            proposal, _ = await self._propose(await self._find_earlier())
        await self._note(by, Action.PREVIEW, proposal.result, proposal.version, proposal.detail)
        return proposal

    async def roll_back(self, by: Editor, version: str = "", *, is_confirmed: bool = False) -> Proposal:
        """Put the content to use that was in use before; raises NothingToReturnToError. The options are those of `reload`."""
        async with self._turn:
            files = await self._find_earlier()
            proposal, snapshot = await self._propose(files)
            if proposal.result is UseResult.SHOWN and version in {"", files.version}:
                proposal = self._settle(proposal, is_confirmed=is_confirmed and version == files.version)
            if proposal.result is UseResult.APPLIED and snapshot is not None:
                going = self._store.contents.go_back(self._use(by, Action.ROLLBACK, proposal), instead_of=proposal.current)
                proposal = await self._apply(proposal, going, files, snapshot)
        return await self._noted(by, Action.ROLLBACK, proposal)

    async def list_uses(self, by: Editor, offset: int, limit: int) -> tuple[tuple[Use, ...], int]:
        """Return a part of the audit trail, newest first, and how long all of it is; only opening it is noted, not turning pages."""
        if not offset:
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
                if self._failure != str(error):
                    _log.error("content in use cannot be used here", reason=str(error))
                self._failure = str(error)
                return TRY_AGAIN
        self._mark = mark
        return FOLLOW_EVERY

    async def _catch_up(self) -> None:
        edition = await self._store.contents.find_edition()
        if edition and edition.version != self._current:
            files = await self._unpack(edition.version)
            if errors := list_errors(await self._source.vet(files, self._clock())):
                raise ContentError(errors)
            await self._swap(await self._source.index(files), files)
        self._failure = ""

    async def _propose(self, files: ContentFiles) -> tuple[Proposal, Snapshot | None]:
        """Return what `files` would change against what every process uses, and what to work with if they may be used."""
        with contextlib.suppress(ContentError):  # what is in use cannot be used here: this may be the way out
            await self._catch_up()
        edition = await self._store.contents.find_edition()
        now, current = self._clock(), self._knowledge.current.knowledge
        in_use = edition.version if edition else current.version
        proposal = Proposal(result=UseResult.SHOWN, version=files.version, current=in_use, limit=self._source.limit)
        problems = await self._find_problems(files)
        if list_errors(problems):
            return replace(proposal, result=UseResult.REFUSED, problems=problems), None
        if files.version == in_use:
            return replace(proposal, result=UseResult.UNCHANGED, problems=problems), None
        snapshot = await self._source.index(files)
        diff = await asyncio.to_thread(compare_contents, current, snapshot.knowledge, now)
        impact = await foresee(self._store, diff, snapshot.knowledge, now)
        return replace(proposal, diff=diff, impact=impact, problems=problems), snapshot

    async def _find_problems(self, files: ContentFiles) -> tuple[Problem, ...]:
        try:
            return await self._source.vet(files, self._clock())
        except ContentError as error:
            return tuple(p if isinstance(p, Problem) else Problem(Location(files.place), str(p)) for p in error.problems)

    def _settle(self, proposal: Proposal, *, is_confirmed: bool) -> Proposal:
        """Decide whether what was proposed may be applied."""
        too_many = proposal.impact is not None and proposal.impact.messages > self._source.limit
        return replace(proposal, result=UseResult.UNCONFIRMED if too_many and not is_confirmed else UseResult.APPLIED)

    async def _apply(self, proposal: Proposal, applying: Awaitable[Edition], files: ContentFiles, snapshot: Snapshot) -> Proposal:
        try:
            await applying
        except StaleContentError:
            return replace(proposal, result=UseResult.OVERTAKEN)
        await self._swap(snapshot, files)
        return proposal

    async def _swap(self, snapshot: Snapshot, files: ContentFiles) -> None:
        """Let every reader see the new knowledge from now on: one assignment, so nobody sees a mixture."""
        _log.info("content changed", old=self._current, new=files.version)
        self._knowledge.current = snapshot
        self._failure = ""
        self._changed()
        await asyncio.to_thread(self._source.shelf.keep, files)

    async def _read(self) -> ContentFiles:
        """Read the folder once it has stopped changing; a half-written file must not win."""
        found = await asyncio.to_thread(_read_and_hash, self._source.folder)
        for _ in range(_MOST_READINGS):
            before = found
            await asyncio.sleep(self._source.settled_after)
            found = await asyncio.to_thread(_read_and_hash, self._source.folder)
            if found == before:
                return found
        restless = Problem(Location(found.place), "the folder keeps changing: try again when whoever writes it has finished")
        return replace(found, problems=(*found.problems, restless))

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

    async def _note_seen(self, version: str) -> None:
        self._seen = version
        await asyncio.to_thread(self._source.shelf.note_seen, version)

    def _use(self, by: Editor, action: Action, proposal: Proposal) -> Use:
        return Use(at=self._clock(), action=action, by=by, version=proposal.version, result=proposal.result, detail=proposal.detail)

    async def _noted(self, by: Editor, action: Action, proposal: Proposal) -> Proposal:
        """Note a change that was none; one that was applied has been noted with it."""
        if action is Action.RELOAD and proposal.result is not UseResult.SHOWN:
            self._warning = proposal.warning
        _log.info("content", action=str(action), result=str(proposal.result), version=proposal.version, by=by.user_id or str(by.origin))
        if proposal.result is not UseResult.APPLIED:
            await self._store.contents.note(self._use(by, action, proposal))
        return proposal

    async def _note(self, by: Editor, action: Action, result: UseResult, version: str, detail: str = "") -> None:
        if by.origin is Origin.COMMAND:
            _log.info("content", action=str(action), result=str(result), version=version, by=by.user_id)
        await self._store.contents.note(Use(at=self._clock(), action=action, by=by, version=version, result=result, detail=detail))


def _read_and_hash(folder: Path) -> ContentFiles:
    """Read the folder and reckon its version, in the thread this runs in: of many megabytes that takes a while."""
    files = read_files(folder)
    _ = files.version
    return files
