"""What ships with a commit: all that was merged since what went on last where it goes?

A pull request says what it brings itself. What was merged before it, and was never asked about since
its run was cancelled, ships with it; so the commit is compared with what went on there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.domain.change import Commit, FileChange
from bot.domain.evidence.identities import FORGE_COMMITTERS, address
from bot.pipelines.github import comparing
from bot.pipelines.github.contents import CODEOWNERS, POLICY_FILES, governing_files
from bot.pipelines.github.entries import CommitEntry, Comparison
from bot.pipelines.github.facts import (
    MOST_COMMITS,
    Facts,
    is_complete,
    legible,
    to_files,
)
from bot.pipelines.github.moves import unchanged
from bot.pipelines.github.payloads import PullRequest
from bot.pipelines.github.questions import PER_PAGE, Questions
from bot.pipelines.governing import governing
from bot.pipelines.owning import of_both
from bot.pipelines.told import is_revision
from bot.ports import Undelivered

MOST_OTHERS = 5
"""Other pull requests that are read."""

MOST_ASKED = 10
"""Commits whose pull request is asked for; of a rebase each is another than was proposed."""

AHEAD = "ahead"


@dataclass(slots=True)
class _Others:
    """The other pull requests that brought commits; `complete` while every commit is of one that is
    known in full.
    """

    questions: Questions
    branch: str
    known: set[str]
    pulls: dict[int, PullRequest] = field(default_factory=dict)
    commits: list[Commit] = field(default_factory=list)
    complete: bool = True

    async def look(self, shas: Sequence[str], own: int) -> None:
        """The newest first, up to the bounds. Raises Undelivered or Unreachable."""
        asked = 0
        for sha in reversed(shas):
            if sha in self.known:
                continue
            if asked == MOST_ASKED:
                self.complete = False
                return
            asked += 1
            brought = await self._brought(sha)
            if brought is None:
                self.complete = False
            elif brought.number != own and brought.number not in self.pulls:
                await self._read(brought.number)

    async def _brought(self, sha: str) -> PullRequest | None:
        """The one that was merged and brought this commit; None: nobody says which, or none did."""
        path = f"/commits/{sha}/pulls?per_page={PER_PAGE}"
        listed = await self.questions.several(PullRequest, path)
        merged = [it for it in listed if it.merged_at and it.base.ref == self.branch]
        as_it = [it for it in merged if it.merge_commit_sha == sha]
        found = as_it or merged
        return found[0] if len(found) == 1 else None

    async def _read(self, number: int) -> None:
        if len(self.pulls) == MOST_OTHERS:
            self.complete = False
            return
        path = f"/pulls/{number}"
        pull = await self.questions.one(PullRequest, path)
        entries = await self.questions.pages(CommitEntry, f"{path}/commits", MOST_COMMITS)
        shas = {it.sha for it in entries}
        self.pulls[number] = pull
        self.commits += [it.to_commit() for it in entries]
        self.known |= shas | {pull.merge_commit_sha or ""}
        whole = pull.head.sha in shas and is_complete(len(entries), pull.commits, MOST_COMMITS)
        self.complete = self.complete and whole


async def since(questions: Questions, found: Facts, sha: str, base: str) -> Facts:
    """What was `found` of a commit, with all that ships besides where `base` went on last.

    Complete only where it is known from where to where: never for what goes there first, or goes
    back. Raises Undelivered or Unreachable.
    """
    if base == sha:
        return found  # it is there already
    between = await _between(questions, base, sha)
    if not between.status:
        return replace(found, commits_complete=False, files_complete=False)
    known = _own(found, sha)
    shas = [it.sha for it in between.commits]
    others = _Others(questions, found.pull.base.ref if found.pull else "", set(known))
    if found.pull:
        await others.look(shas, found.pull.number)
    ahead = between.status == AHEAD
    alone = ahead and known.issuperset(shas)
    files = await _files(questions, between, base if ahead else "")
    listed = ahead and sha in shas and len(shas) >= (between.total_commits or len(shas) + 1)
    together = replace(
        found,
        commits=_united(found, between.commits, others.commits, sha),
        commits_complete=found.commits_complete and listed and others.complete,
        files=tuple(({it.path: it for it in found.files} | {it.path: it for it in files}).values()),
        files_complete=found.files_complete
        and ahead
        and between.files is not None
        and legible(between.files)
        and (len(files) < comparing.MOST_FILES or (alone and set(files) <= set(found.files))),
        others=tuple(others.pulls.values()),
        base=base if ahead else "",
    )
    return together if alone else await _governed(questions, together, sha, base)


async def _between(questions: Questions, base: str, sha: str) -> Comparison:
    """Empty if GitHub cannot compare them: it forgot one, or too much lies between."""
    if not is_revision(base):
        return Comparison()
    try:
        return await comparing.compared(questions, base, sha)
    except Undelivered as refused:
        if refused.final:
            return Comparison()
        raise


def _own(found: Facts, sha: str) -> set[str]:
    """The commits that the pull request itself stands for."""
    if found.pull is None:
        return set()
    merged_as = found.pull.merge_commit_sha if found.pull.merged_at else None
    shipped = {sha} if found.pull.ships(sha) else set()
    return {it.sha for it in found.commits} | shipped | ({merged_as} if merged_as else set())


async def _files(questions: Questions, between: Comparison, base: str) -> tuple[FileChange, ...]:
    """`base`: the commit that all of them are compared with; empty: another one, which GitHub chose."""
    entries = between.files or ()
    same = await unchanged(questions, entries, base) if base else frozenset[str]()
    return await to_files(entries, same=same)


def _united(
    found: Facts, between: Sequence[CommitEntry], brought: Sequence[Commit], sha: str
) -> tuple[Commit, ...]:
    """Each once. A squash hides what was proposed: that counts as well."""
    commits = {it.sha: it for it in brought}
    commits |= {it.sha: it.to_commit() for it in between if not _made_by_merging(it, sha)}
    commits |= {it.sha: it for it in found.commits}
    return tuple(commits.values())


def _made_by_merging(entry: CommitEntry, sha: str) -> bool:
    """Whether GitHub joined the two sides as this commit, which is known by its pull request."""
    committer = entry.commit.committer
    by_forge = committer is not None and address(committer.email or "") in FORGE_COMMITTERS
    return entry.sha == sha and len(entry.parents or ()) > 1 and by_forge


async def _governed(questions: Questions, found: Facts, sha: str, base: str) -> Facts:
    """What was merged meanwhile may have changed the files that govern it: those of `base` bind too."""
    paths = tuple(path for file in found.files for path in file.paths)
    seen = paths if found.files_complete else None
    files = governing_files(questions)
    policies = await files.policies(governing(base, sha, POLICY_FILES, seen))
    owners = None
    if found.owners is not None:
        known = await files.owners(governing(base, sha, CODEOWNERS, seen), paths)
        owners = of_both(found.owners, known)
    every = tuple(dict.fromkeys((*found.policies, *policies)))
    return replace(found, owners=owners, policies=every)
