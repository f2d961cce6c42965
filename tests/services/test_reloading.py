"""An editor at work: preview, reload, rollback, and every process that follows."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.editions import Action, Editor, Origin, Use, UseResult
from bot.domain.ledger import AlertKind
from bot.errors import ContentError, NothingToReturnToError, StoreError
from bot.knowledge.files import ContentFiles, read_files
from bot.services.reloading import FOLLOW_EVERY, TRY_AGAIN, Consent
from bot.store.store import open_store
from tests.services.editing import ANN, Newsroom

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.services.editing import Process

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    """A newsroom on 22 November 2026 at noon."""
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'detente.sqlite'}") as store:
        yield Newsroom(store, tmp_path, NOW)


async def _announce(room: Newsroom, process: Process, *channels: int) -> None:
    """Let channels have been told of the summit, seven days before."""
    await room.subscribe(*channels)
    await room.plan(process)
    room.now = datetime(2026, 11, 26, 9, tzinfo=UTC)
    await room.plan(process)
    await room.store.ledger.claim("somebody", now=room.now, lease=timedelta(hours=1), limit=100)  # they are being told


async def test_a_preview_shows_and_changes_nothing(room: Newsroom) -> None:
    """A preview names what differs by kind and date, leaves everything as it is, and is in the trail."""
    one = await room.start()
    before = one.version
    room.write("2026-12-05")
    shown = await one.reloading.preview(ANN)
    assert (shown.result, shown.current, shown.version == before) == (UseResult.SHOWN, before, False)
    assert shown.diff is not None
    assert [(kind.kind, kind.changed) for kind in shown.diff.kinds] == [("deadlines", ("summit",))]
    (moved,) = shown.diff.dates
    assert (str(moved.old and moved.old.first), str(moved.new and moved.new.first)) == ("2026-12-03", "2026-12-05")
    assert (one.version, one.swaps) == (before, [])
    assert await room.trail() == [("start", "applied", before), ("preview", "shown", shown.version)]


async def test_a_reload_swaps_and_is_kept(room: Newsroom) -> None:
    """A reload lets readers see the new content, wakes whoever works with it, and outlives a restart and the folder's loss."""
    one = await room.start()
    before = one.knowledge.current
    room.write("2026-12-05")
    applied = await one.reloading.reload(ANN)
    assert applied.result is UseResult.APPLIED
    assert str(one.summit and one.summit.when.first_day) == "2026-12-05"
    assert str(next(d for d in before.knowledge.deadlines if d.id == "summit").when.first_day) == "2026-12-03"
    assert one.swaps == [applied.version]
    assert (await room.trail())[-1] == ("reload", "applied", applied.version)
    again = await room.start()
    assert (again.version, again.beginning.result) == (applied.version, UseResult.UNCHANGED)


async def test_broken_content_never_replaces_good(room: Newsroom) -> None:
    """Content with a problem is refused with the place of the problem, and what was in use stays."""
    one = await room.start()
    before = one.version
    room.break_content()
    refused = await one.reloading.reload(ANN)
    assert refused.result is UseResult.REFUSED
    assert any("events/all.yaml:2" in str(problem) or "events/all.yaml:1" in str(problem) for problem in refused.problems)
    assert (one.version, one.swaps) == (before, [])
    assert (await room.trail())[-1][:2] == ("reload", "refused")
    assert str(refused.problems[0]) in (await room.store.contents.list_uses(0, 1))[0][0].detail


async def test_the_same_content_is_unchanged(room: Newsroom) -> None:
    """A reload without a change says so."""
    one = await room.start()
    assert (await one.reloading.reload(ANN)).result is UseResult.UNCHANGED
    assert one.swaps == []


async def test_what_was_previewed_is_what_is_applied(room: Newsroom) -> None:
    """A reload that names the version of its preview applies nothing once the folder holds another; the answer shows the new one."""
    one = await room.start()
    room.write("2026-12-05")
    seen = (await one.reloading.preview(ANN)).version
    room.write("2026-12-06")
    shown = await one.reloading.reload(ANN, Consent(version=seen))
    assert (shown.result, one.swaps) == (UseResult.SHOWN, [])
    assert (await one.reloading.reload(ANN, Consent(version=shown.version))).result is UseResult.APPLIED


