"""Which content is in use by every process, the contents themselves, and the trail of who did what with them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, literal_column, select, update

from bot.domain.editions import Action, Edition, Editor, Origin, Use, UseId, UseResult
from bot.domain.subscriptions import UserId
from bot.errors import StaleContentError
from bot.store.rows import to_moment, to_seconds
from bot.store.statements import insert as insert_of
from bot.store.tables import content_uses, packages

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row, Select
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.store.database import Database

KEPT = 20
"""Different contents that are kept: those used last, so that going back many steps takes none of them away."""

_EARLIER = content_uses.alias("earlier")


class Contents:
    """The contents that were in use, and the audit trail."""

    def __init__(self, database: Database) -> None:
        """Work on `database`."""
        self._database = database

    async def find_edition(self) -> Edition | None:
        """Return what is in use; None where nothing ever was."""
        async with self._database.reading() as connection:
            return await _find_edition(connection)

    async def find_packed(self, version: str) -> bytes | None:
        """Return a content as it was packed; None where it is not kept (any more)."""
        async with self._database.reading() as connection:
            packed: bytes | None = await connection.scalar(select(packages.c.packed).where(packages.c.version == version))
            return packed

    async def has_used(self, version: str) -> bool:
        """Whether a content was ever in use."""
        async with self._database.reading() as connection:
            used = select(content_uses.c.id).where(_is_applied(), content_uses.c.version == version).limit(1)
            return await connection.scalar(used) is not None

    async def was_taken_back(self, version: str) -> bool:
        """Whether somebody went back from a content the last time it was in use."""
        used = select(func.max(content_uses.c.id)).where(_is_applied(), content_uses.c.version == version).scalar_subquery()
        after = select(content_uses.c.action).where(_is_applied(), content_uses.c.id > used).order_by(content_uses.c.id).limit(1)
        async with self._database.reading() as connection:
            return await connection.scalar(after) == Action.ROLLBACK

    async def apply(self, use: Use, packed: bytes, *, instead_of: str | None) -> Edition:
        """Put a content to use for every process, and note who did it; what is in use already stays as it is.

        Raises StaleContentError where by now another one than `instead_of` is in use; nothing is changed then.
        """
        async with self._database.writing() as connection:
            current = await _find_edition(connection)
            if current and current.version == use.version:
                await connection.execute(insert(content_uses).values(**_values(replace(use, result=UseResult.UNCHANGED))))
                return current
            await _check(connection, instead_of)
            new = insert_of(self._database.dialect, packages).values(version=use.version, packed=packed, kept_at=to_seconds(use.at))
            await connection.execute(new.on_conflict_do_nothing())
            return await _switch(connection, use, current.id if current else None)

    async def go_back(self, use: Use, *, instead_of: str) -> Edition:
        """Put the content to use that was in use before; going back twice goes back two steps.

        Raises StaleContentError where by now another one than `instead_of` is in use, or there is no way back to `use.version`.
        """
        async with self._database.writing() as connection:
            await _check(connection, instead_of)
            current = await _find_edition(connection)
            if current is None or current.returns_to is None or current.returns_to != use.version:
                raise StaleContentError
            further = select(_EARLIER.c.returns_to).join(content_uses, content_uses.c.returns_to == _EARLIER.c.id)
            return await _switch(connection, use, await connection.scalar(further.where(content_uses.c.id == current.id)))

    async def note(self, use: Use) -> None:
        """Add to the audit trail what changed nothing."""
        async with self._database.writing() as connection:
            await connection.execute(insert(content_uses).values(**_values(use)))

    async def list_uses(self, offset: int, limit: int) -> tuple[tuple[Use, ...], int]:
        """Return a part of the audit trail, newest first, and how long all of it is."""
        async with self._database.reading() as connection:
            total = await connection.scalar(select(func.count()).select_from(content_uses))
            rows = await connection.execute(select(content_uses).order_by(content_uses.c.id.desc()).offset(offset).limit(limit))
            return tuple(_read_use(row) for row in rows), total or 0

    async def prune(self, before: datetime) -> int:
        """Forget who did what before `before`; returns how many rows that changed.

        What changed which content is in use stays, without the person: it leads back, and says what was in use ever.
        """
        old = content_uses.c.at < to_seconds(before)
        idle = delete(content_uses).where(old, content_uses.c.result != UseResult.APPLIED)
        nobody = update(content_uses).where(old, content_uses.c.user_id.is_not(None)).values(user_id=None)
        async with self._database.writing() as connection:
            return (await connection.execute(idle)).rowcount + (await connection.execute(nobody)).rowcount


async def check_content_version(connection: AsyncConnection, version: str | None) -> None:
    """Raise StaleContentError where by now every process shall use another content than `version`; None checks nothing.

    Whoever writes what follows from a content asks this in the same transaction.
    """
    if version is not None:
        await _check(connection, version)


async def find_use_id(connection: AsyncConnection, version: str) -> UseId | None:
    """Return by which use a content came into use; None where nothing ever was. Raises StaleContentError where it is another one."""
    row = (await connection.execute(_latest(content_uses.c.id, content_uses.c.version))).one_or_none()
    if row is not None and row.version != version:
        raise StaleContentError
    return None if row is None else UseId(row.id)


async def check_use(connection: AsyncConnection, use_id: UseId | None) -> None:
    """Raise StaleContentError where by now the content was changed, be it back and forth, since `find_use_id` said `use_id`."""
    if await connection.scalar(_latest(content_uses.c.id)) != use_id:
        raise StaleContentError


async def _check(connection: AsyncConnection, version: str | None) -> None:
    current = await connection.scalar(_version_in_use())
    if current is not None and current != version:
        raise StaleContentError


@cache  # each claim and each plan asks
def _version_in_use() -> Select[Any]:
    return _latest(content_uses.c.version)


async def _switch(connection: AsyncConnection, use: Use, returns_to: int | None) -> Edition:
    await connection.execute(insert(content_uses).values(**_values(use), returns_to=returns_to))
    by_version = select(content_uses.c.version).where(_is_applied()).group_by(content_uses.c.version)
    recent = by_version.order_by(func.max(content_uses.c.id).desc()).limit(KEPT)
    await connection.execute(delete(packages).where(packages.c.version.not_in(recent)))
    edition = await _find_edition(connection)
    assert edition is not None  # noqa: S101 - it was written above
    return edition


async def _find_edition(connection: AsyncConnection) -> Edition | None:
    earlier = select(_EARLIER.c.version).join(packages, packages.c.version == _EARLIER.c.version)
    returns_to = earlier.where(_EARLIER.c.id == content_uses.c.returns_to).scalar_subquery()
    row = (await connection.execute(_latest(content_uses, returns_to.label("earlier")))).one_or_none()
    if row is None:
        return None
    return Edition(
        id=UseId(row.id),
        version=row.version,
        since=to_moment(row.at),
        by=_read_editor(row),
        returns_to=row.earlier,
    )


def _latest(*columns: Any) -> Select[Any]:  # noqa: ANN401 - whatever select takes
    return select(*columns).where(_is_applied()).order_by(content_uses.c.id.desc()).limit(1)


def _is_applied() -> ColumnElement[bool]:
    """Return the condition written out: a parameter would keep the index from being used."""
    return content_uses.c.result == literal_column(f"'{UseResult.APPLIED}'")


def _values(use: Use) -> dict[str, object]:
    return {
        "at": to_seconds(use.at),
        "action": str(use.action),
        "origin": str(use.by.origin),
        "user_id": use.by.user_id,
        "version": use.version,
        "result": str(use.result),
        "detail": use.detail,
    }


def _read_use(row: Row[Any]) -> Use:
    return Use(
        at=to_moment(row.at),
        action=Action(row.action),
        by=_read_editor(row),
        version=row.version,
        result=UseResult(row.result),
        detail=row.detail,
    )


def _read_editor(row: Row[Any]) -> Editor:
    return Editor(Origin(row.origin), UserId(row.user_id) if row.user_id else None)
