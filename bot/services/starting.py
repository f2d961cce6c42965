"""Which content a starting bot uses: the folder's if it is good and new, else what was in use, else the last good one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.domain.comparing import compare_contents
from bot.domain.editions import Action, Editor, Origin, Use, UseResult
from bot.errors import ContentError, StaleContentError
from bot.knowledge.files import read_files, unpack
from bot.services.foreseeing import foresee
from bot.services.proposing import warn

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from bot.domain.editions import Edition
    from bot.knowledge.files import ContentFiles
    from bot.knowledge.shelf import Shelf
    from bot.knowledge.snapshot import Snapshot
    from bot.store.store import Store

    Open = Callable[[ContentFiles, datetime], Snapshot]

_DETAIL_LENGTH = 300
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What the bot starts with.

    `result` is APPLIED or UNCHANGED where it is the folder's content; KEPT_EARLIER where the folder's is broken (`problems`) and
    UNCONFIRMED where it would send `messages`, more than the limit: then `snapshot` is what was in use before. `is_news`: this
    folder's content was not told of before.
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
        return warn(self.result, self.version, len(self.problems), self.messages)


class Starting:
    """One start: reads the folder, asks the database what is in use, decides, and writes it down."""

    def __init__(self, store: Store, folder: Path, shelf: Shelf, *, open_content: Open, now: datetime, limit: int) -> None:
        """Begin at `now` (aware UTC); `open_content` returns checked content, indexed, or raises ContentError."""
        self._store = store
        self._folder = folder
        self._shelf = shelf
        self._open = open_content
        self._now = now
        self._limit = limit

    async def begin(self) -> Beginning:
        """Return what to start with; raises ContentError with all problems where nothing good is to be had."""
        files = read_files(self._folder)
        seen = self._shelf.find_seen()
        self._shelf.note_seen(files.version)
        try:
            wanted = self._open(files, self._now)
        except ContentError as error:
            return await self._use_earlier(files, error, is_news=files.version != seen)
        while True:
            edition = await self._store.contents.find_edition()
            try:
                return await self._choose(files, wanted, edition, seen)
            except StaleContentError:
                continue  # another process started at the same moment: look again at what is in use by now

    async def _choose(self, files: ContentFiles, wanted: Snapshot, edition: Edition | None, seen: str | None) -> Beginning:
        if edition is None:
            return await self._apply(files, wanted, None)
        if edition.version == files.version:
            self._shelf.keep(files)
            return Beginning(snapshot=wanted, result=UseResult.UNCHANGED, version=files.version)
        earlier = await self._find_in_use(edition)
        if earlier is None:
            _log.warning("content in use cannot be used by this program", version=edition.version, instead=files.version)
            return await self._apply(files, wanted, edition)
        # A folder that did not change since this machine last looked is no wish: somebody went back, or another process is ahead.
        is_new = files.version != seen if seen else not await self._store.contents.has_used(files.version)
        if not is_new:
            _log.warning("content in use is not the folder's", version=edition.version, in_folder=files.version)
            return Beginning(snapshot=earlier, result=UseResult.UNCHANGED, version=edition.version)
        diff = compare_contents(earlier.knowledge, wanted.knowledge, self._now)
        impact = await foresee(self._store, diff, wanted.knowledge, self._now)
        if impact.messages <= self._limit:
            return await self._apply(files, wanted, edition)
        _log.warning("content not applied", version=files.version, messages=impact.messages, limit=self._limit)
        await self._note(UseResult.UNCONFIRMED, files.version, f"up to {impact.messages} messages")
        return Beginning(snapshot=earlier, result=UseResult.UNCONFIRMED, version=files.version, messages=impact.messages, is_news=True)

    async def _apply(self, files: ContentFiles, wanted: Snapshot, edition: Edition | None) -> Beginning:
        use = self._use(UseResult.APPLIED, files.version)
        await self._store.contents.apply(use, files.pack(), instead_of=edition.version if edition else None)
        self._shelf.keep(files)
        _log.info("content in use", version=files.version)
        return Beginning(snapshot=wanted, result=UseResult.APPLIED, version=files.version)

    async def _use_earlier(self, files: ContentFiles, error: ContentError, *, is_news: bool) -> Beginning:
        """Start with what was in use, or with what this machine kept: somebody who waits for an alert must not wait for an editor."""
        edition = await self._store.contents.find_edition()
        snapshot = await self._find_in_use(edition) if edition else None
        snapshot = snapshot or await self._take_up_kept(edition)
        if snapshot is None:
            raise error
        version = snapshot.knowledge.version
        _log.error("content is broken", folder=str(self._folder), problems=len(error.problems), instead=version)
        for problem in error.problems:
            _log.error("content", problem=str(problem))
        await self._note(UseResult.KEPT_EARLIER, files.version, f"{error.problems[0]} ({len(error.problems)} in all)")
        return Beginning(snapshot=snapshot, result=UseResult.KEPT_EARLIER, version=files.version, problems=error.problems, is_news=is_news)

    async def _take_up_kept(self, edition: Edition | None) -> Snapshot | None:
        """Return this machine's last good content, put to use: the database is a new one, or what it holds cannot be used."""
        kept = self._shelf.find_kept()
        snapshot = self._find_open(kept) if kept else None
        if kept and snapshot:
            await self._store.contents.apply(
                self._use(UseResult.APPLIED, kept.version), kept.pack(), instead_of=edition.version if edition else None
            )
        return snapshot

    async def _find_in_use(self, edition: Edition) -> Snapshot | None:
        """Return the content in use; None where it is not kept or this version of the program cannot use it."""
        packed = await self._store.contents.find_packed(edition.version)
        return self._find_open(unpack(packed, f"version {edition.version}")) if packed else None

    def _find_open(self, files: ContentFiles) -> Snapshot | None:
        try:
            return self._open(files, self._now)
        except ContentError as error:
            _log.error("earlier content cannot be used", version=files.version, reason=str(error))
            return None

    async def _note(self, result: UseResult, version: str, detail: str) -> None:
        await self._store.contents.note(self._use(result, version, detail[:_DETAIL_LENGTH]))

    def _use(self, result: UseResult, version: str, detail: str = "") -> Use:
        return Use(at=self._now, action=Action.START, by=Editor(Origin.START), version=version, result=result, detail=detail)