async def test_rollback_goes_back_step_by_step(room: Newsroom) -> None:
    """Each rollback goes one step further back, without touching the files; at the end there is nothing to go back to."""
    one = await room.start()
    versions = [one.version]
    for day in ("2026-12-05", "2026-12-06"):
        room.write(day)
        versions.append((await one.reloading.reload(ANN)).version)
    on_disk = (room.content / "deadlines/all.yaml").read_bytes()
    assert (await one.reloading.preview_rollback(ANN)).version == versions[1]
    for version in (versions[1], versions[0]):
        back = await one.reloading.roll_back(ANN)
        assert (back.result, back.version, one.version) == (UseResult.APPLIED, version, version)
    with pytest.raises(NothingToReturnToError):
        await one.reloading.roll_back(ANN)
    assert (room.content / "deadlines/all.yaml").read_bytes() == on_disk
    again = await room.start()
    assert again.version == versions[0]


async def test_many_messages_need_a_confirmation(room: Newsroom) -> None:
    """A change that would send more messages than the limit is applied only once somebody agreed to them, for this very version."""
    one = await room.start()
    await _announce(room, one, *range(1, 12))
    room.write("2026-12-05")
    asked = await one.reloading.reload(ANN)
    assert asked.result is UseResult.UNCONFIRMED
    assert asked.impact is not None
    assert [(n.kind, n.messages) for n in asked.impact.notices] == [(AlertKind.MOVED, 11)]
    assert (asked.impact.servers, asked.impact.subscriptions, asked.impact.messages) == (11, 11, 11)
    assert (await one.reloading.reload(ANN, Consent(version=asked.version))).result is UseResult.UNCONFIRMED
    assert (await one.reloading.reload(ANN, Consent(is_confirmed=True))).result is UseResult.UNCONFIRMED
    assert one.swaps == []
    assert (await one.reloading.reload(ANN, Consent(version=asked.version, is_confirmed=True))).result is UseResult.APPLIED
    await room.plan(one)  # from now on somebody is to hear of the new date
    assert (await one.reloading.roll_back(ANN)).result is UseResult.UNCONFIRMED


async def test_the_foreseen_notices_are_those_that_follow(room: Newsroom) -> None:
    """What a preview foresees is what the planner then writes: one notice for each channel that was told, and nobody else."""
    one = await room.start()
    await _announce(room, one, 1, 2, 3)
    await room.subscribe(4)
    room.write("2026-12-05")
    applied = await one.reloading.reload(ANN)
    assert applied.impact is not None
    assert applied.impact.messages == 3
    assert [(a.lead, a.messages) for a in applied.impact.upcoming][:1] == [(7, 4)]
    await room.plan(one)
    entries = [e for guild in range(1, 5) for e in (await room.store.ledger.list_history(guild, offset=0, limit=99))[0]]  # type: ignore[arg-type]
    assert [e.alert.kind for e in entries].count(AlertKind.MOVED) == 3


async def test_a_corrected_text_sends_nothing(room: Newsroom) -> None:
    """A changed summary is a change without a date, a notice or a message."""
    one = await room.start()
    await _announce(room, one, 1)
    text = (room.content / "deadlines/all.yaml").read_text()
    (room.content / "deadlines/all.yaml").write_text(text.replace("They meet.", "They will meet.", 1))
    applied = await one.reloading.reload(ANN)
    assert applied.diff is not None
    assert applied.impact is not None
    assert (applied.result, applied.diff.dates, applied.impact.messages) == (UseResult.APPLIED, (), 0)


async def test_other_processes_follow(room: Newsroom) -> None:
    """A process uses what another one put to use, also where its own folder holds something else, and goes back with it."""
    one, two = await room.start(), await room.start()
    first = one.version
    room.write("2026-12-05")
    second = (await one.reloading.reload(ANN)).version
    room.write("2026-12-24")
    assert await two.reloading.follow() == FOLLOW_EVERY
    assert (two.version, two.swaps) == (second, [second])
    await one.reloading.roll_back(ANN)
    await two.reloading.follow()
    assert two.version == first


