"""What do the entries of GitHub's lists look like: accounts, commits and files?

Tolerant on purpose: GitHub adds fields at will and leaves out what its schema calls required.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from bot.domain.change import Commit, FileChange, Identity, Mark
from bot.domain.risk.diffs import Inspection, inspect
from bot.pipelines.told import Lines, Moment, Number, Sha, legible

_EMPTY = (
    "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
)
"""How git names a file without content."""

_STATUSES = {
    "added": "added",
    "copied": "added",
    "changed": "modified",
    "modified": "modified",
    "removed": "removed",
    "renamed": "renamed",
}


class Account(BaseModel):
    """A user, an App's bot, or nobody: deleted accounts come as null or {}."""

    login: str = ""
    type: str = ""
    id: Number | None = None

    def identity(self) -> Identity:
        return Identity(login=self.login, kind=self.type, id=f"github:{self.id}" if self.id else "")


class GitSignature(BaseModel):
    name: str | None = None
    email: str | None = None
    date: Moment = None


class GitCommit(BaseModel):
    message: str = ""
    author: GitSignature | None = None
    committer: GitSignature | None = None


class FileEntry(BaseModel):
    filename: str
    previous_filename: str | None = None
    additions: Lines | None = None
    deletions: Lines | None = None
    status: str = ""
    sha: str | None = None
    patch: str | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(it for it in (self.filename, self.previous_filename) if it is not None)

    @property
    def legible(self) -> bool:
        """Whether its names are such as rules can be compared with, and an address can hold."""
        return legible(*self.paths)

    @property
    def only_moved(self) -> bool:
        """Whether GitHub shows no more than that: of what it takes for binary it says the same."""
        unchanged = self.patch is None and self.additions == 0 and self.deletions == 0
        return self.status == "renamed" and unchanged and self.previous_filename is not None

    def file(self, *, same: bool = False) -> FileChange:
        """The patch is looked at here, and not kept. `same`: the content is known to be the old."""
        status = _STATUSES.get(self.status, "")
        patch = "" if same and self.only_moved else self._patch()
        seen = self._seen(patch)
        return FileChange(
            path=self.filename,
            previous_path=self.previous_filename,
            additions=self.additions or 0,
            deletions=self.deletions or 0,
            counted=self._counted(patch, status),
            status=status,
            marks=seen.marks,
            settings=seen.settings,
            digest=seen.digest,
        )

    def _seen(self, patch: str | None) -> Inspection:
        """Of another mode or type GitHub does not say which: nobody saw that, and nothing names it."""
        seen = inspect(
            self.filename,
            patch,
            previous_path=self.previous_filename,
            status=self.status,
            blob=self.sha or "",
            mode="",
        )
        if self.status != "changed":
            return seen
        marks = tuple(it for it in Mark if it in (*seen.marks, Mark.UNSEEN))
        return Inspection(marks=marks, settings=seen.settings, digest="")

    def _patch(self) -> str | None:
        """GitHub shows none of what it cannot, and none of what is empty: that we can tell."""
        empty = self.sha in _EMPTY and not (self.additions or self.deletions)
        return "" if self.patch is None and empty else self.patch

    def _counted(self, patch: str | None, status: str) -> bool:
        """GitHub says 0 of what it has no lines of; of a file that only moved, that is true."""
        if self.additions is None or self.deletions is None:
            return False
        return patch is not None or bool(self.additions or self.deletions) or status == "renamed"


class Parent(BaseModel):
    sha: Sha


class CommitEntry(BaseModel):
    sha: str
    commit: GitCommit = GitCommit()
    author: Account | None = None
    committer: Account | None = None
    parents: list[Parent] | None = None
    files: list[FileEntry] | None = None

    def to_commit(self) -> Commit:
        return Commit(
            sha=self.sha,
            message=self.commit.message,
            author=_who(self.author, self.commit.author),
            committer=_who(self.committer, self.commit.committer),
            authored_at=self.commit.author.date if self.commit.author else None,
        )

    @property
    def committed_at(self) -> datetime | None:
        """When it came where it is; whoever rebases keeps the date of the author."""
        signatures = (self.commit.committer, self.commit.author)
        return next((it.date for it in signatures if it and it.date), None)


class Comparison(BaseModel):
    """What lies between two commits. Its files stand on the first page only.

    `status` is where the second stands, as seen from the first: "ahead", "behind", "diverged",
    "identical".
    """

    status: str = ""
    commits: list[CommitEntry] = []
    files: list[FileEntry] | None = None
    total_commits: int | None = None


def _who(account: Account | None, signature: GitSignature | None) -> Identity:
    """The platform's account, with what the commit itself says."""
    who, signature = (account or Account()).identity(), signature or GitSignature()
    return Identity(
        login=who.login,
        email=signature.email or "",
        name=signature.name or "",
        kind=who.kind,
        id=who.id,
    )
