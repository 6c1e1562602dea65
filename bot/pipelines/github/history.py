"""Who changed these files before? Whoever did may know them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from bot.domain.change import FileChange, Identity, Mark, Touch
from bot.pipelines.github.entries import CommitEntry
from bot.pipelines.github.questions import Questions
from bot.ports import Undelivered

MOST_FILES = 5
MOST_COMMITS = 30

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


async def touches(
    questions: Questions, files: Iterable[FileChange], base: str
) -> tuple[Touch, ...]:
    """Everybody with one of the last commits to the most changed files, the busiest first.

    A hint and no more: what GitHub refuses for good is left out. Raises Undelivered or Unreachable.
    """
    found: dict[str, CommitEntry] = {}
    for path in _most_changed(files):
        for entry in await _commits(questions, path, base):
            found[entry.sha] = entry
    return folded(found.values())


async def _commits(questions: Questions, path: str, base: str) -> Sequence[CommitEntry]:
    query = f"path={quote(path, safe='')}&sha={base}&per_page={MOST_COMMITS}"
    try:
        return await questions.several(CommitEntry, f"/commits?{query}")
    except Undelivered as refused:
        if refused.final:
            return ()
        raise


def folded(entries: Iterable[CommitEntry]) -> tuple[Touch, ...]:
    """One for each person, however many of these commits are theirs."""
    theirs: dict[str, list[CommitEntry]] = {}
    for entry in entries:
        if name := _one_name(entry.to_commit().author):
            theirs.setdefault(name, []).append(entry)
    found = [_touch(commits) for commits in theirs.values()]
    return tuple(sorted(found, key=lambda it: (-it.commits, it.last is None, str(it.who))))


def _touch(commits: Sequence[CommitEntry]) -> Touch:
    moments = [at for entry in commits if (at := entry.committed_at)]
    latest = max(commits, key=lambda entry: (entry.committed_at or _LONG_AGO, entry.sha))
    return Touch(
        who=latest.to_commit().author, commits=len(commits), last=max(moments, default=None)
    )


def _one_name(who: Identity) -> str:
    return who.id or (who.login or who.email or who.name).casefold()


def _most_changed(files: Iterable[FileChange]) -> list[str]:
    """As they were called before. What a machine wrote comes last: nobody knows it by heart."""
    older = [it for it in files if it.previous_path or it.status != "added"]
    ranked = sorted(
        older, key=lambda it: (Mark.GENERATED in it.marks, -it.additions - it.deletions, it.path)
    )
    return [it.previous_path or it.path for it in ranked[:MOST_FILES]]
