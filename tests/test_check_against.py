"""`detente check --against`: what differs from another folder or from a git revision."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.knowledge.test_revisions import commit, git
from tests.processes import Finished, detente
from tests.small import SMALL, write_content

LATER = {
    **SMALL,
    "deadlines/all.yaml": SMALL["deadlines/all.yaml"].replace("2026-12-03/2026-12-04", "2099-12-05").replace("A vote", "The vote"),
}
MOVED = (
    "A date that moves names its old day in `moved_from`, or its card does not say that it moved; here one does not.",
    "Whoever was told the old date is told the new one either way. Where the old day was a mistake, leave it so.",
)
UNGIT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A repository whose one commit has the small content; a date has been moved since."""
    write_content(tmp_path / "content", SMALL)
    git(tmp_path, "init", "--quiet")
    commit(tmp_path, "first")
    write_content(tmp_path / "content", LATER)
    return tmp_path


async def _check(place: Path, against: str, folder: str = "content") -> Finished:
    return await detente("check", folder, f"--against={against}", cwd=place, GIT_CEILING_DIRECTORIES=str(place.parent), **UNGIT)


async def test_against_a_revision(place: Path) -> None:
    """After the check stands what differs from the revision: the date that moved and the title that changed, with the counts."""
    ended = await _check(place, "HEAD")
    assert ended.code == 0, ended.err
    checked, _, difference = ended.out.partition("\nAgainst HEAD:content:\n\n")
    assert checked.endswith("0 errors, 0 warnings\n")
    assert difference == (
        "Deadlines: 2 changed\n- changed: A summit (summit): 3 to 4 December 2026 → 5 December 2099\n- changed: The vote (vote)\n"
        f"{' '.join(MOVED)}\n"
    )
    named = LATER["deadlines/all.yaml"].replace("  status: scheduled\n", '  status: scheduled\n  moved_from: "2026-12-03"\n', 1)
    write_content(place / "content", {"deadlines/all.yaml": named})
    assert MOVED[0] not in (await _check(place, "HEAD")).out


async def test_against_a_folder(place: Path) -> None:
    """A folder of that name is taken rather than a revision, and needs no git."""
    write_content(place / "main", SMALL)
    ended = await detente("check", "content", "--against", "main", cwd=place, PATH="")
    assert ended.code == 0, ended.err
    assert "Against main:\n\nDeadlines: 2 changed\n" in ended.out


async def test_nothing_differs(place: Path) -> None:
    """The same content is told to be the same."""
    assert (await _check(place, "content")).out.endswith("No entry and no line of the wording differs.\n")


async def test_content_with_errors_is_compared_and_ends_with_3(place: Path) -> None:
    """What loads is compared even where the check finds errors; what does not load is not."""
    write_content(place / "content", {"deadlines/all.yaml": LATER["deadlines/all.yaml"].replace("[ministry]", "[nobody]", 1)})
    ended = await _check(place, "HEAD")
    assert ended.code == 3
    assert "1 errors" in ended.out
    assert "→ 5 December 2099" in ended.out
    write_content(place / "content", {"tags.yaml": "- {id: A}\n"})
    ended = await _check(place, "HEAD")
    assert ended.code == 3
    assert ended.out.endswith("Not compared with HEAD: content must load first.\n")


@pytest.mark.parametrize(
    ("against", "said"),
    [
        ("nowhere", "There is no revision 'nowhere' in the git repository of content."),
        ("--output=stolen", "There is no revision '--output=stolen'"),
        ("", "There is no revision ''"),
    ],
)
async def test_a_revision_that_is_none(place: Path, against: str, said: str) -> None:
    """What is neither a folder nor a revision ends with 2 and one sentence."""
    ended = await _check(place, against)
    assert ended.code == 2
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert "stolen" not in git(place, "status", "--short", "--untracked-files=all")


async def test_outside_a_repository(tmp_path: Path) -> None:
    """Content in no repository ends with 2."""
    write_content(tmp_path / "content", SMALL)
    ended = await _check(tmp_path, "HEAD")
    assert ended.code == 2
    assert "content lies in no git repository that can be read" in ended.err


async def test_old_content_that_this_version_cannot_load(place: Path) -> None:
    """Where the program expects more than the old content has, that is said with every problem, and it ends with 3."""
    wording = SMALL["wording/en.yaml"].replace("\n  today: today\n", "\n").replace("\n  tomorrow: tomorrow\n", "\n")
    write_content(place / "content", {"wording/en.yaml": wording})
    commit(place, "older")
    write_content(place / "content", LATER)
    ended = await _check(place, "HEAD")
    assert ended.code == 3
    assert "HEAD:content, which this version of the program cannot load:" in ended.err
    assert "HEAD:content/wording/en.yaml:" in ended.err
    assert "the key 'dates.today' is missing" in ended.err
    assert "the key 'dates.tomorrow' is missing" in ended.err
