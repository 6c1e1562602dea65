"""With what is a change compared, and is all that lies between in this clone?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bot.agent.surroundings import Base
from bot.gitlog import GitTrouble, resolved
from bot.gitlog.asking import revision as checked
from bot.gitlog.asking import whole

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class Unknown(Exception):
    """Something of the change cannot be told in full; the text says what, and why.

    `cut`: a clone with more of the past would help.
    """

    def __init__(self, sentence: str, *, cut: bool = False) -> None:
        self.cut = cut
        super().__init__(sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """From `base` to `revision`, both full commit ids, in the clone at `path`.

    `went_on`: the base is what went on last, so it is no surprise if it holds the revision.
    """

    path: Path
    base: str
    revision: str
    went_on: bool = False

    @property
    def range(self) -> tuple[str, str]:
        return (self.revision, f"^{self.base}")


def head(path: Path) -> str:
    """The full id of what is checked out; GitTrouble."""
    return resolved(path, "HEAD")


def full(path: Path, revision: str) -> str:
    """The full id of a revision; one that is full already need not be in the clone. GitTrouble."""
    return revision if _SHA.fullmatch(revision) else resolved(path, revision)


def compared(path: Path, revision: str, base: Base) -> Comparison:
    """Raises Unknown where nobody says with what, or where this clone does not hold it."""
    if not (base.sha or base.branch):
        raise Unknown("what it is compared with is not known: name it with --base")
    _held(path, revision, "the revision")
    if base.sha:
        found = _held(path, base.sha, f"the base ({base.said})")
    else:
        target = _held(path, f"refs/remotes/origin/{base.branch}", f"origin/{base.branch}")
        found = _forked(path, target, revision)
    if found == revision:
        raise Unknown(f"the base ({base.said}) is the revision itself: name another with --base")
    return Comparison(path=path, base=found, revision=revision, went_on=base.went_on)


def holds(path: Path, revision: str) -> bool:
    try:
        return bool(resolved(path, checked(revision)))
    except GitTrouble:
        return False


def held(path: Path, base: Base) -> None:
    """Raises Unknown where this clone does not hold it, or GitTrouble."""
    _held(path, base.sha, base.said)


def shallow(path: Path) -> frozenset[str]:
    """The commits at which this clone was cut off; GitTrouble."""
    file = path / whole(path, "rev-parse", "--git-path", "shallow").rstrip("\n")
    try:
        return frozenset(file.read_text(encoding="ascii").split())
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError):
        raise GitTrouble("where this clone was cut off cannot be read") from None


def _held(path: Path, name: str, what: str) -> str:
    checked(name)
    try:
        return resolved(path, name)
    except GitTrouble:
        how = "is shallow and " if shallow(path) else ""
        raise Unknown(f"this clone {how}does not hold {what}", cut=True) from None


def _forked(path: Path, target: str, revision: str) -> str:
    """Where the change left the branch it goes to."""
    try:
        found = whole(path, "merge-base", target, revision).split()
    except GitTrouble:
        found = []
    if not found:
        raise Unknown("this clone does not hold where the change left its branch", cut=True)
    return found[0]
