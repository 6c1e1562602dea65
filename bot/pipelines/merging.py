"""What waits to be merged, whichever forge it is on? The head of a pull request, for one branch.

The answer is a status of that very commit, named after the branch it goes into: so a yes is none for
what is pushed later, and none once the pull request is sent elsewhere.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from bot.domain.change import Change, Commit, FileChange, Identity
from bot.domain.risk.diffs import inspect
from bot.domain.signoff import Signoff
from bot.pipelines.platform import Platform
from bot.pipelines.told import first_line, is_revision
from bot.ports import Abandoned, Undelivered

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Forge:
    """What every adapter of one has. `status` is what we call ours, `environment` what rules call the
    place that it guards.
    """

    name: str
    platform: Platform
    secret: bytes = field(repr=False)
    status: str
    environment: str

    def __post_init__(self) -> None:
        if not self.secret:
            raise ValueError(f"connection {self.name} has no secret")

    @property
    def reopens(self) -> bool:
        """A status can be set anew."""
        return True

    @property
    def fetches(self) -> bool:
        return True

    def waiting(self, pull: Pull, contents: Contents) -> Change:
        """To be merged: several may wait for the same branch at once."""
        return Change(
            connection=self.name,
            key=f"{pull.repository}/{pull.lineage}/{spelled(pull.target)}/{pull.head}",
            repository=pull.repository,
            revision=pull.head,
            environment=self.environment,
            title=first_line(pull.title) or f"Pull request {pull.number}",
            author=pull.author,
            base_revision=pull.base,
            base_branch=pull.target,
            description=pull.text[:LONGEST_TEXT],
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
            reply_to={
                "repository": pull.repository,
                "sha": pull.head,
                "status": f"{self.status}/{pull.target}",
            },
            shows_waiting=True,
            by_lineage=True,
        )

    def given_up(self, repository: str, lineage: str) -> Abandoned:
        """It was closed, and not merged: whatever revision of it waits."""
        change = Change(
            connection=self.name,
            key="",
            repository=repository,
            revision="",
            environment=self.environment,
            title="",
            author=Identity(),
            lineage=lineage,
            by_lineage=True,
        )
        return Abandoned(change=change, why="The pull request was closed")


@dataclass(frozen=True, slots=True)
class Place:
    """The status that waits for the answer."""

    repository: str
    sha: str
    status: str


def place(signoff: Signoff) -> Place:
    """Raises Undelivered where its return address names none, or one of another commit."""
    change, to = signoff.change, signoff.change.reply_to
    found = Place(to.get("repository", ""), to.get("sha", ""), to.get("status", ""))
    right = found.sha == change.revision and is_revision(found.sha) and found.status
    if not right or found.repository != change.repository:
        raise Undelivered("its return address names no commit of this forge", final=True)
    return found


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
