"""How did a pull request look when somebody pushed to it, or changed what it says?

Nobody ships it yet. It is kept because a later push may take away what it shows: commits, a
branch's name, a sentence of its description.
"""

from __future__ import annotations

from bot.domain.change import Change
from bot.pipelines.github.comparing import MOST_FILES, compared
from bot.pipelines.github.facts import legible, to_files
from bot.pipelines.github.payloads import PullSeen, pushers
from bot.pipelines.github.questions import Questions
from bot.pipelines.told import title
from bot.ports import Sighting

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
