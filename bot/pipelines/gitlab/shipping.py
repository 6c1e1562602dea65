"""What ships with a commit: all that was merged since what went on last where it goes?

A merge request says what it brings itself. What was merged before it, and was never asked about
since its pipeline was cancelled, ships with it; so the commit is compared with what went on there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from bot.domain.change import Commit, FileChange, Mark
from bot.pipelines.gitlab.contents import CODEOWNERS, POLICY_FILES, governing_files
from bot.pipelines.gitlab.diffs import Comparison, DiffEntry, to_files
from bot.pipelines.gitlab.entries import CommitEntry, MergeRequest
from bot.pipelines.gitlab.facts import (
    MOST_COMMITS,
    MOST_REQUESTS,
    Asking,
    Facts,
    all_files,
    holds,
)
from bot.pipelines.governing import governing
from bot.pipelines.owning import of_both
from bot.pipelines.platform import Listed, Refused
from bot.pipelines.told import is_revision

MOST_OTHERS = 5
"""Other merge requests that are read."""

MOST_ASKED = 10
"""Commits whose merge request is asked for."""


@dataclass(frozen=True, slots=True)
class _Between:
    """The commits of the one that the other lacks; `ahead`: it lacks none of the other's."""

    entries: Listed[CommitEntry]
    ahead: bool

    @property
    def shas(self) -> list[str]:
        """The newest first."""
        return [it.id for it in self.entries.entries]


@dataclass(slots=True)
class _Others:
    """The other merge requests that brought commits; `complete` while every commit is of one that is
    known in full, and `files_complete` if so are their files.
    """

    asking: Asking
    branch: str
    known: set[str]
    requests: dict[int, MergeRequest] = field(default_factory=dict)
    commits: list[Commit] = field(default_factory=list)
    diffs: list[DiffEntry] = field(default_factory=list)
    complete: bool = True
    files_complete: bool = True

    async def look(self, shas: Sequence[str], own: int) -> None:
        """Up to the bounds. Raises Undelivered or Unreachable."""
        asked = 0
        for sha in shas:
            if sha in self.known:
                continue
            asked += 1
            if asked > MOST_ASKED:
                self.complete = False
                return
            brought = await self._brought(sha)
            new = brought is not None and brought.iid != own and brought.iid not in self.requests
            if brought is not None and new and len(self.requests) < MOST_OTHERS:
                await self._read(brought.iid)
            self.complete = self.complete and sha in self.known

    async def _brought(self, sha: str) -> MergeRequest | None:
        """The one that was merged and brought this commit; None: nobody says which, or none did."""
        path = self.asking.path("repository", "commits", sha, "merge_requests")
        listed = await self.asking.gitlab.pages(MergeRequest, path, most=MOST_REQUESTS)
        merged = [it for it in listed.entries if self._is_here(it)]
        found = [it for it in merged if sha in it.merged_as] or merged
        return found[0] if listed.complete and len(found) == 1 else None

    def _is_here(self, request: MergeRequest) -> bool:
        ours = request.target_project_id in (None, self.asking.project.id)
        return ours and request.is_merged and request.target_branch == self.branch

    async def _read(self, iid: int) -> None:
        shown = await self.asking.shown(iid)
        request, entries = shown.request, shown.entries
        self.requests[iid] = request
        self.commits += [it.to_commit() for it in entries.entries]
        self.diffs += shown.diffs.entries
        self.known |= {it.id for it in entries.entries} | request.merged_as
        whole = shown.still and self._is_here(request) and entries.complete
        self.complete = self.complete and whole and holds(entries, request.sha)
        self.files_complete = self.files_complete and all_files(shown.diffs, request)


async def since(asking: Asking, found: Facts, sha: str, base: str) -> Facts:
    """What was `found` of a commit, with all that ships besides where `base` went on last.

    Complete only where it is known from where to where: never for what goes there first, or goes
    back. Raises Undelivered or Unreachable.
    """
    if base == sha:
        return found  # it is there already
    between = await _between(asking, base, sha) if is_revision(base) else None
    if between is None:
        return replace(found, commits_complete=False, files_complete=False)
    known = _own(found, sha)
    branch, own = (
        ("", 0) if found.request is None else (found.request.target_branch, found.request.iid)
    )
    others = _Others(asking, branch, set(known))
    if found.request:
        await others.look(between.shas, own)
    alone = between.ahead and known.issuperset(between.shas)
    listed = between.ahead and between.entries.complete and sha in between.shas
    together = replace(
        found,
        commits=_united(found, between.entries.entries, others.commits, sha),
        commits_complete=found.commits_complete and listed and others.complete,
        files_complete=found.files_complete
        and listed
        and others.complete
        and others.files_complete,
        others=tuple(others.requests.values()),
        base=base if between.ahead else "",
    )
    if alone:
        return together
    files = await _files(asking, base, sha)
    together = replace(together, files=_all(files, found.files, await to_files(others.diffs)))
    return await _governed(asking, together, sha, base)


