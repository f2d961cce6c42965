"""What a content folder held in a revision of the git repository it lies in."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from bot.errors import DetenteError
from bot.knowledge.files import unpack

if TYPE_CHECKING:
    from pathlib import Path

    from bot.knowledge.files import ContentFiles

LONGEST = 60.0
"""Seconds that git may take for one question."""


class RevisionError(DetenteError):
    """A revision cannot be read from git; the text says why and what to do."""

    exit_code = 2


def read_revision(folder: Path, revision: str) -> ContentFiles:
    """Read all content that `folder` held in `revision`: a branch, a tag, `HEAD~2`, whatever git takes for a commit.

    Problems name its files as git does, `main:content/tags.yaml`. Raises RevisionError where git has no such thing.
    """
    top, path, is_shallow = _find_place(folder)
    commit = _resolve(folder, f"{revision}^{{commit}}")
    if commit is None:
        msg = f"There is no revision {revision!r} in the git repository of {folder}."
        hint = " The clone is a shallow one, without the older commits: `git fetch --unshallow` fetches them."
        raise RevisionError(msg + (hint if is_shallow else " Name a branch, a tag or a commit; `git fetch` brings those of the server."))
    if _resolve(folder, f"{commit}:{path}") is None:
        raise RevisionError(f"The revision {revision!r} has no folder {path or folder}.")
    # Asked below the top, git archives only what lies at the same place below what it is asked for.
    packed = _ask(top, "archive", "--format=zip", f"{commit}:{path}")
    if packed.returncode:
        raise RevisionError(f"git could not read {path or folder} in the revision {revision!r}: {_complaint(packed)}")
    return unpack(packed.stdout, f"{revision}:{path}")


def _find_place(folder: Path) -> tuple[Path, str, bool]:
    """Return the top of the repository of `folder`, the path from there, "" for the top, and whether older commits are missing."""
    answer = _ask(folder, "rev-parse", "--is-shallow-repository", "--show-cdup", "--show-prefix")
    if answer.returncode:
        raise RevisionError(f"{folder} lies in no git repository that can be read: {_complaint(answer)}")
    is_shallow, up, path = os.fsdecode(answer.stdout).split("\n", 2)
    return folder / up, path.removesuffix("\n").removesuffix("/"), is_shallow == "true"


def _resolve(folder: Path, name: str) -> str | None:
    """Return the id of the object called `name`, or None where there is none."""
    if name.startswith("-"):
        return None  # git would take it for an option
    answer = _ask(folder, "rev-parse", "--verify", "--quiet", name)
    return answer.stdout.decode().strip() if answer.returncode == 0 else None


def _ask(folder: Path, *question: str) -> subprocess.CompletedProcess[bytes]:
    git = shutil.which("git")
    if git is None:
        raise RevisionError("To compare with a revision, git is needed, and it is not installed. A folder can be compared without it.")
    # There is no shell, and what somebody typed never stands where git would take it for an option.
    command = [git, "-C", str(folder), *question]
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LONGEST, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise RevisionError(f"git took longer than {LONGEST:.0f} seconds to answer: {' '.join(question)}") from None


def _complaint(answer: subprocess.CompletedProcess[bytes]) -> str:
    return answer.stderr.decode(errors="replace").strip() or f"it ended with code {answer.returncode}"
