"""Who changed these files before? Whoever did may know them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.domain.change import FileChange, Identity, Mark, Touch
from bot.ports import Undelivered

MOST_FILES = 5
MOST_COMMITS = 30
"""Of each of them."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Past:
    """A commit, and when it was made."""

    sha: str
    who: Identity
    at: datetime | None


async def touches(
    files: Iterable[FileChange], last: Callable[[str], Awaitable[Iterable[Past]]]
) -> tuple[Touch, ...]:
    """Everybody with one of the `last` commits to the most changed files, the busiest first.

    A hint and no more: what is refused for good is left out. Raises Undelivered or Unreachable.
    """
    found: dict[str, Past] = {}
    for path in _most_changed(files):
        try:
            found |= {it.sha: it for it in await last(path)}
        except Undelivered as refused:
            if not refused.final:
                raise
    return folded(found.values())


def folded(commits: Iterable[Past]) -> tuple[Touch, ...]:
    """One for each person, however many of these commits are theirs."""
    theirs: dict[str, list[Past]] = {}
    for commit in commits:
        if name := _one_name(commit.who):
            theirs.setdefault(name, []).append(commit)
    found = map(_touch, theirs.values())
    return tuple(sorted(found, key=lambda it: (-it.commits, it.last is None, str(it.who))))


def _touch(commits: Sequence[Past]) -> Touch:
    latest = max(commits, key=lambda it: (it.at or _LONG_AGO, it.sha))
    return Touch(who=latest.who, commits=len(commits), last=latest.at)


def _one_name(who: Identity) -> str:
    return who.id or (who.login or who.email or who.name).casefold()


def _most_changed(files: Iterable[FileChange]) -> list[str]:
    """As they were called before. What a machine wrote comes last: nobody knows it by heart."""
    older = [it for it in files if it.previous_path or it.status != "added"]
    ranked = sorted(
        older, key=lambda it: (Mark.GENERATED in it.marks, -it.additions - it.deletions, it.path)
    )
    return [it.previous_path or it.path for it in ranked[:MOST_FILES]]