async def _between(asking: Asking, base: str, sha: str) -> _Between | None:
    """None: GitLab does not know one of them any more, or they have nothing in common."""
    refs = f"?refs%5B%5D={base}&refs%5B%5D={sha}"
    try:
        left = await asking.gitlab.one(CommitEntry, asking.path("repository", "merge_base") + refs)
        listed = await asking.gitlab.pages(
            CommitEntry,
            f"{asking.path('repository', 'commits')}?ref_name={quote(f'{base}..{sha}')}",
            most=MOST_COMMITS,
        )
    except Refused as refused:
        if refused.answer.status in (400, 404):
            return None
        raise
    return _Between(listed, ahead=left.id == base)


def _own(found: Facts, sha: str) -> set[str]:
    """The commits that the merge request itself stands for."""
    if found.request is None:
        return set()
    shipped = {sha} if found.request.ships(sha) else set()
    merged_as = found.request.merged_as if found.request.is_merged else frozenset[str]()
    return {it.sha for it in found.commits} | shipped | merged_as


def _united(
    found: Facts, between: Iterable[CommitEntry], brought: Iterable[Commit], sha: str
) -> tuple[Commit, ...]:
    """Each once. A squash hides what was proposed: that counts as well.

    Not the merge itself that ships: who merged is known by the merge request.
    """
    merge = sha if found.request and sha == found.request.merge_commit_sha else ""
    commits = {it.sha: it for it in brought}
    for entry in between:
        if entry.id != merge or len(entry.parent_ids or ()) < 2:
            commits[entry.id] = entry.to_commit()
    return tuple((commits | {it.sha: it for it in found.commits}).values())


async def _files(asking: Asking, base: str, sha: str) -> tuple[FileChange, ...]:
    """What GitLab shows of the difference: of many files not all."""
    query = f"?from={base}&to={sha}"
    path = asking.path("repository", "compare") + query
    try:
        return await to_files((await asking.gitlab.one(Comparison, path)).diffs)
    except Refused as refused:
        if refused.answer.status in (400, 404):
            return ()
        raise


def _all(compared: Iterable[FileChange], *shown: Iterable[FileChange]) -> tuple[FileChange, ...]:
    """Each path once. What several changed, and no comparison shows, nobody saw as it is now."""
    files = {it.path: it for it in compared}
    certain = set(files)
    for file in (it for them in shown for it in them):
        before = files.get(file.path)
        if before is None:
            files[file.path] = file
        elif file.path not in certain and before != file:
            files[file.path] = _both(before, file)
    return tuple(files.values())


def _both(one: FileChange, other: FileChange) -> FileChange:
    seen = {*one.marks, *other.marks, Mark.UNSEEN}
    return replace(
        one,
        previous_path=one.previous_path or other.previous_path,
        additions=one.additions + other.additions,
        deletions=one.deletions + other.deletions,
        counted=False,
        marks=tuple(it for it in Mark if it in seen),
        settings=tuple(dict.fromkeys((*one.settings, *other.settings))),
        digest="",
    )


async def _governed(asking: Asking, found: Facts, sha: str, base: str) -> Facts:
    """What was merged meanwhile may have changed the files that govern it: those of `base` bind too."""
    paths = tuple(path for file in found.files for path in file.paths)
    seen = paths if found.files_complete else None
    files = governing_files(asking.gitlab, asking.project.id)
    policies = await files.policies(governing(base, sha, POLICY_FILES, seen))
    owners = None
    if found.owners is not None:
        known = await files.owners(governing(base, sha, CODEOWNERS, seen), paths)
        owners = of_both(found.owners, known)
    every = tuple(dict.fromkeys((*found.policies, *policies)))
    return replace(found, owners=owners, policies=every)
