"""What does GitLab itself say about a commit that is to be deployed or merged?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from bot.domain.change import Commit, FileChange, Identity, Ownership, Touch
from bot.pipelines.gitlab.api import GitLab
from bot.pipelines.gitlab.contents import CODEOWNERS, POLICY_FILES, governing_files
from bot.pipelines.gitlab.diffs import Comparison, DiffEntry, to_files
from bot.pipelines.gitlab.entries import CommitEntry, MergeRequest, Project
from bot.pipelines.gitlab.history import touches
from bot.pipelines.governing import governing
from bot.pipelines.platform import Listed, Refused
from bot.pipelines.platform import path as below
from bot.pipelines.told import title
from bot.ports import Undelivered

MOST_COMMITS = 1_000
MOST_FILES = 3_000  # GitLab keeps no more of a merge request
MOST_REQUESTS = 100
FILES_PER_PAGE = 30  # GitLab shows up to 200 KB of each


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What we found; `request` is None where no merge request says what the commit changes.

    `others` are the merge requests that ship along, and `base` is what all of it is compared with;
    empty: with what the merge request goes into.
    """

    request: MergeRequest | None
    lineage: str
    title: str
    description: str
    author: Identity
    commits: tuple[Commit, ...] = ()
    commits_complete: bool = False
    files: tuple[FileChange, ...] = ()
    files_complete: bool = False
    owners: tuple[Ownership, ...] | None = None
    policies: tuple[str, ...] = ()
    touches: tuple[Touch, ...] = ()
    others: tuple[MergeRequest, ...] = ()
    base: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a merge request holds; `still`: nothing happened to it while we were asking."""

    request: MergeRequest
    diffs: Listed[DiffEntry]
    entries: Listed[CommitEntry]
    still: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """About one project. All raise Undelivered or Unreachable."""

    gitlab: GitLab
    project: Project

    async def deployed(self, sha: str) -> Facts:
        """What the one merge request into the default branch says that brought this commit."""
        branch = self.project.default_branch or ""
        commits = self.path("repository", "commits", sha, "merge_requests")
        listed = await self.gitlab.pages(MergeRequest, commits, most=MOST_REQUESTS)
        ours = [it for it in listed.entries if it.target_project_id in (None, self.project.id)]
        chosen = _judged_by(ours, sha, branch) if listed.complete else None
        if chosen is not None:
            facts = await self.proposed(chosen.iid, sha)
            if facts.request and facts.request.target_branch == branch:
                return facts
        return await self._of_commit(sha, branch, _lineage(ours, sha, branch))

    async def proposed(self, iid: int, sha: str) -> Facts:
        """What a merge request says of itself, if `sha` is all that it would bring."""
        shown = await self.shown(iid)
        if not shown.still:  # somebody only wrote a comment, most often
            shown = await self.shown(iid)
        request, diffs, entries = shown.request, shown.diffs, shown.entries
        if not request.base or (diffs.entries and request.changes_count is None):
            raise Undelivered("GitLab has not prepared the merge request yet")
        # A commit in its midst may hold what a later one took back.
        whole = shown.still and request.ships(sha) and holds(entries, request.sha)
        files = await to_files(diffs.entries)
        files_complete = whole and all_files(diffs, request)
        seen = tuple(path for file in files for path in file.paths)
        known = seen if files_complete else None
        contents = governing_files(self.gitlab, self.project.id)
        return Facts(
            request=request,
            lineage=request.lineage,
            title=title(request.title, sha),
            description=request.description or "",
            author=request.proposer,
            commits=tuple(entry.to_commit() for entry in entries.entries),
            commits_complete=whole and entries.complete,
            files=files,
            files_complete=files_complete,
            owners=await contents.owners(governing(request.base, sha, CODEOWNERS, known), seen),
            policies=await contents.policies(governing(request.base, sha, POLICY_FILES, known)),
            touches=await touches(self.gitlab, self.project.id, files, request.base),
        )

    async def shown(self, iid: int) -> Shown:
        """Commits and diffs are those of whatever it is at that moment, and name no revision."""
        path = self.path("merge_requests", str(iid))
        request = await self.gitlab.one(MergeRequest, path)
        # The commits last: what was pushed meanwhile shows in them.
        diffs = await self.gitlab.pages(
            DiffEntry, f"{path}/diffs", most=MOST_FILES, per_page=FILES_PER_PAGE
        )
        entries = await self.gitlab.pages(CommitEntry, f"{path}/commits", most=MOST_COMMITS)
        after = await self.gitlab.one(MergeRequest, path)
        return Shown(request=request, diffs=diffs, entries=entries, still=_same(request, after))

    async def seen(self, iid: int, sha: str) -> Facts:
        """What a merge request showed as `sha` was its head, even if it has another by now."""
        path = self.path("merge_requests", str(iid))
        request = await self.gitlab.one(MergeRequest, path)
        found = await self._compared(request, sha)
        return Facts(
            request=request,
            lineage=request.lineage,
            title=title(request.title, sha),
            description=request.description or "",
            author=request.proposer,
            commits=tuple(entry.to_commit() for entry in found.commits),
            commits_complete=sha in {entry.id for entry in found.commits},
            files=await to_files(found.diffs),  # some may be left out, and nothing says so
        )

    async def _compared(self, request: MergeRequest, sha: str) -> Comparison:
        """What `sha` adds to the target. Nothing if GitLab forgot it."""
        query = f"?from={quote(request.base or request.target_branch, safe='')}&to={sha}"
        try:
            return await self.gitlab.one(Comparison, self.path("repository", "compare") + query)
        except Refused as refused:
            if refused.answer.status == 404:
                return Comparison()
            raise

    async def _of_commit(self, sha: str, branch: str, lineage: str) -> Facts:
        """Without a merge request nobody says which commits before this one ship with it.

        So whoever owned these files before they did is not known. What the repository asks for is
        taken from both sides of the commit and from the default branch: more of it is only stricter.
        """
        commits = self.path("repository", "commits")
        tips = await self.gitlab.pages(
            CommitEntry, f"{commits}?ref_name={quote(branch, safe='')}", most=1, per_page=1
        )
        entry = await self.gitlab.one(CommitEntry, f"{commits}/{sha}")
        diffs = await self.gitlab.pages(
            DiffEntry, f"{commits}/{sha}/diff", most=MOST_FILES, per_page=FILES_PER_PAGE
        )
        sides = (*(entry.parent_ids or ())[:1], sha, *(tip.id for tip in tips.entries[:1]))
        contents = governing_files(self.gitlab, self.project.id)
        return Facts(
            request=None,
            lineage=lineage,
            title=title(entry.message, sha),
            description=entry.message,
            author=entry.author,
            commits=(entry.to_commit(),),
            files=await to_files(diffs.entries),
            policies=await contents.policies(dict.fromkeys(sides)),
        )

    def path(self, *steps: str) -> str:
        return below("projects", str(self.project.id), *steps)


def _judged_by(candidates: Sequence[MergeRequest], sha: str, branch: str) -> MergeRequest | None:
    """The one merge request that this commit ships. None if there are several, or if it goes into
    another branch: somebody may have put into that before what theirs is not to show.
    """
    shipping = [it for it in candidates if it.ships(sha)]
    return shipping[0] if len(shipping) == 1 and shipping[0].target_branch == branch else None


def _lineage(candidates: Sequence[MergeRequest], sha: str, branch: str) -> str:
    """Where evidence about `sha` was kept, as far as it can be told."""
    ranked = sorted(
        candidates, key=lambda it: (not it.ships(sha), it.target_branch != branch, it.iid)
    )
    return ranked[0].lineage if ranked else ""


def _same(before: MergeRequest, after: MergeRequest) -> bool:
    """Whether nobody pushed or turned it to another branch while we were asking, and back again.

    Whatever happens to it moves `updated_at`, by milliseconds.
    """
    return bool(before.updated_at) and _state(before) == _state(after)


def _state(request: MergeRequest) -> tuple[object, ...]:
    return request.updated_at, request.sha, request.target_branch, request.diff_refs


def holds(entries: Listed[CommitEntry], head: str | None) -> bool:
    """Whether it lists the head, as far as it goes."""
    return not entries.complete or head in {entry.id for entry in entries.entries}


def all_files(diffs: Listed[DiffEntry], request: MergeRequest) -> bool:
    """Whether these are all that it changes, by names that rules can be compared with."""
    legible = all(entry.legible for entry in diffs.entries)
    return diffs.complete and legible and request.has_files(len(diffs.entries))
