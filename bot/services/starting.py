"""Which content a starting bot uses: the folder's if it is good and new, else what was in use, else the last good one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.domain.comparing import ContentDiff, compare_contents
from bot.domain.editions import Action, Editor, Origin, Use, UseResult
from bot.errors import ContentError, StaleContentError
from bot.knowledge.files import read_files, unpack
from bot.knowledge.problems import Location, Problem, list_errors
from bot.services.foreseeing import foresee
from bot.services.proposing import DETAIL_LENGTH, log_problems, warn
from bot.services.supplying import read_settled

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.editions import Edition
    from bot.knowledge.files import ContentFiles
    from bot.knowledge.snapshot import Snapshot
    from bot.services.supplying import Source
    from bot.store.store import Store

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What the bot starts with.

    `result` is APPLIED or UNCHANGED where it is what every process uses; KEPT_EARLIER where the folder's is broken (`problems`);
    UNCONFIRMED where the folder's would send `messages`, more than the limit; OVERTAKEN where this program cannot use what is in use.
    `version` is the folder's. `is_news`: those who administer the bot were not told of it yet.
    """

    snapshot: Snapshot
    result: UseResult
    version: str
    problems: tuple[object, ...] = ()
    messages: int = 0
    is_news: bool = False

    @property
    def warning(self) -> str:
        """What the health check says while the folder's content is not used; "" where nothing is in the way."""
        if self.result is UseResult.UNCHANGED and self.version != self.snapshot.knowledge.version:
            return f"The folder holds another content ({self.version}) than the one in use; /content reload would put it to use."
        return warn(self.result, self.version, len(self.problems), self.messages)


