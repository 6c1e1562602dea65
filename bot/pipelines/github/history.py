"""Who changed these files before, as GitHub tells it?"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from bot.domain.change import FileChange, Touch
from bot.pipelines import touching
from bot.pipelines.github.entries import CommitEntry
from bot.pipelines.github.questions import Questions
from bot.pipelines.touching import MOST_COMMITS, Past


async def touches(
    questions: Questions, files: Iterable[FileChange], base: str
) -> tuple[Touch, ...]:
    """Raises Undelivered or Unreachable."""

    async def last(path: str) -> Iterable[Past]:
        query = f"path={quote(path, safe='')}&sha={base}&per_page={MOST_COMMITS}"
        return map(past, await questions.several(CommitEntry, f"/commits?{query}"))

    return await touching.touches(files, last)


def past(entry: CommitEntry) -> Past:
    return Past(entry.sha, entry.to_commit().author, entry.committed_at)
