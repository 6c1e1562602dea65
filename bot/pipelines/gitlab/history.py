"""Who changed these files before? Whoever did may know them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from bot.domain.change import FileChange, Mark, Touch
from bot.pipelines.gitlab.api import GitLab
from bot.pipelines.gitlab.entries import CommitEntry
from bot.pipelines.platform import path as below
from bot.ports import Undelivered

MOST_FILES = 5
MOST_COMMITS = 30

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


async def touches(
    gitlab: GitLab, project: int, files: Iterable[FileChange], base: str
) -> tuple[Touch, ...]:
    """Everybody with one of the last commits to the most changed files, the busiest first.

    A hint and no more: what GitLab refuses for good is left out. Raises Undelivered or Unreachable.
    """
    found: dict[str, CommitEntry] = {}
    for path in _most_changed(files) if base else ():
        query = f"?path={quote(path, safe='')}&ref_name={base}"
        for entry in await _commits(gitlab, project, query):
            found[entry.id] = entry
    return _folded(found.values())


async def _commits(gitlab: GitLab, project: int, query: str) -> Sequence[CommitEntry]:
    path = below("projects", str(project), "repository", "commits")
    try:
        listed = await gitlab.pages(
            CommitEntry, f"{path}{query}", most=MOST_COMMITS, per_page=MOST_COMMITS
        )
    except Undelivered as refused:
        if refused.final:
            return ()
        raise
    return listed.entries


def _folded(entries: Iterable[CommitEntry]) -> tuple[Touch, ...]:
    """One for each address, however many of these commits it has."""
    theirs: dict[str, list[CommitEntry]] = {}
    for entry in entries:
        if address := entry.author_email.casefold():
            theirs.setdefault(address, []).append(entry)
    found = [_touch(commits) for commits in theirs.values()]
    return tuple(sorted(found, key=lambda it: (-it.commits, it.last is None, str(it.who))))


def _touch(commits: Sequence[CommitEntry]) -> Touch:
    moments = [it.committed_date for it in commits if it.committed_date]
    latest = max(commits, key=lambda it: (it.committed_date or _LONG_AGO, it.id))
    return Touch(who=latest.author, commits=len(commits), last=max(moments, default=None))


def _most_changed(files: Iterable[FileChange]) -> list[str]:
    """As they were called before. What a machine wrote comes last: nobody knows it by heart."""
    older = [it for it in files if it.previous_path or it.status != "added"]
    ranked = sorted(
        older, key=lambda it: (Mark.GENERATED in it.marks, -it.additions - it.deletions, it.path)
    )
    return [it.previous_path or it.path for it in ranked[:MOST_FILES]]
