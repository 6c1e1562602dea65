"""What lies between two commits, as GitHub compares them? That never changes, whoever asks when."""

from __future__ import annotations

from bot.pipelines.github.entries import CommitEntry, Comparison, FileEntry
from bot.pipelines.github.questions import PER_PAGE, Questions
from bot.pipelines.github.refusals import NotThere

MOST_COMMITS = 300
MOST_FILES = 300  # GitHub compares no more of them, and does not say so


async def compared(questions: Questions, base: str, head: str) -> Comparison:
    """The commits of `head` since it left `base`, and its files. Empty if GitHub forgot them."""
    commits: list[CommitEntry] = []
    files: list[FileEntry] | None = None
    status, total = "", None
    for page in range(1, MOST_COMMITS // PER_PAGE + 1):
        path = f"/compare/{base}...{head}?per_page={PER_PAGE}&page={page}"
        try:
            found = await questions.one(Comparison, path)
        except NotThere:
            return Comparison()
        commits += found.commits
        if page == 1:
            status, files, total = found.status, found.files, found.total_commits
        if len(found.commits) < PER_PAGE:
            break
    return Comparison(status=status, commits=commits, files=files, total_commits=total)
