"""Who changed these files before, as GitLab tells it?"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from bot.domain.change import FileChange, Touch
from bot.pipelines import touching
from bot.pipelines.gitlab.api import GitLab
from bot.pipelines.gitlab.entries import CommitEntry
from bot.pipelines.platform import path as below
from bot.pipelines.touching import MOST_COMMITS, Past


async def touches(
    gitlab: GitLab, project: int, files: Iterable[FileChange], base: str
) -> tuple[Touch, ...]:
    """Raises Undelivered or Unreachable."""

    async def last(path: str) -> Iterable[Past]:
        """GitLab names no accounts here: who has no address is nobody."""
        commits = below("projects", str(project), "repository", "commits")
        query = f"?path={quote(path, safe='')}&ref_name={base}"
        listed = await gitlab.pages(
            CommitEntry, f"{commits}{query}", most=MOST_COMMITS, per_page=MOST_COMMITS
        )
        named = (it for it in listed.entries if it.author_email)
        return [Past(it.id, it.author, it.committed_date) for it in named]

    return await touching.touches(files, last) if base else ()