async def test_two_editors_at_once_do_not_undo_each_other(room: Newsroom) -> None:
    """A reload first takes up what another process applied, and is held against that."""
    one, two = await room.start(), await room.start()
    room.write("2026-12-05")
    second = (await one.reloading.reload(ANN)).version
    room.write("2026-12-06")
    third = await two.reloading.reload(ANN)
    assert (third.result, third.current) == (UseResult.APPLIED, second)
    assert (await two.reloading.roll_back(ANN)).version == second


async def test_what_cannot_be_used_here_is_told(room: Newsroom) -> None:
    """Where a newer program wrote content that this one cannot use, it says so, tries again later, and a reload is the way out."""
    one = await room.start()
    broken = "- id: [\n"
    use = await _use_of_newer(room, one.version, broken)
    assert await one.reloading.follow() == TRY_AGAIN
    status = await one.reloading.look(ANN)
    assert status.edition is not None
    assert (status.edition.version, status.in_use != use) == (use, True)
    assert "not valid YAML" in status.failure
    room.write("2026-12-05")
    assert (await one.reloading.reload(ANN)).result is UseResult.APPLIED
    assert (await one.reloading.look(ANN)).failure == ""


async def _use_of_newer(room: Newsroom, instead_of: str, text: str) -> str:
    """Put content to use that this program cannot read."""
    files = ContentFiles("content", (("events/all.yaml", text.encode()),))
    use = Use(at=room.now, action=Action.RELOAD, by=ANN, version=files.version, result=UseResult.APPLIED)
    await room.store.contents.apply(use, files.pack(), instead_of=instead_of)
    return files.version


async def test_everything_is_in_the_trail(room: Newsroom) -> None:
    """Status, preview, reload, rollback and history are each noted with who did it; turning a page is not."""
    one = await room.start()
    await one.reloading.look(ANN)
    room.write("2026-12-05")
    await one.reloading.preview(ANN)
    await one.reloading.reload(Editor(Origin.SIGNAL))
    await one.reloading.roll_back(ANN)
    await one.reloading.list_uses(ANN, 0, 5)
    uses, total = await one.reloading.list_uses(None, 5, 5)
    assert total == 6
    assert [str(use.action) for use in uses] == ["start"]
    everything = (await room.store.contents.list_uses(0, 9))[0]
    assert [(str(u.action), u.by.origin, u.by.user_id) for u in reversed(everything)] == [
        ("start", Origin.START, None),
        ("status", Origin.COMMAND, 100),
        ("preview", Origin.COMMAND, 100),
        ("reload", Origin.SIGNAL, None),
        ("rollback", Origin.COMMAND, 100),
        ("history", Origin.COMMAND, 100),
    ]
    assert all(use.at == NOW for use in everything)


async def test_a_database_that_fails_changes_nothing(room: Newsroom) -> None:
    """Where the database cannot keep it, the content stays as it was and the error is told."""
    one = await room.start()
    before = one.version
    room.write("2026-12-05")
    with contextlib.closing(sqlite3.connect(room.folder / "detente.sqlite")) as connection:
        connection.execute("DROP TABLE packages")
    with pytest.raises(StoreError):
        await one.reloading.reload(ANN)
    assert (one.version, one.swaps) == (before, [])


async def test_a_folder_that_keeps_changing_is_refused(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """While somebody keeps writing, nothing is applied: half of a change is none."""
    one = await room.start()
    days = iter(range(1, 60))

    def read(folder: Path) -> object:
        room.write(datetime(2027, 1, 1).date() + timedelta(days=next(days)))  # noqa: DTZ001 - only its date is used
        return read_files(folder)

    monkeypatch.setattr("bot.services.supplying.read_files", read)
    refused = await one.reloading.reload(ANN)
    assert refused.result is UseResult.REFUSED
    assert "keeps changing" in str(refused.problems)
    assert one.swaps == []


async def test_nothing_kept_is_told(room: Newsroom) -> None:
    """A content that the database lost cannot be followed: that is an error, not silence."""
    one = await room.start()
    with pytest.raises(ContentError, match="does not keep"):
        await one.reloading._unpack("000000000000")
