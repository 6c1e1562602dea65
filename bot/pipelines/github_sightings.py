"""How did a pull request look when somebody pushed to it, or changed what it says?

Nobody ships it yet. It is kept because a later push may take away what it shows: commits, a
branch's name, a sentence of its description.
"""

from __future__ import annotations

from bot.domain.change import Change
from bot.pipelines.github_api import NotThere
from bot.pipelines.github_entries import CommitEntry, Comparison, FileEntry
from bot.pipelines.github_facts import legible, title, to_files
from bot.pipelines.github_payloads import PullSeen, pushers
from bot.pipelines.github_questions import PER_PAGE, Questions
from bot.ports import Sighting

MOST_COMMITS = 300
MOST_FILES = 300  # GitHub compares no more of them, and does not say so

PUSHES = ("opened", "reopened", "synchronize")
"""Where the sender may have pushed; to label or to edit makes nobody a contributor."""


async def sighting(questions: Questions, seen: PullSeen, *, connection: str, link: str) -> Sighting:
    """What the delivery says, and the commits and files of that very head, even if it is gone
    from the branch by now. Raises Undelivered or Unreachable."""
    pull = seen.pull_request
    found = await compared(questions, pull.base.sha, pull.head.sha)
    files = found.files or []
    total = found.total_commits
    return Sighting(
        Change(
            connection=connection,
            key=f"{seen.repository.id}/{pull.lineage}/{pull.head.sha}",
            repository=seen.repository.full_name,
            revision=pull.head.sha,
            environment="",
            title=title(pull.title, pull.head.sha),
            author=pull.author,
            base_revision=pull.base.sha,
            base_branch=pull.base.ref,
            description=pull.body or "",
            url=link,
            link=link,
            branch=pull.head.ref,
            commits=tuple(entry.to_commit() for entry in found.commits),
            commits_complete=total is not None and len(found.commits) >= total,
            files=await to_files(files),
            files_complete=found.files is not None and len(files) < MOST_FILES and legible(files),
            lineage=pull.lineage,
            labels=pull.names,
            pushers=pushers(seen.sender if seen.action in PUSHES else None, pull),
        )
    )


async def compared(questions: Questions, base: str, head: str) -> Comparison:
    """The commits of `head` since it left `base`, and its files. Empty if GitHub forgot them."""
    commits: list[CommitEntry] = []
    files: list[FileEntry] | None = None
    total = None
    for page in range(1, MOST_COMMITS // PER_PAGE + 1):
        path = f"/compare/{base}...{head}?per_page={PER_PAGE}&page={page}"
        try:
            found = await questions.one(Comparison, path)
        except NotThere:
            return Comparison()
        commits += found.commits
        if page == 1:
            files, total = found.files, found.total_commits
        if len(found.commits) < PER_PAGE:
            break
    return Comparison(commits=commits, files=files, total_commits=total)
