"""What does GitHub itself say about a commit that is to be deployed?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from pydantic import BaseModel

from bot.domain.change import Commit, FileChange, Identity, Ownership, Touch
from bot.pipelines.github import comparing
from bot.pipelines.github.contents import CODEOWNERS, POLICY_FILES, governing_files
from bot.pipelines.github.entries import CommitEntry, FileEntry, Parent
from bot.pipelines.github.history import touches
from bot.pipelines.github.moves import unchanged
from bot.pipelines.github.payloads import Home, PullRequest, Run, judged_by, lineage
from bot.pipelines.github.questions import PER_PAGE, Questions
from bot.pipelines.governing import governing
from bot.pipelines.told import title

MOST_COMMITS = 250  # GitHub lists no more of a pull request, and does not say so
MOST_FILES = 3_000


class Ref(BaseModel):
    """Where a branch stands."""

    object: Parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What we found; `pull` is None where no pull request says what the commit changes.

    `others` are the pull requests that ship along, and `base` is what all of it is compared with;
    empty: with what the pull request goes into.
    """

    pull: PullRequest | None
    lineage: str
    title: str
    description: str
    author: Identity
    commits: tuple[Commit, ...]
    commits_complete: bool
    files: tuple[FileChange, ...]
    files_complete: bool
    owners: tuple[Ownership, ...] | None = None
    policies: tuple[str, ...] = ()
    touches: tuple[Touch, ...] = ()
    others: tuple[PullRequest, ...] = ()
    base: str = ""


async def facts(questions: Questions, sha: str, default_branch: str = "") -> Facts:
    """Asks for the pull request into the default branch, and all that belongs to it.

    Raises Undelivered or Unreachable.
    """
    branch = default_branch or (await questions.one(Home, "")).default_branch
    listed = await questions.several(PullRequest, f"/commits/{sha}/pulls?per_page={PER_PAGE}")
    if chosen := judged_by(listed, sha, branch):
        pull = await questions.one(PullRequest, f"/pulls/{chosen.number}")
        if pull.base.ref == branch:
            return await of_pull(questions, pull, sha)
    return await _of_commit(questions, sha, branch, lineage(listed, sha, branch))


async def run_attempt(questions: Questions, run_id: str) -> int:
    """How often the run was started by now. Raises Undelivered or Unreachable."""
    return (await questions.one(Run, f"/actions/runs/{run_id}")).run_attempt


async def of_pull(questions: Questions, pull: PullRequest, sha: str) -> Facts:
    path = f"/pulls/{pull.number}"
    # The commits last: what was pushed meanwhile shows in them.
    listed = await questions.pages(FileEntry, f"{path}/files", MOST_FILES)
    entries = await questions.pages(CommitEntry, f"{path}/commits", MOST_COMMITS)
    # And whether it still goes where it went: the lists are of where it goes now.
    after = await questions.one(PullRequest, path)
    # A commit in its midst may hold what a later one took back.
    whole = pull.ships(sha) and after.base.ref == pull.base.ref and not _moved(pull, entries)
    files = await to_files(listed, same=await unchanged(questions, listed, pull.base.sha))
    whole = whole and await _is_so_between(questions, pull, listed)
    files_complete = (
        whole and legible(listed) and is_complete(len(files), pull.changed_files, MOST_FILES)
    )
    commits_complete = whole and is_complete(len(entries), pull.commits, MOST_COMMITS)
    paths = tuple(path for file in files for path in file.paths)
    governed = governing_files(questions)
    seen = paths if files_complete else None
    return Facts(
        pull=pull,
        lineage=pull.lineage,
        title=title(pull.title, sha),
        description=pull.body or "",
        author=pull.author,
        commits=tuple(entry.to_commit() for entry in entries),
        commits_complete=commits_complete,
        files=files,
        files_complete=files_complete,
        owners=await governed.owners(governing(pull.base.sha, sha, CODEOWNERS, seen), paths),
        policies=await governed.policies(governing(pull.base.sha, sha, POLICY_FILES, seen)),
        touches=await touches(questions, files, pull.base.sha),
    )


async def _of_commit(questions: Questions, sha: str, branch: str, lineage: str) -> Facts:
    """Without a pull request nobody says which commits before this one ship with it.

    So whoever owned these files before they did is not known. What the repository asks for is
    taken from both sides of the commit and from the default branch: more of it is only stricter.
    """
    tip = (await questions.one(Ref, f"/git/ref/heads/{quote(branch)}")).object.sha
    entry = await questions.one(CommitEntry, f"/commits/{sha}")
    commit = entry.to_commit()
    parents = [parent.sha for parent in (entry.parents or ())[:1]]
    return Facts(
        pull=None,
        lineage=lineage,
        title=title(commit.message, entry.sha),
        description=commit.message,
        author=commit.author,
        commits=(commit,),
        commits_complete=False,
        files=await to_files(entry.files or ()),
        files_complete=False,
        policies=await governing_files(questions).policies(dict.fromkeys((*parents, sha, tip))),
    )


async def _is_so_between(
    questions: Questions, pull: PullRequest, listed: Sequence[FileEntry]
) -> bool:
    """Whether the list is that of these two commits. It is made of where the pull request goes at that
    moment: somebody may have sent it elsewhere, and back, while we asked.
    """
    if pull.merged_at is not None:
        return True  # where it went can be changed no more
    found = await comparing.compared(questions, pull.base.sha, pull.head.sha)
    known = {(it.filename, it.sha) for it in listed}
    between = {(it.filename, it.sha) for it in found.files or ()}
    cut = len(between) >= comparing.MOST_FILES
    return found.files is not None and (between <= known if cut else between == known)


def _moved(pull: PullRequest, entries: Sequence[CommitEntry]) -> bool:
    """Whether somebody pushed while we were asking."""
    cut = len(entries) >= MOST_COMMITS
    return not cut and (
        pull.head.sha not in {entry.sha for entry in entries}
        or (pull.commits is not None and len(entries) > pull.commits)
    )


def is_complete(found: int, stated: int | None, most: int) -> bool:
    """Whether a list of so many holds all that is stated."""
    return found < most and (stated is None or found >= stated)


def legible(entries: Iterable[FileEntry]) -> bool:
    """Whether every file has a name that rules can be compared with."""
    return all(entry.legible for entry in entries)


async def to_files(
    entries: Sequence[FileEntry], *, same: frozenset[str] = frozenset()
) -> tuple[FileChange, ...]:
    """Looks at all patches, in a thread: there may be megabytes of them.

    `same` are the paths of files whose content is known to be the old one.
    """
    return await asyncio.to_thread(
        lambda: tuple(entry.file(same=entry.filename in same) for entry in entries)
    )
