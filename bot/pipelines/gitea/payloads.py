"""What do the deliveries and answers of Gitea and Forgejo look like, as far as we read them?

Tolerant on purpose: versions differ in what they add and leave out.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from bot.domain.change import Commit, FileChange, Identity
from bot.pipelines.merging import Pull, unseen
from bot.pipelines.told import FullName, Lines, Moment, Number, Payload, Sha, Text

_STATUSES = {
    "added": "added",
    "copied": "added",
    "changed": "modified",
    "modified": "modified",
    "deleted": "removed",
    "removed": "removed",
    "renamed": "renamed",
}


class User(Payload):
    login: Text = ""
    email: Text = ""
    full_name: Text = ""

    def identity(self) -> Identity:
        return Identity(login=self.login, email=self.email, name=self.full_name)


class Label(Payload):
    name: Text = ""


class End(Payload):
    """One end of a pull request."""

    ref: Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
    sha: Sha


class PullRequest(Payload):
    number: Number
    title: Text = ""
    body: Text = ""
    state: Text = ""
    merged: bool | None = None
    merged_by: User | None = None
    user: User | None = None
    labels: list[Label] | None = None
    head: End
    base: End
    changed_files: Lines | None = None
    merge_base: Text = ""
    updated_at: Moment = None

    @property
    def open(self) -> bool:
        return self.state == "open" and not self.merged

    @property
    def state_now(self) -> tuple[object, ...]:
        """What differs once something happened to it: `updated_at` tells of all, by the second."""
        return self.updated_at, self.head, self.base, self.merge_base, self.changed_files

    def pull(self, repository: str, link: str, sender: User | None) -> Pull:
        return Pull(
            repository=repository,
            number=self.number,
            title=self.title,
            text=self.body,
            author=self.user.identity() if self.user else Identity(),
            head=self.head.sha,
            branch=self.head.ref,
            base=self.base.sha,
            target=self.base.ref,
            link=link,
            labels=tuple(it.name for it in self.labels or () if it.name),
            sender=sender.identity() if sender and sender.login else None,
        )


class Repository(Payload):
    full_name: FullName


class PullSeen(Payload):
    """`pull_request`, with the pull request as it was at that moment."""

    action: str
    changes: dict[str, object] | None = None
    pull_request: PullRequest
    repository: Repository
    sender: User | None = None

    @property
    def only_words(self) -> bool:
        """Whether its title or its text was edited, and nothing else."""
        return self.action == "edited" and bool(self.changes) and set(self.changes or ()) <= WORDS


WORDS = frozenset({"title", "body"})


class Signature(Payload):
    name: Text = ""
    email: Text = ""
    date: Moment = None


class GitCommit(Payload):
    message: Text = ""
    author: Signature | None = None
    committer: Signature | None = None


class CommitEntry(Payload):
    sha: Sha
    commit: GitCommit = GitCommit()
    author: User | None = None
    committer: User | None = None

    def to_commit(self) -> Commit:
        wrote = self.commit.author
        return Commit(
            sha=self.sha,
            message=self.commit.message,
            author=_who(self.author, wrote),
            committer=_who(self.committer, self.commit.committer),
            authored_at=wrote.date if wrote else None,
        )


class FileEntry(Payload):
    filename: Annotated[str, StringConstraints(min_length=1, max_length=4_096)]
    previous_filename: str | None = None
    status: Text = ""
    additions: Lines | None = None
    deletions: Lines | None = None

    def to_file(self) -> FileChange:
        status = _STATUSES.get(self.status, "")
        before = self.previous_filename or None
        return unseen(self.filename, before, status, self.additions, self.deletions)


def _who(account: User | None, signature: Signature | None) -> Identity:
    """The account, with what the commit itself says."""
    account, signature = account or User(), signature or Signature()
    return Identity(login=account.login, email=signature.email, name=signature.name)