class Starting:
    """One start: reads the folder, asks the database what is in use, decides, and writes it down."""

    def __init__(self, store: Store, source: Source, *, now: datetime) -> None:
        """Begin at `now` (aware UTC) with the content of `source`."""
        self._store = store
        self._source = source
        self._now = now

    async def begin(self) -> Beginning:
        """Return what to start with; raises ContentError with all problems where nothing good is to be had."""
        while True:
            try:
                return await self._begin()
            except StaleContentError:
                continue  # another process started at the same moment: look again at what is in use by now

    async def _begin(self) -> Beginning:
        edition = await self._store.contents.find_edition()
        files = await asyncio.to_thread(read_files, self._source.folder)
        if edition and files.version == edition.version and (known := await self._find_indexed(files)):
            # It passed when it was put to use.
            return await self._seen(Beginning(snapshot=known, result=UseResult.UNCHANGED, version=files.version), files)
        if edition is None:
            problems, wanted = self._source.check(files, self._now)
        else:
            files = await read_settled(self._source)
            problems, wanted = await self._check(files)
        if wanted is None:
            return await self._use_earlier(files, tuple(list_errors(problems)), edition)
        log_problems(problems)
        return await self._seen(await self._choose(files, wanted, edition), files)

    async def _check(self, files: ContentFiles) -> tuple[tuple[Problem, ...], Snapshot | None]:
        """Check beside this process, which has something to go on with whatever happens there."""
        try:
            problems = await self._source.vet(files, self._now)
        except ContentError as error:
            return tuple(p if isinstance(p, Problem) else Problem(Location(files.place), str(p)) for p in error.problems), None
        return problems, None if list_errors(problems) else await self._source.index(files)

    async def _choose(self, files: ContentFiles, wanted: Snapshot, edition: Edition | None) -> Beginning:
        if edition is None:
            return await self._apply(files, wanted, None)
        earlier = await self._find_in_use(edition)
        if not await self._is_wished(files.version):
            _log.warning("content in use is not the folder's", version=edition.version, in_folder=files.version)
            result = UseResult.UNCHANGED if earlier else UseResult.OVERTAKEN
            return Beginning(snapshot=earlier or wanted, result=result, version=files.version)
        nothing = ContentDiff(kinds=(), dates=())
        diff = compare_contents(earlier.knowledge, wanted.knowledge, self._now) if earlier else nothing
        impact = await foresee(self._store, diff, wanted.knowledge, self._now)
        if impact.messages <= self._source.limit:
            return await self._apply(files, wanted, edition)
        _log.warning("content not applied", version=files.version, messages=impact.messages, limit=self._source.limit)
        await self._note(UseResult.UNCONFIRMED, files.version, f"up to {impact.messages} messages")
        return Beginning(
            snapshot=earlier or wanted,
            result=UseResult.UNCONFIRMED,
            version=files.version,
            messages=impact.messages,
            is_news=self._is_news(files),
        )

    async def _is_wished(self, version: str) -> bool:
        """Whether somebody who put a content into the folder wants it used now.

        One that is new is. One that was in use before may only be left over: from before somebody went back, or on a machine that lags
        behind; it is wished for where this machine saw its folder change to it.
        """
        if await self._store.contents.was_taken_back(version):
            return False
        if not await self._store.contents.has_used(version):
            return True
        seen = self._source.shelf.find_seen()
        return seen is not None and seen != version

    async def _apply(self, files: ContentFiles, wanted: Snapshot, edition: Edition | None) -> Beginning:
        use = self._use(UseResult.APPLIED, files.version)
        packed = await asyncio.to_thread(files.pack)
        await self._store.contents.apply(use, packed, instead_of=edition.version if edition else None)
        await asyncio.to_thread(self._source.shelf.keep, files)
        _log.info("content in use", version=files.version)
        return Beginning(snapshot=wanted, result=UseResult.APPLIED, version=files.version)

    async def _seen(self, beginning: Beginning, files: ContentFiles) -> Beginning:
        """Remember what the folder held, once it is decided what becomes of it."""
        await asyncio.to_thread(self._source.shelf.note_seen, files.version)
        if beginning.result in {UseResult.APPLIED, UseResult.UNCHANGED}:
            await asyncio.to_thread(self._source.shelf.note_told, "")
        return beginning

    async def _use_earlier(self, files: ContentFiles, problems: tuple[object, ...], edition: Edition | None) -> Beginning:
        """Start with what was in use, or with what this machine kept: somebody who waits for an alert must not wait for an editor."""
        snapshot = await self._find_in_use(edition) if edition else None
        snapshot = snapshot or await self._find_kept(is_first=edition is None)
        if snapshot is None:
            raise ContentError(problems)
        _log.error("content is broken", folder=str(self._source.folder), problems=len(problems), instead=snapshot.knowledge.version)
        log_problems(problems)
        await self._note(UseResult.KEPT_EARLIER, files.version, f"{problems[0]} ({len(problems)} in all)")
        return Beginning(
            snapshot=snapshot,
            result=UseResult.KEPT_EARLIER,
            version=files.version,
            problems=problems,
            is_news=self._is_news(files),
        )

    async def _find_kept(self, *, is_first: bool) -> Snapshot | None:
        """Return this machine's last good content; a database that knows of none is told to use it."""
        kept = await asyncio.to_thread(self._source.shelf.find_kept)
        snapshot = await self._find_indexed(kept) if kept else None
        if kept and snapshot and is_first:
            await self._store.contents.apply(self._use(UseResult.APPLIED, kept.version), kept.pack(), instead_of=None)
        return snapshot

    async def _find_in_use(self, edition: Edition) -> Snapshot | None:
        """Return the content in use; None where it is not kept or this version of the program cannot use it."""
        packed = await self._store.contents.find_packed(edition.version)
        if packed is None:
            return None
        try:
            files = unpack(packed, f"version {edition.version}")
        except ContentError as error:
            _log.error("content in use cannot be read", version=edition.version, reason=str(error))
            return None
        return await self._find_indexed(files)

    async def _find_indexed(self, files: ContentFiles) -> Snapshot | None:
        try:
            return await self._source.index(files)
        except ContentError as error:
            _log.error("earlier content cannot be used", version=files.version, reason=str(error)[:DETAIL_LENGTH])
            return None

    def _is_news(self, files: ContentFiles) -> bool:
        return self._source.shelf.find_told() != files.version

    async def _note(self, result: UseResult, version: str, detail: str) -> None:
        await self._store.contents.note(self._use(result, version, detail[:DETAIL_LENGTH]))

    def _use(self, result: UseResult, version: str, detail: str = "") -> Use:
        return Use(at=self._now, action=Action.START, by=Editor(Origin.START), version=version, result=result, detail=detail)
