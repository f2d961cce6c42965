"""What a content folder held in a git revision, asked of a real git."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import ContentError
from bot.knowledge.files import read_files
from bot.knowledge.loading import load_files
from bot.knowledge.revisions import RevisionError, read_revision
from tests.small import SMALL, write_content

ERA = '- {id: old, title: Of old, date: "1900/1910"}\n'


@pytest.fixture(autouse=True)
def _own_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep whatever git is set up to do on this machine out of the tests."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))


def git(folder: Path, *arguments: str) -> str:
    """Run git in `folder` as somebody with a name."""
    who = ("-c", "user.name=Editor", "-c", "user.email=editor@example.org", "-c", "init.defaultBranch=main")
    return subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit(repository: Path, message: str) -> str:
    """Commit everything; return the id."""
    git(repository, "add", "--all")
    git(repository, "commit", "--message", message)
    return git(repository, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits: the small content in knowledge/content, then with another era; the first is tagged v1."""
    top = tmp_path / "repository"
    folder = write_content(top / "knowledge" / "content", SMALL)
    git(top, "init", "--quiet")
    commit(top, "first")
    git(top, "tag", "v1")
    write_content(folder, {"eras.yaml": ERA, ".editorconfig": "root = true\n", "schema/era.json": "{}"})
    commit(top, "second")
    return top


def test_a_revision_is_read_as_its_files_were(repository: Path) -> None:
    """A tag, a branch, a commit and HEAD~1 give the files of that time, whatever the folder holds now, named as git names them."""
    folder = repository / "knowledge" / "content"
    write_content(folder, {"eras.yaml": "not committed"})
    first = tuple(sorted((name, text.encode()) for name, text in SMALL.items()))
    for revision in ("v1", "HEAD~1", git(repository, "rev-parse", "v1")):
        assert read_revision(folder, revision).files == first
    newest = read_revision(folder, "main")
    assert dict(newest.files)["eras.yaml"] == ERA.encode()
    assert len(newest.files) == len(first)
    assert str(newest.locate("eras.yaml")) == "main:knowledge/content/eras.yaml:1:1"


def test_a_clean_folder_equals_its_revision(repository: Path) -> None:
    """What is committed as it stands has the same version, hidden files and the schema left out on both sides."""
    folder = repository / "knowledge" / "content"
    assert read_revision(folder, "HEAD").version == read_files(folder).version
    assert load_files(read_revision(folder, "HEAD")).knowledge is not None


def test_a_folder_may_be_the_whole_repository(tmp_path: Path) -> None:
    """Content at the top of its repository is read as well."""
    write_content(tmp_path / "top", SMALL)
    git(tmp_path / "top", "init", "--quiet")
    commit(tmp_path / "top", "all")
    assert len(read_revision(tmp_path / "top", "HEAD").files) == len(SMALL)


@pytest.mark.parametrize(
    "revision", ["nowhere", "v1:knowledge", "HEAD~7", "v1..main", "", "--output=stolen", "-h", "--all", "v1 main", "@{9}"]
)
def test_an_unknown_revision_is_refused(repository: Path, revision: str) -> None:
    """What is no commit, or looks like an option, is told in one sentence; nothing is written."""
    before = sorted(repository.rglob("*"))
    with pytest.raises(RevisionError, match="There is no revision") as caught:
        read_revision(repository / "knowledge" / "content", revision)
    assert repr(revision) in str(caught.value)
    assert caught.value.exit_code == 2
    assert sorted(repository.rglob("*")) == before


def test_a_folder_that_the_revision_lacks(repository: Path) -> None:
    """A folder that is newer than the revision is named."""
    folder = write_content(repository / "newer", SMALL)
    with pytest.raises(RevisionError, match="The revision 'v1' has no folder newer"):
        read_revision(folder, "v1")


def test_a_file_of_that_name_is_no_folder(repository: Path) -> None:
    """Where a file stood in the folder's place, git's own words are passed on."""
    (repository / "place").write_text("a file", encoding="utf-8")
    commit(repository, "third")
    (repository / "place").unlink()
    folder = write_content(repository / "place", SMALL)
    with pytest.raises(RevisionError, match=r"git could not read place in the revision 'HEAD': .*tree"):
        read_revision(folder, "HEAD")


def test_a_folder_outside_any_repository(tmp_path: Path) -> None:
    """A folder that lies in no repository is told as such."""
    with pytest.raises(RevisionError, match="lies in no git repository"):
        read_revision(write_content(tmp_path / "alone", SMALL), "HEAD")


def test_a_repository_without_commits(tmp_path: Path) -> None:
    """In a repository where nothing was ever committed there is no HEAD yet."""
    folder = write_content(tmp_path / "fresh", SMALL)
    git(folder, "init", "--quiet")
    with pytest.raises(RevisionError, match="There is no revision 'HEAD'"):
        read_revision(folder, "HEAD")


def test_a_shallow_clone_says_how_to_get_the_rest(repository: Path, tmp_path: Path) -> None:
    """In a clone of depth 1 the newest commit can be read, and of an older one it is told why not."""
    git(tmp_path, "clone", "--quiet", "--depth", "1", repository.as_uri(), "shallow")
    folder = tmp_path / "shallow" / "knowledge" / "content"
    assert dict(read_revision(folder, "HEAD").files)["eras.yaml"] == ERA.encode()
    with pytest.raises(RevisionError, match="git fetch --unshallow"):
        read_revision(folder, "HEAD~1")


def test_without_git(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where git is not installed, that is said, and what works without it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RevisionError, match="git is needed"):
        read_revision(repository / "knowledge" / "content", "HEAD")


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a script before git; in it, $GIT is the real one."""
    real = shutil.which("git")

    def install(text: str) -> None:
        path = tmp_path / "bin" / "git"
        path.parent.mkdir()
        path.write_text(f"#!/bin/sh\nGIT={real}\n{text}\n", encoding="utf-8")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")

    return install


def test_git_is_never_asked_what_looks_like_an_option(repository: Path, tmp_path: Path, script: Callable[[str], None]) -> None:
    """A revision that begins with a dash is refused before git sees it."""
    script(f'echo "$@" >> {tmp_path}/asked\nexec $GIT "$@"')
    with pytest.raises(RevisionError):
        read_revision(repository / "knowledge" / "content", "--output=stolen")
    asked = (tmp_path / "asked").read_text(encoding="utf-8")
    assert "rev-parse" in asked
    assert "stolen" not in asked


def test_a_git_that_hangs_is_left(repository: Path, script: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """A git that does not answer in time is ended and told."""
    script("exec sleep 60")
    monkeypatch.setattr("bot.knowledge.revisions.LONGEST", 0.2)
    with pytest.raises(RevisionError, match="git took longer"):
        read_revision(repository / "knowledge" / "content", "HEAD")


def test_too_much_content_is_a_problem_of_it(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits of a content folder hold for a revision too."""
    monkeypatch.setattr("bot.knowledge.files.MAX_FILES", 3)
    assert "larger than 3 files" in str(read_revision(repository / "knowledge" / "content", "HEAD").problems[0])


def test_what_git_hands_over_must_be_an_archive(repository: Path, script: Callable[[str], None]) -> None:
    """An answer that is no archive is content that cannot be used."""
    script('[ "$3" = archive ] && echo nonsense && exit 0\nexec $GIT "$@"')
    with pytest.raises(ContentError, match=r"HEAD:knowledge/content.* no archive"):
        read_revision(repository / "knowledge" / "content", "HEAD")
