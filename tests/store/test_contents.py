"""Which content is in use, and who did what with it, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.editions import Action, Edition, Editor, Origin, UseId, UseResult
from bot.domain.subscriptions import UserId
from bot.errors import StaleContentError
from bot.store.contents import KEPT
from bot.store.store import open_store
from tests.store.making import MANAGER, NOW, use

if TYPE_CHECKING:
    from bot.store.store import Store


async def _apply(store: Store, *versions: str) -> None:
    """Put contents to use one after the other; each is packed as its own name."""
    for version in versions:
        edition = await store.contents.find_edition()
        await store.contents.apply(use(version), version.encode(), instead_of=edition.version if edition else None)


async def _go_back(store: Store) -> str:
    """Take one step back and return the version in use then."""
    edition = await store.contents.find_edition()
    assert edition is not None
    assert edition.returns_to is not None
    return (await store.contents.go_back(use(edition.returns_to, Action.ROLLBACK), instead_of=edition.version)).version


async def _way_back(store: Store) -> str | None:
    edition = await store.contents.find_edition()
    assert edition is not None
    return edition.returns_to


async def test_what_is_in_use_is_told_with_who_put_it_to_use(store: Store) -> None:
    """Nothing at first; then the edition with its moment, its editor, whose id has 60 bits, and the way back."""
    assert await store.contents.find_edition() is None
    first = await store.contents.apply(use("a", at=NOW), b"a", instead_of=None)
    by = Editor(Origin.COMMAND, MANAGER)
    assert first == Edition(id=UseId(1), version="a", since=NOW, by=by, returns_to=None)
    watched = Editor(Origin.WATCH)
    second = await store.contents.apply(use("b", at=NOW + timedelta(days=1), by=watched), b"b", instead_of="a")
    assert second == Edition(id=UseId(2), version="b", since=NOW + timedelta(days=1), by=watched, returns_to="a")
    assert await store.contents.find_edition() == second
    assert [await store.contents.find_packed(version) for version in ("a", "b", "c")] == [b"a", b"b", None]


async def test_what_is_in_use_already_stays_as_it_is(store: Store) -> None:
    """Applied again, a content keeps its edition, also for somebody who thinks that another one is in use; each is in the trail."""
    await _apply(store, "a", "b")
    before = await store.contents.find_edition()
    for instead_of in ("b", "a", None):
        assert await store.contents.apply(use("b", at=NOW + timedelta(days=1)), b"other", instead_of=instead_of) == before
    uses, _ = await store.contents.list_uses(0, 9)
    assert [each.result for each in uses] == [UseResult.UNCHANGED] * 3 + [UseResult.APPLIED] * 2
    assert await store.contents.find_packed("b") == b"b"


async def test_what_was_taken_back_is_known(store: Store) -> None:
    """A content counts as taken back from the step back until it is applied again; one that was replaced or never used does not."""
    await _apply(store, "a", "b", "c")
    assert [await store.contents.was_taken_back(version) for version in "abcd"] == [False] * 4
    await _go_back(store)
    assert [await store.contents.was_taken_back(version) for version in "abcd"] == [False, False, True, False]
    await _apply(store, "c", "d")
    assert [await store.contents.was_taken_back(version) for version in "abcd"] == [False] * 4


async def test_each_step_back_leads_one_further(store: Store) -> None:
    """From the third to the second to the first, and no further; a new one leads back to where it began."""
    await _apply(store, "a", "b", "c")
    assert [await _go_back(store), await _go_back(store)] == ["b", "a"]
    assert await _way_back(store) is None
    await _apply(store, "d")
    assert await _go_back(store) == "a"
    assert await _way_back(store) is None


async def test_back_and_the_same_again(store: Store) -> None:
    """A content that was taken back and applied once more leads back to the one before it."""
    await _apply(store, "a", "b")
    await _go_back(store)
    await _apply(store, "b", "a")
    assert [await _go_back(store), await _go_back(store)] == ["b", "a"]
    assert await _way_back(store) is None


@pytest.mark.parametrize("instead_of", [None, "a", "c"])
async def test_who_rests_on_another_content_changes_nothing(store: Store, instead_of: str | None) -> None:
    """Neither a new content nor a step back comes in place of one that the asker had not seen."""
    await _apply(store, "a", "b")
    before = await store.contents.find_edition()
    with pytest.raises(StaleContentError):
        await store.contents.apply(use("d"), b"d", instead_of=instead_of)
    with pytest.raises(StaleContentError):
        await store.contents.go_back(use("a", Action.ROLLBACK), instead_of=instead_of or "")
    assert await store.contents.find_edition() == before
    assert await store.contents.find_packed("d") is None
    assert (await store.contents.list_uses(0, 9))[1] == 2


@pytest.mark.parametrize("wanted", ["a", "c", "x"])
async def test_no_step_leads_elsewhere(store: Store, wanted: str) -> None:
    """One step back leads to the content before, and to no other."""
    await _apply(store, "a", "b", "c")
    with pytest.raises(StaleContentError):
        await store.contents.go_back(use(wanted, Action.ROLLBACK), instead_of="c")


async def test_there_is_no_way_back_from_the_first(store: Store) -> None:
    """With nothing in use, or nothing before it, going back is refused."""
    with pytest.raises(StaleContentError):
        await store.contents.go_back(use("a", Action.ROLLBACK), instead_of="a")
    await _apply(store, "a")
    with pytest.raises(StaleContentError):
        await store.contents.go_back(use("a", Action.ROLLBACK), instead_of="a")


async def test_two_that_apply_at_once_are_one_after_the_other(store: Store, url: str) -> None:
    """Of two processes that replace the same content, one succeeds and the other is told; the same content twice succeeds twice."""
    await _apply(store, "a")
    async with open_store(url) as other:
        results = await asyncio.gather(
            *(s.contents.apply(use(v), v.encode(), instead_of="a") for s, v in ((store, "b"), (other, "c"))), return_exceptions=True
        )
        [won] = [result.version for result in results if isinstance(result, Edition)]
        assert sum(isinstance(result, StaleContentError) for result in results) == 1
        same = await asyncio.gather(*(s.contents.apply(use("d"), b"d", instead_of=won) for s in (store, other)))
        assert same[0] == same[1] == await other.contents.find_edition()
    assert [each.version for each in (await store.contents.list_uses(0, 9))[0]] == ["d", "d", won, "a"]


async def test_old_contents_are_dropped_and_the_trail_stays(store: Store) -> None:
    """The contents used last are kept, each once, however often it was used; of all others only the trail tells."""
    versions = [f"v{number:02}" for number in range(KEPT + 2)]
    await _apply(store, *versions)
    kept = [version for version in versions if await store.contents.find_packed(version) is not None]
    assert kept == versions[-KEPT:]
    assert await store.contents.has_used("v00")
    assert (await store.contents.list_uses(0, 1))[1] == KEPT + 2
    assert [await _go_back(store) for _ in range(KEPT - 1)] == kept[-2::-1]
    assert await _way_back(store) is None


async def test_a_dropped_content_can_be_applied_again(store: Store) -> None:
    """What was dropped is kept once more when it comes into use again."""
    await _apply(store, *(f"v{number:02}" for number in range(KEPT + 1)))
    assert await store.contents.find_packed("v00") is None
    await _apply(store, "v00")
    assert await store.contents.find_packed("v00") == b"v00"


async def test_the_trail_tells_everything_newest_first(store: Store) -> None:
    """Each use is there as it was noted, in pages, and only what was applied is in use."""
    done = [
        use("a", Action.START, by=Editor(Origin.START)),
        use("b", Action.PREVIEW, UseResult.SHOWN, at=NOW + timedelta(minutes=1), by=Editor(Origin.COMMAND, UserId(2**63 - 1))),
        use("b", Action.RELOAD, UseResult.REFUSED, at=NOW + timedelta(minutes=2), detail="2 problems"),
        replace(use("", Action.HISTORY, UseResult.SHOWN), version=None),
    ]
    assert await store.contents.list_uses(0, 9) == ((), 0)
    await store.contents.apply(done[0], b"a", instead_of=None)
    for each in done[1:]:
        await store.contents.note(each)
    assert await store.contents.list_uses(0, 9) == (tuple(reversed(done)), 4)
    assert await store.contents.list_uses(1, 2) == ((done[2], done[1]), 4)
    assert await store.contents.list_uses(4, 2) == ((), 4)
    edition = await store.contents.find_edition()
    assert edition is not None
    assert edition.version == "a"
    assert [await store.contents.has_used(version) for version in ("a", "b", "c")] == [True, False, False]
