"""What do GitLab's answers look like: accounts, commits, merge requests, jobs, deployments?

Tolerant on purpose: which fields there are depends on version, licence and settings.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel

from bot.domain.change import Commit, Identity
from bot.pipelines.stated_words import Repository
from bot.pipelines.told import Moment, Number, Sha

MOST_LABELS = 100


class Account(BaseModel):
    """Of deliveries and of the API alike; a deleted account is GitLab's ghost user."""

    id: Number | None = None
    username: str = ""

    def identity(self) -> Identity:
        return Identity(login=self.username, id=f"gitlab:{self.id}" if self.id else "")


class CommitEntry(BaseModel):
    """GitLab names no accounts here: only what the commit itself says."""

    id: Sha
    message: str = ""
    author_name: str = ""
    author_email: str = ""
    authored_date: Moment = None
    committer_name: str = ""
    committer_email: str = ""
    committed_date: Moment = None
    parent_ids: list[Sha] | None = None

    @property
    def author(self) -> Identity:
        return Identity(email=self.author_email, name=self.author_name)

    def to_commit(self) -> Commit:
        return Commit(
            sha=self.id,
            message=self.message,
            author=self.author,
            committer=Identity(email=self.committer_email, name=self.committer_name),
            authored_at=self.authored_date,
        )


class DiffRefs(BaseModel):
    """`start_sha` is where the target branch stood, `base_sha` where the source branch left it."""

    base_sha: Sha | None = None
    head_sha: Sha | None = None
    start_sha: Sha | None = None


class MergeRequest(BaseModel):
    iid: Number
    title: str = ""
    description: str | None = None
    state: str = ""
    source_branch: str = ""
    target_branch: str = ""
    target_project_id: Number | None = None
    author: Account | None = None
    merge_user: Account | None = None
    merged_by: Account | None = None
    merged_at: str | None = None
    labels: list[str] | None = None
    sha: Sha | None = None
    merge_commit_sha: Sha | None = None
    squash_commit_sha: Sha | None = None
    diff_refs: DiffRefs | None = None
    changes_count: str | None = None
    updated_at: str | None = None

    def ships(self, sha: str) -> bool:
        """Whether this very commit is its head or what it was merged as; not once it is given up."""
        if not self.is_merged:
            return self.sha == sha and self.state != "closed"
        return sha == self.sha or sha in self.merged_as

    @property
    def is_merged(self) -> bool:
        return self.merged_at is not None or self.state == "merged"

    @property
    def merged_as(self) -> frozenset[str]:
        """The commits that merging it made."""
        return frozenset(it for it in (self.merge_commit_sha, self.squash_commit_sha) if it)

    @property
    def lineage(self) -> str:
        return f"merge_requests/{self.iid}"

    @property
    def base(self) -> str:
        refs = self.diff_refs or DiffRefs()
        return refs.start_sha or refs.base_sha or ""

    @property
    def proposer(self) -> Identity:
        return self.author.identity() if self.author else Identity()

    @property
    def merger(self) -> Identity | None:
        account = self.merge_user or self.merged_by
        return account.identity() if account and account.username else None

    @property
    def names(self) -> tuple[str, ...]:
        """Of its labels."""
        return tuple(it for it in self.labels or () if it)[:MOST_LABELS]

    def has_files(self, count: int) -> bool:
        """Whether GitLab counts as many; "1000+" says that there are more than it keeps."""
        return self.changes_count == str(count)


class StatusCheck(BaseModel):
    """An external one, of a merge request; its address is compared, and never asked."""

    id: Number
    external_url: str = ""

    def leads_to(self, path: str) -> bool:
        return self.external_url.partition("?")[0].rstrip("/").endswith(path)


class Project(BaseModel):
    """`default_branch` is null while there is nothing in it."""

    id: Number
    path_with_namespace: Repository
    default_branch: str | None = None


class PipelineOfJob(BaseModel):
    id: Number
    sha: Sha


class Job(BaseModel):
    id: Number
    status: str
    pipeline: PipelineOfJob
    user: Account | None = None


class Deployable(BaseModel):
    """The job that deploys."""

    id: Number


class Approval(BaseModel):
    status: str = ""
    comment: str | None = None


class ApprovalRule(BaseModel):
    deployment_approvals: list[Approval] | None = None


class ApprovalSummary(BaseModel):
    rules: list[ApprovalRule] | None = None


class Deployment(BaseModel):
    id: Number
    sha: Sha
    status: str
    deployable: Deployable | None = None
    pending_approval_count: int | None = None
    approvals: list[Approval] | None = None
    approval_summary: ApprovalSummary | None = None

    def all_approvals(self) -> Iterable[Approval]:
        yield from self.approvals or ()
        for rule in (self.approval_summary or ApprovalSummary()).rules or ():
            yield from rule.deployment_approvals or ()
