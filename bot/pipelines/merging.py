"""What waits to be merged, whichever forge it is on? The head of a pull request, for one branch.

The answer is a status of that very commit, named after the branch it goes into: so a yes is none for
what is pushed later, and none once the pull request is sent elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.change import Change, Commit, FileChange, Identity
from bot.domain.risk.diffs import inspect, odd_name

LONGEST_TITLE = 500
LONGEST_TEXT = 65_536
MOST_LABELS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """A pull request, as its forge told us. `sender` is whoever set off the delivery."""

    repository: str
    number: int
    title: str
    text: str
    author: Identity
    head: str
    branch: str
    base: str
    target: str
    link: str
    labels: tuple[str, ...] = ()
    sender: Identity | None = None

    @property
    def lineage(self) -> str:
        return f"pull/{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Its commits and files; not complete unless we know that these are all."""

    commits: tuple[Commit, ...] = ()
    commits_complete: bool = False
    files: tuple[FileChange, ...] = ()
    files_complete: bool = False


def waiting(
    pull: Pull,
    contents: Contents,
    *,
    connection: str,
    environment: str,
    reply_to: Mapping[str, str],
) -> Change:
    """To be merged: several may wait for the same branch at once."""
    return Change(
        connection=connection,
        key=f"{pull.repository}/{pull.lineage}/{spelled(pull.target)}/{pull.head}",
        repository=pull.repository,
        revision=pull.head,
        environment=environment,
        title=_title(pull),
        author=pull.author,
        base_revision=pull.base,
        base_branch=pull.target,
        description=pull.text[:LONGEST_TEXT].replace("\x00", ""),
        url=pull.link,
        link=pull.link,
        branch=pull.branch,
        triggered_by=pull.sender,
        commits=contents.commits,
        commits_complete=contents.commits_complete,
        files=contents.files,
        files_complete=contents.files_complete,
        lineage=pull.lineage,
        labels=pull.labels[:MOST_LABELS],
        pushers=(pull.sender,) if pull.sender else (),
        reply_to=reply_to,
        shows_waiting=True,
        by_lineage=True,
    )


def spelled(branch: str) -> str:
    """A branch as part of a key: so long that nobody finds another that is spelled so."""
    return hashlib.sha256(branch.encode()).hexdigest()[:12]


def unseen(
    path: str, previous_path: str | None, status: str, added: int | None, deleted: int | None
) -> FileChange:
    """A file of which the forge says no more than that it changes."""
    seen = inspect(path, None, previous_path=previous_path, status=status)
    return FileChange(
        path=path,
        previous_path=previous_path,
        additions=added or 0,
        deletions=deleted or 0,
        counted=added is not None and deleted is not None,
        status=status,
        marks=seen.marks,
        settings=seen.settings,
        digest=seen.digest,
    )


def legible(file: FileChange) -> bool:
    """Whether its names are such as rules can be compared with."""
    return not any(
        odd_name(path) or "\ufffd" in path or {"", ".", ".."} & set(path.split("/"))
        for path in file.paths
    )


def _title(pull: Pull) -> str:
    lines = pull.title.replace("\x00", "").strip().splitlines()
    return lines[0][:LONGEST_TITLE].strip() if lines else f"Pull request {pull.number}"
