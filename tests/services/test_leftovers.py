"""Contents that are left over in some folder: from before a rollback, on a machine that lags behind, under an older program."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bot.domain.editions import Action, Editor, Origin, Use, UseResult
from bot.errors import ContentError, StoreError
from bot.knowledge.files import ContentFiles, read_files
from bot.knowledge.problems import Location, Problem
from bot.knowledge.shelf import LAST_SEEN, Shelf
from bot.services.proposing import warn
from bot.services.reloading import Consent
from bot.store.store import open_store
from tests.services import editing
from tests.services.editing import ANN, Newsroom
from tests.services.test_reloading import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

WATCH, SIGNAL = Editor(Origin.WATCH), Editor(Origin.SIGNAL)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    """A newsroom on 22 November 2026 at noon."""
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'detente.sqlite'}") as store:
        yield Newsroom(store, tmp_path, NOW)


def _machine(room: Newsroom, name: str) -> Shelf:
    (room.folder / name).mkdir()
    return Shelf(room.folder / name)


async def _in_use(room: Newsroom) -> str | None:
    edition = await room.store.contents.find_edition()
    return edition.version if edition else None


async def _use_unreadable(room: Newsroom, packed: bytes | None = None) -> str:
    """Put content to use that this program cannot read."""
    files = ContentFiles("content", (("events/all.yaml", b"- id: [\n"),))
    use = Use(at=room.now, action=Action.RELOAD, by=ANN, version=files.version, result=UseResult.APPLIED)
    await room.store.contents.apply(use, packed or files.pack(), instead_of=await _in_use(room))
    return files.version


@pytest.mark.parametrize("packed", [None, b"no archive"])
async def test_an_old_program_turns_nobody_back(room: Newsroom, packed: bytes | None) -> None:
    """A program that cannot read what is in use starts with its own folder, tells why it sends nothing, and leaves the others alone."""
    first = await room.start()
    newer = await _use_unreadable(room, packed)
    again = await room.start()
    assert (again.version, again.beginning.result, await _in_use(room)) == (first.version, UseResult.OVERTAKEN, newer)
    assert "Install the version that can" in again.reloading.warning
    room.break_content()
    broken = await room.start()
    assert (broken.version, await _in_use(room)) == (first.version, newer)


async def test_a_new_program_brings_its_content(room: Newsroom) -> None:
    """Where what is in use cannot be read any more, content that is new is put to use: the program was replaced, and it with it."""
    await room.start()
    await _use_unreadable(room)
    room.write("2026-12-05")
    again = await room.start()
    assert (again.beginning.result, await _in_use(room)) == (UseResult.APPLIED, again.version)


async def test_nobody_undoes_a_rollback_by_accident(room: Newsroom) -> None:
    """What somebody went back from is not used again by a start on any machine, nor by a watch; a signal or a command may use it."""
    one = await room.start(_machine(room, "a"))
    room.write("2026-12-05")
    left = (await one.reloading.reload(ANN)).version
    await one.reloading.roll_back(ANN)
    lagging = _machine(room, "b")
    lagging.note_seen("something else")
    for shelf in (lagging, _machine(room, "c"), room.shelf):
        assert (await room.start(shelf)).version == one.version
    other = await room.start(lagging)
    assert (await other.reloading.reload(WATCH)).result is UseResult.UNCHANGED
    assert await _in_use(room) == one.version
    assert (await other.reloading.reload(SIGNAL)).version == left == await _in_use(room)


async def test_an_empty_volume_is_no_change(room: Newsroom) -> None:
    """A start while the folder was not mounted yet does not make the folder look new at the next one."""
    await room.start()
    text = (room.content / "deadlines/all.yaml").read_text()
    room.write("2026-12-05")
    newer = (await (await room.start()).reloading.reload(ANN)).version
    (room.content / "deadlines/all.yaml").write_text(text)
    seen = (room.folder / "data" / LAST_SEEN).read_text()
    room.content.rename(room.folder / "away")
    room.content.mkdir()
    assert (await room.start()).version == newer
    assert (room.folder / "data" / LAST_SEEN).read_text() == seen


async def test_what_was_not_decided_is_looked_at_again(room: Newsroom) -> None:
    """A reload that failed, or only showed a preview, is made again by the watch and by a start."""
    one = await room.start()
    room.write("2026-12-05")
    with closing(sqlite3.connect(room.folder / "detente.sqlite")) as connection:
        connection.execute("ALTER TABLE packages RENAME TO away")
        with pytest.raises(StoreError):
            await one.reloading.reload(WATCH)
        connection.execute("ALTER TABLE away RENAME TO packages")
    assert (await one.reloading.reload(WATCH)).result is UseResult.APPLIED
    room.write("2026-12-06")
    assert (await one.reloading.reload(ANN, Consent(version=one.version))).result is UseResult.SHOWN
    assert (await one.reloading.reload(WATCH)).result is UseResult.APPLIED


async def test_a_check_that_failed_is_made_again(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where checking itself fails, the content is refused for now, and a watch tries the same content again."""
    real = editing.vet
    failing = [True]

    async def vet(files: ContentFiles, now: datetime) -> tuple[Problem, ...]:
        if failing:
            raise ContentError([Problem(Location("content"), "the content could not be checked")])
        return await real(files, now)

    one = await room.start()
    object.__setattr__(one.reloading._source, "vet", vet)
    room.write("2026-12-05")
    assert (await one.reloading.reload(WATCH)).result is UseResult.REFUSED
    failing.clear()
    assert (await one.reloading.reload(WATCH)).result is UseResult.APPLIED


