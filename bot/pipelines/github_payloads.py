"""What do GitHub's JSON objects look like, as far as we read them?

Tolerant on purpose: GitHub adds fields at will and leaves out what its schema calls required.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from bot.domain.change import Commit, FileChange, Identity

_REVISION = r"^([0-9a-f]{40}|[0-9a-f]{64})$"
_FULL_NAME = r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*/[A-Za-z0-9_.-]*[A-Za-z0-9_-][A-Za-z0-9_.-]*$"
# As at the webhook: what looks like a name in a rule must be that name. GitHub then gets no
# answer and goes on waiting, and the log says why.
_ENVIRONMENT = r"^[!-~]([ -~]*[!-~])?$"

FORMATS = {
    _REVISION: "must be a full commit id: 40 or 64 lower-case hex digits",
    _FULL_NAME: "must look like owner/name",
    _ENVIRONMENT: (
        "must be in ASCII, and must not be empty, begin or end with a space, "
        "or hold control characters"
    ),
}

Sha = Annotated[str, StringConstraints(pattern=_REVISION)]
Id = Annotated[int, Field(ge=1, le=2**53 - 1)]


class Account(BaseModel):
    """A user, an App's bot, or nobody: deleted accounts come as null or {}."""

    login: str = ""
    type: str = ""

    def identity(self) -> Identity:
        return Identity(login=self.login, kind=self.type)


class Repository(BaseModel):
    id: Id
    full_name: Annotated[str, StringConstraints(max_length=200, pattern=_FULL_NAME)]


class Deployment(BaseModel):
    sha: Sha
    ref: str = ""
    creator: Account | None = None


class Installation(BaseModel):
    id: Id


class RuleRequested(BaseModel):
    """`deployment_protection_rule`, action `requested`."""

    environment: Annotated[str, StringConstraints(max_length=255, pattern=_ENVIRONMENT)]
    deployment_callback_url: Annotated[str, StringConstraints(max_length=500)]
    deployment: Deployment
    repository: Repository
    installation: Installation
    sender: Account | None = None

    @property
    def triggered_by(self) -> Identity | None:
        account = self.sender or self.deployment.creator
        return account.identity() if account and account.login else None


class Run(BaseModel):
    """A workflow run; started again, it keeps its id and counts up."""

    run_attempt: Id = 1


class Branch(BaseModel):
    sha: str = ""
    ref: str = ""


class PullRequest(BaseModel):
    number: Id
    title: str = ""
    body: str | None = None
    user: Account | None = None
    head: Branch = Branch()
    base: Branch = Branch()
    merge_commit_sha: str | None = None
    merged_at: str | None = None
    commits: int | None = None
    changed_files: int | None = None

    def ships(self, sha: str) -> bool:
        """Whether this very commit is its head or what it was merged as."""
        return self.head.sha == sha or (self.merged_at is not None and self.merge_commit_sha == sha)


class GitSignature(BaseModel):
    name: str | None = None
    email: str | None = None


class GitCommit(BaseModel):
    message: str = ""
    author: GitSignature | None = None
    committer: GitSignature | None = None


class FileEntry(BaseModel):
    filename: str
    previous_filename: str | None = None
    additions: int = 0
    deletions: int = 0

    def file(self) -> FileChange:
        return FileChange(
            path=self.filename,
            previous_path=self.previous_filename,
            additions=self.additions,
            deletions=self.deletions,
        )


class CommitEntry(BaseModel):
    sha: str
    commit: GitCommit = GitCommit()
    author: Account | None = None
    committer: Account | None = None
    files: list[FileEntry] | None = None

    def to_commit(self) -> Commit:
        return Commit(
            sha=self.sha,
            message=self.commit.message,
            author=_who(self.author, self.commit.author),
            committer=_who(self.committer, self.commit.committer),
        )


def best(candidates: Sequence[PullRequest], sha: str) -> PullRequest | None:
    """The pull request that `sha` ships: what was merged as it, then whose head it is, then any."""
    return min(
        candidates,
        key=lambda p: (not p.ships(sha), p.merge_commit_sha != sha, p.merged_at is None, p.number),
        default=None,
    )


def _who(account: Account | None, signature: GitSignature | None) -> Identity:
    """The platform's account, with what the commit itself says."""
    account, signature = account or Account(), signature or GitSignature()
    return Identity(
        login=account.login,
        email=signature.email or "",
        name=signature.name or "",
        kind=account.type,
    )