async def test_a_watch_checks_nothing_twice(room: Newsroom) -> None:
    """A folder that changed in ways that are no change of the content, or was refused already, costs no check and no row in the trail."""
    one = await room.start()
    assert (await one.reloading.reload(WATCH)).result is UseResult.UNCHANGED
    room.break_content()
    assert (await one.reloading.reload(WATCH)).result is UseResult.REFUSED
    assert (await one.reloading.reload(WATCH)).result is UseResult.UNCHANGED
    assert "cannot be used (4 problems; detente check lists them)" in one.reloading.warning
    assert [entry[:2] for entry in await room.trail()] == [("start", "applied"), ("reload", "refused")]


async def test_a_file_that_cannot_be_read_is_told(room: Newsroom) -> None:
    """A file that joins good content and cannot be read is refused, not passed over, and the owner hears of it at the next start."""
    one = await room.start()
    (room.content / "events" / "lost.yaml").symlink_to(room.folder / "nowhere")
    assert (await one.reloading.reload(WATCH)).result is UseResult.REFUSED
    again = await room.start()
    assert (again.beginning.result, again.beginning.is_news) == (UseResult.KEPT_EARLIER, True)
    assert "events/lost.yaml" in str(again.beginning.problems)


async def test_consent_is_for_what_was_replaced_too(room: Newsroom) -> None:
    """A preview's button does not replace what another editor has put to use since; it shows again what would change."""
    one, two = await room.start(_machine(room, "a")), await room.start(_machine(room, "b"))
    room.write("2026-12-05")
    seen = await two.reloading.preview(ANN)
    room.write("2026-12-06")
    await one.reloading.reload(ANN)
    room.write("2026-12-05")
    asked = Consent(version=seen.version, current=seen.current, is_confirmed=True)
    shown = await two.reloading.reload(ANN, asked)
    assert (shown.result, shown.current, shown.version) == (UseResult.SHOWN, one.version, seen.version)


async def test_what_another_process_confirmed_is_no_warning(room: Newsroom) -> None:
    """A folder's content that waited for a confirmation and got it elsewhere is in use here too, and nothing is in the way."""
    one = await room.start(_machine(room, "a"))
    two = await room.start(_machine(room, "b"))
    room.write("2026-12-05")
    two.reloading._warning, two.reloading._in_folder = "it waits", read_files(room.content).version
    await one.reloading.reload(ANN)
    await two.reloading.follow()
    assert (two.version, two.reloading.warning) == (one.version, "")


async def test_two_who_apply_the_same_are_both_in_the_trail(room: Newsroom) -> None:
    """Of two who put the same content to use at once, the second is noted too, as having changed nothing."""
    one = await room.start()
    room.write("2026-12-05")
    version = (await one.reloading.reload(ANN)).version
    use = Use(at=room.now, action=Action.RELOAD, by=ANN, version=version, result=UseResult.APPLIED)
    await room.store.contents.apply(use, b"", instead_of="whatever")
    assert [entry[1] for entry in await room.trail()] == ["applied", "applied", "unchanged"]


async def test_what_failed_is_in_the_trail(room: Newsroom) -> None:
    """A rollback that has nowhere to go back to is noted as failed."""
    one = await room.start()
    with pytest.raises(Exception, match="NothingToReturnTo"):
        await one.reloading.roll_back(ANN)
    assert (await room.trail())[-1][:2] == ("rollback", "failed")


async def test_a_long_failure_is_cut(room: Newsroom) -> None:
    """What keeps a process from following is told in one sentence, however many problems there are."""
    one = await room.start()
    files = ContentFiles("content", (("events/all.yaml", b"- {id: x}\n" * 2000),))
    use = Use(at=room.now, action=Action.RELOAD, by=ANN, version=files.version, result=UseResult.APPLIED)
    await room.store.contents.apply(use, files.pack(), instead_of=one.version)
    await one.reloading.follow()
    assert 0 < len(one.reloading.warning) <= 300


def test_one_problem_is_told_as_one() -> None:
    """The health check's sentence counts in plain English."""
    assert "(1 problem; detente check tells it)" in warn(UseResult.REFUSED, "v", 1, 0)
